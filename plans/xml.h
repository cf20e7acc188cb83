/* xml.h: elements of an XML file, plain or gzip, one after the other. The only wrapper of libexpat.
 * Knows nothing of what they mean; nothing outside the file is ever fetched. */
#ifndef KAVSAK_XML_H
#define KAVSAK_XML_H

#include "types.h"

enum { XML_ERROR_BYTES = 256 };

/* attributes: name, value, name, value, NULL; valid during the call only. False ends the reading
 * with STATUS_REFUSED. */
typedef bool xml_opener(void *self, const char *element, const char *const *attributes);
typedef void xml_closer(void *self, const char *element);

struct xml_handler {
    xml_opener *open;
    xml_closer *close; /* may be NULL */
    void *self;
    uint64_t *line; /* set to where the element stands before each call; may be NULL */
};

/* STATUS_IO: cannot be read; STATUS_INVALID: is not XML; error says what and where. */
MUST_CHECK enum status xml_read(const char *path, const struct xml_handler *handler,
                                char error[XML_ERROR_BYTES]);

/* NULL: not given. */
const char *xml_get(const char *const *attributes, const char *name);

#endif
