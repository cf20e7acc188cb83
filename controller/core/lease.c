#include "lease.h"

/* Far above the ticks after which a link is lost, far below half of 65536. */
enum { IMAGE_SEQ_BEHIND_MAX = 1000 };

/* Sequence numbers and epochs are 16 bits and roll over; RFC 1982 says how to compare such numbers.
 */
static bool serial_is_newer(uint16_t a, uint16_t b)
{
    return a != b && (uint16_t)(a - b) < 0x8000;
}

void lease_init(struct lease *l)
{
    *l = (struct lease){ .state = LEASE_NONE, .link = LINK_UNHEARD, .reason = REASON_BOOT };
    for (uint32_t ix = 0; ix < SG_MAX; ix++) {
        l->image[ix] = ASPECT_UNKNOWN; /* whatever the first frame carries is new */
    }
}

static void enter(struct lease *l, enum lease_state state, enum reason reason,
                  struct event_list *events)
{
    l->state = (int32_t)state;
    l->reason = (int32_t)reason;
    l->unconfirmed_ticks = 0;
    l->mismatch_ticks = 0;
    l->stopped_ms = 0;
    event_add_detail(events, EVENT_LEASE, (uint32_t)state, l->epoch);
}

void lease_stop(struct lease *l, enum reason reason, struct event_list *events)
{
    if (l->state == LEASE_HELD || l->state == LEASE_TAKING) {
        enter(l, LEASE_LOST, reason, events);
    }
}

bool lease_may_write(const struct lease *l)
{
    return l->state != LEASE_NONE;
}

bool lease_has_heartbeat(const struct lease *l)
{
    return l->state == LEASE_TAKING || l->state == LEASE_HELD;
}

/* The lamps of the last frame are an image of their own as soon as one of them differs. An image
 * that stays for an hour must not fall behind by half the numbers there are, or it would look newer
 * than now. */
static void note_image(struct lease *l, const struct output_frame *last)
{
    bool is_same = true;
    for (uint32_t ix = 0; ix < SG_MAX; ix++) {
        is_same = is_same && l->image[ix] == last->aspect[ix];
        l->image[ix] = last->aspect[ix];
    }
    const bool is_old = (uint16_t)(last->seq - l->image_seq) > IMAGE_SEQ_BEHIND_MAX;
    if (!is_same) {
        l->image_seq = last->seq;
    } else if (is_old) {
        l->image_seq = (uint16_t)(last->seq - IMAGE_SEQ_BEHIND_MAX);
    }
}

static bool is_our_cabinet(const struct plan *p, const struct cabinet_view *v)
{
    return v->site_id == (uint32_t)p->safety.site_id && v->safety_hash == p->safety_hash;
}

/* Counts that only the cabinet keeps. A reboot in between two reads would otherwise go unnoticed,
 * and with it everything that the cabinet forgot. */
static bool note_counts(struct lease *l, const struct cabinet_view *v, struct event_list *events)
{
    const bool rebooted = l->cabinet_known && v->boot_count != l->boot_count;
    const bool conflicted = l->cabinet_known && v->conflict_count != l->conflict_count;
    if (rebooted) {
        event_add(events, EVENT_CABINET_REBOOT, v->boot_count & UINT16_MAX);
    }
    if (conflicted && l->monitor_fault == 0) {
        event_add(events, EVENT_MONITOR_FAULT, (uint32_t)v->monitor_fault);
    }
    l->boot_count = v->boot_count;
    l->conflict_count = v->conflict_count;
    l->cabinet_known = true;
    return rebooted;
}

static void note_monitor(struct lease *l, const struct cabinet_view *v, struct event_list *events)
{
    const bool holds_lamps = (v->flags & (CABINET_FLASHING | CABINET_LATCHED)) != 0;
    const int32_t fault = v->monitor_fault != 0 ? v->monitor_fault : -1;
    if (holds_lamps && l->monitor_fault != fault && v->monitor_fault != 0) {
        event_add(events, EVENT_MONITOR_FAULT, (uint32_t)v->monitor_fault);
    }
    l->monitor_fault = holds_lamps ? fault : 0;
}

static void note_local(struct lease *l, const struct cabinet_view *v, struct event_list *events)
{
    const bool is_local = (v->flags & (CABINET_LOCAL | CABINET_POLICE)) != 0;
    if (is_local != l->is_local) {
        event_add(events, EVENT_LOCAL_CONTROL, is_local ? 1 : 0);
    }
    l->is_local = is_local;
}

