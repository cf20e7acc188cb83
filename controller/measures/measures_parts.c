#include "measures_parts.h"

enum { CLOCK_DOUBT_MS = 5000 }; /* how far a corrected clock is not believed, as the peer has it */

int64_t measures_bin_ms(const struct measures *m, int64_t at_ms)
{
    const int64_t into_ms = at_ms % m->options.bin_ms;
    return at_ms - (into_ms < 0 ? into_ms + m->options.bin_ms : into_ms);
}

bool measures_next_bin(const struct measures *m, int64_t *bin_ms)
{
    const int64_t least_ms = *bin_ms == INT64_MIN ? INT64_MIN : *bin_ms + m->options.bin_ms;
    size_t low = 0;
    size_t high = m->event_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const bool is_before = m->event[middle].at_ms < least_ms;
        low = is_before ? middle + 1 : low;
        high = is_before ? high : middle;
    }
    if (low == m->event_count) {
        return false;
    }
    *bin_ms = measures_bin_ms(m, m->event[low].at_ms);
    return true;
}

void measures_choose(struct measures *m, measures_choose_fn *choose)
{
    for (size_t i = 0; i < m->event_count; i++) {
        choose(m, &m->event[i]);
    }
}

void measures_sample(struct measures *m, const struct hires_event *e, int32_t key0, int32_t key1,
                     int64_t value)
{
    item_add(&m->sample, (struct item){ .at_ms = measures_bin_ms(m, e->at_ms),
                                        .device = e->device,
                                        .key = { key0, key1 },
                                        .value = value });
}

/* The first row that is not before this channel. */
static size_t role_from(const struct measures *m, int32_t device, int32_t channel)
{
    size_t from = 0;
    size_t until = m->detector_count;
    while (from < until) {
        const size_t middle = from + (until - from) / 2;
        const struct measures_detector *d = &m->detector[middle];
        const bool is_before = d->device != device ? d->device < device : d->channel < channel;
        from = is_before ? middle + 1 : from;
        until = is_before ? until : middle;
    }
    return from;
}

size_t measures_roles(const struct measures *m, const struct hires_event *e,
                      const struct measures_detector **role)
{
    const size_t from = role_from(m, e->device, e->param);
    size_t until = from;
    while (until < m->detector_count && m->detector[until].device == e->device &&
           m->detector[until].channel == e->param) {
        until++;
    }
    *role = m->detector_count > 0 ? &m->detector[from] : NULL;
    return until - from;
}

size_t measures_device_roles(const struct measures *m, int32_t device,
                             const struct measures_detector **role)
{
    const size_t from = role_from(m, device, INT32_MIN);
    size_t until = from;
    while (until < m->detector_count && m->detector[until].device == device) {
        until++;
    }
    *role = m->detector_count > 0 ? &m->detector[from] : NULL;
    return until - from;
}

bool measures_has_function(const struct measures *m, const struct hires_event *e,
                           enum measures_function function)
{
    const struct measures_detector *role = NULL;
    const size_t roles = measures_device_roles(m, e->device, &role);
    for (size_t i = 0; i < roles; i++) {
        if (role[i].phase == e->param && role[i].function == (int32_t)function) {
            return true;
        }
    }
    return false;
}

struct measures_row measures_row_of(const struct item_group *g, uint32_t keys)
{
    struct measures_row row = { 0 };
    row.cell[0].whole = g->item->at_ms;
    row.cell[1].whole = g->item->device;
    for (uint32_t i = 0; i < keys; i++) {
        row.cell[2 + i].whole = g->item->key[i];
    }
    return row;
}

double measures_mean_s(const struct item_group *g)
{
    double sum_s = 0.0;
    for (size_t i = 0; i < g->count; i++) {
        sum_s += measures_seconds(g->item[i].value);
    }
    return sum_s / (double)g->count;
}

double measures_exact_mean_s(const struct item_group *g)
{
    return (double)g->sum / (double)g->count / 1000.0;
}

double measures_longest_s(const struct item_group *g)
{
    int64_t longest_ms = 0;
    for (size_t i = 0; i < g->count; i++) {
        longest_ms = g->item[i].value > longest_ms ? g->item[i].value : longest_ms;
    }
    return (double)longest_ms / 1000.0;
}

