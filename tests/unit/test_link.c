#include "link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detector.h"
#include "json.h"
#include "sim_world.h"
#include "test.h"

/* One node, a daemon played by the test over the simulated socket, a broker likewise. */
struct bench {
    struct sim_world *sim;
    struct link *link;
    uint32_t peer_ix;
    struct wire_status status;
    struct sim_published said;
    uint32_t sent; /* messages of the last heard(...) that were looked through */
};

static struct plan plan;
static struct site site;
static const char node[] = "balikesir/saat-kulesi";

static int setup(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    b->sim = sim_world_create(0);
    memset(&plan, 0, sizeof plan);
    memset(&site, 0, sizeof site);
    memcpy(plan.node, node, sizeof node);
    plan.plan_hash = UINT64_C(0x1122334455667788);
    (void)snprintf(plan.junction_name, sizeof plan.junction_name, "saat-kulesi");
    plan.movement_count = 1;
    (void)snprintf(plan.movement[0].exit, sizeof plan.movement[0].exit, "cay-deresi/w1");
    plan.detector_count = 4;
    plan.detector[3].type = DETECTOR_BUTTON;
    site.camera_count = 1;
    site.camera[0] = (struct site_camera){ .topic = "cam/west",
                                           .format = CAMERA_ONVIF,
                                           .zone = "stop-line",
                                           .detector_ix = 2,
                                           .max_age_ms = 3000 };
    const struct node_config config = { .plan = &plan, .site = &site, .form = &json_form };
    assert_int_equal(link_create(&(struct link_config){ .world = sim_world_of(b->sim),
                                                        .release = "test",
                                                        .node_count = 1,
                                                        .node = &config },
                                 &b->link),
                     STATUS_OK);
    struct wire_status *s = &b->status;
    wire_head(&s->header, WIRE_STATUS, sizeof *s, 0);
    memcpy(s->node, node, sizeof node);
    s->plan_hash_hi = 0x11223344;
    s->sg_count = 2;
    s->detector_count = 4;
    memcpy(s->letter, "AB", 2);
    s->pattern_id = 3;
    s->cycle_ms = 90000;
    s->cycle_second_ms = 5400;
    s->offset_ms = 10000;
    s->mode = MODE_NORMAL;
    s->reason = REASON_SCHEDULE;
    s->stage_ix = 1;
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;
    link_destroy(b->link);
    sim_world_destroy(b->sim);
    free(b);
    return 0;
}

static void step(struct bench *b, int64_t ms)
{
    for (int64_t done = 0; done < ms; done += 100) {
        sim_world_advance(b->sim, 100);
        link_step(b->link, sim_world_now(b->sim));
    }
}

/* Looks through what was published until the topic ends so and the payload has that part. */
static bool heard(struct bench *b, const char *topic, const char *part)
{
    b->sent = 0;
    while (sim_world_mqtt_hear(b->sim, &b->said)) {
        const size_t length = strlen(b->said.topic);
        const size_t wanted = strlen(topic);
        b->sent++;
        if (length >= wanted && strcmp(b->said.topic + length - wanted, topic) == 0 &&
            strstr(b->said.payload, part) != NULL) {
            return true;
        }
    }
    return false;
}

static void forget(struct bench *b)
{
    while (sim_world_mqtt_hear(b->sim, &b->said)) {
    }
}

static void say_status(struct bench *b)
{
    int32_t utc_offset_s = 0;
    bool is_synced = false;
    const struct world *w = sim_world_of(b->sim);
    b->status.wall = w->now_wall(w->self, "UTC", &utc_offset_s, &is_synced);
    assert_true(sim_world_say(b->sim, b->peer_ix, &b->status, sizeof b->status));
}

/* The daemon goes on talking, as its streams do. */
static void live(struct bench *b, int64_t ms)
{
    for (int64_t done = 0; done < ms; done += 200) {
        say_status(b);
        step(b, 200);
    }
}

static bool next_wire(struct bench *b, enum wire_type type, union session_message *m)
{
    while (sim_world_hear(b->sim, b->peer_ix, m, sizeof *m) > 0) {
        if (m->header.type == (uint16_t)type) {
            return true;
        }
    }
    return false;
}

static void reach_daemon(struct bench *b)
{
    union session_message m;
    const struct peer_identity who = { .pid = 1 };
    b->peer_ix = sim_world_connect(b->sim, &who);
    step(b, 100);
    assert_true(next_wire(b, WIRE_HELLO, &m));
    assert_int_equal(m.hello.role, ROLE_OPERATOR);
    assert_string_equal(m.hello.program, "kavsak-link");
    struct wire_hello hello = { .junction_count = 2 };
    wire_head(&hello.header, WIRE_HELLO, sizeof hello, m.header.request);
    assert_true(sim_world_say(b->sim, b->peer_ix, &hello, sizeof hello));
    step(b, 100);
    assert_true(next_wire(b, WIRE_STATUS, &m));
    assert_int_equal(m.header.junction_ix, 0);
    struct wire_status other = b->status; /* junction 0 is not ours */
    other.header.request = m.header.request;
    memcpy(other.node, "elsewhere", 10);
    assert_true(sim_world_say(b->sim, b->peer_ix, &other, sizeof other));
    step(b, 100);
    assert_true(next_wire(b, WIRE_STATUS, &m));
    assert_int_equal(m.header.junction_ix, 1);
    b->status.header.junction_ix = 1;
    say_status(b);
    step(b, 100);
    assert_true(next_wire(b, WIRE_SUBSCRIBE, &m));
    assert_int_equal(m.header.junction_ix, 1);
}

static void bring_up(struct bench *b)
{
    reach_daemon(b);
    sim_world_mqtt_set_up(b->sim, 0, true);
    live(b, 200);
}

static void say_alarms(struct bench *b, uint32_t active)
{
    struct wire_alarms a = { .active = active };
    wire_head(&a.header, WIRE_ALARMS, sizeof a, 0);
    a.header.junction_ix = 1;
    for (uint32_t i = 0; i < ALARM_COUNT; i++) {
        a.since[i] = b->status.wall;
    }
    assert_true(sim_world_say(b->sim, b->peer_ix, &a, sizeof a));
    step(b, 100);
}

