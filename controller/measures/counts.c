/* counts.c: tables that count or average events as they stand. */
#include "measures_parts.h"

/* Two counts in one value of a sample. */
enum { SECOND_SHIFT = 32 };

static void choose_all(struct measures *m, const struct hires_event *e)
{
    const int64_t into_ms = e->at_ms - measures_bin_ms(m, e->at_ms);
    measures_sample(m, e, (int32_t)(into_ms / m->options.no_data_ms), 0, 1);
}

/* A bin has data when each of its parts has. */
void counts_has_data(struct measures *m)
{
    const int64_t parts = (m->options.bin_ms + m->options.no_data_ms - 1) / m->options.no_data_ms;
    int64_t good = 0;
    const struct item *bin = NULL;
    struct item_group part = { 0 };
    measures_choose(m, choose_all);
    if (!measures_sort_samples(m)) {
        return;
    }
    while (item_next_group(&m->sample, 1, &part)) {
        const bool is_same =
            bin != NULL && bin->at_ms == part.item->at_ms && bin->device == part.item->device;
        bin = part.item;
        good = (is_same ? good : 0) + ((int64_t)part.count >= m->options.min_data_points ? 1 : 0);
        if (good == parts) {
            const struct measures_row row = measures_row_of(&part, 0);
            m->take(m->taker, &row);
            good = 0;
        }
    }
}

static void choose_actuations(struct measures *m, const struct hires_event *e)
{
    if (e->code == EVENT_DETECTOR_ON) {
        measures_sample(m, e, e->param, 0, 1);
    }
}

void counts_actuations(struct measures *m)
{
    struct item_group g = { 0 };
    measures_choose(m, choose_actuations);
    if (!measures_sort_samples(m)) {
        return;
    }
    while (item_next_group(&m->sample, 1, &g)) {
        struct measures_row row = measures_row_of(&g, 1);
        row.cell[3].whole = (int64_t)g.count;
        m->take(m->taker, &row);
    }
}

static void choose_ped(struct measures *m, const struct hires_event *e)
{
    if (e->code == EVENT_WALK_BEGIN || e->code == HIRES_OVERLAP_WALK_BEGIN) {
        measures_sample(m, e, e->param, 0, 1);
    } else if (e->code == EVENT_PED_DETECTOR_ON) {
        measures_sample(m, e, e->param, 0, INT64_C(1) << SECOND_SHIFT);
    }
}

void counts_ped(struct measures *m)
{
    struct item_group g = { 0 };
    measures_choose(m, choose_ped);
    if (!measures_sort_samples(m)) {
        return;
    }
    while (item_next_group(&m->sample, 1, &g)) {
        struct measures_row row = measures_row_of(&g, 1);
        row.cell[3].whole = g.sum % (INT64_C(1) << SECOND_SHIFT);
        row.cell[4].whole = g.sum >> SECOND_SHIFT;
        m->take(m->taker, &row);
    }
}

static void choose_splits(struct measures *m, const struct hires_event *e)
{
    if (e->code >= EVENT_ACTUAL_SPLIT_1 && e->code <= HIRES_COORDINATED_ACTUAL_SPLIT) {
        measures_sample(m, e, e->code, 0, e->param);
    }
}

void counts_splits(struct measures *m)
{
    struct item_group g = { 0 };
    measures_choose(m, choose_splits);
    if (!measures_sort_samples(m)) {
        return;
    }
    while (item_next_group(&m->sample, 1, &g)) {
        struct measures_row row = measures_row_of(&g, 1);
        row.cell[3].whole = (int64_t)g.count;
        row.cell[4].real = measures_single((double)g.sum / (double)g.count);
        m->take(m->taker, &row);
    }
}

static void choose_terminations(struct measures *m, const struct hires_event *e)
{
    if (e->code >= EVENT_GAP_OUT && e->code <= EVENT_FORCE_OFF) {
        measures_sample(m, e, e->param, e->code, 1);
    }
}

void counts_terminations(struct measures *m)
{
    struct item_group g = { 0 };
    measures_choose(m, choose_terminations);
    if (!measures_sort_samples(m)) {
        return;
    }
    while (item_next_group(&m->sample, 2, &g)) {
        struct measures_row row = measures_row_of(&g, 2);
        row.cell[4].whole = (int64_t)g.count;
        m->take(m->taker, &row);
    }
}

static void choose_communications(struct measures *m, const struct hires_event *e)
{
    for (uint32_t i = 0; i < m->options.code_count; i++) {
        if (e->code == m->options.code[i]) {
            measures_sample(m, e, e->code, 0, e->param);
            return;
        }
    }
}

void counts_communications(struct measures *m)
{
    struct item_group g = { 0 };
    measures_choose(m, choose_communications);
    if (!measures_sort_samples(m)) {
        return;
    }
    while (item_next_group(&m->sample, 1, &g)) {
        struct measures_row row = measures_row_of(&g, 1);
        row.cell[3].real = measures_single((double)g.sum / (double)g.count);
        m->take(m->taker, &row);
    }
}

/* Every phase that has detectors of a function has a row in every bin in which anything was logged:
 * nobody came is a number too. The first sample of a detector counts it, the others its vehicles.
 */
static void add_roles(struct measures *m, int64_t bin_ms)
{
    for (size_t i = 0; i < m->detector_count && !m->sample.is_full; i++) {
        const struct measures_detector *d = &m->detector[i];
        if (d->function != MEASURES_OTHER) {
            item_add(&m->sample, (struct item){ .at_ms = bin_ms,
                                                .device = d->device,
                                                .key = { d->phase, d->function },
                                                .value = INT64_C(1) << SECOND_SHIFT });
        }
    }
}

static void choose_volumes(struct measures *m, const struct hires_event *e)
{
    const struct measures_detector *role = NULL;
    const size_t roles = e->code == EVENT_DETECTOR_ON ? measures_roles(m, e, &role) : 0;
    for (size_t i = 0; i < roles; i++) {
        if (role[i].function != MEASURES_OTHER) {
            measures_sample(m, e, role[i].phase, role[i].function, 1);
        }
    }
}

void counts_volumes(struct measures *m)
{
    struct item_group g = { 0 };
    for (int64_t bin_ms = INT64_MIN; !m->sample.is_full && measures_next_bin(m, &bin_ms);) {
        add_roles(m, bin_ms);
    }
    measures_choose(m, choose_volumes);
    if (!measures_sort_samples(m)) {
        return;
    }
    while (item_next_group(&m->sample, 2, &g)) {
        struct measures_row row = measures_row_of(&g, 2);
        const int64_t total = g.sum % (INT64_C(1) << SECOND_SHIFT);
        row.cell[4].whole = g.sum >> SECOND_SHIFT;
        row.cell[5].whole = total;
        row.cell[6].real = (double)total * 3600000.0 / (double)m->options.bin_ms;
        m->take(m->taker, &row);
    }
}
