#include "test.h"

#include <stdio.h>
#include <string.h>

#include "plan_build.h"
#include "sumo_mail.h"

static struct plan west, east;
static const struct plan *plans[] = { &west, &east };

static void name(char *text, size_t room, const char *value)
{
    (void)snprintf(text, room, "%s", value);
}

/* west's first movement leads into the first lane of east, and nothing leads back. */
static void build(struct mail *m)
{
    plan_build_staged(&west);
    plan_build_staged(&east);
    name(west.junction_name, sizeof west.junction_name, "west");
    name(east.junction_name, sizeof east.junction_name, "east");
    for (int32_t i = 0; i < MOVEMENT_MAX; i++) {
        west.movement[i].exit[0] = '\0';
        east.movement[i].exit[0] = '\0';
    }
    west.lane_count = max_i32(west.lane_count, 1);
    east.lane_count = max_i32(east.lane_count, 1);
    west.movement_count = max_i32(west.movement_count, 1);
    name(east.lane[0].name, sizeof east.lane[0].name, "E1");
    name(west.movement[0].exit, sizeof west.movement[0].exit, "east/E1");
    mail_init(m, plans, 2);
}

static void who_feeds_whom_is_in_the_plans(void **state)
{
    (void)state;
    static struct mail m;
    build(&m);
    assert_int_equal(m.box[0].feeds, bit64(1));
    assert_int_equal(m.box[1].fed_by, bit64(0));
    assert_int_equal(m.box[0].fed_by, 0);
    assert_int_equal(m.box[1].feeds, 0);
}

static void a_second_delivers_eight_a_tick_and_they_grow_older(void **state)
{
    (void)state;
    static struct mail m;
    static struct input_frame in;
    build(&m);
    m.box[0].count = 10;
    mail_deliver(&m, 0, 0, &in);
    assert_int_equal(in.neighbour_count, NEIGHBOUR_PER_TICK_MAX);
    assert_int_equal(in.neighbour[0].age_ms, 0);
    mail_deliver(&m, 0, 1, &in);
    assert_int_equal(in.neighbour_count, 2);
    assert_int_equal(in.neighbour[0].age_ms, TICK_MS);
    mail_deliver(&m, 0, 2, &in);
    assert_int_equal(in.neighbour_count, 0);
    assert_int_equal(m.box[0].taken, 10);
    mail_clear(&m);
    assert_int_equal(m.box[0].count, 0);
}

static void a_decision_is_told_once_to_those_it_concerns(void **state)
{
    (void)state;
    static struct mail m;
    static struct optimiser o;
    const wall_t wall = { .ms = 1795392000000 };
    build(&m);
    optimiser_init(&o, &east, (mono_t){ .ms = 1000 });
    mail_post(&m, 1, &o, wall); /* no decision yet */
    assert_int_equal(m.sent, 0);
    o.decision.number = 1;
    mail_post(&m, 1, &o, wall);
    const uint64_t sent = m.sent;
    assert_true(m.box[0].count <= 1); /* the room of E1, if it is known; nothing of other lanes */
    assert_int_equal(m.box[1].count, 0);
    mail_post(&m, 1, &o, wall);
    assert_int_equal(m.sent, sent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_feeds_whom_is_in_the_plans),
        cmocka_unit_test(a_second_delivers_eight_a_tick_and_they_grow_older),
        cmocka_unit_test(a_decision_is_told_once_to_those_it_concerns),
    };
    return RUN_TESTS(tests);
}
