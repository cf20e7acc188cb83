#include "test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input_codec.h"
#include "journal_read.h"
#include "plan_build.h"
#include "sim_town.h"

static int setup(void **state)
{
    struct sim_town *t = calloc(1, sizeof *t);
    assert_non_null(t);
    plan_build_staged(&t->plan[0]);
    plan_build_staged(&t->plan[1]);
    strcpy(t->plan[1].node, "test/other");
    sim_town_wire(t, 0);
    sim_town_wire(t, 1);
    t->source[0].plan_text = "the text of the start";
    sim_town_start(t, 2, NULL, 0);
    *state = t;
    return 0;
}

static int teardown(void **state)
{
    struct sim_town *t = *state;
    sim_town_finish(t);
    free(t);
    return 0;
}

static int32_t mode_of(const struct sim_town *t, uint32_t junction_ix)
{
    return unit_junction(t->unit, junction_ix)->controller.mode.mode;
}

static int32_t link_of(const struct sim_town *t, uint32_t junction_ix)
{
    return unit_junction(t->unit, junction_ix)->controller.lease.link;
}

static uint64_t trips(const struct sim_town *t)
{
    return t->cabinet[0].counters.trips + t->cabinet[1].counters.trips;
}

/* How often an event is in the journal of a junction. */
static uint32_t journalled(struct sim_town *t, uint32_t junction_ix, uint16_t code, int32_t *detail)
{
    struct journal_reader *reader = calloc(1, sizeof *reader);
    uint32_t count = 0;
    struct record r;
    assert_int_equal(journal_reader_open(reader, sim_world_of(t->world), "/journal"), STATUS_OK);
    while (journal_reader_next(reader, &r) == STATUS_OK) {
        struct event e;
        if (r.junction == junction_ix && journal_is_event(&r, &e) && e.code == code) {
            count++;
            *detail = e.detail;
        }
    }
    journal_reader_close(reader);
    free(reader);
    return count;
}

static uint32_t times_journalled(struct sim_town *t, uint32_t junction_ix, uint16_t code)
{
    int32_t detail = 0;
    return journalled(t, junction_ix, code, &detail);
}

static void junctions_start_and_run_an_hour_without_a_trip(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 300);
    assert_int_equal(mode_of(t, 0), MODE_NORMAL);
    assert_int_equal(mode_of(t, 1), MODE_NORMAL);
    for (int32_t i = 0; i < 3300; i++) { /* traffic on both, cars of eight seconds */
        (void)cabinet_emu_input(&t->cabinet[0], i / 80 % 10, i % 160 < 80,
                                sim_world_now(t->world).ms);
        sim_town_run(t, 10);
    }
    assert_int_equal(mode_of(t, 0), MODE_NORMAL);
    assert_int_equal(link_of(t, 0), LINK_CONFIRMED);
    assert_int_equal(trips(t), 0);
    assert_true(t->cabinet[0].counters.lamp_changes > 100);
    assert_int_equal(unit_junction(t->unit, 0)->guard.tripped, GUARD_PASS);
    assert_true(sim_world_notified(t->world, "WATCHDOG=1") > 1000);
}

static void lost_transactions_lengthen_and_never_trip(void **state)
{
    struct sim_town *t = *state;
    t->wire[0].fail_every = 3;
    sim_town_run(t, 3000);
    assert_int_equal(mode_of(t, 0), MODE_NORMAL);
    assert_int_equal(trips(t), 0);
    struct wire_metrics m;
    unit_metrics(t->unit, &m);
    assert_true(m.modbus_failed > 500);
}

static void a_dead_link_flashes_and_comes_back_through_startup(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 600);
    assert_int_equal(mode_of(t, 0), MODE_NORMAL);
    t->wire[0].is_dead = true;
    t->wire[0].is_deaf = true;
    sim_town_run(t, 30);
    assert_int_equal(link_of(t, 0), LINK_LOST);
    assert_true(cabinet_emu_is_flashing(&t->cabinet[0]));
    assert_int_equal(mode_of(t, 1), MODE_NORMAL);
    assert_true(times_journalled(t, 0, EVENT_LINK_LOST) == 1);
    assert_int_equal(times_journalled(t, 1, EVENT_LINK_LOST), 0);
    t->wire[0].is_dead = false;
    t->wire[0].is_deaf = false;
    sim_town_run(t, 10);
    assert_true(cabinet_emu_is_flashing(&t->cabinet[0]));
    sim_town_run(t, 600);
    assert_int_equal(mode_of(t, 0), MODE_NORMAL);
    assert_int_equal(trips(t), 0);
}

