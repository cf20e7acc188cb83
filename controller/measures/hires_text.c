#include "hires_text.h"

char *hires_text_number(char *at, int64_t value)
{
    char digits[HIRES_TEXT_NUMBER_BYTES];
    uint32_t count = 0;
    uint64_t left = (uint64_t)value;
    if (value < 0) {
        *at++ = '-';
        left = 0 - left;
    }
    do {
        digits[count++] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    while (count > 0) {
        *at++ = digits[--count];
    }
    return at;
}

char *hires_text_words(char *at, const char *words, size_t most)
{
    for (size_t i = 0; i < most && words[i] != '\0'; i++) {
        *at++ = words[i];
    }
    return at;
}
