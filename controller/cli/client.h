/* client.h: kavsak's side of the daemon's socket. Blocks, with time limits; one answer for each
 * question. Streams that arrive in between are handed to nobody: who wants them reads with
 * client_receive. */
#ifndef KAVSAK_CLIENT_H
#define KAVSAK_CLIENT_H

#include "names.h"
#include "wire.h"

enum { CLIENT_TEXT_BYTES = 300, CLIENT_ANSWER_MS = 3000 };

/* One message as it came, of any type. */
union client_message {
    struct wire_header header;
    struct wire_hello hello;
    struct wire_status status;
    struct wire_events events;
    struct wire_result result;
    struct wire_text text;
    struct wire_metrics metrics;
    struct wire_alarms alarms;
    struct wire_plan plan;
    struct wire_names names;
    struct wire_decisions decisions;
    uint8_t bytes[WIRE_MESSAGE_MAX_BYTES];
};

struct client {
    int fd;
    uint32_t request; /* last used */
    uint64_t dropped; /* messages the daemon could not send us */
    struct wire_hello daemon;
    char text[CLIENT_TEXT_BYTES]; /* what went wrong */
};

/* Connects and exchanges hellos. STATUS_NOT_FOUND: nobody listens. */
MUST_CHECK enum status client_open(struct client *c, const char *socket_path);
void client_close(struct client *c);

/* Sends a message whose header has been filled by wire_head; sets its request number. */
MUST_CHECK enum status client_send(struct client *c, struct wire_header *message);

/* The next message, of any type. STATUS_TIMEOUT; STATUS_IO: the daemon is gone. */
MUST_CHECK enum status client_receive(struct client *c, union client_message *message,
                                      int32_t timeout_ms);

/* Sends, and waits for the answer to this very request of the wanted type. STATUS_REFUSED: the
 * daemon said no, c->text says why. */
MUST_CHECK enum status client_ask(struct client *c, struct wire_header *question,
                                  enum wire_type wanted, union client_message *answer,
                                  int32_t timeout_ms);

/* The status of one junction. */
MUST_CHECK enum status client_ask_status(struct client *c, uint32_t junction_ix,
                                         union client_message *answer);

/* What people call things there: all kinds. */
MUST_CHECK enum status client_ask_names(struct client *c, uint32_t junction_ix,
                                        struct names *names);

/* What kavsak show prints of the plan in force there, to be freed. */
MUST_CHECK enum status client_ask_plan(struct client *c, uint32_t junction_ix, char **text);

/* Which junction a person means by a name, a node id, a directory or a number from 1; with NULL the
 * only one there is. STATUS_NOT_FOUND: c->text lists those that exist. */
MUST_CHECK enum status client_find(struct client *c, const char *name, uint32_t *junction_ix);

#endif
