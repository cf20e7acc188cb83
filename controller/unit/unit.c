#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "adaptive.h"
#include "command_record.h"
#include "schedule.h"
#include "status.h"
#include "unit_inner.h"

/* Start-up. */

static const struct site_link *cabinet_site(const struct unit_source *s)
{
    return &s->site->link[s->site->cabinet_link_ix];
}

static const char *problem_of(const struct unit_source *s)
{
    if (s->plan == NULL || s->site == NULL || s->directory == NULL) {
        return "plan, site or directory is missing";
    }
    if (s->site->link_count < 1 || s->site->link_count > LINK_MAX) {
        return "site.yaml has no link";
    }
    if (s->site->cabinet_link_ix < 0 || s->site->cabinet_link_ix >= s->site->link_count) {
        return "site.yaml names no link of its cabinet";
    }
    const struct site_link *l = cabinet_site(s);
    if (l->kind != LINK_NULL && l->max_registers > 0 &&
        l->max_registers < CABINET_STATE_REGISTERS) {
        return "the link of the cabinet carries too few registers for one transaction";
    }
    return NULL;
}

/* Two commanders of one cabinet would fight for its lease for ever. */
static bool is_same_cabinet(const struct site_link *a, const struct site_link *b)
{
    return a->kind != LINK_NULL && a->kind == b->kind && strcmp(a->host, b->host) == 0 &&
           a->port == b->port && a->unit == b->unit;
}

static bool is_same_node(const struct unit_source *a, const struct unit_source *b)
{
    return cabinet_site(a)->kind != LINK_NULL && strcmp(a->plan->node, b->plan->node) == 0;
}

static enum status check_pairs(const struct unit_config *c, char why[UNIT_WHY_BYTES])
{
    for (uint32_t i = 0; i < c->junction_count; i++) {
        for (uint32_t k = 0; k < i; k++) {
            const struct unit_source *a = &c->source[k];
            const struct unit_source *b = &c->source[i];
            const bool same_cabinet = is_same_cabinet(cabinet_site(a), cabinet_site(b));
            if (same_cabinet || is_same_node(a, b)) {
                (void)snprintf(why, UNIT_WHY_BYTES, "%.120s and %.120s have the same %s",
                               a->directory, b->directory, same_cabinet ? "cabinet" : "node");
                return STATUS_INVALID;
            }
        }
    }
    return STATUS_OK;
}

static enum status check_config(const struct unit_config *c, char why[UNIT_WHY_BYTES])
{
    if (c->junction_count == 0 || c->junction_count > UNIT_JUNCTION_MAX) {
        (void)snprintf(why, UNIT_WHY_BYTES, "%u junctions: one to %d can be run", c->junction_count,
                       UNIT_JUNCTION_MAX);
        return STATUS_INVALID;
    }
    for (uint32_t i = 0; i < c->junction_count; i++) {
        const char *problem = problem_of(&c->source[i]);
        if (problem != NULL) {
            const char *directory = c->source[i].directory;
            (void)snprintf(why, UNIT_WHY_BYTES, "%.200s: %s",
                           directory != NULL ? directory : "a junction", problem);
            return STATUS_INVALID;
        }
    }
    return check_pairs(c, why);
}

static uint32_t add_zone(struct unit *u, const char *name)
{
    const char *zone = name[0] != '\0' ? name : "UTC";
    for (uint32_t i = 0; i < u->zone_count; i++) {
        if (strcmp(u->zone[i].zone, zone) == 0) {
            return i;
        }
    }
    struct zone_clock *z = &u->zone[u->zone_count];
    (void)snprintf(z->zone, sizeof z->zone, "%s", zone);
    return u->zone_count++;
}

static uint32_t add_link(struct unit *u, uint32_t junction_ix, const struct site_link *site)
{
    u->link[u->link_count] = (struct link_entry){ .junction_ix = junction_ix, .site = site };
    return u->link_count++;
}

