/* import_sumo.h: a SUMO network's traffic lights as junction directories. Reads NET.net.xml (plain
 * or gzip), makes for each light the four files of a junction and sumo.csv, all through plans' own
 * writer, so that what it makes is checked and proved like any file. A light that cannot be
 * imported is named with the reason; the others go on. What a network leaves open (detectors,
 * intergreens, conflicts of its programme) is decided here and written into comments of the files.
 */
#ifndef KAVSAK_IMPORT_SUMO_H
#define KAVSAK_IMPORT_SUMO_H

#include "diag.h"
#include "plan.h"

struct import_options {
    int32_t profile;      /* enum profile; PROFILE_BENCH allows what follows */
    int32_t yellow_ms;    /* -1: the network's own */
    int32_t all_red_ms;   /* added between conflicting greens; -1: the network's own */
    int32_t min_green_ms; /* 5000 */
    bool places_cameras;  /* zones as well as loops */
};

enum import_note_kind { IMPORT_DONE, IMPORT_REPAIRED, IMPORT_WARNING, IMPORT_LEFT_OUT };

struct import_note {
    int32_t kind;
    char light[160];
    char text[320]; /* what, why, what was done about it */
};

/* Called for each light and each remark, in the order of the file. */
typedef void import_teller(void *self, const struct import_note *note);

/* Writes FOLDER/<name>/ for each light that can be imported; the name is the light's id made fit
 * for a file and unique. folder exists or is made; a junction directory that is there already is
 * refused, not overwritten. *count: directories made. */
MUST_CHECK enum status import_sumo(const char *net_path, const char *folder,
                                   const struct import_options *options, import_teller *teller,
                                   void *self, int32_t *count);

#endif