static void garbled_answers_are_a_lost_link(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 600);
    t->wire[0].garbles = true;
    sim_town_run(t, 30);
    assert_int_equal(link_of(t, 0), LINK_LOST);
    assert_true(cabinet_emu_is_flashing(&t->cabinet[0]));
    assert_int_equal(trips(t), 0);
}

static void a_cabinet_of_another_map_is_not_taken(void **state)
{
    struct sim_town *t = *state;
    t->monitor[0].safety_hash ^= 1;
    sim_town_run(t, 600);
    assert_int_equal(mode_of(t, 1), MODE_NORMAL);
    assert_int_not_equal(mode_of(t, 0), MODE_NORMAL);
    assert_int_equal(t->cabinet[0].counters.leases, 0);
    struct wire_alarms alarms;
    unit_alarms(t->unit, 0, &alarms);
    assert_true((alarms.active & bit32(ALARM_SAFETY_FILE)) != 0);
    assert_true(alarms.since[ALARM_SAFETY_FILE].ms > 0);
}

static void a_detector_edge_reaches_the_journal(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 100);
    const uint32_t before = times_journalled(t, 0, EVENT_DETECTOR_ON);
    (void)cabinet_emu_input(&t->cabinet[0], 0, true, sim_world_now(t->world).ms);
    sim_town_run(t, 5);
    assert_true(times_journalled(t, 0, EVENT_DETECTOR_ON) > before);
}

static void recorded_inputs_make_the_same_outputs(void **state)
{
    struct sim_town *t = *state;
    enum { TICKS = 3000 };
    struct output_frame *outputs = calloc(TICKS, sizeof *outputs);
    assert_non_null(outputs);
    for (int32_t i = 0; i < TICKS; i++) {
        (void)cabinet_emu_input(&t->cabinet[0], i / 70 % 8, i % 50 < 20,
                                sim_world_now(t->world).ms);
        t->wire[0].is_dead = i > 1500 && i < 1530;
        sim_town_tick(t);
        outputs[i] = *unit_output(t->unit, 0);
    }
    sim_town_run(t, 1);

    struct junction *replayed = calloc(1, sizeof *replayed);
    struct journal_reader *reader = calloc(1, sizeof *reader);
    assert_non_null(replayed);
    assert_non_null(reader);
    struct input_coder coder;
    input_coder_init(&coder);
    assert_int_equal(journal_reader_open(reader, sim_world_of(t->world), "/journal"), STATUS_OK);
    int32_t tick = 0;
    struct record r;
    while (journal_reader_next(reader, &r) == STATUS_OK && tick < TICKS) {
        uint64_t boot_id = 0;
        uint64_t plan_hash = 0;
        mono_t at;
        if (r.junction != 0) {
            continue;
        }
        if (journal_is_boot(&r, &boot_id, &at, &plan_hash)) {
            assert_true(plan_hash == t->plan[0].plan_hash);
            junction_init(replayed, &t->plan[0], at);
        }
        if (r.type == RECORD_INPUT) {
            struct input_frame in;
            struct output_frame out;
            struct event_list events;
            assert_int_equal(input_decode(&coder, r.payload, r.payload_bytes, &in, &at), STATUS_OK);
            event_list_clear(&events);
            junction_tick(replayed, &in, at, &out, &events);
            assert_memory_equal(out.aspect, outputs[tick].aspect, sizeof out.aspect);
            assert_int_equal(out.seq, outputs[tick].seq);
            assert_int_equal(out.epoch, outputs[tick].epoch);
            assert_int_equal(out.heartbeat, outputs[tick].heartbeat);
            tick++;
        }
    }
    assert_int_equal(tick, TICKS);
    journal_reader_close(reader);
    free(reader);
    free(replayed);
    free(outputs);
}

static void the_watchdog_is_fed_while_a_link_comes_and_goes(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 600);
    uint32_t fed = sim_world_notified(t->world, "WATCHDOG=1");
    int32_t unfed_ticks = 0;
    for (int32_t i = 0; i < 600; i++) { /* eight ticks away, two there, never ten: never lost */
        t->wire[0].is_dead = i % 10 < 8;
        sim_town_tick(t);
        const uint32_t now_fed = sim_world_notified(t->world, "WATCHDOG=1");
        unfed_ticks = now_fed == fed ? unfed_ticks + 1 : 0;
        fed = now_fed;
        assert_true(unfed_ticks < 20); /* WatchdogSec is 2 s */
    }
    assert_int_equal(times_journalled(t, 0, EVENT_LINK_LOST), 0);
}

