#include "test.h"

#include <stdio.h>
#include <string.h>

#include "event_text.h"
#include "guard.h"
#include "lease.h"
#include "plan_build.h"
#include "view.h"
#include "words.h"

static struct wire_status sample(void)
{
    struct wire_status s;
    memset(&s, 0, sizeof s);
    (void)snprintf(s.name, sizeof s.name, "%s", "saat-kulesi");
    (void)snprintf(s.node, sizeof s.node, "%s", "balikesir/saat-kulesi");
    s.wall.ms = INT64_C(1795457047123);
    s.utc_offset_s = 10800;
    s.wall_is_synced = 1;
    s.mode = MODE_NORMAL;
    s.strategy = s.strategy_scheduled = STRATEGY_FIXED;
    s.reason = REASON_SCHEDULE;
    s.pattern_id = 5;
    (void)snprintf(s.pattern_name, sizeof s.pattern_name, "%s", "morning");
    (void)snprintf(s.stage_name, sizeof s.stage_name, "%s", "B");
    (void)snprintf(s.stage_next_name, sizeof s.stage_next_name, "%s", "C");
    s.cycle_ms = 90000;
    s.cycle_second_ms = 43210;
    s.stage_ix = 1;
    s.stage_next_ix = 2;
    s.sg_count = 2;
    (void)snprintf(s.sg_name[0], sizeof s.sg_name[0], "%s", "cadde");
    (void)snprintf(s.sg_name[1], sizeof s.sg_name[1], "%s", "yaya");
    s.aspect[0] = s.seen[0] = ASPECT_GREEN_FLASH;
    s.aspect[1] = ASPECT_RED;
    s.seen[1] = ASPECT_GREEN;
    s.letter[0] = '1';
    s.letter[1] = 'A';
    s.shown_ms[0] = 12399;
    s.call_ped = 2;
    s.detector_count = 3;
    s.occupied = 1;
    s.detector_failed = 4;
    s.detector_health[2] = 2;
    s.link_state = LINK_CONFIRMED;
    s.lease_state = LEASE_HELD;
    return s;
}

static void a_person_sees_time_mode_lamps_calls_and_faults(void **state)
{
    (void)state;
    static struct page p;
    const struct wire_status s = sample();
    page_clear(&p);
    view_status(&p, &s);
    assert_non_null(
        strstr(p.text, "saat-kulesi  balikesir/saat-kulesi   2026-11-23 21:04:07.1 UTC+3:00"));
    assert_non_null(strstr(p.text, "UNSIGNED"));
    assert_non_null(strstr(p.text, "plan     5 morning"));
    assert_non_null(strstr(p.text, "stage    B for 0.0 s, next C\n"));
    assert_non_null(strstr(p.text, "cycle 43.2 of 90.0 s"));
    assert_non_null(strstr(p.text, "..g  green-flash     12.3  1"));
    assert_non_null(strstr(p.text, "pedestrian seen: green"));
    assert_non_null(strstr(p.text, "#.!"));
    assert_non_null(strstr(p.text, "stuck on: 3\n"));
    assert_non_null(strstr(p.text, "link confirmed   lease held"));
    assert_null(strchr(p.text, '\033')); /* no colour was asked for, none is there */
}

static void a_signed_plan_is_not_called_unsigned(void **state)
{
    (void)state;
    static struct page p;
    struct wire_status s = sample();
    s.is_signed = 1;
    page_clear(&p);
    view_status(&p, &s);
    view_line(&p, &s);
    assert_null(strstr(p.text, "UNSIGNED"));
}

static void every_number_has_a_word_or_a_question_mark(void **state)
{
    (void)state;
    for (int32_t i = 0; i < REASON_COUNT; i++) {
        assert_string_not_equal(word_reason(i), "?");
    }
    for (int32_t i = 0; i < GUARD_FAULT_COUNT; i++) {
        assert_string_not_equal(word_guard(i), "?");
    }
    for (int32_t i = 0; i < ASPECT_COUNT; i++) {
        assert_string_not_equal(word_aspect(i), "?");
    }
    for (int32_t i = 0; i < STRATEGY_COUNT; i++) {
        assert_int_equal(word_find_strategy(word_strategy(i)), i);
    }
    assert_string_equal(word_mode(-1), "?");
    assert_string_equal(word_mode(MODE_COUNT), "?");
    assert_int_equal(word_find_strategy("optimistic"), -1);
}

