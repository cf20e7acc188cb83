/* What is printed from the table is what the repository shows: docs/plan-format.md and
 * plans/schema. */
#define _GNU_SOURCE /* open_memstream, memmem */

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "schema.h"

static char *read_source(const char *name)
{
    char path[512];
    const char *root = getenv("KAVSAK_SOURCE");
    (void)snprintf(path, sizeof path, "%s/%s", root != NULL ? root : ".", name);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    const size_t size = fread(text, 1, (1 << 20) - 1, f);
    text[size] = '\0';
    assert_int_equal(fclose(f), 0);
    return text;
}

static void print_rules(FILE *out)
{
    schema_print_rules(out, true);
}

static void assert_doc_has(const char *section, void (*print)(FILE *))
{
    char *doc = read_source("docs/plan-format.md");
    char *printed = NULL;
    size_t size = 0;
    char mark[64];
    FILE *out = open_memstream(&printed, &size);
    assert_non_null(out);
    (void)fprintf(out, "<!-- begin %s -->\n", section);
    print(out);
    (void)fprintf(out, "<!-- end %s -->\n", section);
    assert_int_equal(fclose(out), 0);
    (void)snprintf(mark, sizeof mark, "<!-- begin %s -->", section);
    assert_non_null(strstr(doc, mark));
    if (strstr(doc, printed) == NULL) {
        fail_msg("docs/plan-format.md, %s: print it anew with kavsak schema %s", section, section);
    }
    free(printed);
    free(doc);
}

static void document_shows_the_table(void **state)
{
    (void)state;
    assert_doc_has("keys", schema_print_keys);
    assert_doc_has("defaults", schema_print_defaults);
    assert_doc_has("rules", print_rules);
}

static void schemas_are_those_of_the_table(void **state)
{
    (void)state;
    static const char *const names[FILE_COUNT] = { "plans/schema/safety.json",
                                                   "plans/schema/lanes.json",
                                                   "plans/schema/plan.json",
                                                   "plans/schema/site.json" };
    for (int32_t i = 0; i < FILE_COUNT; i++) {
        char *printed = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&printed, &size);
        assert_non_null(out);
        schema_print_json(i, out);
        assert_int_equal(fclose(out), 0);
        char *kept = read_source(names[i]);
        assert_string_equal(kept, printed);
        free(kept);
        free(printed);
    }
}

/* What the reader takes for granted of the table. */
static void table_is_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < format_field_count; i++) {
        const struct field *f = &format_fields[i];
        assert_true(f->shape >= 0 && f->shape < SHAPE_COUNT);
        assert_true(strlen(f->text) > 8);
        assert_true(f->least <= f->most);
        const bool is_words =
            f->type == FIELD_WORD || f->type == FIELD_WORDS || f->type == FIELD_MODES;
        assert_int_equal(is_words, f->words != NULL);
        for (size_t k = 0; k < i; k++) {
            assert_false(format_fields[k].shape == f->shape &&
                         strcmp(format_fields[k].key, f->key) == 0);
        }
        const bool is_time = f->type == FIELD_SECONDS || f->type == FIELD_MINUTES;
        if (is_time) {
            assert_int_equal(f->least % TICK_MS, 0);
            assert_int_equal(f->most % TICK_MS, 0);
            assert_true(f->most <= PLAN_TIME_MAX_MS);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(document_shows_the_table),
        cmocka_unit_test(schemas_are_those_of_the_table),
        cmocka_unit_test(table_is_sound),
    };
    return RUN_TESTS(tests);
}
