/* neighbours.h: from the message of another junction to what enters a tick: is it for us, of which
 * lane, how old, and within bounds. What is malformed, from the future, too old or about roads that
 * are not ours is dropped here, so that a lying neighbour reaches nothing but numbers within their
 * ranges. Pure; shared by kavsak-link and the simulators. */
#ifndef KAVSAK_NEIGHBOURS_H
#define KAVSAK_NEIGHBOURS_H

#include "neighbour.h"
#include "plan.h"

enum {
    NEIGHBOURS_PER_MESSAGE_MAX = 8, /* movements that feed one lane of a neighbour */
    NEIGHBOURS_FUTURE_MS = 2000,    /* clocks kept by NTP differ by far less */
    NEIGHBOURS_TRAVEL_MAX_S = 600,
    NEIGHBOURS_SENDERS = 8
};

/* What a message from the world means for this plan's junction at wall_now: the number of inputs
 * made, at most NEIGHBOURS_PER_MESSAGE_MAX. 0: nothing that concerns it or can be believed. */
uint32_t neighbours_resolve(const struct plan *p, const struct neighbour_message *m,
                            wall_t wall_now,
                            struct neighbour_input input[NEIGHBOURS_PER_MESSAGE_MAX]);

#endif
