#include "daemon.h"

#include "grants.h"
#include "junctions.h"
#include "loop.h"
#include "real_world.h"
#include "rights.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum {
    PATH_BYTES = 512,
    SERVICE_ROUND_MS = 100, /* what the tick says is spoken at the latest so long after */
    DISK_ROUND_MS = 50,
    CLOCK_CHECK_MS = 1000,
    STATUS_LINE_TICKS = 100,
    JOURNAL_SEGMENTS = 64,
    JOURNAL_QUEUE_BYTES = 1 << 20,
    MEMORY_BASE_BYTES = 24 << 20, /* libraries, socket queues, journal; measured 17 MiB */
    MEMORY_JUNCTION_BYTES = 512 << 10
};

struct daemon {
    const struct options *options;
    struct real_world world;
    struct junctions junctions;
    struct journal_queue *queue;
    struct journal *journal;
    struct journal_desk *desk;
    struct unit *unit;
    struct loop_figures figures;
    char journal_dir[PATH_BYTES];
    int signals;
    pthread_t tick_thread, disk_thread;
    bool tick_is_started, disk_is_started;
    sem_t tick_gate, disk_gate;
    _Atomic int32_t gate_is_refused; /* the start failed: threads that wait go home */
    _Atomic int32_t stop_asked;      /* signals that asked for an end: the second does not wait */
    _Atomic int32_t tick_has_ended;
    _Atomic int32_t disk_shall_end;
    bool stop_is_told; /* tick thread: unit_stop was called */
};

static void say(struct daemon *d, int priority, const char *line)
{
    d->world.world.log(d->world.world.self, priority, line);
}

static enum daemon_exit exit_of(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return DAEMON_STOPPED;
    case STATUS_INVALID:
        return DAEMON_FINDINGS;
    case STATUS_REFUSED:
        return DAEMON_REFUSED;
    case STATUS_AGAIN:
    case STATUS_IO:
    case STATUS_TIMEOUT:
    case STATUS_NO_SPACE:
    case STATUS_NOT_FOUND:
        break;
    }
    return DAEMON_IO;
}

static void wait_on(sem_t *semaphore)
{
    while (sem_wait(semaphore) !=
           0) { /* ends: only a signal makes it fail, and all are blocked here */
        REQUIRE(errno == EINTR);
    }
}

/* Tick thread. */

static void say_status_line(struct daemon *d)
{
    char line[200];
    const struct junction *first = unit_junction(d->unit, 0);
    static const char *const mode_word[MODE_COUNT] = { "start-up", "normal", "manual", "preempt",
                                                       "flash" };
    (void)snprintf(
        line, sizeof line,
        "STATUS=%u junctions, first in %s; tick %llu, %llu skipped, worst wake-up %lld us",
        (unsigned)d->junctions.count, mode_word[first->controller.mode.mode % MODE_COUNT],
        (unsigned long long)d->figures.ticks, (unsigned long long)d->figures.skipped,
        (long long)d->figures.wake_max_us);
    d->world.world.notify(d->world.world.self, line);
}

static bool daemon_tick(void *self, mono_t now)
{
    struct daemon *d = self;
    const int32_t stop_asked = atomic_load_explicit(&d->stop_asked, memory_order_acquire);
    if (stop_asked > 0 && !d->stop_is_told) {
        unit_stop(d->unit, now);
        d->stop_is_told = true;
    }
    unit_tick(d->unit, now);
    if (d->figures.ticks == 0) {
        d->world.world.notify(d->world.world.self, "READY=1");
    }
    if (d->figures.ticks % STATUS_LINE_TICKS == 0) {
        say_status_line(d);
    }
    return !(stop_asked > 0 && unit_is_stopped(d->unit, now)) && stop_asked < 2;
}

static void daemon_between(void *self, mono_t now)
{
    struct daemon *d = self;
    unit_between(d->unit, now);
}

static void daemon_note(void *self, int64_t wake_us, int64_t compute_us)
{
    struct daemon *d = self;
    unit_note_timing(d->unit, wake_us, compute_us);
}

static void *tick_main(void *argument)
{
    struct daemon *d = argument;
    wait_on(&d->tick_gate);
    if (atomic_load_explicit(&d->gate_is_refused, memory_order_acquire) == 0) {
        realtime_prefault_stack();
        real_world_enter_tick(&d->world);
        const struct loop_steps steps = {
            .self = d, .tick = daemon_tick, .between = daemon_between, .note = daemon_note
        };
        loop_run(&steps, &d->figures);
    }
    atomic_store_explicit(&d->tick_has_ended, 1, memory_order_release);
    return NULL;
}

/* Disk thread. */