/* What forbids to hold or take this cabinet, whatever the lease says. */
static enum reason obstacle(const struct lease *l, const struct plan *p,
                            const struct cabinet_view *v)
{
    if (!is_our_cabinet(p, v)) {
        return REASON_WRONG_CABINET;
    }
    return l->is_local ? REASON_LOCAL_CONTROL : REASON_NONE;
}

static void take_if_free(struct lease *l, const struct plan *p, const struct input_frame *in,
                         const struct output_frame *last, struct event_list *events)
{
    const struct cabinet_view *v = &in->cabinet;
    const enum reason why_not = obstacle(l, p, v);
    if (why_not != REASON_NONE) {
        l->reason = (int32_t)why_not;
        return;
    }
    if (!in->is_stopping && (v->flags & CABINET_LEASE_FREE) != 0) {
        l->epoch = (uint16_t)(v->epoch + 1);
        l->last_seq_used = last->seq;
        enter(l, LEASE_TAKING, (enum reason)l->reason, events);
    }
}

/* Two daemons that took a free cabinet at the same moment have raised the epoch to the same number.
 * The one that hears of a frame it never sent gives way; the other goes on. */
static bool hears_another(const struct lease *l, const struct cabinet_view *v,
                          const struct output_frame *last)
{
    return v->epoch == l->epoch && (v->flags & CABINET_LEASE_FREE) == 0 &&
           serial_is_newer(v->seq, last->seq);
}

static bool view_is_obeying(const struct lease *l, const struct cabinet_view *v)
{
    return v->epoch == l->epoch && (v->flags & CABINET_LEASE_FREE) == 0;
}

static bool lamps_as_commanded(const struct plan *p, const struct cabinet_view *v,
                               const struct output_frame *last)
{
    for (uint32_t ix = 0; ix < (uint32_t)p->sg_count; ix++) {
        if (v->aspect[ix] != last->aspect[ix]) {
            return false;
        }
    }
    return true;
}

static void tell_mismatch(const struct plan *p, const struct cabinet_view *v,
                          const struct output_frame *last, struct event_list *events)
{
    for (uint32_t ix = 0; ix < (uint32_t)p->sg_count; ix++) {
        if (v->aspect[ix] != last->aspect[ix]) {
            event_add_detail(events, EVENT_MISMATCH, ix + 1,
                             (last->aspect[ix] << 8) | (v->aspect[ix] & UINT8_MAX));
        }
    }
}

static void note_mismatch(struct lease *l, const struct plan *p, const struct cabinet_view *v,
                          const struct output_frame *last, struct event_list *events)
{
    l->mismatch_ticks = age_add_ms(l->mismatch_ticks, 1);
    if (l->mismatch_ticks == MISMATCH_ALARM_TICKS) {
        tell_mismatch(p, v, last, events);
    }
    l->mismatch_tripped = l->mismatch_tripped || l->mismatch_ticks >= MISMATCH_TRIP_TICKS;
}

/* What one read says about the last frame. Once for each echo, however many arrive in a burst: only
 * the newest is seen here. */
enum echo { ECHO_NOTHING, ECHO_OTHERWISE, ECHO_MONITOR, ECHO_CONFIRMED };

static enum echo read_echo(struct lease *l, const struct plan *p, const struct cabinet_view *v,
                           const struct output_frame *last)
{
    const bool carried_lamps =
        !serial_is_newer(l->image_seq, v->seq) && !serial_is_newer(v->seq, last->seq);
    if (!serial_is_newer(v->seq, l->last_seq_used) || !carried_lamps) {
        return ECHO_NOTHING;
    }
    l->last_seq_used = v->seq;
    if (l->monitor_fault != 0) {
        return ECHO_MONITOR; /* the lamps are the monitor's; the link is alive */
    }
    return lamps_as_commanded(p, v, last) ? ECHO_CONFIRMED : ECHO_OTHERWISE;
}

static void count_unconfirmed(struct lease *l, struct event_list *events)
{
    l->unconfirmed_ticks = age_add_ms(l->unconfirmed_ticks, 1);
    if (l->unconfirmed_ticks < LINK_UNKNOWN_TICKS) {
        l->link = l->link == LINK_CONFIRMED ? LINK_UNCONFIRMED : l->link;
        return;
    }
    if (l->unconfirmed_ticks == LINK_UNKNOWN_TICKS) {
        event_add(events, EVENT_LINK_UNCONFIRMED, LINK_UNKNOWN_TICKS);
    }
    if (l->unconfirmed_ticks < LINK_LOST_TICKS) {
        l->link = LINK_UNKNOWN;
        return;
    }
    l->link = LINK_LOST;
    event_add(events, EVENT_LINK_LOST, LINK_LOST_TICKS);
    enter(l, LEASE_LOST, REASON_LINK_LOST, events);
}

