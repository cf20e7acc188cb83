/* diagrams.c: what is drawn point by point: each green of a phase with its end, each arrival with
 * its second in the cycle, and the split monitor over them. A cycle begins with a green, is known
 * when the next green has begun, and counts if it is whole. */
#include "measures_parts.h"

enum { PHASES_WITH_SPLITS = 16, END_BITS = 8, WALK_BIT = 1 << END_BITS };

/* What was programmed is told for all phases at once, and is nothing while the junction is free. */
static void choose_programmed(struct measures *m, const struct hires_event *e)
{
    const int32_t last = EVENT_SPLIT_CHANGE_1 + PHASES_WITH_SPLITS - 1;
    struct item item = { .at_ms = e->at_ms, .device = e->device, .value = e->param };
    if (e->code >= EVENT_SPLIT_CHANGE_1 && (int32_t)e->code <= last) {
        item.key[0] = e->code - EVENT_SPLIT_CHANGE_1 + 1;
        item.key[2] = e->code;
        item_add(&m->stream, item);
    }
    for (int32_t i = 1; e->code == EVENT_PATTERN_CHANGE && i <= PHASES_WITH_SPLITS; i++) {
        item.key[0] = i;
        item.key[2] = e->code;
        item.value = 0;
        item_add(&m->stream, item);
    }
}

static void choose_cycles(struct measures *m, const struct hires_event *e)
{
    switch (e->code) {
    case EVENT_GREEN_BEGIN:
    case EVENT_GAP_OUT:
    case EVENT_MAX_OUT:
    case EVENT_FORCE_OFF:
    case EVENT_YELLOW_BEGIN:
    case EVENT_RED_CLEAR_BEGIN:
    case EVENT_RED_CLEAR_END:
    case EVENT_WALK_BEGIN:
        item_add(&m->stream, (struct item){ .at_ms = e->at_ms,
                                            .device = e->device,
                                            .key = { e->param, 0, e->code } });
        return;
    default:
        choose_programmed(m, e);
    }
}

/* A walk that begins before its green, when the red clearance is over, belongs to the next cycle.
 */
struct service {
    int32_t end; /* enum event_code */
    bool has_walk, has_next_walk;
    const struct item *clear; /* the red clearance ends */
    int64_t programmed_s;     /* at its end */
};

static struct service service_of(const struct cycle *c, const struct service *before)
{
    struct service s = { .end = EVENT_GREEN_END,
                         .has_walk = before->has_next_walk,
                         .programmed_s = before->programmed_s };
    for (size_t i = 0; i < c->count; i++) {
        const struct item *at = &c->item[i];
        const int32_t code = at->key[2];
        if (code >= EVENT_GAP_OUT && code <= EVENT_FORCE_OFF) {
            s.end = code;
        } else if (code == EVENT_RED_CLEAR_END) {
            s.clear = at;
        } else if (code == EVENT_WALK_BEGIN) {
            s.has_walk = s.has_walk || s.clear == NULL;
            s.has_next_walk = s.has_next_walk || s.clear != NULL;
        } else if (code >= EVENT_PATTERN_CHANGE) {
            s.programmed_s = at->value;
        }
    }
    return s;
}

/* What stands in the stream before the first green. */
static struct service service_before(const struct item_group *g)
{
    const struct cycle c = { .item = g->item, .count = g->count };
    size_t until = 0;
    while (until < g->count && g->item[until].key[2] != EVENT_GREEN_BEGIN) {
        until++;
    }
    const struct service nothing = { .end = 0 };
    struct service s = service_of(&(struct cycle){ .item = c.item, .count = until }, &nothing);
    s.has_next_walk = s.has_walk || s.has_next_walk;
    return s;
}

