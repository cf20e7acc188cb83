/* import_sumo_net.h: what the importer needs of a SUMO network: edges, lanes, connections, right of
 * way at the junctions, traffic lights with the programmes they begin with. Reads and resolves, and
 * decides nothing. Internal to the importer. */
#ifndef KAVSAK_IMPORT_SUMO_NET_H
#define KAVSAK_IMPORT_SUMO_NET_H

#include "types.h"
#include "xml.h"

enum net_function { NET_NORMAL, NET_INTERNAL, NET_CROSSING, NET_WALKINGAREA, NET_OTHER };

enum net_use { /* whom a lane is for */
               NET_USE_CARS,
               NET_USE_BUS,
               NET_USE_TRAM,
               NET_USE_CYCLE,
               NET_USE_PEDESTRIAN
};

struct net_edge {
    const char *id;
    int32_t function; /* enum net_function */
    int32_t first_lane, lane_count;
};

struct net_lane {
    const char *id;
    int32_t edge_ix;
    int32_t index; /* from the right */
    int32_t use;   /* enum net_use */
    double length_m;
    double speed_mps;
    double heading_deg; /* compass, of its last piece: where it leads to */
};

struct net_connection {
    const char *from, *to, *via; /* ids as written; via may be NULL */
    const char *light;           /* id of its tlLogic, NULL: none */
    int32_t from_index, to_index;
    int32_t link_index, link_index2; /* -1: none */
    int32_t from_lane, to_lane;      /* resolved; -1: not in the network */
    int32_t via_lane;                /* -1: none */
    int32_t request;                 /* index of its request in net.requests, -1: none */
    int32_t junction_ix;             /* -1: unknown */
    int32_t request_index;           /* inside the junction */
    char dir;
    bool is_major; /* has right of way where no light stands */
};

struct net_junction {
    const char *id;
    const char *incoming; /* lanes, with spaces between */
    int32_t first_request, request_count;
};

struct net_request {
    int32_t index;
    const char *response, *foes; /* bits, the last character is request 0 */
};

struct net_phase {
    int32_t duration_ms, min_ms, max_ms; /* -1: not given */
    const char *state;
};

struct net_light {
    const char *id;
    const char *type;
    int32_t offset_ms;
    int32_t first_phase, phase_count;
    int32_t other_programmes; /* that the file has besides */
};

struct net_text;

struct net_index { /* id to place in an array */
    int32_t *slot;
    uint32_t size;
};

struct sumo_net {
    struct net_edge *edge;
    struct net_lane *lane;
    struct net_connection *connection;
    struct net_junction *junction;
    struct net_request *request;
    struct net_phase *phase;
    struct net_light *light;
    int32_t edge_count, lane_count, connection_count, junction_count, request_count, phase_count,
        light_count;
    /* Connections into and out of a lane: from first[lane] to first[lane + 1] of list. */
    int32_t *in_first, *in_list, *out_first, *out_list;
    struct net_index lane_ids;
    struct net_text *text; /* blocks that hold all strings, newest first */
};

/* STATUS_IO: cannot be read; STATUS_INVALID: not XML, or XML but no SUMO network; error says which.
 * Give what was filled to sumo_net_finish() whatever comes back. */
MUST_CHECK enum status sumo_net_read(const char *path, struct sumo_net *net,
                                     char error[XML_ERROR_BYTES]);
void sumo_net_finish(struct sumo_net *net);

/* Does the traffic of a meet that of b; must a give way to b? Both of one junction. */
bool sumo_net_foes(const struct sumo_net *net, const struct net_connection *a,
                   const struct net_connection *b);
bool sumo_net_yields(const struct sumo_net *net, const struct net_connection *a,
                     const struct net_connection *b);

/* The one lane before this one, where nothing can enter or leave between the two but by turning
 * back, and no light stands between; -1: there is none. *gap_m: between their ends. */
int32_t sumo_net_lane_before(const struct sumo_net *net, int32_t lane_ix, double *gap_m);
/* The same, but that one may lead to other lanes of the same street too: *splits. */
int32_t sumo_net_lane_feeding(const struct sumo_net *net, int32_t lane_ix, double *gap_m,
                              bool *splits);
/* The one edge before this one: nothing can enter or leave between but by turning back, no light
 * stands between, but lanes may begin or end. -1: there is none. */
int32_t sumo_net_edge_before(const struct sumo_net *net, int32_t edge_ix);
/* The one lane behind it, looking downstream: other lanes may join there. -1: several ways, a light
 * or the end. */
int32_t sumo_net_lane_behind(const struct sumo_net *net, int32_t lane_ix, double *gap_m);

static inline const struct net_edge *net_edge_of(const struct sumo_net *net, int32_t lane_ix)
{
    return &net->edge[net->lane[lane_ix].edge_ix];
}

#endif
