/* junction.h: one intersection whole. junction_tick() is the only way from inputs to lamps, in the
 * daemon, the simulators, replay and the property tests alike: controller, optimiser, guard,
 * protected copies.
 * Pure: no clock, no I/O, no allocation; a struct junction can be copied, compared, saved. */
#ifndef KAVSAK_JUNCTION_H
#define KAVSAK_JUNCTION_H

#include "controller.h"
#include "guard.h"
#include "optimiser.h"
#include "witness.h"

/* Second copies, inverted, of what must not silently change (rule S-22): the guard, its safety
 * file and its witness. */
struct junction_shadow {
    uint64_t guard[sizeof(struct guard) / sizeof(uint64_t)];
    uint64_t safety[sizeof(struct safety) / sizeof(uint64_t)];
    uint64_t witness[sizeof(struct witness) / sizeof(uint64_t)];
};

struct junction {
    const struct plan *plan;
    struct controller controller;
    struct guard guard;
    struct safety safety; /* the guard's own copy of plan->safety */
    struct witness witness;
    struct junction_shadow shadow;
    struct optimiser optimiser; /* only advises, so it needs no second copy */
};

void junction_init(struct junction *j, const struct plan *plan, mono_t now);

/* When the optimiser decides and whom it hears; without this: on tick 0 of each second, everybody.
 */
void junction_set_optimiser(struct junction *j, const struct optimiser_settings *settings);

/* One tick. Fills out whole; appends to events, which the caller has cleared. now never falls. */
void junction_tick(struct junction *j, const struct input_frame *in, mono_t now,
                   struct output_frame *out, struct event_list *events);

/* A new plan with the same safety file, taken at the next safe point (stage border, rule S-15).
 * STATUS_REFUSED: its safety file differs; that needs a start-up with junction_init. */
MUST_CHECK enum status junction_offer_plan(struct junction *j, const struct plan *plan);

#endif
