#include "cameras.h"

#include <stdio.h>
#include <string.h>

#include "sim_world.h"
#include "test.h"

static struct value_tree tree;
static struct cameras cameras;
static struct sim_world *sim;
static struct wire_detectors told;

static struct cameras_moment moment(void)
{
    struct cameras_moment m = { .world = sim_world_of(sim),
                                .tree = &tree,
                                .now = sim_world_now(sim) };
    int32_t utc_offset_s = 0;
    m.wall = m.world->now_wall(m.world->self, "UTC", &utc_offset_s, &m.wall_is_synced);
    return m;
}

static bool take(const char *topic, const char *payload, bool retain)
{
    const struct cameras_moment m = moment();
    const struct mqtt_message message = {
        .topic = topic, .payload = payload, .payload_bytes = strlen(payload), .retain = retain
    };
    return cameras_take(&cameras, &message, &m);
}

static bool tell(void)
{
    const bool has_news = cameras_tell(&cameras, sim_world_now(sim), &told);
    cameras_told(&cameras);
    return has_news;
}

static int setup(void **state)
{
    (void)state;
    static struct site site;
    sim = sim_world_create(0);
    memset(&site, 0, sizeof site);
    site.camera_count = 3;
    site.camera[0] = (struct site_camera){ .topic = "frigate/events",
                                           .format = CAMERA_FRIGATE,
                                           .zone = "west",
                                           .label = "car",
                                           .detector_ix = 1,
                                           .max_age_ms = 2000 };
    site.camera[1] = (struct site_camera){
        .topic = "cam/a", .format = CAMERA_ONVIF, .zone = "r", .detector_ix = 5, .max_age_ms = 2000
    };
    site.camera[2] = site.camera[1];
    memcpy(site.camera[2].topic, "cam/b", 6);
    cameras_init(&cameras, "n", &site);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sim_world_destroy(sim);
    return 0;
}

static void object(const char *id, const char *zone)
{
    char text[200];
    (void)snprintf(text, sizeof text,
                   "{\"type\":\"update\",\"after\":{\"id\":\"%s\",\"label\":\"car\","
                   "\"current_zones\":[\"%s\"]}}",
                   id, zone);
    assert_true(take("frigate/events", text, false));
}

static const char on[] = "{\"Source\":{\"Rule\":\"r\"},\"Data\":{\"State\":true}}";
static const char off[] = "{\"Source\":{\"Rule\":\"r\"},\"Data\":{\"State\":false}}";

static void a_zone_is_occupied_until_its_last_object_has_left(void **state)
{
    (void)state;
    object("1", "west");
    object("2", "west");
    object("1", "west");
    assert_true(tell());
    assert_int_equal(told.detector[0].detector_ix, 1);
    assert_int_equal(told.detector[0].is_occupied, 1);
    assert_int_equal(told.detector[0].edge_count, 1);
    object("1", "far");
    assert_true(tell());
    assert_int_equal(told.detector[0].is_occupied, 1);
    object("2", "far");
    assert_true(tell());
    assert_int_equal(told.detector[0].is_occupied, 0);
    object("3", "west");
    assert_true(tell());
    assert_int_equal(told.detector[0].edge_count, 2);
}

static void more_objects_than_fit_push_out_the_first(void **state)
{
    (void)state;
    for (int32_t i = 0; i < CAMERA_OBJECT_MAX + 5; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "%d", i);
        object(id, "west");
    }
    assert_int_equal(cameras.camera[0].object_count, CAMERA_OBJECT_MAX);
}

static void objects_are_forgotten_over_a_silence(void **state)
{
    (void)state;
    object("1", "west");
    sim_world_advance(sim, 2001);
    object("2", "far");
    assert_true(tell());
    assert_int_equal(told.detector[0].is_occupied, 0);
}

static void age_grows_and_becomes_stale(void **state)
{
    (void)state;
    assert_true(take("cam/a", on, false));
    assert_true(take("cam/b", off, false));
    sim_world_advance(sim, 2000);
    assert_true(tell());
    assert_int_equal(told.detector[0].age_ms, 2000);
    assert_int_equal(told.detector[0].quality, INPUT_GOOD);
    sim_world_advance(sim, 1);
    cameras_announce(&cameras);
    assert_true(tell());
    assert_int_equal(told.detector[0].quality, INPUT_STALE);
}

static void two_zones_of_one_detector_are_one_or_the_other(void **state)
{
    (void)state;
    assert_true(take("cam/a", off, false));
    assert_true(tell());
    assert_int_equal(told.detector[0].quality, INPUT_STALE); /* the other has never spoken */
    assert_true(take("cam/b", on, false));
    assert_true(tell());
    assert_int_equal(told.detector[0].quality, INPUT_GOOD);
    assert_int_equal(told.detector[0].is_occupied, 1);
    assert_true(take("cam/b", off, false));
    assert_true(tell());
    assert_int_equal(told.detector[0].is_occupied, 0);
}

static void tracked(const char *id, const char *zone, bool is_standing)
{
    char text[200];
    (void)snprintf(text, sizeof text,
                   "{\"type\":\"update\",\"after\":{\"id\":\"%s\",\"label\":\"car\","
                   "\"stationary\":%s,\"current_zones\":[\"%s\"]}}",
                   id, is_standing ? "true" : "false", zone);
    assert_true(take("frigate/events", text, false));
}

