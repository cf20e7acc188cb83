/* text_file.h: lines of a text file, plain or gzip. The only wrapper of zlib for reading. Decides
 * nothing about what the lines say. Owned by its creator. */
#ifndef KAVSAK_TEXT_FILE_H
#define KAVSAK_TEXT_FILE_H

#include "types.h"

enum { TEXT_LINE_BYTES = 512 };

struct text_file;

/* NULL: it cannot be opened; errno says why. */
struct text_file *text_file_open(const char *path);
void text_file_close(struct text_file *f);

/* The next line without its end, valid until the next call; lines are counted from 1 in *number.
 * STATUS_NOT_FOUND: the end. STATUS_INVALID: longer than TEXT_LINE_BYTES, or not text; the next
 * call goes on behind it. STATUS_IO: the file cannot be read, or its compression is damaged. */
MUST_CHECK enum status text_file_line(struct text_file *f, const char **line, int64_t *number);

#endif
