/* Patterns: sums, order, and each timed pattern played cycle by cycle until it repeats: does every
 * group get its minimum before its time is over, does any wait too long? */
#include "prove_parts.h"

#include <inttypes.h>
#include <string.h>

#include "script.h"

/* Two cycles bring any start into the rhythm of the pattern, the third is judged. */
enum { WARM_UP_CYCLES = 2 };

struct player {
    int32_t pattern_ix;
    struct script script;
    int32_t least_ms[SG_MAX]; /* minimum green, of the phase if that is longer */
    sg_mask_t open;           /* wanted in the last frame */
    sg_mask_t had_least;      /* have had their least green since they became wanted */
    sg_mask_t was_green;
    sg_mask_t ever_green;
    bool is_judged;
};

static struct prove_finding blank_at(const struct prover *pr, const struct player *pl,
                                     enum prove_kind kind, int32_t at_ms)
{
    struct prove_finding f = prove_blank(kind);
    f.pattern_ix = pl->pattern_ix;
    /* The end of the cycle is its beginning, but people look for it at the end. */
    f.at_ms = at_ms == 0 ? pl->script.cycle_ms : at_ms;
    for (int32_t i = 0; i < pl->script.count; i++) {
        const struct script_span *s = &pl->script.span[i];
        if (s->step_ix >= 0 && s->from_ms < f.at_ms && f.at_ms <= s->until_ms) {
            f.step_ix = s->step_ix;
            f.stage_ix = pr->p->pattern[pl->pattern_ix].step[s->step_ix].stage_ix;
        }
    }
    return f;
}

/* What is ending: the step, or the phase that opens the group. */
static const char *ending_name(const struct plan *p, const struct script *sc,
                               struct prove_finding *f)
{
    if (f->stage_ix >= 0) {
        return p->stage[f->stage_ix].name;
    }
    for (int32_t i = 0; i < sc->count; i++) {
        const struct script_span *s = &sc->span[i];
        if (s->phase_ix >= 0 && s->until_ms == f->at_ms &&
            (s->sg & bit32((uint32_t)f->sg_a_ix)) != 0) {
            f->phase_a_ix = s->phase_ix;
            return p->phase[s->phase_ix].name;
        }
    }
    return "overlap";
}

static void report_short(struct prover *pr, const struct player *pl, uint32_t sg_ix, int32_t at_ms)
{
    const struct plan *p = pr->p;
    const bool is_green = aspect_is_green(pr->timeline.aspect[sg_ix]);
    struct prove_finding f = blank_at(pr, pl, is_green ? PROVE_MIN_CUT : PROVE_NEVER_GREEN, at_ms);
    f.sg_a_ix = (int32_t)sg_ix;
    const char *what = ending_name(p, &pl->script, &f);
    const char *kind = f.stage_ix >= 0 ? "stage" : "phase";
    if (is_green) {
        prove_report(
            pr, &f,
            "pattern \"%s\", second %s: %s \"%s\" ends when \"%s\" has had %s s of the %s s "
            "green that it must have",
            p->pattern[pl->pattern_ix].name, seconds_text(f.at_ms).s, kind, what, p->sg[sg_ix].name,
            seconds_text(pr->timeline.green_ms[sg_ix] + TICK_MS).s,
            seconds_text(pl->least_ms[sg_ix]).s);
    } else {
        prove_report(pr, &f,
                     "pattern \"%s\", second %s: %s \"%s\" ends before \"%s\" is green; the change "
                     "before it takes longer than that",
                     p->pattern[pl->pattern_ix].name, seconds_text(f.at_ms).s, kind, what,
                     p->sg[sg_ix].name);
    }
}

static bool walk_may_overrun(const struct prover *pr, const struct player *pl, uint32_t sg_ix)
{
    const struct plan *p = pr->p;
    for (int32_t i = 0; i < p->phase_count; i++) {
        if ((p->phase[i].ped_sg & bit32(sg_ix)) != 0 &&
            script_ped_may_overrun(p, &p->pattern[pl->pattern_ix], i)) {
            return true;
        }
    }
    return false;
}

/* A crossing of a ring plan: its walk is over and it has cleared before its phase is forced off,
 * unless the cycle waits for it. */