/* Samples point at their cycle in the streams: value is the place of its green. */
static void find_cycles(struct measures *m, const struct item_group *g)
{
    struct cycle c = { 0 };
    struct service s = service_before(g);
    while (cycles_next(m, g, &c)) {
        const int64_t programmed_s = s.programmed_s;
        s = service_of(&c, &s);
        const struct item *next = c.item + c.count;
        if (c.is_whole && s.clear != NULL && next < g->item + g->count) {
            item_add(&m->sample, (struct item){ .at_ms = c.item->at_ms,
                                                .device = c.item->device,
                                                .key = { c.item->key[0], (int32_t)programmed_s,
                                                         s.end | (s.has_walk ? WALK_BIT : 0) },
                                                .value = c.item - m->stream.item });
        }
    }
}

static bool collect_cycles(struct measures *m)
{
    struct item_group g = { 0 };
    windows_find(m);
    windows_seal(m);
    measures_choose(m, choose_cycles);
    measures_sort_streams(m);
    while (item_next_stream(&m->stream, &g)) {
        find_cycles(m, &g);
    }
    return measures_sort_samples(m);
}

struct times {
    int64_t yellow_ms, red_ms, clear_ms, next_ms;
};

/* Of a cycle that was found: from its green on. */
static struct times times_of(const struct measures *m, const struct item *sample)
{
    struct times t = { 0 };
    const struct item *at = &m->stream.item[sample->value + 1];
    for (; at->key[2] != EVENT_GREEN_BEGIN; at++) { /* ends: there is a next green */
        t.yellow_ms = at->key[2] == EVENT_YELLOW_BEGIN ? at->at_ms : t.yellow_ms;
        t.red_ms = at->key[2] == EVENT_RED_CLEAR_BEGIN ? at->at_ms : t.red_ms;
        t.clear_ms = at->key[2] == EVENT_RED_CLEAR_END ? at->at_ms : t.clear_ms;
    }
    t.next_ms = at->at_ms;
    return t;
}

static double seconds(int64_t ms)
{
    return (double)ms / 1000.0;
}

void diagrams_phase_cycles(struct measures *m)
{
    if (!collect_cycles(m)) {
        return;
    }
    for (size_t i = 0; i < m->sample.count; i++) {
        const struct item *s = &m->sample.item[i];
        const struct item_group g = { .item = s, .count = 1 };
        const struct times t = times_of(m, s);
        struct measures_row row = measures_row_of(&g, 1);
        row.cell[3].whole = t.yellow_ms;
        row.cell[4].whole = t.red_ms;
        row.cell[5].whole = t.next_ms;
        row.cell[6].real = seconds(t.yellow_ms - s->at_ms);
        row.cell[7].real = seconds(t.red_ms - s->at_ms);
        row.cell[8].real = seconds(t.clear_ms - s->at_ms);
        row.cell[9].real = seconds(t.next_ms - s->at_ms);
        row.cell[10].whole = s->key[1];
        row.cell[11].whole = s->key[2] & (WALK_BIT - 1);
        row.cell[12].whole = (s->key[2] & WALK_BIT) != 0;
        m->take(m->taker, &row);
    }
}

/* The split monitor: by bins of the begin of green, splits in order of their length. */

static void bin_cycles(struct measures *m)
{
    for (size_t i = 0; i < m->sample.count; i++) {
        struct item *s = &m->sample.item[i];
        const struct times t = times_of(m, s);
        const int32_t end = s->key[2];
        s->value = t.clear_ms - s->at_ms;
        s->at_ms = measures_bin_ms(m, s->at_ms);
        s->key[2] = s->key[1];
        s->value = s->value << (END_BITS + 1) | end;
        s->key[1] = 0;
    }
}

static int64_t split_of(const struct item *s)
{
    return s->value >> (END_BITS + 1);
}

/* The smallest split that so many per cent do not exceed. Splits stand in groups of what was
 * programmed, so the one sought has so many before it in the whole bin. */
