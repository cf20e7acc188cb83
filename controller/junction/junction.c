#include "junction.h"

#include <string.h>

/* Some 8 kB are compared on every tick, more than anything else in it. Loops over a constant count
 * of whole lines become vector instructions even at -O2; the words left over are done by
 * themselves. */
enum {
    LINE_WORDS = 4,
    GUARD_WORDS = sizeof(struct guard) / sizeof(uint64_t),
    SAFETY_WORDS = sizeof(struct safety) / sizeof(uint64_t),
    WITNESS_WORDS = sizeof(struct witness) / sizeof(uint64_t)
};
_Static_assert(sizeof(struct guard) % sizeof(uint64_t) == 0, "is copied in whole words");
_Static_assert(sizeof(struct safety) % sizeof(uint64_t) == 0, "is copied in whole words");
_Static_assert(sizeof(struct witness) % sizeof(uint64_t) == 0, "is copied in whole words");

static inline uint64_t word_at(const void *of, size_t i)
{
    uint64_t word;
    memcpy(&word, (const uint8_t *)of + i * sizeof word, sizeof word);
    return word;
}

/* Inverted: a bit agrees with its copy where the two differ. */
static inline void keep_copy(uint64_t *restrict copy, const void *restrict of, size_t words)
{
    const size_t in_lines = words / LINE_WORDS * LINE_WORDS;
    for (size_t i = 0; i < in_lines; i++) {
        copy[i] = ~word_at(of, i);
    }
    for (size_t i = in_lines; i < words; i++) {
        copy[i] = ~word_at(of, i);
    }
}

static inline bool copy_agrees(const uint64_t *copy, const void *of, size_t words)
{
    const size_t in_lines = words / LINE_WORDS * LINE_WORDS;
    uint64_t agree = UINT64_MAX;
    for (size_t i = 0; i < in_lines; i++) {
        agree &= word_at(of, i) ^ copy[i];
    }
    for (size_t i = in_lines; i < words; i++) {
        agree &= word_at(of, i) ^ copy[i];
    }
    return agree == UINT64_MAX;
}

static void keep_guard(struct junction *j)
{
    keep_copy(j->shadow.guard, &j->guard, GUARD_WORDS);
    keep_copy(j->shadow.witness, &j->witness, WITNESS_WORDS);
}

static void start_guard(struct junction *j)
{
    j->safety = j->plan->safety;
    guard_init(&j->guard, &j->safety);
    witness_init(&j->witness);
    keep_copy(j->shadow.safety, &j->safety, SAFETY_WORDS);
    keep_guard(j);
}

void junction_init(struct junction *j, const struct plan *plan, mono_t now)
{
    /* Every byte, padding included: two junctions with the same past compare equal. */
    memset(j, 0, sizeof *j);
    j->plan = plan;
    controller_init(&j->controller, plan, now);
    optimiser_init(&j->optimiser, plan, now);
    start_guard(j);
}

void junction_set_optimiser(struct junction *j, const struct optimiser_settings *settings)
{
    optimiser_set(&j->optimiser, settings);
}

static bool state_is_intact(const struct junction *j)
{
    return copy_agrees(j->shadow.guard, &j->guard, GUARD_WORDS) &&
           copy_agrees(j->shadow.witness, &j->witness, WITNESS_WORDS) &&
           copy_agrees(j->shadow.safety, &j->safety, SAFETY_WORDS);
}

/* The order is the safety argument: nothing leaves that the guard has not seen. Daemon and
 * simulators call this and nothing else, so what is tested is what runs. */
void junction_tick(struct junction *j, const struct input_frame *in, mono_t now,
                   struct output_frame *out, struct event_list *events)
{
    const bool is_intact = state_is_intact(j);
    controller_observe(&j->controller, in, now, optimiser_fault(&j->optimiser, in), events);
    optimiser_step(&j->optimiser, &j->controller, in, now, events);
    controller_step(&j->controller, in, &j->optimiser.advice, out, events);
    const struct cabinet_view *seen = &in->cabinet;
    const bool is_witnessed = witness_confirms(&j->witness, j->safety.sg_count, seen);
    const struct guard_tick t = {
        .now = now,
        .confirmed_at = seen->seen_at,
        .is_confirmed = is_witnessed && j->controller.tick.advances,
        .is_ours = controller_is_in_charge(&j->controller),
        .is_preempting = j->controller.mode.mode == MODE_PREEMPT,
        .reset_seen = seen->is_fresh && (seen->flags & CABINET_RESET_SEEN) != 0,
    };
    if (!is_intact) {
        /* Neither copy can be believed: begin anew from the file, in flash, for a person to look
         * at. The guard latches as well: it takes no other frame before a reset at the cabinet. */
        start_guard(j);
        j->guard.tripped = GUARD_STATE;
        j->guard.sg_a = GUARD_NO_SG;
        j->guard.sg_b = GUARD_NO_SG;
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
    witness_note(&j->witness, out);
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
