#include "script.h"

#include <string.h>

bool script_is_timed(const struct pattern *t)
{
    return t->cycle_ms > 0 &&
           (t->strategy == STRATEGY_FIXED || t->strategy == STRATEGY_COORDINATED);
}

static struct script_span *add_span(struct script *sc, int32_t from_ms, int32_t until_ms,
                                    sg_mask_t sg)
{
    REQUIRE(sc->count < SCRIPT_SPAN_MAX);
    struct script_span *s = &sc->span[sc->count];
    sc->count++;
    *s = (struct script_span){ from_ms, until_ms, sg, false, -1, -1 };
    return s;
}

static void read_steps(const struct plan *p, const struct pattern *t, sg_mask_t demand,
                       struct script *sc)
{
    int32_t at_ms = 0;
    for (int32_t i = 0; i < t->step_count; i++) {
        const struct stage *s = &p->stage[t->step[i].stage_ix];
        const sg_mask_t sg = s->sg & ~(s->on_demand & ~demand);
        const int32_t until_ms = at_ms + t->step[i].duration_ms;
        add_span(sc, at_ms, until_ms, sg)->step_ix = i;
        at_ms = until_ms;
    }
}

bool script_serves_phase(const struct plan *p, const struct pattern *t, int32_t phase_ix)
{
    const struct phase *f = &p->phase[phase_ix];
    const bool is_timed = script_is_timed(t);
    bool is_listed = false;
    for (int32_t i = 0; i < t->ring[f->ring_ix].count; i++) {
        is_listed = is_listed || t->ring[f->ring_ix].phase_ix[i] == phase_ix;
    }
    return is_listed && (f->options & PHASE_ENABLED) != 0 &&
           t->split_mode[phase_ix] != SPLIT_OMIT && (!is_timed || t->split_ms[phase_ix] > 0);
}

int64_t script_barrier_ms(const struct plan *p, const struct pattern *t, int32_t ring_ix,
                          int32_t barrier_ix)
{
    int64_t sum_ms = 0;
    for (int32_t i = 0; i < t->ring[ring_ix].count; i++) {
        const int32_t phase_ix = t->ring[ring_ix].phase_ix[i];
        if (p->phase[phase_ix].barrier_ix == barrier_ix && script_serves_phase(p, t, phase_ix)) {
            sum_ms += t->split_ms[phase_ix];
        }
    }
    return sum_ms;
}

/* How long a barrier group lasts: the splits of any ring in it; the prover has seen that they
 * agree. */
static int32_t barrier_ms(const struct plan *p, const struct pattern *t, int32_t barrier_ix)
{
    int32_t longest_ms = 0;
    for (int32_t ring = 0; ring < RING_MAX; ring++) {
        longest_ms = max_i32(longest_ms, (int32_t)script_barrier_ms(p, t, ring, barrier_ix));
    }
    return longest_ms;
}

static void place_phases(const struct plan *p, const struct pattern *t, struct script *sc)
{
    int32_t start_ms = 0;
    for (int32_t i = 0; i < PHASE_MAX; i++) {
        sc->phase_start_ms[i] = -1;
    }
    for (int32_t barrier_ix = 0; barrier_ix < BARRIER_MAX; barrier_ix++) {
        for (int32_t ring = 0; ring < RING_MAX; ring++) {
            int32_t at_ms = start_ms;
            for (int32_t i = 0; i < t->ring[ring].count; i++) {
                const int32_t phase_ix = t->ring[ring].phase_ix[i];
                if (p->phase[phase_ix].barrier_ix == barrier_ix &&
                    script_serves_phase(p, t, phase_ix)) {
                    sc->phase_start_ms[phase_ix] = at_ms;
                    at_ms += t->split_ms[phase_ix];
                }
            }
        }
        start_ms += barrier_ms(p, t, barrier_ix);
    }
}

static int32_t split_end_ms(const struct pattern *t, const struct script *sc, int32_t phase_ix)
{
    return sc->phase_start_ms[phase_ix] + t->split_ms[phase_ix];
}