static void init_feeds(struct slot *slot)
{
    const struct site *site = slot->source->site;
    for (int32_t i = 0; i < site->camera_count && i < SITE_CAMERA_MAX; i++) {
        const struct site_camera *camera = &site->camera[i];
        if (camera->detector_ix >= 0 && camera->detector_ix < DETECTOR_MAX) {
            slot->feed[camera->detector_ix].max_age_ms =
                camera->max_age_ms > 0 ? camera->max_age_ms : UNIT_FEED_STALE_MS;
        }
    }
}

static void read_clocks(struct unit *u)
{
    for (uint32_t i = 0; i < u->zone_count; i++) {
        struct zone_clock *z = &u->zone[i];
        z->wall = u->world->now_wall(u->world->self, z->zone, &z->utc_offset_s, &z->is_synced);
    }
}

static enum status init_links(struct unit *u, uint32_t junction_ix)
{
    struct slot *slot = &u->slot[junction_ix];
    const struct site *site = slot->source->site;
    for (int32_t i = 0; i < site->link_count; i++) {
        if (site->link[i].kind == LINK_NULL) {
            continue;
        }
        const uint32_t link_ix = add_link(u, junction_ix, &site->link[i]);
        if (i == site->cabinet_link_ix) {
            cabinet_link_init(&slot->cabinet, link_ix, &site->link[i]);
            continue;
        }
        const enum status status = detector_link_create(
            &slot->detector_link[slot->detector_link_count++], site, i, link_ix);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static enum status init_slot(struct unit *u, uint32_t junction_ix, mono_t now)
{
    struct slot *slot = &u->slot[junction_ix];
    slot->source = &u->config.source[junction_ix];
    slot->plan_text = slot->source->plan_text;
    const struct plan *plan = slot->source->plan;
    junction_init(&slot->junction, plan, now);
    const struct optimiser_settings settings = optimiser_settings_of(junction_ix);
    junction_set_optimiser(&slot->junction, &settings);
    input_coder_init(&slot->coder);
    slot->zone_ix = add_zone(u, plan->zone);
    slot->is_null = cabinet_site(slot->source)->kind == LINK_NULL;
    null_cabinet_init(&slot->null, (uint32_t)plan->safety.site_id, plan->safety_hash,
                      plan->safety.flash_aspect, plan->safety.sg_count);
    init_feeds(slot);
    return init_links(u, junction_ix);
}

static enum status init_slots(struct unit *u, mono_t now, char why[UNIT_WHY_BYTES])
{
    for (uint32_t i = 0; i < u->count; i++) {
        const enum status status = init_slot(u, i, now);
        if (status != STATUS_OK) {
            (void)snprintf(why, UNIT_WHY_BYTES, "%.200s: %s", u->config.source[i].directory,
                           status == STATUS_NO_SPACE ? "no memory"
                                                     : "site.yaml has a point no device can have");
            return status;
        }
    }
    return STATUS_OK;
}

static void record_boots(struct unit *u, mono_t now)
{
    for (uint32_t i = 0; i < u->count; i++) {
        const struct slot *slot = &u->slot[i];
        (void)journal_put_boot(u->config.queue, (uint16_t)i, u->zone[slot->zone_ix].wall,
                               u->config.server.boot_id, now, slot->source->plan->plan_hash);
    }
}

static bool allocate(struct unit *u)
{
    u->slot = calloc(u->count, sizeof *u->slot);
    u->zone = calloc(u->count, sizeof *u->zone);
    u->link = calloc((size_t)u->count * LINK_MAX, sizeof *u->link);
    return u->slot != NULL && u->zone != NULL && u->link != NULL &&
           server_create(&u->config.server, &u->server) == STATUS_OK;
}

enum status unit_create(const struct unit_config *config, mono_t now, char why[UNIT_WHY_BYTES],
                        struct unit **unit)
{
    const enum status checked = check_config(config, why);
    if (checked != STATUS_OK) {
        return checked;
    }
    struct unit *u = calloc(1, sizeof *u);
    if (u != NULL) {
        u->config = *config;
        u->world = config->world;
        u->count = config->junction_count;
    }
    if (u == NULL || !allocate(u)) {
        (void)snprintf(why, UNIT_WHY_BYTES, "no memory for %u junctions", config->junction_count);
        unit_destroy(u);
        return STATUS_NO_SPACE;
    }
    const enum status started = init_slots(u, now, why);
    if (started != STATUS_OK) {
        unit_destroy(u);
        return started;
    }
    read_clocks(u);
    record_boots(u, now);
    *unit = u;
    return STATUS_OK;
}

void unit_destroy(struct unit *unit)
{
    if (unit == NULL) {
        return;
    }
    for (uint32_t i = 0; unit->slot != NULL && i < unit->count; i++) {
        struct slot *slot = &unit->slot[i];
        for (uint32_t k = 0; k < slot->detector_link_count; k++) {
            detector_link_destroy(&slot->detector_link[k]);
        }
        offer_finish(&slot->offer);
    }
    server_destroy(unit->server);
    free(unit->slot);
    free(unit->zone);
    free(unit->link);
    free(unit);
}

/* One tick: gathering. */

static void gather_clock(const struct unit *u, struct slot *slot)
{
    const struct zone_clock *z = &u->zone[slot->zone_ix];
    slot->in.wall = z->wall;
    slot->in.utc_offset_s = z->utc_offset_s;
    slot->in.wall_is_synced = z->is_synced;
    slot->in.is_stopping = u->is_stopping;
}

/* The calendar speaks in whole seconds of local time. */
static void gather_schedule(struct slot *slot)
{
    const struct plan *plan = slot->junction.plan;
    const int64_t second = slot->in.wall.ms / 1000 + slot->in.utc_offset_s;
    if (second != slot->scheduled_second || plan != slot->scheduled_plan) {
        slot->scheduled_second = second;
        slot->scheduled_plan = plan;
        slot->scheduled_ix = schedule_pattern(plan, slot->in.wall, slot->in.utc_offset_s);
    }
    slot->in.scheduled_pattern_ix = slot->scheduled_ix;
}

static void gather_null(struct slot *slot, mono_t now)
{
    const struct plan *plan = slot->junction.plan;
    null_cabinet_exchange(&slot->null, slot->has_frame ? &slot->out : NULL, now, &slot->in.cabinet);
    for (int32_t i = 0; i < plan->detector_count; i++) {
        if (slot->source->site->cabinet_input[i] >= 0) {
            slot->in.detector[i].quality = INPUT_GOOD; /* an empty street */
        }
    }
}

static int32_t age_of(mono_t now, mono_t then)
{
    const int64_t age_ms = mono_since_ms(now, then);
    return age_ms < AGE_MAX_MS ? (int32_t)age_ms : AGE_MAX_MS;
}

static void gather_feeds(struct slot *slot, mono_t now)
{
    for (int32_t i = 0; i < slot->junction.plan->detector_count; i++) {
        const struct feed *f = &slot->feed[i];
        if (!f->is_fed) {
            continue;
        }
        struct detector_input *d = &slot->in.detector[i];
        *d = f->value;
        d->age_ms = age_add_ms(min_i32(f->value.age_ms, AGE_MAX_MS), age_of(now, f->at));
        if (d->age_ms > f->max_age_ms) {
            d->quality = INPUT_STALE;
        }
    }
}

static void gather_commands(struct slot *slot)
{
    const uint32_t taken =
        slot->command_count < COMMAND_PER_TICK_MAX ? slot->command_count : COMMAND_PER_TICK_MAX;
    for (uint32_t i = 0; i < taken; i++) {
        slot->in.command[i] = slot->command[i];
    }
    slot->in.command_count = taken;
    slot->command_count -= taken;
    memmove(slot->command, slot->command + taken, slot->command_count * sizeof *slot->command);
}

static void gather(struct unit *u, struct slot *slot, mono_t now)
{
    memset(&slot->in, 0, sizeof slot->in);
    slot->in.is_overloaded = u->is_overloaded;
    gather_clock(u, slot);
    gather_schedule(slot);
    if (slot->is_null) {
        gather_null(slot, now);
    } else {
        cabinet_link_receive(&slot->cabinet, u->world, now);
        cabinet_link_gather(&slot->cabinet, slot->junction.plan, slot->source->site, now,
                            &slot->in);
    }
    for (uint32_t i = 0; i < slot->detector_link_count; i++) {
        detector_link_step(&slot->detector_link[i], u->world, now);
        points_fill(slot->detector_link[i].points, now, slot->in.detector);
    }
    gather_feeds(slot, now);
    gather_commands(slot);
    adaptive_gather(slot);
}

/* One tick: what came of it. */

static void note_alarms(struct slot *slot, uint32_t unit_alarms)
{
    const uint32_t alarms = slot->junction.controller.alarms | unit_alarms;
    const uint32_t changed = alarms ^ slot->alarms;
    for (uint32_t i = 0; i < ALARM_COUNT; i++) {
        if ((changed & bit32(i)) == 0) {
            continue;
        }
        slot->alarm_since[i] = slot->in.wall;
        if ((slot->junction.controller.alarms & bit32(i)) == 0 && i == ALARM_JOURNAL) {
            const bool is_on = (alarms & bit32(i)) != 0;
            event_add(&slot->events, is_on ? EVENT_ALARM_ON : EVENT_ALARM_OFF, i);
        }
    }
    slot->alarms = alarms;
    slot->alarms_have_changed = changed != 0;
}

static void note_changes(struct slot *slot)
{
    const struct controller *c = &slot->junction.controller;
    struct seen seen;
    memset(&seen, 0, sizeof seen);
    memcpy(seen.aspect, slot->out.aspect, sizeof seen.aspect);
    seen.mode = c->mode.mode;
    seen.strategy = c->mode.strategy;
    seen.link = c->lease.link;
    seen.lease = c->lease.state;
    seen.stage_ix = c->stages.stage_ix;
    seen.phase_on = c->rings.on;
    slot->has_changed = memcmp(&seen, &slot->seen, sizeof seen) != 0;
    slot->seen = seen;
}

static void record_tick(struct unit *u, uint32_t junction_ix, mono_t now)
{
    struct slot *slot = &u->slot[junction_ix];
    uint8_t payload[RECORD_PAYLOAD_MAX_BYTES];
    const size_t size = input_encode(&slot->coder, &slot->in, now, payload, sizeof payload);
    REQUIRE(size > 0 && size <= sizeof payload);
    const struct record r = { .payload_bytes = (uint16_t)size,
                              .type = RECORD_INPUT,
                              .junction = (uint16_t)junction_ix,
                              .at = slot->in.wall,
                              .payload = payload };
    (void)journal_put(u->config.queue, &r);
    uint8_t packed[OUTPUT_PACKED_BYTES];
    output_encode(&slot->out, packed);
    const struct record made = { .payload_bytes = sizeof packed,
                                 .type = RECORD_OUTPUT,
                                 .junction = (uint16_t)junction_ix,
                                 .at = slot->in.wall,
                                 .payload = packed };
    (void)journal_put(u->config.queue, &made);
}

static void publish(struct unit *u, uint32_t junction_ix, wall_t wall,
                    const struct event_list *list, mono_t now)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        const uint64_t seq =
            journal_put_event(u->config.queue, (uint16_t)junction_ix, wall, &list->event[i]);
        u->batch[count++] =
            (struct wire_event){ .seq = seq, .wall = wall, .mono = now, .event = list->event[i] };
    }
    if (list->dropped > 0) {
        const struct event dropped = { .code = EVENT_DROPPED, .param = (uint16_t)list->dropped };
        const uint64_t seq =
            journal_put_event(u->config.queue, (uint16_t)junction_ix, wall, &dropped);
        u->batch[count++] =
            (struct wire_event){ .seq = seq, .wall = wall, .mono = now, .event = dropped };
    }
    u->events += count;
    u->events_dropped += list->dropped;
    if (count > 0) {
        server_publish_events(u->server, junction_ix, u->batch, count, now);
    }
}

