/* seconds.h: milliseconds as people read them: "12.5". Never depends on the locale. */
#ifndef KAVSAK_SECONDS_H
#define KAVSAK_SECONDS_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

struct seconds_text {
    char s[16];
};

/* Tenths, the tick of a controller; what is finer is cut. */
static inline struct seconds_text seconds_text(int32_t ms)
{
    struct seconds_text text;
    (void)snprintf(text.s, sizeof text.s, "%" PRId32 ".%" PRId32, ms / 1000, ms % 1000 / 100);
    return text;
}

#endif
