#include "stage.h"

/* Everything a step looks at, so that its parts need not pass ten arguments on. */
struct view {
    const struct plan *plan;
    const struct pattern *pattern;
    const struct stage_order *order;
    const struct calls *calls;
    sg_mask_t green;
    sg_mask_t min_served;
    sg_mask_t red;
    sg_mask_t walked;
    sg_mask_t called;
};

/* Why a stage ends; enum phase_end's meanings, as events. */
enum ending { ENDING_NONE, ENDING_CLOCK, ENDING_GAP_OUT, ENDING_MAX_OUT, ENDING_FORCE_OFF };

void stages_init(struct stages *s, const struct plan *p)
{
    *s = (struct stages){ .stage_ix = p->startup_stage_ix,
                          .pattern_ix = -1,
                          .step_ix = -1,
                          .next_ix = -1,
                          .wanted_ms = -1 };
}

int32_t stages_way(const struct plan *p, int32_t from_ix, int32_t to_ix)
{
    stage_mask_t leads_there = bit32((uint32_t)to_ix);
    for (int32_t length = 0; length < p->stage_count; length++) {
        const stage_mask_t hops = p->stage[from_ix].next & leads_there;
        for (uint32_t hop = 0; hop < (uint32_t)p->stage_count; hop++) {
            if ((hops & bit32(hop)) != 0) {
                return (int32_t)hop;
            }
        }
        stage_mask_t one_longer = leads_there;
        for (uint32_t ix = 0; ix < (uint32_t)p->stage_count; ix++) {
            one_longer |= (p->stage[ix].next & leads_there) != 0 ? bit32(ix) : 0;
        }
        leads_there = one_longer;
    }
    return from_ix;
}

/* A pattern that lists no steps serves the stages in the order of the file. */
static int32_t order_count(const struct plan *p, const struct pattern *pattern)
{
    return pattern->step_count > 0 ? pattern->step_count : p->stage_count;
}

static int32_t stage_at(const struct pattern *pattern, int32_t step_ix)
{
    return pattern->step_count > 0 ? pattern->step[step_ix].stage_ix : step_ix;
}

/* The step of the pattern that runs this stage, looking from from_ix on; -1: none. */
static int32_t find_step(const struct plan *p, const struct pattern *pattern, int32_t stage_ix,
                         int32_t from_ix)
{
    const int32_t count = order_count(p, pattern);
    for (int32_t k = 0; k < count; k++) {
        const int32_t step_ix = (max_i32(from_ix, 0) + k) % count;
        if (stage_at(pattern, step_ix) == stage_ix) {
            return step_ix;
        }
    }
    return -1;
}

int32_t stages_following(const struct stages *s, const struct plan *p, int32_t pattern_ix)
{
    const struct pattern *pattern = &p->pattern[pattern_ix];
    const int32_t count = order_count(p, pattern);
    const int32_t here = find_step(p, pattern, s->stage_ix, s->step_ix);
    for (int32_t k = 1; k <= count; k++) {
        const int32_t stage_ix = stage_at(pattern, (here + k) % count);
        if (stage_ix != s->stage_ix) {
            return stage_ix;
        }
    }
    return s->stage_ix;
}

static sg_mask_t peds_of(const struct plan *p, sg_mask_t mask)
{
    sg_mask_t peds = 0;
    for (uint32_t ix = 0; ix < (uint32_t)p->sg_count; ix++) {
        peds |= p->safety.sg_type[ix] == SG_PEDESTRIAN ? bit32(ix) : 0;
    }
    return mask & peds;
}

/* Groups that open with a stage if it begins now. */
static sg_mask_t would_open(const struct view *v, int32_t stage_ix)
{
    const struct stage *stage = &v->plan->stage[stage_ix];
    return ((stage->sg & ~stage->on_demand) | (stage->on_demand & v->called)) & ~v->order->omit;
}

static void begin_stage(struct stages *s, const struct view *v, int32_t stage_ix,
                        struct event_list *events)
{
    s->stage_ix = stage_ix;
    s->wanted_ms = 0;
    s->green_ms = 0;
    s->max_ms = 0;
    s->all_green = false;
    s->min_served = false;
    s->seen_green = 0;
    s->open = would_open(v, stage_ix);
    s->reopen = s->open & v->walked;
    event_add(events, EVENT_STAGE, (uint32_t)stage_ix + 1);
}

