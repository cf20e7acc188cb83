#include "event_text.h"

#include <stdio.h>
#include <string.h>

#include "guard.h"
#include "journal.h"
#include "view.h"
#include "words.h"

/* Whose number an event's param is. */
enum about {
    ABOUT_NOTHING,
    ABOUT_PHASE, /* of vehicles */
    ABOUT_PED_PHASE,
    ABOUT_GROUP,
    ABOUT_STAGE,
    ABOUT_PATTERN,
    ABOUT_DETECTOR,
    ABOUT_BUTTON,
    ABOUT_EITHER, /* a detector or a button: the event does not say which */
    ABOUT_OVERLAP,
    ABOUT_BARRIER
};

/* By first code of a run, in order; up to the next row everything is about the same. */
static const struct {
    uint16_t first;
    enum about about;
} about_rows[] = {
    { EVENT_PHASE_ON, ABOUT_PHASE },
    { EVENT_WALK_BEGIN, ABOUT_PED_PHASE },
    { EVENT_BARRIER, ABOUT_BARRIER },
    { EVENT_HOLD_BEGIN, ABOUT_PHASE },
    { EVENT_PED_CALL_ON, ABOUT_PED_PHASE },
    { EVENT_OMIT_BEGIN, ABOUT_PHASE },
    { EVENT_PED_OMIT_BEGIN, ABOUT_PED_PHASE },
    { EVENT_MAX_STEP_UP, ABOUT_PHASE },
    { EVENT_OVERLAP_GREEN, ABOUT_OVERLAP },
    { EVENT_DETECTOR_OFF, ABOUT_DETECTOR },
    { EVENT_PED_DETECTOR_OFF, ABOUT_BUTTON },
    { EVENT_PATTERN_CHANGE, ABOUT_PATTERN },
    { EVENT_CYCLE_CHANGE, ABOUT_NOTHING },
    { EVENT_COORD_YIELD, ABOUT_PHASE },
    { EVENT_FLASH, ABOUT_NOTHING },
    { EVENT_ASPECT, ABOUT_GROUP },
    { EVENT_STAGE, ABOUT_STAGE },
    { EVENT_GUARD_TRIP, ABOUT_NOTHING },
    { EVENT_MISMATCH, ABOUT_GROUP },
    { EVENT_MONITOR_FAULT, ABOUT_NOTHING },
    { EVENT_DETECTOR_CHATTER, ABOUT_EITHER },
    { EVENT_TICK_LATE, ABOUT_NOTHING },
    { EVENT_CYCLE_FAULT, ABOUT_PHASE },
    { EVENT_PLAN_LOADED, ABOUT_NOTHING },
    { EVENT_MAX_RED, ABOUT_GROUP },
    { EVENT_JOURNAL_GAP, ABOUT_NOTHING },
};

static enum about about_of(uint16_t code)
{
    enum about about = ABOUT_NOTHING;
    for (size_t i = 0; i < sizeof about_rows / sizeof about_rows[0]; i++) {
        about = about_rows[i].first <= code ? about_rows[i].about : about;
    }
    return about;
}

static void say_either(const struct names *names, int32_t channel, char text[NAMES_TEXT_BYTES])
{
    char unnamed[NAMES_TEXT_BYTES];
    char detector[NAMES_TEXT_BYTES];
    char button[NAMES_TEXT_BYTES];
    names_say_channel(NULL, channel, false, unnamed);
    names_say_channel(names, channel, false, detector);
    names_say_channel(names, channel, true, button);
    if (strcmp(button, unnamed) == 0) {
        (void)snprintf(text, NAMES_TEXT_BYTES, "%s", detector);
    } else if (strcmp(detector, unnamed) == 0) {
        (void)snprintf(text, NAMES_TEXT_BYTES, "%s", button);
    } else {
        (void)snprintf(text, NAMES_TEXT_BYTES, "%.28s or %.28s", detector, button);
    }
}

