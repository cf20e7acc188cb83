#include "packed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

enum {
    CHUNK_BYTES = 65536,
    WINDOW_ANY = 15 + 32, /* the largest window; zlib or gzip, whichever it is (zlib.h) */
    WINDOW_ZLIB = 15,
    WINDOW_GZIP = 15 + 16
};

struct packed_file {
    FILE *file;
    bool is_packed, is_over;
    z_stream z;
    uint8_t in[CHUNK_BYTES];
};

/* Gzip's magic, or a zlib header: method 8 and a sum that 31 divides (RFC 1950, 2.2), which no log
 * begins with that is text. */
static bool looks_packed(const uint8_t *bytes, size_t size)
{
    return size >= 2 && ((bytes[0] == 0x1f && bytes[1] == 0x8b) ||
                         ((bytes[0] & 0x0f) == 8 && (bytes[0] << 8 | bytes[1]) % 31 == 0));
}

struct packed_file *packed_open(const char *path)
{
    struct packed_file *f = calloc(1, sizeof *f);
    if (f == NULL) {
        return NULL;
    }
    f->file = fopen(path, "rbe");
    if (f->file == NULL) {
        free(f);
        return NULL;
    }
    f->z.next_in = f->in;
    f->z.avail_in = (uInt)fread(f->in, 1, sizeof f->in, f->file);
    f->is_packed = looks_packed(f->in, f->z.avail_in);
    if (f->is_packed && inflateInit2(&f->z, WINDOW_ANY) != Z_OK) {
        (void)fclose(f->file);
        free(f);
        errno = ENOMEM;
        return NULL;
    }
    return f;
}

void packed_close(struct packed_file *f)
{
    if (f != NULL) {
        if (f->is_packed) {
            (void)inflateEnd(&f->z);
        }
        (void)fclose(f->file);
        free(f);
    }
}

static void fill(struct packed_file *f)
{
    if (f->z.avail_in == 0) {
        f->z.next_in = f->in;
        f->z.avail_in = (uInt)fread(f->in, 1, sizeof f->in, f->file);
    }
}

/* One turn: some bytes, or the end. */
static enum status read_some(struct packed_file *f, uint8_t *bytes, size_t room, size_t *got)
{
    *got = 0;
    fill(f);
    if (ferror(f->file) != 0) {
        return STATUS_IO;
    }
    if (!f->is_packed) {
        *got = f->z.avail_in < room ? f->z.avail_in : room;
        memcpy(bytes, f->z.next_in, *got);
        f->z.next_in += *got;
        f->z.avail_in -= (uInt)*got;
        f->is_over = *got == 0;
        return STATUS_OK;
    }
    f->z.next_out = bytes;
    f->z.avail_out = (uInt)(room < CHUNK_BYTES ? room : CHUNK_BYTES);
    const uInt asked = f->z.avail_out;
    const int code =
        inflate(&f->z, Z_NO_FLUSH); /* no input left: what is still inside, or an error */
    *got = asked - f->z.avail_out;
    f->is_over = code == Z_STREAM_END;
    return code == Z_OK || code == Z_STREAM_END ? STATUS_OK : STATUS_INVALID;
}

