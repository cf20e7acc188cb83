/* notices.h: what the daemon says to the outside: log lines on standard error (with <n> priorities,
 * sd-daemon(3)) and service messages to systemd. The tick may say something at any time and never
 * waits for who reads it: its words go through a bounded queue and the service thread speaks them.
 * Other threads speak at once. Too many words are dropped and counted. */
#ifndef KAVSAK_NOTICES_H
#define KAVSAK_NOTICES_H

#include "queue.h"

enum { NOTICE_TEXT_BYTES = 480, NOTICE_QUEUE = 64 };

struct notices {
    struct queue queue; /* from the tick to the service thread */
    _Atomic uint32_t dropped;
    bool is_terminal;
};

MUST_CHECK enum status notices_create(struct notices *n);
void notices_destroy(struct notices *n);

/* From the tick. */
void notices_log_later(struct notices *n, int priority, const char *line);
void notices_notify_later(struct notices *n, const char *state);

/* From any other thread. */
void notices_log(const struct notices *n, int priority, const char *line);
void notices_notify(const char *state);

/* The service thread: speaks what waits. */
void notices_speak(struct notices *n);

#endif
