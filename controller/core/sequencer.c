#include "sequencer.h"

#include "relation.h"

/* One tick's work: what every group shall show next, and how long the closed ones that are wanted
 * still have to wait for green. */
struct step {
    int32_t next[SG_MAX];
    sg_mask_t wants;             /* wanted and not yet walked off */
    sg_mask_t claims;            /* red, wanted, and first in line among those they conflict with */
    int32_t green_in_ms[SG_MAX]; /* of claims and of groups in red-yellow */
};

/* Waiting for something that has not begun to be over. */
enum { FAR_MS = AGE_MAX_MS };

/* Red-yellow may overstay its time this much and no more (law L5); so much slack is there for
 * groups that start together and do not become ready on the very same tick. */
enum { RED_YELLOW_SLACK_MS = 2 * TICK_MS };

static int32_t mono_age_ms(const struct tick *t, mono_t since)
{
    const int64_t age_ms = mono_since_ms(t->now, since);
    return age_ms < AGE_MAX_MS ? (int32_t)age_ms : AGE_MAX_MS;
}

/* What is missing of time_ms on the slower of the two clocks; 0 or less: it is over. */
static int32_t missing_ms(const struct tick *t, int32_t confirmed_ms, mono_t since, int32_t time_ms)
{
    return time_ms - min_i32(confirmed_ms, mono_age_ms(t, since));
}

static int32_t aspect_missing_ms(const struct sequencer *s, const struct tick *t, uint32_t ix,
                                 int32_t time_ms)
{
    return s->aspect_confirmed[ix] ? missing_ms(t, s->shown_ms[ix], s->aspect_at[ix], time_ms)
                                   : FAR_MS;
}

static bool aspect_is_over(const struct sequencer *s, const struct tick *t, uint32_t ix,
                           int32_t time_ms)
{
    return aspect_missing_ms(s, t, ix, time_ms) <= 0;
}

void sequencer_take_plan(struct sequencer *s, const struct plan *p)
{
    s->binding = relation_binding(p);
    for (uint32_t r = 0; r < RELATION_MAX; r++) {
        s->follow_on_pending[r] = false;
    }
}

void sequencer_init(struct sequencer *s, const struct plan *p)
{
    *s = (struct sequencer){ .walked = 0 };
    for (uint32_t ix = 0; ix < SG_MAX; ix++) {
        s->aspect[ix] = ASPECT_RED;
        s->since_green_ms[ix] = AGE_MAX_MS;
    }
    for (uint32_t i = 0; i < (uint32_t)p->sg_count; i++) {
        for (uint32_t j = 0; j < (uint32_t)p->sg_count; j++) {
            s->clear_ms[i] = max_i32(s->clear_ms[i], p->safety.intergreen_ms[i][j]);
            s->conflicts[i] |= safety_conflict(&p->safety, i, j) ? bit32(j) : 0;
        }
    }
    sequencer_take_plan(s, p);
}

/* The previous frame was confirmed: everything it showed has been shown for one tick more. */
static void advance_timers(struct sequencer *s, const struct plan *p, const struct tick *t)
{
    for (uint32_t ix = 0; ix < (uint32_t)p->sg_count; ix++) {
        const bool is_green = aspect_is_green(s->aspect[ix]);
        if (!s->aspect_confirmed[ix]) {
            s->aspect_confirmed[ix] = true;
            s->aspect_at[ix] = t->confirmed_at;
            if (!is_green && s->since_green_ms[ix] == 0) {
                s->green_end_at[ix] = t->confirmed_at;
            }
        }
        s->shown_ms[ix] = age_add_ms(s->shown_ms[ix], TICK_MS);
        if (is_green) {
            s->green_ms[ix] = age_add_ms(s->green_ms[ix], TICK_MS);
        } else {
            s->since_green_ms[ix] = age_add_ms(s->since_green_ms[ix], TICK_MS);
        }
    }
}

/* Would this group, which is green, rather stay so? */
static bool keeps_green(const struct sequencer *s, const struct plan *p, const struct tick *t,
                        const struct wanted *w, const struct step *step, uint32_t ix)
{
    if ((step->wants & bit32(ix)) == 0) {
        return false;
    }
    if (p->safety.sg_type[ix] != SG_PEDESTRIAN || (w->hold_walk & bit32(ix)) != 0) {
        return true;
    }
    return !aspect_is_over(s, t, ix, w->walk_ms[ix]);
}

/* A follow-on keeps b green while a is about to end, and for its time after the end. It does not
 * while a is still wanted: then b is closed by a change of mind upstream, and others wait for it.
 */
