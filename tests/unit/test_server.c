#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command_record.h"
#include "journal_read.h"
#include "plan_build.h"
#include "sim_town.h"

enum {
    UID_OPERATOR = 1001,
    UID_LINK = 1002,
    UID_NOBODY = 1003,
    UID_CREW = 1004,
    GID_OPERATORS = 50
};

static const struct server_grant grants[] = {
    { .id = UID_OPERATOR, .role = ROLE_OPERATOR },
    { .id = UID_LINK, .role = ROLE_OPERATOR, .may_feed = true },
    { .id = UID_CREW, .role = ROLE_TECHNICIAN },
    { .is_group = true, .id = GID_OPERATORS, .role = ROLE_OPERATOR },
};

union any {
    struct wire_header header;
    struct wire_hello hello;
    struct wire_subscribe subscribe;
    struct wire_status status;
    struct wire_events events;
    struct wire_command command;
    struct wire_result result;
    struct wire_detectors detectors;
    struct wire_fetch fetch;
    struct wire_decisions decisions;
    struct wire_neighbour neighbour;
    struct wire_plan plan;
    struct wire_alarms alarms;
    struct wire_metrics metrics;
    struct wire_names names;
    struct wire_text text;
    uint8_t bytes[WIRE_MESSAGE_MAX_BYTES];
};

static int setup(void **state)
{
    struct sim_town *t = calloc(1, sizeof *t);
    assert_non_null(t);
    plan_build_staged(&t->plan[0]);
    plan_build_staged(&t->plan[1]);
    strcpy(t->plan[1].node, "test/other");
    sim_town_wire(t, 0);
    sim_town_wire(t, 1);
    t->site[0].camera_count = 1;
    t->site[0].camera[0] = (struct site_camera){ .detector_ix = 3, .max_age_ms = 1500 };
    t->site[0].cabinet_input[3] = -1;
    t->source[0].plan_text = "junction Four arms\n";
    sim_town_start(t, 2, grants, sizeof grants / sizeof grants[0]);
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

static uint32_t connect_as(struct sim_town *t, uint32_t uid, uint32_t gid)
{
    const struct peer_identity who = { .uid = uid, .gid = gid, .pid = 1 };
    return sim_world_connect(t->world, &who);
}

static void say(struct sim_town *t, uint32_t peer, void *message, enum wire_type type, size_t size,
                uint32_t request, uint16_t junction_ix)
{
    struct wire_header *h = message;
    wire_head(h, type, size, request);
    h->junction_ix = junction_ix;
    assert_true(sim_world_say(t->world, peer, message, size));
}

/* The next message of this type; everything before it is passed over. False: none came. */
static bool hear(struct sim_town *t, uint32_t peer, enum wire_type type, union any *m)
{
    for (size_t size = sim_world_hear(t->world, peer, m, sizeof *m); size > 0;
         size = sim_world_hear(t->world, peer, m, sizeof *m)) {
        const struct wire_header *h = NULL;
        assert_int_equal(wire_check(m->bytes, size, &h), STATUS_OK);
        if (h->type == type) {
            return true;
        }
    }
    return false;
}

static void greet(struct sim_town *t, uint32_t peer, int32_t role)
{
    struct wire_hello hello = { .role = role };
    say(t, peer, &hello, WIRE_HELLO, sizeof hello, 1, 0);
    sim_town_tick(t);
}

static uint32_t visit(struct sim_town *t, uint32_t uid)
{
    const uint32_t peer = connect_as(t, uid, 0);
    union any m;
    greet(t, peer, ROLE_SAFETY_ENGINEER);
    assert_true(hear(t, peer, WIRE_HELLO, &m));
    return peer;
}

static void subscribe(struct sim_town *t, uint32_t peer, uint32_t streams, uint16_t junction_ix)
{
    struct wire_subscribe s = { .streams = streams, .status_every_ms = 1000 };
    say(t, peer, &s, WIRE_SUBSCRIBE, sizeof s, 0, junction_ix);
    sim_town_tick(t);
}

static wall_t wall_now(const struct sim_town *t)
{
    return unit_input(t->unit, 0)->wall;
}

/* A command that nothing is wrong with: manual control for a minute. */
static struct wire_command good_command(const struct sim_town *t, const char *id, uint64_t counter)
{
    struct wire_command c = { .command = { .kind = COMMAND_MANUAL, .duration_ms = 60000 },
                              .valid_until = { .ms = wall_now(t).ms + 10000 },
                              .counter = counter,
                              .role = ROLE_OPERATOR,
                              .by = "ayse",
                              .why = "test of manual control",
                              .node = "test/four-arms" };
    (void)snprintf(c.id, sizeof c.id, "%s", id);
    return c;
}

static int32_t ask(struct sim_town *t, uint32_t peer, struct wire_command *c, char text[160])
{
    union any m;
    say(t, peer, c, WIRE_COMMAND, sizeof *c, 77, 0);
    sim_town_run(t, 3);
    assert_true(hear(t, peer, WIRE_RESULT, &m));
    assert_int_equal(m.result.header.request, 77);
    assert_string_equal(m.result.id, c->id);
    memcpy(text, m.result.text, 160);
    return m.result.result;
}

static void a_hello_grants_what_the_user_may(void **state)
{
    struct sim_town *t = *state;
    const struct {
        uint32_t uid, gid;
        int32_t asked, granted;
    } cases[] = { { UID_NOBODY, 0, ROLE_OPERATOR, ROLE_OBSERVER },
                  { UID_OPERATOR, 0, ROLE_SAFETY_ENGINEER, ROLE_OPERATOR },
                  { UID_OPERATOR, 0, ROLE_OBSERVER, ROLE_OBSERVER },
                  { UID_NOBODY, GID_OPERATORS, ROLE_ENGINEER, ROLE_OPERATOR },
                  { UID_CREW, 0, ROLE_OPERATOR, ROLE_TECHNICIAN } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const uint32_t peer = connect_as(t, cases[i].uid, cases[i].gid);
        union any m;
        greet(t, peer, cases[i].asked);
        assert_true(hear(t, peer, WIRE_HELLO, &m));
        assert_int_equal(m.hello.role, cases[i].granted);
        assert_int_equal(m.hello.junction_count, 2);
        assert_string_equal(m.hello.release, "simulated");
    }
}

static void nothing_is_answered_before_hello(void **state)
{
    struct sim_town *t = *state;
    const uint32_t peer = connect_as(t, UID_OPERATOR, 0);
    struct wire_status s = { .mode = 0 };
    union any m;
    say(t, peer, &s, WIRE_STATUS, sizeof s, 5, 0);
    sim_town_tick(t);
    assert_true(hear(t, peer, WIRE_REFUSED, &m));
    assert_int_equal(m.header.request, 5);
    assert_non_null(strstr(m.text.text, "hello"));
}

static void a_status_is_whole(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 600);
    const uint32_t peer = visit(t, UID_NOBODY);
    struct wire_status s = { .mode = 0 };
    union any m;
    say(t, peer, &s, WIRE_STATUS, sizeof s, 5, 1);
    sim_town_tick(t);
    assert_true(hear(t, peer, WIRE_STATUS, &m));
    assert_int_equal(m.header.request, 5);
    assert_int_equal(m.header.junction_ix, 1);
    assert_string_equal(m.status.node, "test/other");
    assert_int_equal(m.status.mode, MODE_NORMAL);
    assert_int_equal(m.status.link_state, LINK_CONFIRMED);
    assert_int_equal(m.status.sg_count, ST_SG_COUNT);
    assert_int_equal(m.status.is_signed, 0);
    const struct plan *p = &t->plan[1];
    assert_in_range(m.status.stage_ix, 0, p->stage_count - 1);
    assert_string_equal(m.status.stage_name, p->stage[m.status.stage_ix].name);
    assert_string_equal(m.status.pattern_name,
                        p->pattern[unit_junction(t->unit, 1)->controller.pattern_ix].name);
    for (uint32_t i = 0; i < ST_SG_COUNT; i++) {
        assert_int_equal(m.status.aspect[i], unit_output(t->unit, 1)->aspect[i]);
        const bool is_green = aspect_is_green(m.status.aspect[i]);
        assert_non_null(strchr(is_green ? "134569" : "ABDEFGN09", m.status.letter[i]));
    }
    s.header.junction_ix = 2;
    say(t, peer, &s, WIRE_STATUS, sizeof s, 6, 2);
    sim_town_tick(t);
    assert_true(hear(t, peer, WIRE_REFUSED, &m));
    assert_int_equal(m.header.request, 6);
}