static void judge_walk(struct prover *pr, const struct player *pl, uint32_t sg_ix, int32_t at_ms)
{
    const struct timeline *tl = &pr->timeline;
    const bool has_walked = (tl->walk_done & bit32(sg_ix)) != 0;
    if ((has_walked && tl->aspect[sg_ix] == ASPECT_RED) || walk_may_overrun(pr, pl, sg_ix)) {
        return;
    }
    const struct plan *p = pr->p;
    struct prove_finding f = blank_at(pr, pl, PROVE_SPLIT_PED, at_ms);
    f.sg_a_ix = (int32_t)sg_ix;
    const char *what = ending_name(p, &pl->script, &f);
    prove_report(
        pr, &f,
        "pattern \"%s\", second %s: the green of phase \"%s\" ends before \"%s\" has had %s s "
        "of walk and %s s of clearance",
        p->pattern[pl->pattern_ix].name, seconds_text(f.at_ms).s, what, p->sg[sg_ix].name,
        seconds_text(pl->script.walk_ms[sg_ix]).s, seconds_text(p->safety.ped_clear_ms[sg_ix]).s);
}

/* Before the frame at at_ms is made: whose time is over, and had it its least green? */
static void judge_ends(struct prover *pr, struct player *pl, sg_mask_t open, bool step_ends,
                       int32_t at_ms)
{
    const struct timeline *tl = &pr->timeline;
    for (uint32_t g = 0; g < (uint32_t)pr->p->sg_count; g++) {
        if ((pl->open & bit32(g)) == 0) {
            continue;
        }
        if (aspect_is_green(tl->aspect[g]) && tl->green_ms[g] + TICK_MS >= pl->least_ms[g]) {
            pl->had_least |= bit32(g);
        }
        const bool ends = (open & bit32(g)) == 0;
        const bool is_short = (pl->had_least & bit32(g)) == 0;
        const bool is_green = aspect_is_green(tl->aspect[g]);
        if (!pl->is_judged || (!ends && !step_ends)) {
            continue;
        }
        if (ends && pl->script.walk_ms[g] > 0) {
            judge_walk(pr, pl, g, at_ms);
        } else if (is_short && (ends || !is_green)) {
            report_short(pr, pl, g, at_ms);
        }
    }
    pl->had_least &= open & pl->open;
}

/* How much longer than the cycle says a red may last while the offset is being corrected (F55). */
static int32_t stretch_ms(const struct pattern *t)
{
    if (t->strategy != STRATEGY_COORDINATED) {
        return 0;
    }
    if (t->correction == COORD_DWELL) {
        return t->dwell_max_ms;
    }
    return (int32_t)((int64_t)t->cycle_ms * t->correction_max_pct / 100);
}

/* After the frame at at_ms is made: who turned green, and after how long? */
static void judge_waits(struct prover *pr, struct player *pl, int32_t at_ms)
{
    const struct plan *p = pr->p;
    const sg_mask_t green = timeline_green(&pr->timeline);
    const sg_mask_t begun = green & ~pl->was_green;
    pl->was_green = green;
    pl->ever_green |= green;
    for (uint32_t g = 0; pl->is_judged && g < (uint32_t)p->sg_count; g++) {
        const int32_t extra_ms = stretch_ms(&p->pattern[pl->pattern_ix]);
        const int32_t waited_ms = pr->timeline.since_green_ms[g];
        const int32_t max_red_ms = p->safety.max_red_ms[g];
        if ((begun & bit32(g)) == 0 || max_red_ms == 0 || waited_ms + extra_ms <= max_red_ms) {
            continue;
        }
        struct prove_finding f = blank_at(pr, pl, PROVE_MAX_RED, at_ms);
        f.step_ix = f.stage_ix = -1;
        f.sg_a_ix = (int32_t)g;
        prove_report(
            pr, &f,
            "pattern \"%s\", second %s: \"%s\" turns green after %s s, or %s s while the offset "
            "is corrected; its max_red is %s s",
            p->pattern[pl->pattern_ix].name, seconds_text(at_ms).s, p->sg[g].name,
            seconds_text(waited_ms).s, seconds_text(waited_ms + extra_ms).s,
            seconds_text(max_red_ms).s);
    }
}

/* Does a step end here? Groups that stay wanted have to be green by then too. */
static bool is_step_end(const struct script *sc, int32_t at_ms)
{
    for (int32_t i = 0; i < sc->count; i++) {
        if (sc->span[i].step_ix >= 0 && sc->span[i].until_ms % sc->cycle_ms == at_ms) {
            return true;
        }
    }
    return false;
}

