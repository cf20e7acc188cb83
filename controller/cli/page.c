#include "page.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "schedule.h"

static const char *const colour_code[PAGE_COLOUR_COUNT] = {
    [PAGE_PLAIN] = "",
    [PAGE_RED] = "\033[1;31m",
    [PAGE_YELLOW] = "\033[1;33m",
    [PAGE_GREEN] = "\033[1;32m",
    [PAGE_DIM] = "\033[2m",
    [PAGE_BOLD] = "\033[1m",
    [PAGE_ALERT] = "\033[30;43m",
};

void page_clear(struct page *p)
{
    p->used = 0;
    p->text[0] = '\0';
}

static void add_list(struct page *p, const char *format, va_list list)
    __attribute__((format(printf, 2, 0)));

static void add_list(struct page *p, const char *format, va_list list)
{
    const size_t room = sizeof p->text - p->used;
    const int length = vsnprintf(p->text + p->used, room, format, list);
    if (length > 0) {
        p->used += (size_t)length < room ? (size_t)length : room - 1;
    }
}

void page_add(struct page *p, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    add_list(p, format, list);
    va_end(list);
}

void page_add_in(struct page *p, enum page_colour colour, const char *format, ...)
{
    va_list list;
    const bool is_coloured = p->has_colour && colour != PAGE_PLAIN;
    if (is_coloured) {
        page_add(p, "%s", colour_code[colour]);
    }
    va_start(list, format);
    add_list(p, format, list);
    va_end(list);
    if (is_coloured) {
        page_add(p, "\033[0m");
    }
}

void page_add_seconds(struct page *p, int32_t ms, int width)
{
    char text[24];
    const char *sign = ms < 0 ? "-" : "";
    const int64_t size_ms = ms < 0 ? -(int64_t)ms : ms;
    (void)snprintf(text, sizeof text, "%s%lld.%lld", sign, (long long)(size_ms / 1000),
                   (long long)(size_ms % 1000 / 100));
    page_add(p, "%*s", width, text);
}

/* Bytes 10xxxxxx go on with the character before them. */
static bool begins_character(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80;
}

void page_add_cell(struct page *p, const char *text, int width)
{
    int columns = 0;
    size_t bytes = 0;
    while (text[bytes] != '\0' && (columns < width || !begins_character(text[bytes]))) {
        columns += begins_character(text[bytes]) ? 1 : 0;
        bytes++;
    }
    page_add(p, "%.*s%*s", (int)bytes, text, width - columns, "");
}

void page_add_wall(struct page *p, wall_t wall, int32_t utc_offset_s, bool with_date)
{
    const struct civil c = civil_from_wall(wall, utc_offset_s);
    if (with_date) {
        page_add(p, "%04d-%02d-%02d ", (int)c.year, (int)c.month, (int)c.day);
    }
    page_add(p, "%02d:%02d:%02d.%d", (int)(c.ms_of_day / 3600000), (int)(c.ms_of_day / 60000 % 60),
             (int)(c.ms_of_day / 1000 % 60), (int)(c.ms_of_day / 100 % 10));
}

static bool locale_is_utf8(void)
{
    static const char *const variable[] = { "LC_ALL", "LC_CTYPE", "LANG" };
    for (size_t i = 0; i < sizeof variable / sizeof variable[0]; i++) {
        const char *value = getenv(variable[i]);
        if (value != NULL && value[0] != '\0') {
            return strstr(value, "UTF-8") != NULL || strstr(value, "utf8") != NULL ||
                   strstr(value, "utf-8") != NULL;
        }
    }
    return false;
}

void page_ask_terminal(struct page *p, int fd)
{
    const char *term = getenv("TERM");
    const char *no_colour = getenv("NO_COLOR");
    const bool is_dumb = term == NULL || strcmp(term, "dumb") == 0;
    p->has_colour = isatty(fd) == 1 && !is_dumb && (no_colour == NULL || no_colour[0] == '\0');
    p->has_unicode = locale_is_utf8();
}
