#include "real_world.h"

#include "files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/timex.h>
#include <syslog.h>
#include <time.h>

mono_t real_world_mono(void)
{
    struct timespec at;
    REQUIRE(clock_gettime(CLOCK_MONOTONIC, &at) == 0);
    return (mono_t){ .ms = (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000 };
}

static mono_t world_now_mono(void *self)
{
    (void)self;
    return real_world_mono();
}

static const struct zone *zone_find(const struct real_world *w, const char *name)
{
    const uint32_t count = atomic_load_explicit(&w->zone_count, memory_order_acquire);
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(w->zone[i].name, name) == 0) {
            return &w->zone[i];
        }
    }
    return NULL;
}

static wall_t world_now_wall(void *self, const char *zone, int32_t *utc_offset_s, bool *is_synced)
{
    const struct real_world *w = self;
    struct timespec at;
    REQUIRE(clock_gettime(CLOCK_REALTIME, &at) == 0);
    const wall_t wall = { .ms = (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000 };
    /* Every plan's zone was read before the plan was offered; UTC needs no table. */
    const struct zone *found = zone_find(w, zone);
    *utc_offset_s = found != NULL ? zone_offset_s(found, wall) : 0;
    *is_synced = atomic_load_explicit(&w->clock_is_synced, memory_order_relaxed) != 0;
    return wall;
}

/* Never waits: from the first seconds of a boot on, the kernel's pool is ready. */
static uint64_t world_random(void *self)
{
    (void)self;
    uint64_t value = 0;
    if (getrandom(&value, sizeof value, GRND_NONBLOCK) != (ssize_t)sizeof value) {
        struct timespec at;
        REQUIRE(clock_gettime(CLOCK_MONOTONIC, &at) == 0);
        value = (uint64_t)at.tv_sec * UINT64_C(1000000007) ^ (uint64_t)at.tv_nsec;
    }
    return value;
}

static bool is_tick(const struct real_world *w)
{
    return atomic_load_explicit(&w->tick_has_begun, memory_order_acquire) != 0 &&
           pthread_equal(w->tick_thread, pthread_self()) != 0;
}

static void world_notify(void *self, const char *state)
{
    struct real_world *w = self;
    if (is_tick(w)) {
        notices_notify_later(&w->notices, state);
    } else {
        notices_notify(state);
    }
}

static void world_log(void *self, int priority, const char *line)
{
    struct real_world *w = self;
    if (is_tick(w)) {
        notices_log_later(&w->notices, priority, line);
    } else {
        notices_log(&w->notices, priority, line);
    }
}

static enum status world_modbus_submit(void *self, uint32_t link_ix,
                                       const struct modbus_request *request)
{
    struct real_world *w = self;
    return links_submit(&w->links, link_ix, request);
}

static bool world_modbus_take(void *self, uint32_t link_ix, struct modbus_reply *reply)
{
    struct real_world *w = self;
    return links_take(&w->links, link_ix, reply);
}

static bool world_socket_accept(void *self, uint32_t *peer_ix, struct peer_identity *who)
{
    struct real_world *w = self;
    return peers_accept(&w->peers, peer_ix, who);
}

static enum status world_socket_receive(void *self, uint32_t peer_ix, void *bytes, size_t room,
                                        size_t *size)
{
    struct real_world *w = self;
    return peers_receive(&w->peers, peer_ix, bytes, room, size);
}

static enum status world_socket_send(void *self, uint32_t peer_ix, const void *bytes, size_t size)
{
    struct real_world *w = self;
    return peers_send(&w->peers, peer_ix, bytes, size);
}

static void world_socket_close(void *self, uint32_t peer_ix)
{
    struct real_world *w = self;
    peers_leave(&w->peers, peer_ix);
}

enum status real_world_create(struct real_world *w)
{
    memset(w, 0, sizeof *w);
    w->peers.listener = -1;
    w->peers.wake = -1;
    for (uint32_t i = 0; i < PEERS_MAX; i++) {
        w->peers.peer[i].fd = -1;
    }
    w->world = (struct world){
        .self = w,
        .now_mono = world_now_mono,
        .now_wall = world_now_wall,
        .random = world_random,
        .notify = world_notify,
        .log = world_log,
        .modbus_submit = world_modbus_submit,
        .modbus_take = world_modbus_take,
        .socket_accept = world_socket_accept,
        .socket_receive = world_socket_receive,
        .socket_send = world_socket_send,
        .socket_close = world_socket_close,
    };
    files_fill_world(&w->world);
    return notices_create(&w->notices);
}

void real_world_destroy(struct real_world *w)
{
    if (w != NULL) {
        peers_close(&w->peers);
        notices_destroy(&w->notices);
    }
}

enum status real_world_add_zone(struct real_world *w, const char *name)
{
    const uint32_t count = atomic_load_explicit(&w->zone_count, memory_order_relaxed);
    if (zone_find(w, name) != NULL) {
        return STATUS_OK;
    }
    if (count >= REAL_ZONE_MAX) {
        return STATUS_NO_SPACE;
    }
    const enum status status = zone_read(&w->zone[count], name);
    if (status == STATUS_OK) {
        atomic_store_explicit(&w->zone_count, count + 1, memory_order_release);
    }
    return status;
}

/* Refused by a system call filter means unknown, and unknown is not synchronised. */
void real_world_check_clock(struct real_world *w)
{
    struct timex state = { .modes = 0 };
    const int32_t is_synced =
        w->clock_is_trusted || (adjtimex(&state) >= 0 && (state.status & STA_UNSYNC) == 0);
    atomic_store_explicit(&w->clock_is_synced, is_synced, memory_order_relaxed);
}

void real_world_enter_tick(struct real_world *w)
{
    w->tick_thread = pthread_self();
    atomic_store_explicit(&w->tick_has_begun, 1, memory_order_release);
}
