/* signals.h: what the core's signals are about to do, for a snapshot: in which option the junction
 * is or is going to be, when its groups will be green, when it may and must be left, who waits.
 * Reads the controller, changes nothing; estimate.c fills the street's half of a snapshot. */
#ifndef KAVSAK_SIGNALS_H
#define KAVSAK_SIGNALS_H

#include "controller.h"
#include "snapshot.h"

enum {
    /* Vehicles go on for so long into a yellow (HCM 2010, 18-6: extension of effective green). */
    SIGNALS_YELLOW_USED_CS = 100,
    /* A minimum with less left is as good as over: advice stands until it is carried out. */
    SIGNALS_SOON_CS = 50
};

/* The option that the core is in or on the way to, the nearest one if phases are on that are none
 * as a set; -1: none. */
int32_t signals_option(const struct controller *c, const struct layout *l);

/* Groups of that option that are to be open and are not green yet. */
bool signals_are_on_the_way(const struct controller *c);

/* The green group whose own minimum lasts longest, -1: none is behind its minimum, so that what
 * holds the option is a minimum of its stage or phase. */
int32_t signals_least_sg(const struct controller *c);

/* Called crossings on demand of the running stage that are red: they may open late, or again. */
sg_mask_t signals_late_walks(const struct controller *c, const struct layout *l,
                             const struct snapshot *s);

/* The snapshot as if these opened now: the stage stays for their walk. */
void signals_open_walks(const struct controller *c, const struct layout *l, sg_mask_t walks,
                        struct snapshot *s);

void signals_fill(const struct controller *c, const struct layout *l, struct snapshot *s);

#endif
