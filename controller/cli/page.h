/* page.h: text for a terminal, made whole before any of it is shown, so that a picture never tears.
 * Knows colour and line drawing and can do without both: colour is only ever added to words and
 * letters that say the same. Numbers are formatted from integers; no locale has a say. */
#ifndef KAVSAK_PAGE_H
#define KAVSAK_PAGE_H

#include "types.h"

enum { PAGE_BYTES = 32768 };

enum page_colour {
    PAGE_PLAIN,
    PAGE_RED,
    PAGE_YELLOW,
    PAGE_GREEN,
    PAGE_DIM,
    PAGE_BOLD,
    PAGE_ALERT, /* black on yellow: what must be seen */
    PAGE_COLOUR_COUNT
};

struct page {
    size_t used;
    bool has_colour;
    bool has_unicode;
    char text[PAGE_BYTES]; /* always ends with a zero; what does not fit is left out */
};

void page_clear(struct page *p);
void page_add(struct page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
void page_add_in(struct page *p, enum page_colour colour, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "12.3": milliseconds as seconds with one decimal, cut, right-aligned to width. */
void page_add_seconds(struct page *p, int32_t ms, int width);

/* Text padded or cut to width columns, counting UTF-8 characters. */
void page_add_cell(struct page *p, const char *text, int width);

/* Civil time of an offset: "2026-11-23 18:04:12.3"; with_date false: the time alone. */
void page_add_wall(struct page *p, wall_t wall, int32_t utc_offset_s, bool with_date);

/* What the terminal behind this descriptor can do, from isatty, NO_COLOR, TERM and the locale
 * variables. */
void page_ask_terminal(struct page *p, int fd);

#endif
