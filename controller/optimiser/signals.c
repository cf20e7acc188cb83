#include "signals.h"

static int32_t centi(int64_t ms)
{
    const int64_t cs = (ms + 9) / 10;
    return cs < SNAPSHOT_NEVER_CS ? (int32_t)cs : SNAPSHOT_NEVER_CS;
}

static int32_t bits_of(uint32_t mask)
{
    int32_t count = 0;
    for (uint32_t left = mask; left != 0; left &= left - 1) {
        count++;
    }
    return count;
}

/* Rings pass through sets of phases that are no choice of their own (one ring rests, another is
 * ahead): the choice that has most of them and least else stands for them. */
static int32_t nearest_option(const struct layout *l, phase_mask_t on)
{
    int32_t best_ix = -1;
    int32_t best = 0;
    for (int32_t i = 0; i < l->option_count; i++) {
        const phase_mask_t phases = l->option[i].phases;
        const int32_t score = 2 * PHASE_MAX * bits_of(phases & on) - bits_of(phases & ~on);
        if (score > best) {
            best = score;
            best_ix = i;
        }
    }
    return best_ix;
}

int32_t signals_option(const struct controller *c, const struct layout *l)
{
    if (plan_is_staged(c->plan)) {
        return layout_find_stage(l, c->stages.stage_ix);
    }
    const int32_t exact_ix = layout_find_phases(l, c->rings.on);
    return exact_ix >= 0 ? exact_ix : nearest_option(l, c->rings.on);
}

bool signals_are_on_the_way(const struct controller *c)
{
    if (plan_is_staged(c->plan)) {
        return !c->stages.all_green || c->stages.next_ix >= 0;
    }
    for (phase_mask_t left = c->rings.on; left != 0; left &= left - 1) {
        if (!c->rings.timer[lowest_bit(left)].is_green) {
            return true;
        }
    }
    return false;
}

/* Green, or to become green. Pedestrians whose walk is over stay wanted and do not open again. */
static sg_mask_t to_be_green(const struct controller *c)
{
    return c->wanted.open & ~c->sequencer.walked;
}

static int32_t min_left_ms(const struct sequencer *q, const struct plan *p, uint32_t ix)
{
    return max_i32(0, p->safety.min_green_ms[ix] - q->shown_ms[ix]);
}

/* Until group j may be green as far as group i is concerned. */
static int32_t clear_left_ms(const struct controller *c, const struct layout *l, uint32_t i,
                             uint32_t j)
{
    const struct sequencer *q = &c->sequencer;
    const int32_t clear_ms = l->clear_ms[i][j];
    if (clear_ms < 0 || (q->aspect[i] == ASPECT_RED && q->since_green_ms[i] >= clear_ms)) {
        return 0;
    }
    switch ((enum aspect)q->aspect[i]) {
    case ASPECT_GREEN:
        return (c->wanted.open & bit32(i)) != 0 && i != j
                   ? 0
                   : min_left_ms(q, c->plan, i) + clear_ms + TICK_MS;
    case ASPECT_GREEN_FLASH:
        return max_i32(0, clear_ms - q->shown_ms[i]);
    case ASPECT_RED:
    case ASPECT_YELLOW:
    case ASPECT_PED_CLEAR:
        return max_i32(0, clear_ms - c->plan->safety.green_flash_ms[i] - q->since_green_ms[i]);
    case ASPECT_RED_YELLOW:
    case ASPECT_DARK:
    case ASPECT_FLASH_YELLOW:
    case ASPECT_FLASH_RED:
    case ASPECT_UNKNOWN:
    case ASPECT_COUNT:
        break;
    }
    return 0;
}

static int32_t green_in_ms(const struct controller *c, const struct layout *l, uint32_t j)
{
    const struct sequencer *q = &c->sequencer;
    const int32_t red_yellow_ms = c->plan->safety.red_yellow_ms[j];
    if (q->aspect[j] == ASPECT_GREEN) {
        return 0;
    }
    int32_t wait_ms = q->aspect[j] == ASPECT_RED_YELLOW
                          ? max_i32(TICK_MS, red_yellow_ms - q->shown_ms[j])
                          : red_yellow_ms + TICK_MS;
    for (uint32_t i = 0; i < (uint32_t)c->plan->sg_count; i++) {
        wait_ms = max_i32(wait_ms, clear_left_ms(c, l, i, j));
    }
    return wait_ms;
}

/* Early starts: b follows a by their time. */
static void lead_starts(const struct controller *c, struct snapshot *s)
{
    for (int32_t r = 0; r < c->plan->relation_count; r++) {
        const struct relation *rel = &c->plan->relation[r];
        const uint32_t a = (uint32_t)rel->sg_a_ix;
        const uint32_t b = (uint32_t)rel->sg_b_ix;
        const bool binds = rel->kind == RELATION_EARLY_START && (c->wanted.open & bit32(a)) != 0 &&
                           s->sg_green_in_cs[a] > 0 && s->sg_green_in_cs[b] > 0 &&
                           s->sg_green_in_cs[b] < SNAPSHOT_NEVER_CS;
        if (binds) {
            const int32_t after_cs = centi(rel->time_ms) + s->sg_green_in_cs[a];
            s->sg_green_in_cs[b] = max_i32(s->sg_green_in_cs[b], after_cs);
        }
    }
}