static void tick_slot(struct unit *u, uint32_t junction_ix, uint32_t unit_alarms, mono_t now)
{
    struct slot *slot = &u->slot[junction_ix];
    event_list_clear(&slot->events);
    gather(u, slot, now);
    offer_bring(slot, &slot->events);
    junction_tick(&slot->junction, &slot->in, now, &slot->out, &slot->events);
    slot->has_frame = true;
    if (!slot->is_null) { /* before anything that is only told */
        cabinet_link_send(&slot->cabinet, u->world, slot->junction.plan, &slot->out);
    }
    offer_settle(slot);
    note_alarms(slot, unit_alarms);
    note_changes(slot);
    if (u->config.records_inputs) {
        record_tick(u, junction_ix, now);
    }
    publish(u, junction_ix, slot->in.wall, &slot->events, now);
    adaptive_tell(u, junction_ix, now);
}

/* The process as a whole. */

/* Rule RT-4: when ticks run late again and again, the optimisers go first; they come back when
 * there has been time for all ticks. A single hiccup of the machine is none of their fault. */
static void note_load(struct unit *u, int64_t skipped)
{
    enum { FULL = 300, OF_ONE = 100 }; /* three lost ticks within half a minute */
    const int64_t load = u->overload + skipped * OF_ONE - (skipped == 0 ? 1 : 0);
    u->overload = (int32_t)(load < 0 ? 0 : (load > 2 * FULL ? 2 * FULL : load));
    u->is_overloaded = u->overload >= FULL || (u->is_overloaded && u->overload > 0);
}

