/* Two junctions of the examples under adaptive control in the simulated world: what is kept of
 * their decisions, and what they make of each other and of liars. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decision_record.h"
#include "journal_read.h"
#include "sim_town.h"

enum { FIRST, SECOND, STARTUP_TICKS = 600, UID_LINK = 900, UID_NOBODY = 901 };

union any {
    struct wire_header header;
    struct wire_decisions decisions;
    struct wire_neighbour neighbour;
    struct wire_text text;
    uint8_t bytes[WIRE_MESSAGE_MAX_BYTES];
};

static void load(struct sim_town *t, uint32_t ix, const char *name)
{
    static struct diag diag;
    char directory[512];
    const char *source = getenv("KAVSAK_SOURCE");
    assert_non_null(source);
    (void)snprintf(directory, sizeof directory, "%s/plans/examples/%s", source, name);
    assert_int_equal(plan_load(directory, &t->plan[ix], &t->site[ix], &diag), STATUS_OK);
    for (int32_t i = 0; i < t->plan[ix].pattern_count; i++) {
        t->plan[ix].pattern[i].strategy = STRATEGY_ADAPTIVE;
    }
    sim_town_wire(t, ix);
}

static struct sim_town *start(uint32_t count, int32_t decisions_every_s)
{
    struct sim_town *t = calloc(1, sizeof *t);
    assert_non_null(t);
    load(t, FIRST, "saat-kulesi");
    load(t, SECOND, "cay-deresi");
    t->decisions_every_s = decisions_every_s;
    const struct server_grant grant = { .id = UID_LINK, .role = ROLE_OPERATOR, .may_feed = true };
    sim_town_start(t, count, &grant, 1);
    return t;
}

static void finish(struct sim_town *t)
{
    sim_town_finish(t);
    free(t);
}

static uint32_t journalled(struct sim_town *t, uint32_t junction_ix, uint32_t *changes)
{
    struct journal_reader *reader = calloc(1, sizeof *reader);
    uint64_t number = 0;
    int64_t last_ms = 0;
    uint32_t count = 0;
    struct record r;
    *changes = 0;
    assert_int_equal(journal_reader_open(reader, sim_world_of(t->world), "/journal"), STATUS_OK);
    while (journal_reader_next(reader, &r) == STATUS_OK) {
        struct decision d;
        if (r.junction != junction_ix || !journal_is_decision(&r, &d)) {
            continue;
        }
        assert_true(d.number > number);
        assert_true(r.at.ms - last_ms >= 1000);
        assert_in_range(r.payload_bytes, 20, 250);
        *changes += d.chosen_ix != d.was_ix ? 1 : 0;
        number = d.number;
        last_ms = r.at.ms;
        count++;
    }
    journal_reader_close(reader);
    free(reader);
    return count;
}

static void every_second_leaves_a_decision(void **state)
{
    (void)state;
    struct sim_town *t = start(2, 0);
    sim_town_run(t, STARTUP_TICKS + 1200);
    assert_int_equal(unit_junction(t->unit, FIRST)->controller.mode.strategy, STRATEGY_ADAPTIVE);
    uint32_t changes = 0;
    assert_in_range(journalled(t, FIRST, &changes), 110, 180);
    assert_in_range(journalled(t, SECOND, &changes), 110, 180);
    finish(t);
}

static void thinned_out_only_changes_and_samples_are_kept(void **state)
{
    (void)state;
    struct sim_town *t = start(2, 10);
    sim_town_run(t, STARTUP_TICKS + 1200);
    uint32_t changes = 0;
    const uint32_t kept = journalled(t, FIRST, &changes);
    assert_in_range(kept, 10, changes + 20);
    finish(t);
}

static uint32_t neighbours_seen(struct sim_town *t, uint32_t junction_ix, int32_t ticks)
{
    uint32_t seen = 0;
    for (int32_t i = 0; i < ticks; i++) {
        sim_town_tick(t);
        seen += unit_input(t->unit, junction_ix)->neighbour_count;
    }
    return seen;
}

static void junctions_of_one_process_hear_each_other(void **state)
{
    (void)state;
    struct sim_town *t = start(2, 0);
    sim_town_run(t, STARTUP_TICKS);
    assert_true(neighbours_seen(t, FIRST, 50) >= 5);  /* how much room there is */
    assert_true(neighbours_seen(t, SECOND, 50) >= 5); /* who comes */
    finish(t);
}

static struct neighbour_message good_message(const struct sim_town *t)
{
    struct neighbour_message m = { .version = NEIGHBOUR_VERSION,
                                   .direction = NEIGHBOUR_ROOM,
                                   .made_at = unit_input(t->unit, FIRST)->wall,
                                   .from = "cay-deresi",
                                   .link = "cay-deresi/w1",
                                   .room_vehicles = 3 };
    return m;
}