static void publish(struct bench *b, const char *topic, const char *payload, bool retain)
{
    const struct mqtt_message m = { .topic = topic,
                                    .payload = payload,
                                    .payload_bytes = strlen(payload),
                                    .qos = 1,
                                    .retain = retain,
                                    .response_topic = "tcc/result/tlc.plan.set",
                                    .correlation = "42",
                                    .correlation_bytes = 2 };
    assert_true(sim_world_mqtt_say(b->sim, 0, &m));
    step(b, 100);
}

static const char command_topic[] = "balikesir/saat-kulesi/command/tlc.plan.set";
static const char throttle_topic[] = "balikesir/saat-kulesi/throttle/tlc.groups/live";

/* The simulated world begins on 2027-01-15T08:00:00Z. */
static const char envelope[] =
    "{\"id\":\"c1\",\"by\":\"op\",\"role\":\"operator\",\"why\":\"w\",\"counter\":7,"
    "\"valid_until\":\"2027-01-15T08:00:20Z\",\"until\":\"2027-01-15T09:00:00Z\","
    "\"values\":{\"plan\":5}}";

/* Everything is said in order when both ends are there. */
static void announcement_goes_from_presence_to_entries(void **state)
{
    struct bench *b = *state;
    bring_up(b);
    assert_true(heard(b, "/presence", "\"online\""));
    assert_true(b->said.retain && b->said.qos == 1);
    assert_int_equal(b->sent, 1);
    assert_true(heard(b, "/alarm/tlc.hardware.error", "{\"entries\":[],\"full\":true}"));
    assert_true(b->said.retain);
    assert_true(heard(b, "/channel/tlc.groups/live", "{\"state\":\"running\"}"));
    assert_true(b->said.retain);
    assert_true(heard(b, "/channel/tlc.plan", "running"));
    assert_true(
        heard(b, "/status/tlc.groups/live",
              "\"values\":{\"signalgroupstatus\":{\"sg/1\":\"A\",\"sg/2\":\"B\"},\"stage\":2,"
              "\"cyclecounter\":5,\"basecyclecounter\":85},\"seq\":0}"));
    assert_true(b->said.retain && b->said.qos == 0);
    assert_true(heard(b, "/status/tlc.plan",
                      "\"values\":{\"status\":3,\"source\":\"calendar_clock\"},\"seq\":0}"));
    assert_true(b->said.retain && b->said.qos == 1);
}

static void an_event_has_only_what_changed_and_is_not_retained(void **state)
{
    struct bench *b = *state;
    bring_up(b);
    forget(b);
    live(b, 600);
    assert_false(heard(b, "/status/tlc.groups/live", ""));
    b->status.letter[1] = '1';
    live(b, 200);
    assert_true(heard(b, "/status/tlc.groups/live",
                      "{\"signalgroupstatus\":{\"sg/2\":\"1\"},\"cyclecounter\""));
    assert_false(b->said.retain);
    assert_null(strstr(b->said.payload, "stage"));
    assert_non_null(strstr(b->said.payload, "\"seq\":1"));
    /* All of it changed: complete, so it may be retained. */
    memcpy(b->status.letter, "EE", 2);
    b->status.stage_ix = 0;
    live(b, 200);
    assert_true(heard(b, "/status/tlc.groups/live", "\"stage\":1"));
    assert_true(b->said.retain);
}

static void changes_within_the_pause_become_one_entry(void **state)
{
    struct bench *b = *state;
    bring_up(b);
    forget(b);
    b->status.letter[0] = '1';
    say_status(b);
    b->status.letter[1] = '1';
    say_status(b);
    step(b, 100);
    assert_true(heard(b, "/status/tlc.groups/live", "{\"sg/1\":\"1\",\"sg/2\":\"1\"}"));
    assert_int_equal(b->sent, 1);
    /* The next one within 100 ms waits. */
    b->status.letter[0] = 'N';
    say_status(b);
    link_step(b->link, sim_world_now(b->sim));
    assert_false(heard(b, "/status/tlc.groups/live", ""));
    step(b, 100);
    assert_true(heard(b, "/status/tlc.groups/live", "{\"sg/1\":\"N\"}"));
}

static void full_updates_come_at_the_minute(void **state)
{
    struct bench *b = *state;
    bring_up(b);
    forget(b);
    live(b, 59000);
    assert_false(heard(b, "/status/tlc.groups/live", ""));
    live(b, 1000);
    assert_true(heard(b, "/status/tlc.groups/live", "\"sg/1\":\"A\",\"sg/2\":\"B\"}"));
    assert_true(b->said.retain);
}

static void throttle_stops_starts_and_ends(void **state)
{
    struct bench *b = *state;
    bring_up(b);
    forget(b);
    publish(b, throttle_topic, "{\"action\":\"stop\"}", false);
    assert_true(heard(b, "/channel/tlc.groups/live", "stopped"));
    assert_true(heard(b, "/status/tlc.groups/live", ""));
    assert_true(b->said.retain && b->said.payload_bytes == 0);
    b->status.letter[0] = '1';
    live(b, 400);
    assert_false(heard(b, "/status/tlc.groups/live", ""));
    publish(b, throttle_topic, "{\"action\":\"start\",\"timeout\":2}", false);
    assert_true(heard(b, "/channel/tlc.groups/live", "running"));
    assert_true(heard(b, "/status/tlc.groups/live", "\"seq\":1")); /* never reset */
    live(b, 1600);
    assert_false(heard(b, "/channel/tlc.groups/live", "stopped"));
    live(b, 600);
    assert_true(heard(b, "/channel/tlc.groups/live", "stopped"));
}

static void a_throttle_renewed_runs_on(void **state)
{
    struct bench *b = *state;
    bring_up(b);
    publish(b, throttle_topic, "{\"action\":\"start\",\"timeout\":2}", false);
    live(b, 1600);
    forget(b);
    publish(b, throttle_topic, "{\"action\":\"start\",\"timeout\":2}", false);
    assert_true(heard(b, "/channel/tlc.groups/live", "running"));
    live(b, 1400);
    assert_false(heard(b, "/channel/tlc.groups/live", "stopped"));
}

