#include "street.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "load.h"

enum { BEHIND_MAX_MS = 1000 };

struct corner { /* one junction */
    struct plan plan;
    struct site site;
    uint8_t edge_count[DETECTOR_MAX]; /* as told to the cabinet */
    bool is_occupied[DETECTOR_MAX];
};

struct street {
    uint32_t corner_count;
    struct corner *corner;
    const struct plan **plans;
    struct demand *demand;
    struct microsim *microsim;
    int32_t (*lamps)[SG_MAX];
    bool is_running;
    int64_t due_ms; /* next step */
    int64_t lost_ms;
    uint64_t steps;
};

static enum status load_corners(struct street *s, char *const *folders, struct diag *diag,
                                const char **why)
{
    for (uint32_t i = 0; i < s->corner_count; i++) {
        struct corner *c = &s->corner[i];
        const enum status status = plan_load(folders[i], &c->plan, &c->site, diag);
        /* STATUS_REFUSED forbids a real cabinet link, and these are emulated. */
        if (status != STATUS_OK && status != STATUS_REFUSED) {
            return status;
        }
        if (c->site.link[c->site.cabinet_link_ix].kind != LINK_TCP) {
            *why = "the link of an emulated cabinet must be tcp";
            return STATUS_INVALID;
        }
        s->plans[i] = &c->plan;
    }
    return STATUS_OK;
}

static enum status fill(struct street *s, char *const *folders, const char *demand_path,
                        uint64_t seed, struct diag *diag, const char **why)
{
    s->corner = calloc(s->corner_count, sizeof *s->corner);
    s->plans = calloc(s->corner_count, sizeof(struct plan *));
    s->lamps = calloc(s->corner_count, sizeof *s->lamps);
    s->demand = calloc(1, sizeof *s->demand);
    if (s->corner == NULL || s->plans == NULL || s->lamps == NULL || s->demand == NULL) {
        *why = "out of memory";
        return STATUS_NO_SPACE;
    }
    enum status status = load_corners(s, folders, diag, why);
    if (status == STATUS_OK) {
        status = demand_read(demand_path, s->demand, diag);
    }
    if (status != STATUS_OK) {
        return status;
    }
    s->microsim = microsim_create(s->plans, s->corner_count, s->demand, seed, why);
    return s->microsim != NULL ? STATUS_OK : STATUS_INVALID;
}

struct street *street_create(char *const *folders, uint32_t folder_count, const char *demand_path,
                             uint64_t seed, struct diag *diag, const char **why,
                             enum status *status)
{
    *why = NULL;
    struct street *s = calloc(1, sizeof *s);
    if (s == NULL || folder_count == 0 || folder_count > MICROSIM_JUNCTION_MAX) {
        *why = s == NULL ? "out of memory" : "a street has 1 to 64 junctions";
        *status = s == NULL ? STATUS_NO_SPACE : STATUS_INVALID;
        free(s);
        return NULL;
    }
    s->corner_count = folder_count;
    *status = fill(s, folders, demand_path, seed, diag, why);
    if (*status != STATUS_OK) {
        street_destroy(s);
        return NULL;
    }
    return s;
}

void street_destroy(struct street *s)
{
    if (s == NULL) {
        return;
    }
    microsim_destroy(s->microsim);
    free(s->demand);
    free(s->lamps);
    free(s->plans);
    free(s->corner);
    free(s);
}

static const struct site_link *cabinet_link(const struct street *s, uint32_t junction_ix)
{
    REQUIRE(junction_ix < s->corner_count);
    const struct site *site = &s->corner[junction_ix].site;
    return &site->link[site->cabinet_link_ix];
}

int32_t street_port(const struct street *s, uint32_t junction_ix)
{
    return cabinet_link(s, junction_ix)->port;
}

int32_t street_unit(const struct street *s, uint32_t junction_ix)
{
    return cabinet_link(s, junction_ix)->unit;
}

const char *street_name(const struct street *s, uint32_t junction_ix)
{
    REQUIRE(junction_ix < s->corner_count);
    return s->corner[junction_ix].plan.junction_name;
}

/* Edges that no tick shows (a pulse, a gap between two vehicles) are played out one by one: the
 * cabinet counts them. An input that the street does not change is left to the hand at the
 * cabinet. */
static void tell_input(struct corner *c, uint32_t detector_ix, const struct detector_input *in,
                       struct cabinet_emu *emu, int64_t now_ms)
{
    const int32_t input = c->site.cabinet_input[detector_ix];
    const uint8_t edges = (uint8_t)(in->edge_count - c->edge_count[detector_ix]);
    if (input < 0 || (edges == 0 && in->is_occupied == c->is_occupied[detector_ix])) {
        return;
    }
    for (uint8_t i = 0; i < edges; i++) {
        (void)cabinet_emu_input(emu, input, false, now_ms);
        (void)cabinet_emu_input(emu, input, true, now_ms);
    }
    (void)cabinet_emu_input(emu, input, in->is_occupied, now_ms);
    c->edge_count[detector_ix] = in->edge_count;
    c->is_occupied[detector_ix] = in->is_occupied;
}

static void step(struct street *s, struct cabinet_emu *const *emu, int64_t now_ms)
{
    for (uint32_t i = 0; i < s->corner_count; i++) {
        const struct safety *safety = &s->corner[i].plan.safety;
        lamps_to_aspects(&safety->lamps, safety->sg_type, safety->sg_count, &emu[i]->sensed,
                         s->lamps[i]);
    }
    microsim_step(s->microsim, (const int32_t(*)[SG_MAX])s->lamps);
    for (uint32_t i = 0; i < s->corner_count; i++) {
        struct detector_input input[DETECTOR_MAX];
        microsim_detectors(s->microsim, i, input);
        for (uint32_t k = 0; k < (uint32_t)s->corner[i].plan.detector_count; k++) {
            tell_input(&s->corner[i], k, &input[k], emu[i], now_ms);
        }
    }
    s->steps++;
}

void street_run(struct street *s, struct cabinet_emu *const *emu, int64_t now_ms)
{
    if (!s->is_running) {
        s->is_running = true;
        s->due_ms = now_ms;
    }
    if (now_ms - s->due_ms > BEHIND_MAX_MS) {
        s->lost_ms += now_ms - s->due_ms;
        s->due_ms = now_ms;
    }
    for (; s->due_ms <= now_ms; s->due_ms += TICK_MS) {
        step(s, emu, now_ms);
    }
}

struct microsim_totals street_totals(const struct street *s)
{
    return microsim_totals(s->microsim);
}

void street_json(const struct street *s, char text[STREET_JSON_BYTES])
{
    const struct microsim_totals t = street_totals(s);
    (void)snprintf(text, STREET_JSON_BYTES,
                   "{\"seconds\":%.1f,\"due\":%" PRIu64 ",\"through\":%" PRIu64
                   ",\"running\":%" PRIu64 ",\"waiting\":%" PRIu64
                   ",\"delay_s\":%.1f,\"stops\":%.0f,\"buses\":%" PRIu64
                   ",\"bus_delay_s\":%.1f,\"pedestrians\":%" PRIu64
                   ",\"pedestrian_delay_s\":%.1f,\"red_runs\":%" PRIu64 ",\"lost_ms\":%" PRId64 "}",
                   (double)s->steps * TICK_MS / 1000, t.due, t.arrived, t.running, t.waiting,
                   t.delay_s, t.stops, t.buses, t.bus_delay_s, t.pedestrians, t.pedestrian_delay_s,
                   t.red_runs, s->lost_ms);
}
