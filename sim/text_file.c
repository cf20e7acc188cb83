#include "text_file.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

struct text_file {
    gzFile file;
    int64_t number;
    char line[TEXT_LINE_BYTES];
};

struct text_file *text_file_open(const char *path)
{
    struct text_file *f = calloc(1, sizeof *f);
    if (f == NULL) {
        return NULL;
    }
    f->file = gzopen(path, "rb"); /* reads plain files as they are */
    if (f->file == NULL) {
        free(f);
        return NULL;
    }
    return f;
}

void text_file_close(struct text_file *f)
{
    if (f != NULL) {
        (void)gzclose(f->file);
        free(f);
    }
}

/* A file that was cut off inside its compression reads like one that ended, but for its error. */
static enum status say_end(const struct text_file *f)
{
    int code = Z_OK;
    (void)gzerror(f->file, &code);
    return code == Z_OK || code == Z_STREAM_END ? STATUS_NOT_FOUND : STATUS_IO;
}

enum status text_file_line(struct text_file *f, const char **line, int64_t *number)
{
    size_t used = 0;
    bool is_text = true;
    f->number++;
    *number = f->number;
    *line = f->line;
    for (int byte = gzgetc(f->file); byte != '\n'; byte = gzgetc(f->file)) {
        if (byte < 0 && ((used == 0 && is_text) || say_end(f) == STATUS_IO)) {
            return say_end(f);
        }
        if (byte < 0) {
            break;
        }
        if (used + 1 == sizeof f->line || byte == '\0') {
            is_text = false; /* the rest of it is passed over, so that reading can go on */
        }
        if (is_text) {
            f->line[used++] = (char)byte;
        }
    }
    if (!is_text) {
        return STATUS_INVALID;
    }
    used -= used > 0 && f->line[used - 1] == '\r' ? 1 : 0;
    f->line[used] = '\0';
    return STATUS_OK;
}
