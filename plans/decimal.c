#include "decimal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits before the point, the point, digits after it; no sign but minus, no exponent. */
enum decimal_result decimal_parse(const char *text, int32_t places, int32_t *scaled)
{
    REQUIRE(places >= 0 && places <= DECIMAL_PLACES_MAX);
    const char *p = text;
    const bool is_negative = *p == '-';
    if (is_negative) {
        p++;
    }
    if (!is_digit(*p)) {
        return DECIMAL_NOT_A_NUMBER;
    }
    int64_t value = 0;
    bool is_large = false;
    bool has_comma = false;
    int32_t decimals = -1; /* digits after the point; -1 before it */
    for (; *p != '\0'; p++) {
        if ((*p == '.' || *p == ',') && decimals < 0 && is_digit(p[1])) {
            has_comma = *p == ',';
            decimals = 0;
        } else if (!is_digit(*p)) {
            return DECIMAL_NOT_A_NUMBER;
        } else if (!is_large && decimals < places) {
            value = value * 10 + (*p - '0');
            decimals += decimals >= 0 ? 1 : 0;
            is_large = value > INT32_MAX;
        } else {
            decimals += decimals >= 0 ? 1 : 0;
        }
    }
    if (has_comma) {
        return DECIMAL_COMMA;
    }
    if (decimals > places) {
        return DECIMAL_TOO_PRECISE;
    }
    for (int32_t i = max_i32(decimals, 0); i < places && !is_large; i++) {
        value *= 10;
        is_large = value > INT32_MAX;
    }
    if (is_large) {
        return DECIMAL_TOO_LARGE;
    }
    *scaled = (int32_t)(is_negative ? -value : value);
    return DECIMAL_OK;
}

const char *decimal_format(int32_t scaled, int32_t places, int32_t least_places, char *buffer,
                           size_t size)
{
    REQUIRE(places >= 0 && places <= DECIMAL_PLACES_MAX && least_places <= places);
    const int64_t magnitude = scaled < 0 ? -(int64_t)scaled : scaled;
    int64_t unit = 1;
    for (int32_t i = 0; i < places; i++) {
        unit *= 10;
    }
    int64_t fraction = magnitude % unit;
    int32_t shown = places;
    while (shown > least_places && fraction % 10 == 0) {
        fraction /= 10;
        shown--;
    }
    const char *sign = scaled < 0 ? "-" : "";
    if (shown == 0) {
        (void)snprintf(buffer, size, "%s%" PRId64, sign, magnitude / unit);
    } else {
        (void)snprintf(buffer, size, "%s%" PRId64 ".%0*" PRId64, sign, magnitude / unit, shown,
                       fraction);
    }
    return buffer;
}
