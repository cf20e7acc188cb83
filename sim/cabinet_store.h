/* cabinet_store.h: what an emulated cabinet keeps through a power failure (its latch, counts and
 * last epoch), as a small file of words, replaced whole. And the log of what its lamps and inputs
 * did. */
#ifndef KAVSAK_CABINET_STORE_H
#define KAVSAK_CABINET_STORE_H

#include <stdio.h>

#include "cabinet_emu.h"

/* STATUS_NOT_FOUND: no file yet, memory zeroed. STATUS_INVALID: a file that is not ours; latch set,
 * because what was lost may have been a latch. */
MUST_CHECK enum status store_load(const char *path, struct cabinet_memory *memory);
MUST_CHECK enum status store_save(const char *path, const struct cabinet_memory *memory);

/* A line "mono_ms wall_ms cabinet word number value"; docs/cabinet.md lists the words. */
void store_log(FILE *file, int64_t mono_ms, int64_t wall_ms, int32_t cabinet,
               enum cabinet_note note, int32_t number, int32_t value);

#endif
