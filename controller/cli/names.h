/* names.h: what people call the groups, stages, plans and detectors of one junction, for numbers on
 * the wire and back. Filled from a running daemon (client_ask_names) or from a directory. */
#ifndef KAVSAK_NAMES_H
#define KAVSAK_NAMES_H

#include "plan.h"
#include "wire.h"

enum { NAMES_TEXT_BYTES = 64 };

struct names {
    struct wire_names kind[WIRE_NAMES_KIND_COUNT];
};

void names_of_plan(struct names *names, const struct plan *plan);

/* The name that belongs to a number; names NULL or without it: what is meant with its number,
 * "stage 3". Groups and
 * detectors: their place, from 1. */
void names_say(const struct names *names, enum wire_names_kind kind, int32_t number,
               char text[NAMES_TEXT_BYTES]);

/* The groups of an Indiana phase, of vehicles or of pedestrians: "V1", "V1+V3"; "phase 5" if there
 * are none. */
void names_say_phase(const struct names *names, int32_t phase_id, bool is_pedestrian,
                     char text[NAMES_TEXT_BYTES]);

/* The detector of a channel of the log, or the button of one; "channel 5" if there is none. */
void names_say_channel(const struct names *names, int32_t channel, bool is_button,
                       char text[NAMES_TEXT_BYTES]);

/* The other way: a name, or a number that exists (groups and detectors: their place, from 1, as
 * kavsak status shows it). False: neither. */
bool names_find(const struct names *names, enum wire_names_kind kind, const char *text,
                int32_t *number);

/* All names of a kind, separated by blanks, for a sentence about one that does not exist. */
void names_list(const struct names *names, enum wire_names_kind kind, char *text, size_t room);

#endif
