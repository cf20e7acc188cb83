#include "neighbours.h"

#include <string.h>

/* FNV-1a, by Fowler, Noll and Vo: the same sender always gets the same small number. */
static uint8_t sender_number(const char *from)
{
    uint32_t hash = 2166136261u;
    for (; *from != '\0'; from++) {
        hash = (hash ^ (uint8_t)*from) * 16777619u;
    }
    return (uint8_t)((hash ^ hash >> 16) % NEIGHBOURS_SENDERS);
}

/* Texts come from the world: they may lack their end. */
static bool is_text(const char *text, size_t room)
{
    size_t length = 0;
    while (length < room && text[length] != '\0') {
        length++;
    }
    return length > 0 && length < room;
}

/* Does "junction/lane" speak of this junction? Then returns its lane, else -1. */
static int32_t find_lane(const struct plan *p, const char *link)
{
    const size_t length = strlen(p->junction_name);
    if (strncmp(link, p->junction_name, length) != 0 || link[length] != '/') {
        return -1;
    }
    for (int32_t i = 0; i < p->lane_count; i++) {
        if (strcmp(p->lane[i].name, link + length + 1) == 0) {
            return i;
        }
    }
    return -1;
}

static uint16_t travel_s(const struct lane *lane)
{
    const int32_t speed_cmps = max_i32(lane->speed_cmps, 100);
    return (uint16_t)min_i32((lane->length_cm + speed_cmps / 2) / speed_cmps,
                             NEIGHBOURS_TRAVEL_MAX_S);
}

static uint32_t resolve_inflow(const struct plan *p, const struct neighbour_message *m,
                               struct neighbour_input *input)
{
    const int32_t lane_ix = find_lane(p, m->link);
    if (lane_ix < 0) {
        return 0;
    }
    input->ix = (uint8_t)lane_ix;
    input->travel_s = travel_s(&p->lane[lane_ix]);
    for (uint32_t i = 0; i < NEIGHBOUR_BINS; i++) {
        input->bin_mveh[i] = (uint16_t)min_i32(m->bin_mveh[i], NEIGHBOUR_BIN_MAX_MVEH);
    }
    return 1;
}

/* The sender speaks of its own lanes only. */
static bool is_of_sender(const struct neighbour_message *m)
{
    const size_t length = strlen(m->from);
    return strncmp(m->link, m->from, length) == 0 && m->link[length] == '/';
}

static uint32_t resolve_room(const struct plan *p, const struct neighbour_message *m,
                             struct neighbour_input input[NEIGHBOURS_PER_MESSAGE_MAX])
{
    const struct neighbour_input base = input[0];
    uint32_t count = 0;
    if (m->room_vehicles < 0 || base.age_ms > NEIGHBOUR_STALE_MS || !is_of_sender(m)) {
        return 0;
    }
    for (int32_t i = 0; i < p->movement_count && count < NEIGHBOURS_PER_MESSAGE_MAX; i++) {
        if (strcmp(p->movement[i].exit, m->link) == 0) {
            input[count] = base;
            input[count].ix = (uint8_t)i;
            input[count].room_vehicles = (uint8_t)min_i32(m->room_vehicles, NEIGHBOUR_ROOM_MAX);
            count++;
        }
    }
    return count;
}

uint32_t neighbours_resolve(const struct plan *p, const struct neighbour_message *m,
                            wall_t wall_now,
                            struct neighbour_input input[NEIGHBOURS_PER_MESSAGE_MAX])
{
    if (m->version != NEIGHBOUR_VERSION || !is_text(m->from, sizeof m->from) ||
        !is_text(m->link, sizeof m->link) || strcmp(m->from, p->junction_name) == 0) {
        return 0;
    }
    /* Compared before it is subtracted: a made-up time can be anything. */
    if (m->made_at.ms > wall_now.ms + NEIGHBOURS_FUTURE_MS ||
        m->made_at.ms < wall_now.ms - NEIGHBOUR_BINS * 1000) {
        return 0;
    }
    const int64_t age_ms = wall_now.ms - m->made_at.ms;
    input[0] = (struct neighbour_input){ .direction = (uint8_t)m->direction,
                                         .sender = sender_number(m->from),
                                         .age_ms = (uint16_t)(age_ms > 0 ? age_ms : 0) };
    if (m->direction == NEIGHBOUR_INFLOW) {
        return resolve_inflow(p, m, &input[0]);
    }
    return m->direction == NEIGHBOUR_ROOM ? resolve_room(p, m, input) : 0;
}
