/* crossings.c: pedestrians: how many pressed, and how long they waited. */
#include "measures_parts.h"

enum { HOUR_MS = 3600000, FIELD_BITS = 20, FIELD_MASK = (1 << FIELD_BITS) - 1 };
/* Counts that share the value of a sample. */
enum { FIELD_SERVICES, FIELD_PRESSES = FIELD_BITS, FIELD_UNIQUE = 2 * FIELD_BITS };

static void to_stream(struct measures *m, const struct hires_event *e)
{
    item_add(&m->stream, (struct item){
                             .at_ms = e->at_ms,
                             .device = e->device,
                             .key = { e->param, 0, e->code },
                         });
}

static void choose_presses(struct measures *m, const struct hires_event *e)
{
    if (e->code == EVENT_PED_DETECTOR_ON) {
        to_stream(m, e);
    }
}

static void add_count(struct measures *m, const struct item *at, int32_t field)
{
    item_add(&m->sample, (struct item){
                             .at_ms = measures_bin_ms(m, at->at_ms),
                             .device = at->device,
                             .key = { at->key[0] },
                             .value = INT64_C(1) << field,
                         });
}

/* A press that comes soon after the one before is the same person's. The first of a log has none
 * before it and is not counted, as the peer has it. */
static void add_unique(struct measures *m)
{
    struct item_group g = { 0 };
    m->stream.count = 0;
    measures_choose(m, choose_presses);
    measures_sort_streams(m);
    while (item_next_stream(&m->stream, &g)) {
        for (size_t i = 1; i < g.count; i++) {
            if (g.item[i].at_ms - g.item[i - 1].at_ms > m->options.between_ped_ms) {
                add_count(m, &g.item[i], FIELD_UNIQUE);
            }
        }
    }
}

void crossings_unique_ped(struct measures *m)
{
    struct item_group g = { 0 };
    add_unique(m);
    if (!measures_sort_samples(m)) {
        return;
    }
    while (item_next_group(&m->sample, 1, &g)) {
        struct measures_row row = measures_row_of(&g, 1);
        row.cell[3].whole = g.sum >> FIELD_UNIQUE;
        m->take(m->taker, &row);
    }
}

static void choose_services(struct measures *m, const struct hires_event *e)
{
    const struct item at = { .at_ms = e->at_ms, .device = e->device, .key = { e->param } };
    if (e->code == EVENT_WALK_BEGIN || e->code == HIRES_OVERLAP_WALK_BEGIN) {
        add_count(m, &at, FIELD_SERVICES);
    } else if (e->code == EVENT_PED_DETECTOR_ON) {
        add_count(m, &at, FIELD_PRESSES);
    }
}

/* Every crossing has a row in every bin of the log: a sample of nothing. */
static void add_zeros(struct measures *m)
{
    struct item_group g = { 0 };
    m->stream.count = 0;
    for (size_t i = 0; i < m->sample.count; i++) {
        item_add(&m->stream, m->sample.item[i]);
    }
    measures_sort_streams(m);
    while (item_next_stream(&m->stream, &g)) {
        for (int64_t bin_ms = INT64_MIN; !m->sample.is_full && measures_next_bin(m, &bin_ms);) {
            item_add(&m->sample, (struct item){ .at_ms = bin_ms,
                                                .device = g.item->device,
                                                .key = { g.item->key[0] } });
        }
    }
}

/* Pedestrians in an hour from the unique actuations in it (Singleton and Runa, Transportation
 * Research Record 2675, 2021: 0.7167 x + 0.0599 x^2 + 1.1063), dealt out to the bins. */
static double volume(int64_t unique, int64_t in_hour, int64_t bins_of_hour)
{
    const double x = (double)in_hour;
    const double per_hour = measures_single(0.7167 * x + 0.0599 * x * x);
    const double share = in_hour == 0 ? 0.0 : (double)unique / x;
    return measures_single(per_hour * share + 1.1063 / (double)bins_of_hour);
}

/* One crossing at a time: the hour of a bin begins with it. */
static void add_hours(struct measures *m, int64_t hour_ms)
{
    struct item_group g = { 0 };
    while (item_next_stream(&m->stream, &g)) {
        for (size_t i = 0; i < g.count; i++) {
            int64_t in_hour = 0;
            for (size_t k = i; k < g.count && g.item[k].at_ms - g.item[i].at_ms < hour_ms; k++) {
                in_hour += g.item[k].value >> FIELD_UNIQUE & FIELD_MASK;
            }
            struct item bin = g.item[i];
            bin.key[1] = (int32_t)in_hour;
            item_add(&m->sample, bin);
        }
    }
}

void crossings_full_ped(struct measures *m)
{
    const int64_t bins = HOUR_MS / m->options.bin_ms;
    const int64_t bins_of_hour = bins > 0 ? bins : 1;
    struct item_group g = { 0 };
    add_unique(m);
    measures_choose(m, choose_services);
    if (m->options.has_volumes) {
        add_zeros(m);
    }
    if (!measures_sort_samples(m)) {
        return;
    }
    m->stream.count = 0;
    while (item_next_group(&m->sample, 1, &g)) {
        struct item sum = *g.item;
        sum.value = g.sum;
        item_add(&m->stream, sum);
    }
    measures_sort_streams(m);
    m->sample.count = 0;
    add_hours(m, bins_of_hour * m->options.bin_ms);
    if (!measures_sort_samples(m)) {
        return;
    }
    g = (struct item_group){ 0 };
    while (item_next_group(&m->sample, 1, &g)) {
        struct measures_row row = measures_row_of(&g, 1);
        row.cell[3].whole = g.sum >> FIELD_SERVICES & FIELD_MASK;
        row.cell[4].whole = g.sum >> FIELD_PRESSES & FIELD_MASK;
        row.cell[5].whole = g.sum >> FIELD_UNIQUE & FIELD_MASK;
        row.cell[6].real = volume(row.cell[5].whole, g.item->key[1], bins_of_hour);
        m->take(m->taker, &row);
    }
}

