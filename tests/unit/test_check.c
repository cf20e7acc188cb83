/* The exit codes of kavsak check and schema, and what they print. */
#define _GNU_SOURCE /* memfd_create */

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli.h"

enum { OUTPUT_BYTES = 400000, PATH_BYTES = 512 };

static char output[OUTPUT_BYTES];

/* Runs with standard output and error caught. */
static int run(int (*command)(int, char **), const char *a, const char *b, const char *c)
{
    const char *words[4] = { "command", a, b, c };
    char copy[4][PATH_BYTES];
    char *argv[5] = { NULL };
    int argc = 0;
    for (int i = 0; i < 4 && words[i] != NULL; i++) {
        (void)snprintf(copy[i], PATH_BYTES, "%s", words[i]);
        argv[argc] = copy[i];
        argc++;
    }
    const int caught = memfd_create("output", 0);
    const int out = dup(STDOUT_FILENO);
    const int err = dup(STDERR_FILENO);
    (void)fflush(stdout);
    (void)dup2(caught, STDOUT_FILENO);
    (void)dup2(caught, STDERR_FILENO);
    const int code = command(argc, argv);
    (void)fflush(stdout);
    (void)dup2(out, STDOUT_FILENO);
    (void)dup2(err, STDERR_FILENO);
    const ssize_t size = pread(caught, output, OUTPUT_BYTES - 1, 0);
    output[size > 0 ? size : 0] = '\0';
    (void)close(caught);
    (void)close(out);
    (void)close(err);
    return code;
}

static const char *example(char *path, const char *name)
{
    const char *source = getenv("KAVSAK_SOURCE");
    (void)snprintf(path, PATH_BYTES, "%.200s/plans/examples/%.100s", source != NULL ? source : ".",
                   name);
    return path;
}

static void good_junctions_are_fine(void **state)
{
    (void)state;
    char a[PATH_BYTES];
    char b[PATH_BYTES];
    assert_int_equal(run(cli_check, example(a, "saat-kulesi"), example(b, "cay-deresi"), NULL), 0);
    assert_non_null(strstr(output, "fine: saat-kulesi, 10 groups, 3 stages"));
    assert_non_null(strstr(output, "UNSIGNED"));
    assert_int_equal(run(cli_check, "--json", a, NULL), 0);
    assert_non_null(strstr(output, "\"errors\": 0"));
}

static void a_missing_directory_is_an_io_error(void **state)
{
    (void)state;
    char a[PATH_BYTES];
    assert_int_equal(run(cli_check, example(a, "saat-kulesi"), "/nonexistent", NULL), 3);
    assert_non_null(
        strstr(output, "/nonexistent/safety.yaml: error: No such file or directory [P001]"));
}

static void unknown_options_are_usage(void **state)
{
    (void)state;
    assert_int_equal(run(cli_check, "--jason", NULL, NULL), 2);
    assert_non_null(strstr(output, "unknown option '--jason'"));
    assert_int_equal(run(cli_check, NULL, NULL, NULL), 2);
    assert_int_equal(run(cli_schema, "plans", NULL, NULL), 2);
}

static void findings_show_the_line_and_a_caret(void **state)
{
    (void)state;
    char directory[PATH_BYTES];
    const char *build = getenv("KAVSAK_BUILD");
    (void)snprintf(directory, sizeof directory, "%.200s/check-XXXXXX",
                   build != NULL ? build : "/tmp");
    assert_non_null(mkdtemp(directory));
    static const char *const files[] = { "safety.yaml", "lanes.yaml", "plan.yaml", "site.yaml" };
    char path[PATH_BYTES + 32];
    for (int i = 0; i < 4; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", directory, files[i]);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        (void)fputs("# é\nsite_idd: 7,5\n", f);
        assert_int_equal(fclose(f), 0);
    }
    assert_int_equal(run(cli_check, "--color=never", directory, NULL), 1);
    assert_non_null(strstr(output, "safety.yaml:2:1: error: unknown key 'site_idd'; did you mean "
                                   "'site_id'? [P020]\n     2 | site_idd: 7,5\n       | ^\n"));
    for (int i = 0; i < 4; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", directory, files[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(directory), 0);
}

static void rules_and_schemas_are_printed(void **state)
{
    (void)state;
    assert_int_equal(run(cli_check, "--rules", NULL, NULL), 0);
    assert_non_null(strstr(output, "P034  error"));
    assert_int_equal(run(cli_schema, "plan", NULL, NULL), 0);
    assert_non_null(strstr(output, "\"additionalProperties\": false"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_junctions_are_fine),
        cmocka_unit_test(a_missing_directory_is_an_io_error),
        cmocka_unit_test(unknown_options_are_usage),
        cmocka_unit_test(findings_show_the_line_and_a_caret),
        cmocka_unit_test(rules_and_schemas_are_printed),
    };
    return RUN_TESTS(tests);
}