/* How long a closing group still lets vehicles through. */
static int32_t flows_for_cs(const struct controller *c, uint32_t ix)
{
    const struct sequencer *q = &c->sequencer;
    const struct safety *f = &c->plan->safety;
    const int32_t used_cs = min_i32(SIGNALS_YELLOW_USED_CS, centi(f->yellow_ms[ix]));
    if (q->aspect[ix] == ASPECT_GREEN) {
        return centi(min_left_ms(q, c->plan, ix) + f->green_flash_ms[ix]) + used_cs;
    }
    if (q->aspect[ix] == ASPECT_GREEN_FLASH) {
        return centi(max_i32(0, f->green_flash_ms[ix] - q->shown_ms[ix])) + used_cs;
    }
    return q->aspect[ix] == ASPECT_YELLOW ? max_i32(0, used_cs - centi(q->shown_ms[ix])) : 0;
}

static void fill_groups(const struct controller *c, const struct layout *l, sg_mask_t of_option,
                        struct snapshot *s)
{
    const sg_mask_t open = to_be_green(c);
    s->called = c->calls.vehicle | c->calls.ped;
    for (uint32_t ix = 0; ix < (uint32_t)c->plan->sg_count; ix++) {
        const bool is_open = (open & bit32(ix)) != 0;
        const bool is_green = aspect_is_green(c->sequencer.aspect[ix]);
        s->sg_green_in_cs[ix] = is_open ? centi(green_in_ms(c, l, ix))
                                        : ((of_option & bit32(ix)) != 0 ? SNAPSHOT_NEVER_CS : 0);
        s->sg_flows_for_cs[ix] = is_open ? 0 : flows_for_cs(c, ix);
        s->red_cs[ix] = is_green ? 0 : centi(c->sequencer.since_green_ms[ix]);
        s->waiting_cs[ix] = (s->called & bit32(ix)) != 0 ? centi(c->calls.waiting_ms[ix]) : 0;
    }
    lead_starts(c, s);
}

/* Minimums of all that is open, or will be without another decision. */
static int32_t groups_may_leave_ms(const struct controller *c, const struct snapshot *s)
{
    int32_t last_ms = 0;
    for (sg_mask_t left = to_be_green(c); left != 0; left &= left - 1) {
        const uint32_t ix = lowest_bit(left);
        const int32_t begin_ms = 10 * s->sg_green_in_cs[ix];
        const int32_t own_ms = c->sequencer.aspect[ix] == ASPECT_GREEN
                                   ? min_left_ms(&c->sequencer, c->plan, ix)
                                   : begin_ms + c->plan->safety.min_green_ms[ix];
        last_ms = max_i32(last_ms, own_ms);
    }
    return last_ms;
}

int32_t signals_least_sg(const struct controller *c)
{
    int32_t longest_ms = 0;
    int32_t found_ix = -1;
    for (sg_mask_t left = to_be_green(c); left != 0; left &= left - 1) {
        const uint32_t ix = lowest_bit(left);
        const bool is_green = c->sequencer.aspect[ix] == ASPECT_GREEN;
        const int32_t own_ms = is_green ? min_left_ms(&c->sequencer, c->plan, ix) : 0;
        if (own_ms > longest_ms) {
            longest_ms = own_ms;
            found_ix = (int32_t)ix;
        }
    }
    return found_ix;
}

static int32_t green_in_all_cs(const struct controller *c, const struct snapshot *s)
{
    int32_t last_cs = 0;
    for (sg_mask_t left = to_be_green(c); left != 0; left &= left - 1) {
        last_cs = max_i32(last_cs, s->sg_green_in_cs[lowest_bit(left)]);
    }
    return last_cs;
}

static bool somebody_waits(const struct controller *c)
{
    return ((c->calls.vehicle | c->calls.ped) & ~c->wanted.open) != 0;
}

static void fill_stage_bounds(const struct controller *c, const struct layout_option *o,
                              struct snapshot *s)
{
    const struct stages *g = &c->stages;
    const int32_t begin_ms = 10 * green_in_all_cs(c, s);
    const int32_t own_ms = g->all_green ? o->min_ms - g->green_ms : begin_ms + o->min_ms;
    const int32_t may_ms = max_i32(groups_may_leave_ms(c, s), own_ms);
    s->green_cs = g->all_green ? centi(g->green_ms) : 0;
    s->may_leave_in_cs = centi(max_i32(0, may_ms));
    if (o->max_ms > 0 && somebody_waits(c)) {
        const int32_t left_ms =
            g->all_green ? max_i32(0, o->max_ms - g->max_ms) : begin_ms + o->max_ms;
        s->must_leave_in_cs = max_i32(s->may_leave_in_cs, centi(left_ms));
    }
}

