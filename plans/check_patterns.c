/* Rules of timing plans: what a strategy needs, steps of stage plans. Rings: check_rings.c. */
#include "check.h"

static const struct yaml_node *pattern_node(const struct reader *r, int32_t ix)
{
    return r->names[REF_PATTERN].node[ix];
}

static bool needs_cycle(const struct pattern *pt)
{
    return pt->strategy == STRATEGY_FIXED || pt->strategy == STRATEGY_COORDINATED;
}

static bool needs_maximums(const struct pattern *pt)
{
    return pt->strategy == STRATEGY_ACTUATED || pt->strategy == STRATEGY_ADAPTIVE;
}

static bool is_idle(const struct pattern *pt)
{
    return pt->strategy == STRATEGY_FLASH || pt->strategy == STRATEGY_ALL_RED;
}

/* Keys that this kind of plan does not have. */
static void check_keys(struct reader *r, int32_t ix)
{
    static const char *const ring_only[] = {
        "coordinated", "force_off",   "max_set", "max_is_inhibited", "pedestrian_overrun",
        "splits",      "split_modes", "rings",   "reference",        NULL
    };
    static const char *const stage_only[] = { "steps", "reference_stage", NULL };
    const struct plan *p = r->plan;
    const struct yaml_node *n = pattern_node(r, ix);
    const char *const *keys = p->stage_count > 0 ? ring_only : stage_only;
    for (; *keys != NULL && (p->stage_count > 0) != (p->phase_count > 0); keys++) {
        const struct yaml_node *found = yaml_get(n, *keys);
        if (found != NULL) {
            diag_rule(r->diag, RULE_NOT_FOR_THIS_PLAN, yaml_key_at(found),
                      "'%s' belongs to %s plans", *keys, p->stage_count > 0 ? "ring" : "stage");
        }
    }
}

static void check_cycle(struct reader *r, int32_t ix)
{
    const struct pattern *pt = &r->plan->pattern[ix];
    const struct yaml_node *n = pattern_node(r, ix);
    if (needs_cycle(pt) && pt->cycle_ms == 0) {
        diag_rule(r->diag, RULE_PLAN_INCOMPLETE, reader_at(n, "strategy"), "plan %s needs cycle_s",
                  pt->name);
    } else if (pt->offset_ms >= pt->cycle_ms && pt->offset_ms > 0) {
        diag_rule(r->diag, RULE_OFFSET_RANGE, reader_at(n, "offset_s"),
                  "offset %s s is not below the cycle %s s", seconds_of(pt->offset_ms).s,
                  seconds_of(pt->cycle_ms).s);
    }
    for (int32_t k = 0; k < ix; k++) {
        if (pt->pattern_id > 0 && r->plan->pattern[k].pattern_id == pt->pattern_id) {
            diag_rule(r->diag, RULE_PLAN_NUMBER_TWICE, reader_at(n, "number"),
                      "plans %s and %s both have number %d", r->plan->pattern[k].name, pt->name,
                      pt->pattern_id);
        }
    }
}

/* From the wish to end k to the green of i: red-yellow of i waits until k is red. */
static int32_t change_ms(const struct safety *s, uint32_t k, uint32_t i)
{
    const int32_t tail_ms = s->yellow_ms[k] + s->ped_clear_ms[k] + s->red_yellow_ms[i];
    const int32_t least_ms = safety_conflict(s, k, i) ? tail_ms : 0;
    return s->green_flash_ms[k] + max_i32(s->intergreen_ms[k][i], least_ms);
}

/* From the start of the wish for a stage to the earliest start of the next: the worst intergreen
 * from the stage before, then minimum green (or walk) of each group. */
static int32_t least_duration_ms(const struct plan *p, const struct stage *before,
                                 const struct stage *stage)
{
    int32_t least_ms = 0;
    for (uint32_t i = 0; i < (uint32_t)p->sg_count; i++) {
        if ((stage->sg & bit32(i)) == 0) {
            continue;
        }
        int32_t wait_ms = 0;
        for (uint32_t k = 0; k < (uint32_t)p->sg_count; k++) {
            const bool ends = (before->sg & bit32(k)) != 0 && (stage->sg & bit32(k)) == 0;
            if (ends && p->safety.intergreen_ms[k][i] >= 0) {
                wait_ms = max_i32(wait_ms, change_ms(&p->safety, k, i));
            }
        }
        const bool is_open_before = (before->sg & bit32(i)) != 0;
        const int32_t green_ms = is_open_before ? 0 : wait_ms + p->safety.min_green_ms[i];
        least_ms = max_i32(least_ms, green_ms);
    }
    return least_ms;
}

