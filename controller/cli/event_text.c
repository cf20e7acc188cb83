#include "event_text.h"

#include <stdio.h>

#include "guard.h"
#include "view.h"
#include "words.h"

/* Events whose detail says which command is meant carry the low half of its id. */
static void detail_of_command(const struct event *e, char *out, size_t room)
{
    const char *word = e->code == EVENT_COMMAND ? word_command(e->param) : word_result(e->param);
    (void)snprintf(out, room, "%s, command %08x", word, (unsigned)e->detail);
}

static void detail_of_change(const char *word, int32_t reason, char *out, size_t room)
{
    (void)snprintf(out, room, "%s%s%s", word, reason != REASON_NONE ? " because of " : "",
                   reason != REASON_NONE ? word_reason(reason) : "");
}

static void detail_of_trip(const struct event *e, char *out, size_t room)
{
    const int32_t sg_a = e->detail >> 8;
    const int32_t sg_b = e->detail & 0xff;
    if (sg_a == GUARD_NO_SG) {
        (void)snprintf(out, room, "%s", word_guard(e->param));
    } else if (sg_b == GUARD_NO_SG) {
        (void)snprintf(out, room, "%s, group %d", word_guard(e->param), (int)sg_a + 1);
    } else {
        (void)snprintf(out, room, "%s, groups %d and %d", word_guard(e->param), (int)sg_a + 1,
                       (int)sg_b + 1);
    }
}

void event_text_detail(const struct event *event, char *out, size_t room)
{
    static const char *const forced[] = { "off", "on", "given back" };
    const struct event e = *event;
    out[0] = '\0';
    if (e.code == EVENT_MODE) {
        detail_of_change(word_mode(e.param), e.detail, out, room);
    } else if (e.code == EVENT_STRATEGY) {
        detail_of_change(word_strategy(e.param), e.detail, out, room);
    } else if (e.code == EVENT_ASPECT) {
        (void)snprintf(out, room, "group %u %s", (unsigned)e.param, word_aspect(e.detail));
    } else if (e.code == EVENT_GUARD_TRIP) {
        detail_of_trip(&e, out, room);
    } else if (e.code == EVENT_LEASE) {
        (void)snprintf(out, room, "%s, epoch %d", word_lease(e.param), (int)e.detail);
    } else if (e.code == EVENT_MISMATCH) {
        (void)snprintf(out, room, "group %u commanded %s, seen %s", (unsigned)e.param,
                       word_aspect(e.detail >> 8), word_aspect(e.detail & 0xff));
    } else if (e.code == EVENT_COMMAND || e.code == EVENT_COMMAND_RESULT) {
        detail_of_command(&e, out, room);
    } else if (e.code == EVENT_ALARM_ON || e.code == EVENT_ALARM_OFF) {
        (void)snprintf(out, room, "%s", word_alarm(e.param));
    } else if (e.code == EVENT_COORD_STATE) {
        (void)snprintf(out, room, "%s", word_coord(e.param));
    } else if (e.code == EVENT_DETECTOR_FORCED && e.detail >= 0 && e.detail < 3) {
        (void)snprintf(out, room, "%s", forced[e.detail]);
    } else if (e.code == EVENT_CLOCK_STEP) {
        (void)snprintf(out, room, "%+d s", (int)e.detail);
    } else if (e.detail != 0) {
        (void)snprintf(out, room, "%d", (int)e.detail);
    }
}

void event_text_heading(struct page *p, enum event_format format)
{
    if (format == EVENT_AS_CSV) {
        page_add(p, "time,seq,junction,code,param,detail,name,text\n");
    }
}

static void add_for_people(struct page *p, const struct wire_event *e, uint32_t junction_ix,
                           int32_t utc_offset_s, const char *detail)
{
    page_add_wall(p, e->wall, utc_offset_s, true);
    page_add(p, "  ");
    if (junction_ix == 0xffff) {
        page_add(p, " -");
    } else {
        page_add(p, "%2u", (unsigned)junction_ix + 1);
    }
    page_add(p, "  %4u %-26s %5u  %s\n", (unsigned)e->event.code, event_name(e->event.code),
             (unsigned)e->event.param, detail);
}

static void add_as_json(struct page *p, const struct wire_event *e, uint32_t junction_ix,
                        const char *detail)
{
    page_add(p,
             "{\"wall_ms\":%lld,\"seq\":%llu,\"junction\":%u,\"code\":%u,\"param\":%u,"
             "\"detail\":%d,\"name\":",
             (long long)e->wall.ms, (unsigned long long)e->seq,
             junction_ix == 0xffff ? 0 : (unsigned)junction_ix + 1, (unsigned)e->event.code,
             (unsigned)e->event.param, (int)e->event.detail);
    view_json_string(p, event_name(e->event.code));
    page_add(p, ",\"text\":");
    view_json_string(p, detail);
    page_add(p, "}\n");
}

static void add_as_csv(struct page *p, const struct wire_event *e, uint32_t junction_ix,
                       int32_t utc_offset_s, const char *detail)
{
    page_add_wall(p, e->wall, utc_offset_s, true);
    page_add(p, ",%llu,%u,%u,%u,%d,%s,\"%s\"\n", (unsigned long long)e->seq,
             junction_ix == 0xffff ? 0 : (unsigned)junction_ix + 1, (unsigned)e->event.code,
             (unsigned)e->event.param, (int)e->event.detail, event_name(e->event.code), detail);
}

void event_text_add(struct page *p, enum event_format format, const struct wire_event *event,
                    uint32_t junction_ix, int32_t utc_offset_s)
{
    char detail[96];
    event_text_detail(&event->event, detail, sizeof detail);
    switch (format) {
    case EVENT_FOR_PEOPLE:
        add_for_people(p, event, junction_ix, utc_offset_s, detail);
        return;
    case EVENT_AS_CSV:
        add_as_csv(p, event, junction_ix, utc_offset_s, detail);
        return;
    case EVENT_AS_JSON:
        add_as_json(p, event, junction_ix, detail);
        return;
    }
}
