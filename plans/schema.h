/* schema.h: the table of format.h as a JSON Schema for editors and as Markdown for people. Prints
 * only; what it prints is in docs/plan-format.md and plans/schema/, and a test asserts that it
 * still is. */
#ifndef KAVSAK_SCHEMA_H
#define KAVSAK_SCHEMA_H

#include <stdio.h>

#include "types.h"

/* Draft 7, of one file (enum format_file). */
void schema_print_json(int32_t file, FILE *out);
/* Tables of all keys. */
void schema_print_keys(FILE *out);
/* Defaults and least values by profile and type. */
void schema_print_defaults(FILE *out);
/* All rules: Markdown table, or lines for a terminal. */
void schema_print_rules(FILE *out, bool is_markdown);

#endif
