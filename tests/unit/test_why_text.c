/* The words against what a person has looked at (tests/unit/golden); KAVSAK_GOLDEN_WRITE=1 writes
 * anew. */
#include "test.h"

#include "event.h"
#include "why_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct page page;
static struct names names;
static struct why why;

static void add_name(enum wire_names_kind kind, const char *name, int32_t number)
{
    struct wire_names *n = &names.kind[kind];
    n->number[n->count] = number;
    (void)snprintf(n->name[n->count], NAME_MAX_BYTES, "%s", name);
    n->count++;
}

static void lane(uint8_t standing, uint8_t coming, uint8_t age_ds, bool is_substituted)
{
    why.decision.lane[why.decision.lane_count++] =
        (struct decision_lane){ standing, coming, age_ds, is_substituted };
}

static void alternative(int16_t option_ix, int16_t leave_in_s, struct search_cost cost)
{
    why.decision.alternative[why.decision.alternative_count++] =
        (struct decision_alternative){ option_ix, leave_in_s, cost };
}

static int setup(void **state)
{
    (void)state;
    memset(&names, 0, sizeof names);
    memset(&why, 0, sizeof why);
    page_clear(&page);
    add_name(WIRE_NAMES_STAGES, "A", 1);
    add_name(WIRE_NAMES_STAGES, "B", 2);
    add_name(WIRE_NAMES_STAGES, "C", 3);
    add_name(WIRE_NAMES_GROUPS, "V1", 2);
    add_name(WIRE_NAMES_GROUPS, "P1", -2);
    add_name(WIRE_NAMES_LANES, "doğu-1", 1);
    add_name(WIRE_NAMES_LANES, "batı-1", 2);
    add_name(WIRE_NAMES_PHASES, "south left", 1);
    add_name(WIRE_NAMES_PHASES, "north", 2);
    why.junction = "saat-kulesi";
    why.names = &names;
    why.utc_offset_s = 10800;
    why.is_live = true;
    why.has_decision = true;
    why.mode = (struct why_mode){ .has_mode = true,
                                  .mode = MODE_NORMAL,
                                  .has_strategy = true,
                                  .strategy = STRATEGY_ADAPTIVE,
                                  .strategy_reason = REASON_SCHEDULE };
    struct decision *d = &why.decision;
    d->number = 1234;
    d->at.ms = INT64_C(1795455117000);
    d->is_staged = true;
    d->option_name[1] = 1;
    d->option_name[2] = 2;
    d->was_ix = 1;
    d->chosen_ix = 1;
    d->binding = BINDING_MIN_GREEN;
    d->binding_sg_ix = 0;
    d->may_leave_in_cs = 210;
    d->must_leave_in_cs = SNAPSHOT_NEVER_CS;
    d->nodes = 212;
    d->load_pct = 63;
    alternative(1, 6, (struct search_cost){ .delay_cs = 31200, .stops_cs = 1000 });
    alternative(0, 0,
                (struct search_cost){ .delay_cs = 32500, .stops_cs = 800, .switches_cs = 320 });
    alternative(2, 0, (struct search_cost){ .delay_cs = 45000, .waits_cs = 100, .terminal_cs = 4 });
    lane(3, 2, 4, false);
    lane(0, 12, 255, true);
    d->timeline_count = 3;
    d->timeline[0] = (struct search_segment){ 1, 0 };
    d->timeline[1] = (struct search_segment){ 2, 6 };
    d->timeline[2] = (struct search_segment){ 0, 18 };
    return 0;
}

static void assert_golden(const char *name)
{
    static char want[PAGE_BYTES];
    char path[512];
    const char *source = getenv("KAVSAK_SOURCE");
    assert_non_null(source);
    (void)snprintf(path, sizeof path, "%s/tests/unit/golden/%s", source, name);
    if (getenv("KAVSAK_GOLDEN_WRITE") != NULL) {
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        (void)fputs(page.text, out);
        assert_int_equal(fclose(out), 0);
    }
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    memset(want, 0, sizeof want);
    assert_true(fread(want, 1, sizeof want - 1, in) > 0);
    assert_int_equal(fclose(in), 0);
    assert_string_equal(page.text, want);
}

