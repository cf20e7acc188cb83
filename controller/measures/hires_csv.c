#include "hires_csv.h"

#include <string.h>

#include "hires_text.h"
#include "scan.h"

enum { COLUMN_TIME, COLUMN_DEVICE, COLUMN_CODE, COLUMN_PARAM, COLUMN_COUNT };

/* Names in small letters: those of ATSPM's exchange form, and those of its database. */
static const struct csv_name names[] = {
    { "timestamp", COLUMN_TIME }, { "deviceid", COLUMN_DEVICE },  { "signalid", COLUMN_DEVICE },
    { "eventid", COLUMN_CODE },   { "eventcode", COLUMN_CODE },   { "parameter", COLUMN_PARAM },
    { "param", COLUMN_PARAM },    { "eventparam", COLUMN_PARAM },
};

struct hires_csv hires_csv_usual(void)
{
    return (struct hires_csv){
        .place = { COLUMN_TIME, COLUMN_DEVICE, COLUMN_CODE, COLUMN_PARAM },
    };
}

static bool refuse(struct hires_csv_error *error, const char *line, const char *at,
                   const char *expected)
{
    *error = (struct hires_csv_error){ .column = (size_t)(at - line) + 1, .expected = expected };
    return false;
}

/* Small letters and what is none; a capital is 32 below its small one. */
static int32_t small(char c)
{
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

/* A name up to the next comma or the end, of any case. */
static bool is_name(const char **at, const char *name)
{
    const char *c = *at;
    for (; *name != '\0' && small(*c) == *name; name++) {
        c++;
    }
    if (*name != '\0' || (*c != ',' && *c != '\0')) {
        return false;
    }
    *at = c;
    return true;
}

bool csv_heading(struct hires_csv *csv, const char *line, const struct csv_name *name,
                 size_t name_count)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    uint32_t seen = 0;
    const char *at = line;
    at += strncmp(line, byte_order_mark, 3) == 0 ? 3 : 0;
    for (uint32_t place = 0; place < COLUMN_COUNT; place++) {
        if (place > 0 && !scan_text(&at, ",")) {
            return false;
        }
        size_t i = 0;
        while (i < name_count && !is_name(&at, name[i].name)) {
            i++;
        }
        if (i == name_count || (seen & bit32(name[i].column)) != 0) {
            return false;
        }
        seen |= bit32(name[i].column);
        csv->place[place] = name[i].column;
    }
    return *at == '\0';
}

bool hires_csv_heading(struct hires_csv *csv, const char *line, struct hires_csv_error *error)
{
    return csv_heading(csv, line, names, sizeof names / sizeof names[0]) ||
           refuse(error, line, line, HIRES_CSV_HEADING);
}

bool hires_csv_is_data(const char *line)
{
    return line[0] >= '0' && line[0] <= '9';
}

static bool read_column(uint32_t column, const char **at, struct hires_event *event)
{
    int64_t value = 0;
    switch (column) {
    case COLUMN_TIME:
        return hires_time_read(at, &event->at_ms);
    case COLUMN_DEVICE:
        if (!scan_number(at, 0, HIRES_DEVICE_MAX, &value)) {
            return false;
        }
        event->device = (int32_t)value;
        return true;
    case COLUMN_CODE:
        if (!scan_number(at, 0, HIRES_CODE_MAX, &value)) {
            return false;
        }
        event->code = (uint16_t)value;
        return true;
    default:
        if (!scan_number(at, INT32_MIN, INT32_MAX, &value)) {
            return false;
        }
        event->param = (int32_t)value;
        return true;
    }
}

bool hires_csv_line(const struct hires_csv *csv, const char *line, struct hires_event *event,
                    struct hires_csv_error *error)
{
    static const char *const first[COLUMN_COUNT] = {
        "a time like 2024-05-13T15:00:01.2Z",
        "the number of the device",
        "the number of the event",
        "the event's parameter",
    };
    static const char *const later[COLUMN_COUNT] = {
        "a comma and a time like 2024-05-13T15:00:01.2Z",
        "a comma and the number of the device",
        "a comma and the number of the event",
        "a comma and the event's parameter",
    };
    const char *at = line;
    for (uint32_t place = 0; place < COLUMN_COUNT; place++) {
        const uint32_t column = csv->place[place];
        if (place > 0 && !scan_text(&at, ",")) {
            return refuse(error, line, at, later[column]);
        }
        if (!read_column(column, &at, event)) {
            return refuse(error, line, at, place > 0 ? later[column] : first[column]);
        }
    }
    return *at == '\0' || refuse(error, line, at, "the end of the line");
}

void hires_csv_text(const struct hires_event *event, bool is_utc, char text[HIRES_CSV_LINE_BYTES])
{
    hires_time_text(event->at_ms, is_utc, text);
    char *at = text + strlen(text);
    *at++ = ',';
    at = hires_text_number(at, event->device);
    *at++ = ',';
    at = hires_text_number(at, event->code);
    *at++ = ',';
    at = hires_text_number(at, event->param);
    *at = '\0';
}
