/* cabinet_link.h: the wire between one junction and its cabinet: one transaction a tick with the
 * newest output frame, at most one repetition inside the tick (rule S-6), replies matched by
 * ticket. Turns the cabinet's registers into its view and detector inputs, each with its age.
 * Never makes a sequence number and never waits. Owned by struct unit. */
#ifndef KAVSAK_CABINET_LINK_H
#define KAVSAK_CABINET_LINK_H

#include "cabinet.h"
#include "plan.h"
#include "site.h"
#include "world.h"

struct cabinet_link {
    uint32_t link_ix; /* of the world */
    const struct site_link *site;
    struct modbus_request request; /* of this tick */
    uint32_t under_way;            /* ticket of the transaction that has not ended, 0 none */
    bool is_waiting;               /* this tick's request could not start yet */
    bool may_repeat;               /* and has not been repeated */
    bool has_failed;
    bool has_state;
    bool is_fresh;              /* a state came since the last gather */
    struct cabinet_state state; /* last good one */
    mono_t state_at;            /* when it was complete */
    uint64_t ok, failed,
        late; /* late: replies that nobody waits for, requests that found the link busy */
};

void cabinet_link_init(struct cabinet_link *c, uint32_t link_ix, const struct site_link *site);

/* Takes the replies that are there. now never lies before the last call's. */
void cabinet_link_receive(struct cabinet_link *c, const struct world *world, mono_t now);

/* What the tick may know: the view, and the detectors wired to cabinet inputs. */
void cabinet_link_gather(struct cabinet_link *c, const struct plan *plan, const struct site *site,
                         mono_t now, struct input_frame *in);

/* Starts this tick's transaction: a write-and-read, or a read alone while the frame may not be
 * written. If the last one has not ended, the new request waits for cabinet_link_repeat() and
 * replaces none. */
void cabinet_link_send(struct cabinet_link *c, const struct world *world, const struct plan *plan,
                       const struct output_frame *out);

/* Between ticks: starts the request that waits, or repeats this tick's if it has failed, once.
 * The frame is the same to the last bit, so the cabinet cannot take it for a new one. */
void cabinet_link_repeat(struct cabinet_link *c, const struct world *world, mono_t now);

#endif
