/* check.h: the rules between values: of one file and across files. Run over what was read, however
 * much of it was wrong, so that one run shows everything. Never changes the plan. Internal to
 * plans/. */
#ifndef KAVSAK_CHECK_H
#define KAVSAK_CHECK_H

#include "read.h"

void check_all(struct reader *r);

void check_safety(struct reader *r);
void check_lanes(struct reader *r);
void check_sequence(struct reader *r); /* stages, phases, overlaps, relations */
void check_patterns(struct reader *r);
void check_rings(struct reader *r); /* splits and coordination of ring plans */
void check_schedule(struct reader *r);
void check_site(struct reader *r);
void check_proof(struct reader *r); /* plan_prove, with places */

#endif
