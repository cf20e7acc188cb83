#include "wire.h"

#include <string.h>

/* Fixed size of each type: a message of another size was made by another version. */
static const size_t wire_size[WIRE_TYPE_COUNT] = {
    [WIRE_HELLO] = sizeof(struct wire_hello),
    [WIRE_SUBSCRIBE] = sizeof(struct wire_subscribe),
    [WIRE_STATUS] = sizeof(struct wire_status),
    [WIRE_EVENTS] = sizeof(struct wire_events),
    [WIRE_COMMAND] = sizeof(struct wire_command),
    [WIRE_RESULT] = sizeof(struct wire_result),
    [WIRE_DETECTORS] = sizeof(struct wire_detectors),
    [WIRE_REFUSED] = sizeof(struct wire_text),
    [WIRE_FETCH] = sizeof(struct wire_fetch),
    [WIRE_PLAN] = sizeof(struct wire_plan),
    [WIRE_ALARMS] = sizeof(struct wire_alarms),
    [WIRE_METRICS] = sizeof(struct wire_metrics),
    [WIRE_NAMES] = sizeof(struct wire_names),
    [WIRE_DECISIONS] = sizeof(struct wire_decisions),
    [WIRE_NEIGHBOUR] = sizeof(struct wire_neighbour),
};
_Static_assert(WIRE_TYPE_COUNT == 16, "a new type needs its size here and a test");

enum status wire_check(const void *bytes, size_t size, const struct wire_header **header)
{
    if (size < sizeof(struct wire_header)) {
        return STATUS_INVALID;
    }
    const struct wire_header *h = bytes;
    if (h->magic != WIRE_MAGIC || h->version != WIRE_VERSION || h->size != size) {
        return STATUS_INVALID;
    }
    if (h->type == 0 || h->type >= WIRE_TYPE_COUNT) {
        return STATUS_NOT_FOUND;
    }
    if (wire_size[h->type] != size) {
        return STATUS_INVALID;
    }
    *header = h;
    return STATUS_OK;
}

void wire_head(struct wire_header *header, enum wire_type type, size_t size, uint32_t request)
{
    REQUIRE(type > 0 && type < WIRE_TYPE_COUNT && size == wire_size[type]);
    *header = (struct wire_header){
        .magic = WIRE_MAGIC,
        .version = WIRE_VERSION,
        .type = (uint16_t)type,
        .size = (uint32_t)size,
        .request = request,
    };
}
