/* show.h: a junction as Kavşak understood it, defaults included, for people and for scripts. Text
 * is at most 100 columns of plain characters, made to be read in a terminal and compared in a
 * review; JSON has keys that stay. Decides nothing and judges nothing but by asking the prover. */
#ifndef KAVSAK_SHOW_H
#define KAVSAK_SHOW_H

#include <stdio.h>

#include "plan.h"
#include "site.h"

/* Both take a plan whose indices are in range: loaded, or built as loaded ones are. */
void show_plan(const struct plan *p, const struct site *site, FILE *out);
void show_plan_json(const struct plan *p, const struct site *site, FILE *out);

/* The text of show_plan, to be freed; NULL: no memory. Plays the whole plan to prove it, so not for
 * a tick. */
char *show_plan_text(const struct plan *p, const struct site *site);

/* The lamps of a timed pattern over its cycle, everybody calling: one row for each group, one
 * character for each cell of time. */
enum { SHOW_CELL_MAX = 72 };

struct show_bars {
    int32_t cell_ms;
    int32_t cell_count;
    char row[SG_MAX][SHOW_CELL_MAX + 1];
};

/* False: the pattern does not run by a clock. */
bool show_read_bars(const struct plan *p, int32_t pattern_ix, struct show_bars *out);

#endif