static void startup_has_its_own_letters(void **state)
{
    struct sim_town *t = *state;
    const uint32_t peer = visit(t, UID_NOBODY);
    bool seen_flash = false;
    bool seen_yellow = false;
    bool seen_red = false;
    subscribe(t, peer, WIRE_STREAM_STATUS, 0);
    for (int32_t i = 0; i < 300; i++) {
        union any m;
        sim_town_tick(t);
        while (hear(t, peer, WIRE_STATUS, &m)) {
            if (m.status.mode == MODE_STARTUP) {
                seen_flash = seen_flash || m.status.letter[ST_N] == 'e';
                seen_yellow = seen_yellow || m.status.letter[ST_N] == 'f';
                seen_red = seen_red || m.status.letter[ST_N] == 'g';
            }
        }
    }
    assert_true(seen_flash && seen_yellow && seen_red);
}

static void lamp_changes_are_streamed_at_once_and_the_rest_on_time(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 600);
    const uint32_t peer = visit(t, UID_NOBODY);
    subscribe(t, peer, WIRE_STREAM_STATUS, 0);
    union any m;
    while (hear(t, peer, WIRE_STATUS, &m)) {
    }
    uint32_t count = 0;
    uint32_t changes = 0;
    int32_t before[SG_MAX];
    memcpy(before, unit_output(t->unit, 0)->aspect, sizeof before);
    for (int32_t i = 0; i < 600; i++) {
        sim_town_tick(t);
        const bool has_changed =
            memcmp(before, unit_output(t->unit, 0)->aspect, sizeof before) != 0;
        memcpy(before, unit_output(t->unit, 0)->aspect, sizeof before);
        bool was_told = false;
        while (hear(t, peer, WIRE_STATUS, &m)) {
            assert_int_equal(m.header.junction_ix, 0);
            was_told = true;
            count++;
        }
        assert_true(was_told || !has_changed);
        changes += has_changed;
    }
    assert_true(count >= 60);
    assert_true(count <= 60 + 2 * changes + 20);
}

