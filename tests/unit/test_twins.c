/* The prover plays plans on its own timeline. Here the junction's sequencer plays beside it,
 * wanting the same groups at the same ticks: the lamps must be the same on every frame, or the
 * proof is of another machine. */
#include "test.h"

#include "plan_build.h"
#include "script.h"
#include "sequencer.h"
#include "timeline.h"

#include <inttypes.h>
#include <string.h>

static struct plan plan;
static struct sequencer sequencer;
static struct timeline timeline;
static struct event_list events;
static mono_t now;

/* A change of lamps has at most five times in a row: follow-on, flash, yellow, intergreen,
 * red-yellow. */
enum { APART_MAX_TICKS = 5, MEMORY_TICKS = 2 * APART_MAX_TICKS + 1 };

/* What both showed of late; [tick % MEMORY_TICKS]. */
static int32_t sequencer_showed[MEMORY_TICKS][SG_MAX];
static int32_t timeline_showed[MEMORY_TICKS][SG_MAX];
static int32_t tick_count;
static int32_t read_back_ms; /* after the frame */

static void start(void)
{
    timeline_init(&timeline, &plan);
    sequencer_init(&sequencer, &plan);
    now.ms = 1000000;
    tick_count = 0;
}

static void step_both(sg_mask_t open)
{
    now.ms += TICK_MS;
    const struct tick tick = { .now = now,
                               .confirmed_at = { .ms = now.ms - TICK_MS + read_back_ms },
                               .advances = true };
    struct wanted wanted = { .open = open };
    for (uint32_t g = 0; g < SG_MAX; g++) {
        wanted.walk_ms[g] = max_i32(timeline.walk_ms[g], plan.safety.min_green_ms[g]);
        wanted.hold_walk |= timeline.walk_ms[g] == 0 ? bit32(g) : 0;
    }
    memset(&events, 0, sizeof events);
    sequencer_step(&sequencer, &plan, &tick, &wanted, &events);
    timeline_step(&timeline, open);
}

static bool shows(int32_t showed[MEMORY_TICKS][SG_MAX], int32_t g, int32_t aspect)
{
    for (int32_t i = 0; i < MEMORY_TICKS; i++) {
        if (showed[i][g] == aspect) {
            return true;
        }
    }
    return false;
}

/* What each showed in the middle of its memory, the other showed at most APART_MAX_TICKS earlier or
 * later. */
static void assert_twins(const char *where, int32_t at_ms)
{
    const int32_t slot = tick_count % MEMORY_TICKS;
    memcpy(sequencer_showed[slot], sequencer.aspect, sizeof sequencer.aspect);
    memcpy(timeline_showed[slot], timeline.aspect, sizeof timeline.aspect);
    tick_count++;
    if (tick_count < MEMORY_TICKS) {
        return;
    }
    const int32_t middle = (tick_count - 1 - APART_MAX_TICKS) % MEMORY_TICKS;
    for (int32_t g = 0; g < plan.sg_count; g++) {
        if (!shows(timeline_showed, g, sequencer_showed[middle][g]) ||
            !shows(sequencer_showed, g, timeline_showed[middle][g])) {
            fail_msg("%s, %" PRId32 " ms: \"%s\" shows %d, its twin %d", where, at_ms,
                     plan.sg[g].name, (int)sequencer_showed[middle][g],
                     (int)timeline_showed[middle][g]);
        }
    }
}

static void play_pattern(int32_t pattern_ix, sg_mask_t demand)
{
    static struct script script;
    script_read(&plan, pattern_ix, demand, &script);
    start();
    memcpy(timeline.walk_ms, script.walk_ms, sizeof script.walk_ms);
    for (int32_t i = 0; i < 200; i++) { /* start-up's all-red */
        step_both(0);
    }
    for (int32_t round = 0; round < 3; round++) {
        for (int32_t at_ms = 0; at_ms < script.cycle_ms; at_ms += TICK_MS) {
            step_both(script_open(&script, at_ms));
            assert_twins(plan.pattern[pattern_ix].name, at_ms);
        }
    }
}

static void play_all(void)
{
    for (read_back_ms = 0; read_back_ms < TICK_MS; read_back_ms += 45) {
        for (int32_t i = 0; i < plan.pattern_count; i++) {
            if (script_is_timed(&plan.pattern[i])) {
                const sg_mask_t choice = script_on_demand(&plan, i);
                play_pattern(i, choice);
                play_pattern(i, 0);
                play_pattern(i, choice & UINT32_C(0x55555555));
            }
        }
    }
}

static void every_timed_pattern_looks_the_same_to_both(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    play_all();
    plan_build_rings(&plan);
    play_all();
}

static void follow_ons_and_trailing_overlaps_look_the_same(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.relation[3] = (struct relation){ RELATION_FOLLOW_ON, ST_E, ST_W, 1000 };
    plan.relation_count = 4;
    play_all();
    plan_build_rings(&plan);
    plan.overlap[0].parents = bit32(1);
    plan.overlap[0].trail_green_ms = 1500;
    play_all();
}

/* The comparison is able to fail. */
static void twins_that_differ_are_told_apart(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    read_back_ms = 0;
    start();
    for (int32_t i = 0; i < 400; i++) {
        step_both(i < 200 ? 0 : bit32(ST_N));
        assert_twins("before", i * TICK_MS);
    }
    for (int32_t i = 0; i < MEMORY_TICKS; i++) {
        timeline_showed[i][ST_N] = ASPECT_RED;
    }
    assert_false(shows(timeline_showed, ST_N, sequencer.aspect[ST_N]));
    assert_true(shows(timeline_showed, ST_E, sequencer.aspect[ST_E]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_timed_pattern_looks_the_same_to_both),
        cmocka_unit_test(follow_ons_and_trailing_overlaps_look_the_same),
        cmocka_unit_test(twins_that_differ_are_told_apart),
    };
    return RUN_TESTS(tests);
}
