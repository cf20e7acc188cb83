#include "test.h"

#include "lease.h"

#include <string.h>

enum { SG_COUNT = 2, EPOCH_OF_CABINET = 41 };

/* A cabinet and what we have sent it; each tick sends one frame, and the cabinet may answer. */
struct rig {
    struct plan plan;
    struct lease l;
    struct input_frame in;
    struct output_frame last;
    struct event_list events;
    int32_t seen[UINT8_MAX + 1]; /* our own events, by code less 1000 */
};

static void rig_start(struct rig *r)
{
    memset(r, 0, sizeof *r);
    r->plan.sg_count = SG_COUNT;
    r->plan.safety.sg_count = SG_COUNT;
    r->plan.safety.site_id = 7;
    r->plan.safety_hash = UINT64_C(0x1234);
    lease_init(&r->l);
    r->last.seq = 65500; /* so that numbers roll over in every test */
    for (uint32_t ix = 0; ix < SG_MAX; ix++) {
        r->last.aspect[ix] = ASPECT_RED;
    }
    r->in.cabinet.is_present = true;
    r->in.cabinet.site_id = 7;
    r->in.cabinet.safety_hash = UINT64_C(0x1234);
    r->in.cabinet.epoch = EPOCH_OF_CABINET;
    r->in.cabinet.flags = CABINET_LEASE_FREE;
}

/* The cabinet's word of this tick: it obeys us and has taken frame seq. */
static void answer(struct rig *r, uint16_t seq)
{
    struct cabinet_view *v = &r->in.cabinet;
    v->is_fresh = true;
    v->seen_at.ms += TICK_MS;
    v->epoch = r->l.epoch;
    v->seq = seq;
    v->flags &= ~(uint32_t)CABINET_LEASE_FREE;
    memcpy(v->aspect, r->last.aspect, sizeof v->aspect);
}

static bool tick(struct rig *r)
{
    event_list_clear(&r->events);
    const bool is_confirmed = lease_read(&r->l, &r->plan, &r->in, &r->last, &r->events);
    for (uint32_t i = 0; i < r->events.count; i++) {
        if (r->events.event[i].code >= 1000) {
            r->seen[(r->events.event[i].code - 1000) & UINT8_MAX]++;
        }
    }
    r->last.seq++;
    r->in.cabinet.is_fresh = false;
    return is_confirmed;
}

static int32_t told(const struct rig *r, enum event_code code)
{
    return r->seen[(int32_t)code - 1000];
}

/* Takes the cabinet; the lamps stay as they are. */
static void take(struct rig *r)
{
    rig_start(r);
    r->in.cabinet.is_fresh = true;
    (void)tick(r);
    answer(r, r->last.seq);
    (void)tick(r);
    assert_int_equal(r->l.state, LEASE_HELD);
}

static void confirm(struct rig *r)
{
    answer(r, r->last.seq);
    assert_true(tick(r));
}

static void a_free_cabinet_is_taken_by_raising_the_epoch(void **state)
{
    (void)state;
    static struct rig r;
    rig_start(&r);
    assert_false(tick(&r)); /* nothing heard */
    assert_int_equal(r.l.state, LEASE_NONE);
    assert_false(lease_may_write(&r.l));
    r.in.cabinet.is_fresh = true;
    (void)tick(&r);
    assert_int_equal(r.l.state, LEASE_TAKING);
    assert_int_equal(r.l.epoch, EPOCH_OF_CABINET + 1);
    assert_true(lease_may_write(&r.l) && lease_has_heartbeat(&r.l));
    r.in.cabinet.is_fresh = true; /* still the old epoch: not obeyed yet */
    (void)tick(&r);
    assert_int_equal(r.l.state, LEASE_TAKING);
    answer(&r, r.last.seq);
    assert_false(tick(&r)); /* the frame that took it confirms nothing */
    assert_int_equal(r.l.state, LEASE_HELD);
    confirm(&r);
}

static void a_cabinet_of_another_is_left_alone(void **state)
{
    (void)state;
    static struct rig r;
    rig_start(&r);
    r.in.cabinet.flags = 0;
    for (int32_t i = 0; i < 50; i++) {
        r.in.cabinet.is_fresh = true;
        (void)tick(&r);
        assert_int_equal(r.l.state, LEASE_NONE);
    }
}