static void events_are_streamed_as_they_are_journalled(void **state)
{
    struct sim_town *t = *state;
    const uint32_t peer = visit(t, UID_NOBODY);
    subscribe(t, peer, WIRE_STREAM_EVENTS, 0xffff);
    struct wire_event *seen = calloc(20000, sizeof *seen);
    assert_non_null(seen);
    uint32_t count = 0;
    for (int32_t i = 0; i < 900; i++) {
        union any m;
        sim_town_tick(t);
        while (hear(t, peer, WIRE_EVENTS, &m)) {
            assert_int_equal(m.header.dropped, 0);
            memcpy(seen + count, m.events.event, m.events.count * sizeof *seen);
            count += m.events.count;
        }
    }
    assert_true(count > 100);
    struct journal_reader *reader = calloc(1, sizeof *reader);
    assert_non_null(reader);
    assert_int_equal(journal_reader_open(reader, sim_world_of(t->world), "/journal"), STATUS_OK);
    assert_int_equal(journal_reader_seek(reader, seen[0].seq), STATUS_OK);
    uint32_t found = 0;
    struct record r;
    while (found < count && journal_reader_next(reader, &r) == STATUS_OK) {
        struct event e;
        if (journal_is_event(&r, &e)) {
            assert_int_equal(r.seq, seen[found].seq);
            assert_int_equal(e.code, seen[found].event.code);
            assert_int_equal(e.param, seen[found].event.param);
            assert_int_equal(e.detail, seen[found].event.detail);
            found++;
        }
    }
    assert_int_equal(found, count);
    journal_reader_close(reader);
    free(reader);
    free(seen);
}

static void a_good_command_is_done_recorded_and_answered(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 600);
    const uint32_t peer = visit(t, UID_OPERATOR);
    struct wire_command c = good_command(t, "one", 1);
    char text[160];
    assert_int_equal(ask(t, peer, &c, text), COMMAND_DONE);
    assert_int_equal(unit_junction(t->unit, 0)->controller.mode.mode, MODE_MANUAL);

    struct journal_reader *reader = calloc(1, sizeof *reader);
    assert_non_null(reader);
    assert_int_equal(journal_reader_open(reader, sim_world_of(t->world), "/journal"), STATUS_OK);
    struct record r;
    uint32_t records = 0;
    while (journal_reader_next(reader, &r) == STATUS_OK) {
        struct wire_command kept;
        enum command_result result;
        if (journal_is_command(&r, &kept, &result)) {
            records++;
            assert_int_equal(result, COMMAND_DONE);
            assert_int_equal(kept.command.kind, COMMAND_MANUAL);
            assert_string_equal(kept.by, "ayse");
            assert_string_equal(kept.why, "test of manual control");
        }
    }
    assert_int_equal(records, 1);
    journal_reader_close(reader);
    free(reader);
}

static void a_command_sent_twice_acts_once(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 600);
    const uint32_t peer = visit(t, UID_OPERATOR);
    struct wire_command c = good_command(t, "one", 1);
    char text[160];
    assert_int_equal(ask(t, peer, &c, text), COMMAND_DONE);
    const uint32_t in_force = unit_junction(t->unit, 0)->controller.manual.count;
    assert_int_equal(ask(t, peer, &c, text), COMMAND_DONE);
    assert_int_equal(unit_junction(t->unit, 0)->controller.manual.count, in_force);
    /* Both in one tick: the answer comes for the second asking, and once. */
    struct wire_command two = good_command(t, "two", 2);
    say(t, peer, &two, WIRE_COMMAND, sizeof two, 8, 0);
    say(t, peer, &two, WIRE_COMMAND, sizeof two, 9, 0);
    sim_town_run(t, 3);
    union any m;
    assert_true(hear(t, peer, WIRE_RESULT, &m));
    assert_int_equal(m.header.request, 9);
    assert_false(hear(t, peer, WIRE_RESULT, &m));
}

typedef void spoil_command(struct wire_command *c, const struct sim_town *t);

static void no_id(struct wire_command *c, const struct sim_town *t)
{
    (void)t;
    c->id[0] = '\0';
}

static void no_by(struct wire_command *c, const struct sim_town *t)
{
    (void)t;
    c->by[0] = '\0';
}

static void endless_why(struct wire_command *c, const struct sim_town *t)
{
    (void)t;
    memset(c->why, 'x', sizeof c->why);
}