static void throttles_without_sense_change_nothing(void **state)
{
    struct bench *b = *state;
    bring_up(b);
    forget(b);
    publish(b, throttle_topic, "{\"action\":\"stop\"}", true);
    publish(b, throttle_topic, "{\"action\":\"dance\"}", false);
    publish(b, throttle_topic, "stop", false);
    publish(b, throttle_topic, "{\"action\":\"start\",\"timeout\":0}", false);
    publish(b, throttle_topic, "{\"action\":\"start\",\"timeout\":86401}", false);
    publish(b, "balikesir/saat-kulesi/throttle/tlc.groups", "{\"action\":\"stop\"}", false);
    publish(b, "balikesir/saat-kulesi/presence", "\"offline\"", false);
    assert_false(heard(b, "/channel/tlc.groups/live", ""));
    assert_int_equal(link_node(b->link, 0)->strange, 7);
    assert_true(sim_world_logged(b->sim, "a retained throttle"));
}

static void alarms_are_events_and_full_updates(void **state)
{
    struct bench *b = *state;
    bring_up(b);
    forget(b);
    say_alarms(b, bit32(ALARM_LINK) | bit32(ALARM_DOOR));
    assert_true(heard(b, "/alarm/tlc.hardware.error",
                      "\"component\":\"cabinet\",\"active\":true,\"values\":{\"message\":"));
    assert_false(b->said.retain);
    assert_true(heard(b, "/alarm/tlc.hardware.error", "}],\"full\":true}"));
    assert_true(b->said.retain);
    assert_true(heard(b, "/alarm/tlc.door", "\"active\":true"));
    say_alarms(b, bit32(ALARM_DOOR));
    assert_true(heard(b, "/alarm/tlc.hardware.error", "\"active\":false"));
    assert_true(heard(b, "/alarm/tlc.hardware.error", "{\"entries\":[],\"full\":true}"));
    assert_false(heard(b, "/alarm/tlc.door", ""));
}

static void every_alarm_has_a_code(void **state)
{
    struct bench *b = *state;
    bring_up(b);
    for (uint32_t i = 1; i < ALARM_COUNT; i++) {
        forget(b);
        say_alarms(b, bit32(i));
        b->status.alarms = bit32(i);
        live(b, 200);
        assert_true(heard(b, "", "\"active\":true"));
        assert_non_null(strstr(b->said.topic, "/alarm/tlc."));
        b->status.alarms = 0;
        say_alarms(b, 0);
        live(b, 200);
    }
}

static void failed_detectors_are_named_one_by_one(void **state)
{
    struct bench *b = *state;
    bring_up(b);
    forget(b);
    b->status.detector_failed = bit64(1) | bit64(3);
    b->status.detector_health[1] = DETECTOR_STUCK_ON;
    b->status.detector_health[3] = DETECTOR_HARDWARE;
    b->status.alarms = bit32(ALARM_DETECTOR);
    live(b, 200);
    say_alarms(b, bit32(ALARM_DETECTOR));
    assert_true(heard(b, "/alarm/tlc.detector",
                      "\"component\":\"dl/2\",\"active\":true,\"values\":{\"message\":\"stuck on\","
                      "\"acknowledged\":false}}]"));
    assert_true(heard(b, "/alarm/tlc.button", "\"component\":\"dl/4\",\"active\":true"));
    b->status.detector_failed = bit64(3);
    live(b, 200);
    assert_true(heard(b, "/alarm/tlc.detector", "\"dl/2\",\"active\":false"));
    assert_true(heard(b, "/alarm/tlc.detector", "{\"entries\":[],\"full\":true}"));
}

static const char acknowledge_topic[] = "balikesir/saat-kulesi/command/alarm.acknowledge";
static const char suspend_topic[] = "balikesir/saat-kulesi/command/alarm.suspend";
static const char alarm_envelope[] =
    "{\"id\":\"a1\",\"by\":\"op\",\"role\":\"%s\",\"why\":\"w\",\"counter\":7,"
    "\"valid_until\":\"2027-01-15T08:00:%s\",%s\"values\":{\"code\":\"%s\"}}";

static void say_of_alarm(struct bench *b, const char *topic, const char *role, const char *valid,
                         const char *until, const char *code)
{
    char payload[400];
    (void)snprintf(payload, sizeof payload, alarm_envelope, role, valid, until, code);
    publish(b, topic, payload, false);
}

static void alarms_are_acknowledged_until_they_come_again(void **state)
{
    struct bench *b = *state;
    bring_up(b);
    say_of_alarm(b, acknowledge_topic, "operator", "20Z", "", "tlc.door");
    assert_true(heard(b, "tcc/result/tlc.plan.set", "{\"status\":\"missing\""));
    say_alarms(b, bit32(ALARM_DOOR));
    forget(b);
    say_of_alarm(b, acknowledge_topic, "observer", "20Z", "", "tlc.door");
    assert_true(
        heard(b, "tcc/result/tlc.plan.set", "\"denied\",\"reason\":\"needs the role operator"));
    say_of_alarm(b, acknowledge_topic, "operator", "50Z", "", "tlc.door");
    assert_true(heard(b, "tcc/result/tlc.plan.set", "\"denied\",\"reason\":\"valid_until"));
    say_of_alarm(b, acknowledge_topic, "operator", "20Z", "", "tlc.door");
    assert_true(heard(b, "tcc/result/tlc.plan.set", "{\"status\":\"ok\",\"id\":\"a1\"}"));
    assert_true(heard(b, "/alarm/tlc.door", "\"acknowledged\":true,\"acknowledged_by\":\"op\"}"));
    assert_false(b->said.retain);
    assert_true(heard(b, "/alarm/tlc.door", "\"acknowledged\":true"));
    assert_true(b->said.retain);
    say_of_alarm(b, acknowledge_topic, "operator", "20Z", "", "tlc.door");
    assert_true(heard(b, "tcc/result/tlc.plan.set", "\"already\""));
    say_alarms(b, 0);
    say_alarms(b, bit32(ALARM_DOOR));
    assert_true(heard(b, "/alarm/tlc.door",
                      "\"active\":true,\"values\":{\"message\":\"the "
                      "cabinet's door is open\",\"acknowledged\":false}"));
}

