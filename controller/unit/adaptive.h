/* adaptive.h: what the unit does around the optimisers of its junctions: keeps their decisions in
 * the journal and for the socket, hands their messages to the neighbours in this process and to
 * whoever carries them further, brings what neighbours say into the input frames. Decides nothing,
 * believes nothing: a message that is malformed, stale, of the future or about a lane that is not
 * there becomes a count. Tick thread alone. */
#ifndef KAVSAK_ADAPTIVE_H
#define KAVSAK_ADAPTIVE_H

#include "unit_inner.h"

/* Before junction_tick(): messages that wait, as many as a tick takes, oldest first. */
void adaptive_gather(struct slot *slot);

/* After it: a decision made in it, and what follows from it for others. */
void adaptive_tell(struct unit *u, uint32_t junction_ix, mono_t now);

#endif
