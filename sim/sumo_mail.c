#include "sumo_mail.h"

#include <string.h>

#include "neighbours.h"

enum { MESSAGES_MAX = LAYOUT_EXIT_MAX + LANE_MAX };

/* Is there a movement that leads into a lane of this junction? Exits are "junction/lane". */
static bool leads_to(const struct plan *p, const char *name)
{
    const size_t length = strlen(name);
    for (int32_t i = 0; i < p->movement_count; i++) {
        if (strncmp(p->movement[i].exit, name, length) == 0 && p->movement[i].exit[length] == '/') {
            return true;
        }
    }
    return false;
}

void mail_init(struct mail *m, const struct plan *const *plans, uint32_t count)
{
    REQUIRE(count <= MAIL_BOXES_MAX);
    memset(m, 0, sizeof *m);
    m->count = count;
    for (uint32_t j = 0; j < count; j++) {
        m->box[j].plan = plans[j];
        for (uint32_t k = 0; k < count; k++) {
            if (j != k && leads_to(plans[j], plans[k]->junction_name)) {
                m->box[j].feeds |= bit64(k);
                m->box[k].fed_by |= bit64(j);
            }
        }
    }
}

void mail_clear(struct mail *m)
{
    for (uint32_t j = 0; j < m->count; j++) {
        m->box[j].count = 0;
        m->box[j].given = 0;
    }
}

/* The number of inputs that were made of it. */
static uint32_t put(struct mail *m, struct mailbox *box, const struct neighbour_message *message,
                    wall_t wall)
{
    struct neighbour_input input[NEIGHBOURS_PER_MESSAGE_MAX];
    const uint32_t count = neighbours_resolve(box->plan, message, wall, input);
    for (uint32_t i = 0; i < count; i++) {
        if (box->count == MAIL_MAX) {
            m->lost++;
        } else {
            box->mail[box->count++] = input[i];
        }
    }
    return count;
}

static bool is_named(const char *link, const char *junction)
{
    const size_t length = strlen(junction);
    return strncmp(link, junction, length) == 0 && link[length] == '/';
}

/* Room concerns whoever feeds the lane, inflow the junction whose lane it is. */
static void post_one(struct mail *m, const struct mailbox *own,
                     const struct neighbour_message *message, wall_t wall)
{
    const bool is_room = message->direction == NEIGHBOUR_ROOM;
    uint32_t inputs = 0;
    for (uint64_t left = is_room ? own->fed_by : own->feeds; left != 0; left &= left - 1) {
        struct mailbox *box = &m->box[__builtin_ctzll(left)];
        if (is_room || is_named(message->link, box->plan->junction_name)) {
            inputs += put(m, box, message, wall);
        }
    }
    m->sent += inputs > 0 ? 1 : 0;
}

void mail_post(struct mail *m, uint32_t junction_ix, const struct optimiser *o, wall_t wall)
{
    REQUIRE(junction_ix < m->count);
    struct mailbox *own = &m->box[junction_ix];
    if (o->decision.number == own->told) {
        return;
    }
    own->told = o->decision.number;
    struct neighbour_message message[MESSAGES_MAX];
    const uint32_t count = optimiser_messages(o, own->plan, wall, message, MESSAGES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        post_one(m, own, &message[i], wall);
    }
}

void mail_deliver(struct mail *m, uint32_t junction_ix, int32_t tick, struct input_frame *in)
{
    REQUIRE(junction_ix < m->count);
    struct mailbox *box = &m->box[junction_ix];
    in->neighbour_count = 0;
    while (box->given < box->count && in->neighbour_count < NEIGHBOUR_PER_TICK_MAX) {
        struct neighbour_input *input = &in->neighbour[in->neighbour_count++];
        *input = box->mail[box->given++];
        input->age_ms = (uint16_t)(input->age_ms + tick * TICK_MS);
        box->taken++;
    }
}
