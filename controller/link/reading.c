#include "reading.h"

#include "cbor.h"
#include "json.h"

/* What we are sent is a map, or JSON's blanks before one; cameras also say plain numbers and words,
 * as text. Only maps and arrays of CBOR begin with a byte that is none of JSON's. */
static bool is_cbor(const uint8_t *bytes, size_t size)
{
    return size > 0 && bytes[0] >= 0x80;
}

const struct value *reading_take(const void *bytes, size_t size, struct value_tree *tree)
{
    const enum status status =
        is_cbor(bytes, size) ? cbor_read(bytes, size, tree) : json_read(bytes, size, tree);
    return status == STATUS_OK ? value_root(tree) : NULL;
}

const struct payload_form *reading_form(const void *bytes, size_t size,
                                        const struct payload_form *otherwise)
{
    if (size == 0) {
        return otherwise;
    }
    return is_cbor(bytes, size) ? &cbor_form : &json_form;
}