static void counts_are_told_when_it_is_known_who_stands(void **state)
{
    (void)state;
    object("1", "west");
    assert_true(tell());
    assert_int_equal(told.detector[0].has_zone, 0);
    tracked("1", "west", false);
    tracked("2", "west", true);
    assert_true(tell());
    assert_int_equal(told.detector[0].has_zone, 1);
    assert_int_equal(told.detector[0].zone_vehicles, 2);
    assert_int_equal(told.detector[0].zone_queued, 1);
    tracked("1", "west", true);
    assert_true(tell());
    assert_int_equal(told.detector[0].zone_queued, 2);
    tracked("2", "far", false);
    tracked("1", "far", false);
    assert_true(tell());
    assert_int_equal(told.detector[0].has_zone, 1);
    assert_int_equal(told.detector[0].zone_vehicles, 0);
    assert_int_equal(told.detector[0].zone_queued, 0);
}

static void two_zones_of_one_detector_count_nothing(void **state)
{
    (void)state;
    static const char five[] =
        "{\"Source\":{\"Rule\":\"r\"},\"Data\":{\"Count\":5,\"Stationary\":2}}";
    assert_true(take("cam/a", five, false));
    assert_true(take("cam/b", five, false));
    assert_true(tell());
    assert_int_equal(told.detector[0].is_occupied, 1);
    assert_int_equal(told.detector[0].has_zone, 0);
    assert_int_equal(told.detector[0].zone_vehicles, 0);
}

static void old_messages_carry_their_age(void **state)
{
    (void)state;
    assert_true(take("cam/b", off, false));
    assert_true(take("cam/a",
                     "{\"UtcTime\":\"2027-01-15T07:59:50Z\",\"Source\":{\"Rule\":\"r\"},"
                     "\"Data\":{\"State\":true}}",
                     false));
    assert_true(tell());
    assert_int_equal(told.detector[0].age_ms, 10000);
    assert_int_equal(told.detector[0].quality, INPUT_STALE);
    /* From the future: its clock is wrong, so only our own time counts. */
    assert_true(take("cam/a",
                     "{\"UtcTime\":\"2027-01-15T09:00:00Z\",\"Source\":{\"Rule\":\"r\"},"
                     "\"Data\":{\"State\":true}}",
                     false));
    assert_true(tell());
    assert_int_equal(told.detector[0].age_ms, 0);
}

static void an_unset_clock_here_trusts_no_camera_time(void **state)
{
    (void)state;
    sim_world_set_wall(sim, (wall_t){ .ms = INT64_C(1800000000000) }, 0, false);
    assert_true(take("cam/b", off, false));
    assert_true(take("cam/a",
                     "{\"UtcTime\":\"2020-01-15T07:59:50Z\",\"Source\":{\"Rule\":\"r\"},"
                     "\"Data\":{\"State\":true}}",
                     false));
    assert_true(tell());
    assert_int_equal(told.detector[0].age_ms, 0);
}

static void retained_strange_and_foreign_messages_tell_nothing(void **state)
{
    (void)state;
    assert_true(take("cam/a", on, true));
    assert_true(take("cam/a", "garbage", false));
    assert_true(take("cam/a", "{}", false));
    assert_true(take("cam/a", "{\"Source\":{\"Rule\":\"x\"},\"Data\":{\"State\":true}}", false));
    assert_false(take("cam/c", on, false));
    assert_false(tell());
    assert_int_equal(cameras.retained, 1);
    assert_int_equal(cameras.strange, 2);
}

static void silence_is_said_once_and_its_end_too(void **state)
{
    (void)state;
    assert_true(take("cam/a", on, false));
    const uint32_t before = sim_world_log_count(sim);
    for (int32_t i = 0; i < 10; i++) {
        sim_world_advance(sim, 500);
        const struct cameras_moment m = moment();
        cameras_step(&cameras, &m);
    }
    assert_int_equal(sim_world_log_count(sim), before + 1);
    assert_true(sim_world_logged(sim, "camera cam/a, zone r: silent"));
    assert_true(take("cam/a", on, false));
    assert_true(sim_world_logged(sim, "speaks again"));
}

static void a_program_that_is_offline_fails_its_detectors(void **state)
{
    (void)state;
    object("1", "west");
    assert_true(tell());
    assert_true(take("frigate/available", "offline", true));
    assert_true(tell());
    assert_int_equal(told.detector[0].quality, INPUT_FAILED);
    assert_true(take("frigate/available", "online", false));
    object("2", "far");
    assert_true(tell());
    assert_int_equal(told.detector[0].quality, INPUT_GOOD);
    assert_int_equal(told.detector[0].is_occupied, 0);
}

#define CAMERA_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CAMERA_TEST(a_zone_is_occupied_until_its_last_object_has_left),
        CAMERA_TEST(more_objects_than_fit_push_out_the_first),
        CAMERA_TEST(objects_are_forgotten_over_a_silence),
        CAMERA_TEST(age_grows_and_becomes_stale),
        CAMERA_TEST(two_zones_of_one_detector_are_one_or_the_other),
        CAMERA_TEST(counts_are_told_when_it_is_known_who_stands),
        CAMERA_TEST(two_zones_of_one_detector_count_nothing),
        CAMERA_TEST(old_messages_carry_their_age),
        CAMERA_TEST(an_unset_clock_here_trusts_no_camera_time),
        CAMERA_TEST(retained_strange_and_foreign_messages_tell_nothing),
        CAMERA_TEST(silence_is_said_once_and_its_end_too),
        CAMERA_TEST(a_program_that_is_offline_fails_its_detectors),
    };
    return RUN_TESTS(tests);
}
