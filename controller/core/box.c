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

/* How long the green of group ix has to wait for those it conflicts with; below 0: for nobody. */
static int32_t wait_left_ms(const struct plan *p, const struct sequencer *seq, uint32_t ix,
                            int32_t extension_ms)
{
    int32_t left_ms = -1;
    for (uint32_t from = 0; from < (uint32_t)p->sg_count; from++) {
        const bool is_ended = (seq->conflicts[ix] & bit32(from)) != 0 &&
                              !aspect_is_green(seq->aspect[from]) &&
                              p->safety.sg_type[from] != SG_PEDESTRIAN;
        const int32_t owed_ms = p->safety.intergreen_ms[from][ix] + extension_ms;
        if (is_ended && seq->since_green_ms[from] < owed_ms) {
            left_ms = max_i32(left_ms, owed_ms - seq->since_green_ms[from]);
        }
    }
    return left_ms;
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
        if (seq->aspect[ix] != ASPECT_RED || wait_left_ms(p, seq, ix, BOX_EXTENSION_MAX_MS) < 0) {
            b->is_told_for &= ~bit32(ix);
            continue;
        }
        held |= bit32(ix);
        const bool is_due = (wanted & bit32(ix) & ~b->is_told_for) != 0 &&
                            wait_left_ms(p, seq, ix, -p->safety.red_yellow_ms[ix]) < 0;
        if (is_due) {
            b->is_told_for |= bit32(ix);
            event_add(events, EVENT_BOX_WAIT, ix + 1);
        }
    }
    return held;
}