static void note_lateness(struct unit *u, mono_t now)
{
    const int64_t passed_ms = mono_since_ms(now, u->last_tick);
    const int64_t periods = (passed_ms + TICK_MS / 2) / TICK_MS;
    note_load(u, periods > 1 ? periods - 1 : 0);
    if (periods > 1) {
        const int64_t skipped = periods - 1;
        u->ticks_late++;
        u->ticks_skipped += (uint64_t)skipped;
        event_add(&u->process_events, EVENT_TICK_LATE,
                  (uint32_t)(skipped < UINT16_MAX ? skipped : UINT16_MAX));
    }
}

static void note_clock(struct unit *u, mono_t now)
{
    const int64_t ahead_ms = u->zone[0].wall.ms - now.ms;
    const int64_t step_ms = ahead_ms - u->wall_ahead_ms;
    u->wall_ahead_ms = ahead_ms;
    if (!u->has_ticked || (step_ms < UNIT_CLOCK_STEP_MS && step_ms > -UNIT_CLOCK_STEP_MS)) {
        return;
    }
    const int64_t rounded_s = (step_ms + (step_ms > 0 ? 500 : -500)) / 1000;
    const int64_t bounded_s =
        rounded_s > INT32_MAX ? INT32_MAX : (rounded_s < INT32_MIN ? INT32_MIN : rounded_s);
    event_add(&u->process_events, EVENT_CLOCK_UPDATED, 0);
    event_add_detail(&u->process_events, EVENT_CLOCK_STEP, 0, (int32_t)bounded_s);
}

