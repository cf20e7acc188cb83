#include "queue.h"

#include <stdlib.h>
#include <string.h>

struct queue_slot {
    size_t size;
    uint8_t bytes[];
};

static struct queue_slot *slot_at(const struct queue *q, uint32_t count)
{
    void *at = q->slots + (size_t)(count & (q->slot_count - 1)) * q->stride;
    return at;
}

enum status queue_create(struct queue *q, uint32_t slot_count, size_t slot_bytes)
{
    REQUIRE(slot_count > 0 && (slot_count & (slot_count - 1)) == 0);
    const size_t align = _Alignof(max_align_t);
    const size_t stride = (sizeof(struct queue_slot) + slot_bytes + align - 1) / align * align;
    *q = (struct queue){ .slot_count = slot_count, .slot_bytes = slot_bytes, .stride = stride };
    atomic_init(&q->put_count, 0);
    atomic_init(&q->take_count, 0);
    q->slots = calloc(slot_count, stride);
    return q->slots == NULL ? STATUS_NO_SPACE : STATUS_OK;
}

void queue_destroy(struct queue *q)
{
    if (q != NULL) {
        free(q->slots);
        q->slots = NULL;
    }
}

bool queue_put(struct queue *q, const void *bytes, size_t size)
{
    const uint32_t put = atomic_load_explicit(&q->put_count, memory_order_relaxed);
    const uint32_t taken = atomic_load_explicit(&q->take_count, memory_order_acquire);
    if (size > q->slot_bytes || put - taken >= q->slot_count) {
        return false;
    }
    struct queue_slot *slot = slot_at(q, put);
    slot->size = size;
    memcpy(slot->bytes, bytes, size);
    atomic_store_explicit(&q->put_count, put + 1, memory_order_release);
    return true;
}

const void *queue_peek(const struct queue *q, size_t *size)
{
    const uint32_t taken = atomic_load_explicit(&q->take_count, memory_order_relaxed);
    if (atomic_load_explicit(&q->put_count, memory_order_acquire) == taken) {
        return NULL;
    }
    const struct queue_slot *slot = slot_at(q, taken);
    *size = slot->size;
    return slot->bytes;
}

void queue_drop(struct queue *q)
{
    const uint32_t taken = atomic_load_explicit(&q->take_count, memory_order_relaxed);
    REQUIRE(atomic_load_explicit(&q->put_count, memory_order_acquire) != taken);
    atomic_store_explicit(&q->take_count, taken + 1, memory_order_release);
}

bool queue_take(struct queue *q, void *bytes, size_t room, size_t *size)
{
    size_t waiting = 0;
    const void *oldest = queue_peek(q, &waiting);
    if (oldest == NULL || waiting > room) {
        return false;
    }
    memcpy(bytes, oldest, waiting);
    *size = waiting;
    queue_drop(q);
    return true;
}

void queue_clear(struct queue *q)
{
    const uint32_t put = atomic_load_explicit(&q->put_count, memory_order_acquire);
    atomic_store_explicit(&q->take_count, put, memory_order_release);
}
