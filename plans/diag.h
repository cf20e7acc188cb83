/* diag.h: findings about a person's file: all of them, in order, each with file, line, column, what
 * was expected and what to do, and the number of the rule. Bounded: after DIAG_MAX it counts on.
 * Numbers of rules are never reused. */
#ifndef KAVSAK_DIAG_H
#define KAVSAK_DIAG_H

#include <stdio.h>

#include "types.h"

enum { DIAG_MAX = 200, DIAG_TEXT_BYTES = 320, DIAG_FILE_BYTES = 256 };

enum diag_level { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE };

struct diag_item {
    int32_t level;        /* enum diag_level */
    int32_t rule;         /* 14 is printed as P014 */
    int32_t line, column; /* 1-based; 0: the file as a whole */
    char file[DIAG_FILE_BYTES];
    char text[DIAG_TEXT_BYTES];
};

struct diag {
    uint32_t count, errors, warnings;
    struct diag_item item[DIAG_MAX];
};

/* Where in a file something was said. */
struct diag_at {
    const char *file;
    int32_t line, column;
};

void diag_add(struct diag *d, enum diag_level level, int32_t rule, struct diag_at at,
              const char *format, ...) __attribute__((format(printf, 5, 6)));

/* gcc-style, with the source line and a caret; colour if use_colour. */
void diag_print(const struct diag *d, FILE *out, bool use_colour);
void diag_print_json(const struct diag *d, FILE *out);

#endif
