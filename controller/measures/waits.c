/* waits.c: how long a phase was called before it turned green, and whether it was passed over. */
#include "measures_parts.h"

enum { NO_PHASE = -1 };

static void to_stream(struct measures *m, const struct hires_event *e, int32_t key1)
{
    item_add(&m->stream, (struct item){ .at_ms = e->at_ms,
                                        .device = e->device,
                                        .key = { e->param, key1, e->code } });
}

/* An interval of a phase runs from its begin to its end. A begin that follows a begin, or an end an
 * end, says that something was lost: between the two nothing is known. */
struct pair {
    uint16_t begin, end;
};

static const struct pair intervals[] = {
    { EVENT_GREEN_BEGIN, EVENT_GREEN_END },
    { EVENT_YELLOW_BEGIN, EVENT_YELLOW_END },
    { EVENT_RED_CLEAR_BEGIN, EVENT_RED_CLEAR_END },
};

static void choose_intervals(struct measures *m, const struct hires_event *e)
{
    for (int32_t i = 0; i < (int32_t)(sizeof intervals / sizeof intervals[0]); i++) {
        if (e->code == intervals[i].begin || e->code == intervals[i].end) {
            to_stream(m, e, i);
        }
    }
}

/* Of all phases of the device: where one of them lost an event, others may have. */
static void find_broken_intervals(struct measures *m)
{
    struct item_group g = { 0 };
    m->stream.count = 0;
    measures_choose(m, choose_intervals);
    measures_sort_streams(m);
    while (item_next_stream(&m->stream, &g)) {
        for (size_t i = 0; i + 1 < g.count; i++) {
            if (g.item[i].key[2] == g.item[i + 1].key[2]) {
                windows_add(m, WINDOW_DOUBT, g.item[i].device, g.item[i].at_ms,
                            g.item[i + 1].at_ms);
            }
        }
    }
}

static void choose_preempts(struct measures *m, const struct hires_event *e)
{
    if (e->code == HIRES_PREEMPT_CALL_ON || e->code == HIRES_PREEMPT_CALL_OFF) {
        to_stream(m, e, 0);
    }
}

/* A preemption, and the time in which the sequence finds its way back. */
static void find_preempts(struct measures *m)
{
    struct item_group g = { 0 };
    m->stream.count = 0;
    measures_choose(m, choose_preempts);
    measures_sort_streams(m);
    while (item_next_stream(&m->stream, &g)) {
        for (size_t i = 0; i + 1 < g.count; i++) {
            if (g.item[i].key[2] == HIRES_PREEMPT_CALL_ON &&
                g.item[i + 1].key[2] == HIRES_PREEMPT_CALL_OFF) {
                windows_add(m, WINDOW_PREEMPT, g.item[i].device, g.item[i].at_ms,
                            g.item[i + 1].at_ms + m->options.preempt_ms);
            }
        }
    }
}

/* Calls and greens in streams by phase; cycle lengths in others before them. */
static void choose_calls(struct measures *m, const struct hires_event *e)
{
    if (e->code == EVENT_CALL_ON || e->code == EVENT_GREEN_BEGIN) {
        to_stream(m, e, 0);
    } else if (e->code == EVENT_CYCLE_CHANGE || e->code == HIRES_COORDINATED_ACTUAL_CYCLE) {
        item_add(&m->stream, (struct item){ .at_ms = e->at_ms,
                                            .device = e->device,
                                            .key = { NO_PHASE, e->code },
                                            .value = e->param });
    }
}

static void choose_calls_and_ends(struct measures *m, const struct hires_event *e)
{
    choose_calls(m, e);
    if (e->code == EVENT_CALL_OFF || e->code == EVENT_GREEN_END) {
        to_stream(m, e, 0);
    }
}

/* The cycle of a moment, in seconds: the last that was told. */
static int64_t cycle_at(const struct measures *m, const struct item_group *cycles, int64_t at_ms)
{
    size_t low = 0;
    size_t high = cycles->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const bool is_before = cycles->item[middle].at_ms <= at_ms;
        low = is_before ? middle + 1 : low;
        high = is_before ? high : middle;
    }
    const int64_t cycle_s = low > 0 ? cycles->item[low - 1].value : 0;
    return cycle_s > 0 ? cycle_s : m->options.assumed_cycle_s;
}

/* Whether a call event and the next one agree: on and off in turn. */
static bool is_call_sound(const struct item_group *g, size_t call)
{
    for (size_t i = call + 1; i < g->count; i++) {
        const int32_t code = g->item[i].key[2];
        if (code == EVENT_CALL_ON || code == EVENT_CALL_OFF) {
            return code != g->item[call].key[2];
        }
    }
    return true;
}

static void add_wait(struct measures *m, const struct item *from, int64_t cycle_s)
{
    const struct item *green = from + 1;
    const int64_t wait_ms = green->at_ms - from->at_ms;
    item_add(
        &m->sample,
        (struct item){ .at_ms = measures_bin_ms(m, green->at_ms),
                       .device = green->device,
                       .key = { green->key[0], wait_ms > cycle_s * m->options.skip_multiplier_pml },
                       .value = wait_ms });
}

