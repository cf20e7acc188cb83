/* health.c: whether the log and the detectors in it can be believed. */
#include "measures_parts.h"

enum { SAMPLE_NOTHING, SAMPLE_ACTUATION, SAMPLE_ON_MS, SAMPLE_LOST, SAMPLE_FAULT, SAMPLE_COUNT };

void health_gaps(struct measures *m)
{
    const int64_t gap_ms = m->options.gap_ms;
    m->options.gap_ms = gap_ms > 0 ? gap_ms : m->options.no_data_ms;
    windows_find_gaps(m);
    m->options.gap_ms = gap_ms;
    if (m->stream.is_full || m->window.is_full) {
        return;
    }
    m->sort(m->window.item, m->window.count, sizeof m->window.item[0], item_compare_bins);
    for (size_t i = 0; i < m->window.count; i++) {
        const struct item *w = &m->window.item[i];
        const struct measures_row row = { .cell = {
                                              { .whole = w->at_ms },
                                              { .whole = w->value },
                                              { .whole = w->device },
                                              { .real = measures_seconds(w->value - w->at_ms) },
                                          } };
        m->take(m->taker, &row);
    }
}

static void choose_channels(struct measures *m, const struct hires_event *e)
{
    const bool is_edge = e->code == EVENT_DETECTOR_OFF || e->code == EVENT_DETECTOR_ON;
    const bool is_fault =
        e->code >= EVENT_DETECTOR_FAULT_OTHER && e->code <= EVENT_DETECTOR_FAULT_EXCESSIVE;
    if (is_edge || is_fault) {
        item_add(&m->stream, (struct item){ .at_ms = e->at_ms,
                                            .device = e->device,
                                            .key = { e->param, 0, e->code },
                                            .value = 1 });
    }
}

/* Channels of the detector file that say nothing are the ones that matter here. */
static void add_known_channels(struct measures *m)
{
    for (size_t i = 0; i < m->detector_count; i++) {
        item_add(&m->stream, (struct item){ .at_ms = m->event[0].at_ms,
                                            .device = m->detector[i].device,
                                            .key = { m->detector[i].channel, 0, -1 } });
    }
}

static void add(struct measures *m, const struct item *like, int64_t bin_ms, int32_t what,
                int64_t value)
{
    item_add(&m->sample, (struct item){ .at_ms = bin_ms,
                                        .device = like->device,
                                        .key = { like->key[0], what },
                                        .value = value });
}

static void add_occupied(struct measures *m, const struct item *on, int64_t until_ms)
{
    for (int64_t from_ms = on->at_ms; from_ms < until_ms && !m->sample.is_full;) {
        const int64_t bin_ms = measures_bin_ms(m, from_ms);
        const int64_t end_ms = bin_ms + m->options.bin_ms;
        const int64_t to_ms = end_ms < until_ms ? end_ms : until_ms;
        add(m, on, bin_ms, SAMPLE_ON_MS, to_ms - from_ms);
        from_ms = to_ms;
    }
}

/* One channel through the whole log. It is occupied up to its off, or to the next on if the off is
 * lost, or to the end of the log; not beyond a gap. */
static void follow_channel(struct measures *m, const struct item_group *g, int64_t last_ms)
{
    const struct item *before = NULL;
    for (int64_t bin_ms = INT64_MIN; !m->sample.is_full && measures_next_bin(m, &bin_ms);) {
        add(m, g->item, bin_ms, SAMPLE_NOTHING, 0);
    }
    for (size_t i = 0; i < g->count; i++) {
        const struct item *at = &g->item[i];
        const int64_t bin_ms = measures_bin_ms(m, at->at_ms);
        if (at->key[2] != EVENT_DETECTOR_ON && at->key[2] != EVENT_DETECTOR_OFF) {
            add(m, at, bin_ms, SAMPLE_FAULT, at->value);
            continue;
        }
        if (at->key[2] == EVENT_DETECTOR_ON) {
            add(m, at, bin_ms, SAMPLE_ACTUATION, 1);
        }
        if (before != NULL && before->key[2] == at->key[2]) {
            add(m, at, bin_ms, SAMPLE_LOST, 1);
        }
        if (before != NULL && before->key[2] == EVENT_DETECTOR_ON &&
            !windows_touch(m, WINDOW_DOUBT, at->device, before->at_ms, at->at_ms)) {
            add_occupied(m, before, at->at_ms);
        }
        before = at;
    }
    if (before != NULL && before->key[2] == EVENT_DETECTOR_ON &&
        !windows_touch(m, WINDOW_DOUBT, before->device, before->at_ms, last_ms)) {
        add_occupied(m, before, last_ms);
    }
}

void health_detectors(struct measures *m)
{
    struct item_group g = { 0 };
    if (m->event_count == 0) {
        return;
    }
    windows_find(m);
    windows_seal(m);
    add_known_channels(m);
    measures_choose(m, choose_channels);
    measures_sort_streams(m);
    while (item_next_stream(&m->stream, &g)) {
        follow_channel(m, &g, m->event[m->event_count - 1].at_ms);
    }
    if (!measures_sort_samples(m)) {
        return;
    }
    g = (struct item_group){ 0 };
    while (item_next_group(&m->sample, 1, &g)) {
        int64_t sum[SAMPLE_COUNT] = { 0 };
        for (size_t i = 0; i < g.count; i++) {
            sum[g.item[i].key[1]] += g.item[i].value;
        }
        struct measures_row row = measures_row_of(&g, 1);
        row.cell[3].whole = sum[SAMPLE_ACTUATION];
        row.cell[4].real = (double)sum[SAMPLE_ON_MS] / (double)m->options.bin_ms;
        row.cell[5].whole = sum[SAMPLE_LOST];
        row.cell[6].whole = sum[SAMPLE_FAULT];
        m->take(m->taker, &row);
    }
}
