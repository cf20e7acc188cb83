/* demand.h: who comes, when and where: rates for lanes and crossings over time, read from a CSV
 * file. Decides nothing about vehicles; microsim.c draws from it.
 *
 *     from_s,to_s,node,kind,per_hour
 *     0,3600,saat-kulesi/K1,vehicle,420
 *     0,3600,saat-kulesi/K1,bus,12
 *     0,3600,saat-kulesi/YK,pedestrian,90
 *
 * node is junction/lane, or junction/group for pedestrians. Rows may overlap and add up. Lines that
 * begin with # are comments. */
#ifndef KAVSAK_DEMAND_H
#define KAVSAK_DEMAND_H

#include "diag.h"
#include "types.h"

enum { DEMAND_ROW_MAX = 4096, DEMAND_NODE_BYTES = 2 * NAME_MAX_BYTES };

enum demand_kind { DEMAND_VEHICLE, DEMAND_BUS, DEMAND_PEDESTRIAN, DEMAND_KIND_COUNT };

struct demand_row {
    int32_t from_s, to_s; /* to_s exclusive */
    char node[DEMAND_NODE_BYTES];
    int32_t kind; /* enum demand_kind */
    double per_hour;
};

struct demand {
    uint32_t count;
    struct demand_row row[DEMAND_ROW_MAX];
};

/* All findings of a file at once; STATUS_INVALID leaves *d empty. */
MUST_CHECK enum status demand_read(const char *path, struct demand *d, struct diag *diag);

/* Sum of the rows that hold for node and kind at second s; *until_s: when it next changes. */
double demand_rate(const struct demand *d, const char *node, enum demand_kind kind, double at_s,
                   double *until_s);

#endif