enum status packed_read(struct packed_file *f, uint8_t *bytes, size_t room, size_t *got)
{
    *got = 0;
    while (*got < room && !f->is_over) { /* ends: each turn brings bytes, the end or an error */
        size_t some = 0;
        const enum status status = read_some(f, bytes + *got, room - *got, &some);
        *got += some;
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* Writing. */

struct packed_out {
    FILE *file;
    bool is_named, is_packed;
    int error; /* errno of the first failure, 0 none */
    z_stream z;
    char path[PACKED_PATH_BYTES], temporary[PACKED_PATH_BYTES];
    uint8_t out[CHUNK_BYTES];
};

static bool open_temporary(struct packed_out *f, const char *path)
{
    const int length = snprintf(f->temporary, sizeof f->temporary, "%s.XXXXXX", path);
    if (length < 0 || (size_t)length >= sizeof f->temporary) {
        errno = ENAMETOOLONG;
        return false;
    }
    (void)snprintf(f->path, sizeof f->path, "%s", path);
    const int fd = mkstemp(f->temporary);
    f->file = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (f->file != NULL) {
        f->is_named = true;
        return true;
    }
    const int error = errno;
    if (fd >= 0) {
        (void)close(fd);
        (void)unlink(f->temporary);
    }
    errno = error;
    return false;
}

static bool begin_packing(struct packed_out *f, enum packing packing)
{
    f->is_packed = packing != PACKING_NONE;
    if (f->is_packed && deflateInit2(&f->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
                                     packing == PACKING_GZIP ? WINDOW_GZIP : WINDOW_ZLIB, 8,
                                     Z_DEFAULT_STRATEGY) != Z_OK) {
        return false;
    }
    return true;
}

/* Nothing is left of it. */
static void discard(struct packed_out *f)
{
    if (f->is_named) {
        (void)fclose(f->file);
        (void)unlink(f->temporary);
    }
}

struct packed_out *packed_create(const char *path, enum packing packing)
{
    struct packed_out *f = calloc(1, sizeof *f);
    if (f == NULL) {
        return NULL;
    }
    if (path == NULL) {
        f->file = stdout;
    } else if (!open_temporary(f, path)) {
        free(f);
        return NULL;
    }
    if (!begin_packing(f, packing)) {
        discard(f);
        free(f);
        errno = ENOMEM;
        return NULL;
    }
    return f;
}

static void put_plain(struct packed_out *f, const void *bytes, size_t size)
{
    if (f->error == 0 && fwrite(bytes, 1, size, f->file) != size) {
        f->error = errno != 0 ? errno : EIO;
    }
}

static void deflate_all(struct packed_out *f, int flush)
{
    int code = Z_OK;
    do { /* ends: all input is taken, and for the last call all output given */
        f->z.next_out = f->out;
        f->z.avail_out = sizeof f->out;
        code = deflate(&f->z, flush);
        put_plain(f, f->out, sizeof f->out - f->z.avail_out);
    } while (f->error == 0 && f->z.avail_out == 0 && code == Z_OK);
}

void packed_put(struct packed_out *f, const void *bytes, size_t size)
{
    if (!f->is_packed) {
        put_plain(f, bytes, size);
        return;
    }
    const uint8_t *from = bytes;
    for (size_t at = 0; at < size; at += CHUNK_BYTES) {
        uint8_t chunk[CHUNK_BYTES]; /* zlib's input is not const */
        const size_t some = size - at < sizeof chunk ? size - at : sizeof chunk;
        memcpy(chunk, from + at, some);
        f->z.next_in = chunk;
        f->z.avail_in = (uInt)some;
        deflate_all(f, Z_NO_FLUSH);
    }
}

/* Synced, closed and under its name. */
static void settle(struct packed_out *f)
{
    const int fd = fileno(f->file);
    if (fflush(f->file) != 0 || fchmod(fd, 0644) != 0 || fsync(fd) != 0) {
        f->error = errno;
        discard(f);
        return;
    }
    if (fclose(f->file) != 0 || rename(f->temporary, f->path) != 0) {
        f->error = errno;
        (void)unlink(f->temporary);
    }
}

enum status packed_finish(struct packed_out *f, bool is_good)
{
    if (f->is_packed) {
        if (is_good) {
            deflate_all(f, Z_FINISH);
        }
        (void)deflateEnd(&f->z);
    }
    if (!f->is_named) {
        f->error = f->error == 0 && fflush(f->file) != 0 ? errno : f->error;
    } else if (is_good && f->error == 0) {
        settle(f);
    } else {
        discard(f);
    }
    const int error = f->error;
    free(f);
    errno = error;
    return error == 0 ? STATUS_OK : STATUS_IO;
}
