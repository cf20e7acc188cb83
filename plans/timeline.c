#include "timeline.h"

#include <string.h>

/* Longer than any wait, and two of them still fit. */
enum { WAIT_UNKNOWN_MS = INT32_MAX / 4 };

static void find_conflicts(struct timeline *tl, const struct safety *s)
{
    for (int32_t i = 0; i < s->sg_count; i++) {
        for (int32_t j = 0; j < s->sg_count; j++) {
            if (i == j || (s->intergreen_ms[i][j] < 0 && s->intergreen_ms[j][i] < 0)) {
                continue;
            }
            tl->entry[j] |= bit32((uint32_t)i);
            if (((uint32_t)s->permissive[i] & bit32((uint32_t)j)) == 0) {
                tl->conflict[j] |= bit32((uint32_t)i);
            }
        }
    }
}

void timeline_init(struct timeline *tl, const struct plan *p)
{
    memset(tl, 0, sizeof *tl);
    tl->plan = p;
    find_conflicts(tl, &p->safety);
    timeline_settle(tl, 0);
}

void timeline_settle(struct timeline *tl, sg_mask_t green)
{
    tl->walk_done = 0;
    for (uint32_t i = 0; i < SG_MAX; i++) {
        const bool is_green = (green & bit32(i)) != 0;
        tl->aspect[i] = is_green ? ASPECT_GREEN : ASPECT_RED;
        tl->shown_ms[i] = AGE_MAX_MS;
        tl->green_ms[i] = is_green ? AGE_MAX_MS : 0;
        tl->since_green_ms[i] = AGE_MAX_MS;
    }
}

void timeline_skip(struct timeline *tl, int32_t skip_ms)
{
    for (int32_t i = 0; i < tl->plan->sg_count; i++) {
        tl->shown_ms[i] = age_add_ms(tl->shown_ms[i], skip_ms);
        if (aspect_is_green(tl->aspect[i])) {
            tl->green_ms[i] = age_add_ms(tl->green_ms[i], skip_ms);
        } else {
            tl->since_green_ms[i] = age_add_ms(tl->since_green_ms[i], skip_ms);
        }
    }
}

static void show(struct timeline *tl, uint32_t i, enum aspect aspect)
{
    const bool was_green = aspect_is_green(tl->aspect[i]);
    const bool is_green = aspect_is_green((int32_t)aspect);
    tl->aspect[i] = (int32_t)aspect;
    tl->shown_ms[i] = 0;
    if (is_green && !was_green) {
        tl->green_ms[i] = 0;
    }
    if (was_green && !is_green) {
        tl->since_green_ms[i] = 0;
    }
}

/* L3: yellow, or ped-clear for pedestrians; an aspect of no length is left out. */
static void show_end_of_green(struct timeline *tl, uint32_t i)
{
    const struct safety *s = &tl->plan->safety;
    const bool is_ped = s->sg_type[i] == SG_PEDESTRIAN;
    if (is_ped && s->ped_clear_ms[i] > 0) {
        show(tl, i, ASPECT_PED_CLEAR);
    } else if (!is_ped && s->yellow_ms[i] > 0) {
        show(tl, i, ASPECT_YELLOW);
    } else {
        show(tl, i, ASPECT_RED);
    }
}

/* A follow-on keeps its second green while the first one is ending and for its time afterwards. */
static bool follow_on_holds(const struct timeline *tl, uint32_t i, sg_mask_t open)
{
    const struct plan *p = tl->plan;
    for (int32_t k = 0; k < p->relation_count; k++) {
        const struct relation *r = &p->relation[k];
        if (r->kind != RELATION_FOLLOW_ON || r->sg_b_ix != (int32_t)i) {
            continue;
        }
        const uint32_t a = (uint32_t)r->sg_a_ix;
        const bool first_is_ending = aspect_is_green(tl->aspect[a]) && (open & bit32(a)) == 0;
        const bool was_green_then = tl->green_ms[i] > tl->since_green_ms[a];
        const bool first_has_ended =
            !aspect_is_green(tl->aspect[a]) && was_green_then && tl->since_green_ms[a] < r->time_ms;
        if (first_is_ending || first_has_ended) {
            return true;
        }
    }
    return false;
}

/* A group in red-yellow turns green whatever happens (L5). Its permissive partners stay until it
 * has, or they would owe it their intergreen (L6). */
