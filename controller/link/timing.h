/* timing.h: source of tlc.plan (S0014): the timing plan in force and who chose it. */
#ifndef KAVSAK_TIMING_H
#define KAVSAK_TIMING_H

#include "channel.h"

struct timing { /* as published last */
    int32_t plan;
    const char *source; /* one of timing_source(), which are the same pointers for the same words */
};

extern const struct channel_kind timing_channel;

/* In the words of S0014: startup, forced, operator_panel, calendar_clock, other. */
const char *timing_source(const struct wire_status *s);

#endif
