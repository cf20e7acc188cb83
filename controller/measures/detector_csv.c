#include "detector_csv.h"

#include "scan.h"

enum { COLUMN_DEVICE, COLUMN_PHASE, COLUMN_FUNCTION, COLUMN_CHANNEL, COLUMN_COUNT };
enum { NUMBER_MAX = 32767 };

static const struct csv_name names[] = {
    { "deviceid", COLUMN_DEVICE },   { "signalid", COLUMN_DEVICE },
    { "phase", COLUMN_PHASE },       { "function", COLUMN_FUNCTION },
    { "parameter", COLUMN_CHANNEL }, { "detector", COLUMN_CHANNEL },
};

bool detector_csv_heading(struct hires_csv *csv, const char *line, struct hires_csv_error *error)
{
    *error = (struct hires_csv_error){ .column = 1, .expected = DETECTOR_CSV_HEADING };
    return csv_heading(csv, line, names, sizeof names / sizeof names[0]);
}

static void read_function(const char **at, struct measures_detector *d)
{
    const bool is_quoted = **at == '"';
    const char *from = *at + (is_quoted ? 1 : 0);
    const char end = is_quoted ? '"' : ',';
    size_t size = 0;
    while (from[size] != '\0' && from[size] != end) {
        size++;
    }
    d->function = (int32_t)measures_function_of(from, size);
    *at = from + size + (is_quoted && from[size] == '"' ? 1 : 0);
}

static bool read_column(uint32_t column, const char **at, struct measures_detector *d)
{
    int64_t value = 0;
    if (column == COLUMN_FUNCTION) {
        read_function(at, d);
        return true;
    }
    if (!scan_number(at, 0, column == COLUMN_DEVICE ? HIRES_DEVICE_MAX : NUMBER_MAX, &value)) {
        return false;
    }
    int32_t *const field = column == COLUMN_DEVICE  ? &d->device
                           : column == COLUMN_PHASE ? &d->phase
                                                    : &d->channel;
    *field = (int32_t)value;
    return true;
}

bool detector_csv_line(const struct hires_csv *csv, const char *line,
                       struct measures_detector *detector, struct hires_csv_error *error)
{
    static const char *const expected[COLUMN_COUNT] = {
        "the number of the device",
        "the number of the phase",
        "what the detector is for",
        "the channel of the detector",
    };
    const char *at = line;
    for (uint32_t place = 0; place < COLUMN_COUNT; place++) {
        const bool is_separated = place == 0 || scan_text(&at, ",");
        const char *const from = at;
        if (!is_separated || !read_column(csv->place[place], &at, detector)) {
            *error = (struct hires_csv_error){ .column = (size_t)(from - line) + 1,
                                               .expected = expected[csv->place[place]] };
            return false;
        }
    }
    *error = (struct hires_csv_error){ .column = (size_t)(at - line) + 1,
                                       .expected = "the end of the line" };
    return *at == '\0';
}