/* Would somebody who is not served now be served by this stage? */
static bool has_demand(const struct stages *s, const struct view *v, int32_t stage_ix)
{
    const struct stage *stage = &v->plan->stage[stage_ix];
    const sg_mask_t unserved = v->called & ~v->plan->stage[s->stage_ix].sg;
    const sg_mask_t sg = stage->sg & ~v->order->omit;
    const bool is_recalled = (stage->recall & (RECALL_MIN | RECALL_MAX)) != 0 ||
                             ((stage->recall & RECALL_PED) != 0 && peds_of(v->plan, sg) != 0);
    return stage_ix != s->stage_ix && sg != 0 && (is_recalled || (sg & unserved) != 0);
}

static bool is_soft_recalled(const struct view *v, int32_t stage_ix)
{
    const struct stage *stage = &v->plan->stage[stage_ix];
    return (stage->recall & RECALL_SOFT) != 0 || (stage->sg & v->calls->soft_recall) != 0;
}

/* The first stage in the pattern's order that somebody waits for; -1: nobody waits. */
static int32_t stage_in_demand(const struct stages *s, const struct view *v)
{
    const int32_t count = order_count(v->plan, v->pattern);
    const int32_t here = max_i32(find_step(v->plan, v->pattern, s->stage_ix, s->step_ix), 0);
    for (int32_t k = 1; k <= count; k++) {
        const int32_t stage_ix = stage_at(v->pattern, (here + k) % count);
        if (has_demand(s, v, stage_ix)) {
            return stage_ix;
        }
    }
    return -1;
}

/* Where to wait when nobody waits: a soft recall draws the junction to its stage. */
static int32_t stage_to_rest_in(const struct stages *s, const struct view *v)
{
    if (is_soft_recalled(v, s->stage_ix)) {
        return -1;
    }
    const int32_t count = order_count(v->plan, v->pattern);
    for (int32_t k = 0; k < count; k++) {
        if (is_soft_recalled(v, stage_at(v->pattern, k))) {
            return stage_at(v->pattern, k);
        }
    }
    return -1;
}

/* Has the gap come on every group that would lose its green? A group that goes on being green in
 * the next stage loses nothing, so its traffic does not hold this one. */
static bool gaps_have_come(const struct stages *s, const struct view *v, int32_t target_ix)
{
    const sg_mask_t closing = s->open & v->green & ~v->plan->stage[target_ix].sg;
    for (uint32_t ix = 0; ix < (uint32_t)v->plan->sg_count; ix++) {
        const bool counts =
            (closing & bit32(ix)) != 0 && v->plan->safety.sg_type[ix] != SG_PEDESTRIAN;
        if (counts && ((v->calls->extending & bit32(ix)) != 0 ||
                       v->calls->since_extension_ms[ix] < v->plan->stage[s->stage_ix].passage_ms)) {
            return false;
        }
    }
    return true;
}

static bool is_max_recalled(const struct stages *s, const struct view *v)
{
    return (v->plan->stage[s->stage_ix].recall & RECALL_MAX) != 0 ||
           (v->calls->max_recall & s->open) != 0;
}

/* A pattern made for the clock has no maximums; run by gaps, its durations are as good. */
static int32_t step_max_ms(const struct pattern_step *step)
{
    return step->max_ms > 0 ? step->max_ms : step->duration_ms;
}

/* Who waits, and how long the present stage may and must go on for them. */
struct bounds {
    int32_t wanted_ix; /* the first stage in demand, -1 none */
    bool min_is_over, max_is_over;
};

static struct bounds run_bounds(struct stages *s, const struct view *v)
{
    const int32_t step_ix = find_step(v->plan, v->pattern, s->stage_ix, s->step_ix);
    const bool is_passed_through = step_ix < 0 || v->pattern->step_count == 0;
    const int32_t min_ms = is_passed_through ? 0 : v->pattern->step[step_ix].min_ms;
    const int32_t max_ms = is_passed_through ? min_ms : step_max_ms(&v->pattern->step[step_ix]);
    s->step_ix = max_i32(step_ix, 0);
    const int32_t wanted_ix = stage_in_demand(s, v);
    s->max_ms = s->all_green && wanted_ix >= 0 ? age_add_ms(s->max_ms, TICK_MS) : 0;
    return (struct bounds){ .wanted_ix = wanted_ix,
                            .min_is_over = s->min_served && s->green_ms >= min_ms,
                            .max_is_over = wanted_ix >= 0 && s->max_ms >= max_ms };
}

