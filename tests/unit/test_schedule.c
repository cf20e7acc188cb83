#include "test.h"

#include "plan_build.h"
#include "schedule.h"

#include <string.h>

enum { TRT_S = 3 * 3600 }; /* Türkiye: UTC+3 all year */

static wall_t wall_at(int32_t year, int32_t month, int32_t day, int32_t ms_of_day, int32_t offset_s)
{
    return (wall_t){ .ms = days_from_civil(year, month, day) * 86400000 + ms_of_day -
                           (int64_t)offset_s * 1000 };
}

static void assert_civil(struct civil c, int32_t year, int32_t month, int32_t day, int32_t weekday)
{
    assert_int_equal(c.year, year);
    assert_int_equal(c.month, month);
    assert_int_equal(c.day, day);
    assert_int_equal(c.weekday, weekday);
}

static int32_t hour(int32_t h)
{
    return h * 3600000;
}

static void known_days_have_their_numbers(void **state)
{
    (void)state;
    assert_int_equal(days_from_civil(1970, 1, 1), 0);
    assert_int_equal(days_from_civil(1969, 12, 31), -1);
    assert_int_equal(days_from_civil(2000, 3, 1), 11017);
    assert_int_equal(days_from_civil(2038, 1, 20), 24856);
    assert_int_equal(days_from_civil(1600, 1, 1), -135140);
}

static void epoch_began_on_a_thursday(void **state)
{
    (void)state;
    assert_civil(civil_from_wall((wall_t){ 0 }, 0), 1970, 1, 1, 3);
    assert_int_equal(civil_from_wall((wall_t){ 0 }, 0).ms_of_day, 0);
    assert_civil(civil_from_wall((wall_t){ -1 }, 0), 1969, 12, 31, 2);
    assert_int_equal(civil_from_wall((wall_t){ -1 }, 0).ms_of_day, 86399999);
}

static void every_day_of_five_centuries_comes_back(void **state)
{
    (void)state;
    int32_t weekday = civil_from_wall(wall_at(1800, 1, 1, 0, 0), 0).weekday;
    for (int64_t day = days_from_civil(1800, 1, 1); day < days_from_civil(2300, 1, 1); day++) {
        const struct civil c = civil_from_wall((wall_t){ .ms = day * 86400000 + 1 }, 0);
        assert_int_equal(days_from_civil(c.year, c.month, c.day), day);
        assert_int_equal(c.weekday, weekday);
        weekday = (weekday + 1) % 7;
    }
}

static void leap_days_follow_the_gregorian_rule(void **state)
{
    (void)state;
    assert_int_equal(days_from_civil(2028, 3, 1) - days_from_civil(2028, 2, 28), 2);
    assert_int_equal(days_from_civil(2026, 3, 1) - days_from_civil(2026, 2, 28), 1);
    assert_int_equal(days_from_civil(2000, 3, 1) - days_from_civil(2000, 2, 28), 2);
    assert_int_equal(days_from_civil(2100, 3, 1) - days_from_civil(2100, 2, 28), 1);
    assert_civil(civil_from_wall(wall_at(2028, 2, 29, hour(12), TRT_S), TRT_S), 2028, 2, 29, 1);
}

static void local_midnight_is_the_border_of_days(void **state)
{
    (void)state;
    const wall_t midnight = wall_at(2026, 11, 24, 0, TRT_S);
    assert_civil(civil_from_wall((wall_t){ midnight.ms - 1 }, TRT_S), 2026, 11, 23, 0);
    assert_int_equal(civil_from_wall((wall_t){ midnight.ms - 1 }, TRT_S).ms_of_day, 86399999);
    assert_civil(civil_from_wall(midnight, TRT_S), 2026, 11, 24, 1);
    assert_int_equal(civil_from_wall(midnight, TRT_S).ms_of_day, 0);
}

static void years_past_2038_are_ordinary(void **state)
{
    (void)state;
    const wall_t end = { .ms = INT64_C(2147483648) * 1000 }; /* where 32-bit seconds end */
    assert_civil(civil_from_wall(end, 0), 2038, 1, 19, 1);
    assert_int_equal(civil_from_wall(end, 0).ms_of_day, hour(3) + 14 * 60000 + 8000);
    assert_civil(civil_from_wall(wall_at(2106, 2, 8, 0, 0), 0), 2106, 2, 8, 0);
}

