#include "status.h"

#include <string.h>

/* Signal group states of RSMP SXL TLC 1.2.1, S0001, as far as this controller can be in them. */
enum {
    LETTER_DISABLED = 'a',
    LETTER_DARK = 'b',
    LETTER_YELLOW_FLASH = 'c',
    LETTER_RED_FLASH = 'd',
    LETTER_STARTUP_1 = 'e',
    LETTER_STARTUP_2 = 'f',
    LETTER_STARTUP_3 = 'g',
    LETTER_ALL_RED = 'h',
    LETTER_RED_NO_ORDER = 'A', /* nobody waits, others are served */
    LETTER_RED_REST = 'B',     /* nobody waits anywhere */
    LETTER_RED_RESERVED = 'D', /* opens next although nobody waits */
    LETTER_RED_REQUEST = 'E',
    LETTER_RED_WAITING = 'F',   /* opens with the stage or phase chosen next */
    LETTER_RED_OWN_STAGE = 'G', /* its turn has begun, an intergreen runs */
    LETTER_RED_YELLOW = '0',
    LETTER_MIN_GREEN = '1',
    LETTER_EXTENSION = '3',
    LETTER_GREEN_REST = '4',
    LETTER_PASSIVE_GREEN = '5', /* kept by its stage or phase, not by traffic of its own */
    LETTER_PAST_END = '6',      /* no longer wanted, still owed: follow-on, relation */
    LETTER_GREEN_FLASH = '9',   /* of pedestrians: the flashing green in which they finish */
    LETTER_YELLOW = 'N'
};

static sg_mask_t groups_of_phases(const struct plan *p, phase_mask_t phases)
{
    sg_mask_t sg = 0;
    for (int32_t i = 0; i < p->phase_count && i < PHASE_MAX; i++) {
        if ((phases & bit32((uint32_t)i)) != 0) {
            sg |= p->phase[i].vehicle_sg | p->phase[i].ped_sg;
        }
    }
    return sg;
}

static sg_mask_t groups_next(const struct junction *j)
{
    const struct controller *c = &j->controller;
    const struct plan *p = c->plan;
    if (!plan_is_staged(p)) {
        return groups_of_phases(p, c->rings.next);
    }
    const int32_t next_ix = c->stages.next_ix;
    return next_ix >= 0 && next_ix < p->stage_count ? p->stage[next_ix].sg : 0;
}

static char red_letter(const struct junction *j, sg_mask_t bit)
{
    const struct controller *c = &j->controller;
    if (c->mode.mode == MODE_STARTUP) {
        return c->mode.startup == STARTUP_YELLOW ? LETTER_STARTUP_2 : LETTER_STARTUP_3;
    }
    if (c->mode.strategy == STRATEGY_ALL_RED) {
        return LETTER_ALL_RED;
    }
    const sg_mask_t calls = c->calls.vehicle | c->calls.ped;
    if ((c->wanted.open & bit) != 0) {
        return LETTER_RED_OWN_STAGE;
    }
    const bool is_next = (groups_next(j) & bit) != 0;
    if ((calls & bit) != 0) {
        return is_next ? LETTER_RED_WAITING : LETTER_RED_REQUEST;
    }
    if (is_next) {
        return LETTER_RED_RESERVED;
    }
    return calls == 0 ? LETTER_RED_REST : LETTER_RED_NO_ORDER;
}

static char green_letter(const struct junction *j, uint32_t sg_ix)
{
    const struct controller *c = &j->controller;
    const sg_mask_t bit = bit32(sg_ix);
    if (c->sequencer.green_ms[sg_ix] < j->safety.min_green_ms[sg_ix]) {
        return LETTER_MIN_GREEN;
    }
    if ((c->wanted.open & bit) == 0) {
        return LETTER_PAST_END;
    }
    const sg_mask_t waiting = (c->calls.vehicle | c->calls.ped) & ~bit;
    if (waiting == 0) {
        return LETTER_GREEN_REST;
    }
    return (c->calls.extending & bit) != 0 ? LETTER_EXTENSION : LETTER_PASSIVE_GREEN;
}