static void no_why(struct wire_command *c, const struct sim_town *t)
{
    (void)t;
    c->why[0] = '\0';
}

static void other_node(struct wire_command *c, const struct sim_town *t)
{
    (void)t;
    strcpy(c->node, "test/other");
}

static void unknown_kind(struct wire_command *c, const struct sim_town *t)
{
    (void)t;
    c->command.kind = COMMAND_KIND_COUNT;
}

static void negative_kind(struct wire_command *c, const struct sim_town *t)
{
    (void)t;
    c->command.kind = -1;
}

static void unknown_role(struct wire_command *c, const struct sim_town *t)
{
    (void)t;
    c->role = ROLE_COUNT;
}

static void low_role(struct wire_command *c, const struct sim_town *t)
{
    (void)t;
    c->role = ROLE_TECHNICIAN;
}

static void stale(struct wire_command *c, const struct sim_town *t)
{
    c->valid_until.ms = wall_now(t).ms - 1;
}

static void from_the_future(struct wire_command *c, const struct sim_town *t)
{
    c->valid_until.ms = wall_now(t).ms + SERVER_COMMAND_VALID_MS + 1000;
}

static void endless(struct wire_command *c, const struct sim_town *t)
{
    (void)t;
    c->command.duration_ms = 0;
}

static void too_long(struct wire_command *c, const struct sim_town *t)
{
    (void)t;
    c->command.duration_ms = SERVER_EFFECT_MAX_MS + 1;
}

static void until_is_past(struct wire_command *c, const struct sim_town *t)
{
    c->command.until.ms = wall_now(t).ms;
}

static void until_is_far(struct wire_command *c, const struct sim_town *t)
{
    c->command.until.ms = wall_now(t).ms + 2 * (int64_t)SERVER_EFFECT_MAX_MS;
}

static void old_counter(struct wire_command *c, const struct sim_town *t)
{
    (void)t;
    c->counter = 5;
}

static void a_bad_command_is_refused_with_code_and_sentence(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 600);
    const uint32_t peer = visit(t, UID_OPERATOR);
    struct wire_command first = good_command(t, "first", 5);
    char text[160];
    assert_int_equal(ask(t, peer, &first, text), COMMAND_DONE);
    const uint32_t in_force = unit_junction(t->unit, 0)->controller.manual.count;
    const struct {
        spoil_command *spoil;
        int32_t result;
        const char *sentence;
    } cases[] = { { no_id, COMMAND_INVALID, "id" },
                  { no_by, COMMAND_INVALID, "by" },
                  { no_why, COMMAND_INVALID, "why" },
                  { endless_why, COMMAND_INVALID, "why" },
                  { other_node, COMMAND_DENIED, "test/four-arms" },
                  { unknown_kind, COMMAND_INVALID, "kind" },
                  { negative_kind, COMMAND_INVALID, "kind" },
                  { unknown_role, COMMAND_INVALID, "role" },
                  { low_role, COMMAND_DENIED, "operator" },
                  { stale, COMMAND_DENIED, "stale" },
                  { from_the_future, COMMAND_DENIED, "ahead" },
                  { endless, COMMAND_INVALID, "duration" },
                  { too_long, COMMAND_INVALID, "duration" },
                  { until_is_past, COMMAND_INVALID, "until" },
                  { until_is_far, COMMAND_INVALID, "until" },
                  { old_counter, COMMAND_DENIED, "counter" } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wire_command c = good_command(t, "bad", 100 + i);
        cases[i].spoil(&c, t);
        assert_int_equal(ask(t, peer, &c, text), cases[i].result);
        assert_non_null(strstr(text, cases[i].sentence));
        assert_int_equal(unit_junction(t->unit, 0)->controller.manual.count, in_force);
    }
    struct wire_command last = good_command(t, "last", 1000);
    assert_int_equal(ask(t, peer, &last, text), COMMAND_DONE);
}

static void what_the_junction_cannot_do_is_its_own_answer(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 600);
    const uint32_t peer = visit(t, UID_OPERATOR);
    struct wire_command c = good_command(t, "one", 1);
    c.command.kind = COMMAND_PATTERN;
    c.command.value = 200;
    char text[160];
    assert_int_equal(ask(t, peer, &c, text), COMMAND_MISSING);
}

static void roles_decide_what_may_be_asked(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 600);
    char text[160];
    const uint32_t nobody = visit(t, UID_NOBODY);
    struct wire_command call = good_command(t, "call", 1);
    call.command.kind = COMMAND_CALL_VEHICLE;
    call.command.target = ST_E;
    assert_int_equal(ask(t, nobody, &call, text), COMMAND_DENIED);
    const uint32_t crew = visit(t, UID_CREW);
    assert_int_equal(ask(t, crew, &call, text), COMMAND_DONE);
    struct wire_command flash = good_command(t, "flash", 2);
    flash.command.kind = COMMAND_FLASH;
    assert_int_equal(ask(t, crew, &flash, text), COMMAND_DENIED);
}