static void a_suspended_alarm_says_so_until_its_time(void **state)
{
    struct bench *b = *state;
    bring_up(b);
    say_alarms(b, bit32(ALARM_DOOR));
    forget(b);
    say_of_alarm(b, suspend_topic, "operator", "20Z", "\"until\":\"2027-01-15T07:00:00Z\",",
                 "tlc.door");
    assert_true(heard(b, "tcc/result/tlc.plan.set", "\"invalid\",\"reason\":\"until must"));
    say_of_alarm(b, suspend_topic, "operator", "20Z", "\"until\":\"2027-01-15T08:00:30Z\",",
                 "tlc.door");
    assert_true(heard(b, "tcc/result/tlc.plan.set", "\"ok\""));
    assert_true(heard(b, "/alarm/tlc.door",
                      "\"suspended_until\":\"2027-01-15T08:00:30.000Z\","
                      "\"suspended_by\":\"op\""));
    live(b, 31000);
    assert_true(heard(b, "/alarm/tlc.door", "\"acknowledged\":false}}]"));
}

static void full_alarms_are_repeated_every_five_minutes(void **state)
{
    struct bench *b = *state;
    bring_up(b);
    forget(b);
    for (int32_t minute = 0; minute < 4; minute++) {
        live(b, 60000);
        assert_false(heard(b, "/alarm/tlc.safety", ""));
    }
    live(b, 60000);
    assert_true(heard(b, "/alarm/tlc.safety", "\"full\":true"));
}

static void a_command_goes_to_the_daemon_and_its_result_back(void **state)
{
    struct bench *b = *state;
    union session_message m;
    bring_up(b);
    forget(b);
    publish(b, command_topic, envelope, false);
    struct wire_command w;
    bool found = false;
    while (!found && sim_world_hear(b->sim, b->peer_ix, &m, sizeof m) > 0) {
        found = m.header.type == WIRE_COMMAND;
    }
    assert_true(found);
    memcpy(&w, m.bytes, sizeof w);
    assert_int_equal(w.header.junction_ix, 1);
    assert_int_equal(w.command.kind, COMMAND_PATTERN);
    assert_int_equal(w.command.value, 5);
    assert_int_equal(w.role, ROLE_OPERATOR);
    assert_int_equal(w.counter, 7);
    assert_string_equal(w.id, "c1");
    assert_string_equal(w.by, "op");
    assert_string_equal(w.why, "w");
    assert_int_equal(w.valid_until.ms, INT64_C(1800000020000));
    assert_in_range(w.command.duration_ms, 3590000, 3600000);
    assert_false(heard(b, "tcc/result/tlc.plan.set", ""));
    struct wire_result r = { .result = COMMAND_DONE };
    wire_head(&r.header, WIRE_RESULT, sizeof r, w.header.request);
    assert_true(sim_world_say(b->sim, b->peer_ix, &r, sizeof r));
    step(b, 100);
    assert_true(heard(b, "tcc/result/tlc.plan.set",
                      "{\"status\":\"ok\",\"id\":\"c1\",\"plan\":5,\"until\":\"2027-"));
    assert_string_equal(b->said.correlation, "42");
    assert_false(b->said.retain);
    assert_int_equal(b->said.qos, 1);
}

static void refused_commands_are_answered_without_the_daemon(void **state)
{
    static const struct {
        const char *payload;
        const char *answer;
    } row[] = {
        { "{{{", "{\"status\":\"invalid\",\"reason\":\"the payload is not a JSON object or CBOR "
                 "map\"}" },
        { "[]", "not a JSON object" },
        { "{}", "\"reason\":\"id is missing\"" },
        { "{\"values\":{\"plan\":2}}", "\"reason\":\"id is missing\",\"plan\":2}" },
        { "{\"id\":\"x\"}", "\"reason\":\"plan must be a number from 0" },
        { "{\"id\":\"x\",\"plan\":256}", "\"reason\":\"plan must be" },
        { "{\"id\":\"x\",\"plan\":\"2\"}", "\"reason\":\"plan must be" },
        { "{\"id\":\"x\",\"plan\":2}", "\"reason\":\"by is missing\",\"id\":\"x\",\"plan\":2}" },
        { "{\"id\":\"x\",\"plan\":2,\"by\":\"a\\u0007\"}", "\"reason\":\"by has control" },
        { "{\"id\":\"x\",\"plan\":2,\"by\":\"a\",\"why\":\"b\",\"role\":\"king\"}",
          "\"reason\":\"role is not one of" },
        { "{\"id\":\"x\",\"plan\":2,\"by\":\"a\",\"why\":\"b\",\"role\":\"operator\"}",
          "\"reason\":\"counter must be" },
        { "{\"id\":\"x\",\"plan\":2,\"by\":\"a\",\"why\":\"b\",\"role\":\"operator\","
          "\"counter\":1,\"valid_until\":\"soon\"}",
          "\"reason\":\"valid_until is not a time" },
        { "{\"id\":\"x\",\"plan\":2,\"by\":\"a\",\"why\":\"b\",\"role\":\"operator\","
          "\"counter\":1,\"valid_until\":\"2027-01-15T08:00:20Z\"}",
          "\"reason\":\"until is missing\"" },
        { "{\"id\":\"x\",\"plan\":2,\"by\":\"a\",\"why\":\"b\",\"role\":\"operator\","
          "\"counter\":1,\"valid_until\":\"2027-01-15T08:00:20Z\",\"until\":\"2027-01-17T08:00:"
          "20Z\"}",
          "\"reason\":\"until must lie within" },
    };
    struct bench *b = *state;
    union session_message m;
    bring_up(b);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        forget(b);
        publish(b, command_topic, row[i].payload, false);
        assert_true(heard(b, "tcc/result/tlc.plan.set", row[i].answer));
        assert_non_null(strstr(b->said.payload, "\"status\":\"invalid\""));
    }
    forget(b);
    publish(b, command_topic, envelope, true);
    assert_true(heard(b, "tcc/result/tlc.plan.set", "\"status\":\"denied\""));
    publish(b, "balikesir/saat-kulesi/command/tlc.dance", "{}", false);
    assert_true(heard(b, "tcc/result/tlc.plan.set", "\"status\":\"missing\""));
    while (sim_world_hear(b->sim, b->peer_ix, &m, sizeof m) > 0) {
        assert_int_not_equal(m.header.type, WIRE_COMMAND);
    }
}