static void extreme_clocks_do_not_overflow(void **state)
{
    (void)state;
    static struct plan p;
    plan_build_staged(&p);
    const int64_t extreme[] = { INT64_MIN, INT64_MIN + 1, INT64_MAX - 1, INT64_MAX };
    const int32_t offset_s[] = { -12 * 3600, 0, 14 * 3600 };
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < 3; j++) {
            const int32_t ix = schedule_pattern(&p, (wall_t){ extreme[i] }, offset_s[j]);
            assert_in_range(ix, 0, p.pattern_count - 1);
        }
    }
}

static void day_plan_changes_on_the_millisecond(void **state)
{
    (void)state;
    static struct plan p;
    plan_build_staged(&p);
    const wall_t seven = wall_at(2026, 11, 23, hour(7), TRT_S); /* a Monday */
    assert_int_equal(schedule_pattern(&p, (wall_t){ seven.ms - 1 }, TRT_S), ST_ACTUATED);
    assert_int_equal(schedule_pattern(&p, seven, TRT_S), ST_COORDINATED);
    const wall_t ten = wall_at(2026, 11, 23, hour(22), TRT_S);
    assert_int_equal(schedule_pattern(&p, (wall_t){ ten.ms - 1 }, TRT_S), ST_COORDINATED);
    assert_int_equal(schedule_pattern(&p, ten, TRT_S), ST_ACTUATED);
}

static void each_weekday_has_its_own_day_plan(void **state)
{
    (void)state;
    static struct plan p;
    plan_build_staged(&p);
    for (int32_t day = 23; day <= 29; day++) { /* Monday 23 to Sunday 29 November 2026 */
        const int32_t want = day <= 27 ? ST_COORDINATED : ST_FIXED;
        assert_int_equal(schedule_pattern(&p, wall_at(2026, 11, day, hour(12), TRT_S), TRT_S),
                         want);
    }
    /* Saturday begins at local midnight, not at that of Greenwich. */
    const wall_t saturday_0130 = wall_at(2026, 11, 28, hour(1), TRT_S);
    p.schedule.day_plan[1].event[0].pattern_ix = ST_FLASH;
    assert_int_equal(schedule_pattern(&p, saturday_0130, TRT_S), ST_FLASH);
    assert_int_equal(schedule_pattern(&p, saturday_0130, 0), ST_ACTUATED);
}

/* Gives the plan a second week in which every day follows the weekend's plan. */
static void add_week_of_sundays(struct plan *p, struct season when)
{
    p->schedule.week_plan_count = 2;
    for (int32_t i = 0; i < 7; i++) {
        p->schedule.week_plan[1].day_plan_ix[i] = 1;
    }
    when.week_plan_ix = 1;
    p->schedule.season[p->schedule.season_count] = when;
    p->schedule.season_count++;
}

static void seasons_may_cross_the_new_year(void **state)
{
    (void)state;
    static struct plan p;
    plan_build_staged(&p);
    add_week_of_sundays(&p, (struct season){ 12, 20, 1, 10, 0 });
    const struct {
        int32_t year, month, day;
        bool is_winter;
    } days[] = {
        { 2026, 12, 18, false }, { 2026, 12, 21, true }, { 2026, 12, 31, true },
        { 2027, 1, 1, true },    { 2027, 1, 8, true },   { 2027, 1, 11, false },
    };
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        const wall_t noon = wall_at(days[i].year, days[i].month, days[i].day, hour(12), TRT_S);
        const int32_t want = days[i].is_winter ? ST_FIXED : ST_COORDINATED;
        assert_int_equal(schedule_pattern(&p, noon, TRT_S), want);
    }
}

static void seasons_include_their_first_and_last_day(void **state)
{
    (void)state;
    static struct plan p;
    plan_build_staged(&p);
    add_week_of_sundays(&p, (struct season){ 6, 15, 9, 11, 0 });
    const wall_t begin = wall_at(2026, 6, 15, 0, TRT_S); /* a Monday */
    const wall_t end = wall_at(2026, 9, 12, 0, TRT_S);   /* Friday's end */
    p.schedule.day_plan[1].event[0].pattern_ix = ST_FLASH;
    p.schedule.day_plan[1].event_count = 1;
    assert_int_equal(schedule_pattern(&p, begin, TRT_S), ST_FLASH);
    assert_int_equal(schedule_pattern(&p, (wall_t){ end.ms - 1 }, TRT_S), ST_FLASH);
    p.schedule.day_plan[1].event[0].pattern_ix = ST_FIXED;
    assert_int_not_equal(schedule_pattern(&p, wall_at(2026, 6, 14, 0, TRT_S), TRT_S), ST_FLASH);
    const wall_t monday_after = wall_at(2026, 9, 14, hour(12), TRT_S);
    assert_int_equal(schedule_pattern(&p, monday_after, TRT_S), ST_COORDINATED);
}