static void a_silent_neighbour_changes_nothing_and_liars_neither(void **state)
{
    (void)state;
    struct sim_town *t = start(1, 0);
    sim_town_run(t, STARTUP_TICKS);
    assert_int_equal(neighbours_seen(t, FIRST, 50), 0);
    assert_int_equal(unit_junction(t->unit, FIRST)->controller.mode.strategy, STRATEGY_ADAPTIVE);
    struct neighbour_message bad[8];
    for (size_t i = 0; i < 8; i++) {
        bad[i] = good_message(t);
    }
    bad[0].version = 2;
    bad[1].direction = 7;
    bad[2].made_at.ms -= 100000;
    bad[3].made_at.ms += 100000;
    (void)snprintf(bad[4].from, sizeof bad[4].from, "liar"); /* no lane of its own */
    (void)snprintf(bad[5].link, sizeof bad[5].link, "nowhere/w1");
    memset(bad[6].link, 'x', sizeof bad[6].link);
    memset(bad[7].from, 'x', sizeof bad[7].from);
    for (size_t i = 0; i < 8; i++) {
        unit_hear_neighbour(t->unit, FIRST, &bad[i]);
    }
    assert_int_equal(neighbours_seen(t, FIRST, 20), 0);
    const struct neighbour_message good = good_message(t);
    unit_hear_neighbour(t->unit, FIRST, &good);
    assert_true(neighbours_seen(t, FIRST, 20) >= 1);
    for (int32_t i = 0; i < 10000; i++) { /* a flood: bounded, and the tick goes on */
        unit_hear_neighbour(t->unit, FIRST, &bad[i % 8]);
        unit_hear_neighbour(t->unit, FIRST, &good);
    }
    sim_town_run(t, 100);
    assert_int_equal(unit_junction(t->unit, FIRST)->controller.mode.mode, MODE_NORMAL);
    assert_int_equal(t->cabinet[0].counters.trips, 0);
    finish(t);
}

static void say(struct sim_town *t, uint32_t peer, void *message, enum wire_type type, size_t size)
{
    wire_head(message, type, size, 5);
    assert_true(sim_world_say(t->world, peer, message, size));
}

static uint32_t visit(struct sim_town *t, uint32_t uid)
{
    const struct peer_identity who = { .pid = 1, .uid = uid, .gid = uid };
    const uint32_t peer = sim_world_connect(t->world, &who);
    struct wire_hello hello = { .role = ROLE_OBSERVER };
    say(t, peer, &hello, WIRE_HELLO, sizeof hello);
    sim_town_tick(t);
    return peer;
}

static bool hear(struct sim_town *t, uint32_t peer, enum wire_type type, union any *m)
{
    while (sim_world_hear(t->world, peer, m, sizeof *m) > 0) {
        if (m->header.type == (uint16_t)type) {
            return true;
        }
    }
    return false;
}

static void the_socket_tells_decisions_now_and_of_then(void **state)
{
    (void)state;
    struct sim_town *t = start(2, 0);
    union any m;
    struct decision d;
    const uint32_t peer = visit(t, UID_NOBODY);
    struct wire_decisions ask = { .count = 0 };
    say(t, peer, &ask, WIRE_DECISIONS, sizeof ask);
    sim_town_tick(t);
    assert_true(hear(t, peer, WIRE_DECISIONS, &m));
    assert_int_equal(m.decisions.count, 0); /* still starting */
    sim_town_run(t, STARTUP_TICKS);
    say(t, peer, &ask, WIRE_DECISIONS, sizeof ask);
    sim_town_tick(t);
    assert_true(hear(t, peer, WIRE_DECISIONS, &m));
    assert_int_equal(m.decisions.count, 1);
    assert_true(decision_decode(m.decisions.decision[0].packed, m.decisions.decision[0].used, &d));
    const uint64_t last = d.number;
    const wall_t until = { d.at.ms - 5000 };
    sim_town_run(t, 20);
    struct wire_fetch fetch = { .what = WIRE_FETCH_DECISIONS, .until = until, .last = 1 };
    say(t, peer, &fetch, WIRE_FETCH, sizeof fetch);
    sim_town_run(t, 20);
    assert_true(hear(t, peer, WIRE_DECISIONS, &m));
    assert_int_equal(m.decisions.count, 1);
    assert_int_equal(m.decisions.more, 0);
    assert_true(decision_decode(m.decisions.decision[0].packed, m.decisions.decision[0].used, &d));
    assert_int_equal(d.number, last - 5);
    fetch.what = WIRE_FETCH_COUNT;
    say(t, peer, &fetch, WIRE_FETCH, sizeof fetch);
    sim_town_run(t, 2);
    assert_true(hear(t, peer, WIRE_REFUSED, &m));
    finish(t);
}

static void only_the_link_may_speak_for_neighbours(void **state)
{
    (void)state;
    struct sim_town *t = start(1, 0);
    union any m;
    sim_town_run(t, STARTUP_TICKS);
    const uint32_t stranger = visit(t, UID_NOBODY);
    const uint32_t link = visit(t, UID_LINK);
    struct wire_subscribe s = { .streams = WIRE_STREAM_NEIGHBOURS, .status_every_ms = 1000 };
    say(t, link, &s, WIRE_SUBSCRIBE, sizeof s);
    sim_town_run(t, 20);
    assert_true(hear(t, link, WIRE_NEIGHBOUR, &m));
    assert_string_equal(m.neighbour.message.from, "saat-kulesi");
    struct wire_neighbour n = { .message = good_message(t) };
    say(t, stranger, &n, WIRE_NEIGHBOUR, sizeof n);
    assert_int_equal(neighbours_seen(t, FIRST, 3), 0);
    assert_true(hear(t, stranger, WIRE_REFUSED, &m));
    n.message = good_message(t);
    say(t, link, &n, WIRE_NEIGHBOUR, sizeof n);
    assert_true(neighbours_seen(t, FIRST, 3) >= 1);
    finish(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_second_leaves_a_decision),
        cmocka_unit_test(thinned_out_only_changes_and_samples_are_kept),
        cmocka_unit_test(junctions_of_one_process_hear_each_other),
        cmocka_unit_test(a_silent_neighbour_changes_nothing_and_liars_neither),
        cmocka_unit_test(the_socket_tells_decisions_now_and_of_then),
        cmocka_unit_test(only_the_link_may_speak_for_neighbours),
    };
    return RUN_TESTS(tests);
}
