/* journal_queue.h: the disk thread's end of the journal's queue; the tick's end is in journal.h. */
#ifndef KAVSAK_JOURNAL_QUEUE_H
#define KAVSAK_JOURNAL_QUEUE_H

#include "journal.h"

/* No record gets a lower number from now on. */
void journal_queue_set_floor(struct journal_queue *queue, uint64_t seq);

/* The oldest record, left in place; its payload is copied to payload. False: none. */
bool journal_queue_peek(struct journal_queue *queue, struct record *r,
                        uint8_t payload[RECORD_PAYLOAD_MAX_BYTES]);
/* Takes away what peek showed. */
void journal_queue_drop(struct journal_queue *queue);

/* All numbers below this have been given out. Read it before peeking: if then nothing is queued,
 * every number below it that was not seen is lost. 0: none given out yet. */
uint64_t journal_queue_promised(const struct journal_queue *queue);

#endif