static void check_step(struct reader *r, int32_t ix, int32_t k)
{
    const struct plan *p = r->plan;
    const struct pattern *pt = &p->pattern[ix];
    const struct pattern_step *step = &pt->step[k];
    const struct pattern_step *before = &pt->step[(k + pt->step_count - 1) % pt->step_count];
    const struct pattern_step *after = &pt->step[(k + 1) % pt->step_count];
    const struct yaml_node *n = r->step[ix][k];
    if (step->stage_ix < 0 || before->stage_ix < 0 || after->stage_ix < 0) {
        return;
    }
    const struct stage *stage = &p->stage[step->stage_ix];
    if (pt->step_count > 1 && (stage->next & bit32((uint32_t)after->stage_ix)) == 0) {
        diag_rule(r->diag, RULE_STEP_ORDER, reader_at(n, "stage"),
                  "plan %s: %s is not a next stage of %s", pt->name, p->stage[after->stage_ix].name,
                  stage->name);
    }
    for (uint32_t i = 0; i < (uint32_t)p->sg_count; i++) {
        const bool is_sure = ((stage->sg & ~stage->on_demand) & bit32(i)) != 0;
        if (is_sure && step->min_ms < p->safety.min_green_ms[i]) {
            diag_rule(r->diag, RULE_PLAN_LOWERS, reader_at(n, "min_s"),
                      "plan %s, stage %s: %s s is below the minimum %s s of %s", pt->name,
                      stage->name, seconds_of(step->min_ms).s,
                      seconds_of(p->safety.min_green_ms[i]).s, p->sg[i].name);
        }
    }
    if (needs_maximums(pt) && step->max_ms == 0) {
        diag_rule(r->diag, RULE_PLAN_INCOMPLETE, yaml_at(n), "plan %s, stage %s: %s needs max_s",
                  pt->name, stage->name,
                  pt->strategy == STRATEGY_ACTUATED ? "actuated" : "adaptive");
    } else if (step->max_ms > 0 && step->max_ms < step->min_ms) {
        diag_rule(r->diag, RULE_MAX_BELOW_MIN,
                  reader_at(n, yaml_get(n, "max_s") != NULL ? "max_s" : "duration_s"),
                  "plan %s, stage %s: the maximum is below the minimum %s s", pt->name, stage->name,
                  seconds_of(step->min_ms).s);
    }
    const int32_t least_ms = least_duration_ms(p, &p->stage[before->stage_ix], stage);
    if (needs_cycle(pt) && pt->step_count > 1 && step->duration_ms < least_ms) {
        diag_rule(r->diag, RULE_STEP_SHORT, reader_at(n, "duration_s"),
                  "plan %s, stage %s needs at least %s s after stage %s", pt->name, stage->name,
                  seconds_of(least_ms).s, p->stage[before->stage_ix].name);
    }
}

static void check_steps(struct reader *r, int32_t ix)
{
    const struct pattern *pt = &r->plan->pattern[ix];
    const struct yaml_node *n = pattern_node(r, ix);
    int32_t sum_ms = 0;
    if (pt->step_count == 0 && !is_idle(pt)) {
        if (yaml_get(n, "steps") == NULL) {
            diag_rule(r->diag, RULE_PLAN_INCOMPLETE, yaml_key_at(n), "plan %s needs steps",
                      pt->name);
        }
        return;
    }
    for (int32_t k = 0; k < pt->step_count; k++) {
        check_step(r, ix, k);
        sum_ms += pt->step[k].duration_ms;
    }
    if (needs_cycle(pt) && pt->cycle_ms > 0 && sum_ms != pt->cycle_ms) {
        diag_rule(r->diag, RULE_STEPS_SUM, reader_at(n, "cycle_s"),
                  "plan %s: durations sum to %s s, the cycle is %s s", pt->name,
                  seconds_of(sum_ms).s, seconds_of(pt->cycle_ms).s);
    }
    bool is_step = r->reference_stage_ix[ix] < 0;
    for (int32_t k = 0; k < pt->step_count; k++) {
        is_step = is_step || pt->step[k].stage_ix == r->reference_stage_ix[ix];
    }
    if (!is_step) {
        diag_rule(r->diag, RULE_STEP_ORDER, reader_at(n, "reference_stage"),
                  "plan %s has no step of this stage", pt->name);
    }
}

/* A group with a bounded red must be able to open within it even when everything else takes its
 * share. */
static void check_red(struct reader *r, int32_t ix)
{
    const struct plan *p = r->plan;
    const struct pattern *pt = &p->pattern[ix];
    for (int32_t i = 0; i < p->sg_count && needs_cycle(pt); i++) {
        const int32_t most_ms = p->safety.max_red_ms[i];
        if (most_ms > 0 && pt->cycle_ms - p->safety.min_green_ms[i] > most_ms) {
            diag_rule(r->diag, RULE_RED_TOO_LONG, reader_at(pattern_node(r, ix), "cycle_s"),
                      "plan %s: in a cycle of %s s, %s may be red for more than its %s s", pt->name,
                      seconds_of(pt->cycle_ms).s, p->sg[i].name, seconds_of(most_ms).s);
        }
    }
}

static void check_fallback(struct reader *r)
{
    const struct plan *p = r->plan;
    const int32_t ix = p->ladder.fallback_pattern_ix;
    if (ix >= 0 && p->pattern[ix].strategy != STRATEGY_FIXED) {
        diag_rule(r->diag, RULE_FALLBACK_PLAN,
                  reader_at(yaml_get(r->doc[FILE_PLAN]->root, "ladder"), "fallback_plan"),
                  "plan %s is not fixed", p->pattern[ix].name);
    }
}

void check_patterns(struct reader *r)
{
    for (int32_t ix = 0; ix < r->plan->pattern_count; ix++) {
        check_keys(r, ix);
        check_cycle(r, ix);
        check_red(r, ix);
        if (r->plan->stage_count > 0) {
            check_steps(r, ix);
        }
    }
    check_fallback(r);
}
