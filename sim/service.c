#include "service.h"

#include <stdlib.h>
#include <string.h>

enum { /* Indiana enumeration */
       GREEN_BEGIN = 1,
       GAP_OUT = 4,
       MAX_OUT = 5,
       FORCE_OFF = 6,
       GREEN_END = 7,
       WALK_BEGIN = 21,
       PREEMPT_ON = 102,
       PREEMPT_OFF = 104,
       PREEMPT_EXIT = 111,
       COORD_STATE = 150,
       IN_STEP = 1,
       LOCAL_ZERO = 5
};

static bool is_inside(const struct stretches *list, int64_t at_ms)
{
    for (int32_t i = 0; i < list->count; i++) {
        if (at_ms >= list->s[i].from_ms && at_ms < list->s[i].until_ms) {
            return true;
        }
    }
    return false;
}

void service_preempted(const struct event_log *log, struct stretches *out)
{
    enum { UNTOUCHED, PREEMPTED, RECOVERING, LAST_CYCLE } state = UNTOUCHED;
    int64_t zero_ms = log->count > 0 ? log->event[0].at_ms : 0;
    *out = (struct stretches){ 0 };
    for (size_t i = 0; i < log->count && out->count < SERVICE_STRETCH_MAX; i++) {
        const struct log_event *e = &log->event[i];
        struct stretch *s = &out->s[out->count];
        if (e->code == PREEMPT_ON) {
            s->from_ms = state == UNTOUCHED ? zero_ms : s->from_ms;
            state = PREEMPTED;
        } else if (e->code == PREEMPT_OFF || e->code == PREEMPT_EXIT) {
            state = state == PREEMPTED ? RECOVERING : state;
        } else if (e->code == COORD_STATE && e->param == IN_STEP && state == RECOVERING) {
            state = LAST_CYCLE;
        } else if (e->code == COORD_STATE && e->param == LOCAL_ZERO) {
            zero_ms = e->at_ms;
            if (state == LAST_CYCLE) {
                s->until_ms = e->at_ms;
                out->count++;
                state = UNTOUCHED;
            }
        }
    }
    if (state != UNTOUCHED && out->count < SERVICE_STRETCH_MAX) {
        out->s[out->count++].until_ms = INT64_MAX;
    }
}

static void count_phase(struct service_phase *p, const struct log_event *e, int64_t begun_ms,
                        bool begun_outside, bool is_outside, int32_t bin)
{
    p->gap_outs += is_outside && e->code == GAP_OUT;
    p->max_outs += is_outside && e->code == MAX_OUT;
    p->force_offs += is_outside && e->code == FORCE_OFF;
    p->walks += is_outside && e->code == WALK_BEGIN;
    if (e->code == GREEN_BEGIN && bin < SERVICE_BIN_MAX) {
        p->greens_in[bin]++;
    }
    if (e->code == GREEN_END && begun_ms >= 0 && begun_outside) {
        p->greens++;
        p->green_ms += e->at_ms - begun_ms;
    }
}

static void count_cycle(struct service *service, int64_t cycle_ms)
{
    const bool is_first = service->cycles == 0;
    service->cycles++;
    service->cycle_ms += cycle_ms;
    if (is_first || cycle_ms < service->cycle_least_ms) {
        service->cycle_least_ms = cycle_ms;
    }
    if (is_first || cycle_ms > service->cycle_most_ms) {
        service->cycle_most_ms = cycle_ms;
    }
}

void service_count(const struct event_log *log, struct stretch whole, const struct stretches *out,
                   struct service *service)
{
    int64_t begun_ms[SERVICE_PHASE_MAX];
    memset(begun_ms, -1, sizeof begun_ms);
    int64_t zero_ms = -1;
    *service = (struct service){ 0 };
    const int64_t bins = (whole.until_ms - whole.from_ms + SERVICE_BIN_MS - 1) / SERVICE_BIN_MS;
    service->bins = bins < SERVICE_BIN_MAX ? (int32_t)bins : SERVICE_BIN_MAX;
    for (size_t i = 0; i < log->count; i++) {
        const struct log_event *e = &log->event[i];
        if (e->at_ms < whole.from_ms || e->at_ms >= whole.until_ms) {
            continue;
        }
        const bool is_outside = !is_inside(out, e->at_ms);
        if (e->code == COORD_STATE && e->param == LOCAL_ZERO) {
            if (zero_ms >= 0 && !is_inside(out, zero_ms)) {
                count_cycle(service, e->at_ms - zero_ms);
            }
            zero_ms = e->at_ms;
        }
        if (e->code > WALK_BEGIN || e->param < 1 || e->param >= SERVICE_PHASE_MAX) {
            continue;
        }
        const int64_t begun = begun_ms[e->param];
        count_phase(&service->phase[e->param], e, begun, begun >= 0 && !is_inside(out, begun),
                    is_outside, (int32_t)((e->at_ms - whole.from_ms) / SERVICE_BIN_MS));
        if (e->code == GREEN_BEGIN) {
            begun_ms[e->param] = e->at_ms;
        } else if (e->code == GREEN_END) {
            begun_ms[e->param] = -1;
        }
    }
}

