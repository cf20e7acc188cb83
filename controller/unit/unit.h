/* unit.h: the daemon's logic as steps over struct world: gathers input frames, calls
 * junction_tick() or nothing, hands frames to cabinets and events to journal and socket. Decides
 * nothing about signals. All memory is taken by unit_create(); a step never waits and never
 * allocates.
 *
 * Threads of the daemon and what they call:
 *   tick     unit_tick() at every deadline, unit_between() about 50 ms later, unit_stop()
 *   disk     journal_step(), journal_desk_step()
 *   main     unit_create(), unit_reload(), unit_destroy()
 *   links    nothing here: they serve world->modbus_submit() and modbus_take() */
#ifndef KAVSAK_UNIT_H
#define KAVSAK_UNIT_H

#include "fetch.h"
#include "junction.h"
#include "load.h"
#include "server.h"
#include "site.h"

enum {
    UNIT_JUNCTION_MAX = 2048,
    UNIT_WHY_BYTES = 320,
    UNIT_PROCESS = 0xffff,    /* junction number of records that concern the process as a whole */
    UNIT_CLOCK_STEP_MS = 500, /* wall against monotonic in one tick: slewing makes 0.05 ms of it */
    UNIT_STOP_MAX_MS = 80000, /* systemd gives 90 s */
    UNIT_WATCHDOG_TICKS = 5   /* between WATCHDOG=1; WatchdogSec is 2 s */
};

/* One junction to run. plan and site stay the caller's and unchanged until unit_destroy(); several
 * junctions may share them (bench). */
struct unit_source {
    const char *directory;
    const struct plan *plan;
    const struct site *site;
    const char *plan_text; /* as kavsak show prints it; NULL: WIRE_PLAN is refused */
};

struct unit_config {
    const struct world *world;
    uint32_t junction_count;
    const struct unit_source *source;
    struct journal_queue *queue;   /* opened: numbering is known */
    const struct journal *journal; /* for the alarm and the metrics */
    bool records_inputs;           /* RECORD_INPUT and RECORD_OUTPUT of every tick, for replay */
    int32_t decisions_every_s;     /* RECORD_DECISION: every change, and the rest this far apart at
                                      least;     up to 1: all */
    struct server_config server;
};

struct unit;

/* Anything but STATUS_OK: why says in one line what is wrong and with which junction. */
MUST_CHECK enum status unit_create(const struct unit_config *config, mono_t now,
                                   char why[UNIT_WHY_BYTES], struct unit **unit);
void unit_destroy(struct unit *unit);

/* One tick of every junction. now never falls. Feeds the watchdog (WATCHDOG=1) when every link is
 * verified or declared lost. Ticks that were missed are counted and logged, never made up for (rule
 * RT-2). */
void unit_tick(struct unit *unit, mono_t now);

/* Once between two ticks: takes replies that have come, repeats failed transactions (rule S-6). */
void unit_between(struct unit *unit, mono_t now);

/* From now on junctions finish their minimums, go all red and stop the heartbeat. */
void unit_stop(struct unit *unit, mono_t now);
/* Every junction has stopped its heartbeat, or UNIT_STOP_MAX_MS are over. */
bool unit_is_stopped(const struct unit *unit, mono_t now);

typedef enum status unit_loader(const char *directory, struct plan *plan, struct site *site,
                                struct diag *diag);

/* Main thread, on SIGHUP: loads every directory again (plan_load is the loader) and offers the
 * plans that changed; a junction takes its own at its next safe point. What is refused changes
 * nothing and is logged with the reason: bad files, another safety file (needs a restart), the last
 * offer still waiting. Returns how many junctions were offered a plan. */
uint32_t unit_reload(struct unit *unit, unit_loader *load);

/* Modbus links, numbered as in world->modbus_submit(). LINK_NULL has none. */
uint32_t unit_link_count(const struct unit *unit);
const struct site_link *unit_link(const struct unit *unit, uint32_t link_ix, uint32_t *junction_ix);

/* The daemon's loop reports each tick: how late it woke and how long it computed. */
void unit_note_timing(struct unit *unit, int64_t wake_us, int64_t compute_us);

/* Whole state, for the socket, for tests and for the simulator. */
uint32_t unit_junction_count(const struct unit *unit);
const struct junction *unit_junction(const struct unit *unit, uint32_t junction_ix);
const struct output_frame *unit_output(const struct unit *unit, uint32_t junction_ix);
const struct input_frame *unit_input(const struct unit *unit, uint32_t junction_ix);
bool unit_find(const struct unit *unit, const char *node, uint32_t *junction_ix);

/* Used by the socket server: see commands.h for what must have been checked before.
 * STATUS_AGAIN: its queue is full. */
MUST_CHECK enum status unit_command(struct unit *unit, uint32_t junction_ix,
                                    const struct command *command);
/* Keeps the whole envelope in the journal; result: COMMAND_DONE if it went on to the tick. */
void unit_record_command(struct unit *unit, uint32_t junction_ix,
                         const struct wire_command *command, enum command_result result);
/* A detector that a camera of site.yaml sees; value->age_ms is its age at this moment. False:
 * none does. */
bool unit_feed_detector(struct unit *unit, uint32_t junction_ix, uint32_t detector_ix,
                        const struct detector_input *value, mono_t now);
/* What a neighbour says, from outside this process; what makes no sense is counted. */
void unit_hear_neighbour(struct unit *unit, uint32_t junction_ix,
                         const struct neighbour_message *message);
/* The last decision of adaptive control; none: count 0. */
void unit_decision(const struct unit *unit, uint32_t junction_ix, struct wire_decisions *decisions);
const char *unit_plan_text(const struct unit *unit, uint32_t junction_ix);
void unit_status(const struct unit *unit, uint32_t junction_ix, struct wire_status *status);
void unit_alarms(const struct unit *unit, uint32_t junction_ix, struct wire_alarms *alarms);
void unit_metrics(const struct unit *unit, struct wire_metrics *metrics);
/* Of the last tick: lamps commanded, modes or links that people see at once; the set of alarms. */
bool unit_has_changed(const struct unit *unit, uint32_t junction_ix);
bool unit_alarms_have_changed(const struct unit *unit, uint32_t junction_ix);

#endif
