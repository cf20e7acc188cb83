/* suggest.h: "did you mean": which known word a mistyped one is nearest to. Pure. */
#ifndef KAVSAK_SUGGEST_H
#define KAVSAK_SUGGEST_H

#include "types.h"

enum { SUGGEST_WORD_MAX = 32 };

/* Single-character changes between two words (insert, delete, replace, swap of neighbours), at most
 * SUGGEST_WORD_MAX; longer words are as far as that. */
uint32_t suggest_distance(const char *a, const char *b);

/* The nearest of count words, or NULL if none is near: at most one change for each three letters
 * typed, or one that begins with what was typed. */
const char *suggest(const char *typed, const char *const *word, size_t count);

#endif
