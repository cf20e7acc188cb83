/* cbor.h: CBOR (RFC 8949) as a form of payload.h: the emitter, with definite lengths and shortest
 * integers, and the reader of what others send. Only cbor.c knows libcbor, and of it only the
 * streaming decoder and the encoder, which allocate nothing: the library's own tree takes the
 * memory that a message claims to need. */
#ifndef KAVSAK_CBOR_H
#define KAVSAK_CBOR_H

#include "payload.h"

extern const struct payload_form cbor_form;

/* STATUS_INVALID: not one CBOR item of the JSON data model, or beyond the limits of payload.h, or a
 * key twice in a map. The tree then holds nothing. Tag 0 (a time as text) is accepted and ignored.
 */
MUST_CHECK enum status cbor_read(const void *bytes, size_t size, struct value_tree *tree);

#endif