static bool partner_is_opening(const struct timeline *tl, uint32_t i)
{
    const sg_mask_t partners = tl->entry[i] & ~tl->conflict[i];
    for (uint32_t j = 0; j < SG_MAX; j++) {
        if ((partners & bit32(j)) != 0 && tl->aspect[j] == ASPECT_RED_YELLOW) {
            return true;
        }
    }
    return false;
}

static void step_closing(struct timeline *tl, uint32_t i, sg_mask_t open)
{
    const struct safety *s = &tl->plan->safety;
    switch ((enum aspect)tl->aspect[i]) {
    case ASPECT_GREEN:
        if ((open & bit32(i)) != 0 || tl->green_ms[i] < s->min_green_ms[i] ||
            follow_on_holds(tl, i, open) || partner_is_opening(tl, i)) {
            return;
        }
        if (s->sg_type[i] != SG_PEDESTRIAN && s->green_flash_ms[i] > 0) {
            show(tl, i, ASPECT_GREEN_FLASH);
        } else {
            show_end_of_green(tl, i);
        }
        return;
    case ASPECT_GREEN_FLASH:
        if (tl->shown_ms[i] >= s->green_flash_ms[i]) {
            show_end_of_green(tl, i);
        }
        return;
    case ASPECT_YELLOW:
        if (tl->shown_ms[i] >= s->yellow_ms[i]) {
            show(tl, i, ASPECT_RED);
        }
        return;
    case ASPECT_PED_CLEAR:
        if (tl->shown_ms[i] >= s->ped_clear_ms[i]) {
            show(tl, i, ASPECT_RED);
        }
        return;
    case ASPECT_RED_YELLOW:
        if (tl->shown_ms[i] >= s->red_yellow_ms[i]) {
            show(tl, i, ASPECT_GREEN);
        }
        return;
    case ASPECT_DARK:
    case ASPECT_RED:
    case ASPECT_FLASH_YELLOW:
    case ASPECT_FLASH_RED:
    case ASPECT_UNKNOWN:
    case ASPECT_COUNT:
        return;
    }
}

/* What group i still makes group j wait before j's green may begin. */
static int32_t wait_for_group_ms(const struct timeline *tl, uint32_t i, uint32_t j, sg_mask_t open)
{
    const struct safety *s = &tl->plan->safety;
    const bool may_be_together = (tl->conflict[j] & bit32(i)) == 0;
    const int32_t owed_ms = s->intergreen_ms[i][j] - tl->since_green_ms[i];
    int32_t red_in_ms = 0;
    if (tl->aspect[i] == ASPECT_YELLOW) {
        red_in_ms = s->yellow_ms[i] - tl->shown_ms[i];
    } else if (tl->aspect[i] == ASPECT_PED_CLEAR) {
        red_in_ms = s->ped_clear_ms[i] - tl->shown_ms[i];
    } else if (tl->aspect[i] != ASPECT_RED) {
        const bool stays = may_be_together && (open & bit32(i)) != 0;
        return stays ? 0 : WAIT_UNKNOWN_MS;
    }
    return max_i32(owed_ms, may_be_together ? 0 : red_in_ms + s->red_yellow_ms[j]);
}

static int32_t wait_for_green_ms(const struct timeline *tl, uint32_t j, sg_mask_t open)
{
    const struct safety *s = &tl->plan->safety;
    const int32_t red_ms = max_i32(s->min_red_ms[j] - tl->shown_ms[j], 0);
    int32_t wait_ms = red_ms + s->red_yellow_ms[j];
    for (uint32_t i = 0; i < SG_MAX; i++) {
        if ((tl->entry[j] & bit32(i)) != 0) {
            wait_ms = max_i32(wait_ms, wait_for_group_ms(tl, i, j, open));
        }
    }
    return wait_ms;
}

/* When the first group of an early start turns green, or how long ago it did (below zero). */
static int32_t first_green_in_ms(const struct timeline *tl, uint32_t a,
                                 const int32_t wait_ms[SG_MAX])
{
    if (aspect_is_green(tl->aspect[a])) {
        return -tl->green_ms[a];
    }
    if (tl->aspect[a] == ASPECT_RED_YELLOW) {
        return tl->plan->safety.red_yellow_ms[a] - tl->shown_ms[a];
    }
    return tl->aspect[a] == ASPECT_RED ? wait_ms[a] : WAIT_UNKNOWN_MS;
}

