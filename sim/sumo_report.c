#include "sumo_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SUMO writes numbers with a point, and -1 where there is none. The digits are read by hand, so
 * that no locale can change them. */
static double read_number(const char *text)
{
    double value = 0;
    double scale = 1;
    bool has_point = false;
    if (text == NULL || *text == '-') {
        return text == NULL ? 0 : -1;
    }
    for (; (*text >= '0' && *text <= '9') || (*text == '.' && !has_point); text++) {
        if (*text == '.') {
            has_point = true;
            continue;
        }
        value = value * 10 + (*text - '0');
        scale = has_point ? scale * 10 : scale;
    }
    return value / scale;
}

static double at_least_0(double value)
{
    return value > 0 ? value : 0;
}

static void count_trip(struct sumo_report *r, const char *const *attributes)
{
    const double loss_s = at_least_0(read_number(xml_get(attributes, "timeLoss")));
    const double depart_s = at_least_0(read_number(xml_get(attributes, "departDelay")));
    const double wait_s = read_number(xml_get(attributes, "waitingTime"));
    enum sumo_class class = SUMO_FINISHED;
    if (read_number(xml_get(attributes, "depart")) < 0) {
        class = SUMO_UNDEPARTED;
    } else if (read_number(xml_get(attributes, "arrival")) < 0) {
        class = SUMO_UNFINISHED;
    }
    r->count[class]++;
    r->delay_s[class] += loss_s + depart_s;
    r->time_loss_s += loss_s;
    r->depart_delay_s += depart_s;
    r->longest_wait_s = wait_s > r->longest_wait_s ? wait_s : r->longest_wait_s;
    if (loss_s + depart_s > r->worst_delay_s) {
        const char *id = xml_get(attributes, "id");
        r->worst_delay_s = loss_s + depart_s;
        (void)snprintf(r->worst_vehicle, sizeof r->worst_vehicle, "%s", id != NULL ? id : "");
    }
}

static bool open_element(void *self, const char *element, const char *const *attributes)
{
    struct sumo_report *r = self;
    if (strcmp(element, "tripinfo") == 0) {
        count_trip(r, attributes);
    } else if (strcmp(element, "personinfo") == 0) {
        r->persons++;
    }
    return true;
}

enum status sumo_report_read(const char *path, struct sumo_report *report,
                             char error[XML_ERROR_BYTES])
{
    memset(report, 0, sizeof *report);
    const struct xml_handler handler = { .open = open_element, .self = report };
    const enum status status = xml_read(path, &handler, error);
    report->is_whole = status == STATUS_OK;
    return status == STATUS_INVALID ? STATUS_OK : status;
}

uint64_t sumo_report_due(const struct sumo_report *r)
{
    return r->count[SUMO_FINISHED] + r->count[SUMO_UNFINISHED] + r->count[SUMO_UNDEPARTED];
}

double sumo_report_mean_delay_s(const struct sumo_report *r)
{
    const uint64_t due = sumo_report_due(r);
    return due > 0 ? (r->time_loss_s + r->depart_delay_s) / (double)due : 0;
}
