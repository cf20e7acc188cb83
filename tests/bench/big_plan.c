#include "big_plan.h"

#include <stdio.h>
#include <string.h>

#include "plan_build.h"

/* One group more, which runs whenever its sibling does and conflicts with the same others. */
static uint32_t add_twin(struct plan *p, uint32_t sibling, enum sg_type type, const char *name)
{
    struct safety *s = &p->safety;
    const uint32_t ix = (uint32_t)p->sg_count;
    REQUIRE(ix < BIG_SG_COUNT);
    (void)snprintf(p->sg[ix].name, sizeof p->sg[ix].name, "%s", name);
    p->sg[ix].phase_id = p->sg[sibling].phase_id;
    s->sg_type[ix] = (int32_t)type;
    s->min_green_ms[ix] = s->min_green_ms[sibling];
    s->green_flash_ms[ix] = s->green_flash_ms[sibling];
    s->yellow_ms[ix] = s->yellow_ms[sibling];
    s->red_yellow_ms[ix] = s->red_yellow_ms[sibling];
    s->min_red_ms[ix] = s->min_red_ms[sibling];
    s->max_red_ms[ix] = s->max_red_ms[sibling];
    s->preempt_min_green_ms[ix] = s->preempt_min_green_ms[sibling];
    s->permissive[ix] = s->permissive[sibling];
    for (uint32_t other = 0; other < ix; other++) {
        plan_build_conflict(p, ix, other, s->intergreen_ms[sibling][other],
                            s->intergreen_ms[other][sibling]);
        if (((uint32_t)s->permissive[other] & bit32(sibling)) != 0) {
            s->permissive[other] |= (int32_t)bit32(ix);
        }
    }
    p->sg_count++;
    s->sg_count = p->sg_count;
    return ix;
}

/* Each lane in turn gets a loop further out, until there are enough detectors. */
static void add_far_loops(struct plan *p)
{
    for (int32_t like = 0; p->detector_count < BIG_DETECTOR_COUNT; like++) {
        const struct detector *near = &p->detector[like % p->lane_count];
        struct detector *far = &p->detector[p->detector_count];
        *far = *near;
        (void)snprintf(far->name, sizeof far->name, "far_%d", (int)p->detector_count);
        far->number = p->detector_count + 1;
        far->distance_cm = 4000;
        far->extend_ms = 1500;
        far->roles = DETECTOR_EXTENDS | DETECTOR_COUNTS | DETECTOR_ADDED_INITIAL;
        p->detector_count++;
    }
}

/* A right-turn arrow that runs with two phases, mirrored from the one that plan_build.h has. */
static void add_overlap(struct plan *p, const char *name, uint32_t sibling, phase_mask_t parents)
{
    struct overlap *o = &p->overlap[p->overlap_count];
    (void)snprintf(o->name, sizeof o->name, "%s", name);
    o->sg = bit32(add_twin(p, sibling, SG_ARROW, name));
    o->parents = parents;
    o->trail_green_ms = 2000;
    p->overlap_count++;
}

void big_plan_rings(struct plan *p)
{
    enum { F2 = 1, F4 = 3, F6 = 5 }; /* groups and phases of the through movements */
    plan_build_rings(p);
    add_overlap(p, "overlap_b", F6, bit32(F6));
    add_overlap(p, "overlap_c", F4, bit32(F4));
    p->phase[F2].vehicle_sg |= bit32(add_twin(p, F2, SG_BUS, "bus_2"));
    add_far_loops(p);
}

void big_plan_staged(struct plan *p)
{
    static const struct {
        uint32_t sibling;
        enum sg_type type;
        const char *name;
    } more[] = { { ST_N, SG_BUS, "bus_north" },     { ST_S, SG_BUS, "bus_south" },
                 { ST_E, SG_CYCLE, "cycle_east" },  { ST_W, SG_CYCLE, "cycle_west" },
                 { ST_NL, SG_CYCLE, "cycle_left" }, { ST_E, SG_ARROW, "right_east" } };
    plan_build_staged(p);
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        const uint32_t ix = add_twin(p, more[i].sibling, more[i].type, more[i].name);
        for (int32_t k = 0; k < p->stage_count; k++) {
            const bool runs = (p->stage[k].sg & bit32(more[i].sibling)) != 0;
            p->stage[k].sg |= runs ? bit32(ix) : 0;
        }
    }
    add_far_loops(p);
}
