/* queue.h: whole messages from one thread to one other, through a bounded ring without locks: the
 * tick may use either end and never waits for the other. Full and empty are answers, not errors;
 * who must not lose counts. Knows nothing of what it carries. Owned by whoever made it; both
 * threads end before queue_destroy. */
#ifndef KAVSAK_QUEUE_H
#define KAVSAK_QUEUE_H

#include <stdatomic.h>

#include "types.h"

struct queue {
    uint32_t slot_count; /* a power of two */
    size_t slot_bytes;   /* room of one message */
    size_t stride;
    uint8_t *slots;
    _Atomic uint32_t put_count;  /* written by the producer only; both roll over */
    _Atomic uint32_t take_count; /* written by the consumer only */
};

/* Allocates; before the first tick only. slot_count must be a power of two. STATUS_NO_SPACE: no
 * memory. */
MUST_CHECK enum status queue_create(struct queue *q, uint32_t slot_count, size_t slot_bytes);
void queue_destroy(struct queue *q);

/* Producer. False: full, or larger than a slot; nothing was kept. */
bool queue_put(struct queue *q, const void *bytes, size_t size);

/* Consumer. The oldest message in place, or NULL; it stays until queue_drop. */
const void *queue_peek(const struct queue *q, size_t *size);
void queue_drop(struct queue *q);

/* Consumer. Copies the oldest message out and drops it; false: empty, or room is too small for it.
 */
bool queue_take(struct queue *q, void *bytes, size_t room, size_t *size);

/* Consumer. Forgets everything that has been put so far. */
void queue_clear(struct queue *q);

#endif
