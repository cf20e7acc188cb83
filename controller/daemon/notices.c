#include "notices.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum { NOTIFY_PRIORITY = -1 };

struct notice {
    int32_t priority; /* syslog's, or NOTIFY_PRIORITY */
    char text[NOTICE_TEXT_BYTES];
};

enum status notices_create(struct notices *n)
{
    atomic_init(&n->dropped, 0);
    n->is_terminal = isatty(STDERR_FILENO) == 1;
    return queue_create(&n->queue, NOTICE_QUEUE, sizeof(struct notice));
}

void notices_destroy(struct notices *n)
{
    if (n != NULL) {
        queue_destroy(&n->queue);
    }
}

static void put(struct notices *n, int priority, const char *text)
{
    struct notice notice = { .priority = priority };
    const size_t size = strnlen(text, sizeof notice.text - 1);
    memcpy(notice.text, text, size);
    notice.text[size] = '\0';
    if (!queue_put(&n->queue, &notice, sizeof notice)) {
        atomic_fetch_add_explicit(&n->dropped, 1, memory_order_relaxed);
    }
}

void notices_log_later(struct notices *n, int priority, const char *line)
{
    put(n, priority, line);
}

void notices_notify_later(struct notices *n, const char *state)
{
    put(n, NOTIFY_PRIORITY, state);
}

static const char *priority_word(int priority)
{
    if (priority <= LOG_ERR) {
        return "error: ";
    }
    return priority == LOG_WARNING ? "warning: " : "";
}

/* One write for each line, so that lines of two threads never mix. Nobody is left to tell if it
 * fails. */
void notices_log(const struct notices *n, int priority, const char *line)
{
    char text[NOTICE_TEXT_BYTES + 32];
    int size;
    if (n->is_terminal) {
        size = snprintf(text, sizeof text, "kavsakd: %s%s\n", priority_word(priority), line);
    } else {
        size = snprintf(text, sizeof text, "<%d>%s\n", priority & 7, line);
    }
    if (size > 0) {
        const size_t whole = (size_t)size < sizeof text ? (size_t)size : sizeof text - 1;
        text[whole - 1] = '\n';
        const ssize_t written = write(STDERR_FILENO, text, whole);
        (void)written;
    }
}

void notices_notify(const char *state)
{
    (void)sd_notify(0, state);
}

void notices_speak(struct notices *n)
{
    struct notice notice;
    size_t size = 0;
    for (uint32_t i = 0; i < NOTICE_QUEUE && queue_take(&n->queue, &notice, sizeof notice, &size);
         i++) {
        if (notice.priority == NOTIFY_PRIORITY) {
            notices_notify(notice.text);
        } else {
            notices_log(n, notice.priority, notice.text);
        }
    }
    const uint32_t dropped = atomic_exchange_explicit(&n->dropped, 0, memory_order_relaxed);
    if (dropped > 0) {
        char line[64];
        (void)snprintf(line, sizeof line, "%u notices of the tick were dropped", (unsigned)dropped);
        notices_log(n, LOG_WARNING, line);
    }
}