static int32_t apart(int32_t a, int32_t b)
{
    return a < b ? b - a : a - b;
}

static void compare_counts(const struct service *a, const struct service *b,
                           struct service_likeness *l)
{
    int32_t greens = 0;
    int32_t greens_apart = 0;
    int32_t ends = 0;
    int32_t ends_apart = 0;
    for (int32_t i = 1; i < SERVICE_PHASE_MAX; i++) {
        const struct service_phase *x = &a->phase[i];
        const struct service_phase *y = &b->phase[i];
        greens += x->greens;
        greens_apart += apart(x->greens, y->greens);
        ends += x->gap_outs + x->max_outs + x->force_offs;
        ends_apart += apart(x->gap_outs, y->gap_outs) + apart(x->max_outs, y->max_outs) +
                      apart(x->force_offs, y->force_offs);
        if (x->greens > 0 && y->greens > 0) {
            const double mean_s = (double)x->green_ms / x->greens / 1000;
            const double off_s = (double)y->green_ms / y->greens / 1000 - mean_s;
            const double size_s = off_s < 0 ? -off_s : off_s;
            l->mean_green_s = size_s > l->mean_green_s ? size_s : l->mean_green_s;
        }
    }
    l->served_pct = greens > 0 ? 100.0 - 100.0 * greens_apart / greens : 0;
    /* Two ends of another kind are one green that ended otherwise. */
    l->ends_pct = ends > 0 ? 100.0 - 100.0 * ends_apart / 2 / ends : 0;
}

/* Green phases of each tick, as bits of their numbers. */
static uint32_t *lamps_of(const struct event_log *log, struct stretch whole, size_t ticks)
{
    uint32_t *lamps = calloc(ticks + 1, sizeof *lamps);
    if (lamps == NULL) {
        return NULL;
    }
    phase_mask_t green = 0;
    size_t tick = 0;
    for (size_t i = 0; i < log->count; i++) {
        const struct log_event *e = &log->event[i];
        const int64_t at = (e->at_ms - whole.from_ms) / TICK_MS;
        for (; tick < ticks && (int64_t)tick < at; tick++) {
            lamps[tick] = green;
        }
        if (e->param < 1 || e->param >= SERVICE_PHASE_MAX) {
            continue;
        }
        if (e->code == GREEN_BEGIN) {
            green |= UINT32_C(1) << e->param;
        } else if (e->code == GREEN_END) {
            green &= ~(UINT32_C(1) << e->param);
        }
    }
    for (; tick < ticks; tick++) {
        lamps[tick] = green;
    }
    return lamps;
}

static void compare_lamps(const uint32_t *a, const uint32_t *b, size_t ticks, struct stretch whole,
                          const struct stretches *out, struct service_likeness *l)
{
    int64_t same[SERVICE_PHASE_MAX] = { 0 };
    int64_t all_same = 0;
    int64_t counted = 0;
    uint32_t seen = 0;
    for (size_t t = 0; t < ticks; t++) {
        if (is_inside(out, whole.from_ms + (int64_t)t * TICK_MS)) {
            continue;
        }
        counted++;
        all_same += a[t] == b[t];
        seen |= a[t] | b[t];
        for (int32_t i = 1; i < SERVICE_PHASE_MAX; i++) {
            same[i] += ((a[t] ^ b[t]) >> i & 1) == 0;
        }
    }
    for (int32_t i = 1; i < SERVICE_PHASE_MAX; i++) {
        const bool is_there = (seen >> i & 1) != 0;
        l->lamps_pct[i] = is_there ? 100.0 * (double)same[i] / (double)counted : -1;
    }
    l->all_lamps_pct = counted > 0 ? 100.0 * (double)all_same / (double)counted : 0;
}

bool service_compare(const struct event_log *recorded, const struct event_log *ours,
                     struct stretch whole, const struct stretches *out,
                     struct service_likeness *likeness)
{
    struct service a;
    struct service b;
    *likeness = (struct service_likeness){ 0 };
    service_count(recorded, whole, out, &a);
    service_count(ours, whole, out, &b);
    compare_counts(&a, &b, likeness);
    const size_t ticks = (size_t)((whole.until_ms - whole.from_ms) / TICK_MS);
    uint32_t *x = lamps_of(recorded, whole, ticks);
    uint32_t *y = lamps_of(ours, whole, ticks);
    if (x != NULL && y != NULL) {
        compare_lamps(x, y, ticks, whole, out, likeness);
    }
    const bool fits = x != NULL && y != NULL;
    free(x);
    free(y);
    return fits;
}
