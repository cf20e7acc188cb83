#include "cli.h"

#include <stdarg.h>
#include <stdio.h>

void cli_say_usage(const char *name, const char *format, ...)
{
    va_list list;
    (void)fprintf(stderr, "kavsak %s: ", name);
    va_start(list, format);
    (void)vfprintf(stderr, format, list);
    va_end(list);
    (void)fprintf(stderr, "\nTry 'kavsak help %s'.\n", name);
}
