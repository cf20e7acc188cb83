#include "cabinet_emu.h"

#include <string.h>

enum {
    MODE_IMAGE = 1,
    MODE_ASK_FLASH = 2,
    MODE_ASK_LATCH = 3,
    HEARTBEAT_STOPPED = 0,
    HEARTBEAT_A = 0x5555,
    HEARTBEAT_B = 0xaaaa
};

static void note(const struct cabinet_emu *e, int64_t now_ms, enum cabinet_note what,
                 int32_t number, int32_t value)
{
    if (e->note != NULL) {
        e->note(e->note_self, now_ms, what, number, value);
    }
}

static bool get_lamp(const uint32_t lamps[LAMP_MAX / 32], int32_t n)
{
    return (lamps[n / 32] & bit32((uint32_t)n % 32)) != 0;
}

static void put_lamp(uint32_t lamps[LAMP_MAX / 32], int32_t n, bool on)
{
    const uint32_t bit = bit32((uint32_t)n % 32);
    lamps[n / 32] = on ? lamps[n / 32] | bit : lamps[n / 32] & ~bit;
}

bool cabinet_emu_is_flashing(const struct cabinet_emu *e)
{
    return !e->on[SWITCH_POLICE] && (e->holds_flash || e->mode != MODE_IMAGE);
}

/* The cabinet's own flash programme, as wired: no controller can change it. */
static void show_flash(const struct monitor_config *config, struct lamp_image *lamps)
{
    for (size_t i = 0; i < MONITOR_CHANNEL_MAX; i++) {
        const struct monitor_channel *c = &config->channel[i];
        if (!c->is_used || c->flash == MONITOR_FLASH_DARK) {
            continue;
        }
        const int32_t n = c->lamp[c->flash == MONITOR_FLASH_RED ? LAMP_RED : LAMP_YELLOW];
        put_lamp(lamps->on, n, true);
        put_lamp(lamps->flash, n, true);
    }
}

static void show_all_red(const struct monitor_config *config, struct lamp_image *lamps)
{
    for (size_t i = 0; i < MONITOR_CHANNEL_MAX; i++) {
        const int32_t n = config->channel[i].lamp[LAMP_RED];
        if (config->channel[i].is_used && n >= 0) {
            put_lamp(lamps->on, n, true);
        }
    }
}

static struct lamp_image lamps_shown(const struct cabinet_emu *e)
{
    struct lamp_image lamps = { .on = { 0 }, .flash = { 0 } };
    if (e->on[SWITCH_POLICE]) {
        show_all_red(e->config, &lamps);
    } else if (cabinet_emu_is_flashing(e)) {
        show_flash(e->config, &lamps);
    } else {
        lamps = e->image;
    }
    for (size_t i = 0; i < LAMP_MAX / 32; i++) {
        lamps.on[i] = (lamps.on[i] | e->stuck_on.on[i]) & ~e->stuck_off.on[i];
        lamps.flash[i] = lamps.flash[i] & lamps.on[i] & ~e->stuck_on.on[i];
    }
    return lamps;
}

static void take_lamps(struct cabinet_emu *e, enum monitor_fault fault, int64_t now_ms)
{
    const int64_t after_ms = e->lease_held ? now_ms - e->heartbeat_at_ms : -1;
    if (fault == MONITOR_HEARTBEAT) {
        e->counters.flash_after_ms = after_ms;
        if (after_ms > e->counters.flash_after_max_ms) {
            e->counters.flash_after_max_ms = after_ms;
        }
    }
    e->holds_flash = true;
    e->fault = (int32_t)fault;
    note(e, now_ms, NOTE_FLASH, (int32_t)fault, (int32_t)after_ms);
}

static void free_lease(struct cabinet_emu *e, int64_t now_ms)
{
    if (e->lease_held) {
        e->lease_held = false;
        note(e, now_ms, NOTE_LEASE, e->memory.epoch, 0);
    }
}

static void latch(struct cabinet_emu *e, enum monitor_fault fault, int32_t a, int32_t b,
                  int64_t now_ms)
{
    e->memory.latch = (int32_t)fault;
    e->memory.conflict_count += fault == MONITOR_CONFLICT ? 1 : 0;
    e->memory_changed = true;
    e->counters.trips++;
    note(e, now_ms, NOTE_TRIP, (int32_t)fault, a << 8 | b);
    take_lamps(e, fault, now_ms);
}