static uint32_t process_alarms(const struct unit *u)
{
    if (u->config.journal == NULL) {
        return 0;
    }
    struct journal_state state;
    journal_state(u->config.journal, &state);
    return state.is_writing ? 0 : bit32(ALARM_JOURNAL);
}

/* Alive means: every tick is complete and no link stays undecided. A link that is being lost may
 * take its ten ticks, the watchdog waits for twenty; one that is verified now and then has been
 * verified, whenever we look. */
static void feed_watchdog(struct unit *u)
{
    bool all_decided = true;
    for (uint32_t i = 0; i < u->count; i++) {
        struct slot *slot = &u->slot[i];
        const int32_t link = slot->junction.controller.lease.link;
        slot->link_was_decided =
            slot->link_was_decided || (link != LINK_UNCONFIRMED && link != LINK_UNKNOWN);
        all_decided = all_decided && slot->link_was_decided;
    }
    u->unfed_ticks++;
    if (u->unfed_ticks < UNIT_WATCHDOG_TICKS || !all_decided) {
        return;
    }
    u->unfed_ticks = 0;
    for (uint32_t i = 0; i < u->count; i++) {
        u->slot[i].link_was_decided = false;
    }
    u->world->notify(u->world->self, "WATCHDOG=1");
}

static void note_stop(struct unit *u)
{
    bool has_heartbeat = false;
    for (uint32_t i = 0; i < u->count; i++) {
        const struct output_frame *out = &u->slot[i].out;
        has_heartbeat = has_heartbeat || (out->may_write && out->heartbeat);
    }
    u->stopped_ticks = u->is_stopping && !has_heartbeat ? u->stopped_ticks + 1 : 0;
}