static void giving_back_a_plan_needs_no_until(void **state)
{
    struct bench *b = *state;
    union session_message m;
    bring_up(b);
    publish(b, command_topic,
            "{\"id\":\"x\",\"args\":{\"plan\":0},\"by\":\"a\",\"why\":\"b\",\"role\":\"operator\","
            "\"counter\":1,\"valid_until\":\"2027-01-15T08:00:20Z\"}",
            false);
    assert_true(next_wire(b, WIRE_COMMAND, &m));
}

static void say_of_mode(struct bench *b, const char *code, const char *by, const char *token)
{
    char topic[80], payload[400];
    (void)snprintf(topic, sizeof topic, "balikesir/saat-kulesi/command/%s", code);
    (void)snprintf(payload, sizeof payload,
                   "{\"id\":\"m\",\"by\":\"%s\",\"why\":\"b\",\"role\":\"operator\",\"counter\":1,"
                   "\"valid_until\":\"2027-01-15T08:00:40Z\",\"until\":\"2027-01-15T09:00:00Z\","
                   "\"values\":{\"mode\":\"flash\",\"token\":\"%s\"}}",
                   by, token);
    publish(b, topic, payload, false);
}

static void flash_takes_two_steps(void **state)
{
    struct bench *b = *state;
    union session_message m;
    char token[REMOTE_TOKEN_BYTES] = "";
    bring_up(b);
    live(b, 15000);
    forget(b);
    say_of_mode(b, "tlc.mode.set", "op", "");
    assert_true(heard(b, "tcc/result/tlc.plan.set", "\"denied\",\"reason\":\"token is missing"));
    say_of_mode(b, "tlc.mode.prepare", "op", "");
    assert_true(heard(b, "tcc/result/tlc.plan.set", "\"token\":\""));
    assert_non_null(strstr(b->said.payload, "\"until\":\"2027-01-15T09:00:00.000Z\""));
    memcpy(token, strstr(b->said.payload, "\"token\":\"") + 9, 16);
    say_of_mode(b, "tlc.mode.set", "another", token);
    assert_true(heard(b, "tcc/result/tlc.plan.set", "\"denied\",\"reason\":\"token is missing"));
    while (sim_world_hear(b->sim, b->peer_ix, &m, sizeof m) > 0) {
        assert_int_not_equal(m.header.type, WIRE_COMMAND);
    }
    say_of_mode(b, "tlc.mode.set", "op", token);
    assert_true(next_wire(b, WIRE_COMMAND, &m));
    struct wire_command w;
    memcpy(&w, m.bytes, sizeof w);
    assert_int_equal(w.command.kind, COMMAND_FLASH);
    forget(b);
    say_of_mode(b, "tlc.mode.set", "op", token);
    assert_true(heard(b, "tcc/result/tlc.plan.set", "\"denied\",\"reason\":\"token is missing"));
    say_of_mode(b, "tlc.mode.prepare", "op", "");
    assert_true(heard(b, "tcc/result/tlc.plan.set", "\"token\":\""));
    memcpy(token, strstr(b->said.payload, "\"token\":\"") + 9, 16);
    live(b, REMOTE_PREPARED_MS);
    say_of_mode(b, "tlc.mode.set", "op", token);
    assert_true(
        heard(b, "tcc/result/tlc.plan.set", "\"denied\",\"reason\":\"token is more than 30"));
}

static void no_command_sets_the_clock(void **state)
{
    struct bench *b = *state;
    bring_up(b);
    forget(b);
    say_of_mode(b, "tlc.clock.set", "op", "");
    assert_true(heard(b, "tcc/result/tlc.plan.set", "\"denied\",\"reason\":\"no command sets"));
    assert_non_null(strstr(b->said.payload, "\"synced\":true"));
}

static void a_flood_of_commands_is_answered_busy(void **state)
{
    struct bench *b = *state;
    const struct mqtt_message m = { .topic = command_topic,
                                    .payload = "{}",
                                    .payload_bytes = 2,
                                    .response_topic = "tcc/result/tlc.plan.set" };
    bring_up(b);
    forget(b);
    for (int32_t i = 0; i < REMOTE_BURST + NODE_MESSAGES_PER_STEP; i++) {
        assert_true(sim_world_mqtt_say(b->sim, 0, &m));
        if (i % NODE_MESSAGES_PER_STEP == NODE_MESSAGES_PER_STEP - 1) {
            step(b, 1);
        }
    }
    assert_true(heard(b, "tcc/result/tlc.plan.set", "\"busy\",\"reason\":\"more commands than"));
    live(b, 1000);
    forget(b);
    publish(b, command_topic, "{}", false);
    assert_true(heard(b, "tcc/result/tlc.plan.set", "\"invalid\""));
}

static void commands_are_answered_when_the_daemon_does_not(void **state)
{
    struct bench *b = *state;
    bring_up(b);
    publish(b, command_topic, envelope, false);
    forget(b);
    live(b, REMOTE_WAIT_MS - 400);
    assert_false(heard(b, "tcc/result/tlc.plan.set", ""));
    live(b, 600);
    assert_true(heard(b, "tcc/result/tlc.plan.set", "\"status\":\"failed\""));
    for (int32_t i = 0; i <= REMOTE_PENDING_MAX; i++) {
        publish(b, command_topic, envelope, false);
    }
    assert_true(heard(b, "tcc/result/tlc.plan.set", "\"status\":\"busy\""));
    sim_world_hang_up(b->sim, b->peer_ix);
    step(b, 100);
    assert_true(heard(b, "tcc/result/tlc.plan.set", "\"status\":\"failed\""));
    publish(b, command_topic, envelope, false);
    assert_true(heard(b, "tcc/result/tlc.plan.set", "the controller does not answer"));
}