char status_letter(const struct junction *j, uint32_t sg_ix, const struct output_frame *out)
{
    REQUIRE(sg_ix < SG_MAX);
    const bool is_starting = j->controller.mode.mode == MODE_STARTUP;
    switch ((enum aspect)out->aspect[sg_ix]) {
    case ASPECT_DARK:
        return is_starting ? LETTER_STARTUP_1 : LETTER_DARK;
    case ASPECT_FLASH_YELLOW:
        return is_starting ? LETTER_STARTUP_1 : LETTER_YELLOW_FLASH;
    case ASPECT_FLASH_RED:
        return is_starting ? LETTER_STARTUP_1 : LETTER_RED_FLASH;
    case ASPECT_RED:
        return red_letter(j, bit32(sg_ix));
    case ASPECT_RED_YELLOW:
        return LETTER_RED_YELLOW;
    case ASPECT_GREEN:
        return green_letter(j, sg_ix);
    case ASPECT_GREEN_FLASH:
    case ASPECT_PED_CLEAR:
        return LETTER_GREEN_FLASH;
    case ASPECT_YELLOW:
        return is_starting ? LETTER_STARTUP_2 : LETTER_YELLOW;
    case ASPECT_UNKNOWN:
    case ASPECT_COUNT:
        break;
    }
    return LETTER_DISABLED;
}

static void fill_groups(struct wire_status *s, const struct junction *j,
                        const struct status_moment *m)
{
    const struct plan *p = j->controller.plan;
    s->sg_count = p->sg_count;
    for (uint32_t i = 0; i < SG_MAX && (int32_t)i < p->sg_count; i++) {
        memcpy(s->sg_name[i], p->sg[i].name, sizeof s->sg_name[i]);
        s->aspect[i] = (uint8_t)m->out->aspect[i];
        s->seen[i] =
            (uint8_t)(m->in->cabinet.is_present ? m->in->cabinet.aspect[i] : ASPECT_UNKNOWN);
        s->shown_ms[i] = j->controller.sequencer.shown_ms[i];
        s->letter[i] = status_letter(j, i, m->out);
    }
    s->call_vehicle = j->controller.calls.vehicle;
    s->call_ped = j->controller.calls.ped;
}

static void fill_detectors(struct wire_status *s, const struct junction *j)
{
    const struct plan *p = j->controller.plan;
    s->detector_count = p->detector_count;
    for (uint32_t i = 0; i < DETECTOR_MAX && (int32_t)i < p->detector_count; i++) {
        const struct detector_state *d = &j->controller.detectors.d[i];
        s->occupied |= d->is_occupied ? bit64(i) : 0;
        s->detector_failed |= d->health != DETECTOR_HEALTHY ? bit64(i) : 0;
        s->detector_health[i] = (uint8_t)d->health;
    }
}

static void fill_stages(struct wire_status *s, const struct controller *c)
{
    const struct plan *p = c->plan;
    s->stage_ix = c->stages.stage_ix;
    s->stage_next_ix = c->stages.next_ix;
    s->stage_ms = c->stages.wanted_ms;
    if (s->stage_ix >= 0 && s->stage_ix < p->stage_count) {
        memcpy(s->stage_name, p->stage[s->stage_ix].name, sizeof s->stage_name);
    }
    if (s->stage_next_ix >= 0 && s->stage_next_ix < p->stage_count) {
        memcpy(s->stage_next_name, p->stage[s->stage_next_ix].name, sizeof s->stage_next_name);
    }
}

static void fill_phases(struct wire_status *s, const struct controller *c)
{
    const struct plan *p = c->plan;
    s->stage_ix = -1;
    s->stage_next_ix = -1;
    s->phase_on = c->rings.on;
    s->phase_next = c->rings.next;
    s->phase_count = p->phase_count;
    for (int32_t i = 0; i < p->phase_count && i < PHASE_MAX; i++) {
        memcpy(s->phase_name[i], p->phase[i].name, sizeof s->phase_name[i]);
    }
}

static void fill_timing(struct wire_status *s, const struct junction *j)
{
    const struct controller *c = &j->controller;
    const struct plan *p = c->plan;
    if (c->pattern_ix >= 0 && c->pattern_ix < p->pattern_count) {
        const struct pattern *pattern = &p->pattern[c->pattern_ix];
        s->pattern_id = pattern->pattern_id;
        memcpy(s->pattern_name, pattern->name, sizeof s->pattern_name);
        s->cycle_ms = pattern->cycle_ms;
        s->offset_ms = pattern->offset_ms;
    }
    s->cycle_second_ms = c->coord.local_ms;
    s->coord_state = c->coord.state;
    if (plan_is_staged(p)) {
        fill_stages(s, c);
    } else {
        fill_phases(s, c);
    }
}

