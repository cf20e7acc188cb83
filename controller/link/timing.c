#include "timing.h"

const char *timing_source(const struct wire_status *s)
{
    if (s->mode == MODE_STARTUP) {
        return "startup";
    }
    if (s->mode == MODE_MANUAL) {
        return "operator_panel";
    }
    if (s->mode != MODE_NORMAL) {
        return "other";
    }
    if (s->reason == REASON_COMMAND) {
        return "forced";
    }
    /* A junction that came back up the ladder runs what its calendar says again; one that stepped
     * down inside its plan still does. */
    const bool is_calendar = s->reason == REASON_SCHEDULE || s->reason == REASON_RECOVERED ||
                             s->reason == REASON_COMMAND_EXPIRED || s->reason == REASON_BOOT ||
                             s->reason == REASON_NONE || s->reason == REASON_CLOCK_UNSYNCED ||
                             s->reason == REASON_UNAVAILABLE;
    return is_calendar ? "calendar_clock" : "other";
}

static bool has_changed(const void *self, const struct wire_status *s)
{
    const struct timing *t = self;
    return t->plan != s->pattern_id || t->source != timing_source(s);
}

static bool write(const void *self, const struct wire_status *s, bool is_full,
                  struct payload_writer *w)
{
    (void)self;
    (void)is_full; /* one primary attribute: an event is complete as well */
    payload_key(w, "status");
    payload_integer(w, s->pattern_id);
    payload_key(w, "source");
    payload_text(w, timing_source(s));
    return true;
}

static void remember(void *self, const struct wire_status *s)
{
    struct timing *t = self;
    t->plan = s->pattern_id;
    t->source = timing_source(s);
}

const struct channel_kind timing_channel = {
    .code = "tlc.plan",
    .name = NULL,
    .qos = 1,
    .full_every_ms = 300000,
    .pause_ms = 100,
    .starts_running = true,
    .has_changed = has_changed,
    .write = write,
    .remember = remember,
};
