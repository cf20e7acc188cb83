/* Feeds the examples of plans/rejected, each a change to a good junction with the findings that it
 * must give, and asserts that every rule has one. The form of these files:
 * plans/rejected/README.md. */
#define _GNU_SOURCE /* strsep, scandir */

#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "load.h"
#include "rules.h"

enum { TEXT_BYTES = 2 * 1024 * 1024, PATH_BYTES = 512, CASE_MAX = 200, EXPECT_MAX = 20, FILES = 5 };

static const char *const file_names[FILES] = { "safety.yaml", "lanes.yaml", "plan.yaml",
                                               "site.yaml", "safety.yaml.sig" };

struct expectation {
    char file[32];
    int line, rule;
    bool is_met;
};

struct trial {
    const char *name;
    char *text[FILES]; /* NULL: the file is not there */
    int current;
    struct expectation expect[EXPECT_MAX];
    int expect_count;
};

static struct plan plan;
static struct site site;
static struct diag diag;
static bool rule_is_covered[1000];

static void path_in(char *path, const char *variable, const char *folder, const char *name)
{
    const char *root = getenv(variable);
    (void)snprintf(path, PATH_BYTES, "%.200s/%.100s/%.100s", root != NULL ? root : ".", folder,
                   name);
}

static char *read_text(const char *path)
{
    FILE *f = fopen(path, "r");
    if (f == NULL) {
        return NULL;
    }
    char *text = calloc(1, TEXT_BYTES);
    assert_non_null(text);
    const size_t size = fread(text, 1, TEXT_BYTES - 1, f);
    assert_int_equal(fclose(f), 0);
    text[size] = '\0';
    return text;
}

static int file_ix(const struct trial *t, const char *name)
{
    for (int i = 0; i < FILES; i++) {
        if (strcmp(file_names[i], name) == 0) {
            return i;
        }
    }
    fail_msg("%s: no file is called %s", t->name, name);
    return 0;
}

static char **current_text(struct trial *t)
{
    char **text = &t->text[t->current];
    if (*text == NULL) {
        *text = calloc(1, TEXT_BYTES);
        assert_non_null(*text);
    }
    return text;
}

static void load_base(struct trial *t, const char *base)
{
    for (int i = 0; i < FILES; i++) {
        char path[PATH_BYTES];
        char name[64];
        (void)snprintf(name, sizeof name, "%s/%s", base, file_names[i]);
        path_in(path, "KAVSAK_SOURCE", "plans/examples", name);
        t->text[i] = read_text(path);
    }
    assert_non_null(t->text[0]);
}

/* "OLD => NEW": OLD must stand exactly once; \\n in NEW is a new line. */
static void swap(struct trial *t, char *argument)
{
    for (char *mark = strstr(argument, "\\n"); mark != NULL; mark = strstr(mark, "\\n")) {
        mark[0] = '\n';
        memmove(mark + 1, mark + 2, strlen(mark + 2) + 1);
    }
    char *arrow = strstr(argument, " =>");
    assert_non_null(arrow);
    *arrow = '\0';
    const char *new_text = arrow[3] == ' ' ? arrow + 4 : arrow + 3;
    char *text = *current_text(t);
    char *found = strstr(text, argument);
    if (found == NULL || strstr(found + 1, argument) != NULL) {
        fail_msg("%s: '%s' does not stand once in %s", t->name, argument, file_names[t->current]);
        return;
    }
    char *tail = strdup(found + strlen(argument));
    assert_non_null(tail);
    memcpy(found, new_text, strlen(new_text) + 1);
    memcpy(found + strlen(new_text), tail, strlen(tail) + 1);
    free(tail);
}

static void append(struct trial *t, const char *line)
{
    char *text = *current_text(t);
    const size_t used = strlen(text);
    assert_true(used + strlen(line) + 2 < TEXT_BYTES);
    (void)snprintf(text + used, TEXT_BYTES - used, "%s\n", line);
}

/* "COUNT TEXT": TEXT so many times in one line. */
static void repeat(struct trial *t, const char *argument)
{
    char *end = NULL;
    const long count = strtol(argument, &end, 10);
    char *text = *current_text(t);
    size_t used = strlen(text);
    const size_t length = strlen(end + 1);
    for (long i = 0; i < count; i++) {
        assert_true(used + length + 2 < TEXT_BYTES);
        memcpy(text + used, end + 1, length + 1);
        used += length;
    }
    memcpy(text + used, "\n", 2);
}

static void expect(struct trial *t, const char *argument)
{
    assert_true(t->expect_count < EXPECT_MAX);
    struct expectation *e = &t->expect[t->expect_count];
    t->expect_count++;
    /* "plan.yaml:12 P020" */
    const size_t name_bytes = strcspn(argument, ":");
    assert_true(name_bytes < sizeof e->file && argument[name_bytes] == ':');
    memcpy(e->file, argument, name_bytes);
    char *end = NULL;
    e->line = (int32_t)strtol(argument + name_bytes + 1, &end, 10);
    assert_true(strncmp(end, " P", 2) == 0);
    e->rule = (int32_t)strtol(end + 2, NULL, 10);
    assert_true(e->line >= 0 && e->rule > 0);
}

