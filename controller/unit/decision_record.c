#include "decision_record.h"

_Static_assert((int)DECISION_PACKED_MAX_BYTES <= (int)RECORD_PAYLOAD_MAX_BYTES,
               "one record holds a decision");

uint64_t journal_put_decision(struct journal_queue *queue, uint16_t junction_ix, wall_t at,
                              const uint8_t *packed, size_t size)
{
    REQUIRE(size <= DECISION_PACKED_MAX_BYTES);
    const struct record r = { .payload_bytes = (uint16_t)size,
                              .type = RECORD_DECISION,
                              .junction = junction_ix,
                              .at = at,
                              .payload = packed };
    return journal_put(queue, &r);
}

bool journal_is_decision(const struct record *r, struct decision *decision)
{
    return r->type == RECORD_DECISION && decision_decode(r->payload, r->payload_bytes, decision);
}