static void note_lamps(struct cabinet_emu *e, const struct lamp_image *before, int64_t now_ms)
{
    for (int32_t n = 0; n < LAMP_MAX; n++) {
        const bool on = get_lamp(e->sensed.on, n);
        const bool flash = get_lamp(e->sensed.flash, n);
        if (on != get_lamp(before->on, n) || flash != get_lamp(before->flash, n)) {
            e->counters.lamp_changes++;
            note(e, now_ms, NOTE_LAMP, n, on ? (flash ? 2 : 1) : 0);
        }
    }
}

static void light(struct cabinet_emu *e, int64_t now_ms)
{
    const struct lamp_image before = e->sensed;
    e->sensed = lamps_shown(e);
    if (memcmp(&before, &e->sensed, sizeof before) != 0) {
        note_lamps(e, &before, now_ms);
    }
}

/* Lamps are lit first and judged as sensed; a trip changes them again in the same instant. */
static void light_and_judge(struct cabinet_emu *e, int64_t now_ms)
{
    light(e, now_ms);
    if (cabinet_emu_is_flashing(e) || e->on[SWITCH_POLICE]) {
        monitor_rest(&e->monitor);
        return;
    }
    const enum monitor_fault fault = monitor_see(&e->monitor, &e->sensed, now_ms);
    if (fault != MONITOR_NO_FAULT) {
        latch(e, fault, e->monitor.channel_a, e->monitor.channel_b, now_ms);
        monitor_rest(&e->monitor);
        light(e, now_ms);
    }
}

static void power_up(struct cabinet_emu *e, int64_t now_ms)
{
    e->memory.boot_count++;
    e->memory_changed = true;
    e->lease_held = false;
    e->holds_flash = true;
    e->seq = 0;
    e->heartbeat = 0;
    e->mode = MODE_ASK_FLASH;
    e->fault = e->memory.latch;
    e->reset_seen = false;
    memset(&e->image, 0, sizeof e->image);
    memset(e->edge_count, 0, sizeof e->edge_count);
    monitor_init(&e->monitor, e->config);
    note(e, now_ms, NOTE_BOOT, (int32_t)e->memory.boot_count, 0);
    note(e, now_ms, NOTE_FLASH, e->fault, -1);
    light_and_judge(e, now_ms);
}

void cabinet_emu_init(struct cabinet_emu *e, const struct monitor_config *config,
                      const struct cabinet_memory *memory, int64_t now_ms)
{
    *e = (struct cabinet_emu){ .note = e->note, .note_self = e->note_self };
    e->config = config;
    e->memory = *memory;
    e->counters.flash_after_ms = -1;
    e->counters.flash_after_max_ms = -1;
    power_up(e, now_ms);
}

void cabinet_emu_reboot(struct cabinet_emu *e, int64_t now_ms)
{
    free_lease(e, now_ms);
    power_up(e, now_ms);
}

/* Serial numbers: 1 is newer than 0xffff. */
static bool is_newer(uint16_t a, uint16_t b)
{
    const uint16_t ahead = (uint16_t)(a - b);
    return ahead != 0 && ahead < 0x8000;
}

static enum cabinet_verdict refuse(struct cabinet_emu *e, uint64_t *why)
{
    (*why)++;
    e->counters.writes_refused++;
    return CABINET_REFUSED;
}

/* Who may command: the holder by its own epoch; while nobody holds, a newer epoch than any obeyed.
 */
static bool epoch_is_right(const struct cabinet_emu *e, uint16_t epoch)
{
    return e->lease_held ? epoch == e->memory.epoch : is_newer(epoch, e->memory.epoch);
}

static bool values_are_legal(const struct cabinet_command *c)
{
    const bool heartbeat_legal = c->heartbeat == HEARTBEAT_STOPPED || c->heartbeat == HEARTBEAT_A ||
                                 c->heartbeat == HEARTBEAT_B;
    return heartbeat_legal && c->mode >= MODE_IMAGE && c->mode <= MODE_ASK_LATCH;
}

