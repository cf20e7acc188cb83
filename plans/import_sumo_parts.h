/* import_sumo_parts.h: one traffic light on its way from a SUMO network to a junction: what the
 * steps of the import hand on. The plan itself is filled as if it had been read from files; the
 * writer makes the files from it. Internal to the importer. */
#ifndef KAVSAK_IMPORT_SUMO_PARTS_H
#define KAVSAK_IMPORT_SUMO_PARTS_H

#include "import_sumo.h"
#include "import_sumo_net.h"
#include "sumo_map.h"

enum {
    LINK_CONNECTION_MAX = 8, /* connections that share a link index */
    LINK_WORDS = SUMO_LINK_MAX / 32,
    IMPORT_REASON_BYTES = 256,
    IMPORT_REACH_CM = 10000, /* of detectors from the stop line: design, section 5 */
    IMPORT_LOOP_CM = 200
};

struct link_set {
    uint32_t bits[LINK_WORDS];
};

static inline bool link_in(const struct link_set *set, int32_t link)
{
    return (set->bits[link / 32] & bit32((uint32_t)link % 32)) != 0;
}

static inline void link_add(struct link_set *set, int32_t link)
{
    set->bits[link / 32] |= bit32((uint32_t)link % 32);
}

static inline void link_drop(struct link_set *set, int32_t link)
{
    set->bits[link / 32] &= ~bit32((uint32_t)link % 32);
}

struct import_link {
    int32_t connection[LINK_CONNECTION_MAX]; /* of the network */
    int32_t connection_count;
    bool is_signalled; /* opens in some phases and not in others */
    bool stops_on_red; /* 's' whenever it is not green */
    int32_t type;      /* enum sg_type */
    int32_t yellow_ms; /* of the programme; 0: none was found */
    int32_t edge_ix;   /* where it comes from; crossings: the crossing */
    int32_t sg_ix;
    uint32_t stages; /* that open it */
};

struct import_stage {
    struct link_set open, minor; /* minor: those open with 'g' */
    int32_t max_ms;              /* of the programme; -1: none */
};

struct import_step {
    int32_t stage_ix;
    int32_t change_ms, green_ms; /* change: from the end of the step before to its own green */
};

struct import_light {
    const struct sumo_net *net;
    const struct net_light *light;
    const struct import_options *options;
    import_teller *tell;
    void *self;
    bool is_left_out;
    bool is_checked;

    int32_t link_count;
    struct import_link link[SUMO_LINK_MAX];
    struct link_set foes[SUMO_LINK_MAX];      /* links whose traffic meets */
    struct link_set gives_way[SUMO_LINK_MAX]; /* links that this one must yield to */
    struct link_set merges[SUMO_LINK_MAX];    /* foes that only end in the same lane */

    int32_t stage_count, step_count;
    struct import_stage stage[STAGE_MAX];
    struct import_step step[PATTERN_STEP_MAX];
    int32_t all_red_ms;
    int32_t first_change_ms; /* of step 0: the programme's second 0 is so long after its begin */
    int32_t ped_length_cm[SG_MAX];

    int32_t lane_of[LANE_MAX];          /* of the network, by lane of the plan */
    double lead_m[LANE_MAX];            /* from its end to the stop line */
    int32_t exit_lane_of[MOVEMENT_MAX]; /* of the network, by movement */

    struct plan plan;
    struct sumo_map map;
};

/* The steps, in this order. False: the light was left out, and the reason told. */
bool import_links(struct import_light *l);
bool import_stages(struct import_light *l);
bool import_groups(struct import_light *l);
bool import_timing(struct import_light *l);
bool import_lanes(struct import_light *l);
void import_detectors(struct import_light *l);
void import_recalls(struct import_light *l);

/* A lane of the network and what feeds it and nothing else, stop line first. */
struct import_chain {
    int32_t count;
    int32_t lane[SUMO_ZONE_LANES_MAX];
    double from_m[SUMO_ZONE_LANES_MAX]; /* of the lane's end, from the stop line */
    double length_m;
};

/* lead_m: from the lane's end to the stop line. Ends where detectors may not lie any more. */
struct import_chain import_chain_up(const struct sumo_net *net, int32_t lane, double lead_m);
/* The lane that lies so far upstream, as its place in the chain, and where on it. */
int32_t import_place_up(const struct sumo_net *net, const struct import_chain *c, double distance_m,
                        double *pos_m);
bool import_has_room(const struct plan *p, int32_t type);
struct detector *import_detector_add(struct import_light *l, int32_t type, int32_t roles,
                                     int32_t lane_ix, const char *suffix);
void import_map_lane(struct sumo_detector *s, const struct sumo_net *net, int32_t lane);
/* import_sumo_feeders.c: detectors upstream of where an approach widens. */
void import_feeders(struct import_light *l);

/* Where exits lead, once all lights have their lanes. */
void import_exits(struct import_light *l, const struct import_light *const *all, int32_t count);

/* Text of the four files and of sumo.csv, in memory. */
struct import_text {
    char *bytes[5];
    size_t size[5];
};
bool import_write(const struct import_light *l, struct import_text *text);
void import_text_finish(struct import_text *text);

void import_note(const struct import_light *l, int32_t kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* As IMPORT_LEFT_OUT; returns false. */
bool import_leave_out(struct import_light *l, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Of an ending group until it is red: yellow, or clearance. */
int32_t import_tail_ms(const struct plan *p, uint32_t sg_ix);

#endif
