/* json.h: JSON (RFC 8259) as a form of payload.h: the emitter, and the reader of what others send.
 * Only json.c knows cJSON. The reader judges before it parses: size, depth, zeros, UTF-8. */
#ifndef KAVSAK_JSON_H
#define KAVSAK_JSON_H

#include "payload.h"

extern const struct payload_form json_form;

/* STATUS_INVALID: not one JSON value, or beyond the limits of payload.h, or a key twice in a map.
 * The tree then holds nothing. */
MUST_CHECK enum status json_read(const void *bytes, size_t size, struct value_tree *tree);

#endif