void unit_tick(struct unit *unit, mono_t now)
{
    struct unit *u = unit;
    event_list_clear(&u->process_events);
    read_clocks(u);
    if (u->has_ticked) {
        note_lateness(u, now);
    }
    note_clock(u, now);
    const uint32_t alarms = process_alarms(u);
    for (uint32_t i = 0; i < u->count; i++) {
        tick_slot(u, i, alarms, now);
    }
    publish(u, UNIT_PROCESS, u->zone[0].wall, &u->process_events, now);
    u->has_ticked = true;
    u->last_tick = now;
    u->ticks++;
    note_stop(u);
    server_step(u->server, u, now);
    feed_watchdog(u);
}

void unit_between(struct unit *unit, mono_t now)
{
    for (uint32_t i = 0; i < unit->count; i++) {
        struct slot *slot = &unit->slot[i];
        if (!slot->is_null) {
            cabinet_link_repeat(&slot->cabinet, unit->world, now);
        }
        for (uint32_t k = 0; k < slot->detector_link_count; k++) {
            detector_link_step(&slot->detector_link[k], unit->world, now);
        }
    }
}

void unit_stop(struct unit *unit, mono_t now)
{
    if (!unit->is_stopping) {
        unit->is_stopping = true;
        unit->stopping_at = now;
    }
}

bool unit_is_stopped(const struct unit *unit, mono_t now)
{
    return unit->is_stopping && (unit->stopped_ticks >= UNIT_STOP_TICKS ||
                                 mono_since_ms(now, unit->stopping_at) >= UNIT_STOP_MAX_MS);
}

/* What others may see and ask. */

uint32_t unit_link_count(const struct unit *unit)
{
    return unit->link_count;
}

const struct site_link *unit_link(const struct unit *unit, uint32_t link_ix, uint32_t *junction_ix)
{
    REQUIRE(link_ix < unit->link_count);
    *junction_ix = unit->link[link_ix].junction_ix;
    return unit->link[link_ix].site;
}

void unit_note_timing(struct unit *unit, int64_t wake_us, int64_t compute_us)
{
    const size_t buckets = sizeof unit->wake_histogram_us / sizeof unit->wake_histogram_us[0];
    size_t bucket = 0;
    while (bucket + 1 < buckets && wake_us >= (int64_t)1 << bucket) {
        bucket++;
    }
    unit->wake_histogram_us[bucket]++;
    unit->wake_max_us = wake_us > unit->wake_max_us ? wake_us : unit->wake_max_us;
    unit->compute_max_us = compute_us > unit->compute_max_us ? compute_us : unit->compute_max_us;
}

static const struct slot *slot_of(const struct unit *unit, uint32_t junction_ix)
{
    REQUIRE(junction_ix < unit->count);
    return &unit->slot[junction_ix];
}

uint32_t unit_junction_count(const struct unit *unit)
{
    return unit->count;
}

const struct junction *unit_junction(const struct unit *unit, uint32_t junction_ix)
{
    return &slot_of(unit, junction_ix)->junction;
}

const struct output_frame *unit_output(const struct unit *unit, uint32_t junction_ix)
{
    return &slot_of(unit, junction_ix)->out;
}

const struct input_frame *unit_input(const struct unit *unit, uint32_t junction_ix)
{
    return &slot_of(unit, junction_ix)->in;
}

