/* packed.h: files that zlib may have packed, read from their beginning; and files that are whole or
 * not there, plain or packed. The tool's only wrapper of zlib. Knows nothing of what the bytes
 * mean. Owned by the caller. */
#ifndef KAVSAK_PACKED_H
#define KAVSAK_PACKED_H

#include "types.h"

enum { PACKED_SAYS_BYTES = 160, PACKED_PATH_BYTES = 512 };

struct packed_file;

/* NULL: it cannot be opened; errno says why. */
struct packed_file *packed_open(const char *path);
void packed_close(struct packed_file *f);

/* Up to room bytes; fewer only at the end. Zlib and gzip are unpacked, other files come as they
 * are. STATUS_INVALID: the packing is broken or cut off; STATUS_IO. */
MUST_CHECK enum status packed_read(struct packed_file *f, uint8_t *bytes, size_t room, size_t *got);

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZLIB };

struct packed_out;

/* Writes into a file beside the one that is meant. NULL path: standard output, as it is. NULL: no
 * such file can be made; errno says why. */
struct packed_out *packed_create(const char *path, enum packing packing);

/* A failure is kept and told by packed_finish(). */
void packed_put(struct packed_out *f, const void *bytes, size_t size);

/* With is_good the file appears under its name, synced; without, nothing is left of it. Frees f.
 * STATUS_IO: nothing is left; errno says why. */
MUST_CHECK enum status packed_finish(struct packed_out *f, bool is_good);

#endif
