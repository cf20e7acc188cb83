#include "test.h"

#include <stdio.h>
#include <string.h>

#include "plan_build.h"
#include "reading.h"
#include "remote_codes.h"

static struct plan plan;
static struct value_tree tree;
static struct remote_values v;
static struct remote_refusal r;

static bool read(const char *code, const char *values)
{
    plan_build_staged(&plan);
    const struct remote_source s = { .tree = &tree,
                                     .values = reading_take(values, strlen(values), &tree),
                                     .plan = &plan };
    const struct remote_code *found = remote_code_find(code, DOTS_KEPT);
    assert_non_null(s.values);
    assert_non_null(found);
    return remote_code_read(found, &s, &v, &r);
}

static void values_become_what_the_tick_understands(void **state)
{
    static const struct {
        const char *code, *values;
        int32_t kind, target, value;
    } row[] = {
        { "tlc.plan.set", "{\"plan\":2}", COMMAND_PATTERN, -1, 2 },
        { "tlc.mode.set", "{\"mode\":\"flash\"}", COMMAND_FLASH, -1, 0 },
        { "tlc.mode.prepare", "{\"mode\":\"all-red\"}", COMMAND_ALL_RED, -1, 0 },
        { "tlc.mode.set", "{\"mode\":\"normal\"}", COMMAND_RELEASE, -1,
          1 << COMMAND_FLASH | 1 << COMMAND_ALL_RED },
        { "tlc.strategy.set", "{\"strategy\":\"fixed\"}", COMMAND_STRATEGY, -1, STRATEGY_FIXED },
        { "tlc.strategy.set", "{\"strategy\":\"scheduled\"}", COMMAND_RELEASE, -1,
          1 << COMMAND_STRATEGY },
        { "tlc.stage.call", "{\"stage\":1}", COMMAND_STAGE, -1, 0 },
        { "tlc.group.recall", "{\"component\":\"sg/1\",\"recall\":\"max\"}", COMMAND_RECALL, 0,
          RECALL_MAX },
        { "tlc.group.recall", "{\"component\":\"sg/2\",\"recall\":\"scheduled\"}", COMMAND_RELEASE,
          1, 1 << COMMAND_RECALL },
        { "tlc.group.hold", "{\"component\":\"sg/32\"}", COMMAND_HOLD, 31, 0 },
        { "tlc.group.omit", "{\"component\":\"sg/3\"}", COMMAND_OMIT, 2, 0 },
        { "tlc.group.force-off", "{\"component\":\"sg/3\"}", COMMAND_FORCE_OFF, 2, 0 },
        { "tlc.detector.force", "{\"component\":\"dl/7\",\"state\":\"auto\"}",
          COMMAND_DETECTOR_FORCE, 6, -1 },
        { "tlc.detector.force", "{\"component\":\"dl/7\",\"state\":\"on\"}", COMMAND_DETECTOR_FORCE,
          6, 1 },
        { "tlc.time.stop", "{}", COMMAND_STOP_TIME, -1, 0 },
        { "tlc.manual.set", "{}", COMMAND_MANUAL, -1, 0 },
        { "tlc.manual.advance", "{}", COMMAND_ADVANCE, -1, 0 },
        { "tlc.release", "{}", COMMAND_RELEASE, -1, 0 },
        { "tlc.release", "{\"code\":\"tlc.group.hold\",\"component\":\"sg/3\"}", COMMAND_RELEASE, 2,
          1 << COMMAND_HOLD },
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        assert_true(read(row[i].code, row[i].values));
        assert_int_equal(v.command.kind, row[i].kind);
        assert_int_equal(v.command.target, row[i].target);
        assert_int_equal(v.command.value, row[i].value);
    }
}

static void a_call_is_of_the_kind_of_its_group(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    for (int32_t ix = 0; ix < plan.sg_count; ix++) {
        char values[40];
        (void)snprintf(values, sizeof values, "{\"component\":\"sg/%d\"}", ix + 1);
        assert_true(read("tlc.group.call", values));
        assert_int_equal(v.command.target, ix);
        assert_int_equal(v.command.kind, plan.safety.sg_type[ix] == SG_PEDESTRIAN
                                             ? COMMAND_CALL_PED
                                             : COMMAND_CALL_VEHICLE);
    }
}

static void values_that_make_no_sense_are_named(void **state)
{
    static const struct {
        const char *code, *values, *text;
    } row[] = {
        { "tlc.plan.set", "{\"plan\":-1}", "plan must be" },
        { "tlc.mode.set", "{\"mode\":\"dark\"}", "made dark at its cabinet" },
        { "tlc.mode.set", "{}", "mode must be" },
        { "tlc.strategy.set", "{\"strategy\":\"flash\"}", "strategy must be" },
        { "tlc.strategy.set", "{\"strategy\":7}", "strategy must be" },
        { "tlc.stage.call", "{\"stage\":0}", "stage must be" },
        { "tlc.stage.call", "{\"stage\":99999999999}", "stage must be" },
        { "tlc.group.hold", "{\"component\":\"sg/0\"}", "component must be" },
        { "tlc.group.hold", "{\"component\":\"sg/33\"}", "component must be" },
        { "tlc.group.hold", "{\"component\":\"sg/1x\"}", "component must be" },
        { "tlc.group.hold", "{\"component\":\"dl/1\"}", "component must be" },
        { "tlc.group.hold", "{\"component\":\"sg/99999999999999999999\"}", "component must be" },
        { "tlc.group.hold", "{\"component\":[\"sg/1\"]}", "component must be" },
        { "tlc.group.recall", "{\"component\":\"sg/1\",\"recall\":\"most\"}", "recall must be" },
        { "tlc.detector.force", "{\"component\":\"dl/1\",\"state\":\"maybe\"}", "state must be" },
        { "tlc.release", "{\"code\":\"tlc.group.call\"}", "code must be" },
        { "tlc.release", "{\"component\":\"sg/1\"}", "component must be" },
        { "tlc.release", "{\"code\":\"tlc.group.hold\",\"component\":\"x\"}", "component must be" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        assert_false(read(row[i].code, row[i].values));
        assert_non_null(strstr(r.text, row[i].text));
        assert_int_equal(r.result, i == 1 ? COMMAND_DENIED : COMMAND_INVALID);
    }
}

static void codes_are_found_with_underscores_too(void **state)
{
    (void)state;
    assert_non_null(remote_code_find("tlc_group_force-off", DOTS_TO_UNDERSCORES));
    assert_null(remote_code_find("tlc.group.force-off", DOTS_TO_UNDERSCORES));
    assert_null(remote_code_find("tlc.dance", DOTS_KEPT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_become_what_the_tick_understands),
        cmocka_unit_test(a_call_is_of_the_kind_of_its_group),
        cmocka_unit_test(values_that_make_no_sense_are_named),
        cmocka_unit_test(codes_are_found_with_underscores_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