static void a_cabinet_that_does_not_obey_is_asked_anew(void **state)
{
    (void)state;
    static struct rig r;
    rig_start(&r);
    r.in.cabinet.is_fresh = true;
    (void)tick(&r);
    for (int32_t i = 1; i < LINK_LOST_TICKS; i++) {
        (void)tick(&r);
    }
    assert_int_equal(r.l.state, LEASE_NONE);
    r.in.cabinet.epoch = 90; /* somebody was there in between */
    r.in.cabinet.is_fresh = true;
    (void)tick(&r);
    assert_int_equal(r.l.epoch, 91);
}

static void the_wrong_cabinet_gets_nothing(void **state)
{
    (void)state;
    static struct rig r;
    rig_start(&r);
    r.in.cabinet.site_id = 8;
    r.in.cabinet.is_fresh = true;
    (void)tick(&r);
    assert_int_equal(r.l.state, LEASE_NONE);
    assert_int_equal(r.l.reason, REASON_WRONG_CABINET);
    take(&r);
    answer(&r, r.last.seq);
    r.in.cabinet.safety_hash ^= 1;
    assert_false(tick(&r));
    assert_int_equal(r.l.state, LEASE_NONE);
    assert_int_equal(r.l.reason, REASON_WRONG_CABINET);
}

static void each_echo_confirms_once(void **state)
{
    (void)state;
    static struct rig r;
    take(&r);
    confirm(&r);
    const uint16_t seq = r.in.cabinet.seq;
    answer(&r, seq); /* the same again */
    assert_false(tick(&r));
    answer(&r, (uint16_t)(seq - 1)); /* an older one, late */
    assert_false(tick(&r));
    answer(&r, r.last.seq); /* three at once are one */
    assert_true(tick(&r));
    assert_false(tick(&r));
}

static void an_echo_from_before_the_lamps_changed_confirms_nothing(void **state)
{
    (void)state;
    static struct rig r;
    take(&r);
    confirm(&r);
    const uint16_t old_seq = r.last.seq;
    (void)tick(&r); /* old_seq's lamps were unchanged; its echo is still under way */
    r.last.aspect[0] = ASPECT_YELLOW;
    answer(&r, old_seq);
    assert_false(tick(&r));
    r.last.aspect[0] = ASPECT_YELLOW;
    answer(&r, (uint16_t)(r.last.seq - 1)); /* the first frame that carried yellow */
    assert_true(tick(&r));
}

static void an_image_may_stay_longer_than_numbers_last(void **state)
{
    (void)state;
    static struct rig r;
    take(&r);
    for (int32_t i = 0; i < 3 * 65536; i++) {
        answer(&r, r.last.seq);
        assert_true(tick(&r));
    }
}

static void echoes_of_the_future_mean_another_daemon(void **state)
{
    (void)state;
    static struct rig r;
    take(&r);
    confirm(&r);
    answer(&r, (uint16_t)(r.last.seq + 1));
    assert_false(tick(&r));
    assert_int_equal(r.l.state, LEASE_NONE);
    assert_int_equal(r.l.reason, REASON_LEASE_LOST);
    assert_false(lease_may_write(&r.l));
}

static void three_ticks_are_unknown_and_ten_are_lost(void **state)
{
    (void)state;
    static struct rig r;
    take(&r);
    confirm(&r);
    for (int32_t n = 1; n <= LINK_LOST_TICKS; n++) {
        assert_false(tick(&r));
        assert_int_equal(told(&r, EVENT_LINK_UNCONFIRMED), n >= LINK_UNKNOWN_TICKS ? 1 : 0);
        assert_int_equal(r.l.state, n >= LINK_LOST_TICKS ? LEASE_LOST : LEASE_HELD);
        assert_int_equal(lease_has_heartbeat(&r.l), n < LINK_LOST_TICKS);
    }
    assert_int_equal(told(&r, EVENT_LINK_LOST), 1);
    assert_true(lease_may_write(&r.l)); /* to say that the heartbeat has ended */
    answer(&r, r.last.seq); /* it comes back, still ours: no way but through a new lease */
    assert_false(tick(&r));
    assert_int_equal(r.l.state, LEASE_LOST);
    r.in.cabinet.flags |= CABINET_LEASE_FREE;
    r.in.cabinet.is_fresh = true;
    (void)tick(&r);
    assert_int_equal(r.l.state, LEASE_NONE);
    assert_int_equal(r.l.reason, REASON_LINK_LOST);
}

