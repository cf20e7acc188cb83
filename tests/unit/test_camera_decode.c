#include "camera_decode.h"

#include <string.h>

#include "json.h"
#include "test.h"

static struct value_tree tree;
static const struct site_camera onvif = { .format = CAMERA_ONVIF, .zone = "stop-line" };
static const struct site_camera frigate = { .format = CAMERA_FRIGATE,
                                            .zone = "west_stop",
                                            .label = "car" };

static struct camera_report decode(const struct site_camera *camera, const char *text)
{
    struct camera_report r;
    assert_int_equal(json_read(text, strlen(text), &tree), STATUS_OK);
    camera_decode(camera, &tree, &r);
    return r;
}

static void onvif_state_is_occupied_or_free(void **state)
{
    (void)state;
    struct camera_report r = decode(
        &onvif, "{\"UtcTime\":\"2026-03-01T07:15:00.120Z\",\"Source\":{\"VideoSource\":\"1\","
                "\"Rule\":\"stop-line\"},\"Key\":{\"ObjectId\":\"7\"},"
                "\"Data\":{\"State\":\"true\"}}");
    assert_int_equal(r.news, CAMERA_COUNT);
    assert_int_equal(r.count, 1);
    assert_true(r.has_source_time);
    assert_int_equal(r.source_time.ms, INT64_C(1772349300120));
    r = decode(&onvif, "{\"Source\":{\"Rule\":\"stop-line\"},\"Data\":{\"State\":false}}");
    assert_int_equal(r.news, CAMERA_COUNT);
    assert_int_equal(r.count, 0);
    assert_false(r.has_source_time);
    r = decode(&onvif, "{\"Source\":{\"Rule\":\"stop-line\"},\"Data\":{\"IsInside\":\"1\"}}");
    assert_int_equal(r.count, 1);
}

static void onvif_counts_are_counts(void **state)
{
    (void)state;
    struct camera_report r =
        decode(&onvif, "{\"Source\":{\"Rule\":\"stop-line\"},\"Data\":{\"Count\":\"12\"}}");
    assert_int_equal(r.news, CAMERA_COUNT);
    assert_int_equal(r.count, 12);
    r = decode(&onvif, "{\"Source\":{\"Rule\":\"stop-line\"},\"Data\":{\"Count\":3}}");
    assert_int_equal(r.count, 3);
}

static void counts_may_say_how_many_stand(void **state)
{
    (void)state;
    struct camera_report r = decode(&frigate, "{\"count\":5,\"stationary\":3}");
    assert_int_equal(r.news, CAMERA_COUNT);
    assert_int_equal(r.count, 5);
    assert_true(r.has_standing);
    assert_int_equal(r.standing, 3);
    r = decode(&frigate, "{\"count\":2,\"stationary\":3}");
    assert_int_equal(r.standing, 2); /* never more than there are */
    r = decode(&frigate, "{\"count\":2,\"stationary\":-1}");
    assert_int_equal(r.news, CAMERA_COUNT);
    assert_false(r.has_standing);
    assert_int_equal(r.standing, 0);
    assert_false(decode(&frigate, "5").has_standing);
    r = decode(&onvif, "{\"Source\":{\"Rule\":\"stop-line\"},\"Data\":{\"Count\":4,"
                       "\"Stationary\":\"4\"}}");
    assert_true(r.has_standing);
    assert_int_equal(r.standing, 4);
}

static void onvif_of_another_rule_or_class_is_elsewhere(void **state)
{
    (void)state;
    struct site_camera bus = onvif;
    memcpy(bus.label, "Bus", 4);
    struct camera_report r =
        decode(&onvif, "{\"Source\":{\"Rule\":\"parking\"},\"Data\":{\"State\":true}}");
    assert_int_equal(r.news, CAMERA_ELSEWHERE);
    r = decode(&bus, "{\"Source\":{\"Rule\":\"stop-line\"},\"Data\":{\"State\":true,"
                     "\"ClassTypes\":\"Car\"}}");
    assert_int_equal(r.news, CAMERA_ELSEWHERE);
    r = decode(&bus, "{\"Source\":{\"Rule\":\"stop-line\"},\"Data\":{\"State\":true,"
                     "\"ClassTypes\":\"Bus\"}}");
    assert_int_equal(r.news, CAMERA_COUNT);
}

