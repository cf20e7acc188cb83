#define _GNU_SOURCE

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sumo_scenario.h"

static char folder[] = "/tmp/kavsak-scenario-XXXXXX";
static char config_path[64];
static char *nothing[] = { NULL };

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    (void)snprintf(config_path, sizeof config_path, "%s/a.sumocfg", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(config_path);
    return rmdir(folder);
}

static void write_config(const char *text)
{
    FILE *file = fopen(config_path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static const char *const two_files = "<configuration><input><net-file value=\"n.net.xml\"/>"
                                     "<additional-files value=\"b.xml, /c.xml\"/></input>"
                                     "</configuration>";

static void paths_are_those_beside_the_file(void **state)
{
    (void)state;
    struct sumo_scenario c;
    char error[TRACI_ERROR_BYTES];
    char expected[128];
    write_config(two_files);
    assert_int_equal(sumo_scenario_read(&c, config_path, nothing, error), STATUS_OK);
    (void)snprintf(expected, sizeof expected, "%s/n.net.xml", folder);
    assert_string_equal(c.net, expected);
    (void)snprintf(expected, sizeof expected, "%s/b.xml,/c.xml", folder);
    assert_string_equal(c.additional, expected);
}

static void options_of_the_user_win(void **state)
{
    (void)state;
    struct sumo_scenario c;
    char error[TRACI_ERROR_BYTES];
    char net[] = "--net-file=other.net.xml";
    char name[] = "-a";
    char value[] = "mine.xml";
    char *extra[] = { net, name, value, NULL };
    write_config(two_files);
    assert_int_equal(sumo_scenario_read(&c, config_path, extra, error), STATUS_OK);
    assert_string_equal(c.net, "other.net.xml");
    assert_string_equal(c.additional, "mine.xml");
}

static void what_is_no_configuration_is_refused_with_its_name(void **state)
{
    (void)state;
    static const char *const texts[] = { "<routes/>", "<configuration/>", "not xml", "" };
    struct sumo_scenario c;
    char error[TRACI_ERROR_BYTES];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        write_config(texts[i]);
        assert_int_equal(sumo_scenario_read(&c, config_path, nothing, error), STATUS_INVALID);
        assert_non_null(strstr(error, "a.sumocfg"));
    }
    assert_int_equal(sumo_scenario_read(&c, "/nowhere/x", nothing, error), STATUS_IO);
}

static uint32_t count_of(const struct sumo_command *c, const char *word)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        count += strcmp(c->argument[i], word) == 0 ? 1 : 0;
    }
    return count;
}

/* SUMO refuses an option that comes twice. */
static void no_option_is_there_twice(void **state)
{
    (void)state;
    static struct sumo_command c;
    char error[TRACI_ERROR_BYTES];
    char seed[] = "--srand";
    char five[] = "5";
    char more[] = "--additional-files=mine.xml";
    char teleport[] = "--time-to-teleport=300";
    char *extra[] = { seed, five, more, teleport, NULL };
    struct sumo_config config = { .config_path = config_path,
                                  .seed = 1,
                                  .end_ms = 90500,
                                  .out_dir = "/out",
                                  .program = "sumo",
                                  .extra = nothing };
    write_config(two_files);
    assert_int_equal(sumo_command_make(&c, &config, "/d.xml", error), STATUS_OK);
    assert_int_equal(count_of(&c, "--seed"), 1);
    assert_int_equal(count_of(&c, "90.500"), 1);
    assert_string_equal(c.tripinfo, "/out/tripinfo.xml");
    assert_null(c.argument[c.count]);
    config.extra = extra;
    assert_int_equal(sumo_command_make(&c, &config, "/d.xml", error), STATUS_OK);
    assert_int_equal(count_of(&c, "--seed"), 0);
    assert_int_equal(count_of(&c, "--srand"), 1);
    assert_int_equal(count_of(&c, "--time-to-teleport"), 0);
    assert_int_equal(count_of(&c, "--time-to-teleport=300"), 1);
    assert_int_equal(count_of(&c, "--additional-files"), 1);
    assert_int_equal(count_of(&c, "mine.xml,/d.xml"), 1);
    assert_int_equal(count_of(&c, more), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_those_beside_the_file),
        cmocka_unit_test(options_of_the_user_win),
        cmocka_unit_test(what_is_no_configuration_is_refused_with_its_name),
        cmocka_unit_test(no_option_is_there_twice),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
