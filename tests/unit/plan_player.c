#include "plan_player.h"

#include <stdio.h>
#include <string.h>

static const int64_t never_ms = INT64_C(1) << 50;

/* Of each group: when its present or last green began and will end (never: not yet decided). */
struct player {
    const struct plan *p;
    int64_t now_ms;
    int64_t start_ms[SG_MAX];
    int64_t end_ms[SG_MAX]; /* green-flash included */
    sg_mask_t open;
};

uint32_t player_random(uint64_t *seed, size_t bound)
{
    *seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *seed;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) % bound);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static bool is_in(sg_mask_t sg, int32_t i)
{
    return (sg & bit32((uint32_t)i)) != 0;
}

static int64_t clear_at(const struct player *pl, int32_t i)
{
    return pl->end_ms[i] + pl->p->safety.yellow_ms[i] + pl->p->safety.ped_clear_ms[i];
}

/* Ends of greens that are no longer wanted: at once, or after what they follow. */
static void close_groups(struct player *pl, sg_mask_t closing)
{
    const struct plan *p = pl->p;
    for (int32_t i = 0; i < p->sg_count; i++) {
        if (is_in(closing, i)) {
            pl->end_ms[i] = pl->now_ms + p->safety.green_flash_ms[i];
        }
    }
    for (int32_t round = 0; round < p->relation_count; round++) {
        for (int32_t k = 0; k < p->relation_count; k++) {
            const struct relation *r = &p->relation[k];
            if (r->kind == RELATION_FOLLOW_ON && is_in(closing, r->sg_a_ix) &&
                is_in(closing, r->sg_b_ix)) {
                pl->end_ms[r->sg_b_ix] =
                    later(pl->end_ms[r->sg_b_ix], pl->end_ms[r->sg_a_ix] + r->time_ms +
                                                      p->safety.green_flash_ms[r->sg_b_ix]);
            }
        }
    }
}

static int64_t earliest_start(const struct player *pl, int32_t j, sg_mask_t wanted)
{
    const struct safety *s = &pl->p->safety;
    int64_t start_ms = later(pl->now_ms, clear_at(pl, j) + s->min_red_ms[j]) + s->red_yellow_ms[j];
    for (int32_t i = 0; i < s->sg_count; i++) {
        if (i == j || s->intergreen_ms[i][j] < 0 || is_in(wanted, i)) {
            continue;
        }
        start_ms = later(start_ms, pl->end_ms[i] + s->intergreen_ms[i][j]);
        if (((uint32_t)s->permissive[i] & bit32((uint32_t)j)) == 0) {
            start_ms = later(start_ms, clear_at(pl, i) + s->red_yellow_ms[j]);
        }
    }
    return start_ms;
}

static void open_groups(struct player *pl, sg_mask_t opening, sg_mask_t wanted)
{
    const struct plan *p = pl->p;
    for (int32_t j = 0; j < p->sg_count; j++) {
        if (is_in(opening, j)) {
            pl->start_ms[j] = earliest_start(pl, j, wanted);
            pl->end_ms[j] = never_ms;
        }
    }
    for (int32_t round = 0; round <= p->relation_count; round++) {
        for (int32_t k = 0; k < p->relation_count; k++) {
            const struct relation *r = &p->relation[k];
            int64_t *a_ms = &pl->start_ms[r->sg_a_ix];
            int64_t *b_ms = &pl->start_ms[r->sg_b_ix];
            if (!is_in(opening, r->sg_b_ix) || !is_in(wanted, r->sg_a_ix)) {
                continue;
            }
            if (r->kind == RELATION_EARLY_START) {
                *b_ms = later(*b_ms, *a_ms + r->time_ms);
            } else if (r->kind == RELATION_SAME_START && is_in(opening, r->sg_a_ix)) {
                *a_ms = later(*a_ms, *b_ms);
                *b_ms = *a_ms;
            }
        }
    }
}

static enum aspect aspect_at(const struct player *pl, int32_t i, int64_t at_ms)
{
    const struct safety *s = &pl->p->safety;
    if (at_ms < pl->start_ms[i]) {
        return at_ms >= pl->start_ms[i] - s->red_yellow_ms[i] ? ASPECT_RED_YELLOW : ASPECT_RED;
    }
    if (at_ms < pl->end_ms[i]) {
        return at_ms < pl->end_ms[i] - s->green_flash_ms[i] ? ASPECT_GREEN : ASPECT_GREEN_FLASH;
    }
    if (at_ms < clear_at(pl, i)) {
        return s->sg_type[i] == SG_PEDESTRIAN ? ASPECT_PED_CLEAR : ASPECT_YELLOW;
    }
    return ASPECT_RED;
}