static void later_seasons_win(void **state)
{
    (void)state;
    static struct plan p;
    plan_build_staged(&p);
    add_week_of_sundays(&p, (struct season){ 6, 1, 8, 31, 0 });
    const wall_t july = wall_at(2026, 7, 1, hour(12), TRT_S);
    assert_int_equal(schedule_pattern(&p, july, TRT_S), ST_FIXED);
    p.schedule.season[2] = (struct season){ 7, 1, 7, 1, 0 };
    p.schedule.season_count = 3;
    assert_int_equal(schedule_pattern(&p, july, TRT_S), ST_COORDINATED);
    const wall_t next = wall_at(2026, 7, 2, hour(12), TRT_S);
    assert_int_equal(schedule_pattern(&p, next, TRT_S), ST_FIXED);
}

static void special_days_come_yearly_or_once(void **state)
{
    (void)state;
    static struct plan p;
    plan_build_staged(&p);
    p.schedule.special_day[0] = (struct special_day){ 0, 10, 29, 1 };
    p.schedule.special_day[1] = (struct special_day){ 2026, 3, 20, 1 };
    p.schedule.special_day_count = 2;
    /* Republic day falls on a Thursday in 2026 and on a Friday in 2027. */
    assert_int_equal(schedule_pattern(&p, wall_at(2026, 10, 29, hour(12), TRT_S), TRT_S), ST_FIXED);
    assert_int_equal(schedule_pattern(&p, wall_at(2027, 10, 29, hour(12), TRT_S), TRT_S), ST_FIXED);
    assert_int_equal(schedule_pattern(&p, wall_at(2026, 10, 28, hour(12), TRT_S), TRT_S),
                     ST_COORDINATED);
    assert_int_equal(schedule_pattern(&p, wall_at(2026, 3, 20, hour(12), TRT_S), TRT_S), ST_FIXED);
    assert_int_equal(schedule_pattern(&p, wall_at(2028, 3, 20, hour(12), TRT_S), TRT_S),
                     ST_COORDINATED);
}

static void a_date_wins_over_every_year(void **state)
{
    (void)state;
    static struct plan p;
    plan_build_staged(&p);
    p.schedule.special_day[0] = (struct special_day){ 2026, 10, 29, 0 };
    p.schedule.special_day[1] = (struct special_day){ 0, 10, 29, 1 };
    p.schedule.special_day_count = 2;
    assert_int_equal(schedule_pattern(&p, wall_at(2026, 10, 29, hour(12), TRT_S), TRT_S),
                     ST_COORDINATED);
    assert_int_equal(schedule_pattern(&p, wall_at(2027, 10, 29, hour(12), TRT_S), TRT_S), ST_FIXED);
}

static void yearly_leap_day_comes_in_leap_years_only(void **state)
{
    (void)state;
    static struct plan p;
    plan_build_staged(&p);
    p.schedule.special_day[0] = (struct special_day){ 0, 2, 29, 1 };
    p.schedule.special_day_count = 1;
    assert_int_equal(schedule_pattern(&p, wall_at(2028, 2, 29, hour(12), TRT_S), TRT_S), ST_FIXED);
    assert_int_equal(schedule_pattern(&p, wall_at(2027, 3, 1, hour(12), TRT_S), TRT_S),
                     ST_COORDINATED);
}

static void one_off_wins_over_special_day_and_ends_exactly(void **state)
{
    (void)state;
    static struct plan p;
    plan_build_staged(&p);
    p.schedule.special_day[0] = (struct special_day){ 0, 10, 29, 1 };
    p.schedule.special_day_count = 1;
    const wall_t from = wall_at(2026, 10, 29, hour(10), TRT_S);
    const wall_t until = wall_at(2026, 10, 29, hour(14), TRT_S);
    p.schedule.one_off[0] = (struct one_off){ from, until, ST_FLASH };
    p.schedule.one_off_count = 1;
    assert_int_equal(schedule_pattern(&p, (wall_t){ from.ms - 1 }, TRT_S), ST_FIXED);
    assert_int_equal(schedule_pattern(&p, from, TRT_S), ST_FLASH);
    assert_int_equal(schedule_pattern(&p, (wall_t){ until.ms - 1 }, TRT_S), ST_FLASH);
    assert_int_equal(schedule_pattern(&p, until, TRT_S), ST_FIXED);
}