static bool follow_on_holds(const struct sequencer *s, const struct plan *p,
                            const struct step *step, uint32_t ix)
{
    for (uint32_t r = 0; r < (uint32_t)p->relation_count; r++) {
        const struct relation *rel = &p->relation[r];
        if (rel->kind != RELATION_FOLLOW_ON || (uint32_t)rel->sg_b_ix != ix ||
            (s->binding & bit32(r)) == 0) {
            continue;
        }
        const uint32_t a = (uint32_t)rel->sg_a_ix;
        const bool a_ends = aspect_is_green(s->aspect[a]) && (step->wants & bit32(a)) == 0;
        if (a_ends || s->follow_on_pending[r]) {
            return true;
        }
    }
    return false;
}

/* A permissive partner in red-yellow was let on because this group is green; would it end now, the
 * partner would owe an intergreen in the middle of its red-yellow. */
static bool partner_needs_green(const struct sequencer *s, const struct plan *p, uint32_t ix)
{
    for (uint32_t j = 0; j < (uint32_t)p->sg_count; j++) {
        if (s->aspect[j] == ASPECT_RED_YELLOW && p->safety.intergreen_ms[ix][j] >= 0) {
            return true;
        }
    }
    return false;
}

static int32_t aspect_after_green(const struct safety *f, uint32_t ix)
{
    if (f->sg_type[ix] != SG_PEDESTRIAN) {
        return ASPECT_YELLOW;
    }
    return f->ped_clear_ms[ix] > 0 ? ASPECT_PED_CLEAR : ASPECT_RED;
}

static int32_t aspect_when_closing(const struct sequencer *s, const struct safety *f,
                                   const struct tick *t, uint32_t ix)
{
    const int32_t aspect = s->aspect[ix];
    if (aspect == ASPECT_GREEN && aspect_is_over(s, t, ix, f->min_green_ms[ix])) {
        return f->green_flash_ms[ix] > 0 && f->sg_type[ix] != SG_PEDESTRIAN
                   ? ASPECT_GREEN_FLASH
                   : aspect_after_green(f, ix);
    }
    if (aspect == ASPECT_GREEN_FLASH && aspect_is_over(s, t, ix, f->green_flash_ms[ix])) {
        return aspect_after_green(f, ix);
    }
    if (aspect == ASPECT_YELLOW && aspect_is_over(s, t, ix, f->yellow_ms[ix])) {
        return ASPECT_RED;
    }
    if (aspect == ASPECT_PED_CLEAR && aspect_is_over(s, t, ix, f->ped_clear_ms[ix])) {
        return ASPECT_RED;
    }
    return aspect;
}

static void close_groups(struct sequencer *s, const struct plan *p, const struct tick *t,
                         const struct wanted *w, struct step *step)
{
    for (uint32_t ix = 0; ix < (uint32_t)p->sg_count; ix++) {
        const bool is_open = s->aspect[ix] == ASPECT_GREEN;
        if (is_open && (keeps_green(s, p, t, w, step, ix) || follow_on_holds(s, p, step, ix) ||
                        partner_needs_green(s, p, ix))) {
            step->next[ix] = ASPECT_GREEN;
        } else {
            step->next[ix] = aspect_when_closing(s, &p->safety, t, ix);
        }
        const bool ends_walk =
            is_open && step->next[ix] != ASPECT_GREEN && p->safety.sg_type[ix] == SG_PEDESTRIAN;
        if (ends_walk && (w->open & bit32(ix)) != 0) {
            s->walked |= bit32(ix);
        }
    }
}

/* How long group j must still wait for the intergreen i -> j, as seen when it begins red-yellow.
 * The second clock lags by up to a tick; red-yellow lags the same way, so with_red_yellow the tick
 * is not waited for twice. */
static int32_t intergreen_missing_ms(const struct sequencer *s, const struct plan *p,
                                     const struct tick *t, const int32_t next[SG_MAX], uint32_t i,
                                     uint32_t j, bool with_red_yellow)
{
    const int32_t time_ms = p->safety.intergreen_ms[i][j];
    const bool is_permissive = !safety_conflict(&p->safety, i, j);
    if (time_ms < 0 || i == j) {
        return 0;
    }
    if (next[i] == ASPECT_GREEN && s->aspect[i] == ASPECT_GREEN && is_permissive) {
        return 0;
    }
    if (aspect_is_green(s->aspect[i]) || s->since_green_ms[i] == 0) {
        return FAR_MS; /* green until now: the end of green is not confirmed yet */
    }
    if (s->since_green_ms[i] == AGE_MAX_MS) {
        return 0;
    }
    const int32_t lag_ms = with_red_yellow ? TICK_MS : 0;
    return max_i32(time_ms - s->since_green_ms[i],
                   time_ms - mono_age_ms(t, s->green_end_at[i]) - lag_ms);
}