/* Walk and clearance of a phase hold it. */
static int32_t ped_left_ms(const struct controller *c, uint32_t phase_ix, const struct snapshot *s)
{
    const struct phase *phase = &c->plan->phase[phase_ix];
    const struct safety *f = &c->plan->safety;
    const struct sequencer *q = &c->sequencer;
    int32_t left_ms = 0;
    for (sg_mask_t left = phase->ped_sg; left != 0; left &= left - 1) {
        const uint32_t ix = lowest_bit(left);
        const int32_t walk_ms = max_i32(phase->walk_ms, f->min_green_ms[ix]);
        int32_t own_ms = 0;
        if (q->aspect[ix] == ASPECT_GREEN) {
            own_ms = max_i32(0, walk_ms - q->shown_ms[ix]) + f->ped_clear_ms[ix];
        } else if (q->aspect[ix] == ASPECT_PED_CLEAR) {
            own_ms = max_i32(0, f->ped_clear_ms[ix] - q->shown_ms[ix]);
        } else if ((c->rings.timer[phase_ix].ped_wanted & bit32(ix)) != 0) {
            own_ms = 10 * s->sg_green_in_cs[ix] + walk_ms + f->ped_clear_ms[ix];
        }
        left_ms = max_i32(left_ms, own_ms);
    }
    return left_ms;
}

static void fill_ring_bounds(const struct controller *c, struct snapshot *s)
{
    const struct plan *p = c->plan;
    const int32_t max_set = p->pattern[c->pattern_ix].max_set;
    const bool waits = somebody_waits(c);
    int32_t may_ms = groups_may_leave_ms(c, s);
    int32_t must_ms = AGE_MAX_MS;
    int32_t green_ms = AGE_MAX_MS;
    for (phase_mask_t left = c->rings.on; left != 0; left &= left - 1) {
        const uint32_t ix = lowest_bit(left);
        const struct phase_timer *t = &c->rings.timer[ix];
        int32_t begin_ms = 0;
        for (sg_mask_t sg = t->is_green ? 0 : p->phase[ix].vehicle_sg; sg != 0; sg &= sg - 1) {
            begin_ms = max_i32(begin_ms, 10 * s->sg_green_in_cs[lowest_bit(sg)]);
        }
        const int32_t min_ms =
            t->is_green ? t->min_now_ms - t->green_ms : begin_ms + p->phase[ix].min_green_ms;
        const int32_t max_ms = p->phase[ix].max_green_ms[max_set] + t->dynamic_ms;
        may_ms = max_i32(may_ms, max_i32(min_ms, ped_left_ms(c, ix, s)));
        must_ms = waits ? min_i32(must_ms, begin_ms + max_i32(0, max_ms - t->max_ms)) : must_ms;
        green_ms = min_i32(green_ms, t->is_green ? t->green_ms : 0);
    }
    s->green_cs = c->rings.on != 0 ? centi(green_ms) : 0;
    s->may_leave_in_cs = centi(max_i32(0, may_ms));
    s->must_leave_in_cs = max_i32(s->may_leave_in_cs, centi(must_ms));
}

sg_mask_t signals_late_walks(const struct controller *c, const struct layout *l,
                             const struct snapshot *s)
{
    sg_mask_t walks = 0;
    if (!plan_is_staged(c->plan) || s->option_ix < 0 || signals_are_on_the_way(c)) {
        return 0;
    }
    const sg_mask_t may = l->option[s->option_ix].on_demand & l->peds & s->called;
    for (sg_mask_t left = may & ~to_be_green(c); left != 0; left &= left - 1) {
        const uint32_t ix = lowest_bit(left);
        walks |= c->sequencer.aspect[ix] == ASPECT_RED ? bit32(ix) : 0;
    }
    return walks;
}

void signals_open_walks(const struct controller *c, const struct layout *l, sg_mask_t walks,
                        struct snapshot *s)
{
    int32_t may_ms = 10 * s->may_leave_in_cs;
    for (sg_mask_t left = walks; left != 0; left &= left - 1) {
        const uint32_t ix = lowest_bit(left);
        const int32_t begin_ms = green_in_ms(c, l, ix);
        s->sg_green_in_cs[ix] = centi(begin_ms);
        may_ms = max_i32(may_ms, begin_ms + c->plan->safety.min_green_ms[ix]);
    }
    s->may_leave_in_cs = centi(may_ms);
    s->must_leave_in_cs = max_i32(s->must_leave_in_cs, s->may_leave_in_cs);
}

void signals_fill(const struct controller *c, const struct layout *l, struct snapshot *s)
{
    s->layout = l;
    s->option_ix = signals_option(c, l);
    s->may_leave_in_cs = 0;
    s->must_leave_in_cs = SNAPSHOT_NEVER_CS;
    s->green_cs = 0;
    fill_groups(c, l, s->option_ix >= 0 ? l->option[s->option_ix].sg : 0, s);
    if (s->option_ix < 0) {
        return;
    }
    if (plan_is_staged(c->plan)) {
        fill_stage_bounds(c, &l->option[s->option_ix], s);
    } else {
        fill_ring_bounds(c, s);
    }
    if (s->may_leave_in_cs < SIGNALS_SOON_CS) {
        s->may_leave_in_cs = 0;
    }
}
