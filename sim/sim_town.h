/* sim_town.h: the daemon's logic whole in the simulated world: a unit, its journal, its socket,
 * and an emulated cabinet with its own monitor behind every Modbus link. One thread, one clock,
 * ten ticks a second as fast as they go; what the daemon's threads do in parallel is done in a
 * fixed order here. */
#ifndef KAVSAK_SIM_TOWN_H
#define KAVSAK_SIM_TOWN_H

#include "cabinet_emu.h"
#include "sim_world.h"
#include "unit.h"

enum { SIM_TOWN_MAX = 4 };

struct sim_town_wire {  /* of one cabinet */
    bool is_dead;       /* no answer: STATUS_TIMEOUT after the request's time */
    bool is_deaf;       /* the request is lost on its way */
    bool garbles;       /* the answer has a wrong bit */
    bool doubles;       /* the request arrives twice */
    int32_t delay_ms;   /* the answer comes so much later; past its time it is none */
    int32_t fail_every; /* every nth transaction is lost, 0 none */
    uint32_t count;
};

struct sim_town {
    struct sim_world *world;
    struct journal_queue *queue;
    struct journal *journal;
    struct journal_desk *desk;
    struct unit *unit;
    uint32_t count;
    struct plan plan[SIM_TOWN_MAX];
    struct site site[SIM_TOWN_MAX];
    struct unit_source source[SIM_TOWN_MAX];
    struct monitor_config monitor[SIM_TOWN_MAX];
    struct cabinet_emu cabinet[SIM_TOWN_MAX];
    struct sim_town_wire wire[SIM_TOWN_MAX];
    bool disk_is_asleep;       /* the disk thread gets no time */
    int32_t decisions_every_s; /* as unit_config, before the start */
};

/* Wires a plan to cabinet junction_ix: a Modbus link, inputs by detector index, the monitor's
 * own data. */
void sim_town_wire(struct sim_town *t, uint32_t junction_ix);

/* The plans and sites of the first count junctions are filled. grants: as server_config. */
void sim_town_start(struct sim_town *t, uint32_t count, const struct server_grant *grants,
                    uint32_t grant_count);
void sim_town_finish(struct sim_town *t);

/* One tick: between, cabinets, tick, disk. */
void sim_town_tick(struct sim_town *t);
void sim_town_run(struct sim_town *t, int32_t ticks);

#endif