static void wild_numbers_from_the_wire_are_drawn_and_never_indexed(void **state)
{
    (void)state;
    static struct page p;
    struct wire_status s;
    memset(&s, 0xff, sizeof s);
    memset(s.name, 'x', sizeof s.name);
    s.name[sizeof s.name - 1] = '\0';
    s.node[0] = '\0';
    for (size_t i = 0; i < SG_MAX; i++) {
        s.sg_name[i][NAME_MAX_BYTES - 1] = '\0';
    }
    for (size_t i = 0; i < PHASE_MAX; i++) {
        s.phase_name[i][NAME_MAX_BYTES - 1] = '\0';
    }
    s.pattern_name[0] = s.stage_name[0] = s.stage_next_name[0] = '\0';
    s.wall.ms = 0;
    s.utc_offset_s = 0;
    s.last_fault_at.ms = 0;
    s.sg_count = INT32_MAX;
    s.detector_count = INT32_MAX;
    page_clear(&p);
    view_status(&p, &s);
    assert_true(p.used < PAGE_BYTES);
    page_clear(&p);
    view_json(&p, &s);
    assert_int_equal(p.text[p.used - 1], '}');
}

static void json_escapes_what_it_must(void **state)
{
    (void)state;
    static struct page p;
    page_clear(&p);
    view_json_string(&p, "a\"b\\c\n\xc5\x9f");
    assert_string_equal(p.text, "\"a\\\"b\\\\c\\u000a\xc5\x9f\"");
}

static void cells_count_characters_and_not_bytes(void **state)
{
    (void)state;
    static struct page p;
    page_clear(&p);
    page_add_cell(&p, "\xc5\x9f\xc4\xb1k", 4);
    page_add(&p, "|");
    page_add_cell(&p, "\xc5\x9f\xc4\xb1k", 2);
    page_add(&p, "|");
    assert_string_equal(p.text, "\xc5\x9f\xc4\xb1k |\xc5\x9f\xc4\xb1|");
}

static void a_page_that_is_full_stays_a_string(void **state)
{
    (void)state;
    static struct page p;
    page_clear(&p);
    for (int i = 0; i < PAGE_BYTES; i++) {
        page_add(&p, "1234567");
    }
    assert_int_equal(p.used, PAGE_BYTES - 1);
    assert_int_equal(p.text[p.used], '\0');
}

static void a_block_says_the_same_in_the_rows_it_promised(void **state)
{
    (void)state;
    static struct page p;
    struct wire_status s = sample();
    s.sg_count = 13;
    page_clear(&p);
    view_block(&p, &s);
    assert_non_null(strstr(
        p.text, "saat-kulesi   21:04:07.1   normal   fixed   plan 5 morning, 43.2 of 90.0 s"));
    assert_non_null(strstr(p.text, "UNSIGNED"));
    assert_non_null(strstr(p.text, "groups   cadde ..g  12.3   yaya  R..   0.0!"));
    uint32_t rows = 1; /* the line between two */
    for (const char *c = p.text; *c != '\0'; c++) {
        rows += *c == '\n' ? 1 : 0;
    }
    assert_true(rows <= view_block_rows(&s));
    s.guard_fault = GUARD_CONFLICT;
    page_clear(&p);
    view_block(&p, &s);
    assert_non_null(strstr(p.text, "GUARD TRIPPED: conflict"));
    s.sg_count = SG_MAX + 9;
    s.detector_count = -1;
    page_clear(&p);
    view_block(&p, &s); /* wild numbers are drawn and never indexed */
}

static void events_say_what_their_numbers_mean(void **state)
{
    (void)state;
    static struct page p;
    const struct wire_event mode = { .seq = 7,
                                     .wall = { .ms = INT64_C(1795457047123) },
                                     .event = { EVENT_MODE, MODE_FLASH, REASON_LINK_LOST } };
    page_clear(&p);
    event_text_add(&p, EVENT_FOR_PEOPLE, &mode, 0, NULL, 0);
    assert_string_equal(p.text, "2026-11-23 18:04:07.1   1  1000 mode                           4  "
                                "flash because of cabinet link lost\n");
    page_clear(&p);
    event_text_add(&p, EVENT_AS_CSV, &mode, 0, NULL, 0);
    assert_string_equal(p.text, "2026-11-23 18:04:07.1,7,1,1000,4,5,mode,"
                                "\"flash because of cabinet link lost\"\n");
    page_clear(&p);
    event_text_add(&p, EVENT_AS_JSON, &mode, 0xffff, NULL, 0);
    assert_non_null(strstr(p.text, "\"junction\":0,\"code\":1000"));
}

static void expect_text(uint16_t code, uint16_t param, int32_t detail, const struct names *names,
                        const char *expected)
{
    const struct event e = { code, param, detail };
    char text[EVENT_TEXT_BYTES];
    event_text_detail(&e, names, text, sizeof text);
    assert_string_equal(text, expected);
}

