#include "demand.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 256, FIELD_COUNT = 5 };

/* Rule numbers of demand files: a series of their own, above those of junctions. */
enum {
    D_FILE = 901,
    D_HEADER = 902,
    D_FIELDS = 903,
    D_NUMBER = 904,
    D_KIND = 905,
    D_ORDER = 906,
    D_MANY = 907
};

static const char header_line[] = "from_s,to_s,node,kind,per_hour";

static const char *const kind_name[DEMAND_KIND_COUNT] = {
    [DEMAND_VEHICLE] = "vehicle",
    [DEMAND_BUS] = "bus",
    [DEMAND_PEDESTRIAN] = "pedestrian",
};

static uint32_t split_fields(char *line, char *field[FIELD_COUNT + 1])
{
    uint32_t count = 1;
    field[0] = line;
    for (char *comma = strchr(line, ','); comma != NULL && count <= FIELD_COUNT;
         comma = strchr(field[count - 1], ',')) {
        *comma = '\0';
        field[count++] = comma + 1;
    }
    return count;
}

/* Non-negative decimal with a point, whatever the locale; no sign, no exponent. */
static bool parse_decimal(const char *text, double *value)
{
    double whole = 0;
    double scale = 1;
    bool seen_point = false;
    const char *c = text;
    for (; *c != '\0'; c++) {
        if (*c == '.' && !seen_point) {
            seen_point = true;
        } else if (*c >= '0' && *c <= '9') {
            whole = whole * 10 + (*c - '0');
            scale = seen_point ? scale * 10 : 1;
        } else {
            return false;
        }
    }
    *value = whole / scale;
    return c != text && whole < 1e12;
}

static bool parse_row(char *line, struct demand_row *row, struct diag *diag, struct diag_at at)
{
    char *field[FIELD_COUNT + 1];
    const uint32_t count = split_fields(line, field);
    if (count != FIELD_COUNT) {
        diag_add(diag, DIAG_ERROR, D_FIELDS, at, "expected 5 fields (%s), got %u", header_line,
                 count);
        return false;
    }
    double from_s = 0;
    double to_s = 0;
    if (!parse_decimal(field[0], &from_s) || !parse_decimal(field[1], &to_s) ||
        !parse_decimal(field[4], &row->per_hour)) {
        diag_add(diag, DIAG_ERROR, D_NUMBER, at,
                 "from_s, to_s and per_hour must be plain numbers such as 3600 or 42.5");
        return false;
    }
    if (to_s <= from_s || to_s > 366.0 * 86400) {
        diag_add(diag, DIAG_ERROR, D_ORDER, at, "to_s must be later than from_s, within a year");
        return false;
    }
    if (strlen(field[2]) == 0 || strlen(field[2]) >= DEMAND_NODE_BYTES ||
        strchr(field[2], '/') == NULL) {
        diag_add(diag, DIAG_ERROR, D_FIELDS, at, "node must be junction/lane or junction/group");
        return false;
    }
    row->from_s = (int32_t)from_s;
    row->to_s = (int32_t)to_s;
    memcpy(row->node, field[2], strlen(field[2]) + 1);
    for (int32_t kind = 0; kind < DEMAND_KIND_COUNT; kind++) {
        if (strcmp(field[3], kind_name[kind]) == 0) {
            row->kind = kind;
            return true;
        }
    }
    diag_add(diag, DIAG_ERROR, D_KIND, at, "kind \"%.20s\" is none of vehicle, bus, pedestrian",
             field[3]);
    return false;
}

static void read_lines(FILE *file, const char *path, struct demand *d, struct diag *diag)
{
    char line[LINE_BYTES];
    bool header_seen = false;
    struct diag_at at = { .file = path, .line = 0, .column = 1 };
    while (fgets(line, sizeof line, file) != NULL) {
        at.line++;
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] == '#' || line[0] == '\0') {
            continue;
        }
        if (!header_seen) {
            header_seen = true;
            if (strcmp(line, header_line) != 0) {
                diag_add(diag, DIAG_ERROR, D_HEADER, at, "the first line must be \"%s\"",
                         header_line);
            }
            continue;
        }
        if (d->count >= DEMAND_ROW_MAX) {
            diag_add(diag, DIAG_ERROR, D_MANY, at, "more than %d rows", DEMAND_ROW_MAX);
            return;
        }
        if (parse_row(line, &d->row[d->count], diag, at)) {
            d->count++;
        }
    }
    if (!header_seen) {
        diag_add(diag, DIAG_ERROR, D_HEADER, at, "empty: the first line must be \"%s\"",
                 header_line);
    }
}

enum status demand_read(const char *path, struct demand *d, struct diag *diag)
{
    d->count = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        diag_add(diag, DIAG_ERROR, D_FILE, (struct diag_at){ .file = path }, "cannot be read: %s",
                 strerror(errno));
        return STATUS_IO;
    }
    const uint32_t errors_before = diag->errors;
    read_lines(file, path, d, diag);
    (void)fclose(file);
    if (diag->errors != errors_before) {
        d->count = 0;
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

double demand_rate(const struct demand *d, const char *node, enum demand_kind kind, double at_s,
                   double *until_s)
{
    double rate = 0;
    *until_s = INFINITY;
    for (uint32_t i = 0; i < d->count; i++) {
        const struct demand_row *row = &d->row[i];
        if (row->kind != (int32_t)kind || strcmp(row->node, node) != 0 || at_s >= row->to_s) {
            continue;
        }
        if (at_s >= row->from_s) {
            rate += row->per_hour;
            *until_s = fmin(*until_s, row->to_s);
        } else {
            *until_s = fmin(*until_s, row->from_s);
        }
    }
    return rate;
}
