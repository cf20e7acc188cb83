#include "order.h"

sg_mask_t order_mask(const struct plan *p, const struct manual *m, enum command_kind kind)
{
    sg_mask_t mask = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        const struct command *c = &m->effect[i].command;
        const bool is_meant = c->kind == (int32_t)kind && c->target >= 0 && c->target < p->sg_count;
        mask |= is_meant ? bit32((uint32_t)c->target) : 0;
    }
    return mask;
}

static void recall_groups(struct recalls *r, sg_mask_t groups, int32_t recall)
{
    for (sg_mask_t left = groups; left != 0; left &= left - 1) {
        r->of_sg[lowest_bit(left)] |= recall;
    }
}

void order_recalls(const struct order_view *v, sg_mask_t failed_max_recall, struct recalls *out)
{
    const struct plan *p = v->plan;
    *out = (struct recalls){ .of_sg = { 0 } };
    if (!plan_is_staged(p)) {
        rings_recall(p, v->pattern_ix, out);
    }
    const sg_mask_t by_hand = order_mask(p, v->manual, COMMAND_RECALL);
    for (sg_mask_t left = by_hand; left != 0; left &= left - 1) {
        const uint32_t ix = lowest_bit(left); /* what a person says replaces what the plan says */
        out->of_sg[ix] = manual_find(v->manual, COMMAND_RECALL, (int32_t)ix)->value;
    }
    recall_groups(out, failed_max_recall, RECALL_MAX);
}

bool order_is_advised(const struct advice *a)
{
    return a != NULL && a->is_valid && a->age_ms >= 0 &&
           a->age_ms <= (int64_t)ADVICE_STALE_MS + a->pause_ms;
}

/* From leaving what is green to green of another group, at most, red-yellow not counted; two ticks
 * are for the slower of the two clocks and the decision itself. */
static int32_t change_ms(const struct plan *p, const struct sequencer *seq)
{
    int32_t longest_ms = 0;
    for (uint32_t ix = 0; ix < (uint32_t)p->sg_count; ix++) {
        const int32_t own_ms = p->safety.green_flash_ms[ix] + seq->clear_ms[ix];
        longest_ms = seq->aspect[ix] != ASPECT_RED ? max_i32(longest_ms, own_ms) : longest_ms;
    }
    return longest_ms + 2 * TICK_MS;
}

struct order_overdue order_overdue(const struct plan *p, const struct calls *calls,
                                   const struct sequencer *seq)
{
    struct order_overdue o = { 0 };
    const sg_mask_t waits = calls->vehicle | calls->ped;
    if (waits == 0) {
        return o;
    }
    const int32_t now_ms = change_ms(p, seq);
    int32_t between_ms = 0;
    for (uint32_t ix = 0; ix < (uint32_t)p->sg_count; ix++) {
        between_ms = max_i32(between_ms, p->safety.min_green_ms[ix] + p->safety.green_flash_ms[ix] +
                                             seq->clear_ms[ix]);
    }
    for (sg_mask_t left = waits; left != 0; left &= left - 1) {
        const uint32_t ix = lowest_bit(left);
        if (ix >= (uint32_t)p->sg_count || seq->aspect[ix] != ASPECT_RED) {
            continue;
        }
        const bool has_limit = p->safety.max_red_ms[ix] > 0;
        const int32_t red_ms = has_limit ? seq->shown_ms[ix] : calls->waiting_ms[ix];
        const int32_t left_ms = (has_limit ? p->safety.max_red_ms[ix] : ORDER_WAIT_MAX_MS) -
                                p->safety.red_yellow_ms[ix] - red_ms;
        o.now |= left_ms <= now_ms ? bit32(ix) : 0;
        o.next |= left_ms <= now_ms + between_ms ? bit32(ix) : 0;
    }
    return o;
}

struct stage_order order_of_stages(const struct order_view *v, const struct stages *s,
                                   int32_t manual_stage_ix)
{
    const struct command *stage = manual_find(v->manual, COMMAND_STAGE, -1);
    const bool stops_time = manual_find(v->manual, COMMAND_STOP_TIME, -1) != NULL;
    struct stage_order o = { .strategy = v->strategy,
                             .pattern_ix = v->pattern_ix,
                             .forced_stage_ix = -1,
                             .advised_ix = -1 };
    if (v->strategy == STRATEGY_ADAPTIVE && order_is_advised(v->advice)) {
        o.advised_ix = v->advice->stage_ix;
        o.walks = v->advice->walks;
        o.stay_ms = max_i32(0, v->advice->stay_ms - v->advice->age_ms);
    }
    o.omit = order_mask(v->plan, v->manual, COMMAND_OMIT);
    o.hold = stops_time || (order_mask(v->plan, v->manual, COMMAND_HOLD) & s->open & v->green) != 0;
    o.force_off = (v->manual->force_off & s->open) != 0;
    if (v->strategy == STRATEGY_MANUAL) {
        o.forced_stage_ix = manual_stage_ix;
    } else if (stage != NULL) {
        o.forced_stage_ix = stage->value;
    }
    return o;
}

struct ring_order_now order_of_rings(const struct order_view *v)
{
    const struct plan *p = v->plan;
    const sg_mask_t held = order_mask(p, v->manual, COMMAND_HOLD);
    const sg_mask_t omitted = order_mask(p, v->manual, COMMAND_OMIT);
    struct ring_order_now o = { .strategy = v->strategy, .pattern_ix = v->pattern_ix };
    o.stop_time = manual_find(v->manual, COMMAND_STOP_TIME, -1) != NULL;
    o.advised =
        v->strategy == STRATEGY_ADAPTIVE && order_is_advised(v->advice) ? v->advice->phases : 0;
    o.advance = v->strategy == STRATEGY_MANUAL && v->manual->advance;
    for (uint32_t i = 0; i < (uint32_t)p->phase_count; i++) {
        const struct phase *phase = &p->phase[i];
        const bool is_omitted = phase->vehicle_sg != 0 && (phase->vehicle_sg & ~omitted) == 0;
        o.hold |= (phase->vehicle_sg & held) != 0 ? bit32(i) : 0;
        o.omit |= is_omitted ? bit32(i) : 0;
        o.ped_omit |= (phase->ped_sg & omitted) != 0 ? bit32(i) : 0;
        o.force_off |= (phase->vehicle_sg & v->manual->force_off) != 0 ? bit32(i) : 0;
    }
    return o;
}