static int32_t own_wait_ms(const struct sequencer *s, const struct plan *p, const struct tick *t,
                           const int32_t next[SG_MAX], uint32_t j, bool with_red_yellow)
{
    int32_t wait_ms = 0;
    for (uint32_t i = 0; i < (uint32_t)p->sg_count; i++) {
        wait_ms = max_i32(wait_ms, intergreen_missing_ms(s, p, t, next, i, j, with_red_yellow));
    }
    return wait_ms;
}

static sg_mask_t not_red(const int32_t aspect[SG_MAX], const struct plan *p)
{
    sg_mask_t mask = 0;
    for (uint32_t ix = 0; ix < (uint32_t)p->sg_count; ix++) {
        mask |= aspect[ix] != ASPECT_RED ? bit32(ix) : 0;
    }
    return mask;
}

/* Who of the closed groups may go for green. Behind an open group that is wanted nobody stands in
 * line, or two that can never be open together would hold up a third for nothing. */
static void claim_groups(const struct sequencer *s, const struct plan *p, const struct tick *t,
                         struct step *step)
{
    const struct safety *f = &p->safety;
    const sg_mask_t open = not_red(step->next, p);
    for (uint32_t j = 0; j < (uint32_t)p->sg_count; j++) {
        const sg_mask_t against = s->conflicts[j];
        if (s->aspect[j] == ASPECT_RED_YELLOW) {
            step->green_in_ms[j] = max_i32(aspect_missing_ms(s, t, j, f->red_yellow_ms[j]),
                                           own_wait_ms(s, p, t, step->next, j, false));
        }
        if (s->aspect[j] != ASPECT_RED || (step->wants & bit32(j)) == 0 ||
            (against & (step->claims | (open & step->wants))) != 0) {
            continue;
        }
        const bool has_red_yellow = f->red_yellow_ms[j] > 0;
        const int32_t red_ms = aspect_missing_ms(s, t, j, f->min_red_ms[j]);
        step->claims |= bit32(j);
        if ((against & open) != 0) {
            step->green_in_ms[j] = FAR_MS;
            continue;
        }
        step->green_in_ms[j] =
            max_i32(own_wait_ms(s, p, t, step->next, j, has_red_yellow),
                    red_ms > 0 ? min_i32(red_ms, FAR_MS - f->red_yellow_ms[j]) + f->red_yellow_ms[j]
                               : f->red_yellow_ms[j]);
    }
}

/* When will this group's green begin, if it is on its way; has it begun, since when; -1: it is not
 * wanted, or cannot open for now, and binds nobody. */
static int32_t start_of(const struct sequencer *s, const struct step *step, uint32_t ix)
{
    if (s->aspect[ix] == ASPECT_RED_YELLOW || (step->claims & bit32(ix)) != 0) {
        return max_i32(step->green_in_ms[ix], 0);
    }
    if ((step->wants & bit32(ix)) == 0 || s->aspect[ix] == ASPECT_RED) {
        return -1;
    }
    return aspect_is_green(step->next[ix]) ? 0 : FAR_MS;
}

static int32_t early_start_wait_ms(const struct sequencer *s, const struct tick *t,
                                   const struct step *step, const struct relation *rel)
{
    const uint32_t a = (uint32_t)rel->sg_a_ix;
    const int32_t start_ms = start_of(s, step, a);
    if (start_ms < 0) {
        return 0;
    }
    if (s->aspect[a] == ASPECT_GREEN && step->next[a] == ASPECT_GREEN) {
        return aspect_missing_ms(s, t, a, rel->time_ms);
    }
    if (aspect_is_green(step->next[a])) {
        return rel->time_ms - s->green_ms[a];
    }
    return min_i32(start_ms, FAR_MS - rel->time_ms) + rel->time_ms;
}

