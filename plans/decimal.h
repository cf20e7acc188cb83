/* decimal.h: what people write as numbers, to scaled integers, exactly: "7.5" with one decimal
 * is 75. No floating point and no locale: a comma is an error with a name, never a separator. */
#ifndef KAVSAK_DECIMAL_H
#define KAVSAK_DECIMAL_H

#include "types.h"

enum decimal_result {
    DECIMAL_OK,
    DECIMAL_NOT_A_NUMBER,
    DECIMAL_COMMA,       /* would be a number if the comma were a point */
    DECIMAL_TOO_PRECISE, /* more decimals than the field has */
    DECIMAL_TOO_LARGE    /* does not fit */
};

enum { DECIMAL_PLACES_MAX = 6 };

/* text times 10^places into *scaled; places 0 to DECIMAL_PLACES_MAX. On failure *scaled is
 * untouched. */
MUST_CHECK enum decimal_result decimal_parse(const char *text, int32_t places, int32_t *scaled);

/* The way back, without trailing zeros beyond least_places: 7500, 3, 1 is "7.5". */
const char *decimal_format(int32_t scaled, int32_t places, int32_t least_places, char *buffer,
                           size_t size);

#endif