static void nine_ticks_are_forgiven(void **state)
{
    (void)state;
    static struct rig r;
    take(&r);
    confirm(&r);
    for (int32_t n = 1; n < LINK_LOST_TICKS; n++) {
        assert_false(tick(&r));
    }
    confirm(&r);
    assert_int_equal(r.l.link, LINK_CONFIRMED);
    assert_int_equal(r.l.unconfirmed_ticks, 0);
    assert_int_equal(told(&r, EVENT_LINK_CONFIRMED), 2); /* at the start, and now */
}

static void lamps_sensed_otherwise_alarm_at_five_and_trip_at_ten(void **state)
{
    (void)state;
    static struct rig r;
    take(&r);
    confirm(&r);
    for (int32_t n = 1; n <= MISMATCH_TRIP_TICKS; n++) {
        answer(&r, r.last.seq);
        r.in.cabinet.aspect[1] = ASPECT_GREEN;
        assert_false(tick(&r));
        assert_int_equal(told(&r, EVENT_MISMATCH), n >= MISMATCH_ALARM_TICKS ? 1 : 0);
        assert_int_equal(r.l.mismatch_tripped, n >= MISMATCH_TRIP_TICKS);
        assert_int_equal(r.l.state, LEASE_HELD); /* the link is alive and must carry the latch */
    }
}

static void a_mismatch_that_passes_counts_from_nothing_again(void **state)
{
    (void)state;
    static struct rig r;
    take(&r);
    for (int32_t round = 0; round < 3; round++) {
        for (int32_t n = 1; n < MISMATCH_TRIP_TICKS; n++) {
            answer(&r, r.last.seq);
            r.in.cabinet.aspect[0] = ASPECT_UNKNOWN;
            assert_false(tick(&r));
        }
        confirm(&r);
    }
    assert_false(r.l.mismatch_tripped);
}

static void a_reboot_ends_the_lease_even_if_the_cabinet_says_otherwise(void **state)
{
    (void)state;
    static struct rig r;
    take(&r);
    confirm(&r);
    answer(&r, r.last.seq);
    r.in.cabinet.boot_count++;
    assert_false(tick(&r));
    assert_int_equal(r.l.state, LEASE_NONE);
    assert_int_equal(r.l.reason, REASON_CABINET_REBOOT);
    assert_int_equal(told(&r, EVENT_CABINET_REBOOT), 1);
}

static void local_control_ends_the_lease_and_keeps_it_from_us(void **state)
{
    (void)state;
    static struct rig r;
    take(&r);
    answer(&r, r.last.seq);
    r.in.cabinet.flags |= CABINET_POLICE;
    assert_false(tick(&r));
    assert_int_equal(r.l.state, LEASE_NONE);
    assert_int_equal(told(&r, EVENT_LOCAL_CONTROL), 1);
    r.in.cabinet.flags |= CABINET_LEASE_FREE;
    r.in.cabinet.is_fresh = true;
    (void)tick(&r);
    assert_int_equal(r.l.state, LEASE_NONE);
    assert_int_equal(r.l.reason, REASON_LOCAL_CONTROL);
    r.in.cabinet.flags = CABINET_LEASE_FREE;
    r.in.cabinet.is_fresh = true;
    (void)tick(&r);
    assert_int_equal(r.l.state, LEASE_TAKING);
    assert_int_equal(told(&r, EVENT_LOCAL_CONTROL), 2);
}

static void while_the_monitor_flashes_nothing_is_confirmed_and_nothing_is_lost(void **state)
{
    (void)state;
    static struct rig r;
    take(&r);
    confirm(&r);
    for (int32_t n = 0; n < 3 * LINK_LOST_TICKS; n++) {
        answer(&r, r.last.seq);
        r.in.cabinet.flags |= CABINET_FLASHING;
        r.in.cabinet.monitor_fault = 3;
        r.in.cabinet.aspect[0] = ASPECT_FLASH_YELLOW;
        assert_false(tick(&r));
        assert_int_equal(r.l.state, LEASE_HELD);
        assert_int_equal(r.l.monitor_fault, 3);
    }
    assert_int_equal(told(&r, EVENT_MONITOR_FAULT), 1);
    assert_false(r.l.mismatch_tripped);
    for (int32_t n = 0; n < LINK_UNKNOWN_TICKS; n++) {
        r.in.cabinet.is_fresh = false;
        assert_false(tick(&r));
    }
    assert_int_equal(r.l.link, LINK_UNKNOWN);
    answer(&r, r.last.seq);
    r.in.cabinet.flags |= CABINET_FLASHING;
    r.in.cabinet.monitor_fault = 3;
    assert_false(tick(&r));
    assert_int_equal(r.l.link, LINK_CONFIRMED); /* or the watchdog would starve */
    r.in.cabinet.flags = 0;
    r.in.cabinet.monitor_fault = 0;
    confirm(&r);
    assert_int_equal(r.l.monitor_fault, 0);
}