static void an_answer_topic_that_we_listen_to_is_not_used(void **state)
{
    struct bench *b = *state;
    bring_up(b);
    forget(b);
    const struct mqtt_message m = {
        .topic = command_topic, .payload = "{}", .payload_bytes = 2, .response_topic = command_topic
    };
    assert_true(sim_world_mqtt_say(b->sim, 0, &m));
    step(b, 100);
    assert_true(heard(b, "balikesir/saat-kulesi/result/tlc.plan.set", "invalid"));
}

static void a_lost_daemon_is_offline_after_two_seconds(void **state)
{
    struct bench *b = *state;
    bring_up(b);
    forget(b);
    sim_world_hang_up(b->sim, b->peer_ix);
    step(b, 1900);
    assert_false(heard(b, "/presence", ""));
    step(b, 300);
    assert_true(heard(b, "/presence", "\"offline\""));
    assert_true(heard(b, "/alarm/tlc.comm", "\"controller\",\"active\":true"));
    assert_true(heard(b, "/channel/tlc.groups/live", "stopped"));
    assert_true(heard(b, "/status/tlc.groups/live", ""));
    assert_int_equal(b->said.payload_bytes, 0);
    reach_daemon(b);
    live(b, 200);
    assert_true(heard(b, "/presence", "\"online\""));
    assert_true(heard(b, "/status/tlc.groups/live", "\"sg/1\""));
}

static void a_silent_daemon_is_given_up(void **state)
{
    struct bench *b = *state;
    bring_up(b);
    forget(b);
    step(b, SESSION_SILENT_MS + NODE_AWAY_MS + 300);
    assert_true(heard(b, "/presence", "\"offline\""));
    assert_true(sim_world_is_closed(b->sim, b->peer_ix));
}

static void without_a_daemon_offline_is_said_after_the_grace(void **state)
{
    struct bench *b = *state;
    sim_world_mqtt_set_up(b->sim, 0, true);
    step(b, 1900);
    assert_false(heard(b, "", ""));
    step(b, 300);
    assert_true(heard(b, "/presence", "\"offline\""));
    assert_true(heard(b, "/channel/tlc.groups/live", "stopped"));
}

static void a_new_session_hears_everything_again(void **state)
{
    struct bench *b = *state;
    bring_up(b);
    sim_world_mqtt_set_up(b->sim, 0, false);
    live(b, 1000);
    forget(b);
    sim_world_mqtt_set_up(b->sim, 0, true);
    live(b, 200);
    assert_true(heard(b, "/presence", "\"online\""));
    assert_true(heard(b, "/alarm/tlc.safety", "\"full\":true"));
    assert_true(heard(b, "/channel/tlc.plan", "running"));
    assert_true(heard(b, "/status/tlc.groups/live", "\"seq\":1"));
}

static void what_did_not_fit_comes_later(void **state)
{
    struct bench *b = *state;
    reach_daemon(b);
    sim_world_mqtt_set_room(b->sim, 3);
    sim_world_mqtt_set_up(b->sim, 0, true);
    bool has_presence = false;
    bool has_entry = false;
    for (int32_t i = 0; i < 20; i++) {
        live(b, 200);
        struct sim_published p;
        while (sim_world_mqtt_hear(b->sim, &p)) {
            has_presence = has_presence || strstr(p.topic, "/presence") != NULL;
            has_entry = has_entry || strstr(p.topic, "/status/tlc.plan") != NULL;
        }
    }
    assert_true(has_presence && has_entry);
}

static void cameras_become_detectors_of_the_daemon(void **state)
{
    struct bench *b = *state;
    union {
        union session_message m;
        struct wire_detectors d;
    } in;
    bring_up(b);
    publish(b, "cam/west",
            "{\"UtcTime\":\"2027-01-15T08:00:00Z\",\"Source\":{\"Rule\":\"stop-line\"},"
            "\"Data\":{\"State\":true}}",
            false);
    assert_true(next_wire(b, WIRE_DETECTORS, &in.m));
    assert_int_equal(in.d.header.junction_ix, 1);
    assert_int_equal(in.d.count, 1);
    assert_int_equal(in.d.detector[0].detector_ix, 2);
    assert_int_equal(in.d.detector[0].is_occupied, 1);
    assert_int_equal(in.d.detector[0].edge_count, 1);
    assert_int_equal(in.d.detector[0].quality, INPUT_GOOD);
    assert_in_range(in.d.detector[0].age_ms, 500, 900); /* since the camera's own time */
    live(b, 1000);
    assert_false(next_wire(b, WIRE_DETECTORS, &in.m));
    /* A restarted daemon is told what we know, with its age. */
    sim_world_hang_up(b->sim, b->peer_ix);
    step(b, 200);
    reach_daemon(b);
    step(b, 100);
    assert_true(next_wire(b, WIRE_DETECTORS, &in.m));
    assert_true(in.d.detector[0].age_ms > 1500);
}

static void cameras_of_another_plan_feed_nobody(void **state)
{
    struct bench *b = *state;
    union session_message m;
    b->status.plan_hash_hi++;
    bring_up(b);
    assert_true(heard(b, "/alarm/tlc.config.warning", "\"active\":true"));
    publish(b, "cam/west", "{\"Source\":{\"Rule\":\"stop-line\"},\"Data\":{\"State\":true}}",
            false);
    assert_false(next_wire(b, WIRE_DETECTORS, &m));
}