static bool play_cycle(struct prover *pr, struct player *pl)
{
    struct prove_finding where = prove_blank(PROVE_FRAME_CONFLICT);
    where.pattern_ix = pl->pattern_ix;
    for (int32_t at_ms = 0; at_ms < pl->script.cycle_ms;) {
        const sg_mask_t open = script_open(&pl->script, at_ms);
        judge_ends(pr, pl, open, is_step_end(&pl->script, at_ms), at_ms);
        pl->open = open;
        where.at_ms = at_ms;
        if (!prove_tick(pr, open, &where)) {
            return false;
        }
        judge_waits(pr, pl, at_ms);
        int32_t next_ms = at_ms + TICK_MS;
        if (timeline_is_settled(&pr->timeline, open)) {
            const int32_t gap_ms = script_next_ms(&pl->script, at_ms) - at_ms;
            next_ms = at_ms + (gap_ms + TICK_MS - 1) / TICK_MS * TICK_MS;
        }
        timeline_skip(&pr->timeline, next_ms - at_ms - TICK_MS);
        at_ms = next_ms;
    }
    return true;
}

static void read_least(const struct plan *p, struct player *pl)
{
    for (uint32_t g = 0; g < (uint32_t)p->sg_count; g++) {
        pl->least_ms[g] = p->safety.min_green_ms[g];
        for (int32_t i = 0; i < p->phase_count; i++) {
            if ((p->phase[i].vehicle_sg & bit32(g)) != 0) {
                pl->least_ms[g] = max_i32(pl->least_ms[g], p->phase[i].min_green_ms);
            }
        }
    }
}

/* Returns the groups that were green at any time. */
static sg_mask_t play(struct prover *pr, int32_t pattern_ix, sg_mask_t demand)
{
    struct player pl;
    memset(&pl, 0, sizeof pl);
    pl.pattern_ix = pattern_ix;
    script_read(pr->p, pattern_ix, demand, &pl.script);
    read_least(pr->p, &pl);
    timeline_settle(&pr->timeline, 0);
    memcpy(pr->timeline.walk_ms, pl.script.walk_ms, sizeof pl.script.walk_ms);
    bool goes_on = true;
    for (int32_t round = 0; goes_on && round <= WARM_UP_CYCLES; round++) {
        pl.is_judged = round == WARM_UP_CYCLES;
        goes_on = play_cycle(pr, &pl);
        pr->r->cycles++;
    }
    memset(pr->timeline.walk_ms, 0, sizeof pr->timeline.walk_ms);
    return pl.ever_green;
}

/* Everybody calls, nobody calls, one group alone calls; the first demand that goes wrong is enough.
 * Returns the groups that were green at any time. */
static sg_mask_t play_demands(struct prover *pr, int32_t pattern_ix)
{
    const sg_mask_t choice = script_on_demand(pr->p, pattern_ix);
    const uint32_t errors_before = pr->r->errors;
    sg_mask_t ever_green = play(pr, pattern_ix, choice);
    if (choice != 0 && pr->r->errors == errors_before) {
        (void)play(pr, pattern_ix, 0);
    }
    for (uint32_t g = 0; g < SG_MAX && pr->r->errors == errors_before; g++) {
        if ((choice & bit32(g)) != 0 && choice != bit32(g)) {
            ever_green |= play(pr, pattern_ix, bit32(g));
        }
    }
    return ever_green;
}

