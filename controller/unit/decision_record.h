/* decision_record.h: a decision of adaptive control as RECORD_DECISION: the bytes of
 * optimiser/decision.h as they are. */
#ifndef KAVSAK_DECISION_RECORD_H
#define KAVSAK_DECISION_RECORD_H

#include "decision.h"
#include "journal.h"

/* Its number in the journal; 0: lost, the queue is full. */
uint64_t journal_put_decision(struct journal_queue *queue, uint16_t junction_ix, wall_t at,
                              const uint8_t *packed, size_t size);

/* False: not a RECORD_DECISION, or malformed, or of another version. */
bool journal_is_decision(const struct record *r, struct decision *decision);

#endif
