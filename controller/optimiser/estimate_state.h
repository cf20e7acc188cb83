/* estimate_state.h: what the estimator remembers; estimate.c alone looks inside. */
#ifndef KAVSAK_ESTIMATE_STATE_H
#define KAVSAK_ESTIMATE_STATE_H

#include "neighbour.h"
#include "snapshot.h"

struct estimate {
    mono_t fed_at;
};

#endif