static bool prove_steps(struct prover *pr, int32_t pattern_ix)
{
    const struct plan *p = pr->p;
    const struct pattern *t = &p->pattern[pattern_ix];
    struct prove_finding f = prove_blank(PROVE_CYCLE_SUM);
    f.pattern_ix = pattern_ix;
    int64_t sum_ms = 0;
    for (int32_t i = 0; i < t->step_count; i++) {
        sum_ms += t->step[i].duration_ms;
    }
    if (sum_ms != t->cycle_ms) {
        prove_report(pr, &f,
                     "pattern \"%s\": its steps last %" PRId64 ".%" PRId64 " s together, its "
                     "cycle is %s s",
                     t->name, sum_ms / 1000, sum_ms % 1000 / 100, seconds_text(t->cycle_ms).s);
        return false;
    }
    bool are_linked = true;
    for (int32_t i = 0; i < t->step_count; i++) {
        const int32_t from_ix = t->step[i].stage_ix;
        const int32_t to_ix = t->step[(i + 1) % t->step_count].stage_ix;
        if (from_ix != to_ix && (p->stage[from_ix].next & bit32((uint32_t)to_ix)) == 0) {
            f.kind = PROVE_TRANSITION_MISSING;
            f.step_ix = i;
            f.stage_ix = from_ix;
            f.to_stage_ix = to_ix;
            prove_report(pr, &f,
                         "pattern \"%s\", step %" PRId32
                         ": stage \"%s\" may not change to \"%s\", which "
                         "comes next",
                         t->name, i + 1, p->stage[from_ix].name, p->stage[to_ix].name);
            are_linked = false;
        }
    }
    return are_linked;
}

/* Rings reach each barrier together, and the last one at the end of the cycle. */
static bool prove_splits(struct prover *pr, int32_t pattern_ix)
{
    const struct plan *p = pr->p;
    const struct pattern *t = &p->pattern[pattern_ix];
    struct prove_finding f = prove_blank(PROVE_BARRIER_SUM);
    f.pattern_ix = pattern_ix;
    int64_t cycle_ms = 0;
    for (int32_t barrier_ix = 0; barrier_ix < BARRIER_MAX; barrier_ix++) {
        int64_t group_ms = 0;
        int32_t first_ring = -1;
        for (int32_t ring = 0; ring < RING_MAX; ring++) {
            const int64_t ring_ms = script_barrier_ms(p, t, ring, barrier_ix);
            if (ring_ms > 0 && first_ring < 0) {
                group_ms = ring_ms;
                first_ring = ring;
            } else if (ring_ms > 0 && ring_ms != group_ms) {
                prove_report(
                    pr, &f,
                    "pattern \"%s\": in barrier group %" PRId32 " the splits of ring %" PRId32
                    " last %s s, those of ring %" PRId32 " %s s",
                    t->name, barrier_ix + 1, first_ring + 1, seconds_text((int32_t)group_ms).s,
                    ring + 1, seconds_text((int32_t)ring_ms).s);
                return false;
            }
        }
        cycle_ms += group_ms;
    }
    if (cycle_ms != t->cycle_ms) {
        f.kind = PROVE_CYCLE_SUM;
        prove_report(pr, &f,
                     "pattern \"%s\": its splits last %" PRId64 ".%" PRId64 " s, its cycle is "
                     "%s s",
                     t->name, cycle_ms / 1000, cycle_ms % 1000 / 100, seconds_text(t->cycle_ms).s);
        return false;
    }
    return true;
}

static bool prove_ring_order(struct prover *pr, int32_t pattern_ix)
{
    const struct plan *p = pr->p;
    const struct pattern *t = &p->pattern[pattern_ix];
    struct prove_finding f = prove_blank(PROVE_RING_ORDER);
    f.pattern_ix = pattern_ix;
    phase_mask_t seen = 0;
    for (int32_t ring = 0; ring < RING_MAX; ring++) {
        int32_t barrier_ix = 0;
        for (int32_t i = 0; i < t->ring[ring].count; i++) {
            const struct phase *ph = &p->phase[t->ring[ring].phase_ix[i]];
            const phase_mask_t bit = bit32((uint32_t)t->ring[ring].phase_ix[i]);
            f.phase_a_ix = t->ring[ring].phase_ix[i];
            if (ph->ring_ix != ring || (seen & bit) != 0 || ph->barrier_ix < barrier_ix) {
                prove_report(pr, &f,
                             "pattern \"%s\", ring %" PRId32
                             ": phase \"%s\" is of another ring, comes "
                             "twice or lies before a barrier already crossed",
                             t->name, ring + 1, ph->name);
                return false;
            }
            seen |= bit;
            barrier_ix = ph->barrier_ix;
        }
    }
    return true;
}

