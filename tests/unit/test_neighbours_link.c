#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "neighbours_link.h"

static struct plan plan;
static struct neighbours_link link;
static struct value_tree tree;
static struct neighbour_message got;
static const char *why;
/* 2027-01-15T08:00:00Z */
static struct neighbours_moment moment = { .tree = &tree,
                                           .wall = { INT64_C(1800000000000) },
                                           .wall_is_synced = true };

static int setup(void **state)
{
    (void)state;
    memset(&plan, 0, sizeof plan);
    (void)snprintf(plan.junction_name, sizeof plan.junction_name, "middle");
    plan.movement_count = 3;
    (void)snprintf(plan.movement[0].exit, sizeof plan.movement[0].exit, "east/w1");
    (void)snprintf(plan.movement[2].exit, sizeof plan.movement[2].exit, "east/w1");
    neighbours_link_init(&link, "town/middle", &plan, DOTS_KEPT);
    moment.wall_is_synced = true;
    why = NULL;
    return 0;
}

static enum neighbours_verdict take_as(const char *topic, const char *payload, bool retain)
{
    moment.now.ms += 100;
    const struct mqtt_message m = {
        .topic = topic, .payload = payload, .payload_bytes = strlen(payload), .retain = retain
    };
    return neighbours_link_take(&link, &m, &moment, &got, &why);
}

static const char inflow_topic[] = "town/west/status/kavsak.inflow/middle";
static const char room_topic[] = "town/east/status/kavsak.room";

static const char inflow[] = "{\"entries\":[{\"ts\":\"2027-01-15T07:59:59.500Z\",\"values\":{"
                             "\"version\":1,\"link\":\"middle/w1\",\"bins\":[0,500,2000]},"
                             "\"seq\":1}]}";
static const char room[] = "{\"entries\":[{\"ts\":\"2027-01-15T08:00:00Z\",\"values\":{"
                           "\"version\":1,\"link\":\"east/w1\",\"room\":12},\"seq\":1}]}";

static void an_inflow_is_heard(void **state)
{
    (void)state;
    assert_int_equal(take_as(inflow_topic, inflow, false), NEIGHBOURS_HEARD);
    assert_int_equal(got.version, NEIGHBOUR_VERSION);
    assert_int_equal(got.direction, NEIGHBOUR_INFLOW);
    assert_string_equal(got.from, "west");
    assert_string_equal(got.link, "middle/w1");
    assert_int_equal(got.made_at.ms, moment.wall.ms - 500);
    assert_int_equal(got.bin_mveh[1], 500);
    assert_int_equal(got.bin_mveh[2], 2000);
    assert_int_equal(got.bin_mveh[59], 0);
    assert_int_equal(link.heard, 1);
}

static void room_is_heard(void **state)
{
    (void)state;
    assert_int_equal(take_as(room_topic, room, false), NEIGHBOURS_HEARD);
    assert_int_equal(got.direction, NEIGHBOUR_ROOM);
    assert_string_equal(got.from, "east");
    assert_int_equal(got.room_vehicles, 12);
}

static void topics_of_others_are_not_ours(void **state)
{
    (void)state;
    static const char *const topics[] = {
        "town/west/status/kavsak.inflow/other",
        "town/middle/status/kavsak.inflow/middle",
        "town/west/status/kavsak.inflow",
        "town/west/command/kavsak.inflow/middle",
        "city/west/status/kavsak.inflow/middle",
        "town/status/kavsak.room",
        "town/west/status/tlc.plan",
        "town",
        "town/a-name-that-is-much-too-long-to-be-one/status/kavsak.room",
    };
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        assert_int_equal(take_as(topics[i], inflow, false), NEIGHBOURS_NOT_OURS);
    }
    assert_int_equal(link.heard + link.refused, 0);
}

/* Replaces a part of a good message and says why it was refused. */
static bool refuses(const char *topic, const char *good, const char *part, const char *by,
                    const char *wanted)
{
    char text[1024];
    const char *at = strstr(good, part);
    assert_non_null(at);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, by, at + strlen(part));
    const uint64_t before = link.refused;
    return take_as(topic, text, false) == NEIGHBOURS_REFUSED && strstr(why, wanted) != NULL &&
           link.refused == before + 1;
}

static void stale_and_future_messages_are_refused(void **state)
{
    (void)state;
    assert_true(refuses(inflow_topic, inflow, "07:59:59.500Z", "07:58:59.999Z", "older"));
    assert_false(refuses(inflow_topic, inflow, "07:59:59.500Z", "07:59:00.000Z", "older"));
    assert_true(refuses(inflow_topic, inflow, "07:59:59.500Z", "08:00:02.001Z", "future"));
    assert_false(refuses(inflow_topic, inflow, "07:59:59.500Z", "08:00:02.000Z", "future"));
    assert_true(refuses(inflow_topic, inflow, "2027-01-15T07:59:59.500Z", "noon", "ts"));
    assert_int_equal(take_as(inflow_topic, inflow, true), NEIGHBOURS_REFUSED);
    assert_non_null(strstr(why, "retained"));
    moment.wall_is_synced = false;
    assert_int_equal(take_as(inflow_topic, inflow, false), NEIGHBOURS_REFUSED);
}

