#include "sim_town.h"

#include <stdio.h>
#include <string.h>

enum {
    CABINET_STEP_MS = 10,
    QUEUE_BYTES = 1 << 18,
    SEGMENTS = 8,
    SEGMENT_BYTES = 1 << 20,
    BOOT_ID = 7
};

static void answer(void *self, uint32_t link_ix, const struct modbus_request *request, mono_t now,
                   struct modbus_reply *reply)
{
    struct sim_town *t = self;
    struct sim_town_wire *wire = &t->wire[link_ix];
    struct cabinet_emu *cabinet = &t->cabinet[link_ix];
    wire->count++;
    const bool is_lost = wire->fail_every > 0 && wire->count % (uint32_t)wire->fail_every == 0;
    const bool is_late = wire->delay_ms > request->timeout_ms;
    for (int32_t i = 0; i < (wire->doubles ? 2 : 1); i++) {
        if (request->function == MODBUS_WRITE_READ && !wire->is_deaf) {
            (void)cabinet_emu_command(cabinet, request->write, request->write_count, now.ms);
        }
    }
    if (wire->is_dead || wire->is_deaf || is_lost || is_late) {
        reply->status = STATUS_TIMEOUT;
        reply->done_at.ms = now.ms + request->timeout_ms;
        return;
    }
    reply->status = STATUS_OK;
    reply->count = CABINET_STATE_REGISTERS;
    reply->done_at.ms = now.ms + 5 + wire->delay_ms; /* 5: on a local network */
    cabinet_emu_state(cabinet, reply->read);
    reply->read[CABINET_S_SEQ] ^= wire->garbles ? 1 : 0;
}

static void wire_channel(struct sim_town *t, uint32_t junction_ix, uint32_t sg)
{
    const struct safety *s = &t->plan[junction_ix].safety;
    struct monitor_channel *c = &t->monitor[junction_ix].channel[sg];
    c->is_used = true;
    c->min_yellow_ms = MONITOR_YELLOW_MS;
    c->flash = s->flash_aspect[sg] == ASPECT_FLASH_YELLOW ? MONITOR_FLASH_YELLOW
               : s->flash_aspect[sg] == ASPECT_DARK       ? MONITOR_FLASH_DARK
                                                          : MONITOR_FLASH_RED;
    for (uint32_t lamp = 0; lamp < LAMP_COUNT; lamp++) {
        c->lamp[lamp] = s->lamps.output[sg][lamp];
    }
    for (uint32_t foe = 0; foe < (uint32_t)s->sg_count; foe++) {
        c->conflicts |= foe != sg && safety_conflict(s, sg, foe) ? bit32(foe) : 0;
    }
}

void sim_town_wire(struct sim_town *t, uint32_t junction_ix)
{
    const struct plan *plan = &t->plan[junction_ix];
    struct site *site = &t->site[junction_ix];
    memset(site, 0, sizeof *site);
    site->link_count = 1;
    site->link[0] = (struct site_link){ .kind = LINK_TCP,
                                        .duty = DUTY_CABINET,
                                        .host = "127.0.0.1",
                                        .port = 15000 + (int32_t)junction_ix,
                                        .unit = 1,
                                        .timeout_ms = 40,
                                        .stale_ms = 1000,
                                        .is_loopback = true };
    for (int32_t i = 0; i < DETECTOR_MAX; i++) {
        site->cabinet_input[i] = i < plan->detector_count ? i : -1;
    }
    struct monitor_config *m = &t->monitor[junction_ix];
    memset(m, 0, sizeof *m);
    m->site_id = (uint16_t)plan->safety.site_id;
    m->safety_hash = plan->safety_hash;
    m->heartbeat_ms = MONITOR_HEARTBEAT_MS;
    m->conflict_ms = MONITOR_CONFLICT_MS;
    m->red_fail_ms = MONITOR_RED_FAIL_MS;
    for (uint32_t sg = 0; sg < (uint32_t)plan->safety.sg_count; sg++) {
        wire_channel(t, junction_ix, sg);
    }
}