/* Groups that a pattern opens at some time or other. */
static sg_mask_t pattern_groups(const struct plan *p, const struct pattern *t)
{
    sg_mask_t sg = 0;
    phase_mask_t served = 0;
    const stage_mask_t stages = script_stages(p, t);
    for (int32_t i = 0; i < p->stage_count; i++) {
        sg |= (stages & bit32((uint32_t)i)) != 0 ? p->stage[i].sg : 0;
    }
    for (int32_t i = 0; i < p->phase_count; i++) {
        if (script_serves_phase(p, t, i)) {
            served |= bit32((uint32_t)i);
            sg |= p->phase[i].vehicle_sg | p->phase[i].ped_sg;
        }
    }
    for (int32_t i = 0; i < p->overlap_count; i++) {
        sg |= (p->overlap[i].parents & served) != 0 ? p->overlap[i].sg : 0;
    }
    return sg;
}

static void prove_starvation(struct prover *pr, int32_t pattern_ix, sg_mask_t ever_green)
{
    const struct plan *p = pr->p;
    if (!prove_is_scheduled(p, pattern_ix)) {
        return;
    }
    for (uint32_t g = 0; g < (uint32_t)p->sg_count; g++) {
        if ((ever_green & bit32(g)) == 0) {
            struct prove_finding f = prove_blank(PROVE_GROUP_STARVED);
            f.pattern_ix = pattern_ix;
            f.sg_a_ix = (int32_t)g;
            prove_report(pr, &f, "pattern \"%s\" never gives green to \"%s\"",
                         p->pattern[pattern_ix].name, p->sg[g].name);
        }
    }
}

/* Actuated and adaptive steps: their maximum leaves room for the longest minimum of the stage. */
static void prove_step_bounds(struct prover *pr, int32_t pattern_ix)
{
    const struct plan *p = pr->p;
    const struct pattern *t = &p->pattern[pattern_ix];
    for (int32_t i = 0; i < t->step_count; i++) {
        const struct pattern_step *s = &t->step[i];
        const struct stage *stage = &p->stage[s->stage_ix];
        int32_t least_ms = s->min_ms;
        for (uint32_t g = 0; g < (uint32_t)p->sg_count; g++) {
            if ((stage->sg & ~stage->on_demand & bit32(g)) != 0) {
                least_ms = max_i32(least_ms, p->safety.min_green_ms[g]);
            }
        }
        if (s->max_ms < least_ms) {
            struct prove_finding f = prove_blank(PROVE_MAX_BELOW_MIN);
            f.pattern_ix = pattern_ix;
            f.step_ix = i;
            f.stage_ix = s->stage_ix;
            prove_report(
                pr, &f,
                "pattern \"%s\", step %" PRId32 ": stage \"%s\" has a maximum of %s s, but its "
                "minimums need %s s",
                t->name, i + 1, stage->name, seconds_text(s->max_ms).s, seconds_text(least_ms).s);
        }
    }
}

static void prove_phase_bounds(struct prover *pr, int32_t pattern_ix)
{
    const struct plan *p = pr->p;
    const struct pattern *t = &p->pattern[pattern_ix];
    for (int32_t i = 0; i < p->phase_count; i++) {
        const struct phase *ph = &p->phase[i];
        const int32_t max_ms = ph->max_green_ms[t->max_set];
        if (script_serves_phase(p, t, i) && max_ms < ph->min_green_ms) {
            struct prove_finding f = prove_blank(PROVE_MAX_BELOW_MIN);
            f.pattern_ix = pattern_ix;
            f.phase_a_ix = i;
            prove_report(
                pr, &f,
                "pattern \"%s\": phase \"%s\" has a maximum green of %s s, below its minimum of "
                "%s s",
                t->name, ph->name, seconds_text(max_ms).s, seconds_text(ph->min_green_ms).s);
        }
    }
}

/* A pattern without a clock moves through its stages by demand: from each it must be able to reach
 * every other without leaving the pattern. */