/* What was written has been heard. Whose the lamps are is another question. */
static void note_link_alive(struct lease *l, struct event_list *events)
{
    if (l->link != LINK_CONFIRMED && l->link != LINK_UNCONFIRMED) {
        event_add(events, EVENT_LINK_CONFIRMED, 0);
    }
    l->unconfirmed_ticks = 0;
    l->mismatch_ticks = 0;
    l->link = LINK_CONFIRMED;
}

/* One tick while the cabinet is ours. A lamp sensed otherwise than commanded is no fault of the
 * link: it is counted as a mismatch and leaves the heartbeat alone, or the cabinet would never hear
 * that it shall latch. */
static bool hold(struct lease *l, const struct plan *p, const struct cabinet_view *v,
                 const struct output_frame *last, struct event_list *events)
{
    const enum echo echo = v->is_fresh ? read_echo(l, p, v, last) : ECHO_NOTHING;
    switch (echo) {
    case ECHO_NOTHING:
        count_unconfirmed(l, events);
        return false;
    case ECHO_OTHERWISE:
        l->unconfirmed_ticks = 0;
        note_mismatch(l, p, v, last, events);
        return false;
    case ECHO_MONITOR:
        note_link_alive(l, events);
        return false;
    case ECHO_CONFIRMED:
        break;
    }
    note_link_alive(l, events);
    l->confirmed_at = v->seen_at;
    return true;
}

/* Somebody or something took the cabinet from us? */
static enum reason loss(const struct lease *l, const struct plan *p, const struct cabinet_view *v,
                        const struct output_frame *last, bool rebooted)
{
    const enum reason why_not = obstacle(l, p, v);
    if (why_not != REASON_NONE) {
        return why_not;
    }
    if (rebooted) {
        return REASON_CABINET_REBOOT;
    }
    if (hears_another(l, v, last)) {
        return REASON_LEASE_LOST;
    }
    if (l->state == LEASE_HELD && !view_is_obeying(l, v)) {
        return v->epoch == l->epoch ? REASON_LINK_LOST : REASON_LEASE_LOST;
    }
    return l->state == LEASE_TAKING && serial_is_newer(v->epoch, l->epoch) ? REASON_LEASE_LOST
                                                                           : REASON_NONE;
}

static void read_fresh(struct lease *l, const struct plan *p, const struct input_frame *in,
                       const struct output_frame *last, struct event_list *events)
{
    const struct cabinet_view *v = &in->cabinet;
    note_local(l, v, events);
    const bool rebooted = note_counts(l, v, events);
    note_monitor(l, v, events);
    if (l->state == LEASE_NONE) {
        take_if_free(l, p, in, last, events);
        return;
    }
    if (l->state == LEASE_LOST) {
        if ((v->flags & CABINET_LEASE_FREE) != 0 || v->epoch != l->epoch || rebooted) {
            enter(l, LEASE_NONE, (enum reason)l->reason, events);
        }
        return;
    }
    const enum reason reason = loss(l, p, v, last, rebooted);
    if (reason != REASON_NONE) {
        l->link = LINK_UNHEARD;
        enter(l, LEASE_NONE, reason, events);
    } else if (l->state == LEASE_TAKING && view_is_obeying(l, v)) {
        enter(l, LEASE_HELD, (enum reason)l->reason, events);
    }
}

/* A cabinet that does not answer a raised epoch is asked anew, from the epoch it then has. */
static void give_up_taking(struct lease *l, struct event_list *events)
{
    l->unconfirmed_ticks = age_add_ms(l->unconfirmed_ticks, 1);
    if (l->unconfirmed_ticks >= LINK_LOST_TICKS) {
        enter(l, LEASE_NONE, (enum reason)l->reason, events);
    }
}

bool lease_read(struct lease *l, const struct plan *p, const struct input_frame *in,
                const struct output_frame *last, struct event_list *events)
{
    note_image(l, last);
    const struct cabinet_view *v = &in->cabinet;
    const bool was_held = l->state == LEASE_HELD;
    if (v->is_present && v->is_fresh) {
        read_fresh(l, p, in, last, events);
    }
    switch ((enum lease_state)l->state) {
    case LEASE_NONE:
        return false;
    case LEASE_LOST:
        l->stopped_ms = age_add_ms(l->stopped_ms, TICK_MS);
        return false;
    case LEASE_TAKING:
        give_up_taking(l, events);
        return false;
    case LEASE_HELD:
        break;
    }
    /* What was written before the cabinet was ours confirms nothing. */
    return was_held && hold(l, p, v, last, events);
}