static void start_cabinets(struct sim_town *t)
{
    for (uint32_t i = 0; i < t->count; i++) {
        const struct cabinet_memory from_the_works = { 0 };
        cabinet_emu_init(&t->cabinet[i], &t->monitor[i], &from_the_works,
                         sim_world_now(t->world).ms);
    }
}

static void start_journal(struct sim_town *t)
{
    static const char folder[] = "/journal";
    const struct journal_config config = { .world = sim_world_of(t->world),
                                           .folder = folder,
                                           .segment_count = SEGMENTS,
                                           .segment_bytes = SEGMENT_BYTES };
    enum status status = journal_queue_create(QUEUE_BYTES, &t->queue);
    REQUIRE(status == STATUS_OK);
    status = journal_create(&config, t->queue, &t->journal);
    REQUIRE(status == STATUS_OK);
    status = journal_open(t->journal, sim_world_now(t->world));
    REQUIRE(status == STATUS_OK);
    status = journal_desk_create(sim_world_of(t->world), folder, &t->desk);
    REQUIRE(status == STATUS_OK);
}

void sim_town_start(struct sim_town *t, uint32_t count, const struct server_grant *grants,
                    uint32_t grant_count)
{
    REQUIRE(count <= SIM_TOWN_MAX && grant_count <= SERVER_GRANT_MAX);
    t->count = count;
    t->world = sim_world_create(count);
    sim_world_set_modbus(t->world, answer, t);
    start_cabinets(t);
    start_journal(t);
    for (uint32_t i = 0; i < count; i++) {
        t->source[i].directory = t->plan[i].node;
        t->source[i].plan = &t->plan[i];
        t->source[i].site = &t->site[i];
    }
    struct unit_config config = {
        .world = sim_world_of(t->world),
        .junction_count = count,
        .source = t->source,
        .queue = t->queue,
        .journal = t->journal,
        .records_inputs = true,
        .decisions_every_s = t->decisions_every_s,
        .server = { .world = sim_world_of(t->world),
                    .desk = t->desk,
                    .grant_count = grant_count,
                    .boot_id = BOOT_ID,
                    .release = "simulated" },
    };
    for (uint32_t i = 0; i < grant_count; i++) {
        config.server.grant[i] = grants[i];
    }
    char why[UNIT_WHY_BYTES];
    const enum status status = unit_create(&config, sim_world_now(t->world), why, &t->unit);
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "%s\n", why);
    }
    REQUIRE(status == STATUS_OK);
}

void sim_town_finish(struct sim_town *t)
{
    unit_destroy(t->unit);
    journal_desk_destroy(t->desk);
    journal_destroy(t->journal);
    journal_queue_destroy(t->queue);
    sim_world_destroy(t->world);
}

static void pass(struct sim_town *t, int64_t ms)
{
    for (int64_t left = ms; left > 0; left -= CABINET_STEP_MS) {
        sim_world_advance(t->world, CABINET_STEP_MS);
        for (uint32_t i = 0; i < t->count; i++) {
            cabinet_emu_tick(&t->cabinet[i], sim_world_now(t->world).ms);
        }
    }
}

void sim_town_tick(struct sim_town *t)
{
    unit_tick(t->unit, sim_world_now(t->world));
    if (!t->disk_is_asleep) {
        while (journal_step(t->journal, sim_world_now(t->world))) {
        }
        journal_desk_step(t->desk);
    }
    pass(t, TICK_MS / 2);
    unit_between(t->unit, sim_world_now(t->world));
    pass(t, TICK_MS / 2);
}

void sim_town_run(struct sim_town *t, int32_t ticks)
{
    for (int32_t i = 0; i < ticks; i++) {
        sim_town_tick(t);
    }
}
