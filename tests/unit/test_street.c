#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "street.h"

enum { PATH_BYTES = 512, STEP_MS = 10 };

/* The T-junction of the examples and its cabinet; only its roads and lamps matter here. Outputs of
 * its safety file: main road 0 to 5, side road 6 to 8, crossings 9 to 12. */
struct scene {
    struct street *street;
    struct monitor_config config;
    struct cabinet_emu emu;
    struct cabinet_emu *emus[1];
    int64_t now_ms;
};

static struct scene scene;

static void example(char path[PATH_BYTES], const char *name)
{
    (void)snprintf(path, PATH_BYTES, "%s/plans/examples/%s", getenv("KAVSAK_SOURCE"), name);
}

static struct street *create(const char *demand, const char *folder, enum status *status,
                             const char **why)
{
    static struct diag diag;
    memset(&diag, 0, sizeof diag);
    char demand_path[PATH_BYTES];
    char folder_path[PATH_BYTES];
    example(demand_path, demand);
    example(folder_path, folder);
    char *const folders[] = { folder_path };
    return street_create(folders, 1, demand_path, 1, &diag, why, status);
}

static int set_up(void **state)
{
    (void)state;
    enum status status = STATUS_OK;
    const char *why = NULL;
    memset(&scene, 0, sizeof scene);
    scene.street = create("demand.csv", "pasaalani", &status, &why);
    assert_non_null(scene.street);
    char error[128];
    assert_int_equal(
        monitor_parse(
            "site 1003\nhash 0123456789abcdef\nchannel 1 red 0 yellow 1 green 2 flash yellow\n",
            &scene.config, error, sizeof error),
        STATUS_OK);
    scene.now_ms = 1000;
    cabinet_emu_init(&scene.emu, &scene.config, &(struct cabinet_memory){ 0 }, scene.now_ms);
    scene.emus[0] = &scene.emu;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    street_destroy(scene.street);
    return 0;
}

/* As lamps burn, whatever was commanded. */
static void burn(uint32_t lamps, uint32_t flashing)
{
    memset(&scene.emu.sensed, 0, sizeof scene.emu.sensed);
    scene.emu.sensed.on[0] = lamps;
    scene.emu.sensed.flash[0] = flashing;
}

static void burn_all_red(void)
{
    burn(bit32(0) | bit32(3) | bit32(6) | bit32(9) | bit32(11), 0);
}

static void pass_time(int64_t ms)
{
    for (const int64_t until_ms = scene.now_ms + ms; scene.now_ms < until_ms;) {
        scene.now_ms += STEP_MS;
        street_run(scene.street, scene.emus, scene.now_ms);
    }
}

static void the_directory_says_where_the_cabinet_is(void **state)
{
    (void)state;
    assert_int_equal(street_port(scene.street, 0), 15023);
    assert_string_equal(street_name(scene.street, 0), "pasaalani");
}

static void red_lamps_hold_everybody_and_green_ones_let_them_through(void **state)
{
    (void)state;
    burn_all_red();
    pass_time(180000);
    const struct microsim_totals held = street_totals(scene.street);
    assert_true(held.due > 5);
    assert_int_equal(held.arrived, 0);
    burn(bit32(2) | bit32(5) | bit32(6) | bit32(9) | bit32(11), 0);
    pass_time(60000);
    assert_true(street_totals(scene.street).arrived > 3);
    assert_int_equal(street_totals(scene.street).red_runs, 0);
}

/* Input 2 is the loop at the side road's stop line, 1 the one 45 m up the main road from the east.
 */
static void waiting_vehicles_stand_on_the_cabinets_inputs(void **state)
{
    (void)state;
    burn_all_red();
    pass_time(240000);
    assert_true((scene.emu.occupied & bit64(2)) != 0);
    assert_true(scene.emu.edge_count[2] >= 1);
    assert_true(scene.emu.edge_count[1] >= 3);
    assert_true(scene.emu.counters.input_changes > 6);
}

static void an_input_that_the_street_does_not_change_is_left_to_the_hand(void **state)
{
    (void)state;
    burn_all_red();
    pass_time(1000);
    assert_true(cabinet_emu_input(&scene.emu, 40, true, scene.now_ms));
    pass_time(10000);
    assert_true((scene.emu.occupied & bit64(40)) != 0);
}

static void at_flashing_yellow_vehicles_go_one_by_one(void **state)
{
    (void)state;
    burn_all_red();
    pass_time(180000);
    const uint64_t due = street_totals(scene.street).due;
    burn(bit32(1) | bit32(4) | bit32(7), bit32(1) | bit32(4) | bit32(7));
    pass_time(20000);
    const uint64_t after_20_s = street_totals(scene.street).arrived;
    pass_time(60000);
    const struct microsim_totals t = street_totals(scene.street);
    assert_true(after_20_s <= 8); /* one in 2.5 s */
    assert_true(t.arrived >= due / 2 && t.arrived <= 32);
    assert_int_equal(t.red_runs, 0);
}

static void steps_keep_to_their_deadlines_and_a_stopped_process_loses_its_time(void **state)
{
    (void)state;
    burn_all_red();
    pass_time(10000);
    char text[STREET_JSON_BYTES];
    street_json(scene.street, text);
    assert_non_null(strstr(text, "\"seconds\":10.0"));
    assert_non_null(strstr(text, "\"lost_ms\":0"));
    scene.now_ms += 900; /* late, made up for */
    pass_time(100);
    street_json(scene.street, text);
    assert_non_null(strstr(text, "\"seconds\":11.0"));
    scene.now_ms += 60000; /* stopped: not made up for */
    pass_time(100);
    street_json(scene.street, text);
    assert_non_null(strstr(text, "\"seconds\":11.1"));
    assert_null(strstr(text, "\"lost_ms\":0"));
}

static void what_cannot_be_built_says_why(void **state)
{
    (void)state;
    enum status status = STATUS_OK;
    const char *why = NULL;
    assert_null(create("demand.csv", "nowhere", &status, &why));
    assert_int_equal(status, STATUS_IO);
    assert_null(create("nothing.csv", "pasaalani", &status, &why));
    assert_int_equal(status, STATUS_IO);
    static struct diag diag;
    assert_null(street_create(NULL, 0, "demand.csv", 1, &diag, &why, &status));
    assert_non_null(why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_directory_says_where_the_cabinet_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(red_lamps_hold_everybody_and_green_ones_let_them_through,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(waiting_vehicles_stand_on_the_cabinets_inputs, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            an_input_that_the_street_does_not_change_is_left_to_the_hand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(at_flashing_yellow_vehicles_go_one_by_one, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            steps_keep_to_their_deadlines_and_a_stopped_process_loses_its_time, set_up, tear_down),
        cmocka_unit_test(what_cannot_be_built_says_why),
    };
    return RUN_TESTS(tests);
}
