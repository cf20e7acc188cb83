#include "junction.h"

#include <string.h>

static void keep_copy(uint64_t *copy, size_t words, const void *of, size_t bytes)
{
    for (size_t i = 0; i < words; i++) {
        uint64_t word = 0;
        const size_t at = i * sizeof word;
        memcpy(&word, (const uint8_t *)of + at,
               bytes - at < sizeof word ? bytes - at : sizeof word);
        copy[i] = ~word;
    }
}

static bool copy_agrees(const uint64_t *copy, size_t words, const void *of, size_t bytes)
{
    uint64_t difference = 0;
    for (size_t i = 0; i < words; i++) {
        uint64_t word = 0;
        const size_t at = i * sizeof word;
        memcpy(&word, (const uint8_t *)of + at,
               bytes - at < sizeof word ? bytes - at : sizeof word);
        difference |= word ^ ~copy[i];
    }
    return difference == 0;
}

static void keep_guard(struct junction *j)
{
    keep_copy(j->shadow.guard, sizeof j->shadow.guard / sizeof j->shadow.guard[0], &j->guard,
              sizeof j->guard);
}

static void start_guard(struct junction *j)
{
    j->safety = j->plan->safety;
    guard_init(&j->guard, &j->safety);
    keep_copy(j->shadow.safety, sizeof j->shadow.safety / sizeof j->shadow.safety[0], &j->safety,
              sizeof j->safety);
    keep_guard(j);
}

void junction_init(struct junction *j, const struct plan *plan, mono_t now)
{
    /* Every byte, padding included: two junctions with the same past compare equal. */
    memset(j, 0, sizeof *j);
    j->plan = plan;
    controller_init(&j->controller, plan, now);
    start_guard(j);
}

static bool state_is_intact(const struct junction *j)
{
    return copy_agrees(j->shadow.guard, sizeof j->shadow.guard / sizeof j->shadow.guard[0],
                       &j->guard, sizeof j->guard) &&
           copy_agrees(j->shadow.safety, sizeof j->shadow.safety / sizeof j->shadow.safety[0],
                       &j->safety, sizeof j->safety);
}

/* The order is the safety argument: nothing leaves that the guard has not seen. Daemon and
 * simulators call this and nothing else, so what is tested is what runs. */
void junction_tick(struct junction *j, const struct input_frame *in, mono_t now,
                   struct output_frame *out, struct event_list *events)
{
    const bool is_intact = state_is_intact(j);
    controller_step(&j->controller, in, now, out, events);
    const struct cabinet_view *seen = &in->cabinet;
    const struct guard_tick t = {
        .now = now,
        .confirmed_at = j->controller.tick.confirmed_at,
        .is_confirmed = j->controller.tick.advances,
        .is_ours = controller_is_in_charge(&j->controller),
        .is_preempting = j->controller.mode.mode == MODE_PREEMPT,
        .reset_seen = seen->is_fresh && (seen->flags & CABINET_RESET_SEEN) != 0,
    };
    if (!is_intact) {
        /* Neither copy can be believed: begin anew from the file, in flash, for a person to look
         * at. */
        start_guard(j);
        event_add_detail(events, EVENT_GUARD_TRIP, GUARD_STATE, 0);
        controller_fail(&j->controller, REASON_CORRUPT_STATE, out, events);
    }
    if (!t.is_ours) {
        guard_follow(&j->guard, &j->safety, &t, seen);
    }
    const enum guard_fault fault = guard_check(&j->guard, &j->safety, &t, out);
    if (fault != GUARD_PASS) {
        event_add_detail(events, EVENT_GUARD_TRIP, (uint32_t)fault,
                         (j->guard.sg_a << 8) | (j->guard.sg_b & UINT8_MAX));
        controller_fail(&j->controller, REASON_GUARD, out, events);
    }
    controller_take_offer(&j->controller, events);
    j->plan = j->controller.plan;
    keep_guard(j);
}

enum status junction_offer_plan(struct junction *j, const struct plan *plan)
{
    if (plan->safety_hash != j->plan->safety_hash ||
        memcmp(&plan->safety, &j->safety, sizeof j->safety) != 0) {
        return STATUS_REFUSED;
    }
    j->controller.offered = plan;
    return STATUS_OK;
}
