/* event_text.h: one event as a line for people, for a spreadsheet, for a script. Pure. */
#ifndef KAVSAK_EVENT_TEXT_H
#define KAVSAK_EVENT_TEXT_H

#include "names.h"
#include "page.h"
#include "wire.h"

enum { EVENT_TEXT_BYTES = 200 };

enum event_format { EVENT_FOR_PEOPLE, EVENT_AS_CSV, EVENT_AS_JSON };

/* What the numbers of an event mean: "flash because of boot", "V1 green"; "" if they need no words.
 * Without names things are called by their numbers. */
void event_text_detail(const struct event *event, const struct names *names, char *out,
                       size_t room);

/* CSV heading; nothing for other formats. */
void event_text_heading(struct page *p, enum event_format format);

/* One line with its newline. */
void event_text_add(struct page *p, enum event_format format, const struct wire_event *event,
                    uint32_t junction_ix, const struct names *names, int32_t utc_offset_s);

#endif
