/* reading.h: what others send, in whichever form: the first byte tells (rsmp.md, choice 3). */
#ifndef KAVSAK_READING_H
#define KAVSAK_READING_H

#include "payload.h"

/* The root of what was read into the tree; NULL: not a well-formed value within our bounds. */
const struct value *reading_take(const void *bytes, size_t size, struct value_tree *tree);

/* The form that an answer to this should have: that of the question. */
const struct payload_form *reading_form(const void *bytes, size_t size,
                                        const struct payload_form *otherwise);

#endif
