#include "links.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void wait_on(sem_t *semaphore)
{
    while (sem_wait(semaphore) !=
           0) { /* ends: only a signal makes it fail, and all are blocked here */
        REQUIRE(errno == EINTR);
    }
}

static bool is_stopping(const struct link_thread *l)
{
    return atomic_load_explicit(&l->is_stopping, memory_order_acquire) != 0;
}

static void serve(struct link_thread *l)
{
    struct modbus_request request;
    struct modbus_reply reply;
    size_t size = 0;
    if (!queue_take(&l->requests, &request, sizeof request, &size)) {
        return;
    }
    modbus_link_transfer(l->modbus, &request, &reply);
    /* There is room: a request is accepted only when no reply waits. */
    REQUIRE(queue_put(&l->replies, &reply, sizeof reply));
    atomic_store_explicit(&l->is_busy, 0, memory_order_release);
}

static void *link_main(void *argument)
{
    struct link_thread *l = argument;
    wait_on(&l->gate);
    while (!is_stopping(l)) {
        wait_on(&l->requested);
        serve(l);
    }
    return NULL;
}

static enum status link_start(struct link_thread *l, uint32_t link_ix, int32_t priority,
                              char text[REALTIME_TEXT_BYTES])
{
    char name[16];
    (void)snprintf(name, sizeof name, "link-%u", (unsigned)link_ix);
    if (queue_create(&l->requests, 1, sizeof(struct modbus_request)) != STATUS_OK ||
        queue_create(&l->replies, 1, sizeof(struct modbus_reply)) != STATUS_OK ||
        sem_init(&l->requested, 0, 0) != 0 || sem_init(&l->gate, 0, 0) != 0) {
        (void)snprintf(text, REALTIME_TEXT_BYTES, "no memory for link %u", (unsigned)link_ix);
        return STATUS_NO_SPACE;
    }
    atomic_init(&l->is_busy, 0);
    atomic_init(&l->is_stopping, 0);
    const enum status status = realtime_thread(&l->thread, name, priority, link_main, l, text);
    l->is_started = status == STATUS_OK;
    return status;
}

enum status links_start(struct links *links, uint32_t count, int32_t priority,
                        char text[REALTIME_TEXT_BYTES])
{
    *links = (struct links){ .count = count };
    links->link = calloc(count > 0 ? count : 1, sizeof *links->link);
    if (links->link == NULL) {
        (void)snprintf(text, REALTIME_TEXT_BYTES, "no memory for %u links", (unsigned)count);
        return STATUS_NO_SPACE;
    }
    for (uint32_t i = 0; i < count; i++) {
        const enum status status = link_start(&links->link[i], i, priority, text);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

enum status links_begin(struct links *links, uint32_t link_ix, const struct site_link *site)
{
    REQUIRE(link_ix < links->count);
    struct link_thread *l = &links->link[link_ix];
    l->modbus = modbus_link_open(site);
    if (l->modbus == NULL) {
        return STATUS_INVALID;
    }
    (void)sem_post(&l->gate);
    return STATUS_OK;
}

void links_stop(struct links *links)
{
    for (uint32_t i = 0; links->link != NULL && i < links->count; i++) {
        struct link_thread *l = &links->link[i];
        if (l->is_started) {
            atomic_store_explicit(&l->is_stopping, 1, memory_order_release);
            (void)sem_post(&l->gate);
            (void)sem_post(&l->requested);
        }
    }
    for (uint32_t i = 0; links->link != NULL && i < links->count; i++) {
        struct link_thread *l = &links->link[i];
        if (l->is_started) {
            (void)pthread_join(l->thread, NULL);
        }
        modbus_link_close(l->modbus);
        queue_destroy(&l->requests);
        queue_destroy(&l->replies);
    }
    free(links->link);
    *links = (struct links){ .count = 0 };
}

enum status links_submit(struct links *links, uint32_t link_ix,
                         const struct modbus_request *request)
{
    REQUIRE(link_ix < links->count);
    struct link_thread *l = &links->link[link_ix];
    size_t size = 0;
    if (atomic_load_explicit(&l->is_busy, memory_order_acquire) != 0 ||
        queue_peek(&l->replies, &size) != NULL) {
        return STATUS_AGAIN;
    }
    atomic_store_explicit(&l->is_busy, 1, memory_order_relaxed);
    REQUIRE(queue_put(&l->requests, request, sizeof *request));
    REQUIRE(sem_post(&l->requested) == 0);
    return STATUS_OK;
}

bool links_take(struct links *links, uint32_t link_ix, struct modbus_reply *reply)
{
    REQUIRE(link_ix < links->count);
    size_t size = 0;
    return queue_take(&links->link[link_ix].replies, reply, sizeof *reply, &size);
}
