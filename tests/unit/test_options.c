#include "test.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "options.h"

static struct options o;
static char text[REALTIME_TEXT_BYTES];

static enum options_result read_line(const char *first, const char *second, const char *third)
{
    char storage[4][64] = { "kavsakd", "", "", "" };
    char *argv[5] = { storage[0], NULL, NULL, NULL, NULL };
    const char *const given[3] = { first, second, third };
    int argc = 1;
    for (size_t i = 0; i < 3 && given[i] != NULL; i++) {
        (void)snprintf(storage[argc], sizeof storage[argc], "%s", given[i]);
        argv[argc] = storage[argc];
        argc++;
    }
    text[0] = '\0';
    optind = 0;
    return options_read(&o, argc, argv, text);
}

static void defaults_are_the_safe_ones(void **state)
{
    (void)state;
    assert_int_equal(read_line("plans/x", NULL, NULL), OPTIONS_RUN);
    assert_true(o.is_realtime);
    assert_false(o.records_inputs);
    assert_int_equal(o.decisions_every_s, 1);
    assert_false(o.trusts_clock);
    assert_int_equal(o.priority, 70);
    assert_int_equal(o.junction_count, 1);
    assert_string_equal(o.user, "");
}

static void several_directories_keep_their_order(void **state)
{
    (void)state;
    assert_int_equal(read_line("a", "--no-realtime", "b"), OPTIONS_RUN);
    assert_false(o.is_realtime);
    assert_int_equal(o.junction_count, 2);
}

static void what_is_unknown_is_named(void **state)
{
    (void)state;
    assert_int_equal(read_line("--frobnicate", "a", NULL), OPTIONS_WRONG);
    assert_string_equal(text, "unknown option '--frobnicate'");
    assert_int_equal(read_line("-x", "a", NULL), OPTIONS_WRONG);
    assert_string_equal(text, "unknown option '-x'");
    assert_int_equal(read_line("--no-realtime=yes", "a", NULL), OPTIONS_WRONG);
    assert_string_equal(text, "option '--no-realtime=yes' takes no value");
    assert_int_equal(read_line("a", "--user", NULL), OPTIONS_WRONG);
    assert_string_equal(text, "option '--user' needs a value");
}

static void numbers_have_limits(void **state)
{
    (void)state;
    assert_int_equal(read_line("--priority=80", "a", NULL), OPTIONS_RUN);
    assert_int_equal(o.priority, 80);
    assert_int_equal(read_line("--priority=81", "a", NULL), OPTIONS_WRONG);
    assert_non_null(strstr(text, "from 10 to 80"));
    assert_int_equal(read_line("--priority=", "a", NULL), OPTIONS_WRONG);
    assert_int_equal(read_line("--priority=7x", "a", NULL), OPTIONS_WRONG);
    assert_int_equal(read_line("--journal-size=1", "a", NULL), OPTIONS_RUN);
    assert_int_equal(read_line("--journal-size=0", "a", NULL), OPTIONS_WRONG);
    assert_int_equal(read_line("--decisions=10", "a", NULL), OPTIONS_RUN);
    assert_int_equal(o.decisions_every_s, 10);
    assert_int_equal(read_line("--decisions=0", "a", NULL), OPTIONS_WRONG);
}

static void no_directory_is_an_error_but_help_needs_none(void **state)
{
    (void)state;
    assert_int_equal(read_line(NULL, NULL, NULL), OPTIONS_WRONG);
    assert_string_equal(text, "no junction directory given");
    assert_int_equal(read_line("--help", NULL, NULL), OPTIONS_HELP);
    assert_int_equal(read_line("--version", NULL, NULL), OPTIONS_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_the_safe_ones),
        cmocka_unit_test(several_directories_keep_their_order),
        cmocka_unit_test(what_is_unknown_is_named),
        cmocka_unit_test(numbers_have_limits),
        cmocka_unit_test(no_directory_is_an_error_but_help_needs_none),
    };
    return RUN_TESTS(tests);
}