static void a_conflict_that_came_and_went_between_two_reads_is_told(void **state)
{
    (void)state;
    static struct rig r;
    take(&r);
    const int32_t before = told(&r, EVENT_MONITOR_FAULT);
    confirm(&r);
    assert_int_equal(told(&r, EVENT_MONITOR_FAULT), before);
    r.in.cabinet.conflict_count++;
    confirm(&r);
    assert_int_equal(told(&r, EVENT_MONITOR_FAULT), before + 1);
    confirm(&r);
    assert_int_equal(told(&r, EVENT_MONITOR_FAULT), before + 1); /* once */
}

static void the_count_of_a_conflict_that_still_flashes_is_told_once(void **state)
{
    (void)state;
    static struct rig r;
    take(&r);
    answer(&r, r.last.seq);
    r.in.cabinet.flags |= CABINET_FLASHING | CABINET_LATCHED;
    r.in.cabinet.monitor_fault = 1;
    (void)tick(&r);
    const int32_t told_once = told(&r, EVENT_MONITOR_FAULT);
    assert_true(told_once > 0);
    answer(&r, r.last.seq);
    r.in.cabinet.conflict_count++; /* counted late */
    (void)tick(&r);
    assert_int_equal(told(&r, EVENT_MONITOR_FAULT), told_once);
}

static void stopping_ends_the_heartbeat_and_takes_nothing_anew(void **state)
{
    (void)state;
    static struct rig r;
    take(&r);
    confirm(&r);
    lease_stop(&r.l, REASON_SHUTDOWN, &r.events);
    assert_false(lease_has_heartbeat(&r.l));
    assert_true(lease_may_write(&r.l));
    r.in.is_stopping = true;
    for (int32_t n = 0; n < 5; n++) {
        r.in.cabinet.flags = CABINET_LEASE_FREE;
        r.in.cabinet.is_fresh = true;
        (void)tick(&r);
    }
    assert_int_equal(r.l.state, LEASE_NONE);
    r.in.is_stopping = false;
    r.in.cabinet.is_fresh = true;
    (void)tick(&r);
    assert_int_equal(r.l.state, LEASE_TAKING);
}

static void a_raised_epoch_of_another_fences_us_out(void **state)
{
    (void)state;
    static struct rig r;
    take(&r);
    answer(&r, r.last.seq);
    r.in.cabinet.epoch = (uint16_t)(r.l.epoch + 1);
    assert_false(tick(&r));
    assert_int_equal(r.l.state, LEASE_NONE);
    assert_int_equal(r.l.reason, REASON_LEASE_LOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_free_cabinet_is_taken_by_raising_the_epoch),
        cmocka_unit_test(a_cabinet_of_another_is_left_alone),
        cmocka_unit_test(a_cabinet_that_does_not_obey_is_asked_anew),
        cmocka_unit_test(the_wrong_cabinet_gets_nothing),
        cmocka_unit_test(each_echo_confirms_once),
        cmocka_unit_test(an_echo_from_before_the_lamps_changed_confirms_nothing),
        cmocka_unit_test(an_image_may_stay_longer_than_numbers_last),
        cmocka_unit_test(echoes_of_the_future_mean_another_daemon),
        cmocka_unit_test(three_ticks_are_unknown_and_ten_are_lost),
        cmocka_unit_test(nine_ticks_are_forgiven),
        cmocka_unit_test(lamps_sensed_otherwise_alarm_at_five_and_trip_at_ten),
        cmocka_unit_test(a_mismatch_that_passes_counts_from_nothing_again),
        cmocka_unit_test(a_reboot_ends_the_lease_even_if_the_cabinet_says_otherwise),
        cmocka_unit_test(local_control_ends_the_lease_and_keeps_it_from_us),
        cmocka_unit_test(while_the_monitor_flashes_nothing_is_confirmed_and_nothing_is_lost),
        cmocka_unit_test(stopping_ends_the_heartbeat_and_takes_nothing_anew),
        cmocka_unit_test(a_raised_epoch_of_another_fences_us_out),
        cmocka_unit_test(a_conflict_that_came_and_went_between_two_reads_is_told),
        cmocka_unit_test(the_count_of_a_conflict_that_still_flashes_is_told_once),
    };
    return RUN_TESTS(tests);
}
