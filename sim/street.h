/* street.h: the street between emulated cabinets, in real time: lamps as they burn go to the
 * microsimulator, loops and buttons come back as inputs of the cabinets. Takes geometry and wiring
 * of the inputs from the junction directories; the cabinet's monitor does not, it has a file of its
 * own. Decides nothing: microsim.h says how people drive. No clock: the program brings its own.
 * Allocates when created, not while it runs. */
#ifndef KAVSAK_STREET_H
#define KAVSAK_STREET_H

#include "cabinet_emu.h"
#include "demand.h"
#include "diag.h"
#include "microsim.h"

enum { STREET_JSON_BYTES = 512 };

struct street;

/* NULL: *status and diag or *why say what is wrong, *why being static text or NULL. */
struct street *street_create(char *const *folders, uint32_t folder_count, const char *demand_path,
                             uint64_t seed, struct diag *diag, const char **why,
                             enum status *status);
void street_destroy(struct street *s);

/* Where site.yaml says the controller finds the cabinet of one junction. */
int32_t street_port(const struct street *s, uint32_t junction_ix);
int32_t street_unit(const struct street *s, uint32_t junction_ix);
const char *street_name(const struct street *s, uint32_t junction_ix);

/* Makes the steps of 100 ms that are due; the first call starts the clock. emu[i] is the cabinet of
 * junction i. More than a second behind (a stopped process), the time until now is lost, and
 * counted as such in street_json(). */
void street_run(struct street *s, struct cabinet_emu *const *emu, int64_t now_ms);

struct microsim_totals street_totals(const struct street *s);
/* The totals as one JSON object. */
void street_json(const struct street *s, char text[STREET_JSON_BYTES]);

#endif
