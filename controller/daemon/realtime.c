#include "realtime.h"

#include <errno.h>
#include <linux/capability.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PREFAULT_STACK_BYTES = REALTIME_STACK_BYTES / 2 };

/* With CAP_IPC_LOCK the limit does not bind; there is no library call that tells, and one question
 * needs no library of its own. */
static bool may_lock_without_limit(void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, data) != 0) {
        return false;
    }
    return (data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective & CAP_TO_MASK(CAP_IPC_LOCK)) != 0;
}

/* Root may raise the limit, and must while it is root: it binds as soon as rights are dropped. */
static bool memory_limit_allows(uint64_t need_bytes, bool keeps_rights,
                                char text[REALTIME_TEXT_BYTES])
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
        limit.rlim_cur >= need_bytes || (keeps_rights && may_lock_without_limit())) {
        return true;
    }
    const struct rlimit more = {
        .rlim_cur = need_bytes,
        .rlim_max = limit.rlim_max > need_bytes ? limit.rlim_max : need_bytes,
    };
    if (setrlimit(RLIMIT_MEMLOCK, &more) == 0) {
        return true;
    }
    (void)snprintf(text, REALTIME_TEXT_BYTES,
                   "may lock only %llu KiB of memory, needs %llu KiB: raise LimitMEMLOCK= or "
                   "ulimit -l, or use --no-realtime",
                   (unsigned long long)limit.rlim_cur / 1024,
                   (unsigned long long)need_bytes / 1024);
    return false;
}

/* The volatile stores are what makes the pages real before the first tick needs them. */
void __attribute__((noinline)) realtime_prefault_stack(void)
{
    volatile uint8_t page[PREFAULT_STACK_BYTES];
    for (size_t i = 0; i < sizeof page; i += 4096) {
        page[i] = 0;
    }
}

enum status realtime_lock_memory(uint64_t need_bytes, bool keeps_rights,
                                 char text[REALTIME_TEXT_BYTES])
{
    if (!memory_limit_allows(need_bytes, keeps_rights, text)) {
        return STATUS_REFUSED;
    }
    (void)mallopt(M_TRIM_THRESHOLD, -1);
    (void)mallopt(M_MMAP_MAX, 0);
    (void)mallopt(M_ARENA_MAX,
                  1); /* an arena for each thread reserves 64 MiB that count as locked */
    if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) {
        (void)snprintf(text, REALTIME_TEXT_BYTES, "cannot lock memory: %s (or use --no-realtime)",
                       strerror(errno));
        return STATUS_REFUSED;
    }
    return STATUS_OK;
}

static int thread_start(pthread_t *thread, int32_t priority, void *(*run)(void *), void *argument)
{
    const struct sched_param param = { .sched_priority = priority };
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error != 0) {
        return error;
    }
    error = pthread_attr_setstacksize(&attributes, REALTIME_STACK_BYTES);
    if (error == 0) {
        error = pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    }
    if (error == 0) {
        error = pthread_attr_setschedpolicy(&attributes, priority > 0 ? SCHED_FIFO : SCHED_OTHER);
    }
    if (error == 0) {
        error = pthread_attr_setschedparam(&attributes, &param);
    }
    if (error == 0) {
        error = pthread_create(thread, &attributes, run, argument);
    }
    (void)pthread_attr_destroy(&attributes);
    return error;
}

enum status realtime_thread(pthread_t *thread, const char *name, int32_t priority,
                            void *(*run)(void *), void *argument, char text[REALTIME_TEXT_BYTES])
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const int error = thread_start(thread, priority, run, argument);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0 && priority > 0) {
        (void)snprintf(text, REALTIME_TEXT_BYTES,
                       "cannot start thread '%s' with SCHED_FIFO %d: %s: raise LimitRTPRIO= or "
                       "ulimit -r, or use --no-realtime",
                       name, (int)priority, strerror(error));
        return STATUS_REFUSED;
    }
    if (error != 0) {
        (void)snprintf(text, REALTIME_TEXT_BYTES,
                       "cannot start thread '%s': %s: raise TasksMax=", name, strerror(error));
        return STATUS_REFUSED;
    }
    (void)pthread_setname_np(*thread, name);
    return STATUS_OK;
}
