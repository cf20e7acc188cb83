/* failures.c: split failures: a green that stayed occupied to its end and left vehicles waiting in
 * the red after it. */
#include "measures_parts.h"

enum {
    RED_IS_OVER = EVENT_RED_CLEAR_END, /* the mark at the end of the red that is looked at */
    RAPID_MS = 2000, /* an on so soon after an on: the off came and went between two samples */
    PER_MILLE = 1000,
    GREEN_SHIFT = 32
};

/* First the edges of each detector, in streams by phase and channel. */
static void choose_edges(struct measures *m, const struct hires_event *e)
{
    if (e->code != EVENT_DETECTOR_ON && e->code != EVENT_DETECTOR_OFF) {
        return;
    }
    const struct measures_detector *role = NULL;
    const size_t roles = measures_roles(m, e, &role);
    for (size_t i = 0; i < roles; i++) {
        if (role[i].function == MEASURES_PRESENCE) {
            item_add(&m->stream, (struct item){ .at_ms = e->at_ms,
                                                .device = e->device,
                                                .key = { role[i].phase, e->param, e->code } });
        }
    }
}

static void add_edge(struct measures *m, const struct item *like, int64_t at_ms, int32_t code)
{
    struct item edge = *like;
    edge.at_ms = at_ms;
    edge.key[1] = m->options.is_by_detector ? like->key[1] : 0;
    edge.key[2] = code;
    edge.value = code == EVENT_DETECTOR_ON ? 1 : -1;
    item_add(&m->sample, edge);
}

/* Edges that were lost are put where they may have been: an off at the next on, when that came
 * soon, else half-way; an on half-way; and an on before an off that comes first. */
static void mend_edges(struct measures *m, const struct item_group *g)
{
    for (size_t i = 0; i < g->count; i++) {
        const struct item *at = &g->item[i];
        const int32_t code = at->key[2];
        if (i == 0 && code == EVENT_DETECTOR_OFF) {
            add_edge(m, at, at->at_ms - 1, EVENT_DETECTOR_ON);
        }
        if (i > 0 && g->item[i - 1].key[2] == code) {
            const int64_t apart_ms = at->at_ms - g->item[i - 1].at_ms;
            const bool is_rapid = code == EVENT_DETECTOR_ON && apart_ms <= RAPID_MS;
            add_edge(m, at, is_rapid ? at->at_ms : at->at_ms - apart_ms / 2,
                     code == EVENT_DETECTOR_ON ? EVENT_DETECTOR_OFF : EVENT_DETECTOR_ON);
        }
        add_edge(m, at, at->at_ms, code);
    }
}

/* A phase that is judged detector by detector has its signals in the stream of each. */
static void add_signal(struct measures *m, const struct hires_event *e, int64_t late_ms,
                       int32_t code)
{
    const struct measures_detector *d = NULL;
    const size_t roles = m->options.is_by_detector ? measures_device_roles(m, e->device, &d) : 0;
    for (size_t i = 0; i < roles; i++) {
        if (d[i].phase == e->param && d[i].function == MEASURES_PRESENCE) {
            item_add(&m->stream, (struct item){ .at_ms = e->at_ms + late_ms,
                                                .device = e->device,
                                                .key = { e->param, d[i].channel, code } });
        }
    }
    if (!m->options.is_by_detector && measures_has_function(m, e, MEASURES_PRESENCE)) {
        item_add(&m->stream, (struct item){ .at_ms = e->at_ms + late_ms,
                                            .device = e->device,
                                            .key = { e->param, 0, code } });
    }
}

static void choose_signals(struct measures *m, const struct hires_event *e)
{
    if (e->code == EVENT_GREEN_BEGIN || e->code == EVENT_YELLOW_BEGIN ||
        e->code == EVENT_RED_CLEAR_BEGIN) {
        add_signal(m, e, 0, e->code);
    }
    const int64_t last_ms = m->event[m->event_count - 1].at_ms;
    const bool is_in_log =
        e->at_ms + m->options.red_ms < measures_bin_ms(m, last_ms) + m->options.bin_ms;
    if (e->code == EVENT_RED_CLEAR_BEGIN && is_in_log) {
        add_signal(m, e, m->options.red_ms, RED_IS_OVER);
    }
}

/* What is counted between a green and the next. */
struct count {
    const struct item *green;
    int64_t end_ms; /* of the red that is looked at */
    int64_t green_ms, green_on_ms, red_on_ms;
    uint32_t yellows, ends;
    bool is_known; /* the detectors had spoken before */
};