static bool apply_relation(const struct sequencer *s, const struct plan *p, const struct tick *t,
                           struct step *step, const struct relation *rel)
{
    const uint32_t a = (uint32_t)rel->sg_a_ix;
    const uint32_t b = (uint32_t)rel->sg_b_ix;
    const int32_t a_was_ms = step->green_in_ms[a];
    const int32_t b_was_ms = step->green_in_ms[b];
    if (rel->kind == RELATION_EARLY_START && (step->claims & bit32(b)) != 0) {
        /* As with intergreens: red-yellow has the tick of the second clock in it already. */
        const int32_t lag_ms = p->safety.red_yellow_ms[b] > 0 ? TICK_MS : 0;
        step->green_in_ms[b] = max_i32(b_was_ms, early_start_wait_ms(s, t, step, rel) - lag_ms);
    }
    if (rel->kind == RELATION_SAME_START) {
        const int32_t together_ms = max_i32(start_of(s, step, a), start_of(s, step, b));
        const bool both = start_of(s, step, a) >= 0 && start_of(s, step, b) >= 0;
        if (both && (step->claims & bit32(a)) != 0) {
            step->green_in_ms[a] = max_i32(a_was_ms, together_ms);
        }
        if (both && (step->claims & bit32(b)) != 0) {
            step->green_in_ms[b] = max_i32(b_was_ms, together_ms);
        }
    }
    return step->green_in_ms[a] != a_was_ms || step->green_in_ms[b] != b_was_ms;
}

/* Passes waiting times along the relations until nothing changes: a chain of n links needs n
 * passes. */
static void apply_relations(const struct sequencer *s, const struct plan *p, const struct tick *t,
                            struct step *step)
{
    bool changed = true;
    for (int32_t pass = 0; changed && pass < p->relation_count; pass++) {
        changed = false;
        for (uint32_t r = 0; r < (uint32_t)p->relation_count; r++) {
            if ((s->binding & bit32(r)) != 0 && apply_relation(s, p, t, step, &p->relation[r])) {
                changed = true;
            }
        }
    }
}

/* Red-yellow has run; is there a partner for whose green it should use its slack? */
static bool waits_for_partner(const struct sequencer *s, const struct plan *p, const struct tick *t,
                              const struct step *step, uint32_t ix)
{
    for (uint32_t r = 0; r < (uint32_t)p->relation_count; r++) {
        const struct relation *rel = &p->relation[r];
        const uint32_t a = (uint32_t)rel->sg_a_ix;
        const uint32_t b = (uint32_t)rel->sg_b_ix;
        if ((s->binding & bit32(r)) == 0 || (a != ix && b != ix)) {
            continue;
        }
        const int32_t start_ms = start_of(s, step, a == ix ? b : a);
        if (rel->kind == RELATION_SAME_START && start_ms > 0 && start_ms <= RED_YELLOW_SLACK_MS) {
            return true;
        }
        if (rel->kind == RELATION_EARLY_START && b == ix &&
            early_start_wait_ms(s, t, step, rel) > 0) {
            return true;
        }
    }
    return false;
}

static void open_groups(const struct sequencer *s, const struct plan *p, const struct tick *t,
                        struct step *step)
{
    const struct safety *f = &p->safety;
    for (uint32_t ix = 0; ix < (uint32_t)p->sg_count; ix++) {
        const int32_t red_yellow_ms = f->red_yellow_ms[ix];
        if (s->aspect[ix] == ASPECT_RED_YELLOW) {
            const bool overstays = s->shown_ms[ix] >= red_yellow_ms + RED_YELLOW_SLACK_MS;
            if (step->green_in_ms[ix] <= 0 &&
                (overstays || !waits_for_partner(s, p, t, step, ix))) {
                step->next[ix] = ASPECT_GREEN;
            }
        } else if ((step->claims & bit32(ix)) != 0 && step->green_in_ms[ix] <= red_yellow_ms) {
            step->next[ix] = red_yellow_ms > 0 ? ASPECT_RED_YELLOW : ASPECT_GREEN;
        }
    }
}

static void show(struct sequencer *s, uint32_t ix, int32_t aspect, struct event_list *events)
{
    const bool was_green = aspect_is_green(s->aspect[ix]);
    s->aspect[ix] = aspect;
    s->shown_ms[ix] = 0;
    s->aspect_confirmed[ix] = false;
    if (aspect == ASPECT_GREEN) {
        s->green_ms[ix] = 0;
    }
    if (was_green && !aspect_is_green(aspect)) {
        s->since_green_ms[ix] = 0;
    }
    event_add_detail(events, EVENT_ASPECT, ix + 1, aspect);
}

/* Ends what has run its time, before anybody is asked to stay for it. */
static void release_follow_ons(struct sequencer *s, const struct plan *p, const struct tick *t)
{
    for (uint32_t r = 0; r < (uint32_t)p->relation_count; r++) {
        const uint32_t a = (uint32_t)p->relation[r].sg_a_ix;
        const bool opened_again = aspect_is_green(s->aspect[a]); /* its next end counts */
        const bool has_run =
            s->since_green_ms[a] > 0 &&
            missing_ms(t, s->since_green_ms[a], s->green_end_at[a], p->relation[r].time_ms) <= 0;
        if (s->follow_on_pending[r] && (opened_again || has_run)) {
            s->follow_on_pending[r] = false;
        }
    }
}

