/* coordination.c: what the coordination wanted and what it did, as it was logged. */
#include "measures_parts.h"

enum kept { KEPT_PATTERN, KEPT_CYCLE, KEPT_ACTUAL_CYCLE, KEPT_ACTUAL_OFFSET, KEPT_COUNT };
enum { KEPT_BITS = 16, END_OF_BIN = INT32_MAX };

static const uint16_t codes[KEPT_COUNT] = {
    [KEPT_PATTERN] = EVENT_PATTERN_CHANGE,
    [KEPT_CYCLE] = EVENT_CYCLE_CHANGE,
    [KEPT_ACTUAL_CYCLE] = HIRES_COORDINATED_ACTUAL_CYCLE,
    [KEPT_ACTUAL_OFFSET] = HIRES_COORDINATED_ACTUAL_OFFSET,
};

static bool is_coordination(uint16_t code)
{
    bool is_one = false;
    for (uint32_t i = 0; i < KEPT_COUNT; i++) {
        is_one = is_one || codes[i] == code;
    }
    return is_one;
}

static void choose_events(struct measures *m, const struct hires_event *e)
{
    if (is_coordination(e->code)) {
        item_add(&m->sample, (struct item){
                                 .at_ms = e->at_ms,
                                 .device = e->device,
                                 .key = { e->code, e->param },
                             });
    }
}

void coordination_events(struct measures *m)
{
    measures_choose(m, choose_events);
    if (!measures_sort_samples(m)) {
        return;
    }
    for (size_t i = 0; i < m->sample.count; i++) {
        const struct item *s = &m->sample.item[i];
        const struct measures_row row = { .cell = {
                                              { .whole = measures_bin_ms(m, s->at_ms) },
                                              { .whole = s->at_ms },
                                              { .whole = s->device },
                                              { .whole = s->key[0] },
                                              { .whole = s->key[1] },
                                          } };
        m->take(m->taker, &row);
    }
}

/* Each bin that has data ends with a mark, behind all events of the bin. */
static void mark_bin(void *taker, const struct measures_row *row)
{
    struct measures *m = taker;
    item_add(&m->stream, (struct item){
                             .at_ms = row->cell[0].whole + m->options.bin_ms - 1,
                             .device = (int32_t)row->cell[1].whole,
                             .key = { 0, 0, END_OF_BIN },
                         });
}

static void choose_states(struct measures *m, const struct hires_event *e)
{
    if (is_coordination(e->code)) {
        item_add(&m->stream, (struct item){
                                 .at_ms = e->at_ms,
                                 .device = e->device,
                                 .key = { 0, 0, e->code },
                                 .value = e->param,
                             });
    }
}

/* The state holds until it changes; what was never told is 0. Of two values at one moment the
 * higher one counts, since it comes last in the stream. */
static void follow_device(struct measures *m, const struct item_group *g)
{
    int64_t state[KEPT_COUNT] = { 0 };
    for (size_t i = 0; i < g->count; i++) {
        const struct item *at = &g->item[i];
        int64_t packed = 0;
        for (uint32_t k = 0; k < KEPT_COUNT; k++) {
            state[k] = at->key[2] == codes[k] ? at->value : state[k];
            packed |= state[k] << (k * KEPT_BITS);
        }
        if (at->key[2] == END_OF_BIN) {
            item_add(&m->sample, (struct item){
                                     .at_ms = at->at_ms + 1 - m->options.bin_ms,
                                     .device = at->device,
                                     .value = packed,
                                 });
        }
    }
}

void coordination_bins(struct measures *m)
{
    measures_take_fn *const take = m->take;
    void *const taker = m->taker;
    struct item_group g = { 0 };
    m->take = mark_bin;
    m->taker = m;
    counts_has_data(m);
    m->take = take;
    m->taker = taker;
    m->sample.count = 0;
    measures_choose(m, choose_states);
    measures_sort_streams(m);
    while (item_next_stream(&m->stream, &g)) {
        follow_device(m, &g);
    }
    if (!measures_sort_samples(m)) {
        return;
    }
    g = (struct item_group){ 0 };
    while (item_next_group(&m->sample, 0, &g)) {
        struct measures_row row = measures_row_of(&g, 0);
        for (uint32_t k = 0; k < KEPT_COUNT; k++) {
            row.cell[2 + k].whole = g.item->value >> (k * KEPT_BITS) & UINT16_MAX;
        }
        m->take(m->taker, &row);
    }
}