static enum ending actuated_ending(struct stages *s, const struct view *v, int32_t *target_ix)
{
    const struct bounds b = run_bounds(s, v);
    const int32_t wanted_ix = b.wanted_ix >= 0 ? b.wanted_ix : stage_to_rest_in(s, v);
    if (wanted_ix < 0 || !b.min_is_over) {
        return ENDING_NONE;
    }
    *target_ix = wanted_ix;
    if (v->order->force_off) {
        return ENDING_FORCE_OFF;
    }
    if (b.max_is_over) {
        return ENDING_MAX_OUT;
    }
    return !is_max_recalled(s, v) && gaps_have_come(s, v, wanted_ix) ? ENDING_GAP_OUT : ENDING_NONE;
}

/* Another stage, where something opens, and the plan's transitions lead there. */
static bool may_target(const struct stages *s, const struct view *v, int32_t stage_ix)
{
    return stage_ix != s->stage_ix && would_open(v, stage_ix) != 0 &&
           stages_way(v->plan, s->stage_ix, stage_ix) != s->stage_ix;
}

/* The next stage in the pattern's order that opens one of these groups, the present one left out;
 * -1 none. */
static int32_t stage_that_serves(const struct stages *s, const struct view *v, sg_mask_t sg)
{
    const int32_t count = order_count(v->plan, v->pattern);
    const int32_t here = max_i32(find_step(v->plan, v->pattern, s->stage_ix, s->step_ix), 0);
    for (int32_t k = 1; sg != 0 && k <= count; k++) {
        const int32_t stage_ix = stage_at(v->pattern, (here + k) % count);
        if ((would_open(v, stage_ix) & sg) != 0 && may_target(s, v, stage_ix)) {
            return stage_ix;
        }
    }
    return -1;
}

/* Where advice leads from here, -1: it says stay, or go where nobody can. A group that would become
 * overdue meanwhile goes first. */
static int32_t advised_target(const struct stages *s, const struct view *v)
{
    const int32_t advised_ix = v->order->advised_ix;
    if (!may_target(s, v, advised_ix)) {
        return -1;
    }
    const int32_t first_ix =
        stage_that_serves(s, v, v->order->overdue_next & ~v->plan->stage[advised_ix].sg);
    return first_ix >= 0 ? first_ix : advised_ix;
}

/* Advice chooses inside the bounds that hold for gaps as well. Maximum recall asks for no more than
 * service here: the optimiser knows who is counted by guess. */
static enum ending adaptive_ending(struct stages *s, const struct view *v, int32_t *target_ix)
{
    const struct stage_order *o = v->order;
    if (o->advised_ix < 0 || o->advised_ix >= v->plan->stage_count) {
        return actuated_ending(s, v, target_ix);
    }
    const struct bounds b = run_bounds(s, v);
    if (!b.min_is_over) {
        return ENDING_NONE;
    }
    const int32_t overdue_ix = stage_that_serves(s, v, o->overdue & ~s->open);
    const int32_t advised_ix = advised_target(s, v);
    *target_ix = overdue_ix >= 0 ? overdue_ix : advised_ix;
    if (*target_ix >= 0) {
        return b.max_is_over ? ENDING_MAX_OUT : ENDING_FORCE_OFF;
    }
    *target_ix = b.wanted_ix >= 0 ? b.wanted_ix : s->stage_ix;
    if (o->force_off && b.wanted_ix >= 0) {
        return ENDING_FORCE_OFF;
    }
    return b.max_is_over ? ENDING_MAX_OUT : ENDING_NONE;
}

static enum ending fixed_ending(struct stages *s, const struct view *v, int32_t *target_ix)
{
    const int32_t count = order_count(v->plan, v->pattern);
    if (s->step_ix < 0) {
        s->step_ix = max_i32(find_step(v->plan, v->pattern, s->stage_ix, 0), 0);
    }
    const int32_t duration_ms =
        v->pattern->step_count > 0 ? v->pattern->step[s->step_ix].duration_ms : 0;
    const bool is_here = stage_at(v->pattern, s->step_ix) == s->stage_ix;
    const bool is_over = s->wanted_ms >= duration_ms || v->order->force_off;
    if (is_here && is_over && s->min_served) {
        s->step_ix = (s->step_ix + 1) % count;
        s->wanted_ms = 0;
    }
    *target_ix = stage_at(v->pattern, s->step_ix);
    return *target_ix == s->stage_ix ? ENDING_NONE : ENDING_CLOCK;
}