static bool says(const char *part)
{
    page_clear(&page);
    why_text_add(&page, &why);
    if (strstr(page.text, part) == NULL) {
        print_message("%s", page.text);
        return false;
    }
    return true;
}

static void staying_is_explained_by_what_leaving_costs(void **state)
{
    (void)state;
    why_text_add(&page, &why);
    assert_golden("why-stay.txt");
}

static void the_same_as_one_object(void **state)
{
    (void)state;
    why_json_add(&page, &why);
    assert_golden("why-stay.json");
}

static void leaving_is_explained_by_what_staying_costs(void **state)
{
    (void)state;
    why.decision.chosen_ix = 0;
    assert_true(says("Leave B for A. Staying in B would cost 14.2 vehicle-seconds less: 13.0"));
    why.decision.alternative[0].cost.delay_cs = 50000;
    why.decision.alternative[0].cost.stops_cs = 800;
    assert_true(says("Staying in B would cost 171.8 vehicle-seconds more: 175.0 more for delay, "
                     "3.2 less for switches.\n"));
}

static void every_bound_has_its_sentence(void **state)
{
    (void)state;
    static const char *const words[BINDING_COUNT] = {
        [BINDING_NONE] = "nothing: everything the plan allows was possible",
        [BINDING_ON_THE_WAY] = "the change under way",
        [BINDING_MIN_GREEN] = "minimum green of V1 for another 2.1 s",
        [BINDING_MAX_GREEN] = "maximum green of V1: reached",
        [BINDING_MAX_RED] = "maximum red of V1: it has to be served",
        [BINDING_PEDESTRIANS] = "pedestrians on V1 for another 2.1 s",
        [BINDING_NO_DEMAND] = "nobody else waits or comes",
        [BINDING_EXIT_FULL] = "a full exit: who would get green could not leave",
        [BINDING_STARVING] = "the supervisor: 2 lanes have waited too long and come first",
    };
    why.decision.starving_count = 2;
    for (int32_t i = 0; i < BINDING_COUNT; i++) {
        why.decision.binding = i;
        assert_true(says(words[i]));
    }
    why.decision.binding = BINDING_STARVING;
    why.decision.starving_count = 1;
    assert_true(says("1 lane has waited too long and comes first"));
    why.decision.binding = BINDING_MAX_GREEN;
    why.decision.must_leave_in_cs = 300;
    assert_true(says("maximum green of V1, reached in 3.0 s"));
    why.decision.is_oversaturated = true;
    assert_true(says("more comes than can leave"));
    /* A limit of the stage itself. */
    why.decision.binding_sg_ix = -1;
    assert_true(says("maximum green of B, reached in 3.0 s"));
    why.decision.binding = BINDING_MIN_GREEN;
    assert_true(says("minimum green of B for another 2.1 s"));
}

static void nothing_to_decide_is_said(void **state)
{
    (void)state;
    why.decision.binding = BINDING_ON_THE_WAY;
    why.decision.chosen_ix = 0;
    why.decision.was_ix = 0;
    why.decision.alternative_count = 0;
    assert_true(says("On the way to A: nothing to decide"));
    why.decision.binding = BINDING_NONE;
    why.decision.was_ix = -1;
    assert_true(says("Begin with A. Nothing else was possible."));
}

static void phases_of_rings_are_joined(void **state)
{
    (void)state;
    why.decision.is_staged = false;
    why.decision.option_name[1] = 3;
    assert_true(says("Stay in south left+north."));
    why.decision.option_name[1] = 1 << 5;
    why.decision.chosen_ix = 1;
    assert_true(says("Stay in phase 6."));
    why.names = NULL;
    assert_true(says("minimum green of group 1"));
}

