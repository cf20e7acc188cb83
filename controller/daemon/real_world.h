/* real_world.h: struct world as it is: the kernel's clocks, Modbus threads, the Unix socket, the
 * disk, systemd. Only puts the parts of this folder behind one table of functions; each part says
 * for itself which thread may call it. MQTT is another process's: its entries are NULL. */
#ifndef KAVSAK_REAL_WORLD_H
#define KAVSAK_REAL_WORLD_H

#include "links.h"
#include "notices.h"
#include "peers.h"
#include "world.h"
#include "zone.h"

enum { REAL_ZONE_MAX = 32 };

struct real_world {
    struct world world; /* what the unit sees; self is this struct */
    struct notices notices;
    struct peers peers;
    struct links links;
    struct zone zone[REAL_ZONE_MAX];
    _Atomic uint32_t zone_count; /* grows only; entries below it are constant */
    bool clock_is_trusted;       /* a person answers for it: it is taken for synchronised */
    _Atomic int32_t clock_is_synced;
    _Atomic int32_t tick_has_begun; /* from then on only the tick's own words are queued */
    pthread_t tick_thread;
};

/* Fills the table; opens nothing but the notices. */
MUST_CHECK enum status real_world_create(struct real_world *w);
void real_world_destroy(struct real_world *w);

/* Main thread: knows this zone from now on. STATUS_NOT_FOUND, STATUS_NO_SPACE. */
MUST_CHECK enum status real_world_add_zone(struct real_world *w, const char *name);

/* Main thread, about once a second: asks the kernel whether its clock is disciplined. */
void real_world_check_clock(struct real_world *w);

/* The calling thread is the tick from now on: what it logs is queued. */
void real_world_enter_tick(struct real_world *w);

mono_t real_world_mono(void);

#endif
