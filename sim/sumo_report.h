/* sumo_report.h: what a run cost the vehicles, from SUMO's tripinfo.xml after the run: delay is
 * time loss and departure delay of everybody who was due, those who never finished or never got in
 * included. Only reads; has nothing to do with control. */
#ifndef KAVSAK_SUMO_REPORT_H
#define KAVSAK_SUMO_REPORT_H

#include "types.h"
#include "xml.h"

enum sumo_class { SUMO_FINISHED, SUMO_UNFINISHED, SUMO_UNDEPARTED, SUMO_CLASS_COUNT };

struct sumo_report {
    uint64_t count[SUMO_CLASS_COUNT];
    double delay_s[SUMO_CLASS_COUNT]; /* sums */
    double time_loss_s, depart_delay_s;
    double worst_delay_s, longest_wait_s; /* of one vehicle; standing in all, not at a stretch */
    char worst_vehicle[64];
    uint64_t persons;
    bool is_whole; /* false: the file ends in the middle, sumo died */
};

/* STATUS_IO: no such file. A file that breaks off counts up to there. */
MUST_CHECK enum status sumo_report_read(const char *path, struct sumo_report *report,
                                        char error[XML_ERROR_BYTES]);

uint64_t sumo_report_due(const struct sumo_report *r);
double sumo_report_mean_delay_s(const struct sumo_report *r);

#endif
