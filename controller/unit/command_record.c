#include "command_record.h"

#include <string.h>

/* Fixed layout, little-endian, strings with their full room: commands are rare, readers simple. */
enum {
    AT_COMMAND_ID = 0,
    AT_KIND = 8,
    AT_TARGET = 12,
    AT_VALUE = 16,
    AT_DURATION = 20,
    AT_UNTIL = 24,
    AT_VALID_UNTIL = 32,
    AT_COUNTER = 40,
    AT_ROLE = 48,
    AT_RESULT = 52,
    AT_ID = 56,
    AT_BY = AT_ID + 40,
    AT_WHY = AT_BY + 40,
    AT_NODE = AT_WHY + 96,
    COMMAND_BYTES = AT_NODE + 64
};
_Static_assert((int)COMMAND_BYTES <= (int)RECORD_PAYLOAD_MAX_BYTES, "one record holds a command");

static void put_le(uint8_t *out, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        out[i] = (uint8_t)(value >> (8 * i));
    }
}

static uint64_t get_le(const uint8_t *in, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++) {
        value |= (uint64_t)in[i] << (8 * i);
    }
    return value;
}

static int32_t get_i32(const uint8_t *in)
{
    return (int32_t)(uint32_t)get_le(in, 4);
}

uint64_t journal_put_command(struct journal_queue *queue, uint16_t junction_ix, wall_t at,
                             const struct wire_command *command, enum command_result result)
{
    uint8_t p[COMMAND_BYTES];
    const struct command *c = &command->command;
    put_le(p + AT_COMMAND_ID, c->command_id, 8);
    put_le(p + AT_KIND, (uint32_t)c->kind, 4);
    put_le(p + AT_TARGET, (uint32_t)c->target, 4);
    put_le(p + AT_VALUE, (uint32_t)c->value, 4);
    put_le(p + AT_DURATION, (uint32_t)c->duration_ms, 4);
    put_le(p + AT_UNTIL, (uint64_t)c->until.ms, 8);
    put_le(p + AT_VALID_UNTIL, (uint64_t)command->valid_until.ms, 8);
    put_le(p + AT_COUNTER, command->counter, 8);
    put_le(p + AT_ROLE, (uint32_t)command->role, 4);
    put_le(p + AT_RESULT, (uint32_t)result, 4);
    memcpy(p + AT_ID, command->id, sizeof command->id);
    memcpy(p + AT_BY, command->by, sizeof command->by);
    memcpy(p + AT_WHY, command->why, sizeof command->why);
    memcpy(p + AT_NODE, command->node, sizeof command->node);
    const struct record r = { .payload_bytes = COMMAND_BYTES,
                              .type = RECORD_COMMAND,
                              .junction = junction_ix,
                              .at = at,
                              .payload = p };
    return journal_put(queue, &r);
}

static void get_text(char *out, const uint8_t *in, size_t room)
{
    memcpy(out, in, room);
    out[room - 1] = '\0';
}

bool journal_is_command(const struct record *r, struct wire_command *command,
                        enum command_result *result)
{
    if (r->type != RECORD_COMMAND || r->payload_bytes != COMMAND_BYTES) {
        return false;
    }
    const uint8_t *p = r->payload;
    const int32_t outcome = get_i32(p + AT_RESULT);
    if (outcome < 0 || outcome >= COMMAND_RESULT_COUNT) {
        return false;
    }
    memset(command, 0, sizeof *command);
    struct command *c = &command->command;
    c->command_id = get_le(p + AT_COMMAND_ID, 8);
    c->kind = get_i32(p + AT_KIND);
    c->target = get_i32(p + AT_TARGET);
    c->value = get_i32(p + AT_VALUE);
    c->duration_ms = get_i32(p + AT_DURATION);
    c->until.ms = (int64_t)get_le(p + AT_UNTIL, 8);
    command->valid_until.ms = (int64_t)get_le(p + AT_VALID_UNTIL, 8);
    command->counter = get_le(p + AT_COUNTER, 8);
    command->role = get_i32(p + AT_ROLE);
    get_text(command->id, p + AT_ID, sizeof command->id);
    get_text(command->by, p + AT_BY, sizeof command->by);
    get_text(command->why, p + AT_WHY, sizeof command->why);
    get_text(command->node, p + AT_NODE, sizeof command->node);
    *result = (enum command_result)outcome;
    return true;
}
