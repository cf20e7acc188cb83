#include "witness.h"

enum { IMAGE_ROLLS_AT = 1 << 30, NO_FRAME = -1 };

void witness_init(struct witness *w)
{
    *w = (struct witness){ .image = 0 };
    for (int32_t i = 0; i < WITNESS_FRAMES; i++) {
        w->sent[i].seq = NO_FRAME;
    }
}

static bool lamps_are_ours(const struct cabinet_view *seen)
{
    const uint32_t others =
        CABINET_LEASE_FREE | CABINET_LOCAL | CABINET_POLICE | CABINET_FLASHING | CABINET_LATCHED;
    return seen->is_present && seen->is_fresh && (seen->flags & others) == 0;
}

static bool lamps_agree(const struct witness *w, int32_t sg_count, const struct cabinet_view *seen)
{
    bool agree = true;
    for (int32_t i = 0; i < sg_count && i < SG_MAX; i++) {
        agree = agree && seen->aspect[i] == w->aspect[i];
    }
    return agree;
}

/* Places before the newest frame, 1 to WITNESS_FRAMES; 0: never sent, forgotten, or used. */
static int32_t places_back(const struct witness *w, const struct cabinet_view *seen)
{
    for (int32_t back = 1; back <= WITNESS_FRAMES; back++) {
        const int32_t at = (w->next + WITNESS_FRAMES - back) % WITNESS_FRAMES;
        if (w->sent[at].seq == seen->seq && w->sent[at].epoch == seen->epoch) {
            return back;
        }
    }
    return 0;
}

/* An echo uses up its frame and all before it: they cannot confirm any more. */
static void use_up(struct witness *w, int32_t from_back)
{
    for (int32_t back = from_back; back <= WITNESS_FRAMES; back++) {
        w->sent[(w->next + WITNESS_FRAMES - back) % WITNESS_FRAMES].seq = NO_FRAME;
    }
}

bool witness_confirms(struct witness *w, int32_t sg_count, const struct cabinet_view *seen)
{
    if (!lamps_are_ours(seen)) {
        return false;
    }
    const int32_t back = places_back(w, seen);
    if (back == 0) {
        return false;
    }
    const int32_t at = (w->next + WITNESS_FRAMES - back) % WITNESS_FRAMES;
    const bool carried_them = w->sent[at].image == w->image;
    use_up(w, back);
    return carried_them && lamps_agree(w, sg_count, seen);
}

void witness_note(struct witness *w, const struct output_frame *out)
{
    bool has_changed = false;
    for (int32_t i = 0; i < SG_MAX; i++) {
        has_changed = has_changed || w->aspect[i] != out->aspect[i];
        w->aspect[i] = out->aspect[i];
    }
    if (has_changed) {
        w->image = w->image < IMAGE_ROLLS_AT ? w->image + 1 : 0;
    }
    w->sent[w->next] = (struct witness_frame){ .seq = out->may_write ? out->seq : NO_FRAME,
                                               .epoch = out->epoch,
                                               .image = w->image };
    w->next = (w->next + 1) % WITNESS_FRAMES;
}
