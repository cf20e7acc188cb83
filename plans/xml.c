#include "xml.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <expat.h>
#include <zlib.h>

enum { XML_CHUNK_BYTES = 65536 };

struct reading {
    const struct xml_handler *handler;
    XML_Parser parser;
    bool is_stopped;
};

static void tell_line(const struct reading *r)
{
    if (r->handler->line != NULL) {
        *r->handler->line = XML_GetCurrentLineNumber(r->parser);
    }
}

static void on_open(void *user, const XML_Char *name, const XML_Char **attributes)
{
    struct reading *r = user;
    tell_line(r);
    if (!r->is_stopped &&
        !r->handler->open(r->handler->self, name, (const char *const *)attributes)) {
        r->is_stopped = true;
        (void)XML_StopParser(r->parser, XML_FALSE);
    }
}

static void on_close(void *user, const XML_Char *name)
{
    struct reading *r = user;
    tell_line(r);
    if (!r->is_stopped && r->handler->close != NULL) {
        r->handler->close(r->handler->self, name);
    }
}

static enum status say_syntax(const struct reading *r, const char *path, char *error)
{
    if (r->is_stopped) {
        return STATUS_REFUSED;
    }
    (void)snprintf(error, XML_ERROR_BYTES, "%.140s:%lu: not XML: %s", path,
                   (unsigned long)XML_GetCurrentLineNumber(r->parser),
                   XML_ErrorString(XML_GetErrorCode(r->parser)));
    return STATUS_INVALID;
}

static enum status read_chunks(const struct reading *r, gzFile file, const char *path, char *error)
{
    for (bool is_last = false; !is_last;) {
        void *buffer = XML_GetBuffer(r->parser, XML_CHUNK_BYTES);
        if (buffer == NULL) {
            (void)snprintf(error, XML_ERROR_BYTES, "%.200s: no memory", path);
            return STATUS_NO_SPACE;
        }
        const int got = gzread(file, buffer, XML_CHUNK_BYTES);
        if (got < 0) {
            int code = Z_OK;
            const char *why = gzerror(file, &code);
            (void)snprintf(error, XML_ERROR_BYTES, "%.140s: %.100s", path,
                           code == Z_ERRNO ? strerror(errno) : why);
            return STATUS_IO;
        }
        is_last = got == 0;
        if (XML_ParseBuffer(r->parser, got, is_last ? XML_TRUE : XML_FALSE) != XML_STATUS_OK) {
            return say_syntax(r, path, error);
        }
    }
    return STATUS_OK;
}

enum status xml_read(const char *path, const struct xml_handler *handler,
                     char error[XML_ERROR_BYTES])
{
    error[0] = '\0';
    gzFile file = gzopen(path, "rb"); /* reads plain files as they are */
    if (file == NULL) {
        (void)snprintf(error, XML_ERROR_BYTES, "%.140s: %.100s", path,
                       errno != 0 ? strerror(errno) : "no memory");
        return STATUS_IO;
    }
    struct reading r = { .handler = handler, .parser = XML_ParserCreate(NULL) };
    if (r.parser == NULL) {
        (void)gzclose(file);
        (void)snprintf(error, XML_ERROR_BYTES, "%.200s: no memory", path);
        return STATUS_NO_SPACE;
    }
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_open, on_close);
    const enum status status = read_chunks(&r, file, path, error);
    XML_ParserFree(r.parser);
    (void)gzclose(file);
    return status;
}

const char *xml_get(const char *const *attributes, const char *name)
{
    for (; *attributes != NULL; attributes += 2) {
        if (strcmp(attributes[0], name) == 0) {
            return attributes[1];
        }
    }
    return NULL;
}