static void lies_and_unknown_links_are_refused(void **state)
{
    (void)state;
    assert_true(refuses(inflow_topic, inflow, "2000", "2001", "bin"));
    assert_true(refuses(inflow_topic, inflow, "2000", "-1", "bin"));
    assert_true(refuses(inflow_topic, inflow, "2000", "\"x\"", "bin"));
    assert_true(refuses(inflow_topic, inflow, "2000", "0.5", "bin"));
    assert_true(refuses(inflow_topic, inflow, "middle/w1", "other/w1", "road"));
    assert_true(refuses(room_topic, room, "12", "251", "room"));
    assert_true(refuses(room_topic, room, "12", "-1", "room"));
    assert_true(refuses(room_topic, room, "east/w1", "east/w2", "road"));
    assert_true(refuses("town/liar/status/kavsak.room", room, "12", "0", "road"));
    assert_true(refuses(room_topic, room, "\"version\":1", "\"version\":2", "version"));
}

static void malformed_and_oversized_messages_are_refused(void **state)
{
    (void)state;
    char *large = calloc(1, NEIGHBOURS_PAYLOAD_MAX_BYTES + 2);
    memset(large, ' ', NEIGHBOURS_PAYLOAD_MAX_BYTES + 1);
    assert_int_equal(take_as(inflow_topic, large, false), NEIGHBOURS_REFUSED);
    free(large);
    static const char *const strange[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"entries\":[]}",
        "{\"entries\":[{},{}]}",
        "{\"entries\":[{\"ts\":1}]}",
        "\"entries\"",
    };
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
        assert_int_equal(take_as(inflow_topic, strange[i], false), NEIGHBOURS_REFUSED);
    }
    char bins[512] = "0";
    for (int i = 0; i < 60; i++) {
        (void)snprintf(bins + strlen(bins), sizeof bins - strlen(bins), ",0");
    }
    assert_true(refuses(inflow_topic, inflow, "0,500,2000", bins, "60 bins"));
    assert_false(refuses(inflow_topic, inflow, "0,500,2000", bins + 2, "60 bins"));
    assert_true(refuses(inflow_topic, inflow, "[0,500,2000]", "7", "no bins"));
}

static void a_flood_gets_its_share_and_no_more(void **state)
{
    (void)state;
    const struct mqtt_message m = { .topic = inflow_topic,
                                    .payload = inflow,
                                    .payload_bytes = sizeof inflow - 1 };
    moment.now.ms += 2000;
    for (int32_t i = 0; i < 1000; i++) {
        (void)neighbours_link_take(&link, &m, &moment, &got, &why);
    }
    assert_int_equal(link.heard, NEIGHBOURS_PER_SECOND_MAX);
    assert_int_equal(link.dropped, 1000 - NEIGHBOURS_PER_SECOND_MAX);
    moment.now.ms += 1000;
    assert_int_equal(neighbours_link_take(&link, &m, &moment, &got, &why), NEIGHBOURS_HEARD);
}

static void it_asks_for_what_concerns_it(void **state)
{
    (void)state;
    static struct mqtt_client_settings settings;
    memset(&settings, 0, sizeof settings);
    neighbours_link_subscribe(&link, &settings);
    assert_int_equal(settings.subscription_count, 2);
    assert_string_equal(settings.subscription[0].topic, "town/+/status/kavsak.inflow/middle");
    assert_string_equal(settings.subscription[1].topic, "town/east/status/kavsak.room");
    neighbours_link_init(&link, "town/middle", &plan, DOTS_TO_UNDERSCORES);
    settings.subscription_count = 0;
    neighbours_link_subscribe(&link, &settings);
    assert_string_equal(settings.subscription[1].topic, "town/east/status/kavsak_room");
    settings.subscription_count = MQTT_SUBSCRIPTION_MAX;
    neighbours_link_subscribe(&link, &settings);
    assert_int_equal(settings.subscription_count, MQTT_SUBSCRIPTION_MAX);
    neighbours_link_init(&link, "town/othername", &plan, DOTS_KEPT);
    settings.subscription_count = 0;
    neighbours_link_subscribe(&link, &settings);
    assert_int_equal(settings.subscription_count, 0);
    assert_int_equal(take_as(inflow_topic, inflow, false), NEIGHBOURS_NOT_OURS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_inflow_is_heard, setup),
        cmocka_unit_test_setup(room_is_heard, setup),
        cmocka_unit_test_setup(topics_of_others_are_not_ours, setup),
        cmocka_unit_test_setup(stale_and_future_messages_are_refused, setup),
        cmocka_unit_test_setup(lies_and_unknown_links_are_refused, setup),
        cmocka_unit_test_setup(malformed_and_oversized_messages_are_refused, setup),
        cmocka_unit_test_setup(a_flood_gets_its_share_and_no_more, setup),
        cmocka_unit_test_setup(it_asks_for_what_concerns_it, setup),
    };
    return RUN_TESTS(tests);
}
