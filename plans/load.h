/* load.h: from a junction directory to frozen data: read the four files, check every rule, prove
 * that no stage, phase combination, transition or pattern can show a conflict, cut a minimum or
 * starve a group. Either everything is filled or nothing is: a refused directory leaves *plan and
 * *site as they were. */
#ifndef KAVSAK_LOAD_H
#define KAVSAK_LOAD_H

#include "diag.h"
#include "plan.h"
#include "site.h"

/* STATUS_OK (warnings possible), STATUS_INVALID (diag says why), STATUS_IO (a file cannot be read;
 * diag too), STATUS_REFUSED (fine, but not for this cabinet link: unsigned or bench profile on a
 * real one). */
MUST_CHECK enum status plan_load(const char *directory, struct plan *plan, struct site *site,
                                 struct diag *diag);

#endif