static void *disk_main(void *argument)
{
    struct daemon *d = argument;
    const struct timespec round = { .tv_nsec = DISK_ROUND_MS * 1000000L };
    wait_on(&d->disk_gate);
    if (atomic_load_explicit(&d->gate_is_refused, memory_order_acquire) != 0) {
        return NULL;
    }
    while (atomic_load_explicit(&d->disk_shall_end, memory_order_acquire) == 0) {
        const bool has_more = journal_step(d->journal, real_world_mono());
        journal_desk_step(d->desk);
        if (!has_more) {
            (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &round, NULL);
        }
    }
    journal_close(d->journal, real_world_mono());
    return NULL;
}

/* Main thread: the start. */

static enum daemon_exit refuse(struct daemon *d, enum status status, const char *text)
{
    say(d, LOG_ERR, text);
    return exit_of(status);
}

static enum daemon_exit start_locks(struct daemon *d)
{
    char text[RIGHTS_TEXT_BYTES];
    const struct options *o = d->options;
    enum status status = rights_lock_state(o->state_dir, text);
    for (uint32_t i = 0; status == STATUS_OK && i < o->junction_count; i++) {
        status = rights_lock_junction(o->junction_dir[i], text);
    }
    return status == STATUS_OK ? DAEMON_STOPPED : refuse(d, status, text);
}

static enum daemon_exit start_junctions(struct daemon *d)
{
    const struct options *o = d->options;
    const enum status status = junctions_load(&d->junctions, o->junction_count, o->junction_dir);
    if (status != STATUS_OK) {
        return refuse(d, status,
                      status == STATUS_REFUSED ? "refused: not allowed on this cabinet link"
                                               : "not started: see what was found above");
    }
    for (uint32_t i = 0; i < d->junctions.count; i++) {
        const enum status found = real_world_add_zone(&d->world, d->junctions.plan[i].zone);
        if (found != STATUS_OK) {
            char text[200];
            (void)snprintf(text, sizeof text, "%s: time zone '%s' %s", o->junction_dir[i],
                           d->junctions.plan[i].zone,
                           found == STATUS_NOT_FOUND ? "is not in this machine's tz database"
                                                     : "is one too many");
            return refuse(d, found, text);
        }
    }
    return DAEMON_STOPPED;
}

/* All threads exist before rights are dropped and wait at their gates until everything is ready. */
static enum daemon_exit start_threads(struct daemon *d)
{
    char text[REALTIME_TEXT_BYTES];
    const struct options *o = d->options;
    const uint64_t threads = 3 + (uint64_t)d->junctions.link_count;
    const uint64_t need_bytes = MEMORY_BASE_BYTES + threads * REALTIME_STACK_BYTES +
                                (uint64_t)d->junctions.count * MEMORY_JUNCTION_BYTES;
    const int32_t tick_priority = o->is_realtime ? o->priority : 0;
    const int32_t link_priority = o->is_realtime ? o->priority - 1 : 0;
    enum status status = STATUS_OK;
    if (o->is_realtime) {
        status = realtime_lock_memory(need_bytes, o->user[0] == '\0', text);
    }
    if (status == STATUS_OK) {
        status = links_start(&d->world.links, d->junctions.link_count, link_priority, text);
    }
    if (status == STATUS_OK) {
        status = realtime_thread(&d->disk_thread, "disk", 0, disk_main, d, text);
        d->disk_is_started = status == STATUS_OK;
    }
    if (status == STATUS_OK) {
        status = realtime_thread(&d->tick_thread, "tick", tick_priority, tick_main, d, text);
        d->tick_is_started = status == STATUS_OK;
    }
    return status == STATUS_OK ? DAEMON_STOPPED : refuse(d, STATUS_IO, text);
}

static enum daemon_exit start_socket(struct daemon *d)
{
    char text[PEERS_TEXT_BYTES];
    const enum status status = peers_open(&d->world.peers, d->options->socket_path, text);
    return status == STATUS_OK ? DAEMON_STOPPED : refuse(d, status, text);
}

static enum daemon_exit drop_rights(struct daemon *d)
{
    char text[RIGHTS_TEXT_BYTES];
    const struct options *o = d->options;
    enum status status = STATUS_OK;
    if (o->user[0] != '\0') {
        status = rights_give(o->state_dir, o->user, text);
        if (status == STATUS_OK) {
            status = rights_give(d->journal_dir, o->user, text);
        }
        if (status == STATUS_OK) {
            status = rights_give(o->socket_path, o->user, text);
        }
    }
    if (status == STATUS_OK) {
        status = rights_drop(o->user, text);
    }
    return status == STATUS_OK ? DAEMON_STOPPED : refuse(d, STATUS_IO, text);
}