static void apply_relations(const struct timeline *tl, sg_mask_t open, int32_t wait_ms[SG_MAX])
{
    const struct plan *p = tl->plan;
    for (int32_t round = 0; round <= p->relation_count; round++) {
        for (int32_t k = 0; k < p->relation_count; k++) {
            const struct relation *r = &p->relation[k];
            const uint32_t a = (uint32_t)r->sg_a_ix;
            const uint32_t b = (uint32_t)r->sg_b_ix;
            const bool both_wanted = (open & bit32(a)) != 0 && (open & bit32(b)) != 0;
            if (!both_wanted || tl->aspect[b] != ASPECT_RED) {
                continue;
            }
            if (r->kind == RELATION_EARLY_START) {
                const int32_t after_ms = first_green_in_ms(tl, a, wait_ms) + r->time_ms;
                wait_ms[b] = max_i32(wait_ms[b], min_i32(after_ms, WAIT_UNKNOWN_MS));
            } else if (r->kind == RELATION_SAME_START && tl->aspect[a] == ASPECT_RED) {
                wait_ms[a] = max_i32(wait_ms[a], wait_ms[b]);
                wait_ms[b] = wait_ms[a];
            }
        }
    }
}

static void step_opening(struct timeline *tl, sg_mask_t open)
{
    int32_t wait_ms[SG_MAX] = { 0 };
    const struct safety *s = &tl->plan->safety;
    sg_mask_t waiting = 0;
    for (uint32_t j = 0; j < (uint32_t)tl->plan->sg_count; j++) {
        if ((open & bit32(j)) != 0 && tl->aspect[j] == ASPECT_RED) {
            waiting |= bit32(j);
            wait_ms[j] = wait_for_green_ms(tl, j, open);
        }
    }
    if (waiting == 0) {
        return;
    }
    apply_relations(tl, open, wait_ms);
    sg_mask_t begun = 0;
    for (uint32_t j = 0; j < (uint32_t)tl->plan->sg_count; j++) {
        const bool is_due = (waiting & bit32(j)) != 0 && wait_ms[j] <= s->red_yellow_ms[j];
        if (is_due && (tl->conflict[j] & begun) == 0) {
            show(tl, j, s->red_yellow_ms[j] > 0 ? ASPECT_RED_YELLOW : ASPECT_GREEN);
            begun |= bit32(j);
        }
    }
}

void timeline_step(struct timeline *tl, sg_mask_t open)
{
    timeline_skip(tl, TICK_MS);
    tl->walk_done &= open;
    for (uint32_t i = 0; i < (uint32_t)tl->plan->sg_count; i++) {
        const int32_t walk_ms = max_i32(tl->walk_ms[i], tl->plan->safety.min_green_ms[i]);
        if (tl->walk_ms[i] > 0 && tl->aspect[i] == ASPECT_GREEN && tl->green_ms[i] >= walk_ms) {
            tl->walk_done |= open & bit32(i);
        }
    }
    const sg_mask_t still_open = open & ~tl->walk_done;
    for (uint32_t i = 0; i < (uint32_t)tl->plan->sg_count; i++) {
        step_closing(tl, i, still_open);
    }
    step_opening(tl, still_open);
}

bool timeline_is_settled(const struct timeline *tl, sg_mask_t open)
{
    const sg_mask_t still_open = open & ~tl->walk_done;
    for (uint32_t i = 0; i < (uint32_t)tl->plan->sg_count; i++) {
        const bool is_wanted = (still_open & bit32(i)) != 0;
        const bool walk_runs = is_wanted && tl->walk_ms[i] > 0;
        const int32_t rest = is_wanted ? ASPECT_GREEN : ASPECT_RED;
        if (walk_runs || tl->aspect[i] != rest) {
            return false;
        }
    }
    return true;
}

sg_mask_t timeline_green(const struct timeline *tl)
{
    sg_mask_t green = 0;
    for (uint32_t i = 0; i < (uint32_t)tl->plan->sg_count; i++) {
        green |= aspect_is_green(tl->aspect[i]) ? bit32(i) : 0;
    }
    return green;
}

sg_mask_t timeline_not_red(const struct timeline *tl)
{
    sg_mask_t not_red = 0;
    for (uint32_t i = 0; i < (uint32_t)tl->plan->sg_count; i++) {
        not_red |= tl->aspect[i] != ASPECT_RED ? bit32(i) : 0;
    }
    return not_red;
}