bool unit_find(const struct unit *unit, const char *node, uint32_t *junction_ix)
{
    for (uint32_t i = 0; i < unit->count; i++) {
        if (strcmp(unit->slot[i].junction.plan->node, node) == 0) {
            *junction_ix = i;
            return true;
        }
    }
    return false;
}

enum status unit_command(struct unit *unit, uint32_t junction_ix, const struct command *command)
{
    REQUIRE(junction_ix < unit->count);
    struct slot *slot = &unit->slot[junction_ix];
    if (slot->command_count >= UNIT_COMMAND_QUEUE) {
        return STATUS_AGAIN;
    }
    slot->command[slot->command_count++] = *command;
    return STATUS_OK;
}

void unit_record_command(struct unit *unit, uint32_t junction_ix,
                         const struct wire_command *command, enum command_result result)
{
    const wall_t at = slot_of(unit, junction_ix)->in.wall;
    (void)journal_put_command(unit->config.queue, (uint16_t)junction_ix, at, command, result);
}

bool unit_feed_detector(struct unit *unit, uint32_t junction_ix, uint32_t detector_ix,
                        const struct detector_input *value, mono_t now)
{
    REQUIRE(junction_ix < unit->count && detector_ix < DETECTOR_MAX);
    struct feed *f = &unit->slot[junction_ix].feed[detector_ix];
    if (f->max_age_ms == 0) {
        return false;
    }
    f->is_fed = true;
    f->at = now;
    f->value = *value;
    return true;
}

const char *unit_plan_text(const struct unit *unit, uint32_t junction_ix)
{
    return slot_of(unit, junction_ix)->plan_text;
}

void unit_status(const struct unit *unit, uint32_t junction_ix, struct wire_status *status)
{
    const struct slot *slot = slot_of(unit, junction_ix);
    const struct status_moment moment = { .tick = unit->ticks,
                                          .alarms = slot->alarms,
                                          .in = &slot->in,
                                          .out = &slot->out,
                                          .site = slot->source->site };
    status_fill(status, &slot->junction, &moment);
}

void unit_alarms(const struct unit *unit, uint32_t junction_ix, struct wire_alarms *alarms)
{
    const struct slot *slot = slot_of(unit, junction_ix);
    memset(alarms, 0, sizeof *alarms);
    wire_head(&alarms->header, WIRE_ALARMS, sizeof *alarms, 0);
    alarms->active = slot->alarms;
    memcpy(alarms->since, slot->alarm_since, sizeof alarms->since);
}

void unit_metrics(const struct unit *unit, struct wire_metrics *m)
{
    memset(m, 0, sizeof *m);
    wire_head(&m->header, WIRE_METRICS, sizeof *m, 0);
    m->ticks = unit->ticks;
    m->ticks_late = unit->ticks_late;
    m->ticks_skipped = unit->ticks_skipped;
    for (uint32_t i = 0; i < unit->count; i++) {
        const struct slot *slot = &unit->slot[i];
        m->modbus_ok += slot->cabinet.ok;
        m->modbus_failed += slot->cabinet.failed;
        m->modbus_late += slot->cabinet.late;
        for (uint32_t k = 0; k < slot->detector_link_count; k++) {
            m->modbus_ok += slot->detector_link[k].ok;
            m->modbus_failed += slot->detector_link[k].failed;
            m->modbus_late += slot->detector_link[k].late;
        }
    }
    m->events = unit->events;
    m->events_dropped = unit->events_dropped;
    if (unit->config.journal != NULL) {
        struct journal_state state;
        journal_state(unit->config.journal, &state);
        m->journal_lost = state.lost;
    }
    m->wake_max_us = unit->wake_max_us;
    m->compute_max_us = unit->compute_max_us;
    memcpy(m->wake_histogram_us, unit->wake_histogram_us, sizeof m->wake_histogram_us);
    m->socket_dropped = server_dropped(unit->server);
}

bool unit_has_changed(const struct unit *unit, uint32_t junction_ix)
{
    return slot_of(unit, junction_ix)->has_changed;
}

bool unit_alarms_have_changed(const struct unit *unit, uint32_t junction_ix)
{
    return slot_of(unit, junction_ix)->alarms_have_changed;
}