/* Much comes in order already: one device, one bin after the other. */
static void sort(const struct measures *m, struct item_list *list,
                 int (*compare)(const void *, const void *))
{
    size_t i = 1;
    while (i < list->count && compare(&list->item[i - 1], &list->item[i]) <= 0) {
        i++;
    }
    if (i < list->count) {
        m->sort(list->item, list->count, sizeof list->item[0], compare);
    }
}

void measures_sort_streams(struct measures *m)
{
    sort(m, &m->stream, item_compare_streams);
}

bool measures_sort_samples(struct measures *m)
{
    if (m->stream.is_full || m->sample.is_full || m->window.is_full) {
        return false;
    }
    sort(m, &m->sample, item_compare_bins);
    return true;
}

void windows_add(struct measures *m, enum window_kind kind, int32_t device, int64_t from_ms,
                 int64_t until_ms)
{
    item_add(&m->window,
             (struct item){
                 .device = device, .key = { (int32_t)kind }, .at_ms = from_ms, .value = until_ms });
}

/* Sorted by device, the moments at which something was logged show the silences between them. The
 * list of streams is free before a table is begun, and is so again afterwards. */
void windows_find_gaps(struct measures *m)
{
    m->stream.count = 0;
    for (size_t i = 0; i < m->event_count; i++) {
        const struct hires_event *e = &m->event[i];
        const struct item *last = m->stream.count > 0 ? &m->stream.item[m->stream.count - 1] : NULL;
        if (last == NULL || last->device != e->device || last->at_ms != e->at_ms) {
            item_add(&m->stream, (struct item){ .device = e->device, .at_ms = e->at_ms });
        }
    }
    measures_sort_streams(m);
    for (size_t i = 1; i < m->stream.count; i++) {
        const struct item *a = &m->stream.item[i - 1];
        const struct item *b = &m->stream.item[i];
        if (a->device == b->device && b->at_ms - a->at_ms > m->options.gap_ms) {
            windows_add(m, WINDOW_DOUBT, a->device, a->at_ms, b->at_ms);
        }
    }
    m->stream.count = 0;
}

static void find_clock_changes(struct measures *m, const struct hires_event *e)
{
    if (e->code == EVENT_CLOCK_UPDATED) {
        windows_add(m, WINDOW_DOUBT, e->device, e->at_ms - CLOCK_DOUBT_MS,
                    e->at_ms + CLOCK_DOUBT_MS);
    }
}

void windows_find(struct measures *m)
{
    if (m->options.gap_ms > 0) {
        windows_find_gaps(m);
    }
    measures_choose(m, find_clock_changes);
}

void windows_seal(struct measures *m)
{
    sort(m, &m->window, item_compare_streams);
    for (size_t i = 1; i < m->window.count; i++) {
        const struct item *before = &m->window.item[i - 1];
        struct item *w = &m->window.item[i];
        if (before->device == w->device && before->key[0] == w->key[0] &&
            before->value > w->value) {
            w->value = before->value; /* the latest end of all that began up to here */
        }
    }
}

/* Whether a window of the list comes before those of a kind, or begins before a moment. */
static bool is_window_before(const struct item *w, enum window_kind kind, int32_t device,
                             int64_t at_ms)
{
    if (w->device != device) {
        return w->device < device;
    }
    return w->key[0] != (int32_t)kind ? w->key[0] < (int32_t)kind : w->at_ms < at_ms;
}

bool windows_touch(const struct measures *m, enum window_kind kind, int32_t device, int64_t from_ms,
                   int64_t until_ms)
{
    size_t low = 0;
    size_t high = m->window.count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const bool is_before = is_window_before(&m->window.item[middle], kind, device, until_ms);
        low = is_before ? middle + 1 : low;
        high = is_before ? high : middle;
    }
    const struct item *w = low > 0 ? &m->window.item[low - 1] : NULL;
    return w != NULL && w->device == device && w->key[0] == (int32_t)kind && w->value > from_ms;
}
