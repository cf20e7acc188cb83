/* Before anything is proved: does every index point into its table, every time stay in its range?
 * The checker of files makes sure of it; a plan built in code, or a slip of ours, might not. */
#include "prove_parts.h"

#include <string.h>

static bool is_in(int32_t value, int32_t low, int32_t high)
{
    return value >= low && value <= high;
}

static bool is_time(int32_t ms)
{
    return is_in(ms, 0, PLAN_TIME_MAX_MS);
}

/* Only the low `count` bits are set. */
static bool fits(uint32_t mask, int32_t count)
{
    return count >= 32 || (mask >> (uint32_t)count) == 0;
}

static bool name_is_text(const char name[NAME_MAX_BYTES])
{
    return memchr(name, '\0', NAME_MAX_BYTES) != NULL;
}

static const char *bad_count(const struct plan *p)
{
    const bool fit =
        is_in(p->sg_count, 1, SG_MAX) && p->safety.sg_count == p->sg_count &&
        is_in(p->detector_count, 0, DETECTOR_MAX) && is_in(p->lane_count, 0, LANE_MAX) &&
        is_in(p->movement_count, 0, MOVEMENT_MAX) && is_in(p->relation_count, 0, RELATION_MAX) &&
        is_in(p->stage_count, 0, STAGE_MAX) && is_in(p->phase_count, 0, PHASE_MAX) &&
        is_in(p->overlap_count, 0, OVERLAP_MAX) && is_in(p->pattern_count, 1, PATTERN_MAX);
    if (!fit) {
        return "a count of the plan";
    }
    return (p->stage_count > 0) == (p->phase_count > 0)
               ? "stages and phases, of which one is wanted,"
               : NULL;
}

static const char *bad_group(const struct plan *p)
{
    const struct safety *s = &p->safety;
    for (int32_t i = 0; i < p->sg_count; i++) {
        const bool fit =
            is_in(s->sg_type[i], 0, SG_TYPE_COUNT - 1) && is_time(s->min_green_ms[i]) &&
            is_time(s->green_flash_ms[i]) && is_time(s->yellow_ms[i]) &&
            is_time(s->red_yellow_ms[i]) && is_time(s->ped_clear_ms[i]) &&
            is_time(s->min_red_ms[i]) && is_time(s->max_red_ms[i]) &&
            fits((uint32_t)s->permissive[i], p->sg_count) && name_is_text(p->sg[i].name);
        if (!fit) {
            return "a signal group";
        }
        for (int32_t j = 0; j < p->sg_count; j++) {
            if (!is_in(s->intergreen_ms[i][j], NO_CONFLICT_MS, PLAN_TIME_MAX_MS)) {
                return "an intergreen";
            }
        }
    }
    return NULL;
}

static const char *bad_relation(const struct plan *p)
{
    for (int32_t i = 0; i < p->relation_count; i++) {
        const struct relation *r = &p->relation[i];
        const bool fit = is_in(r->kind, 0, RELATION_FOLLOW_ON) && is_time(r->time_ms) &&
                         is_in(r->sg_a_ix, 0, p->sg_count - 1) &&
                         is_in(r->sg_b_ix, 0, p->sg_count - 1) && r->sg_a_ix != r->sg_b_ix;
        if (!fit) {
            return "a relation";
        }
    }
    return NULL;
}

static const char *bad_stage(const struct plan *p)
{
    for (int32_t i = 0; i < p->stage_count; i++) {
        const struct stage *s = &p->stage[i];
        const bool fit = fits(s->sg, p->sg_count) && (s->on_demand & ~s->sg) == 0 &&
                         fits(s->next, p->stage_count) && name_is_text(s->name);
        if (!fit) {
            return "a stage";
        }
    }
    return NULL;
}

static const char *bad_phase(const struct plan *p)
{
    for (int32_t i = 0; i < p->phase_count; i++) {
        const struct phase *f = &p->phase[i];
        bool fit = fits(f->vehicle_sg | f->ped_sg, p->sg_count) &&
                   is_in(f->ring_ix, 0, RING_MAX - 1) && is_in(f->barrier_ix, 0, BARRIER_MAX - 1) &&
                   is_time(f->min_green_ms) && is_time(f->walk_ms) && name_is_text(f->name);
        for (int32_t k = 0; k < 3; k++) {
            fit = fit && is_time(f->max_green_ms[k]);
        }
        if (!fit) {
            return "a phase";
        }
    }
    for (int32_t i = 0; i < p->overlap_count; i++) {
        const struct overlap *o = &p->overlap[i];
        const bool fit = is_in(o->kind, 0, OVERLAP_MINUS_GREEN_YELLOW) &&
                         fits(o->sg, p->sg_count) &&
                         fits(o->parents | o->modifiers, p->phase_count) &&
                         is_time(o->trail_green_ms) && name_is_text(o->name);
        if (!fit) {
            return "an overlap";
        }
    }
    return NULL;
}