static void a_stepped_clock_is_an_event_and_nothing_else(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 600);
    const int64_t steps_ms[] = { 3600000, -3600000, 600, -86400000 };
    for (size_t i = 0; i < sizeof steps_ms / sizeof steps_ms[0]; i++) {
        sim_world_step_wall(t->world, steps_ms[i]);
        sim_town_run(t, 100);
        int32_t detail = 0;
        assert_int_equal(journalled(t, UNIT_PROCESS, EVENT_CLOCK_STEP, &detail), i + 1);
        assert_int_equal(detail, (steps_ms[i] + (steps_ms[i] > 0 ? 500 : -500)) / 1000);
        assert_int_equal(times_journalled(t, UNIT_PROCESS, EVENT_CLOCK_UPDATED), i + 1);
    }
    sim_world_step_wall(t->world, UNIT_CLOCK_STEP_MS - 1); /* a correction, not a step */
    sim_town_run(t, 1200);
    assert_int_equal(times_journalled(t, UNIT_PROCESS, EVENT_CLOCK_STEP), 4);
    assert_int_equal(mode_of(t, 0), MODE_NORMAL);
    assert_int_equal(trips(t), 0);
}

static void missed_ticks_are_counted_and_not_made_up_for(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 600);
    const uint32_t writes = t->wire[0].count;
    sim_world_advance(t->world, 249); /* on top of one period */
    sim_town_run(t, 2);
    assert_int_equal(t->wire[0].count - writes, 2);
    struct wire_metrics m;
    unit_metrics(t->unit, &m);
    assert_int_equal(m.ticks_late, 1);
    assert_int_equal(m.ticks_skipped, 2);
    assert_int_equal(times_journalled(t, UNIT_PROCESS, EVENT_TICK_LATE), 1);
    sim_world_advance(t->world, 49);
    sim_town_run(t, 10);
    unit_metrics(t->unit, &m);
    assert_int_equal(m.ticks_late, 1);
}

static void a_stop_ends_the_heartbeat_after_all_red(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 600);
    unit_stop(t->unit, sim_world_now(t->world));
    int32_t ticks = 0;
    while (!unit_is_stopped(t->unit, sim_world_now(t->world))) {
        sim_town_tick(t);
        ticks++;
        assert_true(ticks < UNIT_STOP_MAX_MS / TICK_MS);
    }
    assert_true(ticks > 10);
    assert_true(cabinet_emu_is_flashing(&t->cabinet[0]));
    assert_true(cabinet_emu_is_flashing(&t->cabinet[1]));
    assert_int_equal(trips(t), 0);
}

static void a_stop_without_a_cabinet_ends_too(void **state)
{
    struct sim_town *t = *state;
    t->wire[0].is_dead = true;
    t->wire[1].is_dead = true;
    sim_town_run(t, 50);
    unit_stop(t->unit, sim_world_now(t->world));
    sim_town_run(t, 10);
    assert_true(unit_is_stopped(t->unit, sim_world_now(t->world)));
}

static void a_dead_disk_is_an_alarm_and_lamps_go_on(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 600);
    const struct sim_file_faults full = { .write = STATUS_NO_SPACE, .write_room = UINT64_MAX };
    const struct sim_file_faults healthy = { .write_room = UINT64_MAX };
    sim_world_set_file_faults(t->world, &full);
    sim_town_run(t, 600);
    struct wire_alarms alarms;
    unit_alarms(t->unit, 0, &alarms);
    assert_true((alarms.active & bit32(ALARM_JOURNAL)) != 0);
    assert_int_equal(mode_of(t, 0), MODE_NORMAL);
    sim_world_set_file_faults(t->world, &healthy);
    sim_town_run(t, 50);
    unit_alarms(t->unit, 0, &alarms);
    assert_true((alarms.active & bit32(ALARM_JOURNAL)) == 0);
    assert_int_equal(times_journalled(t, 0, EVENT_MODE) > 0, true);
    struct wire_metrics m;
    unit_metrics(t->unit, &m);
    assert_int_equal(m.journal_lost, journal_queue_lost(t->queue));
}

/* Reload. */

static struct plan *next_plan;
static enum status next_status;
static const struct site *next_site;