static void choose_crossing(struct measures *m, const struct hires_event *e)
{
    if (e->code == EVENT_PED_DETECTOR_ON || e->code == EVENT_WALK_BEGIN ||
        e->code == EVENT_PED_CLEAR_BEGIN) {
        to_stream(m, e);
    }
}

static void add_delay(struct measures *m, const struct item *pressed, const struct item *walk,
                      int64_t at_ms)
{
    if (!windows_touch(m, WINDOW_DOUBT, walk->device, pressed->at_ms, walk->at_ms)) {
        item_add(&m->sample, (struct item){
                                 .at_ms = at_ms,
                                 .device = walk->device,
                                 .key = { walk->key[0] },
                                 .value = walk->at_ms - pressed->at_ms,
                             });
    }
}

/* From the first press after the last walk to the next one: the start of its clearance stands for a
 * walk that was not logged. */
static void follow_presses(struct measures *m, const struct item_group *g)
{
    for (size_t i = 0; i < g->count; i++) {
        const bool is_first = i == 0 || g->item[i - 1].key[2] == EVENT_PED_CLEAR_BEGIN;
        if (g->item[i].key[2] != EVENT_PED_DETECTOR_ON || !is_first) {
            continue;
        }
        size_t walk = i + 1;
        while (walk < g->count && g->item[walk].key[2] == EVENT_PED_DETECTOR_ON) {
            walk++;
        }
        if (walk < g->count &&
            g->item[walk].at_ms - g->item[i].at_ms >= m->options.min_duration_ms) {
            add_delay(m, &g->item[i], &g->item[walk], measures_bin_ms(m, g->item[walk].at_ms));
        }
    }
}

void crossings_ped_delay(struct measures *m)
{
    struct item_group g = { 0 };
    windows_find(m);
    windows_seal(m);
    measures_choose(m, choose_crossing);
    measures_sort_streams(m);
    while (item_next_stream(&m->stream, &g)) {
        follow_presses(m, &g);
    }
    if (!measures_sort_samples(m)) {
        return;
    }
    g = (struct item_group){ 0 };
    while (item_next_group(&m->sample, 1, &g)) {
        struct measures_row row = measures_row_of(&g, 1);
        row.cell[3].real = measures_mean_s(&g);
        row.cell[4].whole = (int64_t)g.count;
        m->take(m->taker, &row);
    }
}

static void choose_calls(struct measures *m, const struct hires_event *e)
{
    choose_crossing(m, e);
    if (e->code == EVENT_PED_CALL_ON || e->code == EVENT_DONT_WALK_BEGIN) {
        to_stream(m, e);
    }
}

static bool has_calls(const struct item_group *g)
{
    bool has = false;
    for (size_t i = 0; i < g->count; i++) {
        has = has || g->item[i].key[2] == EVENT_PED_CALL_ON;
    }
    return has;
}

/* Who is called by a button of another number has calls; who has none is called by his own. During
 * the walk nobody waits. A clearance without a walk says that something was lost. */
static void follow_calls(struct measures *m, const struct item_group *g, bool is_by_walk)
{
    const int32_t asks = has_calls(g) ? EVENT_PED_CALL_ON : EVENT_PED_DETECTOR_ON;
    const struct item *asked = NULL;
    bool is_walking = false;
    for (size_t i = 0; i < g->count; i++) {
        const struct item *at = &g->item[i];
        if (at->key[2] == asks && !is_walking && asked == NULL) {
            asked = at;
        } else if (at->key[2] == EVENT_WALK_BEGIN) {
            if (asked != NULL) {
                add_delay(m, asked, at, is_by_walk ? at->at_ms : measures_bin_ms(m, at->at_ms));
            }
            is_walking = true;
            asked = NULL;
        } else if (at->key[2] == EVENT_PED_CLEAR_BEGIN || at->key[2] == EVENT_DONT_WALK_BEGIN) {
            asked = at->key[2] == EVENT_PED_CLEAR_BEGIN && !is_walking ? NULL : asked;
            is_walking = false;
        }
    }
}

/* All waits become samples. False: they did not fit. */
static bool find_waits(struct measures *m, bool is_by_walk)
{
    struct item_group g = { 0 };
    windows_find(m);
    windows_seal(m);
    measures_choose(m, choose_calls);
    measures_sort_streams(m);
    while (item_next_stream(&m->stream, &g)) {
        follow_calls(m, &g, is_by_walk);
    }
    return measures_sort_samples(m);
}

void crossings_ped_delay_better(struct measures *m)
{
    struct item_group g = { 0 };
    if (!find_waits(m, false)) {
        return;
    }
    while (item_next_group(&m->sample, 1, &g)) {
        struct measures_row row = measures_row_of(&g, 1);
        row.cell[3].real = measures_exact_mean_s(&g);
        row.cell[4].real = measures_longest_s(&g);
        row.cell[5].whole = (int64_t)g.count;
        m->take(m->taker, &row);
    }
}

/* The same waits, each by itself. */
void crossings_ped_waits(struct measures *m)
{
    if (!find_waits(m, true)) {
        return;
    }
    for (size_t i = 0; i < m->sample.count; i++) {
        const struct item_group g = { .item = &m->sample.item[i], .count = 1 };
        struct measures_row row = measures_row_of(&g, 1);
        row.cell[3].real = (double)g.item->value / 1000.0;
        m->take(m->taker, &row);
    }
}
