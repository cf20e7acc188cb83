/* hires_maxtime.h: event logs in the form of Intelight's MaxTime (GET /v1/asclog/xml/full): one
 * element for each event. Writes elements and reads their attributes; knows neither files nor XML.
 * Owned by nobody: it keeps nothing. docs/journal.md says where each fact comes from. */
#ifndef KAVSAK_HIRES_MAXTIME_H
#define KAVSAK_HIRES_MAXTIME_H

#include "hires.h"

/* Around the events. The comment is there for a reader that goes by the word MaxTime. */
#define HIRES_MAXTIME_BEGIN                                                                        \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                                                 \
    "<!-- event log in the form of MaxTime -->\n"                                                  \
    "<EventResponses>\n<EventResponse>\n<Description>Indiana events</Description>\n"
#define HIRES_MAXTIME_END "</EventResponse>\n</EventResponses>\n"

enum {
    HIRES_MAXTIME_LINE_BYTES = 160,
    HIRES_MAXTIME_READ_MAX = INT16_MAX /* ATSPM leaves out events with a larger number in them */
};

/* Attributes of an element Event, NULL if it has them not. */
struct hires_maxtime {
    const char *time, *code, *param;
};

/* False: *expected says what should stand there. */
MUST_CHECK bool hires_maxtime_read(const struct hires_maxtime *attributes,
                                   struct hires_event *event, const char **expected);

/* One element with its line feed; numbers of events follow each other. */
void hires_maxtime_text(const struct hires_event *event, uint64_t number,
                        char text[HIRES_MAXTIME_LINE_BYTES]);

#endif
