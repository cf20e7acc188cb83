/* channel.h: a status channel of RSMP 4 (draft, "Status"): runs or not, full updates at the clock's
 * boundaries, event updates no closer than its pause, several entries in one message if it batches,
 * seq, throttle with an optional time. What it tells is a row of the table in channels.c; entries
 * of channels without attributes come from their own module (events.c, counts.c). A channel whose
 * controller does not answer shows "stopped" and keeps nothing retained: old lamps are not a state.
 * Owned by struct node. */
#ifndef KAVSAK_CHANNEL_H
#define KAVSAK_CHANNEL_H

#include "decision.h"
#include "outlet.h"
#include "plan.h"
#include "wire.h"

enum {
    CHANNEL_TIMEOUT_MAX_S = 86400,
    CHANNEL_VALUE_MAX = 192, /* of all attributes and components of one channel */
    CHANNEL_BATCH_BYTES = 8192,
    CHANNEL_ENTRY_BYTES = 4096 /* a batch goes out while there is room for one more */
};

/* What attributes are read from. */
struct channel_view {
    const struct wire_status *status; /* NULL: the controller does not answer */
    const struct plan *plan;
    const struct wire_metrics *metrics; /* all zero until the daemon said them */
    const struct decision *decision;    /* number 0: none */
};

enum attribute_form {
    FORM_INTEGER,
    FORM_BOOLEAN,
    FORM_LETTER, /* one printable character */
    FORM_WORD,   /* attribute.word() of the value */
    FORM_TEXT    /* attribute.text() */
};

enum { ATTRIBUTE_TEXT_BYTES = 256 };

struct attribute {
    const char *name;
    enum attribute_form form;
    bool is_along;         /* goes along with changes, and makes none of its own */
    bool is_always;        /* makes changes, and goes along with those of others */
    const char *component; /* not NULL: a map "sg/1" -> value */
    int32_t (*count)(const struct channel_view *v);
    int64_t (*value)(const struct channel_view *v, int32_t ix); /* equal: unchanged */
    const char *(*word)(int32_t value);
    void (*text)(const struct channel_view *v, char out[ATTRIBUTE_TEXT_BYTES]);
};

struct channel_kind {
    const char *code;
    const char *name; /* NULL: the only, unnamed channel of its code */
    int32_t qos;
    int32_t full_every_ms;
    int32_t pause_ms; /* least time between two events; changes in between become one entry */
    int32_t batch_ms; /* entries of this time go in one message; 0: each by itself */
    int32_t prune_s;  /* a start without time ends after this; 0: never */
    bool starts_running, is_never_retained;
    const struct attribute *attribute;
    int32_t attribute_count;
    /* Instead of attributes, all values in one piece: version 0 is nothing, another one a change.
     */
    uint64_t (*version)(const struct channel_view *v);
    void (*write)(const struct channel_view *v, struct payload_writer *w);
    /* How long the windows of counts are, and what asks for one of this kind. */
    int32_t window_ms;
};

struct channel {
    const struct channel_kind *kind;
    bool is_wanted;
    bool has_end; /* stops by itself */
    mono_t end_at;
    bool is_shown, state_is_due, full_is_due, clear_is_due;
    int64_t window; /* of the last full update: wall time by full_every_ms */
    mono_t event_at;
    uint64_t seq; /* of the next entry; from 0 at process start, never reset (rsmp.md, choice 11) */
    int32_t last_count;
    int64_t last[CHANNEL_VALUE_MAX];
    uint64_t last_version;
    bool has_batch, batch_is_complete;
    mono_t batch_at; /* of its first entry */
    struct payload_writer batch;
    char batch_bytes[CHANNEL_BATCH_BYTES];
};

struct channel_moment {
    struct channel_view view;
    mono_t now;
};

void channel_init(struct channel *c, const struct channel_kind *kind);

/* A new session: everything is said again. */
void channel_announce(struct channel *c);

/* timeout_s: stops after that time unless started again; 0: what its kind says. */
void channel_start(struct channel *c, int32_t timeout_s, mono_t now);
void channel_stop(struct channel *c);

/* State first, for all channels; then their entries. What does not fit now comes with the next
 * step. */
void channel_step_state(struct channel *c, struct outlet *o, const struct channel_moment *m);
void channel_step_entries(struct channel *c, struct outlet *o, const struct channel_moment *m);

/* For modules that bring entries of their own: it runs, and that has been said. */
bool channel_is_open(const struct channel *c);

/* "status", "channel", "history" ... of this channel. */
struct topic channel_topic(const struct channel *c, enum topic_type type);

/* The beginning of every entry, up to what is in "values", and its end. */
void channel_open_entry(struct payload_writer *w, wall_t at);
void channel_close_entry(struct payload_writer *w, uint64_t seq);

#endif
