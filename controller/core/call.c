#include "call.h"

#include <string.h>

enum {
    CALL_STEP_MAX_MS = 60000
}; /* a longer gap between two steps is no tick: the process slept */

/* What the detectors say in this tick, gathered for each group. */
struct demand {
    sg_mask_t present; /* someone is there */
    sg_mask_t lock;    /* and is to be remembered */
    sg_mask_t extending;
    int32_t initial[SG_MAX]; /* actuations that count for added initial */
};

void calls_init(struct calls *c)
{
    memset(c, 0, sizeof *c);
}

static sg_mask_t pedestrian_groups(const struct plan *p)
{
    sg_mask_t ped = 0;
    for (uint32_t i = 0; i < (uint32_t)p->sg_count; i++) {
        if (p->safety.sg_type[i] == SG_PEDESTRIAN) {
            ped |= bit32(i);
        }
    }
    return ped;
}

static void gather_one(struct demand *m, const struct detector *def, const struct detector_state *d,
                       sg_mask_t green, sg_mask_t yellow)
{
    const sg_mask_t waiting = d->serves & ~green;
    if ((def->roles & DETECTOR_CALLS) != 0 && d->is_calling) {
        m->present |= waiting;
        if (def->type == DETECTOR_BUTTON) {
            m->lock |= waiting; /* a button is let go long before it is served */
        }
        if ((def->roles & DETECTOR_RED_LOCK) != 0) {
            m->lock |= waiting & ~yellow;
        }
        if ((def->roles & DETECTOR_YELLOW_LOCK) != 0) {
            m->lock |= waiting & yellow;
        }
    }
    if ((def->roles & DETECTOR_EXTENDS) != 0 && d->is_extending) {
        m->extending |= d->serves & green;
    }
    if ((def->roles & DETECTOR_ADDED_INITIAL) != 0 && d->new_actuations > 0) {
        for (sg_mask_t left = waiting; left != 0; left &= left - 1) {
            m->initial[lowest_bit(left)] += d->new_actuations;
        }
    }
}

static struct demand gather(const struct plan *p, const struct detectors *ds, sg_mask_t green,
                            sg_mask_t yellow)
{
    struct demand m = { 0 };
    for (int32_t i = 0; i < p->detector_count; i++) {
        gather_one(&m, &p->detector[i], &ds->d[i], green, yellow);
    }
    return m;
}

static sg_mask_t recalled(const struct plan *p, const struct recalls *r, int32_t bits)
{
    sg_mask_t sg = 0;
    for (uint32_t i = 0; i < (uint32_t)p->sg_count; i++) {
        if ((r->of_sg[i] & bits) != 0) {
            sg |= bit32(i);
        }
    }
    return sg;
}

/* Phases (bit = phase_id - 1) that some of these groups belong to: several heads may share one
 * number. */
static uint32_t phase_ids(const struct plan *p, sg_mask_t sg)
{
    uint32_t ids = 0;
    for (sg_mask_t left = sg; left != 0; left &= left - 1) {
        const int32_t phase_id = p->sg[lowest_bit(left)].phase_id;
        ids |= phase_id > 0 ? bit32((uint32_t)phase_id - 1) : 0;
    }
    return ids;
}

static void log_ids(uint32_t ids, enum event_code code, struct event_list *events)
{
    for (uint32_t left = ids; left != 0; left &= left - 1) {
        event_add(events, code, lowest_bit(left) + 1);
    }
}

static void log_changes(const struct plan *p, sg_mask_t before, sg_mask_t after, sg_mask_t ped,
                        struct event_list *events)
{
    if (before == after) {
        return;
    }
    const uint32_t vehicle_before = phase_ids(p, before & ~ped);
    const uint32_t vehicle_after = phase_ids(p, after & ~ped);
    log_ids(vehicle_before & ~vehicle_after, EVENT_CALL_OFF, events);
    log_ids(vehicle_after & ~vehicle_before, EVENT_CALL_ON, events);
    log_ids(phase_ids(p, after & ped) & ~phase_ids(p, before & ped), EVENT_PED_CALL_ON, events);
}

/* A gap is counted from the tick that first misses the vehicle: passage is a least time, and the
 * vehicle may have left at the end of that tick as well as at its beginning. */
static void time_groups(struct calls *c, const struct plan *p, const struct demand *m,
                        sg_mask_t was_extending, sg_mask_t green, int32_t dt_ms)
{
    const sg_mask_t ended = c->green & ~green;
    const sg_mask_t begun = green & ~c->green;
    const sg_mask_t called = c->vehicle | c->ped;
    for (uint32_t i = 0; i < (uint32_t)p->sg_count; i++) {
        const sg_mask_t bit = bit32(i);
        if (((c->extending | was_extending | begun) & bit) != 0) {
            c->since_extension_ms[i] = 0;
        } else {
            c->since_extension_ms[i] = age_add_ms(c->since_extension_ms[i], dt_ms);
        }
        c->waiting_ms[i] = (called & bit) != 0 ? age_add_ms(c->waiting_ms[i], dt_ms) : 0;
        if ((ended & bit) != 0) {
            c->actuations_in_red[i] = 0;
        }
        c->actuations_in_red[i] = age_add_ms(c->actuations_in_red[i], m->initial[i]);
    }
}

void calls_step(struct calls *c, const struct plan *p, const struct detectors *ds,
                const struct recalls *r, sg_mask_t green, sg_mask_t yellow, const struct tick *t,
                struct event_list *events)
{
    int64_t dt_ms = c->is_stepped ? mono_since_ms(t->now, c->stepped_at) : 0;
    if (dt_ms > CALL_STEP_MAX_MS) {
        dt_ms = CALL_STEP_MAX_MS;
    }
    const sg_mask_t ped = pedestrian_groups(p);
    const struct demand m = gather(p, ds, green, yellow);
    const sg_mask_t failed = detectors_max_recall(ds, p);
    c->max_recall = (recalled(p, r, RECALL_MAX) | failed) & ~ped;
    c->soft_recall = recalled(p, r, RECALL_SOFT) & ~ped;
    const sg_mask_t was_extending = c->extending;
    c->extending = m.extending;

    const sg_mask_t before = c->demanded;
    c->locked = (c->locked | m.lock) & ~green;
    c->demanded = (m.present | c->locked) & ~green;
    const sg_mask_t by_recall = (recalled(p, r, RECALL_MIN) & ~ped) | c->max_recall |
                                ((recalled(p, r, RECALL_PED) | failed) & ped);
    const sg_mask_t called = (c->demanded | by_recall) & ~green;
    c->vehicle = called & ~ped;
    c->ped = called & ped;
    log_changes(p, before, c->demanded, ped, events);
    time_groups(c, p, &m, was_extending, green, (int32_t)dt_ms);
    c->green = green;
    c->stepped_at = t->now;
    c->is_stepped = true;
}

void calls_place(struct calls *c, const struct plan *p, uint32_t sg_ix, struct event_list *events)
{
    REQUIRE(sg_ix < SG_MAX);
    const sg_mask_t bit = bit32(sg_ix);
    if ((c->green & bit) != 0) {
        return;
    }
    const sg_mask_t ped = pedestrian_groups(p);
    const sg_mask_t before = c->demanded;
    c->locked |= bit;
    c->demanded |= bit;
    c->ped |= bit & ped;
    c->vehicle |= bit & ~ped;
    log_changes(p, before, c->demanded, ped, events);
}
