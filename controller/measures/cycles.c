/* cycles.c: tables that need to know what a phase showed when a vehicle came: a cycle begins with a
 * green and ends with the next one. */
#include "measures_parts.h"

enum { SECOND_SHIFT = 32, HALF_SECOND_MS = 500 };
enum { SAMPLE_ARRIVALS, SAMPLE_GREEN_MS, SAMPLE_KNOWN_MS };

static bool is_signal(uint16_t code)
{
    return code == EVENT_GREEN_BEGIN || code == EVENT_YELLOW_BEGIN || code == EVENT_RED_CLEAR_BEGIN;
}

void cycles_choose(struct measures *m, const struct hires_event *e, enum measures_function function,
                   int64_t late_ms)
{
    if (is_signal(e->code) && measures_has_function(m, e, function)) {
        item_add(&m->stream, (struct item){ .at_ms = e->at_ms,
                                            .device = e->device,
                                            .key = { e->param, 0, e->code } });
    }
    const struct measures_detector *role = NULL;
    const size_t roles = e->code == EVENT_DETECTOR_ON ? measures_roles(m, e, &role) : 0;
    for (size_t i = 0; i < roles; i++) {
        if (role[i].function == (int32_t)function) {
            item_add(&m->stream, (struct item){ .at_ms = e->at_ms - late_ms,
                                                .device = e->device,
                                                .key = { role[i].phase, 0, e->code },
                                                .value = e->param });
        }
    }
}

static void choose_arrivals(struct measures *m, const struct hires_event *e)
{
    cycles_choose(m, e, MEASURES_ADVANCE, m->options.arrival_latency_ms);
}

static void choose_on_red(struct measures *m, const struct hires_event *e)
{
    cycles_choose(m, e, MEASURES_YELLOW_RED, m->options.red_latency_ms);
}

static void add_arrival(struct measures *m, const struct item *at, bool is_green)
{
    item_add(&m->sample, (struct item){
                             .at_ms = measures_bin_ms(m, at->at_ms),
                             .device = at->device,
                             .key = { at->key[0], SAMPLE_ARRIVALS },
                             .value = 1 + (is_green ? INT64_C(1) << SECOND_SHIFT : 0),
                         });
}

/* What a phase shows after an event: within a cycle it only goes on, so a late event of an earlier
 * interval changes nothing. */
static int32_t shows_after(int32_t shows, int32_t code)
{
    return code == EVENT_GREEN_BEGIN ? code : max_i32(shows, code);
}

void cycles_arrival_on_green(struct measures *m)
{
    struct item_group g = { 0 };
    measures_choose(m, choose_arrivals);
    measures_sort_streams(m);
    while (item_next_stream(&m->stream, &g)) {
        int32_t shows = 0;
        for (size_t i = 0; i < g.count; i++) {
            if (g.item[i].key[2] == EVENT_DETECTOR_ON) {
                add_arrival(m, &g.item[i], shows == EVENT_GREEN_BEGIN);
            } else {
                shows = shows_after(shows, g.item[i].key[2]);
            }
        }
    }
    if (!measures_sort_samples(m)) {
        return;
    }
    g = (struct item_group){ 0 };
    while (item_next_group(&m->sample, 1, &g)) {
        const int64_t greens = g.sum >> SECOND_SHIFT;
        struct measures_row row = measures_row_of(&g, 1);
        row.cell[3].whole = (int64_t)g.count;
        row.cell[4].real = measures_single((double)greens / (double)g.count);
        if (greens > 0) { /* the peer joins with the bins that have an arrival on green */
            m->take(m->taker, &row);
        }
    }
}