static enum ending coordinated_ending(struct stages *s, const struct view *v,
                                      const struct coord *coord, int32_t *target_ix)
{
    const int32_t count = order_count(v->plan, v->pattern);
    if (coord->step_ix < 0 || coord->step_ix >= count) {
        return ENDING_NONE;
    }
    s->step_ix = coord->step_ix;
    *target_ix = stage_at(v->pattern, s->step_ix);
    return *target_ix == s->stage_ix ? ENDING_NONE : ENDING_CLOCK;
}

static enum ending stage_ending(struct stages *s, const struct view *v, const struct coord *coord,
                                int32_t *target_ix)
{
    if (v->order->forced_stage_ix >= 0) {
        *target_ix = v->order->forced_stage_ix;
        return *target_ix == s->stage_ix ? ENDING_NONE : ENDING_FORCE_OFF;
    }
    if (s->next_ix >= 0) {
        *target_ix = s->next_ix; /* on the way through a stage that nobody asked for */
        return ENDING_CLOCK;
    }
    switch ((enum strategy)v->order->strategy) {
    case STRATEGY_FIXED:
        return fixed_ending(s, v, target_ix);
    case STRATEGY_COORDINATED:
        /* While coordination is suspended the stages run free, by gaps and maximums. */
        return coord->is_running ? coordinated_ending(s, v, coord, target_ix)
                                 : actuated_ending(s, v, target_ix);
    case STRATEGY_ADAPTIVE:
        return adaptive_ending(s, v, target_ix);
    case STRATEGY_ACTUATED:
        return actuated_ending(s, v, target_ix);
    case STRATEGY_FLASH:
    case STRATEGY_ALL_RED:
    case STRATEGY_MANUAL:
    case STRATEGY_PREEMPT:
    case STRATEGY_COUNT:
        break;
    }
    return ENDING_NONE;
}

/* Tells why each phase that loses its green does; once for each phase number. */
static void tell_ending(const struct stages *s, const struct view *v, int32_t next_ix,
                        enum ending ending, struct event_list *events)
{
    static const enum event_code codes[] = { [ENDING_CLOCK] = EVENT_FORCE_OFF,
                                             [ENDING_GAP_OUT] = EVENT_GAP_OUT,
                                             [ENDING_MAX_OUT] = EVENT_MAX_OUT,
                                             [ENDING_FORCE_OFF] = EVENT_FORCE_OFF };
    uint64_t told = 0;
    const sg_mask_t closing = s->open & v->green & ~v->plan->stage[next_ix].sg;
    for (uint32_t ix = 0; ix < (uint32_t)v->plan->sg_count; ix++) {
        const uint32_t phase_id = (uint32_t)v->plan->sg[ix].phase_id & 63;
        if ((closing & bit32(ix)) == 0 || (told & bit64(phase_id)) != 0 ||
            v->plan->safety.sg_type[ix] == SG_PEDESTRIAN) {
            continue;
        }
        told |= bit64(phase_id);
        event_add(events, codes[ending], phase_id);
    }
}

static void advance_timers(struct stages *s, const struct view *v, struct event_list *events)
{
    s->wanted_ms = age_add_ms(s->wanted_ms, TICK_MS);
    s->open &= ~v->order->omit;
    s->seen_green |= s->open & v->green;
    const bool all_seen = (s->open & ~s->seen_green) == 0;
    if (s->all_green) {
        s->green_ms = age_add_ms(s->green_ms, TICK_MS);
    } else if (all_seen) {
        s->all_green = true;
        event_add(events, EVENT_STAGE_GREEN, (uint32_t)s->stage_ix + 1);
    }
    s->min_served = s->all_green && all_seen && (s->open & v->green & ~v->min_served) == 0;
}

/* For how long the running stage goes on for sure; AGE_MAX_MS: until somebody ends it. Advice looks
 * ahead, so a walk that would hold the stage longer than it is meant to last waits for the next. */
static int32_t time_left_ms(const struct stages *s, const struct view *v)
{
    const struct stage_order *o = v->order;
    const bool by_clock = o->strategy == STRATEGY_FIXED || o->strategy == STRATEGY_COORDINATED;
    if (by_clock && v->pattern->step_count > 0 && s->step_ix >= 0) {
        return v->pattern->step[s->step_ix].duration_ms - s->wanted_ms;
    }
    const bool is_advised = o->strategy == STRATEGY_ADAPTIVE && o->advised_ix >= 0;
    if (is_advised && stage_in_demand(s, v) >= 0) {
        return o->advised_ix == s->stage_ix ? o->stay_ms : 0;
    }
    return AGE_MAX_MS;
}

