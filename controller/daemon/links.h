/* links.h: one thread for each Modbus link, so that a slow device delays nobody. The tick leaves
 * one request and takes one reply through bounded slots and never waits; the thread alone touches
 * the device. A request travels once: what is lost is lost, the next tick brings newer lamps. */
#ifndef KAVSAK_LINKS_H
#define KAVSAK_LINKS_H

#include <pthread.h>
#include <semaphore.h>

#include "modbus.h"
#include "queue.h"
#include "realtime.h"

struct link_thread {
    pthread_t thread;
    bool is_started;
    sem_t requested;
    struct queue requests; /* one slot: from the tick */
    struct queue replies;  /* one: taken before the next request is accepted */
    _Atomic int32_t is_busy;
    _Atomic int32_t is_stopping;
    struct modbus_link *modbus; /* set before the gate opens */
    sem_t gate;
};

struct links {
    uint32_t count;
    struct link_thread *link;
};

/* Starts the threads; they wait for links_begin. */
MUST_CHECK enum status links_start(struct links *links, uint32_t count, int32_t priority,
                                   char text[REALTIME_TEXT_BYTES]);

/* Tells link link_ix where it leads and lets it work. STATUS_INVALID: that place cannot be opened.
 */
MUST_CHECK enum status links_begin(struct links *links, uint32_t link_ix,
                                   const struct site_link *site);

/* Ends the threads, after the transfer that each is in. */
void links_stop(struct links *links);

/* The tick: as in world.h. */
enum status links_submit(struct links *links, uint32_t link_ix,
                         const struct modbus_request *request);
bool links_take(struct links *links, uint32_t link_ix, struct modbus_reply *reply);

#endif