/* Phases that begin as this one's split ends, in any ring. */
static phase_mask_t followers(const struct plan *p, const struct pattern *t,
                              const struct script *sc, int32_t phase_ix)
{
    const int32_t end_ms = split_end_ms(t, sc, phase_ix) % sc->cycle_ms;
    phase_mask_t next = 0;
    for (int32_t i = 0; i < p->phase_count; i++) {
        if (sc->phase_start_ms[i] >= 0 && sc->phase_start_ms[i] % sc->cycle_ms == end_ms) {
            next |= bit32((uint32_t)i);
        }
    }
    return next;
}

static sg_mask_t groups_of_phases(const struct plan *p, phase_mask_t phases)
{
    sg_mask_t sg = 0;
    for (int32_t i = 0; i < p->phase_count; i++) {
        if ((phases & bit32((uint32_t)i)) != 0) {
            sg |= p->phase[i].vehicle_sg | p->phase[i].ped_sg;
        }
    }
    for (int32_t i = 0; i < p->overlap_count; i++) {
        if ((p->overlap[i].parents & phases) != 0) {
            sg |= p->overlap[i].sg;
        }
    }
    return sg;
}

/* From the moment at which these groups should close until all of `next` may be green. */
static int32_t clearance_ms(const struct safety *s, sg_mask_t closing, sg_mask_t next)
{
    int32_t longest_ms = 0;
    for (uint32_t i = 0; i < (uint32_t)s->sg_count; i++) {
        if ((closing & bit32(i)) == 0) {
            continue;
        }
        int32_t clear_ms = s->yellow_ms[i];
        for (uint32_t j = 0; j < (uint32_t)s->sg_count; j++) {
            if ((next & bit32(j)) != 0) {
                clear_ms = max_i32(clear_ms, s->intergreen_ms[i][j]);
            }
        }
        longest_ms = max_i32(longest_ms, s->green_flash_ms[i] + clear_ms);
    }
    return longest_ms;
}

/* A split holds the phase's clearance: its vehicle groups should close that much before its end. */
static int32_t force_off_ms(const struct plan *p, const struct pattern *t, const struct script *sc,
                            int32_t phase_ix)
{
    const sg_mask_t next = groups_of_phases(p, followers(p, t, sc, phase_ix));
    const int32_t clear_ms = clearance_ms(&p->safety, p->phase[phase_ix].vehicle_sg, next);
    return max_i32(split_end_ms(t, sc, phase_ix) - clear_ms, sc->phase_start_ms[phase_ix]);
}

/* An overlap is open with its parents, stays open from one parent to the next, and trails the last.
 */
static void read_overlap(const struct plan *p, const struct pattern *t, const struct overlap *o,
                         struct script *sc)
{
    for (int32_t i = 0; i < p->phase_count; i++) {
        if (sc->phase_start_ms[i] < 0) {
            continue;
        }
        const int32_t from_ms = sc->phase_start_ms[i];
        const int32_t off_ms = force_off_ms(p, t, sc, i);
        if ((o->parents & bit32((uint32_t)i)) != 0) {
            const bool goes_on = (followers(p, t, sc, i) & o->parents) != 0;
            const int32_t until_ms = goes_on ? split_end_ms(t, sc, i) : off_ms + o->trail_green_ms;
            (void)add_span(sc, from_ms, until_ms, o->sg);
        }
        if (o->kind == OVERLAP_MINUS_GREEN_YELLOW && (o->modifiers & bit32((uint32_t)i)) != 0) {
            const int32_t amber_ms = clearance_ms(&p->safety, p->phase[i].vehicle_sg, 0);
            add_span(sc, from_ms, off_ms + amber_ms, o->sg)->closes = true;
        }
    }
}