static enum daemon_exit start_journal_folder(struct daemon *d)
{
    const int length =
        snprintf(d->journal_dir, sizeof d->journal_dir, "%s/journal", d->options->state_dir);
    if (length < 0 || (size_t)length >= sizeof d->journal_dir) {
        return refuse(d, STATUS_IO, "the path of the state directory is too long");
    }
    if (mkdir(d->journal_dir, 0750) != 0 && errno != EEXIST) {
        char text[PATH_BYTES + 64];
        (void)snprintf(text, sizeof text, "cannot make '%s': %s", d->journal_dir, strerror(errno));
        return refuse(d, STATUS_IO, text);
    }
    return DAEMON_STOPPED;
}

static enum daemon_exit start_journal(struct daemon *d)
{
    const struct journal_config config = {
        .world = &d->world.world,
        .folder = d->journal_dir,
        .segment_count = JOURNAL_SEGMENTS,
        .segment_bytes = d->options->journal_mib * ((1 << 20) / JOURNAL_SEGMENTS),
    };
    if (journal_queue_create(JOURNAL_QUEUE_BYTES, &d->queue) != STATUS_OK ||
        journal_create(&config, d->queue, &d->journal) != STATUS_OK ||
        journal_desk_create(&d->world.world, d->journal_dir, &d->desk) != STATUS_OK) {
        return refuse(d, STATUS_NO_SPACE, "no memory for the journal");
    }
    /* A dead or full disk costs records, never lights (rule S-16). */
    if (journal_open(d->journal, real_world_mono()) != STATUS_OK) {
        say(d, LOG_WARNING, "the journal cannot be written now; running without it until it can");
    }
    return DAEMON_STOPPED;
}

static enum daemon_exit start_unit(struct daemon *d)
{
    char why[UNIT_WHY_BYTES] = "";
    struct unit_config config = {
        .world = &d->world.world,
        .junction_count = d->junctions.count,
        .source = d->junctions.source,
        .queue = d->queue,
        .journal = d->journal,
        .records_inputs = d->options->records_inputs,
        .decisions_every_s = d->options->decisions_every_s,
        .server = { .world = &d->world.world,
                    .desk = d->desk,
                    .boot_id = d->world.world.random(d->world.world.self),
                    .release = KAVSAK_VERSION },
    };
    config.server.grant_count = grants_fill(config.server.grant);
    const enum status status = unit_create(&config, real_world_mono(), why, &d->unit);
    if (status != STATUS_OK) {
        return refuse(d, status, why);
    }
    REQUIRE(unit_link_count(d->unit) == d->world.links.count);
    for (uint32_t i = 0; i < d->world.links.count; i++) {
        uint32_t junction_ix = 0;
        const struct site_link *site = unit_link(d->unit, i, &junction_ix);
        if (links_begin(&d->world.links, i, site) != STATUS_OK) {
            char text[200];
            (void)snprintf(text, sizeof text, "%s: link '%s' to '%s' cannot be opened",
                           d->options->junction_dir[junction_ix], site->name, site->host);
            return refuse(d, STATUS_IO, text);
        }
    }
    return DAEMON_STOPPED;
}

static enum daemon_exit start_signals(struct daemon *d)
{
    sigset_t watched;
    (void)sigemptyset(&watched);
    (void)sigaddset(&watched, SIGTERM);
    (void)sigaddset(&watched, SIGINT);
    (void)sigaddset(&watched, SIGHUP);
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || sigprocmask(SIG_BLOCK, &watched, NULL) != 0) {
        return refuse(d, STATUS_IO, "cannot block signals");
    }
    d->signals = signalfd(-1, &watched, SFD_NONBLOCK | SFD_CLOEXEC);
    return d->signals >= 0 ? DAEMON_STOPPED : refuse(d, STATUS_IO, "cannot receive signals");
}

static enum daemon_exit start_clock(struct daemon *d)
{
    d->world.clock_is_trusted = d->options->trusts_clock;
    if (d->options->trusts_clock) {
        say(d, LOG_WARNING, "the clock is trusted because the command line says so");
    }
    real_world_check_clock(&d->world);
    return DAEMON_STOPPED;
}

typedef enum daemon_exit (*start_step)(struct daemon *d);

static enum daemon_exit daemon_start(struct daemon *d)
{
    static const start_step steps[] = {
        start_signals, start_clock,   start_junctions, start_locks,   start_journal_folder,
        start_socket,  start_threads, drop_rights,     start_journal, start_unit,
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const enum daemon_exit result = steps[i](d);
        if (result != DAEMON_STOPPED) {
            return result;
        }
    }
    return DAEMON_STOPPED;
}

/* Main thread: the service. */