static void take_lease(struct cabinet_emu *e, uint16_t epoch, int64_t now_ms)
{
    e->lease_held = true;
    e->memory.epoch = epoch;
    e->memory_changed = true;
    e->heartbeat = HEARTBEAT_STOPPED;
    e->heartbeat_at_ms = now_ms;
    e->counters.leases++;
    note(e, now_ms, NOTE_LEASE, epoch, 1);
}

/* The two values take turns with the sequence number, lost frames included: a sender whose
 * heartbeat stands still while its frames go on is not alive. */
static bool heartbeat_is_alive(const struct cabinet_emu *e, const struct cabinet_command *c)
{
    const bool is_first = e->heartbeat == HEARTBEAT_STOPPED;
    const bool took_turns = ((uint32_t)c->seq - e->seq) % 2 != 0;
    return is_first || (c->heartbeat != e->heartbeat) == took_turns;
}

static void obey(struct cabinet_emu *e, const struct cabinet_command *c, int64_t now_ms)
{
    const bool is_alive = heartbeat_is_alive(e, c);
    e->seq = c->seq;
    e->image = c->image;
    e->mode = c->mode;
    if (c->heartbeat == HEARTBEAT_STOPPED) {
        take_lamps(e, MONITOR_HEARTBEAT, now_ms);
        e->counters.heartbeat_losses++;
        free_lease(e, now_ms);
        return;
    }
    if (is_alive) {
        e->heartbeat = c->heartbeat;
        e->heartbeat_at_ms = now_ms;
    }
    if (c->mode == MODE_ASK_LATCH && e->memory.latch == MONITOR_NO_FAULT) {
        latch(e, MONITOR_COMMANDED, 0, 0, now_ms);
    }
    if (c->mode == MODE_ASK_FLASH && e->holds_flash && e->memory.latch == MONITOR_NO_FAULT) {
        e->holds_flash = false;
        e->fault = MONITOR_NO_FAULT;
        note(e, now_ms, NOTE_RELEASED, 0, 0);
    }
}

enum cabinet_verdict cabinet_emu_command(struct cabinet_emu *e, const uint16_t *registers,
                                         size_t count, int64_t now_ms)
{
    cabinet_emu_tick(e, now_ms); /* what was overdue before this command came stays overdue */
    struct cabinet_command c;
    if (cabinet_decode_command(registers, count, &c) != STATUS_OK) {
        return refuse(e, &e->counters.refused_crc);
    }
    if (!values_are_legal(&c)) {
        return refuse(e, &e->counters.refused_value);
    }
    if (e->on[SWITCH_POLICE] || e->on[SWITCH_LOCAL]) {
        return refuse(e, &e->counters.refused_switch);
    }
    if (!epoch_is_right(e, c.epoch)) {
        return refuse(e, &e->counters.refused_epoch);
    }
    if (!e->lease_held) {
        if (c.heartbeat == HEARTBEAT_STOPPED) {
            return refuse(e, &e->counters.refused_value); /* taken only to be dropped */
        }
        take_lease(e, c.epoch, now_ms);
    } else if (c.seq == e->seq) {
        e->counters.writes_repeated++;
        return CABINET_REPEATED;
    } else if (!is_newer(c.seq, e->seq)) {
        return refuse(e, &e->counters.refused_seq);
    }
    e->counters.writes_accepted++;
    obey(e, &c, now_ms);
    light_and_judge(e, now_ms);
    return CABINET_ACCEPTED;
}

void cabinet_emu_tick(struct cabinet_emu *e, int64_t now_ms)
{
    if (e->lease_held && now_ms - e->heartbeat_at_ms >= e->config->heartbeat_ms) {
        e->counters.heartbeat_losses++;
        if (e->memory.latch == MONITOR_NO_FAULT) {
            take_lamps(e, MONITOR_HEARTBEAT, now_ms);
        }
        free_lease(e, now_ms);
    }
    light_and_judge(e, now_ms);
}