static void neighbours_are_told_and_heard(void **state)
{
    struct bench *b = *state;
    union session_message m;
    bring_up(b);
    forget(b);
    struct wire_neighbour told = { .message = { .version = NEIGHBOUR_VERSION,
                                                .direction = NEIGHBOUR_INFLOW,
                                                .made_at = b->status.wall,
                                                .from = "saat-kulesi",
                                                .link = "cay-deresi/w1" } };
    told.message.bin_mveh[3] = 500;
    wire_head(&told.header, WIRE_NEIGHBOUR, sizeof told, 0);
    told.header.junction_ix = 1;
    assert_true(sim_world_say(b->sim, b->peer_ix, &told, sizeof told));
    step(b, 100);
    assert_true(heard(b, "saat-kulesi/status/kavsak.inflow/cay-deresi", "\"bins\":[0,0,0,500,0"));
    assert_false(b->said.retain);
    live(b, 200);
    static const char room_topic[] = "balikesir/cay-deresi/status/kavsak.room";
    publish(b, room_topic,
            "{\"entries\":[{\"ts\":\"2027-01-15T08:00:00Z\",\"values\":{\"version\":1,"
            "\"link\":\"cay-deresi/w1\",\"room\":7},\"seq\":0}]}",
            false);
    assert_true(next_wire(b, WIRE_NEIGHBOUR, &m));
    assert_int_equal(m.header.junction_ix, 1);
    assert_string_equal(m.neighbour.message.from, "cay-deresi");
    assert_int_equal(m.neighbour.message.room_vehicles, 7);
    publish(b, room_topic, "{\"entries\":[{\"ts\":\"2027-01-15T09:00:00Z\"}]}", false);
    assert_false(next_wire(b, WIRE_NEIGHBOUR, &m));
    assert_true(sim_world_logged(b->sim, "not version 1"));
}

/* Events. */

static const char fetch_topic[] = "balikesir/saat-kulesi/fetch/kavsak.events/live";

static void say_events(struct bench *b, uint32_t request, uint64_t first_seq, uint32_t count,
                       uint32_t more)
{
    struct wire_events e;
    memset(&e, 0, sizeof e);
    wire_head(&e.header, WIRE_EVENTS, sizeof e, request);
    e.header.junction_ix = 1;
    e.count = count;
    e.more = more;
    for (uint32_t i = 0; i < count; i++) {
        e.event[i] = (struct wire_event){ .seq = first_seq + i * 2, /* others lie in between */
                                          .wall = b->status.wall,
                                          .event = { .code = EVENT_DETECTOR_ON, .param = 1 } };
    }
    assert_true(sim_world_say(b->sim, b->peer_ix, &e, sizeof e));
    step(b, 100);
}

/* What the link asks of the journal; the daemon goes on talking meanwhile. */
static struct wire_fetch next_fetch(struct bench *b)
{
    union {
        union session_message m;
        struct wire_fetch fetch;
    } in;
    bool is_found = false;
    for (int32_t i = 0; i < 20 && !is_found; i++) {
        live(b, 200);
        is_found = next_wire(b, WIRE_FETCH, &in.m);
    }
    assert_true(is_found);
    assert_int_equal(in.fetch.what, WIRE_FETCH_WITH_PROCESS);
    assert_int_equal(in.fetch.header.junction_ix, 1);
    return in.fetch;
}

/* The feed has read what the journal has of the last half hour. */
static void catch_up(struct bench *b)
{
    bring_up(b);
    const struct wire_fetch f = next_fetch(b);
    assert_int_equal(f.from_seq, 0);
    assert_in_range(f.from.ms, INT64_C(1800000000000) - PAST_BACK_MS,
                    INT64_C(1800000001000) - PAST_BACK_MS);
    say_events(b, f.header.request, 11, 3, 0);
    live(b, 600);
    forget(b);
}

static void events_go_out_in_batches_and_say_what_they_follow(void **state)
{
    struct bench *b = *state;
    catch_up(b);
    say_events(b, 0, 21, 2, 0);
    say_events(b, 0, 25, 1, 0);
    assert_false(heard(b, "/status/kavsak.events/live", ""));
    live(b, 1600);
    assert_true(heard(b, "/status/kavsak.events/live",
                      "\"values\":{\"code\":82,\"param\":1},\"seq\":25}],\"after\":15}"));
    assert_non_null(strstr(b->said.payload, "\"seq\":21}"));
    assert_false(b->said.retain);
    assert_int_equal(b->said.qos, 1);
}

static void what_the_daemon_could_not_send_is_read_from_the_journal(void **state)
{
    struct bench *b = *state;
    catch_up(b);
    b->status.header.dropped = 2;
    say_status(b);
    b->status.header.dropped = 0;
    say_events(b, 0, 31, 1, 0); /* after the loss */
    const struct wire_fetch f = next_fetch(b);
    assert_int_equal(f.from_seq, 16);
    say_events(b, f.header.request, 17, 8, 0); /* with 31, and the missing ones before */
    live(b, 2000);
    assert_true(heard(b, "/status/kavsak.events/live", "\"seq\":31}],\"after\":15}"));
    assert_non_null(strstr(b->said.payload, "\"seq\":17}"));
}

static void an_outage_of_the_broker_is_replayed(void **state)
{
    struct bench *b = *state;
    catch_up(b);
    sim_world_mqtt_set_up(b->sim, 0, false);
    say_events(b, 0, 21, 2, 0);
    live(b, 2000);
    sim_world_mqtt_set_up(b->sim, 0, true);
    live(b, 200);
    const struct wire_fetch f = next_fetch(b);
    assert_int_equal(f.from_seq, 16);
    say_events(b, 0, 31, 1, 0); /* meanwhile life goes on */
    say_events(b, f.header.request, 21, 6, 0);
    live(b, 2000);
    assert_true(heard(b, "/replay/kavsak.events/live", "\"seq\":23}],\"after\":15}"));
    assert_null(strstr(b->said.payload, "\"seq\":25}")); /* that is live's */
    assert_true(heard(b, "/replay/kavsak.events/live", "{\"entries\":[],\"done\":true}") ||
                heard(b, "/status/kavsak.events/live", "\"seq\":31}],\"after\":23}"));
}

