/* words.h: enumerations as people read them, one table each; "?" for a number that has no word. */
#ifndef KAVSAK_WORDS_H
#define KAVSAK_WORDS_H

#include "types.h"

const char *word_mode(int32_t mode);
const char *word_strategy(int32_t strategy);
const char *word_reason(int32_t reason);
const char *word_aspect(int32_t aspect);
const char *word_link(int32_t link_state);
const char *word_lease(int32_t lease_state);
const char *word_health(int32_t detector_health);
const char *word_guard(int32_t guard_fault);
const char *word_alarm(int32_t alarm);
const char *word_coord(int32_t coord_state);
const char *word_result(int32_t command_result);
const char *word_command(int32_t command_kind);
const char *word_flash(int32_t unit_flash_status); /* NTCIP 1202 */
const char *word_monitor(int32_t fault);           /* of the cabinet's map, docs/cabinet.md */
const char *word_gap(int32_t reason);
const char *word_binding(int32_t search_binding);

/* The number of a strategy's word, or -1. */
int32_t word_find_strategy(const char *word);

/* none, min, max, ped, soft: bits of enum recall; off, on, auto: 0, 1, -1. False: no such word. */
bool word_find_recall(const char *word, int32_t *bits);
bool word_find_force(const char *word, int32_t *value);

#endif
