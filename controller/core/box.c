#include "box.h"

void box_init(struct box *b)
{
    *b = (struct box){ .clear_ms = AGE_MAX_MS };
}

static void look_inside(struct box *b, const struct plan *p, const struct detectors *ds,
                        const struct input_frame *in)
{
    bool is_empty = true;
    bool stands = false;
    for (int32_t i = 0; i < p->detector_count; i++) {
        const struct detector_state *d = &ds->d[i];
        const struct detector_input *seen = &in->detector[i];
        const bool is_forced = d->force != DETECTOR_GIVE_BACK;
        if ((p->detector[i].roles & DETECTOR_BOX) == 0 || !d->is_occupied ||
            (d->health != DETECTOR_HEALTHY && !is_forced)) {
            continue;
        }
        is_empty = false;
        stands = stands || is_forced || !seen->has_zone || seen->zone_queued > 0;
    }
    b->clear_ms = stands ? 0 : is_empty ? AGE_MAX_MS : age_add_ms(b->clear_ms, TICK_MS);
}

/* Has a conflicting green of vehicles ended less than its intergreen and so much more ago? */
static bool follows_closely(const struct plan *p, const struct sequencer *seq, uint32_t ix,
                            int32_t more_ms)
{
    for (sg_mask_t left = seq->conflicts[ix]; left != 0; left &= left - 1) {
        const uint32_t from = lowest_bit(left);
        if (!aspect_is_green(seq->aspect[from]) && p->safety.sg_type[from] != SG_PEDESTRIAN &&
            seq->since_green_ms[from] < p->safety.intergreen_ms[from][ix] + more_ms) {
            return true;
        }
    }
    return false;
}

sg_mask_t box_step(struct box *b, const struct plan *p, const struct detectors *ds,
                   const struct input_frame *in, const struct sequencer *seq, sg_mask_t wanted,
                   struct event_list *events)
{
    look_inside(b, p, ds, in);
    if (b->clear_ms >= BOX_CLEAR_MS) {
        b->is_told_for = 0;
        return 0;
    }
    sg_mask_t held = 0;
    for (uint32_t ix = 0; ix < (uint32_t)p->sg_count; ix++) {
        if (seq->aspect[ix] != ASPECT_RED || !follows_closely(p, seq, ix, BOX_EXTENSION_MAX_MS)) {
            b->is_told_for &= ~bit32(ix);
            continue;
        }
        held |= bit32(ix);
        const bool is_due = (wanted & bit32(ix) & ~b->is_told_for) != 0 &&
                            !follows_closely(p, seq, ix, -p->safety.red_yellow_ms[ix]);
        if (is_due) {
            b->is_told_for |= bit32(ix);
            event_add(events, EVENT_BOX_WAIT, ix + 1);
        }
    }
    return held;
}
