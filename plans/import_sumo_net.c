#include "import_sumo_net.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double DEG_PER_RAD = 57.295779513082321;

enum { GROW_FROM = 64, TEXT_BLOCK_BYTES = 1 << 16, ITEM_MAX = 1 << 24 };

struct net_text {
    struct net_text *older;
    size_t used, size;
    char bytes[];
};

struct building {
    struct sumo_net *net;
    bool is_net; /* the root element was seen and is ours */
    bool is_full;
    char root[48];
    int32_t light_ix; /* the programme being read; -1: none that counts */
    int32_t junction_ix;
};

/* ---- memory ---- */

static const char *keep(struct building *b, const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    const size_t size = strlen(text) + 1;
    struct net_text *block = b->net->text;
    if (block == NULL || block->size - block->used < size) {
        const size_t room = size > TEXT_BLOCK_BYTES ? size : TEXT_BLOCK_BYTES;
        struct net_text *fresh = malloc(sizeof *fresh + room);
        if (fresh == NULL) {
            b->is_full = true;
            return "";
        }
        fresh->older = block;
        fresh->used = 0;
        fresh->size = room;
        b->net->text = block = fresh;
    }
    char *copy = block->bytes + block->used;
    memcpy(copy, text, size);
    block->used += size;
    return copy;
}

/* Room for one more at the end, zeroed; NULL: there is none. Arrays double at powers of two. */
static void *grow(struct building *b, void **items, int32_t *count, size_t item_bytes)
{
    const int32_t n = *count;
    if (n >= ITEM_MAX) {
        b->is_full = true;
        return NULL;
    }
    if (n == 0 || (n >= GROW_FROM && (n & (n - 1)) == 0)) {
        const size_t room = n == 0 ? GROW_FROM : 2 * (size_t)n;
        void *larger = realloc(*items, room * item_bytes);
        if (larger == NULL) {
            b->is_full = true;
            return NULL;
        }
        *items = larger;
    }
    void *item = (char *)*items + (size_t)n * item_bytes;
    memset(item, 0, item_bytes);
    *count = n + 1;
    return item;
}

#define GROW(b, member)                                                                            \
    grow(b, (void **)&(b)->net->member, &(b)->net->member##_count, sizeof *(b)->net->member)

/* ---- values ---- */

static double real_of(const char *const *attributes, const char *name, double otherwise)
{
    const char *text = xml_get(attributes, name);
    char *end = NULL;
    const double value = text != NULL ? strtod(text, &end) : otherwise;
    return text == NULL || end == text || !isfinite(value) ? otherwise : value;
}

static int32_t int_of(const char *const *attributes, const char *name, int32_t otherwise)
{
    const double value = real_of(attributes, name, otherwise);
    return value > -1e9 && value < 1e9 ? (int32_t)lround(value) : otherwise;
}

static int32_t ms_of(const char *const *attributes, const char *name)
{
    const double seconds = real_of(attributes, name, -1);
    return seconds >= 0 && seconds < 86400 ? (int32_t)lround(seconds * 10) * TICK_MS : -1;
}

static int32_t function_of(const char *text)
{
    static const struct {
        const char *word;
        int32_t function;
    } words[] = { { "normal", NET_NORMAL },
                  { "internal", NET_INTERNAL },
                  { "crossing", NET_CROSSING },
                  { "walkingarea", NET_WALKINGAREA } };
    for (size_t i = 0; text != NULL && i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(text, words[i].word) == 0) {
            return words[i].function;
        }
    }
    return text == NULL ? NET_NORMAL : NET_OTHER;
}

