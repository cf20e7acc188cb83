/* realtime.h: what the kernel must grant before the first tick: memory that is never paged, a
 * thread that is never queued behind others, small stacks. Every refusal is an answer with a
 * sentence for the person who starts the daemon; whether it is fatal is the caller's business. */
#ifndef KAVSAK_REALTIME_H
#define KAVSAK_REALTIME_H

#include <pthread.h>

#include "types.h"

enum {
    REALTIME_TEXT_BYTES = 200,
    /* Of every thread but the first; locked whole by mlockall. A search takes 370 KiB of it. */
    REALTIME_STACK_BYTES = 1024 * 1024,
    REALTIME_PRIORITY_DEFAULT = 70,
    REALTIME_PRIORITY_MIN = 10, /* links run one below the tick */
    REALTIME_PRIORITY_MAX = 80  /* kernel threads of the network and timers must still run */
};

/* Locks all memory, present and future, after checking that RLIMIT_MEMLOCK lets need_bytes be
 * locked; keeps_rights: rights that make the limit void are not dropped later. Stops malloc from
 * giving memory back. */
MUST_CHECK enum status realtime_lock_memory(uint64_t need_bytes, bool keeps_rights,
                                            char text[REALTIME_TEXT_BYTES]);

/* Makes the calling thread's stack real, half of it, before a tick needs it. */
void realtime_prefault_stack(void);

/* A thread with a small stack; priority 0: SCHED_OTHER, whatever its maker runs under. All signals
 * are blocked in it. */
MUST_CHECK enum status realtime_thread(pthread_t *thread, const char *name, int32_t priority,
                                       void *(*run)(void *), void *argument,
                                       char text[REALTIME_TEXT_BYTES]);

#endif