static void of_overlapping_one_offs_the_later_begun_wins(void **state)
{
    (void)state;
    static struct plan p;
    plan_build_staged(&p);
    const wall_t ten = wall_at(2026, 10, 28, hour(10), TRT_S);
    const wall_t noon = wall_at(2026, 10, 28, hour(12), TRT_S);
    const wall_t two = wall_at(2026, 10, 28, hour(14), TRT_S);
    p.schedule.one_off[0] = (struct one_off){ noon, two, ST_FLASH };
    p.schedule.one_off[1] = (struct one_off){ ten, two, ST_FIXED };
    p.schedule.one_off_count = 2;
    assert_int_equal(schedule_pattern(&p, ten, TRT_S), ST_FIXED);
    assert_int_equal(schedule_pattern(&p, noon, TRT_S), ST_FLASH);
    p.schedule.one_off[1].from = noon;
    assert_int_equal(schedule_pattern(&p, noon, TRT_S), ST_FIXED);
}

/* A zone with summer time: the caller passes the offset that holds at that moment. In Berlin
 * 2026-03-29 the clock goes from 02:00 to 03:00, on 2026-10-25 from 03:00 back to 02:00. */
static void summer_time_skips_and_repeats_an_hour(void **state)
{
    (void)state;
    static struct plan p;
    plan_build_staged(&p);
    p.schedule.day_plan[1].event_count = 2;
    p.schedule.day_plan[1].event[1] = (struct day_event){ hour(2) + 1800000, ST_FIXED };
    const wall_t spring = wall_at(2026, 3, 29, hour(2), 3600);
    assert_int_equal(schedule_pattern(&p, (wall_t){ spring.ms - 1 }, 3600), ST_ACTUATED);
    assert_int_equal(civil_from_wall(spring, 7200).ms_of_day, hour(3));
    assert_int_equal(schedule_pattern(&p, spring, 7200), ST_FIXED);
    const wall_t autumn = wall_at(2026, 10, 25, hour(3), 7200);
    assert_int_equal(schedule_pattern(&p, (wall_t){ autumn.ms - 1 }, 7200), ST_FIXED);
    assert_int_equal(civil_from_wall(autumn, 3600).ms_of_day, hour(2));
    assert_int_equal(schedule_pattern(&p, autumn, 3600), ST_ACTUATED);
}

static void offsets_reach_both_sides_of_the_date_line(void **state)
{
    (void)state;
    const wall_t noon = wall_at(2026, 12, 31, hour(12), 0);
    assert_civil(civil_from_wall(noon, 14 * 3600), 2027, 1, 1, 4);
    assert_civil(civil_from_wall(noon, -12 * 3600), 2026, 12, 31, 3);
    assert_int_equal(civil_from_wall(noon, -12 * 3600).ms_of_day, 0);
    assert_int_equal(civil_from_wall(noon, 5 * 3600 + 2700).ms_of_day, hour(17) + 2700000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_days_have_their_numbers),
        cmocka_unit_test(epoch_began_on_a_thursday),
        cmocka_unit_test(every_day_of_five_centuries_comes_back),
        cmocka_unit_test(leap_days_follow_the_gregorian_rule),
        cmocka_unit_test(local_midnight_is_the_border_of_days),
        cmocka_unit_test(years_past_2038_are_ordinary),
        cmocka_unit_test(extreme_clocks_do_not_overflow),
        cmocka_unit_test(day_plan_changes_on_the_millisecond),
        cmocka_unit_test(each_weekday_has_its_own_day_plan),
        cmocka_unit_test(seasons_may_cross_the_new_year),
        cmocka_unit_test(seasons_include_their_first_and_last_day),
        cmocka_unit_test(later_seasons_win),
        cmocka_unit_test(special_days_come_yearly_or_once),
        cmocka_unit_test(a_date_wins_over_every_year),
        cmocka_unit_test(yearly_leap_day_comes_in_leap_years_only),
        cmocka_unit_test(one_off_wins_over_special_day_and_ends_exactly),
        cmocka_unit_test(of_overlapping_one_offs_the_later_begun_wins),
        cmocka_unit_test(summer_time_skips_and_repeats_an_hour),
        cmocka_unit_test(offsets_reach_both_sides_of_the_date_line),
    };
    return RUN_TESTS(tests);
}
