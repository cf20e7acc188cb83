#include "link_options.h"

#include <string.h>

#include "test.h"

static struct link_options o;
static char text[LINK_OPTIONS_TEXT_BYTES];

#define READ(...) read_line((const char *[]){ "kavsak-link", __VA_ARGS__, NULL })

static enum link_options_result read_line(const char *const *argv)
{
    union {
        const char *const *ours;
        char **theirs; /* getopt wants it so and changes the order only */
    } line = { .ours = argv };
    int argc = 0;
    while (argv[argc] != NULL) {
        argc++;
    }
    return link_options_read(&o, argc, line.theirs, text);
}

static void defaults_hold_when_only_a_directory_is_given(void **state)
{
    (void)state;
    assert_int_equal(READ("dir"), LINK_OPTIONS_RUN);
    assert_int_equal(o.dir_count, 1);
    assert_string_equal(o.dir[0], "dir");
    assert_string_equal(o.socket_path, "/run/kavsak/kavsakd.sock");
    assert_null(o.broker);
    assert_int_equal(o.port, 0);
    assert_int_equal(o.version, 5);
    assert_int_equal(o.dots, DOTS_KEPT);
}

static void every_option_is_taken(void **state)
{
    (void)state;
    assert_int_equal(READ("--socket", "s", "--broker", "b", "--port", "65535", "--mqtt", "3",
                          "--user", "u", "--password-file", "p", "--ca", "a", "--cert", "c",
                          "--key", "k", "--tls", "1.2", "--underscores", "one", "two"),
                     LINK_OPTIONS_RUN);
    assert_string_equal(o.broker, "b");
    assert_int_equal(o.port, 65535);
    assert_int_equal(o.version, 3);
    assert_string_equal(o.user, "u");
    assert_string_equal(o.key, "k");
    assert_true(o.may_be_tls_1_2);
    assert_int_equal(o.dots, DOTS_TO_UNDERSCORES);
    assert_int_equal(o.dir_count, 2);
}

static void wrong_lines_are_refused_with_what_is_wrong(void **state)
{
    (void)state;
    assert_int_equal(READ("--frobnicate", "dir"), LINK_OPTIONS_WRONG);
    assert_string_equal(text, "unknown option '--frobnicate'");
    assert_int_equal(READ("--port", "65536", "dir"), LINK_OPTIONS_WRONG);
    assert_int_equal(READ("--port", "0", "dir"), LINK_OPTIONS_WRONG);
    assert_int_equal(READ("--port", "1x", "dir"), LINK_OPTIONS_WRONG);
    assert_int_equal(READ("--mqtt", "4", "dir"), LINK_OPTIONS_WRONG);
    assert_int_equal(READ("--broker", "a", "--broker", "b", "dir"), LINK_OPTIONS_WRONG);
    assert_string_equal(text, "option --broker is given twice");
    assert_int_equal(READ("--broker", "", "dir"), LINK_OPTIONS_WRONG);
    assert_int_equal(READ("--user", "u", "dir"), LINK_OPTIONS_WRONG);
    assert_int_equal(READ("--ca", "a", "--cert", "c", "dir"), LINK_OPTIONS_WRONG);
    assert_int_equal(READ("--cert", "c", "--key", "k", "dir"), LINK_OPTIONS_WRONG);
    assert_int_equal(READ("--tls", "1.1", "--ca", "a", "dir"), LINK_OPTIONS_WRONG);
    assert_string_equal(text, "--tls must be 1.3 or 1.2, not '1.1'");
    assert_int_equal(READ("--tls", "1.2", "dir"), LINK_OPTIONS_WRONG);
    assert_int_equal(READ("--mqtt", "5"), LINK_OPTIONS_WRONG);
    assert_string_equal(text, "no junction directory given");
    assert_int_equal(READ("dir", "--port"), LINK_OPTIONS_WRONG);
}

static void more_junctions_than_connections_are_refused(void **state)
{
    (void)state;
    const char *line[MQTT_CLIENT_MAX + 3] = { "kavsak-link" };
    for (size_t i = 1; i <= MQTT_CLIENT_MAX; i++) {
        line[i] = "dir";
    }
    assert_int_equal(read_line(line), LINK_OPTIONS_RUN);
    line[MQTT_CLIENT_MAX + 1] = "dir";
    assert_int_equal(read_line(line), LINK_OPTIONS_WRONG);
}

static void help_and_version_need_no_directory(void **state)
{
    (void)state;
    assert_int_equal(READ("--help"), LINK_OPTIONS_HELP);
    assert_int_equal(READ("--version"), LINK_OPTIONS_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_hold_when_only_a_directory_is_given),
        cmocka_unit_test(every_option_is_taken),
        cmocka_unit_test(wrong_lines_are_refused_with_what_is_wrong),
        cmocka_unit_test(more_junctions_than_connections_are_refused),
        cmocka_unit_test(help_and_version_need_no_directory),
    };
    return RUN_TESTS(tests);
}