static void fill_mode(struct wire_status *s, const struct junction *j)
{
    const struct mode_state *mode = &j->controller.mode;
    s->mode = mode->mode;
    s->strategy = mode->strategy;
    s->strategy_scheduled = mode->scheduled;
    s->reason = mode->mode == MODE_NORMAL ? mode->strategy_reason : mode->reason;
    s->last_fault = mode->last_fault;
    s->last_fault_at = mode->last_fault_at;
}

void status_fill(struct wire_status *s, const struct junction *j, const struct status_moment *m)
{
    const struct plan *p = j->controller.plan;
    memset(s, 0, sizeof *s);
    wire_head(&s->header, WIRE_STATUS, sizeof *s, 0);
    memcpy(s->name, p->junction_name, sizeof s->name);
    memcpy(s->node, p->node, sizeof s->node);
    s->tick = m->tick;
    s->wall = m->in->wall;
    s->utc_offset_s = m->in->utc_offset_s;
    s->wall_is_synced = m->in->wall_is_synced ? 1 : 0;
    fill_mode(s, j);
    fill_timing(s, j);
    fill_groups(s, j, m);
    fill_detectors(s, j);
    s->link_state = j->controller.lease.link;
    s->lease_state = j->controller.lease.state;
    s->ticks_unconfirmed = j->controller.lease.unconfirmed_ticks;
    s->cabinet_flags = m->in->cabinet.flags;
    s->monitor_fault = m->in->cabinet.monitor_fault;
    s->guard_fault = j->guard.tripped;
    s->is_signed = m->site->is_signed ? 1 : 0;
    s->plan_hash_hi = (uint32_t)(p->plan_hash >> 32);
    s->safety_hash_hi = (uint32_t)(p->safety_hash >> 32);
    s->alarms = m->alarms;
}

static void add_name(struct wire_names *n, const char name[NAME_MAX_BYTES], int32_t number)
{
    n->number[n->count] = number;
    memcpy(n->name[n->count], name, NAME_MAX_BYTES);
    n->count++;
}

void status_fill_names(struct wire_names *n, const struct plan *p, enum wire_names_kind kind)
{
    memset(n, 0, sizeof *n);
    wire_head(&n->header, WIRE_NAMES, sizeof *n, 0);
    n->kind = (uint32_t)kind;
    switch (kind) {
    case WIRE_NAMES_GROUPS:
        for (int32_t i = 0; i < p->sg_count; i++) {
            add_name(n, p->sg[i].name,
                     p->safety.sg_type[i] == SG_PEDESTRIAN ? -p->sg[i].phase_id
                                                           : p->sg[i].phase_id);
        }
        return;
    case WIRE_NAMES_STAGES:
        for (int32_t i = 0; i < p->stage_count; i++) {
            add_name(n, p->stage[i].name, i + 1);
        }
        return;
    case WIRE_NAMES_PATTERNS:
        for (int32_t i = 0; i < p->pattern_count; i++) {
            add_name(n, p->pattern[i].name, p->pattern[i].pattern_id);
        }
        return;
    case WIRE_NAMES_DETECTORS:
        for (int32_t i = 0; i < p->detector_count; i++) {
            add_name(n, p->detector[i].name,
                     p->detector[i].type == DETECTOR_BUTTON ? -p->detector[i].number
                                                            : p->detector[i].number);
        }
        return;
    case WIRE_NAMES_LANES:
        for (int32_t i = 0; i < p->lane_count; i++) {
            add_name(n, p->lane[i].name, i + 1);
        }
        return;
    case WIRE_NAMES_PHASES:
        for (int32_t i = 0; i < p->phase_count; i++) {
            add_name(n, p->phase[i].name, p->phase[i].phase_id);
        }
        return;
    case WIRE_NAMES_KIND_COUNT:
        break;
    }
    REQUIRE(false); /* the asker was refused before */
}
