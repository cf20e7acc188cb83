/* request.h: the shape of a preemption or priority request. Filled in by later work; the shape
 * exists now because modes, journal and wire must have room for it. Life cycle as in RSMP
 * SXL 1.2.1, S0033. */
#ifndef KAVSAK_REQUEST_H
#define KAVSAK_REQUEST_H

#include "types.h"

enum request_kind { REQUEST_PRIORITY, REQUEST_PREEMPT };

enum request_state {
    REQUEST_RECEIVED,
    REQUEST_QUEUED,
    REQUEST_ACTIVATED,
    REQUEST_COMPLETED,
    REQUEST_TIMEOUT,
    REQUEST_REJECTED,
    REQUEST_COOLDOWN,
    REQUEST_STALE
};

struct request {
    uint64_t request_id;
    int32_t kind;  /* enum request_kind */
    int32_t state; /* enum request_state */
    sg_mask_t sg;  /* groups wanted */
    int32_t level; /* 0 to 14 */
    int32_t eta_ms;
    wall_t expires;
};

#endif