/* Late demand: groups on demand open in the running stage while there is time for them; pedestrians
 * who had their walk and are called again get a new one. */
static void open_late(struct stages *s, const struct view *v)
{
    const struct stage *stage = &v->plan->stage[s->stage_ix];
    sg_mask_t again = peds_of(v->plan, s->open & s->seen_green & v->red & v->called);
    sg_mask_t late = stage->sg & (v->called | ~stage->on_demand) & ~v->order->omit & ~s->open;
    const bool is_advised = v->order->strategy == STRATEGY_ADAPTIVE && v->order->advised_ix >= 0;
    const int32_t left_ms = (late | again) != 0 ? time_left_ms(s, v) : 0;
    for (sg_mask_t left = late | again; left != 0; left &= left - 1) {
        const uint32_t ix = lowest_bit(left);
        const int32_t needs_ms =
            v->plan->safety.min_green_ms[ix] + v->plan->safety.ped_clear_ms[ix];
        const bool is_worth_it =
            is_advised && v->order->advised_ix == s->stage_ix && (v->order->walks & bit32(ix)) != 0;
        const bool is_too_late = left_ms < needs_ms && !is_worth_it;
        late &= is_too_late ? ~bit32(ix) : ~UINT32_C(0);
        again &= is_advised && is_too_late ? ~bit32(ix) : ~UINT32_C(0);
    }
    s->open |= late;
    s->reopen |= again;
    s->seen_green &= ~again;
}

static void write_wanted(struct stages *s, const struct view *v, struct wanted *w)
{
    const struct stage *stage = &v->plan->stage[s->stage_ix];
    const bool is_actuated =
        v->order->strategy == STRATEGY_ACTUATED || v->order->strategy == STRATEGY_ADAPTIVE;
    w->open = v->order->finish ? 0 : s->open & ~s->reopen;
    s->reopen = 0;
    /* A crossing goes with its stage. Only one that was opened by a button in a stage that gaps may
     * prolong without end closes by itself, to be there for the next button. */
    w->hold_walk = peds_of(v->plan, w->open & ~(is_actuated ? stage->on_demand : 0));
    for (uint32_t ix = 0; ix < (uint32_t)v->plan->sg_count; ix++) {
        w->walk_ms[ix] = v->plan->safety.min_green_ms[ix];
    }
}

void stages_step(struct stages *s, const struct plan *p, const struct stage_order *o,
                 const struct calls *calls, const struct sequencer *seq, const struct coord *coord,
                 const struct tick *t, struct wanted *w, struct event_list *events)
{
    REQUIRE(t->advances && o->pattern_ix >= 0 && o->pattern_ix < p->pattern_count);
    const struct view v = { .plan = p,
                            .pattern = &p->pattern[o->pattern_ix],
                            .order = o,
                            .calls = calls,
                            .green = sequencer_green(seq, p),
                            .min_served = sequencer_min_served(seq, p, t),
                            .red = ~sequencer_not_red(seq, p),
                            .walked = seq->walked,
                            .called = (calls->vehicle | calls->ped) & ~o->omit };
    if (s->wanted_ms < 0) {
        begin_stage(s, &v, s->stage_ix, events);
    } else {
        advance_timers(s, &v, events);
    }
    if (s->pattern_ix != o->pattern_ix) {
        s->pattern_ix = o->pattern_ix;
        s->step_ix = -1;
        s->next_ix = -1;
    }
    int32_t target_ix = s->stage_ix;
    const enum ending ending =
        o->hold || o->finish ? ENDING_NONE : stage_ending(s, &v, coord, &target_ix);
    if (ending != ENDING_NONE && s->min_served && target_ix != s->stage_ix) {
        const int32_t hop_ix = stages_way(p, s->stage_ix, target_ix);
        if (hop_ix != s->stage_ix) {
            tell_ending(s, &v, hop_ix, ending, events);
            begin_stage(s, &v, hop_ix, events);
            s->next_ix = hop_ix == target_ix || o->forced_stage_ix >= 0 ? -1 : target_ix;
        }
    } else if (ending == ENDING_NONE) {
        open_late(s, &v);
    }
    write_wanted(s, &v, w);
}

bool stages_at_border(const struct stages *s, const struct plan *p)
{
    (void)p;
    return s->all_green && s->min_served;
}
