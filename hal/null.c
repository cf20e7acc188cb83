#include "null.h"

#include <string.h>

void null_cabinet_init(struct null_cabinet *n, uint32_t site_id, uint64_t safety_hash,
                       const int32_t flash_aspect[SG_MAX], int32_t sg_count)
{
    memset(n, 0, sizeof *n);
    n->site_id = site_id;
    n->safety_hash = safety_hash;
    n->boot_count = 1;
    for (int32_t i = 0; i < SG_MAX; i++) {
        n->flash_aspect[i] = i < sg_count ? flash_aspect[i] : ASPECT_RED;
    }
    memcpy(n->aspect, n->flash_aspect, sizeof n->aspect);
}

static void flash(struct null_cabinet *n)
{
    memcpy(n->aspect, n->flash_aspect, sizeof n->aspect);
}

static void obey(struct null_cabinet *n, const struct output_frame *frame, mono_t now)
{
    n->epoch = frame->epoch;
    n->seq = frame->seq;
    n->is_held = frame->heartbeat;
    n->is_latched = n->is_latched || frame->wants_latch;
    n->obeyed_at = now;
    if (!frame->heartbeat || frame->wants_flash || n->is_latched) {
        flash(n);
    } else {
        memcpy(n->aspect, frame->aspect, sizeof n->aspect);
    }
}

void null_cabinet_exchange(struct null_cabinet *n, const struct output_frame *frame, mono_t now,
                           struct cabinet_view *view)
{
    if (frame != NULL && frame->may_write) {
        obey(n, frame, now);
    }
    if (n->is_held && mono_since_ms(now, n->obeyed_at) >= NULL_HEARTBEAT_MS) {
        n->is_held = false;
        flash(n);
    }
    *view = (struct cabinet_view){ .is_present = true,
                                   .is_fresh = true,
                                   .seen_at = now,
                                   .epoch = n->epoch,
                                   .seq = n->seq,
                                   .boot_count = n->boot_count,
                                   .site_id = n->site_id,
                                   .safety_hash = n->safety_hash };
    view->flags |= n->is_held ? 0 : CABINET_LEASE_FREE | CABINET_FLASHING;
    view->flags |= n->is_latched ? CABINET_LATCHED | CABINET_FLASHING : 0;
    view->flags |= n->reset_seen ? CABINET_RESET_SEEN : 0;
    n->reset_seen = false;
    memcpy(view->aspect, n->aspect, sizeof view->aspect);
}

void null_cabinet_reset(struct null_cabinet *n)
{
    n->is_latched = false;
    n->reset_seen = true;
}