static void without_adaptive_control_the_strategy_is_named(void **state)
{
    (void)state;
    why.has_decision = false;
    why.mode.strategy = STRATEGY_ACTUATED;
    why.mode.strategy_reason = REASON_DETECTORS_FAILED;
    assert_true(
        says("saat-kulesi  not adaptive, so there is no decision: strategy actuated, because of "));
    why.mode.mode = MODE_FLASH;
    why.mode.mode_reason = REASON_GUARD;
    why.mode.mode_at.ms = INT64_C(1795455000000);
    assert_true(says("mode flash since 2026-11-23 20:30:00.0, because of "));
    why.mode = (struct why_mode){ .has_mode = false };
    assert_true(says("the journal does not tell who chose then"));
    why.is_live = false;
    why.asked = why.decision.at;
    why.mode.has_strategy = true;
    why.mode.strategy = STRATEGY_ADAPTIVE;
    assert_true(
        says("2026-11-23 20:31:57.0  no decision is kept of this moment: strategy adaptive"));
}

static void a_decision_of_another_moment_is_said_to_be_one(void **state)
{
    (void)state;
    why.is_live = false;
    why.asked.ms = why.decision.at.ms + 900;
    assert_false(strncmp("The journal has", page.text, 15) == 0);
    why.asked.ms = why.decision.at.ms + 17000;
    assert_true(says("The journal has no decision of 20:32:14.0; the nearest is 17 s earlier:"));
    why.asked.ms = why.decision.at.ms - 5000;
    assert_true(says("the nearest is 5 s later:"));
}

static void the_last_decision_before_adaptive_ended_is_told_as_such(void **state)
{
    (void)state;
    why.mode.strategy = STRATEGY_FIXED;
    why.mode.strategy_reason = REASON_COMMAND;
    assert_true(says("not adaptive, so there is no decision: strategy fixed"));
    assert_true(says("The last decision it made:"));
}

static void the_end_of_a_green_has_who_and_by_which_rule(void **state)
{
    (void)state;
    why.has_end = true;
    why.is_live = false;
    why.end = (struct why_end){ .is_found = true,
                                .at = { why.decision.at.ms + 200 },
                                .ordered_at = { why.decision.at.ms + 100 },
                                .rule = -1,
                                .has_stage = true,
                                .stage_ix = 0 };
    why.decision.chosen_ix = 0;
    why_text_add(&page, &why);
    assert_golden("why-ended.txt");
    why.decision.chosen_ix = 1;
    why.end.rule = EVENT_GAP_OUT;
    assert_true(says("rule      gap-out: nobody had come for its passage time"));
    assert_null(strstr(page.text, "decision"));
    why.end.rule = EVENT_MAX_OUT;
    assert_true(says("max-out: its maximum was reached"));
    why.end.rule = EVENT_FORCE_OFF;
    why.end.has_command = true;
    why.end.command_kind = COMMAND_PATTERN;
    why.end.command_at = why.decision.at;
    assert_true(says("command   "));
    why.end.has_fault = true;
    assert_true(says("the junction left normal operation"));
    why.end.is_found = false;
    why.asked = why.decision.at;
    assert_true(says("no end of a green of V1 before 2026-11-23 20:31:57.0 is in the journal"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(staying_is_explained_by_what_leaving_costs, setup),
        cmocka_unit_test_setup(the_same_as_one_object, setup),
        cmocka_unit_test_setup(leaving_is_explained_by_what_staying_costs, setup),
        cmocka_unit_test_setup(every_bound_has_its_sentence, setup),
        cmocka_unit_test_setup(nothing_to_decide_is_said, setup),
        cmocka_unit_test_setup(phases_of_rings_are_joined, setup),
        cmocka_unit_test_setup(without_adaptive_control_the_strategy_is_named, setup),
        cmocka_unit_test_setup(a_decision_of_another_moment_is_said_to_be_one, setup),
        cmocka_unit_test_setup(the_last_decision_before_adaptive_ended_is_told_as_such, setup),
        cmocka_unit_test_setup(the_end_of_a_green_has_who_and_by_which_rule, setup),
    };
    return RUN_TESTS(tests);
}