static bool has_word(const char *list, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = list; at != NULL; at = strchr(at, ' ')) {
        at += strspn(at, " ");
        if (strncmp(at, word, length) == 0 && (at[length] == ' ' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

/* A lane that cars may use is a lane for cars, whoever else is on it. */
static int32_t use_of(const char *allow, const char *disallow)
{
    static const struct {
        const char *word;
        int32_t use;
    } order[] = { { "passenger", NET_USE_CARS },  { "private", NET_USE_CARS },
                  { "delivery", NET_USE_CARS },   { "truck", NET_USE_CARS },
                  { "taxi", NET_USE_BUS },        { "bus", NET_USE_BUS },
                  { "coach", NET_USE_BUS },       { "tram", NET_USE_TRAM },
                  { "rail_urban", NET_USE_TRAM }, { "rail", NET_USE_TRAM },
                  { "bicycle", NET_USE_CYCLE },   { "pedestrian", NET_USE_PEDESTRIAN } };
    const bool has_list = allow != NULL && allow[0] != '\0' && !has_word(allow, "all");
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        const bool may = has_list ? has_word(allow, order[i].word)
                                  : disallow == NULL || (!has_word(disallow, order[i].word) &&
                                                         !has_word(disallow, "all"));
        if (may) {
            return order[i].use;
        }
    }
    return has_list ? NET_USE_CARS : NET_USE_PEDESTRIAN;
}

/* Compass bearing of the last piece of "x,y x,y ..." that has a length. */
static double heading_of(const char *shape)
{
    double x = 0;
    double y = 0;
    double heading_deg = 0;
    bool has_point = false;
    while (shape != NULL && *shape != '\0') {
        char *end = NULL;
        const double px = strtod(shape, &end);
        if (end == shape || *end != ',') {
            break;
        }
        const char *second = end + 1;
        const double py = strtod(second, &end);
        if (end == second) {
            break;
        }
        if (has_point && (fabs(px - x) > 0.05 || fabs(py - y) > 0.05)) {
            heading_deg = atan2(px - x, py - y) * DEG_PER_RAD;
        }
        x = px;
        y = py;
        has_point = true;
        shape = end + strcspn(end, " ");
        shape += strspn(shape, " ");
    }
    return heading_deg < 0 ? heading_deg + 360 : heading_deg;
}

/* ---- elements ---- */

static void take_edge(struct building *b, const char *const *attributes)
{
    struct net_edge *e = GROW(b, edge);
    if (e != NULL) {
        const char *id = xml_get(attributes, "id");
        e->id = keep(b, id != NULL ? id : "");
        e->function = function_of(xml_get(attributes, "function"));
        e->first_lane = b->net->lane_count;
    }
}

static void take_lane(struct building *b, const char *const *attributes)
{
    struct sumo_net *net = b->net;
    struct net_lane *l = net->edge_count > 0 ? GROW(b, lane) : NULL;
    if (l == NULL) {
        return;
    }
    const char *id = xml_get(attributes, "id");
    l->id = keep(b, id != NULL ? id : "");
    l->edge_ix = net->edge_count - 1;
    l->index = int_of(attributes, "index", 0);
    l->use = use_of(xml_get(attributes, "allow"), xml_get(attributes, "disallow"));
    l->length_m = real_of(attributes, "length", 0);
    l->speed_mps = real_of(attributes, "speed", 13.89);
    l->heading_deg = heading_of(xml_get(attributes, "shape"));
    net->edge[l->edge_ix].lane_count++;
}

static void take_light(struct building *b, const char *const *attributes)
{
    const char *id = xml_get(attributes, "id");
    b->light_ix = -1;
    for (int32_t i = 0; id != NULL && i < b->net->light_count; i++) {
        if (strcmp(b->net->light[i].id, id) == 0) {
            b->net->light[i].other_programmes++;
            return; /* SUMO begins with the first one */
        }
    }
    struct net_light *light = GROW(b, light);
    if (light != NULL) {
        const char *type = xml_get(attributes, "type");
        light->id = keep(b, id != NULL ? id : "");
        light->type = keep(b, type != NULL ? type : "static");
        light->offset_ms = (int32_t)lround(real_of(attributes, "offset", 0) * 10) * TICK_MS;
        light->first_phase = b->net->phase_count;
        b->light_ix = b->net->light_count - 1;
    }
}

static void take_phase(struct building *b, const char *const *attributes)
{
    struct net_phase *phase = b->light_ix >= 0 ? GROW(b, phase) : NULL;
    if (phase != NULL) {
        const char *state = xml_get(attributes, "state");
        phase->state = keep(b, state != NULL ? state : "");
        phase->duration_ms = max_i32(ms_of(attributes, "duration"), 0);
        phase->min_ms = ms_of(attributes, "minDur");
        phase->max_ms = ms_of(attributes, "maxDur");
        b->net->light[b->light_ix].phase_count++;
    }
}

static void take_junction(struct building *b, const char *const *attributes)
{
    /* Internal ones are places to wait inside another; their lanes are not their own. */
    const char *type = xml_get(attributes, "type");
    const bool is_inside = type != NULL && strcmp(type, "internal") == 0;
    struct net_junction *j = is_inside ? NULL : GROW(b, junction);
    b->junction_ix = -1;
    if (j != NULL) {
        const char *id = xml_get(attributes, "id");
        const char *lanes = xml_get(attributes, "incLanes");
        j->id = keep(b, id != NULL ? id : "");
        j->incoming = keep(b, lanes != NULL ? lanes : "");
        j->first_request = b->net->request_count;
        b->junction_ix = b->net->junction_count - 1;
    }
}

static void take_request(struct building *b, const char *const *attributes)
{
    struct net_request *q = b->junction_ix >= 0 ? GROW(b, request) : NULL;
    if (q != NULL) {
        const char *response = xml_get(attributes, "response");
        const char *foes = xml_get(attributes, "foes");
        q->index = int_of(attributes, "index", -1);
        q->response = keep(b, response != NULL ? response : "");
        q->foes = keep(b, foes != NULL ? foes : "");
        b->net->junction[b->junction_ix].request_count++;
    }
}

static void take_connection(struct building *b, const char *const *attributes)
{
    struct net_connection *c = GROW(b, connection);
    if (c == NULL) {
        return;
    }
    const char *from = xml_get(attributes, "from");
    const char *to = xml_get(attributes, "to");
    const char *dir = xml_get(attributes, "dir");
    const char *state = xml_get(attributes, "state");
    c->from = keep(b, from != NULL ? from : "");
    c->to = keep(b, to != NULL ? to : "");
    c->via = keep(b, xml_get(attributes, "via"));
    c->light = keep(b, xml_get(attributes, "tl"));
    c->from_index = int_of(attributes, "fromLane", 0);
    c->to_index = int_of(attributes, "toLane", 0);
    c->link_index = int_of(attributes, "linkIndex", -1);
    c->link_index2 = int_of(attributes, "linkIndex2", -1);
    c->dir = 's';
    if (dir != NULL && dir[0] != '\0') {
        c->dir = dir[0];
    }
    c->is_major = state != NULL && state[0] == 'M';
    c->from_lane = c->to_lane = c->via_lane = c->request = c->junction_ix = -1;
}

static bool on_element(void *self, const char *element, const char *const *attributes)
{
    static const struct {
        const char *name;
        void (*take)(struct building *b, const char *const *attributes);
    } elements[] = { { "edge", take_edge },
                     { "lane", take_lane },
                     { "tlLogic", take_light },
                     { "phase", take_phase },
                     { "junction", take_junction },
                     { "request", take_request },
                     { "connection", take_connection } };
    struct building *b = self;
    if (!b->is_net) {
        b->is_net = strcmp(element, "net") == 0;
        (void)snprintf(b->root, sizeof b->root, "%.40s", element);
        return b->is_net;
    }
    for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++) {
        if (strcmp(element, elements[i].name) == 0) {
            elements[i].take(b, attributes);
        }
    }
    return !b->is_full;
}

static void on_end(void *self, const char *element)
{
    struct building *b = self;
    if (strcmp(element, "tlLogic") == 0) {
        b->light_ix = -1;
    } else if (strcmp(element, "junction") == 0) {
        b->junction_ix = -1;
    }
}

/* ---- resolution ---- */

static uint32_t hash_of(const char *text)
{
    uint32_t h = 2166136261U; /* FNV-1a */
    for (; *text != '\0'; text++) {
        h = (h ^ (uint8_t)*text) * 16777619U;
    }
    return h;
}

static bool index_init(struct net_index *ix, int32_t count)
{
    ix->size = GROW_FROM;
    while (ix->size < 2 * (uint32_t)count) {
        ix->size *= 2;
    }
    ix->slot = malloc(ix->size * sizeof *ix->slot);
    if (ix->slot != NULL) {
        memset(ix->slot, 0xff, ix->size * sizeof *ix->slot);
    }
    return ix->slot != NULL;
}

/* The slot of an id, or the free one where it would be. ids: of any array, by its item's size. */
static int32_t *index_slot(const struct net_index *ix, const char *const *ids, size_t stride,
                           const char *id)
{
    uint32_t at = hash_of(id) & (ix->size - 1);
    while (ix->slot[at] >= 0) {
        const char *const *other =
            (const char *const *)((const char *)ids + (size_t)ix->slot[at] * stride);
        if (strcmp(*other, id) == 0) {
            break;
        }
        at = (at + 1) & (ix->size - 1);
    }
    return &ix->slot[at];
}

static int32_t lane_find(const struct sumo_net *net, const char *id)
{
    return net->lane_count > 0
               ? *index_slot(&net->lane_ids, &net->lane[0].id, sizeof net->lane[0], id)
               : -1;
}

static bool index_lanes(struct sumo_net *net)
{
    if (!index_init(&net->lane_ids, net->lane_count)) {
        return false;
    }
    for (int32_t i = 0; i < net->lane_count; i++) {
        *index_slot(&net->lane_ids, &net->lane[0].id, sizeof net->lane[0], net->lane[i].id) = i;
    }
    return true;
}

/* Lane n of an edge; ids of lanes are the edge's with the number behind. */
static int32_t lane_of_edge(const struct sumo_net *net, const struct net_index *edges,
                            const char *edge_id, int32_t index)
{
    const int32_t edge_ix = net->edge_count > 0
                                ? *index_slot(edges, &net->edge[0].id, sizeof net->edge[0], edge_id)
                                : -1;
    const struct net_edge *e = edge_ix >= 0 ? &net->edge[edge_ix] : NULL;
    for (int32_t i = 0; e != NULL && i < e->lane_count; i++) {
        if (net->lane[e->first_lane + i].index == index) {
            return e->first_lane + i;
        }
    }
    return -1;
}

static bool resolve_connections(struct sumo_net *net)
{
    struct net_index edges;
    if (!index_init(&edges, net->edge_count)) {
        return false;
    }
    for (int32_t i = 0; i < net->edge_count; i++) {
        *index_slot(&edges, &net->edge[0].id, sizeof net->edge[0], net->edge[i].id) = i;
    }
    for (int32_t i = 0; i < net->connection_count; i++) {
        struct net_connection *c = &net->connection[i];
        c->from_lane = lane_of_edge(net, &edges, c->from, c->from_index);
        c->to_lane = lane_of_edge(net, &edges, c->to, c->to_index);
        c->via_lane = c->via != NULL ? lane_find(net, c->via) : -1;
    }
    free(edges.slot);
    return true;
}

/* Connections by one of their lanes, in the order of the file. */
static bool list_by_lane(const struct sumo_net *net, bool by_from, int32_t **first, int32_t **list)
{
    *first = calloc((size_t)net->lane_count + 2, sizeof **first);
    *list = calloc((size_t)net->connection_count + 1, sizeof **list);
    if (*first == NULL || *list == NULL) {
        return false;
    }
    for (int32_t i = 0; i < net->connection_count; i++) {
        const struct net_connection *c = &net->connection[i];
        const int32_t lane = by_from ? c->from_lane : c->to_lane;
        if (c->from_lane >= 0 && c->to_lane >= 0) {
            (*first)[lane + 2]++;
        }
    }
    for (int32_t i = 2; i <= net->lane_count + 1; i++) {
        (*first)[i] += (*first)[i - 1];
    }
    for (int32_t i = 0; i < net->connection_count; i++) {
        const struct net_connection *c = &net->connection[i];
        const int32_t lane = by_from ? c->from_lane : c->to_lane;
        if (c->from_lane >= 0 && c->to_lane >= 0) {
            (*list)[(*first)[lane + 1]++] = i;
        }
    }
    return true;
}

/* Only these have a place in the matrix of a junction (SUMO 1.15, MSRightOfWayJunction). */
static bool has_request(const struct sumo_net *net, const struct net_connection *c)
{
    const int32_t from = net_edge_of(net, c->from_lane)->function;
    const int32_t to = net_edge_of(net, c->to_lane)->function;
    return to != NET_WALKINGAREA && (from != NET_WALKINGAREA || to == NET_CROSSING);
}

static int32_t find_request(const struct sumo_net *net, const struct net_junction *j, int32_t index)
{
    for (int32_t i = 0; i < j->request_count; i++) {
        if (net->request[j->first_request + i].index == index) {
            return j->first_request + i;
        }
    }
    return -1;
}

/* Request k of a junction belongs to its k-th connection, counted along its incoming lanes. */
static void number_requests(struct sumo_net *net, int32_t junction_ix)
{
    const struct net_junction *j = &net->junction[junction_ix];
    int32_t index = 0;
    for (const char *at = j->incoming + strspn(j->incoming, " "); *at != '\0';) {
        const size_t length = strcspn(at, " ");
        char id[512];
        (void)snprintf(id, sizeof id, "%.*s", (int)(length < 511 ? length : 511), at);
        const int32_t lane = lane_find(net, id);
        for (int32_t k = lane >= 0 ? net->out_first[lane] : 0;
             lane >= 0 && k < net->out_first[lane + 1]; k++) {
            struct net_connection *c = &net->connection[net->out_list[k]];
            if (has_request(net, c)) {
                c->junction_ix = junction_ix;
                c->request_index = index;
                c->request = find_request(net, j, index);
                index++;
            }
        }
        at += length;
        at += strspn(at, " ");
    }
}

static bool resolve(struct sumo_net *net)
{
    if (!index_lanes(net) || !resolve_connections(net) ||
        !list_by_lane(net, false, &net->in_first, &net->in_list) ||
        !list_by_lane(net, true, &net->out_first, &net->out_list)) {
        return false;
    }
    for (int32_t i = 0; i < net->junction_count; i++) {
        number_requests(net, i);
    }
    return true;
}

enum status sumo_net_read(const char *path, struct sumo_net *net, char error[XML_ERROR_BYTES])
{
    memset(net, 0, sizeof *net);
    struct building b = { .net = net, .light_ix = -1, .junction_ix = -1 };
    const struct xml_handler handler = { .open = on_element, .close = on_end, .self = &b };
    const enum status status = xml_read(path, &handler, error);
    if (b.is_full || (status == STATUS_OK && !resolve(net))) {
        (void)snprintf(error, XML_ERROR_BYTES, "%.200s: too large for the memory", path);
        return STATUS_NO_SPACE;
    }
    if (status == STATUS_REFUSED) {
        (void)snprintf(error, XML_ERROR_BYTES,
                       "%.140s: no SUMO network: its first element is <%s>, not <net>", path,
                       b.root);
        return STATUS_INVALID;
    }
    return status;
}

void sumo_net_finish(struct sumo_net *net)
{
    free(net->edge);
    free(net->lane);
    free(net->connection);
    free(net->junction);
    free(net->request);
    free(net->phase);
    free(net->light);
    free(net->in_first);
    free(net->in_list);
    free(net->out_first);
    free(net->out_list);
    free(net->lane_ids.slot);
    while (net->text != NULL) {
        struct net_text *older = net->text->older;
        free(net->text);
        net->text = older;
    }
    memset(net, 0, sizeof *net);
}

/* ---- questions ---- */

static bool bit_is_set(const char *bits, int32_t index)
{
    const int32_t length = (int32_t)strlen(bits);
    return index >= 0 && index < length && bits[length - 1 - index] == '1';
}

bool sumo_net_foes(const struct sumo_net *net, const struct net_connection *a,
                   const struct net_connection *b)
{
    return a->junction_ix >= 0 && a->junction_ix == b->junction_ix && a->request >= 0 &&
           b->request >= 0 &&
           (bit_is_set(net->request[a->request].foes, b->request_index) ||
            bit_is_set(net->request[b->request].foes, a->request_index));
}

bool sumo_net_yields(const struct sumo_net *net, const struct net_connection *a,
                     const struct net_connection *b)
{
    return a->junction_ix >= 0 && a->junction_ix == b->junction_ix && a->request >= 0 &&
           bit_is_set(net->request[a->request].response, b->request_index);
}

/* A way for vehicles from one street to another; turning back at a node is neither a way in nor a
 * way out. */
static bool is_way(const struct sumo_net *net, const struct net_connection *c)
{
    return c->dir != 't' && net_edge_of(net, c->from_lane)->function == NET_NORMAL &&
           net_edge_of(net, c->to_lane)->function == NET_NORMAL &&
           net->lane[c->from_lane].use != NET_USE_PEDESTRIAN &&
           net->lane[c->to_lane].use != NET_USE_PEDESTRIAN;
}

/* The only edge that traffic of this one comes from (or goes to); -1: several, or none. */
static int32_t only_neighbour(const struct sumo_net *net, int32_t edge_ix, bool upstream)
{
    const struct net_edge *e = &net->edge[edge_ix];
    const int32_t *first = upstream ? net->in_first : net->out_first;
    const int32_t *list = upstream ? net->in_list : net->out_list;
    int32_t only = -1;
    for (int32_t lane = e->first_lane; lane < e->first_lane + e->lane_count; lane++) {
        for (int32_t k = first[lane]; k < first[lane + 1]; k++) {
            const struct net_connection *c = &net->connection[list[k]];
            if (!is_way(net, c)) {
                continue;
            }
            const int32_t other = net->lane[upstream ? c->from_lane : c->to_lane].edge_ix;
            if (only >= 0 && other != only) {
                return -1;
            }
            only = other;
        }
    }
    return only;
}

/* The only way into (or out of) a lane. */
static const struct net_connection *only_way(const struct sumo_net *net, int32_t lane,
                                             bool upstream)
{
    const int32_t *first = upstream ? net->in_first : net->out_first;
    const int32_t *list = upstream ? net->in_list : net->out_list;
    const struct net_connection *only = NULL;
    for (int32_t k = first[lane]; k < first[lane + 1]; k++) {
        const struct net_connection *c = &net->connection[list[k]];
        if (is_way(net, c)) {
            if (only != NULL) {
                return NULL;
            }
            only = c;
        }
    }
    return only;
}

static double gap_of(const struct sumo_net *net, const struct net_connection *c)
{
    return c->via_lane >= 0 ? net->lane[c->via_lane].length_m : 0;
}

int32_t sumo_net_edge_before(const struct sumo_net *net, int32_t edge_ix)
{
    const struct net_edge *e = &net->edge[edge_ix];
    const int32_t before = only_neighbour(net, edge_ix, true);
    if (before < 0 || before == edge_ix || only_neighbour(net, before, false) != edge_ix) {
        return -1;
    }
    for (int32_t lane = e->first_lane; lane < e->first_lane + e->lane_count; lane++) {
        for (int32_t k = net->in_first[lane]; k < net->in_first[lane + 1]; k++) {
            const struct net_connection *c = &net->connection[net->in_list[k]];
            if (is_way(net, c) && c->light != NULL) {
                return -1;
            }
        }
    }
    return before;
}

int32_t sumo_net_lane_feeding(const struct sumo_net *net, int32_t lane_ix, double *gap_m,
                              bool *splits)
{
    const int32_t edge_ix = net->lane[lane_ix].edge_ix;
    const int32_t before = only_neighbour(net, edge_ix, true);
    const struct net_connection *in = only_way(net, lane_ix, true);
    if (before < 0 || in == NULL || in->light != NULL || before == edge_ix ||
        only_neighbour(net, before, false) != edge_ix) {
        return -1;
    }
    *gap_m = gap_of(net, in);
    *splits = only_way(net, in->from_lane, false) == NULL;
    return in->from_lane;
}

int32_t sumo_net_lane_before(const struct sumo_net *net, int32_t lane_ix, double *gap_m)
{
    bool splits = false;
    const int32_t before = sumo_net_lane_feeding(net, lane_ix, gap_m, &splits);
    return splits ? -1 : before;
}

int32_t sumo_net_lane_behind(const struct sumo_net *net, int32_t lane_ix, double *gap_m)
{
    const struct net_connection *out = only_way(net, lane_ix, false);
    if (out == NULL || out->light != NULL ||
        net->lane[out->to_lane].edge_ix == net->lane[lane_ix].edge_ix) {
        return -1;
    }
    *gap_m = gap_of(net, out);
    return out->to_lane;
}
