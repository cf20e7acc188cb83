#include "scan.h"

#include <string.h>

enum { DIGITS_MAX = 18 }; /* fits int64_t whatever the digits are */

bool scan_number(const char **at, int64_t least, int64_t most, int64_t *value)
{
    const char *c = *at;
    const bool is_negative = *c == '-' && least < 0;
    c += is_negative ? 1 : 0;
    int64_t number = 0;
    int32_t digits = 0;
    for (; *c >= '0' && *c <= '9' && digits <= DIGITS_MAX; c++, digits++) {
        number = digits < DIGITS_MAX ? number * 10 + (*c - '0') : number;
    }
    number = is_negative ? -number : number;
    if (digits == 0 || digits > DIGITS_MAX || number < least || number > most) {
        return false;
    }
    *at = c;
    *value = number;
    return true;
}

bool scan_text(const char **at, const char *wanted)
{
    const size_t size = strlen(wanted);
    if (strncmp(*at, wanted, size) != 0) {
        return false;
    }
    *at += size;
    return true;
}

bool scan_whole(const char *text, int64_t least, int64_t most, int64_t *value)
{
    const char *at = text;
    return scan_number(&at, least, most, value) && *at == '\0';
}
