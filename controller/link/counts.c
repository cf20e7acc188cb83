#include "counts.h"

#include <stdio.h>
#include <string.h>

#include "moment.h"

void counts_init(struct counts *c, const struct plan *plan, int32_t window_ms)
{
    memset(c, 0, sizeof *c);
    c->plan = plan;
    c->window_ms = window_ms;
}

wall_t counts_end(const struct counts *c, int64_t number)
{
    return (wall_t){ .ms = (number + 1) * c->window_ms };
}

bool counts_breaks(const struct wire_event *e)
{
    return e->event.code == EVENT_POWER_UP || e->event.code == EVENT_JOURNAL_GAP ||
           e->event.code == EVENT_CLOCK_STEP || e->event.code == EVENT_PLAN_LOADED;
}

static void begin_window(struct counts *c, int64_t number, bool is_broken)
{
    c->has_window = true;
    c->is_broken = is_broken;
    c->number = number;
    memset(c->vehicles, 0, sizeof c->vehicles);
    memset(c->occupied_ms, 0, sizeof c->occupied_ms);
    c->was_faulty = c->is_faulty;
}

void counts_break(struct counts *c, wall_t at)
{
    begin_window(c, at.ms / c->window_ms, true);
    memset(c->on_since_ms, 0, sizeof c->on_since_ms);
    c->has_spoken = 0;
}

/* Who is still on the detector counts until the window's end, and goes on in the next. */
static void fill(struct counts *c, struct counted *out)
{
    const int64_t end_ms = counts_end(c, c->number).ms;
    out->number = c->number;
    for (uint32_t i = 0; i < DETECTOR_MAX; i++) {
        if (c->on_since_ms[i] > 0) {
            c->occupied_ms[i] += (int32_t)(end_ms - c->on_since_ms[i]);
            c->on_since_ms[i] = end_ms;
        }
        const bool is_known = (c->was_faulty & bit64(i)) == 0;
        out->vehicles[i] = is_known ? c->vehicles[i] : COUNTS_UNKNOWN;
        out->occupied_pct[i] =
            is_known
                ? max_i32(min_i32((int32_t)((int64_t)c->occupied_ms[i] * 100 / c->window_ms), 100),
                          0)
                : COUNTS_UNKNOWN;
    }
}

bool counts_close(struct counts *c, wall_t at, struct counted *out, bool *is_whole)
{
    const int64_t number = at.ms / c->window_ms;
    *is_whole = false;
    if (!c->has_window) {
        begin_window(c, number, true); /* whether its begin was seen nobody knows */
        return false;
    }
    if (number <= c->number) {
        return false;
    }
    *is_whole = !c->is_broken;
    fill(c, out);
    if (number > c->number + COUNTS_SILENT_MAX) {
        counts_break(c, at);
    } else {
        begin_window(c, c->number + 1, false); /* silent ones too: nobody came */
    }
    return true;
}

static int32_t find_detector(const struct counts *c, uint16_t number)
{
    for (int32_t i = 0; i < c->plan->detector_count; i++) {
        const struct detector *d = &c->plan->detector[i];
        if (d->type != DETECTOR_BUTTON && d->number == (int32_t)number) {
            return i;
        }
    }
    return -1;
}

static bool is_fault(uint16_t code)
{
    return (code >= EVENT_DETECTOR_FAULT_OTHER && code <= EVENT_DETECTOR_FAULT_EXCESSIVE) ||
           (code >= EVENT_DETECTOR_CHATTER && code <= EVENT_DETECTOR_STALE);
}

void counts_add(struct counts *c, const struct wire_event *e)
{
    const uint16_t code = e->event.code;
    const int32_t ix = find_detector(c, e->event.param);
    if (ix < 0) {
        return;
    }
    const int64_t start_ms = c->number * c->window_ms;
    if (code == EVENT_DETECTOR_ON) {
        c->vehicles[ix]++;
        c->on_since_ms[ix] = e->wall.ms > start_ms ? e->wall.ms : start_ms;
        c->has_spoken |= bit64((uint32_t)ix);
    } else if (code == EVENT_DETECTOR_OFF) {
        /* The first word of it: it has been on since before we listened. */
        const bool was_on = c->on_since_ms[ix] == 0 && (c->has_spoken & bit64((uint32_t)ix)) == 0;
        const int64_t since_ms = was_on ? start_ms : c->on_since_ms[ix];
        const int64_t on_ms = e->wall.ms - since_ms;
        c->occupied_ms[ix] += since_ms > 0 && on_ms > 0 ? (int32_t)on_ms : 0;
        c->on_since_ms[ix] = 0;
        c->has_spoken |= bit64((uint32_t)ix);
    } else if (is_fault(code)) {
        c->is_faulty |= bit64((uint32_t)ix);
        c->was_faulty |= bit64((uint32_t)ix);
    } else if (code == EVENT_DETECTOR_RESTORED) {
        c->is_faulty &= ~bit64((uint32_t)ix);
    }
}

static void write_map(const struct counts *c, const char *name, const int32_t *value,
                      struct payload_writer *w)
{
    payload_key(w, name);
    payload_open(w, BOX_MAP);
    for (int32_t i = 0; i < c->plan->detector_count; i++) {
        char component[32];
        if (c->plan->detector[i].type != DETECTOR_BUTTON) {
            (void)snprintf(component, sizeof component, "dl/%d", i + 1);
            payload_key(w, component);
            payload_integer(w, value[i]);
        }
    }
    payload_close(w);
}

void counts_write(const struct counts *c, const struct counted *window, struct payload_writer *w)
{
    char from[MOMENT_BYTES];
    moment_write((wall_t){ .ms = window->number * c->window_ms }, from);
    payload_key(w, "from");
    payload_text(w, from);
    payload_key(w, "seconds");
    payload_integer(w, c->window_ms / 1000);
    write_map(c, "vehicles.sum", window->vehicles, w);
    write_map(c, "occupancy.avg", window->occupied_pct, w);
}