static uint16_t state_flags(struct cabinet_emu *e)
{
    const bool by_hand = e->on[SWITCH_POLICE] || e->on[SWITCH_LOCAL];
    uint32_t flags = 0;
    flags |= !e->lease_held && !by_hand ? CABINET_LEASE_FREE : 0;
    flags |= e->on[SWITCH_LOCAL] ? CABINET_LOCAL : 0;
    flags |= e->on[SWITCH_POLICE] ? CABINET_POLICE : 0;
    flags |= e->on[SWITCH_DOOR] ? CABINET_DOOR_OPEN : 0;
    flags |= e->holds_flash ? CABINET_FLASHING : 0;
    flags |= e->memory.latch != MONITOR_NO_FAULT ? CABINET_LATCHED : 0;
    flags |= e->reset_seen ? CABINET_RESET_SEEN : 0;
    e->reset_seen = false;
    return (uint16_t)flags;
}

void cabinet_emu_state(struct cabinet_emu *e, uint16_t registers[CABINET_STATE_REGISTERS])
{
    struct cabinet_state s = { .site_id = e->config->site_id,
                               .safety_hash = e->config->safety_hash,
                               .epoch = e->memory.epoch,
                               .seq = e->seq,
                               .fault = (uint16_t)e->fault,
                               .conflict_count = (uint16_t)e->memory.conflict_count,
                               .boot_count = (uint16_t)e->memory.boot_count,
                               .sensed = e->sensed,
                               .occupied = e->occupied,
                               .faulty = e->faulty };
    s.flags = state_flags(e);
    for (size_t i = 0; i < LAMP_MAX / 32; i++) {
        s.sensed.on[i] = (s.sensed.on[i] | e->lie_on.on[i]) & ~e->lie_off.on[i];
        s.sensed.flash[i] &= s.sensed.on[i];
    }
    memcpy(s.edge_count, e->edge_count, sizeof s.edge_count);
    e->counters.reads++;
    cabinet_encode_state(&s, registers);
}

void cabinet_emu_switch(struct cabinet_emu *e, enum cabinet_switch which, bool on, int64_t now_ms)
{
    if (e->on[which] == on) {
        return;
    }
    e->on[which] = on;
    note(e, now_ms, NOTE_SWITCH, (int32_t)which, on);
    if (which == SWITCH_DOOR) {
        return;
    }
    if (e->memory.latch == MONITOR_NO_FAULT) {
        take_lamps(e, MONITOR_NO_FAULT, now_ms);
    }
    free_lease(e, now_ms);
    light_and_judge(e, now_ms);
}

void cabinet_emu_press_reset(struct cabinet_emu *e, int64_t now_ms)
{
    note(e, now_ms, NOTE_RESET, 0, 0);
    e->reset_seen = true;
    if (e->memory.latch != MONITOR_NO_FAULT) {
        e->memory.latch = MONITOR_NO_FAULT;
        e->memory_changed = true;
        e->fault = MONITOR_NO_FAULT;
    }
}

bool cabinet_emu_input(struct cabinet_emu *e, int32_t input, bool occupied, int64_t now_ms)
{
    if (input < 0 || input >= DETECTOR_MAX) {
        return false;
    }
    const uint64_t bit = bit64((uint32_t)input);
    if (((e->occupied & bit) != 0) == occupied) {
        return true;
    }
    e->occupied = occupied ? e->occupied | bit : e->occupied & ~bit;
    e->edge_count[input] = (uint8_t)(e->edge_count[input] + (occupied ? 1 : 0));
    e->counters.input_changes++;
    note(e, now_ms, NOTE_INPUT, input, occupied);
    return true;
}

bool cabinet_emu_input_fault(struct cabinet_emu *e, int32_t input, bool faulty)
{
    if (input < 0 || input >= DETECTOR_MAX) {
        return false;
    }
    const uint64_t bit = bit64((uint32_t)input);
    e->faulty = faulty ? e->faulty | bit : e->faulty & ~bit;
    return true;
}

bool cabinet_emu_lamp_fault(struct cabinet_emu *e, int32_t lamp, enum lamp_fault fault,
                            bool only_read_back, int64_t now_ms)
{
    if (lamp < 0 || lamp >= LAMP_MAX) {
        return false;
    }
    put_lamp(only_read_back ? e->lie_on.on : e->stuck_on.on, lamp, fault == LAMP_STUCK_ON);
    put_lamp(only_read_back ? e->lie_off.on : e->stuck_off.on, lamp, fault == LAMP_STUCK_OFF);
    light_and_judge(e, now_ms);
    return true;
}
