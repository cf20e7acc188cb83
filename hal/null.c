#include "null.h"

#include <string.h>

void null_cabinet_init(struct null_cabinet *c, const int32_t aspect[SG_MAX])
{
    memset(c, 0, sizeof *c);
    memcpy(c->aspect, aspect, sizeof c->aspect);
}

/* Serial arithmetic: 1 is newer than 65535; 0 is never obeyed. */
static bool is_newer(uint16_t epoch, uint16_t than)
{
    return epoch != 0 && (int16_t)(uint16_t)(epoch - than) > 0;
}

void null_cabinet_write(struct null_cabinet *c, const struct output_frame *frame, mono_t now)
{
    c->has_heard = true;
    c->heard_at = now;
    if (!frame->may_write) {
        return;
    }
    if (c->is_held ? frame->epoch != c->epoch : !is_newer(frame->epoch, c->epoch)) {
        return;
    }
    c->epoch = frame->epoch;
    c->seq = frame->seq;
    c->is_held = frame->heartbeat;
    memcpy(c->aspect, frame->aspect, sizeof c->aspect);
}

void null_cabinet_read(struct null_cabinet *c, uint32_t site_id, uint64_t safety_hash, mono_t now,
                       struct cabinet_view *view)
{
    *view = (struct cabinet_view){
        .is_present = true,
        .is_fresh = c->has_heard,
        .seen_at = c->has_heard ? c->heard_at : now,
        .epoch = c->epoch,
        .seq = c->seq,
        .flags = c->is_held ? 0 : CABINET_LEASE_FREE | CABINET_FLASHING,
        .site_id = site_id,
        .safety_hash = safety_hash,
    };
    memcpy(view->aspect, c->aspect, sizeof view->aspect);
    c->has_heard = false;
}
