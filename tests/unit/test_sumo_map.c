#define _GNU_SOURCE /* mkdtemp */

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sumo_map.h"

static struct plan plan;
/* As many as fit. */
#define EIGHT_LANES "a b c d e f g h"
#define MANY_LANES  EIGHT_LANES " " EIGHT_LANES " " EIGHT_LANES " " EIGHT_LANES

static struct sumo_map map;
static struct diag diag;

static enum status read_text(const char *text)
{
    char folder[] = "/tmp/kavsak-map-XXXXXX";
    char path[64];
    memset(&diag, 0, sizeof diag);
    memset(&plan, 0, sizeof plan);
    plan.sg_count = 2;
    (void)snprintf(plan.sg[0].name, sizeof plan.sg[0].name, "V1");
    (void)snprintf(plan.sg[1].name, sizeof plan.sg[1].name, "V2");
    plan.detector_count = 1;
    (void)snprintf(plan.detector[0].name, sizeof plan.detector[0].name, "n1_cam");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/sumo.csv", folder);
    if (text != NULL) {
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        assert_true(fputs(text, f) >= 0);
        assert_int_equal(fclose(f), 0);
    }
    const enum status status = sumo_map_read(folder, &plan, &map, &diag);
    (void)unlink(path);
    assert_int_equal(rmdir(folder), 0);
    return status;
}

static void a_map_is_read_whole(void **state)
{
    (void)state;
    assert_int_equal(read_text("# heading\n"
                               "light,J 7\n"
                               "link,0,V1,never,red\r\n"
                               "link,1,V2,V1 V2,stop\n"
                               "link,2,green,always,red\n"
                               "link,3,off,never,red\n"
                               "link,4,red,never,red\n"
                               "detector,n1_cam,40.50,12.25,a_0 b_0\n"),
                     STATUS_OK);
    assert_string_equal(map.light, "J 7");
    assert_int_equal(map.link_count, 5);
    assert_int_equal(map.sg_of_link[1], 1);
    assert_int_equal(map.yields_with[1], 3);
    assert_int_equal(map.red_is_stop[0], 2);
    assert_int_equal(map.yields[0], 4);
    assert_int_equal(map.sg_of_link[2], SUMO_CONST_GREEN);
    assert_int_equal(map.sg_of_link[3], SUMO_CONST_OFF);
    assert_int_equal(map.sg_of_link[4], SUMO_CONST_RED);
    assert_int_equal(map.detector[0].lane_count, 2);
    assert_string_equal(map.detector[0].lane[1], "b_0");
    assert_true(map.detector[0].pos_m > 40.4 && map.detector[0].end_pos_m < 12.3);
}

static void every_aspect_has_its_letter(void **state)
{
    (void)state;
    static const char letters[ASPECT_COUNT] = {
        [ASPECT_DARK] = 'O',         [ASPECT_RED] = 'r',       [ASPECT_RED_YELLOW] = 'u',
        [ASPECT_GREEN] = 'G',        [ASPECT_YELLOW] = 'y',    [ASPECT_GREEN_FLASH] = 'G',
        [ASPECT_FLASH_YELLOW] = 'o', [ASPECT_FLASH_RED] = 's', [ASPECT_PED_CLEAR] = 'r',
        [ASPECT_UNKNOWN] = 'r'
    };
    int32_t aspect[SG_MAX] = { 0 };
    char shown[SUMO_LINK_MAX + 1];
    assert_int_equal(read_text("light,J\nlink,0,V1,never,red\n"), STATUS_OK);
    for (int32_t i = 0; i < ASPECT_COUNT; i++) {
        aspect[0] = i;
        sumo_map_state(&map, aspect, shown);
        assert_int_equal(shown[0], letters[i]);
        assert_int_equal(shown[1], '\0');
    }
}

static void who_may_turn_on_red_shows_s(void **state)
{
    (void)state;
    int32_t aspect[SG_MAX] = { ASPECT_RED, ASPECT_RED };
    char shown[SUMO_LINK_MAX + 1];
    assert_int_equal(read_text("light,J\nlink,0,V1,never,stop\nlink,1,V2,never,red\n"
                               "link,2,green,always,red\nlink,3,green,never,red\n"),
                     STATUS_OK);
    sumo_map_state(&map, aspect, shown);
    assert_string_equal(shown, "srgG");
    aspect[0] = ASPECT_GREEN;
    sumo_map_state(&map, aspect, shown);
    assert_string_equal(shown, "GrgG");
}

static void mistakes_are_named_with_their_line(void **state)
{
    (void)state;
    assert_int_equal(read_text(NULL), STATUS_IO);
    static const char *const bad[] = { "light,J\nlink,1,V1,never,red\n",
                                       "light,J\nlink,0,V9,never,red\n",
                                       "light,J\nlink,0,V1,V9,red\n",
                                       "light,J\nlink,0,V1,never,blue\n",
                                       "light,J\ndetector,who,1,2,a_0\n",
                                       "light,J\ndetector,n1_cam,x,2,a_0\n",
                                       "light,J\ndetector,n1_cam,1,2," MANY_LANES " x\n",
                                       "light,J\nlamp,1\n",
                                       "link,0,V1,never,red\n" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(read_text(bad[i]), STATUS_INVALID);
        assert_int_equal(diag.errors, 1);
        assert_int_equal(diag.item[0].line, i + 1 < sizeof bad / sizeof bad[0] ? 2 : 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_is_read_whole),
        cmocka_unit_test(every_aspect_has_its_letter),
        cmocka_unit_test(who_may_turn_on_red_shows_s),
        cmocka_unit_test(mistakes_are_named_with_their_line),
    };
    return RUN_TESTS(tests);
}
