/* view.h: a junction's status as a person reads it, on one screen, and as JSON. Pure: a message in,
 * text out. */
#ifndef KAVSAK_VIEW_H
#define KAVSAK_VIEW_H

#include "page.h"
#include "wire.h"

/* Everything about one junction. */
void view_status(struct page *p, const struct wire_status *s);

/* The same in few lines, for several junctions on one screen; at most this many rows. */
uint32_t view_block_rows(const struct wire_status *s);
void view_block(struct page *p, const struct wire_status *s);

/* One line of a table of junctions, and its heading. */
void view_heading(struct page *p);
void view_line(struct page *p, const struct wire_status *s);

/* One JSON object, without a newline. */
void view_json(struct page *p, const struct wire_status *s);

/* A JSON string with its quotes. */
void view_json_string(struct page *p, const char *text);

#endif