static void onvif_without_sense_is_strange(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "1",
        "[]",
        "{}",
        "{\"Data\":{\"State\":true}}",
        "{\"Source\":{\"Rule\":\"stop-line\"}}",
        "{\"Source\":{\"Rule\":\"stop-line\"},\"Data\":{}}",
        "{\"Source\":{\"Rule\":\"stop-line\"},\"Data\":{\"State\":\"maybe\"}}",
        "{\"Source\":{\"Rule\":\"stop-line\"},\"Data\":{\"Count\":-1}}",
        "{\"Source\":{\"Rule\":\"stop-line\"},\"Data\":{\"Count\":\"123456\"}}",
        "{\"Source\":{\"Rule\":\"stop-line\"},\"Data\":{\"Count\":1.5}}",
        "{\"Source\":{\"Rule\":7},\"Data\":{\"State\":true}}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(decode(&onvif, bad[i]).news, CAMERA_STRANGE);
    }
}

static void frigate_counts_are_bare_numbers(void **state)
{
    (void)state;
    struct camera_report r = decode(&frigate, "2");
    assert_int_equal(r.news, CAMERA_COUNT);
    assert_int_equal(r.count, 2);
    assert_int_equal(decode(&frigate, "0").count, 0);
    assert_int_equal(decode(&frigate, "-1").news, CAMERA_STRANGE);
    assert_int_equal(decode(&frigate, "\"ON\"").news, CAMERA_STRANGE);
}

static void frigate_objects_enter_and_leave_zones(void **state)
{
    (void)state;
    const struct camera_report in =
        decode(&frigate, "{\"type\":\"update\",\"before\":{},\"after\":{\"id\":\"17.5-abc\","
                         "\"camera\":\"west\",\"frame_time\":1772349300.12,\"label\":\"car\","
                         "\"current_zones\":[\"far\",\"west_stop\"],\"entered_zones\":[]}}");
    assert_int_equal(in.news, CAMERA_ENTERED);
    assert_true(in.has_source_time);
    assert_true(in.source_time.ms >= INT64_C(1772349300119) &&
                in.source_time.ms <= INT64_C(1772349300120));
    struct camera_report out =
        decode(&frigate, "{\"type\":\"update\",\"before\":{},\"after\":{\"id\":\"17.5-abc\","
                         "\"label\":\"car\",\"current_zones\":[\"far\"]}}");
    assert_int_equal(out.news, CAMERA_LEFT);
    assert_true(out.object == in.object);
    out = decode(&frigate, "{\"type\":\"end\",\"after\":{\"id\":\"17.5-abc\",\"label\":\"car\","
                           "\"current_zones\":[\"west_stop\"]}}");
    assert_int_equal(out.news, CAMERA_LEFT);
    out = decode(&frigate, "{\"type\":\"new\",\"after\":{\"id\":\"18\",\"label\":\"dog\","
                           "\"current_zones\":[\"west_stop\"]}}");
    assert_int_equal(out.news, CAMERA_ELSEWHERE);
    assert_false(out.object == in.object);
}

static void frigate_without_sense_is_strange(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{}",
        "[]",
        "null",
        "{\"type\":\"new\"}",
        "{\"type\":\"new\",\"after\":{\"id\":1,\"label\":\"car\",\"current_zones\":[]}}",
        "{\"type\":\"new\",\"after\":{\"id\":\"1\",\"label\":\"car\",\"current_zones\":\"x\"}}",
        "{\"type\":\"new\",\"after\":{\"id\":\"1\",\"current_zones\":[]}}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(decode(&frigate, bad[i]).news, CAMERA_STRANGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(onvif_state_is_occupied_or_free),
        cmocka_unit_test(onvif_counts_are_counts),
        cmocka_unit_test(counts_may_say_how_many_stand),
        cmocka_unit_test(onvif_of_another_rule_or_class_is_elsewhere),
        cmocka_unit_test(onvif_without_sense_is_strange),
        cmocka_unit_test(frigate_counts_are_bare_numbers),
        cmocka_unit_test(frigate_objects_enter_and_leave_zones),
        cmocka_unit_test(frigate_without_sense_is_strange),
    };
    return RUN_TESTS(tests);
}
