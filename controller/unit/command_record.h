/* command_record.h: a command as RECORD_COMMAND: who asked for what, why, and what the daemon
 * made of it before the tick saw it. Refused ones are kept too: an audit needs them most. */
#ifndef KAVSAK_COMMAND_RECORD_H
#define KAVSAK_COMMAND_RECORD_H

#include "journal.h"
#include "wire.h"

/* result: COMMAND_DONE if it went on to the tick, else why it did not. */
uint64_t journal_put_command(struct journal_queue *queue, uint16_t junction_ix, wall_t at,
                             const struct wire_command *command, enum command_result result);

/* False: not a RECORD_COMMAND, or malformed. command->header stays zero. */
bool journal_is_command(const struct record *r, struct wire_command *command,
                        enum command_result *result);

#endif
