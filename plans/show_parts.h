/* show_parts.h: what the parts of the text share. Private to show*.c. */
#ifndef KAVSAK_SHOW_PARTS_H
#define KAVSAK_SHOW_PARTS_H

#include "seconds.h"
#include "show.h"

/* A list of names or words as one line, cut with "..." where it does not fit. */
struct show_list {
    char s[160];
};

/* Text in a column: padded to width characters, of which UTF-8 may need several bytes each. */
void show_cell(FILE *out, const char *text, int32_t width);
/* Time in a column, right-aligned; "-" for 0 or less. */
void show_time(FILE *out, int32_t ms, int32_t width);

struct show_list show_groups_of(const struct plan *p, sg_mask_t sg);
struct show_list show_words_of(int32_t bits, const char *const *word, uint32_t count);

const char *show_sg_type(int32_t type);
const char *show_strategy(int32_t strategy);
const char *show_profile(int32_t profile);
const char *show_flash(int32_t aspect);
const char *show_correction(int32_t correction);
const char *show_reference(int32_t reference);
const char *show_split_mode(int32_t mode);
const char *show_relation(int32_t kind);
const char *show_detector_type(int32_t type);
const char *show_failure(int32_t action);
const char *show_turn(int32_t turn);
struct show_list show_roles(int32_t roles);
struct show_list show_recall(int32_t recall);
struct show_list show_options(int32_t options);

/* Chapters of the text. */
void show_safety(const struct plan *p, FILE *out);
void show_sequence(const struct plan *p, FILE *out);
void show_patterns(const struct plan *p, FILE *out);
void show_schedule(const struct plan *p, FILE *out);
void show_street(const struct plan *p, FILE *out);
void show_detectors(const struct plan *p, const struct site *site, FILE *out);
void show_links(const struct site *site, FILE *out);

#endif
