/* hires_text.h: puts numbers and words into a line that has room for them. Decides nothing; who
 * calls knows the longest line. Owned by nobody: it keeps nothing. */
#ifndef KAVSAK_HIRES_TEXT_H
#define KAVSAK_HIRES_TEXT_H

#include "types.h"

enum { HIRES_TEXT_NUMBER_BYTES = 20 }; /* the longest number, with its sign */

/* Both return where the text goes on and write no end. */
char *hires_text_number(char *at, int64_t value);
/* At most `most` characters of it. */
char *hires_text_words(char *at, const char *words, size_t most);

#endif
