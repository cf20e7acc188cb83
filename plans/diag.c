#include "diag.h"

#include <stdarg.h>
#include <string.h>

enum { LINE_BYTES = 512 };

void diag_add(struct diag *d, enum diag_level level, int32_t rule, struct diag_at at,
              const char *format, ...)
{
    d->errors += level == DIAG_ERROR ? 1 : 0;
    d->warnings += level == DIAG_WARNING ? 1 : 0;
    if (d->count >= DIAG_MAX) {
        return;
    }
    struct diag_item *item = &d->item[d->count];
    d->count++;
    *item = (struct diag_item){
        .level = (int32_t)level, .rule = rule, .line = at.line, .column = at.column
    };
    (void)snprintf(item->file, sizeof item->file, "%s", at.file != NULL ? at.file : "");
    va_list args;
    va_start(args, format);
    (void)vsnprintf(item->text, sizeof item->text, format, args);
    va_end(args);
}

static const char *level_name(int32_t level)
{
    static const char *const names[] = { "error", "warning", "note" };
    return level >= 0 && level < 3 ? names[level] : "?";
}

/* The line of the file as it is now, without its end; false if there is none. */
static bool read_line(const char *path, int32_t line, char buffer[LINE_BYTES])
{
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        return false;
    }
    int32_t at = 1;
    size_t used = 0;
    for (int c = fgetc(f); c != EOF && at <= line; c = fgetc(f)) {
        if (c == '\n') {
            at++;
        } else if (at == line && used + 1 < LINE_BYTES && c != '\r') {
            /* Nothing a terminal would obey. */
            buffer[used] = (char)(c == '\t' || (c >= 0 && c < 0x20) || c == 0x7f ? ' ' : c);
            used++;
        }
    }
    (void)fclose(f);
    buffer[used] = '\0';
    return used > 0;
}

static void print_caret(const struct diag_item *item, FILE *out, bool use_colour)
{
    char line[LINE_BYTES];
    if (item->line <= 0 || item->column <= 0 || !read_line(item->file, item->line, line)) {
        return;
    }
    (void)fprintf(out, "%6d | %s\n       | ", item->line, line);
    /* Columns count characters; continuation bytes of UTF-8 take no place. */
    int32_t column = 1;
    for (const char *p = line; *p != '\0' && column < item->column; p++) {
        if (((unsigned char)*p & 0xc0) != 0x80) {
            (void)fputc(' ', out);
            column++;
        }
    }
    (void)fprintf(out, "%s^%s\n", use_colour ? "\033[1;32m" : "", use_colour ? "\033[0m" : "");
}

void diag_print(const struct diag *d, FILE *out, bool use_colour)
{
    static const char *const colours[] = { "\033[1;31m", "\033[1;35m", "\033[1;36m" };
    for (uint32_t i = 0; i < d->count; i++) {
        const struct diag_item *item = &d->item[i];
        if (item->file[0] != '\0') {
            (void)fprintf(out, "%s:", item->file);
        }
        if (item->line > 0) {
            (void)fprintf(out, "%d:%d:", item->line, item->column);
        }
        (void)fprintf(out, "%s%s%s:%s %s", item->file[0] != '\0' ? " " : "",
                      use_colour ? colours[item->level] : "", level_name(item->level),
                      use_colour ? "\033[0m" : "", item->text);
        if (item->rule > 0) {
            (void)fprintf(out, " [P%03d]", item->rule);
        }
        (void)fputc('\n', out);
        print_caret(item, out, use_colour);
    }
    const uint32_t all = d->errors + d->warnings;
    if (all > d->count) {
        (void)fprintf(out, "... and %u more\n", all - d->count);
    }
}

static void print_json_text(const char *text, FILE *out)
{
    (void)fputc('"', out);
    for (const char *p = text; *p != '\0'; p++) {
        const unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\') {
            (void)fprintf(out, "\\%c", c);
        } else if (c < 0x20 || c == 0x7f) {
            (void)fprintf(out, "\\u%04x", c);
        } else {
            (void)fputc(c, out);
        }
    }
    (void)fputc('"', out);
}

void diag_print_json(const struct diag *d, FILE *out)
{
    (void)fprintf(out, "{\"version\": 1, \"errors\": %u, \"warnings\": %u, \"findings\": [",
                  d->errors, d->warnings);
    for (uint32_t i = 0; i < d->count; i++) {
        const struct diag_item *item = &d->item[i];
        (void)fprintf(out, "%s\n  {\"level\": \"%s\", ", i > 0 ? "," : "", level_name(item->level));
        if (item->rule > 0) {
            (void)fprintf(out, "\"rule\": \"P%03d\", ", item->rule);
        }
        (void)fprintf(out, "\"line\": %d, \"column\": %d, \"file\": ", item->line, item->column);
        print_json_text(item->file, out);
        (void)fputs(", \"text\": ", out);
        print_json_text(item->text, out);
        (void)fputc('}', out);
    }
    (void)fprintf(out, "%s]}\n", d->count > 0 ? "\n" : "");
}
