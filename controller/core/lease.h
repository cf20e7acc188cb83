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
    int32_t image[SG_MAX];  /* those lamps */
    int32_t unconfirmed_ticks;
    int32_t mismatch_ticks;
    int32_t stopped_ms; /* heartbeat stopped for this long */
    uint32_t boot_count;
    uint32_t conflict_count;
    bool cabinet_known;    /* boot and conflict counts are valid */
    bool is_local;         /* police panel or local switch */
    bool mismatch_tripped; /* lamps differed for MISMATCH_TRIP_TICKS; the caller takes note and
                              clears */
    int32_t monitor_fault; /* while the cabinet's monitor holds the lamps: its code, or -1 without
                              one */
    int32_t reason;        /* enum reason of the last loss */
    mono_t confirmed_at;   /* when the read of the last confirmation was complete */
};

void lease_init(struct lease *l);

/* Reads the cabinet's words about the frames sent so far; last is the previous output frame.
 * Returns true when last's lamps are newly confirmed: a sequence number that carried them was
 * echoed for the first time and the lamps were seen. */
bool lease_read(struct lease *l, const struct plan *p, const struct input_frame *in,
                const struct output_frame *last, struct event_list *events);

/* Gives the cabinet up on purpose, at the end of a stop: the heartbeat ends and the cabinet
 * flashes. It is taken again only when the cabinet has freed it. */
void lease_stop(struct lease *l, enum reason reason, struct event_list *events);

/* May this tick's frame be written at all; and is the heartbeat in it alive? */
bool lease_may_write(const struct lease *l);
bool lease_has_heartbeat(const struct lease *l);

#endif