static void an_unsynchronised_clock_allows_only_reading(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 600);
    const uint32_t peer = visit(t, UID_OPERATOR);
    sim_world_set_wall(t->world, wall_now(t), 10800, false);
    sim_town_run(t, 2);
    struct wire_command c = good_command(t, "one", 1);
    char text[160];
    assert_int_equal(ask(t, peer, &c, text), COMMAND_DENIED);
    assert_non_null(strstr(text, "synchronised"));
    struct wire_metrics metrics = { .ticks = 0 };
    union any m;
    say(t, peer, &metrics, WIRE_METRICS, sizeof metrics, 4, 0);
    sim_town_tick(t);
    assert_true(hear(t, peer, WIRE_METRICS, &m));
    assert_true(m.metrics.ticks > 600);
    assert_true(m.metrics.modbus_ok > 1000);
}

static void more_commands_than_ticks_can_take_are_busy(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 600);
    uint32_t done = 0;
    uint32_t busy = 0;
    uint32_t peers[5];
    for (uint32_t p = 0; p < 5; p++) {
        peers[p] = visit(t, UID_OPERATOR);
    }
    for (uint32_t i = 0; i < 40; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "id%u", i);
        struct wire_command c = good_command(t, id, 1 + i);
        c.command.kind = COMMAND_CALL_VEHICLE;
        c.command.target = ST_E;
        say(t, peers[i / 8], &c, WIRE_COMMAND, sizeof c, i, 0);
    }
    sim_town_run(t, 30);
    for (uint32_t p = 0; p < 5; p++) {
        union any m;
        while (hear(t, peers[p], WIRE_RESULT, &m)) {
            done += m.result.result == COMMAND_DONE || m.result.result == COMMAND_ALREADY;
            busy += m.result.result == COMMAND_BUSY;
        }
    }
    assert_int_equal(done + busy, 40);
    assert_true(done >= 16);
    assert_true(busy > 0);
}

static void garbage_is_refused_and_hurts_nobody(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 300);
    const uint32_t peer = visit(t, UID_LINK);
    uint64_t seed = 3;
    uint32_t refused = 0;
    for (int32_t i = 0; i < 3000; i++) {
        union any m;
        for (size_t k = 0; k < sizeof m.bytes; k++) {
            seed = seed * UINT64_C(6364136223846793005) + 1;
            m.bytes[k] = (uint8_t)(seed >> 56);
        }
        size_t size = (size_t)(seed >> 20) % sizeof m.bytes;
        if (i % 2 == 0) { /* a right header over random content gets further */
            const uint16_t type = (uint16_t)(1 + i / 2 % (WIRE_TYPE_COUNT - 1));
            m.header.magic = WIRE_MAGIC;
            m.header.version = WIRE_VERSION;
            m.header.type = type;
            m.header.junction_ix = (uint16_t)(i % 3);
            const size_t sizes[] = { sizeof m.hello,     sizeof m.subscribe, sizeof m.status,
                                     sizeof m.events,    sizeof m.command,   sizeof m.result,
                                     sizeof m.detectors, sizeof m.text,      sizeof m.fetch,
                                     sizeof m.plan,      sizeof m.alarms,    sizeof m.metrics,
                                     sizeof m.names,     sizeof m.decisions, sizeof m.neighbour };
            _Static_assert(sizeof sizes / sizeof sizes[0] == WIRE_TYPE_COUNT - 1, "one each");
            size = sizes[type - 1];
            m.header.size = (uint32_t)size;
        }
        assert_true(sim_world_say(t->world, peer, &m, size));
        sim_town_tick(t);
        while (hear(t, peer, WIRE_REFUSED, &m)) {
            refused++;
        }
    }
    assert_true(refused > 1500);
    assert_int_equal(unit_junction(t->unit, 0)->controller.mode.mode, MODE_NORMAL);
    assert_int_equal(t->cabinet[0].counters.trips, 0);
    assert_false(sim_world_is_closed(t->world, peer));
}

static void a_peer_that_does_not_read_loses_messages_and_then_its_place(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 600);
    const uint32_t peer = visit(t, UID_NOBODY);
    const uint32_t other = visit(t, UID_NOBODY);
    subscribe(t, peer, WIRE_STREAM_STATUS | WIRE_STREAM_EVENTS, 0xffff);
    sim_world_set_socket_room(t->world, peer, 0);
    for (int32_t i = 0; i < SERVER_STUCK_MS / TICK_MS - 10; i++) {
        struct wire_status asked = { .mode = 0 };
        for (uint32_t k = 0; k < 4; k++) {
            say(t, peer, &asked, WIRE_STATUS, sizeof asked, k, 0);
        }
        sim_town_tick(t);
    }
    assert_false(sim_world_is_closed(t->world, peer));
    sim_world_set_socket_room(t->world, peer, 250);
    sim_town_run(t, 2);
    union any m;
    uint32_t heard = 0;
    uint32_t dropped = 0;
    while (hear(t, peer, WIRE_STATUS, &m)) {
        heard++;
        dropped += m.header.dropped;
    }
    say(t, peer, &(struct wire_status){ .mode = 0 }, WIRE_STATUS, sizeof m.status, 9, 0);
    sim_town_run(t, 2);
    while (hear(t, peer, WIRE_STATUS, &m)) {
        heard++;
        dropped += m.header.dropped;
    }
    struct wire_metrics metrics;
    unit_metrics(t->unit, &metrics);
    assert_true(heard > 50);
    assert_true(dropped > 0);
    assert_int_equal(metrics.socket_dropped, dropped);
    sim_world_set_socket_room(t->world, peer, 0);
    sim_town_run(t, SERVER_STUCK_MS / TICK_MS + 20);
    assert_true(sim_world_is_closed(t->world, peer));
    assert_false(sim_world_is_closed(t->world, other));
    assert_true(sim_world_logged(t->world, "is dropped"));
}

