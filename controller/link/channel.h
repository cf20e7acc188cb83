/* channel.h: a status channel of RSMP 4 (draft, "Status"): runs or not, full updates at the clock's
 * boundaries, event updates no closer than its pause, seq, throttle with an optional time. What is
 * in an entry its source says (groups.c, timing.c). A channel whose controller does not answer
 * shows "stopped" and keeps nothing retained: old lamps are not a state. Owned by struct node. */
#ifndef KAVSAK_CHANNEL_H
#define KAVSAK_CHANNEL_H

#include "outlet.h"
#include "wire.h"

enum { CHANNEL_TIMEOUT_MAX_S = 86400 };

struct channel_kind {
    const char *code;
    const char *name; /* NULL: the only, unnamed channel of its code */
    int32_t qos;
    int32_t full_every_ms;
    int32_t pause_ms; /* least time between two events; changes in between become one entry */
    bool starts_running;
    bool (*has_changed)(const void *self, const struct wire_status *s);
    /* Members of "values"; is_full false: what changed and what goes along. True: every primary
     * attribute is there, so the entry may be retained. */
    bool (*write)(const void *self, const struct wire_status *s, bool is_full,
                  struct payload_writer *w);
    void (*remember)(void *self, const struct wire_status *s); /* it was published */
};

struct channel {
    const struct channel_kind *kind;
    void *self; /* of the source */
    bool is_wanted;
    bool has_end; /* stops by itself */
    mono_t end_at;
    bool is_shown, state_is_due, full_is_due, clear_is_due;
    int64_t window; /* of the last full update: wall time by full_every_ms */
    mono_t event_at;
    uint64_t seq; /* of the next entry; from 0 at process start, never reset (rsmp.md, choice 11) */
};

struct channel_moment {
    const struct wire_status *status; /* NULL: the controller does not answer */
    mono_t now;
};

void channel_init(struct channel *c, const struct channel_kind *kind, void *self);

/* A new session: everything is said again. */
void channel_announce(struct channel *c);

/* timeout_s: stops after that time unless started again; 0 stays. */
void channel_start(struct channel *c, int32_t timeout_s, mono_t now);
void channel_stop(struct channel *c);

/* State first, for all channels; then their entries. What does not fit now comes with the next
 * step. */
void channel_step_state(struct channel *c, struct outlet *o, const struct channel_moment *m);
void channel_step_entries(struct channel *c, struct outlet *o, const struct channel_moment *m);

#endif
