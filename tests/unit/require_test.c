/* In tests a broken REQUIRE is a failure that names its place. */
#include "require.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void require_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: REQUIRE(%s) failed\n", file, line, condition);
    abort();
}