/* The peer's: from the last call before a green, whether or not it was taken back meanwhile, unless
 * it came in a preemption; a skip by the cycle at the call. */
static void follow_last_call(struct measures *m, const struct item_group *g,
                             const struct item_group *cycles)
{
    for (size_t i = 0; i + 1 < g->count; i++) {
        const struct item *call = &g->item[i];
        const int64_t green_ms = g->item[i + 1].at_ms;
        if (call->key[2] == EVENT_CALL_ON && g->item[i + 1].key[2] == EVENT_GREEN_BEGIN &&
            green_ms - call->at_ms >= m->options.min_duration_ms &&
            !windows_touch(m, WINDOW_PREEMPT, call->device, call->at_ms, call->at_ms + 1) &&
            !windows_touch(m, WINDOW_DOUBT, call->device, call->at_ms, green_ms)) {
            add_wait(m, call, cycle_at(m, cycles, call->at_ms));
        }
    }
}

/* Ours: from a call that stood until the green, or, when it outlasted a green, from the end of that
 * green to the next; not in or through a preemption, nor where calls were lost; a skip by the
 * longer of the cycles at both ends. */
static void follow_standing_call(struct measures *m, const struct item_group *g,
                                 const struct item_group *cycles)
{
    bool is_called = false;
    bool is_sound = true;
    for (size_t i = 0; i + 1 < g->count; i++) {
        const struct item *at = &g->item[i];
        const int64_t green_ms = g->item[i + 1].at_ms;
        if (at->key[2] == EVENT_CALL_ON || at->key[2] == EVENT_CALL_OFF) {
            is_called = at->key[2] == EVENT_CALL_ON;
            is_sound = is_call_sound(g, i);
        }
        const bool begins =
            at->key[2] == EVENT_CALL_ON || (at->key[2] == EVENT_GREEN_END && is_called);
        if (begins && is_sound && g->item[i + 1].key[2] == EVENT_GREEN_BEGIN &&
            !windows_touch(m, WINDOW_PREEMPT, at->device, at->at_ms, green_ms) &&
            !windows_touch(m, WINDOW_DOUBT, at->device, at->at_ms, green_ms)) {
            const int64_t begin_s = cycle_at(m, cycles, at->at_ms);
            const int64_t end_s = cycle_at(m, cycles, green_ms);
            add_wait(m, at, begin_s > end_s ? begin_s : end_s);
        }
    }
}

/* The cycle that was asked for, or the one that ran; both come before the phases of a device. */
struct cycles {
    struct item_group asked, actual;
};

static const struct item_group *cycles_of(const struct measures *m, const struct cycles *c,
                                          bool is_actual_preferred, int32_t device)
{
    static const struct item_group none = { 0 };
    const bool has_actual = c->actual.count > 0 && c->actual.item->device == device;
    const bool has_asked = c->asked.count > 0 && c->asked.item->device == device;
    if (m->options.is_actual_cycle || (is_actual_preferred && has_actual)) {
        return has_actual ? &c->actual : &none;
    }
    return has_asked ? &c->asked : &none;
}

static bool find_waits(struct measures *m, bool is_better)
{
    struct item_group g = { 0 };
    struct cycles cycles = { 0 };
    windows_find(m);
    if (is_better) {
        find_broken_intervals(m);
    }
    find_preempts(m);
    windows_seal(m);
    m->stream.count = 0;
    measures_choose(m, is_better ? choose_calls_and_ends : choose_calls);
    measures_sort_streams(m);
    while (item_next_stream(&m->stream, &g)) {
        if (g.item->key[0] != NO_PHASE) {
            const struct item_group *c = cycles_of(m, &cycles, is_better, g.item->device);
            if (is_better) {
                follow_standing_call(m, &g, c);
            } else {
                follow_last_call(m, &g, c);
            }
        } else if (g.item->key[1] == EVENT_CYCLE_CHANGE) {
            cycles.asked = g;
        } else {
            cycles.actual = g;
        }
    }
    return measures_sort_samples(m);
}

static int64_t skips_of(const struct item_group *g)
{
    int64_t skips = 0;
    for (size_t i = 0; i < g->count; i++) {
        skips += g->item[i].key[1];
    }
    return skips;
}

void waits_table(struct measures *m)
{
    struct item_group g = { 0 };
    if (!find_waits(m, false)) {
        return;
    }
    while (item_next_group(&m->sample, 1, &g)) {
        struct measures_row row = measures_row_of(&g, 1);
        row.cell[3].real = measures_mean_s(&g);
        row.cell[4].whole = skips_of(&g);
        m->take(m->taker, &row);
    }
}

void waits_table_better(struct measures *m)
{
    struct item_group g = { 0 };
    if (!find_waits(m, true)) {
        return;
    }
    while (item_next_group(&m->sample, 1, &g)) {
        struct measures_row row = measures_row_of(&g, 1);
        row.cell[3].real = measures_exact_mean_s(&g);
        row.cell[4].real = measures_longest_s(&g);
        row.cell[5].whole = (int64_t)g.count;
        row.cell[6].whole = skips_of(&g);
        m->take(m->taker, &row);
    }
}