static bool step_fits(const struct plan *p, const struct pattern_step *s)
{
    return is_in(s->stage_ix, 0, p->stage_count - 1) && is_time(s->duration_ms) &&
           is_time(s->min_ms) && is_time(s->max_ms);
}

static bool rings_fit(const struct plan *p, const struct pattern *t)
{
    for (int32_t i = 0; i < PHASE_MAX; i++) {
        if (!is_time(t->split_ms[i]) || !is_in(t->split_mode[i], 0, SPLIT_NON_ACTUATED)) {
            return false;
        }
    }
    for (int32_t ring = 0; ring < RING_MAX; ring++) {
        if (!is_in(t->ring[ring].count, 0, PHASE_MAX)) {
            return false;
        }
        for (int32_t i = 0; i < t->ring[ring].count; i++) {
            if (!is_in(t->ring[ring].phase_ix[i], 0, p->phase_count - 1)) {
                return false;
            }
        }
    }
    return true;
}

static const char *bad_pattern(const struct plan *p)
{
    for (int32_t i = 0; i < p->pattern_count; i++) {
        const struct pattern *t = &p->pattern[i];
        bool fit = is_in(t->strategy, 0, STRATEGY_COUNT - 1) && is_time(t->cycle_ms) &&
                   is_in(t->step_count, 0, PATTERN_STEP_MAX) && is_in(t->max_set, 0, 2) &&
                   is_in(t->correction, 0, COORD_SUBTRACT_ONLY) &&
                   is_in(t->correction_max_pct, 0, 100) && is_time(t->dwell_max_ms) &&
                   fits(t->coord_phases, p->phase_count) && name_is_text(t->name);
        for (int32_t k = 0; fit && k < t->step_count; k++) {
            fit = step_fits(p, &t->step[k]);
        }
        if (!fit || !rings_fit(p, t)) {
            return "a pattern";
        }
    }
    return NULL;
}

static bool day_plans_fit(const struct plan *p)
{
    for (int32_t i = 0; i < p->schedule.day_plan_count; i++) {
        const struct day_plan *d = &p->schedule.day_plan[i];
        if (!is_in(d->event_count, 1, DAY_EVENT_MAX) || d->event[0].start_ms != 0 ||
            !name_is_text(d->name)) {
            return false;
        }
        for (int32_t k = 0; k < d->event_count; k++) {
            if (!is_in(d->event[k].pattern_ix, 0, p->pattern_count - 1)) {
                return false;
            }
        }
    }
    return true;
}

static bool weeks_fit(const struct plan *p)
{
    const struct schedule *s = &p->schedule;
    for (int32_t i = 0; i < s->week_plan_count; i++) {
        for (int32_t k = 0; k < 7; k++) {
            if (!is_in(s->week_plan[i].day_plan_ix[k], 0, s->day_plan_count - 1)) {
                return false;
            }
        }
        if (!name_is_text(s->week_plan[i].name)) {
            return false;
        }
    }
    for (int32_t i = 0; i < s->season_count; i++) {
        if (!is_in(s->season[i].week_plan_ix, 0, s->week_plan_count - 1)) {
            return false;
        }
    }
    return true;
}

static const char *bad_schedule(const struct plan *p)
{
    const struct schedule *s = &p->schedule;
    bool fit =
        is_in(s->day_plan_count, 1, DAY_PLAN_MAX) && is_in(s->week_plan_count, 1, WEEK_PLAN_MAX) &&
        is_in(s->season_count, 0, SEASON_MAX) && is_in(s->special_day_count, 0, SPECIAL_DAY_MAX) &&
        is_in(s->one_off_count, 0, ONE_OFF_MAX) && day_plans_fit(p) && weeks_fit(p);
    for (int32_t i = 0; fit && i < s->special_day_count; i++) {
        fit = is_in(s->special_day[i].day_plan_ix, 0, s->day_plan_count - 1);
    }
    for (int32_t i = 0; fit && i < s->one_off_count; i++) {
        fit = is_in(s->one_off[i].pattern_ix, 0, p->pattern_count - 1);
    }
    return fit ? NULL : "the schedule";
}

static const char *bad_detector(const struct plan *p)
{
    for (int32_t i = 0; i < p->detector_count; i++) {
        const struct detector *d = &p->detector[i];
        if (!fits(d->sg | d->switch_sg, p->sg_count) || !name_is_text(d->name)) {
            return "a detector";
        }
    }
    return NULL;
}

bool prove_indices(struct prover *pr)
{
    static const char *(*const rules[])(const struct plan *p) = {
        bad_count, bad_group,   bad_relation, bad_stage,
        bad_phase, bad_pattern, bad_schedule, bad_detector,
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const char *what = rules[i](pr->p);
        if (what != NULL) {
            const struct prove_finding f = prove_blank(PROVE_INDEX);
            prove_report(pr, &f, "%s holds a number outside its range; nothing was proved", what);
            return false;
        }
    }
    return true;
}