/* A cycle becomes one sample: the red in a key, both times of the green in the value. */
static void close_cycle(struct measures *m, const struct count *c)
{
    if (c->green == NULL || c->yellows != 1 || c->ends != 1 || !c->is_known || c->green_ms <= 0 ||
        c->green_ms > INT32_MAX ||
        windows_touch(m, WINDOW_DOUBT, c->green->device, c->green->at_ms, c->end_ms)) {
        return;
    }
    item_add(
        &m->sample,
        (struct item){ .at_ms = m->options.is_by_cycle ? c->end_ms : measures_bin_ms(m, c->end_ms),
                       .device = c->green->device,
                       .key = { c->green->key[0], c->green->key[1], (int32_t)c->red_on_ms },
                       .value = c->green_ms << GREEN_SHIFT | c->green_on_ms });
}

static void add_time(struct count *c, int32_t shows, bool is_on, int64_t ms)
{
    c->green_ms += shows == EVENT_GREEN_BEGIN ? ms : 0;
    c->green_on_ms += shows == EVENT_GREEN_BEGIN && is_on ? ms : 0;
    c->red_on_ms += shows == EVENT_RED_CLEAR_BEGIN && is_on ? ms : 0;
}

/* One approach, or one detector of it: time goes by from item to item. */
static void follow_signals(struct measures *m, const struct item_group *g)
{
    struct count c = { 0 };
    int32_t shows = 0;
    int64_t on = 0;
    bool has_spoken = false;
    for (size_t i = 0; i < g->count; i++) {
        const struct item *at = &g->item[i];
        const int32_t code = at->key[2];
        if (i > 0) {
            add_time(&c, shows, on > 0, at->at_ms - g->item[i - 1].at_ms);
        }
        if (code == EVENT_GREEN_BEGIN) {
            close_cycle(m, &c);
            c = (struct count){ .green = at, .is_known = has_spoken };
            shows = code;
        } else if (code <= RED_IS_OVER) {
            shows = max_i32(shows, code);
            c.yellows += code == EVENT_YELLOW_BEGIN ? 1 : 0;
            c.ends += code == RED_IS_OVER ? 1 : 0;
            c.end_ms = code == RED_IS_OVER ? at->at_ms : c.end_ms;
        } else {
            on += at->value;
            has_spoken = true;
        }
    }
    close_cycle(m, &c);
}

/* Means of the cycles in a bin; a bin by cycle holds one. */
static void take_bin(struct measures *m, const struct item_group *g)
{
    double green_s = 0.0;
    double green_share = 0.0;
    double red_share = 0.0;
    int64_t failures = 0;
    for (size_t i = 0; i < g->count; i++) {
        const int64_t green_ms = g->item[i].value >> GREEN_SHIFT;
        const int64_t green_on_ms = g->item[i].value & UINT32_MAX;
        const int64_t red_on_ms = g->item[i].key[2];
        green_s += measures_seconds(green_ms);
        green_share += (double)((float)green_on_ms / (float)green_ms);
        red_share += (double)((float)red_on_ms / (float)m->options.red_ms);
        const bool is_full =
            green_on_ms * PER_MILLE >= green_ms * m->options.green_threshold_pml &&
            red_on_ms * PER_MILLE >= m->options.red_ms * m->options.red_threshold_pml;
        failures += is_full ? 1 : 0;
    }
    const double count = (double)g->count;
    struct measures_row row = measures_row_of(g, 0);
    uint32_t cell = 2;
    if (m->options.is_by_detector) {
        row.cell[cell++].whole = g->item->key[1];
    }
    row.cell[cell++].whole = g->item->key[0];
    row.cell[cell++].real = measures_single(green_s / count);
    row.cell[cell++].real = measures_single(green_share / count);
    row.cell[cell++].real = measures_single(red_share / count);
    row.cell[cell].whole = failures;
    m->take(m->taker, &row);
}

void failures_table(struct measures *m)
{
    struct item_group g = { 0 };
    windows_find(m);
    windows_seal(m);
    measures_choose(m, choose_edges);
    measures_sort_streams(m);
    while (item_next_stream(&m->stream, &g)) {
        mend_edges(m, &g);
    }
    m->stream.count = 0;
    for (size_t i = 0; i < m->sample.count; i++) {
        item_add(&m->stream, m->sample.item[i]);
    }
    m->sample.count = 0;
    measures_choose(m, choose_signals);
    measures_sort_streams(m);
    g = (struct item_group){ 0 };
    while (item_next_stream(&m->stream, &g)) {
        follow_signals(m, &g);
    }
    if (!measures_sort_samples(m)) {
        return;
    }
    g = (struct item_group){ 0 };
    while (item_next_group(&m->sample, 2, &g)) {
        take_bin(m, &g);
    }
}
