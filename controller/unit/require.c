/* The end of a program that found a bug of its own: one line for the log, then no heartbeat. */
#include "require.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void require_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "<0>%s:%d: bug: %s does not hold; stopping so that the cabinet flashes\n",
                  file, line, condition);
    abort();
}
