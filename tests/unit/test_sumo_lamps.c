#include "test.h"

#include <string.h>

#include "sumo_lamps.h"

static void red_everywhere(int32_t aspect[SG_MAX])
{
    for (int32_t i = 0; i < SG_MAX; i++) {
        aspect[i] = ASPECT_RED;
    }
}

static struct sumo_map map_of_four(void)
{
    struct sumo_map map = { .link_count = 6 };
    for (int16_t i = 0; i < 4; i++) {
        map.sg_of_link[i] = i;
    }
    map.sg_of_link[4] = SUMO_CONST_RED;
    map.sg_of_link[5] = SUMO_CONST_GREEN;
    map.yields[0] = bit32(1) | bit32(5);
    map.yields_with[2] = bit32(3);
    return map;
}

static void each_aspect_has_its_letter(void **state)
{
    (void)state;
    static const struct {
        int32_t aspect;
        char letter;
    } table[] = { { ASPECT_RED, 'r' },          { ASPECT_RED_YELLOW, 'u' },
                  { ASPECT_GREEN, 'G' },        { ASPECT_GREEN_FLASH, 'G' },
                  { ASPECT_YELLOW, 'y' },       { ASPECT_DARK, 'O' },
                  { ASPECT_FLASH_YELLOW, 'o' }, { ASPECT_FLASH_RED, 's' },
                  { ASPECT_PED_CLEAR, 'r' },    { ASPECT_UNKNOWN, 'r' } };
    const struct sumo_map map = map_of_four();
    int32_t aspect[SG_MAX];
    char letters[SUMO_LINK_MAX + 1];
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        red_everywhere(aspect);
        aspect[0] = table[i].aspect;
        sumo_lamps(&map, aspect, letters);
        assert_int_equal(letters[0], table[i].letter);
        assert_int_equal(strlen(letters), 6);
    }
}

static void a_link_yields_always_or_beside_the_groups_that_it_yields_to(void **state)
{
    (void)state;
    const struct sumo_map map = map_of_four();
    int32_t aspect[SG_MAX];
    char letters[SUMO_LINK_MAX + 1];
    red_everywhere(aspect);
    aspect[0] = aspect[1] = aspect[2] = ASPECT_GREEN;
    sumo_lamps(&map, aspect, letters);
    assert_string_equal(letters, "GgGrrg");
    aspect[3] = ASPECT_GREEN;
    sumo_lamps(&map, aspect, letters);
    assert_string_equal(letters, "GggGrg");
    aspect[3] = ASPECT_YELLOW; /* whose last vehicles still come */
    sumo_lamps(&map, aspect, letters);
    assert_string_equal(letters, "Gggyrg");
}

/* A display of 3.0 s lasts 31 ticks; on whatever tick it begins, SUMO shows it for three steps. */
static void a_yellow_of_three_seconds_is_three_steps_whenever_it_begins(void **state)
{
    (void)state;
    for (int32_t begin = 10; begin < 30; begin++) {
        int32_t yellow_steps = 0;
        for (int32_t step = 0; step < 10; step++) {
            int32_t before[SG_MAX];
            int32_t last[SG_MAX];
            int32_t shown[SG_MAX];
            red_everywhere(before);
            red_everywhere(last);
            const int32_t tick = step * 10 + 9;
            const int32_t since = tick - begin;
            last[0] = since < 0 ? ASPECT_GREEN : since <= 30 ? ASPECT_YELLOW : ASPECT_RED;
            before[0] = since < 1 ? ASPECT_GREEN : since <= 31 ? ASPECT_YELLOW : ASPECT_RED;
            sumo_lamps_sample(before, last, shown);
            yellow_steps += shown[0] == ASPECT_YELLOW ? 1 : 0;
        }
        assert_int_equal(yellow_steps, 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_aspect_has_its_letter),
        cmocka_unit_test(a_link_yields_always_or_beside_the_groups_that_it_yields_to),
        cmocka_unit_test(a_yellow_of_three_seconds_is_three_steps_whenever_it_begins),
    };
    return RUN_TESTS(tests);
}