static struct real_world *reload_world; /* unit_reload's loader has no argument of its own */

static enum status load_with_zone(const char *directory, struct plan *plan, struct site *site,
                                  struct diag *diag)
{
    const enum status status = plan_load(directory, plan, site, diag);
    if (status == STATUS_OK && real_world_add_zone(reload_world, plan->zone) != STATUS_OK) {
        diag_add(diag, DIAG_ERROR, 0, (struct diag_at){ .file = directory },
                 "time zone '%s' is not in this machine's tz database", plan->zone);
        return STATUS_INVALID;
    }
    return status;
}

static void reload(struct daemon *d)
{
    char line[80];
    reload_world = &d->world;
    const uint32_t offered = unit_reload(d->unit, load_with_zone);
    (void)snprintf(line, sizeof line, "reload: %u of %u junctions have a new plan waiting",
                   (unsigned)offered, (unsigned)d->junctions.count);
    say(d, LOG_NOTICE, line);
}

static void take_signals(struct daemon *d)
{
    struct signalfd_siginfo info;
    while (read(d->signals, &info, sizeof info) ==
           (ssize_t)sizeof info) { /* ends: it never blocks */
        if (info.ssi_signo == SIGHUP) {
            reload(d);
        } else {
            const int32_t before = atomic_fetch_add(&d->stop_asked, 1);
            say(d, LOG_NOTICE,
                before == 0 ? "stopping in order: minimums, all red, then the heartbeat ends"
                            : "stopping at once: the cabinet will flash");
            notices_notify("STOPPING=1");
        }
    }
}

static void serve(struct daemon *d)
{
    mono_t checked = { .ms = 0 };
    while (atomic_load_explicit(&d->tick_has_ended, memory_order_acquire) == 0) {
        struct pollfd set[PEERS_MAX + 3];
        uint32_t count = peers_poll_set(&d->world.peers, set);
        set[count++] = (struct pollfd){ .fd = d->signals, .events = POLLIN };
        (void)poll(set, count, SERVICE_ROUND_MS);
        take_signals(d);
        peers_serve(&d->world.peers);
        notices_speak(&d->world.notices);
        const mono_t now = real_world_mono();
        if (mono_since_ms(now, checked) >= CLOCK_CHECK_MS) {
            real_world_check_clock(&d->world);
            checked = now;
        }
    }
}

static void open_gates(struct daemon *d, bool start_failed)
{
    atomic_store_explicit(&d->gate_is_refused, start_failed ? 1 : 0, memory_order_release);
    (void)sem_post(&d->disk_gate);
    (void)sem_post(&d->tick_gate);
}

static void daemon_stop(struct daemon *d)
{
    if (d->tick_is_started) {
        (void)pthread_join(d->tick_thread, NULL);
    }
    links_stop(&d->world.links);
    atomic_store_explicit(&d->disk_shall_end, 1, memory_order_release);
    if (d->disk_is_started) {
        (void)pthread_join(d->disk_thread, NULL);
    }
    notices_speak(&d->world.notices);
    unit_destroy(d->unit);
    journal_desk_destroy(d->desk);
    journal_destroy(d->journal);
    journal_queue_destroy(d->queue);
    junctions_free(&d->junctions);
    if (d->signals >= 0) {
        (void)close(d->signals);
    }
}

static void say_figures(struct daemon *d)
{
    char line[240];
    const struct loop_figures *f = &d->figures;
    (void)snprintf(
        line, sizeof line,
        "stopped after %llu ticks: %llu skipped, worst wake-up %lld us, longest tick %lld us, "
        "page faults %lld minor %lld major",
        (unsigned long long)f->ticks, (unsigned long long)f->skipped, (long long)f->wake_max_us,
        (long long)f->compute_max_us, (long long)f->faults_minor, (long long)f->faults_major);
    say(d, LOG_NOTICE, line);
}

enum daemon_exit daemon_run(const struct options *options)
{
    static struct daemon d; /* large, and there is one of it */
    d.options = options;
    d.signals = -1;
    if (real_world_create(&d.world) != STATUS_OK || sem_init(&d.tick_gate, 0, 0) != 0 ||
        sem_init(&d.disk_gate, 0, 0) != 0) {
        (void)fprintf(stderr, "kavsakd: no memory\n");
        return DAEMON_IO;
    }
    const enum daemon_exit result = daemon_start(&d);
    open_gates(&d, result != DAEMON_STOPPED);
    if (result == DAEMON_STOPPED) {
        serve(&d);
    }
    daemon_stop(&d);
    if (result == DAEMON_STOPPED) {
        say_figures(&d);
    }
    real_world_destroy(&d.world);
    return result;
}
