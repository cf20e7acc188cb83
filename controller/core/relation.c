#include "relation.h"

/* Where one step leads: along early starts and both ways along same starts, or along follow-ons. */
static sg_mask_t one_step(const struct plan *p, uint32_t binding, bool follow_on, sg_mask_t from)
{
    sg_mask_t to = from;
    for (uint32_t r = 0; r < (uint32_t)p->relation_count; r++) {
        const struct relation *rel = &p->relation[r];
        if ((binding & bit32(r)) == 0 || (rel->kind == RELATION_FOLLOW_ON) != follow_on) {
            continue;
        }
        const sg_mask_t a = bit32((uint32_t)rel->sg_a_ix);
        const sg_mask_t b = bit32((uint32_t)rel->sg_b_ix);
        if ((from & a) != 0) {
            to |= b;
        }
        if ((from & b) != 0 && rel->kind == RELATION_SAME_START) {
            to |= a;
        }
    }
    return to;
}

static bool leads_to(const struct plan *p, uint32_t binding, bool follow_on, uint32_t from,
                     uint32_t to)
{
    sg_mask_t reached = bit32(from);
    for (int32_t i = 0; i < p->relation_count; i++) {
        reached = one_step(p, binding, follow_on, reached);
    }
    return (reached & bit32(to)) != 0;
}

uint32_t relation_binding(const struct plan *p)
{
    uint32_t binding = 0;
    for (uint32_t r = 0; r < (uint32_t)p->relation_count; r++) {
        const struct relation *rel = &p->relation[r];
        const uint32_t a = (uint32_t)rel->sg_a_ix;
        const uint32_t b = (uint32_t)rel->sg_b_ix;
        if (rel->kind == RELATION_SAME_START && a != b && !safety_conflict(&p->safety, a, b)) {
            binding |= bit32(r);
        }
    }
    for (uint32_t r = 0; r < (uint32_t)p->relation_count; r++) {
        const struct relation *rel = &p->relation[r];
        const uint32_t a = (uint32_t)rel->sg_a_ix;
        const uint32_t b = (uint32_t)rel->sg_b_ix;
        const bool follow_on = rel->kind == RELATION_FOLLOW_ON;
        if (rel->kind == RELATION_SAME_START || safety_conflict(&p->safety, a, b)) {
            continue;
        }
        if (!leads_to(p, binding, follow_on, b, a)) {
            binding |= bit32(r);
        }
    }
    return binding;
}
