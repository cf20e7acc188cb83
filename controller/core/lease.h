/* lease.h: one cabinet, one commander. Takes the cabinet's lease by raising the epoch when it is
 * free, proves by the echo that the cabinet obeys us, tells when the previous frame was confirmed
 * and when the link must be called lost. Checks that the cabinet is the right one (site id, safety
 * hash). Decides nothing about lamps. The Promela model of this machine is rule S-20. */
#ifndef KAVSAK_LEASE_H
#define KAVSAK_LEASE_H

#include "event.h"
#include "frame.h"
#include "plan.h"

enum lease_state {
    LEASE_NONE,   /* cabinet unheard, foreign, under local control, or the lease is another's */
    LEASE_TAKING, /* writing with a raised epoch, not yet obeyed */
    LEASE_HELD,
    LEASE_LOST /* link lost: heartbeat stopped, waiting until the cabinet frees it */
};

enum link_state { LINK_UNHEARD, LINK_CONFIRMED, LINK_UNCONFIRMED, LINK_UNKNOWN, LINK_LOST };

struct lease {
    int32_t state; /* enum lease_state */
    int32_t link;  /* enum link_state */
    uint16_t epoch;
    uint16_t last_seq_used; /* newest echo that has already advanced a timer */
    uint16_t image_seq;     /* first sequence number that carried the present lamps */
    int32_t unconfirmed_ticks;
    int32_t mismatch_ticks;
    int32_t stopped_ms; /* heartbeat stopped for this long */
    uint32_t boot_count;
    uint32_t conflict_count;
    bool cabinet_known;
    int32_t reason; /* enum reason of the last loss */
};

void lease_init(struct lease *l);

/* Reads the cabinet's words about the frames sent so far; last is the previous output frame.
 * Returns true when last's lamps are newly confirmed: a sequence number that carried them was
 * echoed for the first time and the lamps were seen. */
bool lease_read(struct lease *l, const struct plan *p, const struct input_frame *in,
                const struct output_frame *last, mono_t now, struct event_list *events);

#endif
