#include "journal_queue.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* In the ring: this, then the payload, then padding to the next multiple of its alignment. */
struct queued {
    uint64_t seq;
    int64_t at_ms;
    uint16_t payload_bytes;
    uint16_t junction;
    uint8_t type;
    uint8_t spare[3];
};

struct journal_queue {
    size_t mask;
    uint64_t next_seq; /* producer's own */
    _Atomic uint64_t floor;
    _Atomic uint64_t promised;
    _Atomic uint64_t lost;
    _Atomic size_t head; /* bytes ever put; producer writes */
    _Atomic size_t tail; /* bytes ever taken; consumer writes */
    uint8_t *ring;
};

enum { QUEUE_MIN_BYTES = 4096 };

enum status journal_queue_create(size_t bytes, struct journal_queue **queue)
{
    if (bytes < QUEUE_MIN_BYTES || (bytes & (bytes - 1)) != 0) {
        return STATUS_INVALID;
    }
    struct journal_queue *q = calloc(1, sizeof *q);
    if (q == NULL) {
        return STATUS_NO_SPACE;
    }
    q->ring = calloc(1, bytes);
    if (q->ring == NULL) {
        free(q);
        return STATUS_NO_SPACE;
    }
    q->mask = bytes - 1;
    *queue = q;
    return STATUS_OK;
}

void journal_queue_destroy(struct journal_queue *queue)
{
    if (queue != NULL) {
        free(queue->ring);
        free(queue);
    }
}

static size_t place_of(size_t payload_bytes)
{
    const size_t align = _Alignof(struct queued);
    return (sizeof(struct queued) + payload_bytes + align - 1) / align * align;
}

static void ring_put(struct journal_queue *q, size_t at, const void *bytes, size_t size)
{
    const size_t first = at & q->mask;
    const size_t until_wrap = q->mask + 1 - first;
    const size_t before = size < until_wrap ? size : until_wrap;
    memcpy(q->ring + first, bytes, before);
    memcpy(q->ring, (const uint8_t *)bytes + before, size - before);
}

static void ring_get(const struct journal_queue *q, size_t at, void *bytes, size_t size)
{
    const size_t first = at & q->mask;
    const size_t until_wrap = q->mask + 1 - first;
    const size_t before = size < until_wrap ? size : until_wrap;
    memcpy(bytes, q->ring + first, before);
    memcpy((uint8_t *)bytes + before, q->ring, size - before);
}

static uint64_t number_next(struct journal_queue *q)
{
    const uint64_t floor = atomic_load_explicit(&q->floor, memory_order_relaxed);
    if (q->next_seq < floor) {
        q->next_seq = floor;
    }
    return q->next_seq++;
}

uint64_t journal_put(struct journal_queue *queue, const struct record *r)
{
    REQUIRE(r->payload_bytes <= RECORD_PAYLOAD_MAX_BYTES);
    const struct queued item = {
        .seq = number_next(queue),
        .at_ms = r->at.ms,
        .payload_bytes = r->payload_bytes,
        .junction = r->junction,
        .type = r->type,
    };
    const size_t head = atomic_load_explicit(&queue->head, memory_order_relaxed);
    const size_t tail = atomic_load_explicit(&queue->tail, memory_order_acquire);
    const size_t place = place_of(r->payload_bytes);
    if (head - tail + place > queue->mask + 1) {
        atomic_fetch_add_explicit(&queue->lost, 1, memory_order_relaxed);
    } else {
        ring_put(queue, head, &item, sizeof item);
        if (r->payload_bytes > 0) {
            ring_put(queue, head + sizeof item, r->payload, r->payload_bytes);
        }
        atomic_store_explicit(&queue->head, head + place, memory_order_release);
    }
    atomic_store_explicit(&queue->promised, queue->next_seq, memory_order_release);
    return item.seq;
}

void journal_queue_set_floor(struct journal_queue *queue, uint64_t seq)
{
    atomic_store_explicit(&queue->floor, seq, memory_order_relaxed);
}

bool journal_queue_peek(struct journal_queue *queue, struct record *r,
                        uint8_t payload[RECORD_PAYLOAD_MAX_BYTES])
{
    const size_t tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);
    const size_t head = atomic_load_explicit(&queue->head, memory_order_acquire);
    if (head == tail) {
        return false;
    }
    struct queued item;
    ring_get(queue, tail, &item, sizeof item);
    ring_get(queue, tail + sizeof item, payload, item.payload_bytes);
    *r = (struct record){
        .payload_bytes = item.payload_bytes,
        .type = item.type,
        .junction = item.junction,
        .at = { .ms = item.at_ms },
        .seq = item.seq,
        .payload = payload,
    };
    return true;
}

void journal_queue_drop(struct journal_queue *queue)
{
    const size_t tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);
    struct queued item;
    ring_get(queue, tail, &item, sizeof item);
    atomic_store_explicit(&queue->tail, tail + place_of(item.payload_bytes), memory_order_release);
}

uint64_t journal_queue_promised(const struct journal_queue *queue)
{
    return atomic_load_explicit(&queue->promised, memory_order_acquire);
}

uint64_t journal_queue_lost(const struct journal_queue *queue)
{
    return atomic_load_explicit(&queue->lost, memory_order_relaxed);
}