static void a_peer_that_hangs_up_frees_its_place(void **state)
{
    struct sim_town *t = *state;
    for (uint32_t i = 0; i < SERVER_PEER_MAX; i++) {
        (void)visit(t, UID_NOBODY);
    }
    const uint32_t late = connect_as(t, UID_NOBODY, 0);
    sim_town_tick(t);
    assert_true(sim_world_is_closed(t->world, late));
    union any m;
    assert_true(hear(t, late, WIRE_REFUSED, &m));
    assert_non_null(strstr(m.text.text, "places for clients are taken"));
    sim_world_hang_up(t->world, 0);
    sim_town_tick(t);
    assert_true(sim_world_is_closed(t->world, 0));
    (void)visit(t, UID_NOBODY);
}

static void a_peer_that_never_says_hello_loses_its_place(void **state)
{
    struct sim_town *t = *state;
    const uint32_t silent = connect_as(t, UID_NOBODY, 0);
    const uint32_t polite = visit(t, UID_NOBODY);
    sim_town_run(t, SERVER_STUCK_MS / TICK_MS - 2);
    assert_false(sim_world_is_closed(t->world, silent));
    sim_town_run(t, 4);
    assert_true(sim_world_is_closed(t->world, silent));
    assert_false(sim_world_is_closed(t->world, polite));
    assert_true(sim_world_logged(t->world, "never said hello"));
}

static void camera_detectors_are_taken_from_the_link_alone(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 100);
    struct wire_detectors d = { .count = 1 };
    d.detector[0].detector_ix = 3;
    d.detector[0].is_occupied = 1;
    d.detector[0].edge_count = 9;
    d.detector[0].quality = INPUT_GOOD;
    d.detector[0].age_ms = 200;
    d.detector[0].has_zone = 1;
    d.detector[0].zone_vehicles = 7;
    d.detector[0].zone_queued = 4;
    union any m;
    const uint32_t nobody = visit(t, UID_OPERATOR);
    say(t, nobody, &d, WIRE_DETECTORS, sizeof d, 3, 0);
    sim_town_run(t, 2);
    assert_true(hear(t, nobody, WIRE_REFUSED, &m));
    assert_int_equal(unit_input(t->unit, 0)->detector[3].quality, INPUT_ABSENT);

    const uint32_t link = visit(t, UID_LINK);
    say(t, link, &d, WIRE_DETECTORS, sizeof d, 4, 0);
    sim_town_run(t, 2);
    assert_false(hear(t, link, WIRE_REFUSED, &m));
    const struct detector_input *seen = &unit_input(t->unit, 0)->detector[3];
    assert_true(seen->is_occupied);
    assert_int_equal(seen->edge_count, 9);
    assert_true(seen->has_zone);
    assert_int_equal(seen->zone_vehicles, 7);
    assert_int_equal(seen->zone_queued, 4);
    assert_int_equal(seen->age_ms, 300);
    assert_int_equal(seen->quality, INPUT_GOOD);
    sim_town_run(t, 12);
    assert_int_equal(unit_input(t->unit, 0)->detector[3].quality, INPUT_GOOD);
    sim_town_run(t, 1);
    assert_int_equal(unit_input(t->unit, 0)->detector[3].quality, INPUT_STALE);

    d.detector[0].detector_ix = 4; /* wired to the cabinet: no camera may speak for it */
    say(t, link, &d, WIRE_DETECTORS, sizeof d, 5, 0);
    sim_town_run(t, 2);
    assert_true(hear(t, link, WIRE_REFUSED, &m));
    d.detector[0].detector_ix = 63;
    say(t, link, &d, WIRE_DETECTORS, sizeof d, 6, 0);
    d.detector[0].detector_ix = 3; /* more stand than are there */
    d.detector[0].zone_queued = 8;
    say(t, link, &d, WIRE_DETECTORS, sizeof d, 8, 0);
    d.count = DETECTOR_MAX + 1;
    say(t, link, &d, WIRE_DETECTORS, sizeof d, 7, 0);
    sim_town_run(t, 2);
    assert_true(hear(t, link, WIRE_REFUSED, &m));
    assert_true(hear(t, link, WIRE_REFUSED, &m));
    assert_true(hear(t, link, WIRE_REFUSED, &m));
}