static void things_are_called_by_their_names(void **state)
{
    (void)state;
    static struct plan plan;
    static struct names names;
    plan_build_staged(&plan);
    names_of_plan(&names, &plan);
    const int32_t ped = ST_SG_COUNT - 1;
    assert_int_equal(plan.safety.sg_type[ped], SG_PEDESTRIAN);
    expect_text(EVENT_STAGE, 2, 0, &names, plan.stage[1].name);
    expect_text(EVENT_STAGE, 2, 0, NULL, "stage 2");
    expect_text(EVENT_PATTERN_CHANGE, (uint16_t)plan.pattern[0].pattern_id, 0, &names,
                plan.pattern[0].name);
    expect_text(EVENT_PATTERN_CHANGE, 0, 0, &names, "none");
    char text[100];
    (void)snprintf(text, sizeof text, "%s yellow", plan.sg[0].name);
    expect_text(EVENT_ASPECT, 1, ASPECT_YELLOW, &names, text);
    expect_text(EVENT_ASPECT, 1, ASPECT_YELLOW, NULL, "group 1 yellow");
    expect_text(EVENT_WALK_BEGIN, (uint16_t)plan.sg[ped].phase_id, 0, &names, plan.sg[ped].name);
    expect_text(EVENT_GREEN_BEGIN, 31, 0, &names, "phase 31");
    expect_text(EVENT_GUARD_TRIP, GUARD_CONFLICT, 0 << 8 | 1, NULL,
                "conflict: group 1 and group 2");
    expect_text(EVENT_GUARD_TRIP, GUARD_STATE, GUARD_NO_SG << 8 | GUARD_NO_SG, NULL,
                "state corrupt");
}

static void a_detector_is_not_taken_for_the_button_of_its_number(void **state)
{
    (void)state;
    static struct names names;
    struct wire_names *d = &names.kind[WIRE_NAMES_DETECTORS];
    memset(&names, 0, sizeof names);
    d->count = 3;
    d->number[0] = 1;
    d->number[1] = 2;
    d->number[2] = -1;
    (void)snprintf(d->name[0], sizeof d->name[0], "stop");
    (void)snprintf(d->name[1], sizeof d->name[1], "far");
    (void)snprintf(d->name[2], sizeof d->name[2], "button");
    expect_text(EVENT_DETECTOR_ON, 1, 0, &names, "stop");
    expect_text(EVENT_PED_DETECTOR_ON, 1, 0, &names, "button");
    expect_text(EVENT_PED_DETECTOR_ON, 2, 0, &names, "channel 2");
    expect_text(EVENT_DETECTOR_FORCED, 1, 1, &names, "stop or button on");
    expect_text(EVENT_DETECTOR_FORCED, 2, 0, &names, "far off");
    int32_t number = 0;
    assert_true(names_find(&names, WIRE_NAMES_DETECTORS, "button", &number));
    assert_int_equal(number, 3);
    assert_true(names_find(&names, WIRE_NAMES_DETECTORS, "2", &number));
    assert_int_equal(number, 2);
    assert_false(names_find(&names, WIRE_NAMES_DETECTORS, "4", &number));
    assert_false(names_find(&names, WIRE_NAMES_DETECTORS, "-1", &number));
    assert_false(names_find(&names, WIRE_NAMES_DETECTORS, "", &number));
    char list[12];
    names_list(&names, WIRE_NAMES_DETECTORS, list, sizeof list);
    assert_string_equal(list, "stop far");
}

static void a_gap_says_whether_something_was_lost(void **state)
{
    (void)state;
    expect_text(EVENT_JOURNAL_GAP, 3, 1 << 20, NULL,
                "no loss: 1048576 numbers skipped because the run before was cut off");
    expect_text(EVENT_JOURNAL_GAP, 1, 7, NULL, "7 records lost because the disk was too slow");
    expect_text(EVENT_JOURNAL_GAP, 9, 7, NULL, "7 records lost because ?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_person_sees_time_mode_lamps_calls_and_faults),
        cmocka_unit_test(a_signed_plan_is_not_called_unsigned),
        cmocka_unit_test(every_number_has_a_word_or_a_question_mark),
        cmocka_unit_test(wild_numbers_from_the_wire_are_drawn_and_never_indexed),
        cmocka_unit_test(json_escapes_what_it_must),
        cmocka_unit_test(cells_count_characters_and_not_bytes),
        cmocka_unit_test(a_page_that_is_full_stays_a_string),
        cmocka_unit_test(a_block_says_the_same_in_the_rows_it_promised),
        cmocka_unit_test(events_say_what_their_numbers_mean),
        cmocka_unit_test(things_are_called_by_their_names),
        cmocka_unit_test(a_detector_is_not_taken_for_the_button_of_its_number),
        cmocka_unit_test(a_gap_says_whether_something_was_lost),
    };
    return RUN_TESTS(tests);
}
