/* manual.h: what people asked for and until when: commands in force, each with its end. Never
 * stronger than minimums, intergreens or the guard: it only changes what is wanted. */
#ifndef KAVSAK_MANUAL_H
#define KAVSAK_MANUAL_H

#include "call.h"
#include "command.h"
#include "event.h"
#include "plan.h"
#include "tick.h"

enum { MANUAL_MAX = 16 }; /* commands in force at once; one more is answered busy */

struct manual_effect {
    struct command command;
    int64_t end_mono_ms;
};

struct manual {
    uint32_t count;
    struct manual_effect effect[MANUAL_MAX];
    bool advance;   /* one manual step waits to be taken */
    sg_mask_t call; /* calls to place and greens to end, once: commands without a duration. The */
    sg_mask_t force_off; /* reader clears all three when it has acted. */
};

void manual_init(struct manual *m);
/* Takes the frame's commands, drops what has ended, emits 1013 and 1014. Called on
 * every tick, confirmed or not. */
void manual_step(struct manual *m, const struct plan *p, const struct input_frame *in, mono_t now,
                 struct event_list *events);
/* The newest effect of a kind (and target, if not -1), or NULL. */
const struct command *manual_find(const struct manual *m, enum command_kind kind, int32_t target);

/* A new plan: what named a pattern, a stage or a detector of the old one ends; the rest stays in
 * force. */
void manual_take_plan(struct manual *m);

#endif
