#include "suggest.h"

#include <string.h>

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment; row i of the table needs the two rows above it. */
uint32_t suggest_distance(const char *a, const char *b)
{
    const size_t a_length = strnlen(a, SUGGEST_WORD_MAX + 1);
    const size_t b_length = strnlen(b, SUGGEST_WORD_MAX + 1);
    if (a_length > SUGGEST_WORD_MAX || b_length > SUGGEST_WORD_MAX) {
        return SUGGEST_WORD_MAX;
    }
    uint32_t table[SUGGEST_WORD_MAX + 1][SUGGEST_WORD_MAX + 1];
    for (uint32_t j = 0; j <= b_length; j++) {
        table[0][j] = j;
    }
    for (uint32_t i = 1; i <= a_length; i++) {
        table[i][0] = i;
        for (uint32_t j = 1; j <= b_length; j++) {
            const uint32_t differs = a[i - 1] == b[j - 1] ? 0 : 1;
            uint32_t best = least(table[i - 1][j], table[i][j - 1]) + 1;
            best = least(best, table[i - 1][j - 1] + differs);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                best = least(best, table[i - 2][j - 2] + 1);
            }
            table[i][j] = best;
        }
    }
    return table[a_length][b_length];
}

const char *suggest(const char *typed, const char *const *word, size_t count)
{
    const size_t length = strlen(typed);
    const char *nearest = NULL; /* only what is below this distance is near */
    uint32_t fewest_changes = (uint32_t)least((uint32_t)length, SUGGEST_WORD_MAX) / 3 + 1;
    for (size_t i = 0; i < count; i++) {
        const bool begins = length >= 2 && strncmp(word[i], typed, length) == 0;
        const uint32_t changes = begins ? 0 : suggest_distance(typed, word[i]);
        if (changes < fewest_changes) {
            nearest = word[i];
            fewest_changes = changes;
        }
    }
    return nearest;
}
