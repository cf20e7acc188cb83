#include "phase.h"

enum phase_end phase_green_end(const struct phase_view *v)
{
    if (v->green_ms < v->min_green_ms) {
        return PHASE_END_NONE;
    }
    if (v->hold) {
        return PHASE_END_NONE;
    }
    if (v->force_off) {
        return PHASE_FORCE_OFF;
    }
    if (!v->conflicting_call) {
        return PHASE_END_NONE;
    }
    if (!v->max_is_inhibited && v->max_timer_ms >= v->max_green_ms) {
        return PHASE_MAX_OUT;
    }
    if (v->max_recall) {
        return PHASE_END_NONE;
    }
    if (v->since_vehicle_ms >= v->passage_ms) {
        return PHASE_GAP_OUT;
    }
    return PHASE_END_NONE;
}

int32_t phase_min_green_ms(const struct phase *p, int32_t actuations_in_red)
{
    const int64_t added_ms = (int64_t)p->added_initial_ms * actuations_in_red;
    const int32_t initial_ms = added_ms < p->max_initial_ms ? (int32_t)added_ms : p->max_initial_ms;
    return max_i32(p->min_green_ms, initial_ms);
}

int32_t phase_passage_ms(const struct phase *p, int32_t waiting_conflict_ms)
{
    if (p->time_to_reduce_ms <= 0 || p->min_gap_ms >= p->passage_ms) {
        return p->passage_ms;
    }
    const int32_t reducing_ms = waiting_conflict_ms - p->time_before_reduction_ms;
    if (reducing_ms <= 0) {
        return p->passage_ms;
    }
    if (reducing_ms >= p->time_to_reduce_ms) {
        return p->min_gap_ms;
    }
    const int64_t range_ms = p->passage_ms - p->min_gap_ms;
    return p->passage_ms - (int32_t)(range_ms * reducing_ms / p->time_to_reduce_ms);
}

int32_t phase_learn_max(const struct phase *p, int32_t max_green_ms, enum phase_end end,
                        struct phase_timer *timer)
{
    if (p->dynamic_max_ms <= 0 || (end != PHASE_MAX_OUT && end != PHASE_GAP_OUT)) {
        return 0;
    }
    const int32_t sign = end == PHASE_MAX_OUT ? 1 : -1;
    const bool goes_on = timer->streak * sign > 0;
    timer->streak = goes_on ? timer->streak + sign : sign;
    if (timer->streak * sign < 2) {
        return 0;
    }
    timer->streak = 2 * sign; /* two in a row are as good as twenty, and cannot overflow */
    const int32_t next_ms = max_green_ms + timer->dynamic_ms + sign * p->dynamic_step_ms;
    if (next_ms > max_i32(max_green_ms, p->dynamic_max_ms) ||
        next_ms < min_i32(max_green_ms, p->dynamic_max_ms)) {
        return 0;
    }
    timer->dynamic_ms += sign * p->dynamic_step_ms;
    return sign;
}

int32_t phase_clear_ms(const struct plan *p, uint32_t phase_ix)
{
    const struct safety *s = &p->safety;
    const struct phase *phase = &p->phase[phase_ix];
    const sg_mask_t ends = phase->vehicle_sg != 0 ? phase->vehicle_sg : phase->ped_sg;
    int32_t longest_ms = 0;
    for (sg_mask_t left = ends; left != 0; left &= left - 1) {
        const uint32_t a = lowest_bit(left);
        int32_t own_ms = s->yellow_ms[a];
        for (uint32_t b = 0; b < (uint32_t)s->sg_count; b++) {
            if (s->sg_type[b] != SG_PEDESTRIAN) {
                own_ms = max_i32(own_ms, s->intergreen_ms[a][b]);
            }
        }
        longest_ms = max_i32(longest_ms, s->green_flash_ms[a] + own_ms);
    }
    return longest_ms;
}