static enum status load(const char *directory, struct plan *plan, struct site *site,
                        struct diag *diag)
{
    (void)directory;
    if (next_status != STATUS_OK) {
        diag->count = diag->errors = 1;
        diag->item[0].level = DIAG_ERROR;
        diag->item[0].rule = 14;
        strcpy(diag->item[0].file, "plan.yaml");
        strcpy(diag->item[0].text, "split_s must be at least 12.0");
        return next_status;
    }
    *plan = *next_plan;
    *site = *next_site;
    return STATUS_OK;
}

static void a_new_plan_is_taken_at_a_safe_point(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 600);
    struct plan *plan = malloc(sizeof *plan);
    assert_non_null(plan);
    for (uint64_t round = 1; round <= 3; round++) {
        *plan = t->plan[0];
        plan->plan_hash = 1000 + round;
        next_plan = plan;
        next_site = &t->site[0];
        next_status = STATUS_OK;
        assert_int_equal(unit_reload(t->unit, load), 2);
        assert_int_equal(unit_reload(t->unit, load), 0); /* the first still waits */
        assert_true(sim_world_logged(t->world, "still waits for a safe point"));
        for (int32_t i = 0; i < 2000; i++) { /* cars, so that stages change */
            (void)cabinet_emu_input(&t->cabinet[0], i / 80 % 10, i % 160 < 80,
                                    sim_world_now(t->world).ms);
            (void)cabinet_emu_input(&t->cabinet[1], i / 80 % 10, i % 160 < 80,
                                    sim_world_now(t->world).ms);
            sim_town_tick(t);
        }
        assert_true(unit_junction(t->unit, 0)->plan->plan_hash == 1000 + round);
        int32_t detail = 0;
        assert_int_equal(journalled(t, 0, EVENT_PLAN_LOADED, &detail), 1 + round);
        assert_int_equal(detail, 1000 + round);
        char hash[32];
        (void)snprintf(hash, sizeof hash, "%016" PRIx64, 1000 + round);
        assert_non_null(strstr(unit_plan_text(t->unit, 0), hash));
        assert_null(unit_plan_text(t->unit, 1)); /* whoever kept no text at the start keeps none */
    }
    assert_int_equal(mode_of(t, 0), MODE_NORMAL);
    assert_int_equal(trips(t), 0);
    free(plan);
}

static void another_wiring_is_said_to_need_a_restart(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 10);
    struct plan *plan = malloc(sizeof *plan);
    struct site *site = malloc(sizeof *site);
    assert_non_null(plan);
    assert_non_null(site);
    *plan = t->plan[0];
    *site = t->site[0];
    next_plan = plan;
    next_site = site;
    next_status = STATUS_OK;
    site->link[0].port++;
    assert_int_equal(unit_reload(t->unit, load), 0); /* the hash of all files says: the same */
    assert_true(sim_world_logged(t->world, "nothing has changed"));
    plan->plan_hash++;
    assert_int_equal(unit_reload(t->unit, load), 2);
    assert_true(sim_world_logged(t->world, "site.yaml has changed"));
    free(plan);
    free(site);
}

static void refused_files_change_nothing(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 600);
    next_status = STATUS_INVALID;
    assert_int_equal(unit_reload(t->unit, load), 0);
    assert_true(sim_world_logged(t->world, "P014"));
    assert_true(sim_world_logged(t->world, "the old plan goes on"));
    sim_town_run(t, 10);
    assert_ptr_equal(unit_junction(t->unit, 0)->plan, &t->plan[0]);
    assert_int_equal(times_journalled(t, 0, EVENT_PLAN_REFUSED), 1);
    assert_int_equal(times_journalled(t, 0, EVENT_PLAN_LOADED), 1); /* at the start */
}

static void another_safety_file_needs_a_restart(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 600);
    struct plan *plan = malloc(sizeof *plan);
    assert_non_null(plan);
    *plan = t->plan[0];
    plan->safety.min_green_ms[0] += 1000;
    plan->safety_hash++;
    plan->plan_hash++;
    next_plan = plan;
    next_site = &t->site[0];
    next_status = STATUS_OK;
    assert_int_equal(unit_reload(t->unit, load), 0);
    assert_true(sim_world_logged(t->world, "needs a restart"));
    plan->safety_hash--; /* a file that lies about its hash is refused by the junction itself */
    assert_int_equal(unit_reload(t->unit, load), 2);
    sim_town_run(t, 1200);
    assert_ptr_equal(unit_junction(t->unit, 0)->plan, &t->plan[0]);
    assert_int_equal(times_journalled(t, 0, EVENT_PLAN_REFUSED), 2);
    free(plan);
}

