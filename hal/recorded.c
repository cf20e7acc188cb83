#include "recorded.h"

#include <string.h>

void recorded_init(struct recorded *r, const struct recorded_event *event, size_t count,
                   detector_mask_t present)
{
    memset(r, 0, sizeof *r);
    r->event = event;
    r->count = count;
    r->present = present;
}

static void take(struct recorded *r, const struct recorded_event *e)
{
    if (e->detector_ix >= DETECTOR_MAX || (r->present & bit64(e->detector_ix)) == 0) {
        return;
    }
    const detector_mask_t bit = bit64(e->detector_ix);
    const bool is_told_twice = (r->occupied & bit) != 0 && r->on_at_ms[e->detector_ix] == e->t_ms;
    if (e->on && !is_told_twice) {
        r->edge_count[e->detector_ix]++; /* also while on: the gap before it was too short to log */
        r->on_at_ms[e->detector_ix] = e->t_ms;
    }
    r->occupied = e->on ? r->occupied | bit : r->occupied & ~bit;
}

bool recorded_play(struct recorded *r, int64_t t_ms, struct detector_input input[DETECTOR_MAX])
{
    for (; r->next < r->count && r->event[r->next].t_ms <= t_ms; r->next++) {
        take(r, &r->event[r->next]);
    }
    for (uint32_t i = 0; i < DETECTOR_MAX; i++) {
        if ((r->present & bit64(i)) != 0) {
            input[i] = (struct detector_input){ .is_occupied = (r->occupied & bit64(i)) != 0,
                                                .edge_count = r->edge_count[i],
                                                .quality = INPUT_GOOD };
        }
    }
    return r->next < r->count;
}
