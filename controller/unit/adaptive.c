#include "adaptive.h"

#include <string.h>

#include "decision_record.h"
#include "neighbours.h"

_Static_assert((int)NEIGHBOURS_PER_MESSAGE_MAX <= (int)NEIGHBOUR_PER_TICK_MAX,
               "a message fits into a tick");

enum {
    RECORD_PAUSE_MS = 900, /* one record a second and junction; ticks may come a little early */
    MESSAGES_PER_DECISION_MAX = LAYOUT_EXIT_MAX + LANE_MAX
};

_Static_assert((int)DECISION_PACKED_MAX_BYTES <= (int)WIRE_DECISION_BYTES,
               "one entry of a message holds a decision");

/* In. */

void adaptive_gather(struct slot *slot)
{
    struct neighbours_heard *h = &slot->heard;
    uint32_t taken = 0;
    for (; taken < h->count; taken++) {
        struct neighbour_input input[NEIGHBOURS_PER_MESSAGE_MAX];
        const uint32_t room = NEIGHBOUR_PER_TICK_MAX - slot->in.neighbour_count;
        const uint32_t count =
            neighbours_resolve(slot->junction.plan, &h->message[taken], slot->in.wall, input);
        if (count > room) {
            break; /* whole, with the next tick */
        }
        memcpy(slot->in.neighbour + slot->in.neighbour_count, input, count * sizeof input[0]);
        slot->in.neighbour_count += count;
        h->taken += count > 0 ? 1 : 0;
        h->refused += count > 0 ? 0 : 1;
    }
    h->count -= taken;
    memmove(h->message, h->message + taken, h->count * sizeof h->message[0]);
}

/* The newest says more than the oldest: what does not fit pushes that out. */
static void hear(struct slot *slot, const struct neighbour_message *message)
{
    struct neighbours_heard *h = &slot->heard;
    if (h->count == UNIT_NEIGHBOUR_QUEUE) {
        h->count--;
        h->dropped++;
        memmove(h->message, h->message + 1, h->count * sizeof h->message[0]);
    }
    h->message[h->count++] = *message;
}

void unit_hear_neighbour(struct unit *unit, uint32_t junction_ix,
                         const struct neighbour_message *message)
{
    REQUIRE(junction_ix < unit->count);
    struct slot *slot = &unit->slot[junction_ix];
    const bool ends = memchr(message->from, '\0', sizeof message->from) != NULL &&
                      memchr(message->link, '\0', sizeof message->link) != NULL;
    if (!ends || message->version != NEIGHBOUR_VERSION) {
        slot->heard.refused++;
        return;
    }
    hear(slot, message);
}

/* Out. */

/* Whether a junction may make anything of a message. Which lane it is about neighbours_resolve()
 * finds out, once, where it is used. */
static bool concerns(const struct plan *p, const struct neighbour_message *m)
{
    if (m->direction == NEIGHBOUR_INFLOW) {
        const size_t length = strlen(p->junction_name);
        return strncmp(m->link, p->junction_name, length) == 0 && m->link[length] == '/';
    }
    for (int32_t i = 0; i < p->movement_count; i++) {
        if (strcmp(p->movement[i].exit, m->link) == 0) {
            return true;
        }
    }
    return false;
}

static void tell_neighbours(struct unit *u, uint32_t junction_ix, mono_t now)
{
    const struct slot *slot = &u->slot[junction_ix];
    struct neighbour_message message[MESSAGES_PER_DECISION_MAX];
    const uint32_t count = optimiser_messages(&slot->junction.optimiser, slot->junction.plan,
                                              slot->in.wall, message, MESSAGES_PER_DECISION_MAX);
    REQUIRE(count <= MESSAGES_PER_DECISION_MAX);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < u->count; k++) {
            if (k != junction_ix && concerns(u->slot[k].junction.plan, &message[i])) {
                hear(&u->slot[k], &message[i]);
            }
        }
        server_publish_neighbour(u->server, junction_ix, &message[i], now);
    }
}

/* With decisions_every_s only changes, and of the rest one in so many seconds. */
static bool is_worth_a_record(const struct unit *u, const struct slot *slot,
                              const struct decision *d, mono_t now)
{
    if (!slot->has_recorded) {
        return true;
    }
    const int64_t since_ms = mono_since_ms(now, slot->recorded_at);
    const int64_t pause_ms = (int64_t)u->config.decisions_every_s * 1000;
    const bool is_change = d->chosen_ix != d->was_ix;
    return since_ms >= RECORD_PAUSE_MS && (is_change || since_ms + TICK_MS >= pause_ms);
}

static void keep_decision(struct unit *u, uint32_t junction_ix, mono_t now)
{
    struct slot *slot = &u->slot[junction_ix];
    const struct decision *d = &slot->junction.optimiser.decision;
    struct wire_decision *last = &slot->decided;
    *last = (struct wire_decision){ .wall = slot->in.wall };
    last->used = (uint32_t)decision_encode(d, last->packed);
    if (is_worth_a_record(u, slot, d, now)) {
        last->seq = journal_put_decision(u->config.queue, (uint16_t)junction_ix, slot->in.wall,
                                         last->packed, last->used);
        slot->has_recorded = true;
        slot->recorded_at = now;
    }
}

void adaptive_tell(struct unit *u, uint32_t junction_ix, mono_t now)
{
    struct slot *slot = &u->slot[junction_ix];
    const uint64_t number = slot->junction.optimiser.decision.number;
    if (number == slot->decided_number) {
        return;
    }
    slot->decided_number = number;
    if (number != 0) {
        keep_decision(u, junction_ix, now);
        tell_neighbours(u, junction_ix, now);
    }
}

void unit_decision(const struct unit *unit, uint32_t junction_ix, struct wire_decisions *decisions)
{
    REQUIRE(junction_ix < unit->count);
    const struct slot *slot = &unit->slot[junction_ix];
    memset(decisions, 0, sizeof *decisions);
    wire_head(&decisions->header, WIRE_DECISIONS, sizeof *decisions, 0);
    if (slot->decided.used > 0) {
        decisions->decision[0] = slot->decided;
        decisions->count = 1;
    }
}
