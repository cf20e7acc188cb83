/* Civil time is set forth and back while a junction runs: what it shows, and how it finds its
 * coordination again. The same street twice, once with a clock that is left alone. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal_read.h"
#include "plan_build.h"
#include "sim_town.h"

enum { LAMP_LOG_MAX = 4096, DAY_LONG_MS = 86400000, CYCLE_TICKS = 900 };

struct lamp_log {
    uint32_t count;
    struct {
        int64_t at_ms;
        int32_t lamp, value;
    } change[LAMP_LOG_MAX];
};

static void note_lamp(void *self, int64_t now_ms, enum cabinet_note what, int32_t number,
                      int32_t value)
{
    struct lamp_log *log = self;
    if (what == NOTE_LAMP) {
        assert_true(log->count < LAMP_LOG_MAX);
        log->change[log->count].at_ms = now_ms;
        log->change[log->count].lamp = number;
        log->change[log->count].value = value;
        log->count++;
    }
}

static struct sim_town *open_town(struct lamp_log *log, int32_t pattern_ix)
{
    struct sim_town *t = calloc(1, sizeof *t);
    assert_non_null(t);
    plan_build_staged(&t->plan[0]);
    sim_town_wire(t, 0);
    t->cabinet[0].note = note_lamp;
    t->cabinet[0].note_self = log;
    sim_town_start(t, 1, NULL, 0);
    sim_world_set_wall(t->world, (wall_t){ .ms = INT64_C(1800000000000) }, 10800, true);
    sim_town_run(t, 400);
    const struct command c = { .command_id = 1,
                               .kind = COMMAND_PATTERN,
                               .value = t->plan[0].pattern[pattern_ix].pattern_id,
                               .duration_ms = DAY_LONG_MS };
    assert_int_equal(unit_command(t->unit, 0, &c), STATUS_OK);
    return t;
}

static void close_town(struct sim_town *t)
{
    assert_int_equal(t->cabinet[0].counters.trips, 0);
    assert_int_equal(unit_junction(t->unit, 0)->guard.tripped, GUARD_PASS);
    sim_town_finish(t);
    free(t);
}

static uint32_t times_journalled(struct sim_town *t, uint16_t junction, uint16_t code)
{
    struct journal_reader *reader = calloc(1, sizeof *reader);
    assert_non_null(reader);
    uint32_t count = 0;
    struct record r;
    assert_int_equal(journal_reader_open(reader, sim_world_of(t->world), "/journal"), STATUS_OK);
    while (journal_reader_next(reader, &r) == STATUS_OK) {
        struct event e;
        count += r.junction == junction && journal_is_event(&r, &e) && e.code == code ? 1 : 0;
    }
    journal_reader_close(reader);
    free(reader);
    return count;
}

static void run_actuated(struct sim_town *t, const int64_t *steps_ms, size_t step_count)
{
    for (size_t i = 0; i < step_count; i++) {
        for (int32_t k = 0; k < 300; k++) {
            (void)cabinet_emu_input(&t->cabinet[0], k / 40 % 8, k % 40 < 15,
                                    sim_world_now(t->world).ms);
            sim_town_tick(t);
        }
        if (steps_ms[i] != 0) {
            sim_world_step_wall(t->world, steps_ms[i]);
        }
    }
}

static void a_clock_that_jumps_moves_no_lamp_of_an_actuated_junction(void **state)
{
    (void)state;
    static struct lamp_log left_alone;
    static struct lamp_log jumping;
    const int64_t none[] = { 0, 0, 0, 0, 0, 0 };
    const int64_t steps_ms[] = { 3600000, -7200000, 1500, -1500, 86400000, -80000000 };
    struct sim_town *calm = open_town(&left_alone, ST_ACTUATED);
    struct sim_town *stepped = open_town(&jumping, ST_ACTUATED);
    run_actuated(calm, none, 6);
    run_actuated(stepped, steps_ms, 6);
    sim_town_run(calm, 300);
    sim_town_run(stepped, 300);
    assert_true(left_alone.count > 100);
    assert_int_equal(left_alone.count, jumping.count);
    assert_memory_equal(left_alone.change, jumping.change,
                        left_alone.count * sizeof left_alone.change[0]);
    assert_int_equal(times_journalled(calm, UNIT_PROCESS, EVENT_CLOCK_STEP), 0);
    assert_int_equal(times_journalled(stepped, UNIT_PROCESS, EVENT_CLOCK_STEP), 6);
    assert_int_equal(times_journalled(stepped, UNIT_PROCESS, EVENT_CLOCK_UPDATED), 6);
    close_town(calm);
    close_town(stepped);
}

/* The offset is a moment of civil time: after a step the junction is out of step, says so and
 * walks back, a fifth of a cycle at a time, cutting no minimum (the guard and the cabinet's monitor
 * watch). */
static void a_coordinated_junction_walks_back_into_step(void **state)
{
    (void)state;
    static struct lamp_log log;
    const int64_t steps_ms[] = { 37000, -21000 };
    struct sim_town *t = open_town(&log, ST_COORDINATED);
    sim_town_run(t, 8 * CYCLE_TICKS);
    const struct controller *c = &unit_junction(t->unit, 0)->controller;
    assert_int_equal(c->mode.strategy, STRATEGY_COORDINATED);
    assert_int_equal(c->coord.state, COORD_IN_STEP);
    for (size_t i = 0; i < 2; i++) {
        const uint32_t told = times_journalled(t, 0, EVENT_COORD_STATE);
        sim_world_step_wall(t->world, steps_ms[i]);
        int32_t ticks = 0;
        bool was_out = false;
        for (bool is_back = false; !is_back && ticks < 8 * CYCLE_TICKS; ticks++) {
            sim_town_tick(t);
            was_out = was_out || c->coord.state != COORD_IN_STEP;
            is_back = was_out && c->coord.state == COORD_IN_STEP;
            assert_int_equal(c->mode.mode, MODE_NORMAL);
        }
        assert_true(was_out);
        assert_true(ticks < 8 * CYCLE_TICKS);
        sim_town_run(t, 10);
        assert_true(times_journalled(t, 0, EVENT_COORD_STATE) >= told + 2);
        printf("# a step of %d s: in step again after %d s\n", (int)(steps_ms[i] / 1000),
               (int)(ticks / 10));
    }
    close_town(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_that_jumps_moves_no_lamp_of_an_actuated_junction),
        cmocka_unit_test(a_coordinated_junction_walks_back_into_step),
    };
    return RUN_TESTS(tests);
}
