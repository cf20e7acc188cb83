/* status.h: a junction as people see it: wire_status from the junction's state, and the signal
 * letters of RSMP S0001. Only reads. */
#ifndef KAVSAK_STATUS_H
#define KAVSAK_STATUS_H

#include "junction.h"
#include "site.h"
#include "wire.h"

struct status_moment { /* what the junction itself does not keep */
    uint64_t tick;
    uint32_t alarms; /* bit = enum alarm, the unit's own */
    const struct input_frame *in;
    const struct output_frame *out;
    const struct site *site;
};

/* Fills everything but the header's request. */
void status_fill(struct wire_status *s, const struct junction *j, const struct status_moment *m);

/* All names of one kind; fills everything but the header's request. */
void status_fill_names(struct wire_names *n, const struct plan *p, enum wire_names_kind kind);

/* RSMP SXL S0001. What a letter means: reference in status.c, one table. */
char status_letter(const struct junction *j, uint32_t sg_ix, const struct output_frame *out);

#endif