static void a_fetch_is_answered_page_by_page(void **state)
{
    struct bench *b = *state;
    catch_up(b);
    publish(b, fetch_topic, "{\"from\":\"2027-01-15T07:00:00Z\",\"to\":\"2027-01-15T09:00:00Z\"}",
            false);
    const struct wire_fetch f = next_fetch(b);
    assert_int_equal(f.from.ms, INT64_C(1799996400000));
    assert_int_equal(f.first, SPOOL_SLICE);
    say_events(b, f.header.request, 100, WIRE_EVENT_MAX, 1);
    say_events(b, f.header.request, 300, 10, 0);
    live(b, 2000);
    assert_true(heard(b, "tcc/result/tlc.plan.set", "\"complete\":false}"));
    assert_string_equal(b->said.correlation, "42");
    assert_true(heard(b, "tcc/result/tlc.plan.set",
                      "\"next_ts\":null,\"values\":{\"code\":82,\"param\":1},\"seq\":318}],"
                      "\"complete\":true,\"end\":true}"));
}

static void fetches_without_sense_are_answered_too(void **state)
{
    struct bench *b = *state;
    catch_up(b);
    publish(b, "balikesir/saat-kulesi/fetch/tlc.dance", "{}", false);
    assert_true(heard(b, "tcc/result/tlc.plan.set",
                      "{\"entries\":[],\"complete\":true,\"reason\":\"no such channel\"}"));
    publish(b, "balikesir/saat-kulesi/fetch/tlc.plan", "{}", false);
    assert_true(heard(b, "tcc/result/tlc.plan.set", "keeps no past"));
    publish(b, fetch_topic, "{\"from\":\"yesterday\"}", false);
    assert_true(heard(b, "tcc/result/tlc.plan.set", "must be times"));
    publish(b, fetch_topic, "[[[", false);
    assert_true(heard(b, "tcc/result/tlc.plan.set", "must be times"));
    publish(b, fetch_topic, "{}", true);
    assert_false(heard(b, "tcc/result/tlc.plan.set", ""));
    for (int32_t i = 0; i <= HISTORY_JOBS; i++) {
        publish(b, fetch_topic, "{}", false);
    }
    assert_true(heard(b, "tcc/result/tlc.plan.set", "too many fetches"));
    sim_world_hang_up(b->sim, b->peer_ix);
    step(b, 300);
    assert_true(heard(b, "tcc/result/tlc.plan.set", "cannot be read"));
}

static void stopping_says_shutdown(void **state)
{
    struct bench *b = *state;
    bring_up(b);
    forget(b);
    assert_true(link_stop(b->link, sim_world_now(b->sim)));
    assert_true(heard(b, "/presence", "\"shutdown\""));
    assert_true(b->said.retain);
}

static void its_connection_asks_for_will_and_topics(void **state)
{
    (void)state;
    static struct mqtt_client_settings c;
    const struct node_config config = { .plan = &plan, .site = &site, .form = &json_form };
    site.camera_count = 3;
    site.camera[1] = site.camera[0];
    site.camera[2] = (struct site_camera){
        .topic = "frigate/west/car", .format = CAMERA_FRIGATE, .detector_ix = 1, .max_age_ms = 1000
    };
    node_client_settings(&config, &c);
    assert_string_equal(c.client_id, "kavsak-link:balikesir/saat-kulesi");
    assert_string_equal(c.will_topic, "balikesir/saat-kulesi/presence");
    assert_string_equal(c.will_payload, "\"offline\"");
    assert_int_equal(c.subscription_count, 8);
    assert_string_equal(c.subscription[0].topic, "balikesir/saat-kulesi/command/#");
    assert_false(c.subscription[0].wants_retained || c.subscription[0].is_bulk);
    assert_string_equal(c.subscription[3].topic, "cam/west");
    assert_string_equal(c.subscription[4].topic, "frigate/west/car");
    assert_string_equal(c.subscription[5].topic, "frigate/available");
    assert_true(c.subscription[5].wants_retained);
    assert_string_equal(c.subscription[7].topic, "balikesir/cay-deresi/status/kavsak.room");
}

#define LINK_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LINK_TEST(announcement_goes_from_presence_to_entries),
        LINK_TEST(an_event_has_only_what_changed_and_is_not_retained),
        LINK_TEST(changes_within_the_pause_become_one_entry),
        LINK_TEST(full_updates_come_at_the_minute),
        LINK_TEST(throttle_stops_starts_and_ends),
        LINK_TEST(a_throttle_renewed_runs_on),
        LINK_TEST(throttles_without_sense_change_nothing),
        LINK_TEST(alarms_are_events_and_full_updates),
        LINK_TEST(every_alarm_has_a_code),
        LINK_TEST(failed_detectors_are_named_one_by_one),
        LINK_TEST(full_alarms_are_repeated_every_five_minutes),
        LINK_TEST(a_command_goes_to_the_daemon_and_its_result_back),
        LINK_TEST(refused_commands_are_answered_without_the_daemon),
        LINK_TEST(giving_back_a_plan_needs_no_until),
        LINK_TEST(commands_are_answered_when_the_daemon_does_not),
        LINK_TEST(flash_takes_two_steps),
        LINK_TEST(no_command_sets_the_clock),
        LINK_TEST(a_flood_of_commands_is_answered_busy),
        LINK_TEST(an_answer_topic_that_we_listen_to_is_not_used),
        LINK_TEST(a_lost_daemon_is_offline_after_two_seconds),
        LINK_TEST(a_silent_daemon_is_given_up),
        LINK_TEST(without_a_daemon_offline_is_said_after_the_grace),
        LINK_TEST(a_new_session_hears_everything_again),
        LINK_TEST(what_did_not_fit_comes_later),
        LINK_TEST(cameras_become_detectors_of_the_daemon),
        LINK_TEST(cameras_of_another_plan_feed_nobody),
        LINK_TEST(neighbours_are_told_and_heard),
        LINK_TEST(alarms_are_acknowledged_until_they_come_again),
        LINK_TEST(a_suspended_alarm_says_so_until_its_time),
        LINK_TEST(events_go_out_in_batches_and_say_what_they_follow),
        LINK_TEST(what_the_daemon_could_not_send_is_read_from_the_journal),
        LINK_TEST(an_outage_of_the_broker_is_replayed),
        LINK_TEST(a_fetch_is_answered_page_by_page),
        LINK_TEST(fetches_without_sense_are_answered_too),
        LINK_TEST(stopping_says_shutdown),
        LINK_TEST(its_connection_asks_for_will_and_topics),
    };
    return RUN_TESTS(tests);
}