bool cycles_next(const struct measures *m, const struct item_group *g, struct cycle *c)
{
    const struct item *end = g->item + g->count;
    const struct item *at = c->item == NULL ? g->item : c->item + c->count;
    while (at < end && at->key[2] != EVENT_GREEN_BEGIN) {
        at++;
    }
    *c = (struct cycle){ .item = at };
    uint32_t yellows = 0;
    uint32_t reds = 0;
    for (; at < end && (c->count == 0 || at->key[2] != EVENT_GREEN_BEGIN); at++, c->count++) {
        yellows += at->key[2] == EVENT_YELLOW_BEGIN ? 1 : 0;
        reds += at->key[2] == EVENT_RED_CLEAR_BEGIN ? 1 : 0;
        c->yellow = at->key[2] == EVENT_YELLOW_BEGIN ? at : c->yellow;
        c->red = at->key[2] == EVENT_RED_CLEAR_BEGIN ? at : c->red;
    }
    if (c->count == 0) {
        return false;
    }
    const int64_t last_ms = c->item[c->count - 1].at_ms;
    c->is_whole = yellows == 1 && reds == 1 &&
                  !windows_touch(m, WINDOW_DOUBT, c->item->device, c->item->at_ms, last_ms);
    return true;
}

/* To the nearest half second, a quarter away from zero. */
static int64_t half_seconds(int64_t ms)
{
    const int64_t away_ms = ms < 0 ? -HALF_SECOND_MS / 2 : HALF_SECOND_MS / 2;
    return (ms + away_ms) / HALF_SECOND_MS;
}

static void add_on_red(struct measures *m, const struct cycle *c)
{
    int32_t shows = 0;
    for (size_t i = 0; i < c->count; i++) {
        const struct item *at = &c->item[i];
        const int64_t offset = half_seconds(at->at_ms - c->red->at_ms);
        if (at->key[2] != EVENT_DETECTOR_ON) {
            shows = shows_after(shows, at->key[2]);
        } else if (offset * HALF_SECOND_MS >= m->options.min_red_offset_ms && offset <= INT32_MAX) {
            item_add(&m->sample, (struct item){ .at_ms = measures_bin_ms(m, c->red->at_ms),
                                                .device = at->device,
                                                .key = { at->key[0], shows, (int32_t)offset } });
        }
    }
}

void cycles_yellow_red(struct measures *m)
{
    struct item_group g = { 0 };
    windows_find(m);
    windows_seal(m);
    measures_choose(m, choose_on_red);
    measures_sort_streams(m);
    while (item_next_stream(&m->stream, &g)) {
        struct cycle c = { 0 };
        while (cycles_next(m, &g, &c)) {
            if (c.is_whole) {
                add_on_red(m, &c);
            }
        }
    }
    if (!measures_sort_samples(m)) {
        return;
    }
    g = (struct item_group){ 0 };
    while (item_next_group(&m->sample, 3, &g)) {
        struct measures_row row = measures_row_of(&g, 2);
        row.cell[4].real = (double)g.item->key[2] / 2.0;
        row.cell[5].whole = (int64_t)g.count;
        m->take(m->taker, &row);
    }
}

/* A stretch of time, dealt out to the bins it lies in. */
static void add_stretch(struct measures *m, const struct item *at, int64_t from_ms,
                        int64_t until_ms, int32_t what)
{
    while (from_ms < until_ms && !m->sample.is_full) {
        const int64_t bin_ms = measures_bin_ms(m, from_ms);
        const int64_t end_ms = bin_ms + m->options.bin_ms;
        const int64_t to_ms = end_ms < until_ms ? end_ms : until_ms;
        item_add(&m->sample, (struct item){ .at_ms = bin_ms,
                                            .device = at->device,
                                            .key = { at->key[0], what },
                                            .value = to_ms - from_ms });
        from_ms = to_ms;
    }
}

/* Of whole cycles alone, and of those that the next green ends: what was shown is known. */
static void add_known_cycle(struct measures *m, const struct cycle *c, const struct item *end)
{
    const struct item *next = c->item + c->count;
    if (!c->is_whole || next == end) {
        return;
    }
    add_stretch(m, c->item, c->item->at_ms, c->yellow->at_ms, SAMPLE_GREEN_MS);
    add_stretch(m, c->item, c->item->at_ms, next->at_ms, SAMPLE_KNOWN_MS);
    for (size_t i = 0; i < c->count; i++) {
        if (c->item[i].key[2] == EVENT_DETECTOR_ON) {
            add_arrival(m, &c->item[i], c->item[i].at_ms < c->yellow->at_ms);
        }
    }
}