static uint32_t fetch(struct sim_town *t, uint32_t peer, struct wire_fetch *f, uint64_t *first,
                      uint64_t *last)
{
    uint32_t count = 0;
    bool more = true;
    say(t, peer, f, WIRE_FETCH, sizeof *f, 12, 0);
    for (int32_t i = 0; i < 400 && more; i++) {
        union any m;
        sim_town_tick(t);
        while (hear(t, peer, WIRE_EVENTS, &m)) {
            assert_int_equal(m.header.request, 12);
            for (uint32_t k = 0; k < m.events.count; k++) {
                *first = count == 0 ? m.events.event[k].seq : *first;
                assert_true(count == 0 || m.events.event[k].seq > *last);
                *last = m.events.event[k].seq;
                count++;
            }
            more = m.events.more != 0;
        }
    }
    assert_false(more);
    return count;
}

static void the_journal_is_fetched_by_number_time_and_count(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 3000);
    const uint32_t peer = visit(t, UID_NOBODY);
    uint64_t first = 0;
    uint64_t last = 0;
    struct wire_fetch all = { .from_seq = 1 };
    const uint32_t total = fetch(t, peer, &all, &first, &last);
    assert_true(total > 300);

    const uint64_t end = last;
    struct wire_fetch newest = { .last = 70 };
    assert_int_equal(fetch(t, peer, &newest, &first, &last), 70);
    assert_true(last >= end);

    struct wire_fetch from = { .from_seq = end };
    assert_true(fetch(t, peer, &from, &first, &last) >= 1);
    assert_int_equal(first, end);

    struct wire_fetch more_than_all = { .last = 1000000 };
    assert_true(fetch(t, peer, &more_than_all, &first, &last) >= total);

    struct wire_fetch early = { .until = { .ms = wall_now(t).ms - 290000 } };
    const uint32_t in_first_seconds = fetch(t, peer, &early, &first, &last);
    assert_true(in_first_seconds > 0 && in_first_seconds < total);

    struct wire_fetch future = { .from = { .ms = wall_now(t).ms + 1000000 } };
    assert_int_equal(fetch(t, peer, &future, &first, &last), 0);
}

static void one_peer_fetches_once_and_a_gone_one_frees_the_desk(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 3000);
    t->disk_is_asleep = true;
    union any m;
    struct wire_fetch f = { .from_seq = 1 };
    uint32_t peers[FETCH_DESK_MAX];
    for (uint32_t i = 0; i < FETCH_DESK_MAX; i++) {
        peers[i] = visit(t, UID_NOBODY);
        say(t, peers[i], &f, WIRE_FETCH, sizeof f, 1, 0);
    }
    say(t, peers[0], &f, WIRE_FETCH, sizeof f, 2, 0);
    sim_town_tick(t);
    assert_true(hear(t, peers[0], WIRE_REFUSED, &m));
    const uint32_t late = visit(t, UID_NOBODY);
    say(t, late, &f, WIRE_FETCH, sizeof f, 3, 0);
    sim_town_tick(t);
    assert_true(hear(t, late, WIRE_REFUSED, &m));
    assert_non_null(strstr(m.text.text, "ask again"));
    sim_world_hang_up(t->world, peers[1]);
    sim_town_tick(t);
    t->disk_is_asleep = false;
    sim_town_run(t, 2);
    uint64_t first = 0;
    uint64_t last = 0;
    assert_true(fetch(t, late, &f, &first, &last) > 100);
}

static void plans_alarms_and_foreign_words(void **state)
{
    struct sim_town *t = *state;
    const uint32_t peer = visit(t, UID_NOBODY);
    union any m;
    struct wire_plan plan = { .page_ix = 0 };
    say(t, peer, &plan, WIRE_PLAN, sizeof plan, 1, 0);
    sim_town_tick(t);
    assert_true(hear(t, peer, WIRE_PLAN, &m));
    assert_int_equal(m.plan.page_count, 1);
    assert_memory_equal(m.plan.text, "junction Four arms\n", m.plan.used);
    plan.page_ix = 1;
    say(t, peer, &plan, WIRE_PLAN, sizeof plan, 2, 0);
    say(t, peer, &plan, WIRE_PLAN, sizeof plan, 3, 1); /* this one keeps no text */
    sim_town_tick(t);
    assert_true(hear(t, peer, WIRE_REFUSED, &m));
    assert_true(hear(t, peer, WIRE_REFUSED, &m));
    struct wire_alarms alarms = { .active = 0 };
    say(t, peer, &alarms, WIRE_ALARMS, sizeof alarms, 4, 0);
    sim_town_tick(t);
    assert_true(hear(t, peer, WIRE_ALARMS, &m));
    struct wire_result result = { .result = 0 };
    say(t, peer, &result, WIRE_RESULT, sizeof result, 5, 0);
    sim_town_tick(t);
    assert_true(hear(t, peer, WIRE_REFUSED, &m));
    assert_int_equal(m.header.request, 5);
}