/* Start-up. */

static enum status try_create(struct sim_town *t, struct unit_source *sources, uint32_t count,
                              char why[UNIT_WHY_BYTES])
{
    const struct unit_config config = { .world = sim_world_of(t->world),
                                        .junction_count = count,
                                        .source = sources,
                                        .queue = t->queue,
                                        .server = { .world = sim_world_of(t->world),
                                                    .release = "simulated" } };
    struct unit *u = NULL;
    const enum status status = unit_create(&config, sim_world_now(t->world), why, &u);
    unit_destroy(u);
    return status;
}

static void what_cannot_run_is_refused_with_its_name(void **state)
{
    struct sim_town *t = *state;
    char why[UNIT_WHY_BYTES];
    struct unit_source two[2] = { t->source[0], t->source[1] };
    assert_int_equal(try_create(t, two, 2, why), STATUS_OK);
    assert_int_equal(try_create(t, two, 0, why), STATUS_INVALID);
    assert_non_null(strstr(why, "0 junctions"));

    two[1] = t->source[0];
    assert_int_equal(try_create(t, two, 2, why), STATUS_INVALID);
    assert_non_null(strstr(why, "same cabinet"));

    t->site[1].link[0].max_registers = CABINET_STATE_REGISTERS - 1;
    assert_int_equal(try_create(t, &t->source[1], 1, why), STATUS_INVALID);
    assert_non_null(strstr(why, "too few registers"));
    assert_non_null(strstr(why, "test/other"));
    t->site[1].link[0].max_registers = CABINET_STATE_REGISTERS;
    assert_int_equal(try_create(t, &t->source[1], 1, why), STATUS_OK);

    t->site[1].cabinet_link_ix = 1;
    assert_int_equal(try_create(t, &t->source[1], 1, why), STATUS_INVALID);
    t->site[1].cabinet_link_ix = 0;
    strcpy(t->plan[1].node, t->plan[0].node);
    assert_int_equal(try_create(t, t->source, 2, why), STATUS_INVALID);
    assert_non_null(strstr(why, "same node"));
}

static void a_hundred_null_cabinets_run(void **state)
{
    struct sim_town *t = *state;
    struct unit_source sources[100];
    struct site null_site = t->site[0];
    null_site.link[0].kind = LINK_NULL;
    for (uint32_t i = 0; i < 100; i++) {
        sources[i] =
            (struct unit_source){ .directory = "null", .plan = &t->plan[0], .site = &null_site };
    }
    const struct unit_config config = { .world = sim_world_of(t->world),
                                        .junction_count = 100,
                                        .source = sources,
                                        .queue = t->queue,
                                        .server = { .world = sim_world_of(t->world),
                                                    .release = "simulated" } };
    struct unit *u = NULL;
    char why[UNIT_WHY_BYTES];
    assert_int_equal(unit_create(&config, sim_world_now(t->world), why, &u), STATUS_OK);
    assert_int_equal(unit_link_count(u), 0);
    for (int32_t i = 0; i < 600; i++) {
        unit_tick(u, sim_world_now(t->world));
        sim_world_advance(t->world, TICK_MS);
    }
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(unit_junction(u, i)->controller.mode.mode, MODE_NORMAL);
    }
    unit_destroy(u);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(junctions_start_and_run_an_hour_without_a_trip),
        TEST(lost_transactions_lengthen_and_never_trip),
        TEST(a_dead_link_flashes_and_comes_back_through_startup),
        TEST(garbled_answers_are_a_lost_link),
        TEST(a_cabinet_of_another_map_is_not_taken),
        TEST(a_detector_edge_reaches_the_journal),
        TEST(recorded_inputs_make_the_same_outputs),
        TEST(the_watchdog_is_fed_while_a_link_comes_and_goes),
        TEST(a_stepped_clock_is_an_event_and_nothing_else),
        TEST(missed_ticks_are_counted_and_not_made_up_for),
        TEST(a_stop_ends_the_heartbeat_after_all_red),
        TEST(a_stop_without_a_cabinet_ends_too),
        TEST(a_dead_disk_is_an_alarm_and_lamps_go_on),
        TEST(a_new_plan_is_taken_at_a_safe_point),
        TEST(another_wiring_is_said_to_need_a_restart),
        TEST(refused_files_change_nothing),
        TEST(another_safety_file_needs_a_restart),
        TEST(what_cannot_run_is_refused_with_its_name),
        TEST(a_hundred_null_cabinets_run),
    };
    return RUN_TESTS(tests);
}