static void read_splits(const struct plan *p, const struct pattern *t, sg_mask_t demand,
                        struct script *sc)
{
    place_phases(p, t, sc);
    for (int32_t i = 0; i < p->phase_count; i++) {
        if (sc->phase_start_ms[i] < 0) {
            continue;
        }
        const struct phase *f = &p->phase[i];
        const sg_mask_t sg = f->vehicle_sg | (f->ped_sg & demand);
        add_span(sc, sc->phase_start_ms[i], force_off_ms(p, t, sc, i), sg)->phase_ix = i;
        for (uint32_t g = 0; g < SG_MAX; g++) {
            const bool rests_in_walk = (f->options & PHASE_REST_IN_WALK) != 0;
            if ((f->ped_sg & bit32(g)) != 0 && !rests_in_walk) {
                sc->walk_ms[g] = max_i32(f->walk_ms, p->safety.min_green_ms[g]);
            }
        }
    }
    for (int32_t i = 0; i < p->overlap_count; i++) {
        read_overlap(p, t, &p->overlap[i], sc);
    }
}

void script_read(const struct plan *p, int32_t pattern_ix, sg_mask_t demand, struct script *out)
{
    const struct pattern *t = &p->pattern[pattern_ix];
    REQUIRE(script_is_timed(t));
    memset(out, 0, sizeof *out);
    out->cycle_ms = t->cycle_ms;
    if (plan_is_staged(p)) {
        read_steps(p, t, demand, out);
    } else {
        read_splits(p, t, demand, out);
    }
}

static bool span_holds(const struct script_span *s, int32_t at_ms, int32_t cycle_ms)
{
    return (at_ms >= s->from_ms && at_ms < s->until_ms) || at_ms + cycle_ms < s->until_ms;
}

sg_mask_t script_open(const struct script *sc, int32_t at_ms)
{
    sg_mask_t open = 0;
    sg_mask_t closed = 0;
    for (int32_t i = 0; i < sc->count; i++) {
        const struct script_span *s = &sc->span[i];
        if (span_holds(s, at_ms, sc->cycle_ms)) {
            open |= s->closes ? 0 : s->sg;
            closed |= s->closes ? s->sg : 0;
        }
    }
    return open & ~closed;
}

int32_t script_next_ms(const struct script *sc, int32_t at_ms)
{
    int32_t next_ms = sc->cycle_ms;
    for (int32_t i = 0; i < sc->count; i++) {
        const int32_t from_ms = sc->span[i].from_ms;
        const int32_t until_ms = sc->span[i].until_ms % sc->cycle_ms;
        if (from_ms > at_ms) {
            next_ms = min_i32(next_ms, from_ms);
        }
        if (until_ms > at_ms) {
            next_ms = min_i32(next_ms, until_ms);
        }
    }
    return next_ms;
}

sg_mask_t script_on_demand(const struct plan *p, int32_t pattern_ix)
{
    const struct pattern *t = &p->pattern[pattern_ix];
    sg_mask_t sg = 0;
    if (plan_is_staged(p)) {
        for (int32_t i = 0; i < t->step_count; i++) {
            sg |= p->stage[t->step[i].stage_ix].on_demand;
        }
        return sg;
    }
    for (int32_t i = 0; i < p->phase_count; i++) {
        sg |= script_serves_phase(p, t, i) ? p->phase[i].ped_sg : 0;
    }
    return sg;
}

bool script_ped_may_overrun(const struct plan *p, const struct pattern *t, int32_t phase_ix)
{
    const struct phase *f = &p->phase[phase_ix];
    const int32_t mode = t->split_mode[phase_ix];
    const bool walks_always = (f->recall & RECALL_PED) != 0 || mode == SPLIT_PED_RECALL ||
                              mode == SPLIT_MAX_PED_RECALL || mode == SPLIT_NON_ACTUATED ||
                              (f->options & PHASE_NON_ACTUATED) != 0;
    return t->ped_may_overrun && t->strategy == STRATEGY_COORDINATED && !walks_always &&
           (t->coord_phases & bit32((uint32_t)phase_ix)) == 0;
}

stage_mask_t script_stages(const struct plan *p, const struct pattern *t)
{
    stage_mask_t stages = 0;
    for (int32_t i = 0; i < t->step_count && plan_is_staged(p); i++) {
        stages |= bit32((uint32_t)t->step[i].stage_ix);
    }
    for (int32_t i = 0; i < p->stage_count && t->step_count == 0 && !script_is_timed(t); i++) {
        stages |= bit32((uint32_t)i);
    }
    return stages;
}