static void prove_ways(struct prover *pr, int32_t pattern_ix)
{
    const struct plan *p = pr->p;
    const struct pattern *t = &p->pattern[pattern_ix];
    const stage_mask_t used = script_stages(p, t);
    stage_mask_t reach[STAGE_MAX] = { 0 };
    for (int32_t i = 0; i < p->stage_count; i++) {
        reach[i] = (p->stage[i].next & used) | bit32((uint32_t)i);
    }
    for (int32_t k = 0; k < p->stage_count; k++) {
        for (int32_t i = 0; i < p->stage_count; i++) {
            const bool passes_k = (reach[i] & used & bit32((uint32_t)k)) != 0;
            reach[i] |= passes_k ? reach[k] : 0;
        }
    }
    for (int32_t i = 0; i < t->step_count; i++) {
        const int32_t stage_ix = t->step[i].stage_ix;
        const stage_mask_t lost = used & ~reach[stage_ix];
        if (lost != 0) {
            struct prove_finding f = prove_blank(PROVE_TRANSITION_MISSING);
            f.pattern_ix = pattern_ix;
            f.step_ix = i;
            f.stage_ix = stage_ix;
            f.to_stage_ix = __builtin_ctz(lost);
            prove_report(
                pr, &f, "pattern \"%s\": from stage \"%s\" its stages offer no way to stage \"%s\"",
                t->name, p->stage[stage_ix].name, p->stage[f.to_stage_ix].name);
        }
    }
}

static bool pattern_is_sound(struct prover *pr, int32_t pattern_ix)
{
    const struct plan *p = pr->p;
    const struct pattern *t = &p->pattern[pattern_ix];
    const bool is_timed = script_is_timed(t);
    if (plan_is_staged(p)) {
        if (!is_timed) {
            prove_step_bounds(pr, pattern_ix);
            prove_ways(pr, pattern_ix);
        }
        return !is_timed || prove_steps(pr, pattern_ix);
    }
    if (!prove_ring_order(pr, pattern_ix)) {
        return false;
    }
    if (!is_timed) {
        prove_phase_bounds(pr, pattern_ix);
    }
    return !is_timed || prove_splits(pr, pattern_ix);
}

static void prove_pattern(struct prover *pr, int32_t pattern_ix)
{
    const struct plan *p = pr->p;
    const struct pattern *t = &p->pattern[pattern_ix];
    if (t->strategy == STRATEGY_FLASH || t->strategy == STRATEGY_ALL_RED) {
        return;
    }
    const bool is_clocked = t->strategy == STRATEGY_FIXED || t->strategy == STRATEGY_COORDINATED;
    if (is_clocked && t->cycle_ms == 0) {
        struct prove_finding f = prove_blank(PROVE_CYCLE_SUM);
        f.pattern_ix = pattern_ix;
        prove_report(pr, &f, "pattern \"%s\" runs by the clock, but has no cycle", t->name);
        return;
    }
    if (!pattern_is_sound(pr, pattern_ix)) {
        return;
    }
    /* A group that ought to open but is too late is a finding of the play, not a second one here.
     */
    prove_starvation(pr, pattern_ix, pattern_groups(p, t));
    if (script_is_timed(t)) {
        const uint32_t errors_before = pr->r->errors;
        const sg_mask_t ever_green = play_demands(pr, pattern_ix);
        if (pr->r->errors == errors_before && !pr->is_exhausted) {
            prove_starvation(pr, pattern_ix, ever_green);
        }
    }
}

static void prove_fallback(struct prover *pr)
{
    const struct plan *p = pr->p;
    const int32_t ix = p->ladder.fallback_pattern_ix;
    struct prove_finding f = prove_blank(PROVE_FALLBACK);
    if (ix < 0 || ix >= p->pattern_count) {
        prove_report(pr, &f, "the fallback pattern does not exist");
        return;
    }
    f.pattern_ix = ix;
    if (!script_is_timed(&p->pattern[ix])) {
        prove_report(
            pr, &f,
            "the fallback pattern \"%s\" cannot run by the clock alone: it needs a fixed or "
            "coordinated strategy, a cycle and a duration for every step or split",
            p->pattern[ix].name);
    }
}

void prove_patterns(struct prover *pr)
{
    for (int32_t i = 0; i < pr->p->pattern_count; i++) {
        prove_pattern(pr, i);
    }
    prove_fallback(pr);
}

bool prove_is_scheduled(const struct plan *p, int32_t pattern_ix)
{
    const struct schedule *s = &p->schedule;
    bool is_used = p->ladder.fallback_pattern_ix == pattern_ix;
    for (int32_t i = 0; i < s->day_plan_count; i++) {
        for (int32_t k = 0; k < s->day_plan[i].event_count; k++) {
            is_used = is_used || s->day_plan[i].event[k].pattern_ix == pattern_ix;
        }
    }
    for (int32_t i = 0; i < s->one_off_count; i++) {
        is_used = is_used || s->one_off[i].pattern_ix == pattern_ix;
    }
    return is_used;
}