static void say_subject(const struct event *e, const struct names *names,
                        char text[NAMES_TEXT_BYTES])
{
    const int32_t number = e->param;
    text[0] = '\0';
    switch (about_of(e->code)) {
    case ABOUT_NOTHING:
        return;
    case ABOUT_PHASE:
    case ABOUT_PED_PHASE:
        if (number > 0) {
            names_say_phase(names, number, about_of(e->code) == ABOUT_PED_PHASE, text);
        }
        return;
    case ABOUT_GROUP:
        names_say(names, WIRE_NAMES_GROUPS, number, text);
        return;
    case ABOUT_STAGE:
        names_say(names, WIRE_NAMES_STAGES, number, text);
        return;
    case ABOUT_PATTERN:
        if (number == 0) {
            (void)snprintf(text, NAMES_TEXT_BYTES, "none");
            return;
        }
        names_say(names, WIRE_NAMES_PATTERNS, number, text);
        return;
    case ABOUT_DETECTOR:
    case ABOUT_BUTTON:
        names_say_channel(names, number, about_of(e->code) == ABOUT_BUTTON, text);
        return;
    case ABOUT_EITHER:
        say_either(names, number, text);
        return;
    case ABOUT_OVERLAP:
        (void)snprintf(text, NAMES_TEXT_BYTES, "overlap %d", (int)number);
        return;
    case ABOUT_BARRIER:
        (void)snprintf(text, NAMES_TEXT_BYTES, "barrier %d", (int)number);
        return;
    }
}

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

static void detail_of_trip(const struct event *e, const struct names *names, char *out, size_t room)
{
    const int32_t sg_a = e->detail >> 8;
    const int32_t sg_b = e->detail & 0xff;
    char first[NAMES_TEXT_BYTES];
    char second[NAMES_TEXT_BYTES];
    names_say(names, WIRE_NAMES_GROUPS, sg_a + 1, first);
    names_say(names, WIRE_NAMES_GROUPS, sg_b + 1, second);
    if (sg_a == GUARD_NO_SG) {
        (void)snprintf(out, room, "%s", word_guard(e->param));
    } else if (sg_b == GUARD_NO_SG) {
        (void)snprintf(out, room, "%s: %s", word_guard(e->param), first);
    } else {
        (void)snprintf(out, room, "%s: %s and %s", word_guard(e->param), first, second);
    }
}

static void detail_of_gap(const struct event *e, char *out, size_t room)
{
    if (e->param == JOURNAL_GAP_CRASH) {
        (void)snprintf(out, room, "no loss: %d numbers skipped because %s", (int)e->detail,
                       word_gap(e->param));
    } else {
        (void)snprintf(out, room, "%d records lost because %s", (int)e->detail, word_gap(e->param));
    }
}

static void detail_of_numbers(const struct event *e, char *out, size_t room)
{
    const bool is_split =
        e->code >= EVENT_SPLIT_CHANGE_1 && e->code < EVENT_SPLIT_CHANGE_1 + PHASE_MAX;
    const bool is_actual = e->code >= EVENT_ACTUAL_SPLIT_1 && e->code < EVENT_MODE;
    if (is_split || is_actual) {
        const int phase = e->code - (is_split ? EVENT_SPLIT_CHANGE_1 : EVENT_ACTUAL_SPLIT_1) + 1;
        (void)snprintf(out, room, "phase %d %u s", phase, (unsigned)e->param);
    } else if (e->code == EVENT_CYCLE_CHANGE || e->code == EVENT_OFFSET_CHANGE) {
        (void)snprintf(out, room, "%u s", (unsigned)e->param);
    } else if (e->code == EVENT_CLOCK_STEP) {
        (void)snprintf(out, room, "%+d s", (int)e->detail);
    } else if (e->code == EVENT_LINK_UNCONFIRMED) {
        (void)snprintf(out, room, "for %u ticks", (unsigned)e->param);
    } else if (e->code == EVENT_TICK_LATE) {
        (void)snprintf(out, room, "%u ticks skipped", (unsigned)e->param);
    } else if (e->code == EVENT_DROPPED) {
        (void)snprintf(out, room, "%u events did not fit into a tick", (unsigned)e->param);
    } else if (e->code == EVENT_CABINET_REBOOT) {
        (void)snprintf(out, room, "its start number %u", (unsigned)e->param);
    } else if (e->code == EVENT_PLAN_LOADED || (e->code == EVENT_PLAN_REFUSED && e->detail != 0)) {
        (void)snprintf(out, room, "files ...%08x", (unsigned)e->detail);
    } else if (e->code == EVENT_JOURNAL_GAP) {
        detail_of_gap(e, out, room);
    }
}

