#include "cabinet_link.h"

#include <string.h>

#include "points.h"

enum {
    HEARTBEAT_EVEN = 0x5555,
    HEARTBEAT_ODD = 0xaaaa,
    COMMAND_MODE_LAMPS = 1,
    COMMAND_MODE_FLASH = 2,
    COMMAND_MODE_LATCH = 3,
    STALE_DEFAULT_MS = 1000 /* ten ticks: the link itself is lost by then */
};

void cabinet_link_init(struct cabinet_link *c, uint32_t link_ix, const struct site_link *site)
{
    memset(c, 0, sizeof *c);
    c->link_ix = link_ix;
    c->site = site;
}

static void take_state(struct cabinet_link *c, const struct modbus_reply *reply, mono_t now)
{
    struct cabinet_state state;
    if (reply->status != STATUS_OK || reply->count > MODBUS_REGISTERS_MAX ||
        cabinet_decode_state(reply->read, reply->count, &state) != STATUS_OK) {
        c->failed++;
        c->has_failed = true;
        return;
    }
    c->ok++;
    c->has_failed = false;
    c->state = state;
    c->has_state = true;
    c->is_fresh = true;
    /* A reply may be complete a moment after the tick read its clock. Calling it complete now
     * shortens nothing: the cabinet switched the lamps before it answered. */
    c->state_at = reply->done_at.ms < now.ms ? reply->done_at : now;
}

void cabinet_link_receive(struct cabinet_link *c, const struct world *world, mono_t now)
{
    struct modbus_reply reply;
    /* Two: what was under way, and one that a confused link may still hold. */
    for (int32_t i = 0; i < 2 && world->modbus_take(world->self, c->link_ix, &reply); i++) {
        if (c->under_way == 0 || reply.ticket != c->under_way) {
            c->late++;
            continue;
        }
        c->under_way = 0;
        take_state(c, &reply, now);
    }
}

static void gather_view(const struct cabinet_link *c, const struct plan *plan,
                        struct cabinet_view *v)
{
    *v = (struct cabinet_view){
        .is_present = c->has_state,
        .is_fresh = c->is_fresh,
        .seen_at = c->state_at,
        .epoch = c->state.epoch,
        .seq = c->state.seq,
        .flags = c->state.flags,
        .monitor_fault = c->state.fault,
        .conflict_count = c->state.conflict_count,
        .boot_count = c->state.boot_count,
        .site_id = c->state.site_id,
        .safety_hash = c->state.safety_hash,
    };
    const struct safety *s = &plan->safety;
    lamps_to_aspects(&s->lamps, s->sg_type, s->sg_count, &c->state.sensed, v->aspect);
}

void cabinet_link_gather(struct cabinet_link *c, const struct plan *plan, const struct site *site,
                         mono_t now, struct input_frame *in)
{
    gather_view(c, plan, &in->cabinet);
    if (c->has_state) {
        const int32_t stale_ms = c->site->stale_ms > 0 ? c->site->stale_ms : STALE_DEFAULT_MS;
        points_fill_cabinet(&c->state, site->cabinet_input, c->state_at, stale_ms, now,
                            in->detector);
    }
    c->is_fresh = false;
}

static uint16_t mode_of(const struct output_frame *out)
{
    if (out->wants_latch) {
        return COMMAND_MODE_LATCH;
    }
    return out->wants_flash ? COMMAND_MODE_FLASH : COMMAND_MODE_LAMPS;
}

static void fill_command(const struct plan *plan, const struct output_frame *out,
                         struct modbus_request *r)
{
    struct cabinet_command command = {
        .epoch = out->epoch,
        .seq = out->seq,
        .heartbeat = (out->seq & 1u) != 0 ? HEARTBEAT_ODD : HEARTBEAT_EVEN,
        .mode = mode_of(out),
    };
    if (!out->heartbeat) {
        command.heartbeat = 0;
    }
    const struct safety *s = &plan->safety;
    lamps_of_aspects(&s->lamps, s->sg_type, s->sg_count, out->aspect, &command.image);
    cabinet_encode_command(&command, r->write);
    r->function = MODBUS_WRITE_READ;
    r->write_address = CABINET_COMMAND_ADDRESS;
    r->write_count = CABINET_COMMAND_REGISTERS;
}

static uint32_t next_ticket(uint32_t ticket)
{
    return ticket == UINT32_MAX ? 1 : ticket + 1; /* 0 means none */
}

static void submit(struct cabinet_link *c, const struct world *world)
{
    c->is_waiting = false;
    c->request.ticket = next_ticket(c->request.ticket);
    const enum status status = world->modbus_submit(world->self, c->link_ix, &c->request);
    if (status == STATUS_OK) {
        c->under_way = c->request.ticket;
    } else if (status == STATUS_AGAIN) {
        c->is_waiting = true;
        c->late++;
    } else {
        c->failed++;
        c->has_failed = true;
    }
}

void cabinet_link_send(struct cabinet_link *c, const struct world *world, const struct plan *plan,
                       const struct output_frame *out)
{
    const uint32_t ticket = c->request.ticket;
    memset(&c->request, 0, sizeof c->request);
    c->request.ticket = ticket;
    c->request.unit = (uint8_t)c->site->unit;
    c->request.timeout_ms = c->site->timeout_ms;
    c->request.function = MODBUS_READ_HOLDING;
    c->request.read_address = CABINET_STATE_ADDRESS;
    c->request.read_count = CABINET_STATE_REGISTERS;
    if (out->may_write) {
        fill_command(plan, out, &c->request);
    }
    c->has_failed = false;
    c->may_repeat = true;
    if (c->under_way != 0) {
        c->is_waiting = true;
        c->late++;
        return;
    }
    submit(c, world);
}

void cabinet_link_repeat(struct cabinet_link *c, const struct world *world, mono_t now)
{
    cabinet_link_receive(c, world, now);
    if (c->under_way != 0) {
        return;
    }
    if (c->is_waiting) {
        submit(c, world);
    } else if (c->has_failed && c->may_repeat) {
        c->may_repeat = false;
        c->has_failed = false;
        submit(c, world);
    }
}