static double percentile_s(const struct item_group *g, size_t pct)
{
    const size_t wanted = (g->count * pct + 99) / 100;
    int64_t found_ms = 0;
    for (size_t i = 0; i < g->count; i++) {
        const int64_t split_ms = split_of(&g->item[i]);
        size_t up_to = 0;
        for (size_t k = 0; k < g->count; k++) {
            up_to += split_of(&g->item[k]) <= split_ms ? 1 : 0;
        }
        const bool is_enough = up_to >= wanted;
        found_ms = is_enough && (found_ms == 0 || split_ms < found_ms) ? split_ms : found_ms;
    }
    return seconds(found_ms);
}

static double share(size_t of, size_t all)
{
    return (double)of / (double)all;
}

static void take_bin(struct measures *m, const struct item_group *g)
{
    enum { ENDS = EVENT_GREEN_END + 1 };
    size_t ends[ENDS] = { 0 };
    size_t walks = 0;
    int64_t sum_ms = 0;
    for (size_t i = 0; i < g->count; i++) {
        sum_ms += split_of(&g->item[i]);
        ends[g->item[i].value & (WALK_BIT - 1)]++;
        walks += (g->item[i].value & WALK_BIT) != 0 ? 1 : 0;
    }
    struct measures_row row = measures_row_of(g, 1);
    row.cell[3].whole = (int64_t)g->count;
    row.cell[4].whole = g->item[g->count - 1].key[2];
    row.cell[5].real = seconds(sum_ms) / (double)g->count;
    row.cell[6].real = percentile_s(g, 50);
    row.cell[7].real = percentile_s(g, 85);
    row.cell[8].real = share(ends[EVENT_GAP_OUT], g->count);
    row.cell[9].real = share(ends[EVENT_MAX_OUT], g->count);
    row.cell[10].real = share(ends[EVENT_FORCE_OFF], g->count);
    row.cell[11].real = share(ends[EVENT_GREEN_END], g->count);
    row.cell[12].real = share(walks, g->count);
    m->take(m->taker, &row);
}

void diagrams_split_monitor(struct measures *m)
{
    if (!collect_cycles(m)) {
        return;
    }
    bin_cycles(m);
    if (!measures_sort_samples(m)) {
        return;
    }
    struct item_group g = { 0 };
    while (item_next_group(&m->sample, 1, &g)) {
        take_bin(m, &g);
    }
}

/* Arrivals. */

static void choose_arrivals(struct measures *m, const struct hires_event *e)
{
    cycles_choose(m, e, MEASURES_ADVANCE, m->options.arrival_latency_ms);
}

static void find_arrivals(struct measures *m, const struct item_group *g)
{
    struct cycle c = { 0 };
    while (cycles_next(m, g, &c)) {
        const bool is_over = c.item + c.count < g->item + g->count;
        for (size_t i = 0; c.is_whole && is_over && i < c.count; i++) {
            const struct item *at = &c.item[i];
            const int32_t shows = at->at_ms < c.yellow->at_ms ? EVENT_GREEN_BEGIN
                                  : at->at_ms < c.red->at_ms  ? EVENT_YELLOW_BEGIN
                                                              : EVENT_RED_CLEAR_BEGIN;
            if (at->key[2] == EVENT_DETECTOR_ON) {
                item_add(&m->sample,
                         (struct item){ .at_ms = at->at_ms,
                                        .device = at->device,
                                        .key = { at->key[0], (int32_t)at->value, shows },
                                        .value = at->at_ms - c.item->at_ms });
            }
        }
    }
}

void diagrams_arrivals(struct measures *m)
{
    struct item_group g = { 0 };
    windows_find(m);
    windows_seal(m);
    measures_choose(m, choose_arrivals);
    measures_sort_streams(m);
    while (item_next_stream(&m->stream, &g)) {
        find_arrivals(m, &g);
    }
    if (!measures_sort_samples(m)) {
        return;
    }
    for (size_t i = 0; i < m->sample.count; i++) {
        const struct item_group one = { .item = &m->sample.item[i], .count = 1 };
        struct measures_row row = measures_row_of(&one, 2);
        row.cell[4].real = seconds(one.item->value);
        row.cell[5].whole = one.item->key[2];
        m->take(m->taker, &row);
    }
}
