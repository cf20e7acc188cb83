#include "display.h"

static void tell_phase(int32_t was, int32_t is, uint32_t phase_id, struct event_list *events)
{
    if (was == INTERVAL_GREEN) {
        event_add(events, EVENT_GREEN_END, phase_id);
    } else if (was == INTERVAL_YELLOW) {
        event_add(events, EVENT_YELLOW_END, phase_id);
    } else if (was == INTERVAL_RED_CLEAR) {
        event_add(events, EVENT_RED_CLEAR_END, phase_id);
    }
    if (is == INTERVAL_GREEN) {
        event_add(events, EVENT_GREEN_BEGIN, phase_id);
    } else if (is == INTERVAL_YELLOW) {
        event_add(events, EVENT_YELLOW_BEGIN, phase_id);
    } else if (is == INTERVAL_RED_CLEAR) {
        event_add(events, EVENT_RED_CLEAR_BEGIN, phase_id);
    } else {
        event_add(events, EVENT_PHASE_INACTIVE, phase_id);
    }
}

static void tell_ped(int32_t is, uint32_t phase_id, struct event_list *events)
{
    if (is == INTERVAL_GREEN) {
        event_add(events, EVENT_WALK_BEGIN, phase_id);
    } else if (is == INTERVAL_YELLOW) {
        event_add(events, EVENT_PED_CLEAR_BEGIN, phase_id);
    } else {
        event_add(events, EVENT_DONT_WALK_BEGIN, phase_id);
    }
}

static void tell_overlap(int32_t is, uint32_t number, struct event_list *events)
{
    if (is == INTERVAL_GREEN) {
        event_add(events, EVENT_OVERLAP_GREEN, number);
    } else if (is == INTERVAL_YELLOW) {
        event_add(events, EVENT_OVERLAP_YELLOW, number);
    } else if (is == INTERVAL_RED_CLEAR) {
        event_add(events, EVENT_OVERLAP_RED_CLEAR, number);
    } else {
        event_add(events, EVENT_OVERLAP_INACTIVE, number);
    }
}

/* Groups that belong to an overlap and to no phase: the log must not take them for the phase whose
 * number they carry. */
static sg_mask_t overlap_groups(const struct plan *p)
{
    sg_mask_t of_overlaps = 0;
    for (int32_t i = 0; i < p->overlap_count; i++) {
        of_overlaps |= p->overlap[i].sg;
    }
    for (int32_t i = 0; i < p->phase_count; i++) {
        of_overlaps &= ~(p->phase[i].vehicle_sg | p->phase[i].ped_sg);
    }
    return of_overlaps;
}

static void merge_groups(struct display *now, const struct plan *p, const int32_t shown[SG_MAX])
{
    const sg_mask_t of_overlaps = overlap_groups(p);
    for (uint32_t ix = 0; ix < (uint32_t)p->sg_count; ix++) {
        const int32_t phase_id = p->sg[ix].phase_id;
        if ((of_overlaps & bit32(ix)) != 0 || phase_id < 1 || phase_id > PHASE_ID_MAX) {
            continue;
        }
        int32_t *place =
            p->safety.sg_type[ix] == SG_PEDESTRIAN ? &now->ped[phase_id] : &now->phase[phase_id];
        *place = max_i32(*place, shown[ix]);
    }
    for (int32_t o = 0; o < p->overlap_count; o++) {
        for (sg_mask_t left = p->overlap[o].sg & of_overlaps; left != 0; left &= left - 1) {
            now->overlap[o] = max_i32(now->overlap[o], shown[lowest_bit(left)]);
        }
    }
}

void display_tell(struct display *d, const struct plan *p, const int32_t shown[SG_MAX],
                  struct event_list *events)
{
    struct display now = { .phase = { 0 } };
    merge_groups(&now, p, shown);
    for (uint32_t id = 1; id <= PHASE_ID_MAX; id++) {
        if (now.phase[id] != d->phase[id]) {
            tell_phase(d->phase[id], now.phase[id], id, events);
        }
        if (now.ped[id] != d->ped[id]) {
            tell_ped(now.ped[id], id, events);
        }
    }
    for (uint32_t o = 0; o < (uint32_t)p->overlap_count; o++) {
        if (now.overlap[o] != d->overlap[o]) {
            tell_overlap(now.overlap[o], o + 1, events);
        }
    }
    *d = now;
}