static void detail_of_words(const struct event *e, const struct names *names, char *out,
                            size_t room)
{
    static const char *const forced[] = { "off", "on", "given back" };
    const bool is_alarm = e->code == EVENT_ALARM_ON || e->code == EVENT_ALARM_OFF;
    if (e->code == EVENT_MODE) {
        detail_of_change(word_mode(e->param), e->detail, out, room);
    } else if (e->code == EVENT_STRATEGY) {
        detail_of_change(word_strategy(e->param), e->detail, out, room);
    } else if (e->code == EVENT_ASPECT) {
        (void)snprintf(out, room, "%s", word_aspect(e->detail));
    } else if (e->code == EVENT_GUARD_TRIP) {
        detail_of_trip(e, names, out, room);
    } else if (e->code == EVENT_LEASE) {
        (void)snprintf(out, room, "%s, epoch %d", word_lease(e->param), (int)e->detail);
    } else if (e->code == EVENT_MISMATCH) {
        (void)snprintf(out, room, "commanded %s, seen %s", word_aspect(e->detail >> 8),
                       word_aspect(e->detail & 0xff));
    } else if (e->code == EVENT_COMMAND || e->code == EVENT_COMMAND_RESULT) {
        detail_of_command(e, out, room);
    } else if (is_alarm) {
        (void)snprintf(out, room, "%s", word_alarm(e->param));
    } else if (e->code == EVENT_COORD_STATE) {
        (void)snprintf(out, room, "%s", word_coord(e->param));
    } else if (e->code == EVENT_FLASH) {
        (void)snprintf(out, room, "%s", word_flash(e->param));
    } else if (e->code == EVENT_MONITOR_FAULT) {
        (void)snprintf(out, room, "%s", word_monitor(e->param));
    } else if (e->code == EVENT_STOP_TIME || e->code == EVENT_LOCAL_CONTROL) {
        (void)snprintf(out, room, "%s", e->param != 0 ? "begins" : "ends");
    } else if (e->code == EVENT_DETECTOR_FORCED && e->detail >= 0 && e->detail < 3) {
        (void)snprintf(out, room, "%s", forced[e->detail]);
    } else {
        detail_of_numbers(e, out, room);
    }
}

void event_text_detail(const struct event *event, const struct names *names, char *out, size_t room)
{
    char subject[NAMES_TEXT_BYTES];
    char words[EVENT_TEXT_BYTES] = "";
    say_subject(event, names, subject);
    detail_of_words(event, names, words, sizeof words);
    (void)snprintf(out, room, "%s%s%s", subject, subject[0] != '\0' && words[0] != '\0' ? " " : "",
                   words);
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
    page_add(p, "  %4u %-26s %5u%s%s\n", (unsigned)e->event.code, event_name(e->event.code),
             (unsigned)e->event.param, detail[0] != '\0' ? "  " : "", detail);
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
                    uint32_t junction_ix, const struct names *names, int32_t utc_offset_s)
{
    char detail[EVENT_TEXT_BYTES];
    event_text_detail(&event->event, names, detail, sizeof detail);
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