static void begin_follow_ons(struct sequencer *s, const struct plan *p, const struct step *step)
{
    for (uint32_t r = 0; r < (uint32_t)p->relation_count; r++) {
        const struct relation *rel = &p->relation[r];
        const uint32_t a = (uint32_t)rel->sg_a_ix;
        const uint32_t b = (uint32_t)rel->sg_b_ix;
        const bool binds = rel->kind == RELATION_FOLLOW_ON && (s->binding & bit32(r)) != 0;
        if (binds && aspect_is_green(s->aspect[a]) && !aspect_is_green(step->next[a])) {
            s->follow_on_pending[r] = step->next[b] == ASPECT_GREEN && rel->time_ms > 0;
        }
    }
}

static int32_t interval_of(const struct sequencer *s, uint32_t ix)
{
    if (aspect_is_green(s->aspect[ix])) {
        return INTERVAL_GREEN;
    }
    if (s->aspect[ix] == ASPECT_YELLOW || s->aspect[ix] == ASPECT_PED_CLEAR) {
        return INTERVAL_YELLOW;
    }
    return s->since_green_ms[ix] < s->clear_ms[ix] ? INTERVAL_RED_CLEAR : INTERVAL_INACTIVE;
}

static void tell_display(struct sequencer *s, const struct plan *p, struct event_list *events)
{
    int32_t shown[SG_MAX] = { 0 };
    for (uint32_t ix = 0; ix < (uint32_t)p->sg_count; ix++) {
        shown[ix] = interval_of(s, ix);
        if (p->safety.sg_type[ix] == SG_PEDESTRIAN && shown[ix] == INTERVAL_RED_CLEAR) {
            shown[ix] = INTERVAL_INACTIVE; /* the log has no red clearance of pedestrians */
        }
    }
    display_tell(&s->display, p, shown, events);
}

void sequencer_step(struct sequencer *s, const struct plan *p, const struct tick *t,
                    const struct wanted *w, struct event_list *events)
{
    REQUIRE(t->advances);
    advance_timers(s, p, t);
    release_follow_ons(s, p, t);
    s->walked &= w->open;
    struct step step = { .wants = w->open & ~s->walked };
    close_groups(s, p, t, w, &step);
    step.wants &= ~s->walked;
    claim_groups(s, p, t, &step);
    apply_relations(s, p, t, &step);
    open_groups(s, p, t, &step);
    begin_follow_ons(s, p, &step);
    for (uint32_t ix = 0; ix < (uint32_t)p->sg_count; ix++) {
        if (step.next[ix] != s->aspect[ix]) {
            show(s, ix, step.next[ix], events);
        }
    }
    tell_display(s, p, events);
}

sg_mask_t sequencer_green(const struct sequencer *s, const struct plan *p)
{
    sg_mask_t mask = 0;
    for (uint32_t ix = 0; ix < (uint32_t)p->sg_count; ix++) {
        mask |= aspect_is_green(s->aspect[ix]) ? bit32(ix) : 0;
    }
    return mask;
}

sg_mask_t sequencer_min_served(const struct sequencer *s, const struct plan *p,
                               const struct tick *t)
{
    sg_mask_t mask = 0;
    for (uint32_t ix = 0; ix < (uint32_t)p->sg_count; ix++) {
        const bool is_served =
            s->aspect[ix] == ASPECT_GREEN_FLASH ||
            (s->aspect[ix] == ASPECT_GREEN && aspect_is_over(s, t, ix, p->safety.min_green_ms[ix]));
        mask |= is_served ? bit32(ix) : 0;
    }
    return mask;
}

sg_mask_t sequencer_not_red(const struct sequencer *s, const struct plan *p)
{
    return not_red(s->aspect, p);
}

bool sequencer_is_clear(const struct sequencer *s, const struct plan *p, const struct tick *t)
{
    for (uint32_t ix = 0; ix < (uint32_t)p->sg_count; ix++) {
        if (s->aspect[ix] != ASPECT_RED) {
            return false;
        }
        const bool was_green = s->since_green_ms[ix] != AGE_MAX_MS;
        if (was_green &&
            (s->since_green_ms[ix] == 0 ||
             missing_ms(t, s->since_green_ms[ix], s->green_end_at[ix], s->clear_ms[ix]) > 0)) {
            return false;
        }
    }
    return true;
}
