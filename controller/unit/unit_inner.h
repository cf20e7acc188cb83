/* unit_inner.h: what the files of the unit share and nobody else sees. */
#ifndef KAVSAK_UNIT_INNER_H
#define KAVSAK_UNIT_INNER_H

#include <stdatomic.h>

#include "cabinet_link.h"
#include "detector_link.h"
#include "input_codec.h"
#include "null.h"
#include "unit.h"

enum {
    UNIT_COMMAND_QUEUE = 16,
    UNIT_NEIGHBOUR_QUEUE = 32, /* four ticks' worth */
    UNIT_FEED_STALE_MS = 2000, /* cameras that name no max_age: two of their usual seconds */
    UNIT_STOP_TICKS = 3        /* after the heartbeat's end, so that the cabinet hears of it */
};

/* A plan on its way from the main thread to the tick and, exchanged for the old one, back. */
enum offer_state {
    OFFER_NONE,    /* main thread's */
    OFFER_MADE,    /* tick's: offer it to the junction */
    OFFER_WAITS,   /* tick's: the junction has it and waits for a safe point */
    OFFER_RETURNED /* main thread's: free what is in next */
};

struct offered {
    struct plan plan;
    char *text; /* as kavsak show prints it; NULL: there was no memory for it */
};

struct offer {
    _Atomic int32_t state; /* enum offer_state: whose next is */
    struct offered *next;
    struct offered *in_force; /* tick's: NULL while the plan of the start is */
    _Atomic uint32_t refused; /* loads that came to nothing, to be told by an event */
    uint32_t refused_told;    /* tick's */
};

struct feed {           /* a detector seen by someone else than a Modbus link */
    int32_t max_age_ms; /* 0: nobody may feed it */
    bool is_fed;
    mono_t at;
    struct detector_input value;
};

/* What people see change at once, compared from tick to tick. */
struct seen {
    int32_t aspect[SG_MAX];
    int32_t mode, strategy, link, lease, stage_ix;
    uint32_t phase_on;
};

struct neighbours_heard {
    uint32_t count;
    struct neighbour_message message[UNIT_NEIGHBOUR_QUEUE]; /* oldest first */
    uint64_t taken, refused, dropped;
};

struct slot { /* one junction and its connections */
    const struct unit_source *source;
    struct junction junction;
    struct input_frame in;
    struct output_frame out;
    struct event_list events;
    bool is_null; /* its cabinet is the null one */
    struct null_cabinet null;
    struct cabinet_link cabinet;
    uint32_t detector_link_count;
    struct detector_link detector_link[LINK_MAX];
    bool has_frame; /* out is of an earlier tick */
    struct feed feed[DETECTOR_MAX];
    uint32_t command_count;
    struct command command[UNIT_COMMAND_QUEUE];
    struct neighbours_heard heard;
    uint64_t decided_number;
    struct wire_decision decided; /* the last one; used 0: none was made */
    bool has_recorded;
    mono_t recorded_at;
    struct input_coder coder;
    uint32_t zone_ix;
    int64_t scheduled_second; /* local second for which the calendar was asked */
    int32_t scheduled_ix;
    const struct plan *scheduled_plan;
    uint32_t alarms;
    wall_t alarm_since[ALARM_COUNT];
    bool alarms_have_changed;
    bool has_changed;
    bool link_was_decided; /* since the watchdog was last fed */
    struct seen seen;
    struct offer offer;
    const char *plan_text; /* of the plan in force */
};

struct zone_clock { /* civil time of one zone in this tick */
    char zone[32];
    wall_t wall;
    int32_t utc_offset_s;
    bool is_synced;
};

struct link_entry {
    uint32_t junction_ix;
    const struct site_link *site;
};

struct unit {
    struct unit_config config;
    const struct world *world;
    uint32_t count;
    struct slot *slot;
    uint32_t zone_count;
    struct zone_clock *zone;
    uint32_t link_count;
    struct link_entry *link;
    struct server *server;
    bool has_ticked;
    mono_t last_tick;
    int64_t wall_ahead_ms; /* civil less monotonic time at the last tick */
    bool is_stopping;
    mono_t stopping_at;
    int32_t stopped_ticks; /* ticks since no junction had a heartbeat */
    uint64_t ticks, ticks_late, ticks_skipped;
    int32_t overload;    /* see note_load */
    bool is_overloaded;  /* optimisers rest */
    int32_t unfed_ticks; /* since WATCHDOG=1 */
    uint64_t events, events_dropped;
    int64_t wake_max_us, compute_max_us;
    uint64_t wake_histogram_us[32];
    struct event_list process_events; /* of the process as a whole */
    struct wire_event batch[EVENT_PER_TICK_MAX + 8];
};

/* Tick thread: takes an offered plan to its junction; before and after junction_tick(). */
void offer_bring(struct slot *slot, struct event_list *events);
void offer_settle(struct slot *slot);
/* Main thread: frees both plans of an offer, when no tick runs any more. */
void offer_finish(struct offer *offer);

#endif
