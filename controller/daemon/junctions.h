/* junctions.h: the directories of the command line as checked plans, or every finding about them on
 * standard error. Main thread, before the first tick and at reload. */
#ifndef KAVSAK_JUNCTIONS_H
#define KAVSAK_JUNCTIONS_H

#include "load.h"
#include "unit.h"

struct junctions {
    uint32_t count;
    struct plan *plan; /* count of each, in the order of the command line */
    struct site *site;
    struct unit_source *source;
    char **text;         /* what kavsak show prints of each */
    uint32_t link_count; /* that need a thread */
};

/* STATUS_INVALID: a directory has errors; _IO: cannot be read; _REFUSED: not on this cabinet link.
 * All directories are read and all their findings printed, whatever the first says. */
MUST_CHECK enum status junctions_load(struct junctions *j, uint32_t count,
                                      const char *const *directory);
void junctions_free(struct junctions *j);

#endif