static void take_known(struct measures *m, const struct item_group *g)
{
    int64_t arrivals = 0;
    int64_t greens = 0;
    int64_t green_ms = 0;
    int64_t known_ms = 0;
    for (size_t i = 0; i < g->count; i++) {
        const struct item *s = &g->item[i];
        arrivals += s->key[1] == SAMPLE_ARRIVALS ? 1 : 0;
        greens += s->key[1] == SAMPLE_ARRIVALS ? s->value >> SECOND_SHIFT : 0;
        green_ms += s->key[1] == SAMPLE_GREEN_MS ? s->value : 0;
        known_ms += s->key[1] == SAMPLE_KNOWN_MS ? s->value : 0;
    }
    struct measures_row row = measures_row_of(g, 1);
    const double arrival_share = arrivals == 0 ? 0.0 : (double)greens / (double)arrivals;
    const double green_share = known_ms == 0 ? 0.0 : (double)green_ms / (double)known_ms;
    row.cell[3].whole = arrivals;
    row.cell[4].real = arrival_share;
    row.cell[5].real = green_share;
    row.cell[6].real = green_ms == 0 ? 0.0 : arrival_share / green_share;
    m->take(m->taker, &row);
}

void cycles_arrival_on_green_better(struct measures *m)
{
    struct item_group g = { 0 };
    windows_find(m);
    windows_seal(m);
    measures_choose(m, choose_arrivals);
    measures_sort_streams(m);
    while (item_next_stream(&m->stream, &g)) {
        struct cycle c = { 0 };
        while (cycles_next(m, &g, &c)) {
            add_known_cycle(m, &c, g.item + g.count);
        }
    }
    if (!measures_sort_samples(m)) {
        return;
    }
    g = (struct item_group){ 0 };
    while (item_next_group(&m->sample, 1, &g)) {
        take_known(m, &g);
    }
}

static void choose_intervals(struct measures *m, const struct hires_event *e)
{
    if (is_signal(e->code) || e->code == EVENT_RED_CLEAR_END) {
        item_add(&m->stream, (struct item){ .at_ms = e->at_ms,
                                            .device = e->device,
                                            .key = { e->param, 0, e->code } });
    }
}

static void add_split(struct measures *m, const struct cycle *c)
{
    const struct item *last = &c->item[c->count - 1];
    if (!c->is_whole || last->key[2] != EVENT_RED_CLEAR_END || c->count != 4) {
        return;
    }
    const int64_t part_ms[] = { c->yellow->at_ms - c->item->at_ms, c->red->at_ms - c->yellow->at_ms,
                                last->at_ms - c->red->at_ms };
    for (int32_t i = 0; i < 3; i++) {
        item_add(&m->sample, (struct item){ .at_ms = measures_bin_ms(m, last->at_ms),
                                            .device = last->device,
                                            .key = { last->key[0], i },
                                            .value = part_ms[i] });
    }
}

void cycles_splits_better(struct measures *m)
{
    struct item_group g = { 0 };
    windows_find(m);
    windows_seal(m);
    measures_choose(m, choose_intervals);
    measures_sort_streams(m);
    while (item_next_stream(&m->stream, &g)) {
        struct cycle c = { 0 };
        while (cycles_next(m, &g, &c)) {
            add_split(m, &c);
        }
    }
    if (!measures_sort_samples(m)) {
        return;
    }
    g = (struct item_group){ 0 };
    while (item_next_group(&m->sample, 1, &g)) {
        const double services = (double)g.count / 3.0;
        int64_t part_ms[3] = { 0 };
        for (size_t i = 0; i < g.count; i++) {
            part_ms[g.item[i].key[1]] += g.item[i].value;
        }
        struct measures_row row = measures_row_of(&g, 1);
        row.cell[3].whole = (int64_t)g.count / 3;
        row.cell[4].real = (double)g.sum / services / 1000.0;
        for (uint32_t i = 0; i < 3; i++) {
            row.cell[5 + i].real = (double)part_ms[i] / services / 1000.0;
        }
        m->take(m->taker, &row);
    }
}
