/* sumo_map.h: how a junction directory hangs on a SUMO network: which links of which traffic light
 * its signal groups drive, and where in the network its detectors lie. Written and read by the
 * importer as sumo.csv in the junction's directory, used by the co-simulation, unknown to everybody
 * else. Names of SUMO objects are as in the network file. */
#ifndef KAVSAK_SUMO_MAP_H
#define KAVSAK_SUMO_MAP_H

#include "diag.h"
#include "plan.h"

enum {
    SUMO_ID_BYTES = 160,
    SUMO_LINK_MAX = 256,
    SUMO_ZONE_LANES_MAX = 32, /* lanes that one zone runs over, upstream first; or, of a detector
                                 with the role box, that lie side by side */
    SUMO_CONST_RED = -1,      /* of sg_of_link: never green */
    SUMO_CONST_GREEN = -2,    /* always green in every phase: not signalled at all */
    SUMO_CONST_OFF = -3       /* 's': stop, then go when free; as the network's programme has it */
};

struct sumo_detector {  /* one for each plan detector, same index */
    int32_t lane_count; /* loops: 1; 0: does not exist in the network */
    char lane[SUMO_ZONE_LANES_MAX][SUMO_ID_BYTES];
    double pos_m;     /* loops: where on the lane; zones: begin on the first lane */
    double end_pos_m; /* zones: end on the last lane */
};

struct sumo_map {
    char light[SUMO_ID_BYTES]; /* id of the tlLogic */
    int32_t link_count;
    int16_t sg_of_link[SUMO_LINK_MAX];   /* sg_ix, or one of SUMO_CONST_ */
    uint32_t yields[SUMO_LINK_MAX / 32]; /* bit = link that shows 'g' when its group is green in
                                            every stage; others: 'G' */
    /* Links that yield in one stage and not in another: sg green together with any of these groups
     * means 'g'. */
    sg_mask_t yields_with[SUMO_LINK_MAX];
    uint32_t red_is_stop[SUMO_LINK_MAX / 32]; /* bit = link that shows 's' instead of 'r': right
                                                  turn on red after a stop */
    struct sumo_detector detector[DETECTOR_MAX];
};

/* sumo.csv of a junction's directory, against its plan. Errors go to diag. */
MUST_CHECK enum status sumo_map_read(const char *folder, const struct plan *p, struct sumo_map *map,
                                     struct diag *diag);

/* The state of the light as SUMO writes it, one letter for each link, for aspects (enum aspect) of
 * the groups. A group that is not red keeps others yielding: yellow counts as open. */
void sumo_map_state(const struct sumo_map *map, const int32_t aspect[SG_MAX],
                    char state[SUMO_LINK_MAX + 1]);

#endif