static bool judge_pair(const struct player *pl, int32_t i, int32_t j, struct player_fault *fault)
{
    const struct safety *s = &pl->p->safety;
    if (i == j || s->intergreen_ms[i][j] < 0) {
        return true;
    }
    const enum aspect a = aspect_at(pl, i, pl->now_ms);
    const enum aspect b = aspect_at(pl, j, pl->now_ms);
    const bool is_permissive = ((uint32_t)s->permissive[i] & bit32((uint32_t)j)) != 0;
    if (!is_permissive && a != ASPECT_RED && b != ASPECT_RED) {
        (void)snprintf(fault->text, sizeof fault->text, "L2: \"%s\" and \"%s\" are both not red",
                       pl->p->sg[i].name, pl->p->sg[j].name);
        return false;
    }
    const bool begins = pl->start_ms[j] == pl->now_ms;
    const bool is_owed = pl->now_ms - pl->end_ms[i] < s->intergreen_ms[i][j];
    const bool has_begun = pl->start_ms[i] <= pl->now_ms;
    if (begins && has_begun && is_owed && !(is_permissive && aspect_is_green((int32_t)a))) {
        (void)snprintf(fault->text, sizeof fault->text, "L6: \"%s\" begins too soon after \"%s\"",
                       pl->p->sg[j].name, pl->p->sg[i].name);
        return false;
    }
    return true;
}

static bool judge_frame(const struct player *pl, struct player_fault *fault)
{
    for (int32_t i = 0; i < pl->p->sg_count; i++) {
        for (int32_t j = 0; j < pl->p->sg_count; j++) {
            if (!judge_pair(pl, i, j, fault)) {
                return false;
            }
        }
    }
    return true;
}

/* Everything that closes is red, everything open has had its minimum. */
static bool may_change(const struct player *pl)
{
    for (int32_t i = 0; i < pl->p->sg_count; i++) {
        const bool is_due = is_in(pl->open, i)
                                ? pl->now_ms >= pl->start_ms[i] + pl->p->safety.min_green_ms[i]
                                : pl->now_ms >= clear_at(pl, i);
        if (!is_due) {
            return false;
        }
    }
    return true;
}

static sg_mask_t next_stage(const struct plan *p, uint64_t *seed, int32_t *stage_ix)
{
    int32_t choice[STAGE_MAX];
    uint32_t count = 0;
    for (int32_t i = 0; i < p->stage_count; i++) {
        if (is_in(p->stage[*stage_ix].next, i)) {
            choice[count] = i;
            count++;
        }
    }
    if (count > 0) {
        *stage_ix = choice[player_random(seed, count)];
    }
    const struct stage *s = &p->stage[*stage_ix];
    return s->sg & ~(s->on_demand & (sg_mask_t)player_random(seed, UINT32_MAX));
}

/* A phase of this ring and barrier group; -1: none, now and then even where there is one. */
static int32_t any_phase(const struct plan *p, int32_t ring_ix, int32_t barrier_ix, uint64_t *seed)
{
    int32_t choice[PHASE_MAX + 1] = { -1 };
    uint32_t count = 1;
    for (int32_t i = 0; i < p->phase_count; i++) {
        if (p->phase[i].ring_ix == ring_ix && p->phase[i].barrier_ix == barrier_ix) {
            choice[count] = i;
            count++;
        }
    }
    return choice[player_random(seed, count)];
}

/* One phase of each ring out of one barrier group, with or without its walkers. */
static sg_mask_t next_phases(const struct plan *p, uint64_t *seed)
{
    const int32_t barrier_ix = (int32_t)player_random(seed, 2);
    phase_mask_t on = 0;
    sg_mask_t sg = 0;
    for (int32_t ring = 0; ring < RING_MAX; ring++) {
        const int32_t i = any_phase(p, ring, barrier_ix, seed);
        if (i >= 0) {
            on |= bit32((uint32_t)i);
            sg |= p->phase[i].vehicle_sg;
            sg |= player_random(seed, 2) != 0 ? p->phase[i].ped_sg : 0;
        }
    }
    for (int32_t i = 0; i < p->overlap_count; i++) {
        sg |= (p->overlap[i].parents & on) != 0 ? p->overlap[i].sg : 0;
    }
    return sg;
}

bool player_walk(const struct plan *p, uint64_t *seed, int32_t ticks, struct player_fault *fault)
{
    struct player pl = { .p = p };
    for (int32_t i = 0; i < SG_MAX; i++) {
        pl.start_ms[i] = pl.end_ms[i] = -never_ms;
    }
    int32_t stage_ix = 0;
    for (int32_t tick = 0; tick < ticks; tick++) {
        pl.now_ms += TICK_MS;
        if (may_change(&pl) && player_random(seed, 8) == 0) {
            const sg_mask_t wanted =
                plan_is_staged(p) ? next_stage(p, seed, &stage_ix) : next_phases(p, seed);
            close_groups(&pl, pl.open & ~wanted);
            open_groups(&pl, wanted & ~pl.open, wanted);
            pl.open = wanted;
        }
        if (!judge_frame(&pl, fault)) {
            fault->tick = tick;
            return false;
        }
    }
    return true;
}
