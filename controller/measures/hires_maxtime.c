#include "hires_maxtime.h"

#include "hires_text.h"
#include "hires_time.h"
#include "scan.h"

bool hires_maxtime_read(const struct hires_maxtime *attributes, struct hires_event *event,
                        const char **expected)
{
    int64_t code = 0;
    int64_t param = 0;
    const char *at = attributes->time;
    *expected = "TimeStamp=\"05-13-2024 15:00:00.0\"";
    if (at == NULL || !hires_time_us_read(&at, &event->at_ms) || *at != '\0') {
        return false;
    }
    *expected = "EventTypeID, a number from 0 to 65535";
    if (attributes->code == NULL || !scan_whole(attributes->code, 0, HIRES_CODE_MAX, &code)) {
        return false;
    }
    *expected = "Parameter, a number";
    if (attributes->param == NULL || !scan_whole(attributes->param, INT32_MIN, INT32_MAX, &param)) {
        return false;
    }
    event->code = (uint16_t)code;
    event->param = (int32_t)param;
    event->device = 0;
    return true;
}

static char *put(char *at, const char *words)
{
    return hires_text_words(at, words, HIRES_MAXTIME_LINE_BYTES);
}

void hires_maxtime_text(const struct hires_event *event, uint64_t number,
                        char text[HIRES_MAXTIME_LINE_BYTES])
{
    char time[HIRES_TIME_BYTES];
    hires_time_us_text(event->at_ms, true, time);
    char *at = put(text, "<Event ID=\"");
    at = hires_text_number(at, (int64_t)number);
    at = put(at, "\" TimeStamp=\"");
    at = put(at, time);
    at = put(at, "\" EventTypeID=\"");
    at = hires_text_number(at, event->code);
    at = put(at, "\" Parameter=\"");
    at = hires_text_number(at, event->param);
    at = put(at, "\"/>\n");
    *at = '\0';
}