static void names_are_told_kind_by_kind(void **state)
{
    struct sim_town *t = *state;
    const uint32_t peer = visit(t, UID_NOBODY);
    const struct plan *p = &t->plan[0];
    union any m;
    struct wire_names names = { .kind = WIRE_NAMES_GROUPS };
    const int32_t count[] = { p->sg_count,       p->stage_count, p->pattern_count,
                              p->detector_count, p->lane_count,  p->phase_count };
    const char *const last[] = {
        p->sg[p->sg_count - 1].name,           p->stage[p->stage_count - 1].name,
        p->pattern[p->pattern_count - 1].name, p->detector[p->detector_count - 1].name,
        p->lane[p->lane_count - 1].name,       ""
    };
    for (; names.kind < WIRE_NAMES_KIND_COUNT; names.kind++) {
        say(t, peer, &names, WIRE_NAMES, sizeof names, names.kind + 1, 0);
        sim_town_tick(t);
        assert_true(hear(t, peer, WIRE_NAMES, &m));
        assert_int_equal(m.header.request, names.kind + 1);
        assert_int_equal(m.names.kind, names.kind);
        assert_int_equal(m.names.count, count[names.kind]);
        if (m.names.count > 0) {
            assert_string_equal(m.names.name[m.names.count - 1], last[names.kind]);
        }
    }
    say(t, peer, &names, WIRE_NAMES, sizeof names, 9, 0);
    sim_town_tick(t);
    assert_true(hear(t, peer, WIRE_REFUSED, &m));
    assert_int_equal(m.header.request, 9);
}

static int32_t role_of(struct sim_town *t, const struct peer_identity *who)
{
    union any m;
    const uint32_t peer = sim_world_connect(t->world, who);
    greet(t, peer, ROLE_SAFETY_ENGINEER);
    assert_true(hear(t, peer, WIRE_HELLO, &m));
    return m.hello.role;
}

static void a_role_comes_with_any_group_of_the_user(void **state)
{
    struct sim_town *t = *state;
    struct peer_identity who = { .uid = UID_NOBODY, .gid = 7, .group_count = 3 };
    who.group[0] = GID_OPERATORS + 1;
    who.group[2] = GID_OPERATORS;
    assert_int_equal(role_of(t, &who), ROLE_OPERATOR);
    who.group_count = 2; /* what stands behind the last one is nobody's */
    assert_int_equal(role_of(t, &who), ROLE_OBSERVER);
    assert_false(sim_world_logged(t->world, "groups"));
    who.group_count = 0;
    who.has_more_groups = true;
    assert_int_equal(role_of(t, &who), ROLE_OBSERVER);
    assert_true(sim_world_logged(t->world, "more than 256 groups"));
}

static void alarms_are_streamed_when_they_change(void **state)
{
    struct sim_town *t = *state;
    sim_town_run(t, 600);
    const uint32_t peer = visit(t, UID_NOBODY);
    union any m;
    subscribe(t, peer, WIRE_STREAM_ALARMS, 0);
    assert_true(hear(t, peer, WIRE_ALARMS, &m));
    assert_int_equal(m.alarms.active & bit32(ALARM_LINK), 0);
    sim_town_run(t, 50);
    t->wire[0].is_dead = true;
    sim_town_run(t, 20);
    bool was_told = false;
    while (hear(t, peer, WIRE_ALARMS, &m)) {
        was_told = was_told || (m.alarms.active & bit32(ALARM_LINK)) != 0;
    }
    assert_true(was_told);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_hello_grants_what_the_user_may),
        TEST(nothing_is_answered_before_hello),
        TEST(a_status_is_whole),
        TEST(startup_has_its_own_letters),
        TEST(lamp_changes_are_streamed_at_once_and_the_rest_on_time),
        TEST(events_are_streamed_as_they_are_journalled),
        TEST(a_good_command_is_done_recorded_and_answered),
        TEST(a_command_sent_twice_acts_once),
        TEST(a_bad_command_is_refused_with_code_and_sentence),
        TEST(what_the_junction_cannot_do_is_its_own_answer),
        TEST(roles_decide_what_may_be_asked),
        TEST(an_unsynchronised_clock_allows_only_reading),
        TEST(more_commands_than_ticks_can_take_are_busy),
        TEST(garbage_is_refused_and_hurts_nobody),
        TEST(a_peer_that_does_not_read_loses_messages_and_then_its_place),
        TEST(a_peer_that_hangs_up_frees_its_place),
        TEST(a_peer_that_never_says_hello_loses_its_place),
        TEST(camera_detectors_are_taken_from_the_link_alone),
        TEST(the_journal_is_fetched_by_number_time_and_count),
        TEST(one_peer_fetches_once_and_a_gone_one_frees_the_desk),
        TEST(plans_alarms_and_foreign_words),
        TEST(names_are_told_kind_by_kind),
        TEST(a_role_comes_with_any_group_of_the_user),
        TEST(alarms_are_streamed_when_they_change),
    };
    return RUN_TESTS(tests);
}