static void obey(struct trial *t, char *line)
{
    char *argument = strchr(line, ' ');
    if (argument != NULL) {
        *argument = '\0';
        argument++;
    }
    if (strcmp(line, "base") == 0) {
        load_base(t, argument);
    } else if (strcmp(line, "in") == 0) {
        t->current = file_ix(t, argument);
    } else if (strcmp(line, "swap") == 0) {
        swap(t, argument);
    } else if (strcmp(line, "append") == 0) {
        append(t, argument != NULL ? argument : "");
    } else if (strcmp(line, "repeat") == 0) {
        repeat(t, argument);
    } else if (strcmp(line, "remove") == 0) {
        free(t->text[t->current]);
        t->text[t->current] = NULL;
    } else if (strcmp(line, "empty") == 0) {
        (*current_text(t))[0] = '\0';
    } else if (strcmp(line, "expect") == 0) {
        expect(t, argument);
    } else {
        fail_msg("%s: '%s' is no order", t->name, line);
    }
}

static void write_junction(const struct trial *t, const char *directory)
{
    (void)mkdir(directory, 0755);
    for (int i = 0; i < FILES; i++) {
        char path[PATH_BYTES];
        (void)snprintf(path, sizeof path, "%.400s/%s", directory, file_names[i]);
        (void)unlink(path);
        if (t->text[i] != NULL) {
            FILE *f = fopen(path, "w");
            assert_non_null(f);
            (void)fputs(t->text[i], f);
            assert_int_equal(fclose(f), 0);
        }
    }
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* Exactly the expected findings, no more and no fewer. */
static int compare(struct trial *t)
{
    int wrong = 0;
    for (uint32_t i = 0; i < diag.count; i++) {
        const struct diag_item *item = &diag.item[i];
        bool is_expected = false;
        for (int k = 0; k < t->expect_count && !is_expected; k++) {
            struct expectation *e = &t->expect[k];
            is_expected = !e->is_met && e->rule == item->rule && e->line == item->line &&
                          strcmp(e->file, base_name(item->file)) == 0;
            e->is_met = e->is_met || is_expected;
        }
        if (!is_expected) {
            wrong++;
            (void)fprintf(stderr, "%s: not expected: %s:%d P%03d %s\n", t->name,
                          base_name(item->file), item->line, item->rule, item->text);
        }
    }
    for (int k = 0; k < t->expect_count; k++) {
        if (!t->expect[k].is_met) {
            wrong++;
            (void)fprintf(stderr, "%s: missing: %s:%d P%03d\n", t->name, t->expect[k].file,
                          t->expect[k].line, t->expect[k].rule);
        }
    }
    return wrong;
}

static int run_trial(const char *name)
{
    static struct trial t;
    char path[PATH_BYTES];
    memset(&t, 0, sizeof t);
    t.name = name;
    path_in(path, "KAVSAK_SOURCE", "plans/rejected", name);
    char *script = read_text(path);
    assert_non_null(script);
    char *rest = script;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        if (line[0] != '\0' && line[0] != '#') {
            obey(&t, line);
        }
    }
    free(script);
    char directory[PATH_BYTES];
    path_in(directory, "KAVSAK_BUILD", "rejected", "");
    write_junction(&t, directory);
    memset(&diag, 0, sizeof diag);
    memset(&plan, 0x5a, sizeof plan);
    const enum status status = plan_load(directory, &plan, &site, &diag);
    int wrong = compare(&t);
    if (diag.errors > 0 && (status == STATUS_OK || plan.sg_count != 0x5a5a5a5a)) {
        (void)fprintf(stderr, "%s: refused, but something was filled in\n", name);
        wrong++;
    }
    const int number = (int)strtol(name + 1, NULL, 10);
    for (int k = 0; k < t.expect_count && number > 0 && number < 1000; k++) {
        rule_is_covered[number] = rule_is_covered[number] || t.expect[k].rule == number;
    }
    for (int i = 0; i < FILES; i++) {
        free(t.text[i]);
    }
    return wrong;
}

static int is_case(const struct dirent *d)
{
    return d->d_name[0] == 'P' && strstr(d->d_name, ".txt") != NULL;
}

static void each_rejected_example_gives_exactly_its_findings(void **state)
{
    (void)state;
    char path[PATH_BYTES];
    path_in(path, "KAVSAK_SOURCE", "plans/rejected", "");
    struct dirent **entry = NULL;
    const int count = scandir(path, &entry, is_case, alphasort);
    assert_true(count > 0 && count < CASE_MAX);
    int wrong = 0;
    for (int i = 0; i < count; i++) {
        wrong += run_trial(entry[i]->d_name);
        free(entry[i]);
    }
    free(entry);
    assert_int_equal(wrong, 0);
}

static void every_rule_has_a_rejected_example(void **state)
{
    (void)state;
    size_t count = 0;
    size_t missing = 0;
    const struct rule_text *rules = rules_all(&count);
    for (size_t i = 0; i < count; i++) {
        /* What no file can do: only a slip of ours makes the prover give up (test_prove shows its
         * bounds). */
        const bool is_ours = rules[i].rule == RULE_PROOF_FAILED;
        if (!is_ours && !rule_is_covered[rules[i].rule]) {
            (void)fprintf(stderr, "P%03d %s has no example\n", rules[i].rule, rules[i].name);
            missing++;
        }
    }
    assert_int_equal(missing, 0);
}

static void numbers_of_rules_rise(void **state)
{
    (void)state;
    size_t count = 0;
    const struct rule_text *rules = rules_all(&count);
    for (size_t i = 1; i < count; i++) {
        assert_true(rules[i].rule > rules[i - 1].rule);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rejected_example_gives_exactly_its_findings),
        cmocka_unit_test(every_rule_has_a_rejected_example),
        cmocka_unit_test(numbers_of_rules_rise),
    };
    return RUN_TESTS(tests);
}
