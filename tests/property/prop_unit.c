/* Does any seed of faults hurt the daemon's logic as a whole? A unit with journal and socket in the
 * simulated world, one emulated cabinet with its monitor; for some minutes everything fails that
 * can, as often as the seed says, then nothing does and the junction must come back. The oracle
 * sees every lamp that was lit. Every other pair of seeds is adaptive. The seed is the bug report:
 * prop_unit FIRST COUNT runs seeds FIRST to FIRST + COUNT - 1; COUNT 0 goes on for ever. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cabinet.h"
#include "journal_read.h"
#include "oracle.h"
#include "plan_build.h"
#include "sim_town.h"

enum {
    BAD_TICKS = 3000,
    COMEBACK_TICKS = 600, /* 60 s, beside the start-up itself */
    GOOD_TICKS = 1200,
    WATCHDOG_TICKS = 20,
    RESET_TICKS =
        100, /* somebody at the cabinet presses reset every ten seconds while it is latched */
    WHY_BYTES = 240,
    STEP_UP_MS = 5000,
    FAULT_TICKS_MAX = 25
};

static uint64_t chance_state;

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t chance(void)
{
    chance_state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = chance_state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int32_t between(int32_t low, int32_t high)
{
    return low + (int32_t)(chance() % (uint64_t)(high - low + 1));
}

static bool happens(int32_t one_in)
{
    return one_in > 0 && between(1, one_in) == 1;
}

/* One fault: how often it begins, how long it has still to go. Swarm testing (Groce et al. 2012):
 * each seed leaves some of them out, or none would ever be met alone. */
enum fault {
    FAULT_DEAD,
    FAULT_DEAF,
    FAULT_GARBLED,
    FAULT_DOUBLED,
    FAULT_SLOW,
    FAULT_LOSSY,
    FAULT_REBOOT,
    FAULT_POLICE,
    FAULT_LOCAL,
    FAULT_DOOR,
    FAULT_LIE,
    FAULT_STALL,
    FAULT_CLOCK,
    FAULT_DISK,
    FAULT_DISK_ASLEEP,
    FAULT_COMMAND,
    FAULT_INPUT_FAULTY,
    FAULT_COUNT
};

static const int32_t one_in_ticks[FAULT_COUNT] = {
    [FAULT_DEAD] = 400,    [FAULT_DEAF] = 400,         [FAULT_GARBLED] = 300,
    [FAULT_DOUBLED] = 100, [FAULT_SLOW] = 100,         [FAULT_LOSSY] = 100,
    [FAULT_REBOOT] = 1500, [FAULT_POLICE] = 1500,      [FAULT_LOCAL] = 1500,
    [FAULT_DOOR] = 500,    [FAULT_LIE] = 1500,         [FAULT_STALL] = 300,
    [FAULT_CLOCK] = 300,   [FAULT_DISK] = 300,         [FAULT_DISK_ASLEEP] = 300,
    [FAULT_COMMAND] = 60,  [FAULT_INPUT_FAULTY] = 400,
};

struct run {
    struct sim_town town;
    struct oracle oracle;
    struct lamp_image lamps;
    bool lamps_changed, is_police;
    int64_t lamps_at_ms;
    int32_t rate[FAULT_COUNT]; /* 0: not in this seed */
    int32_t left[FAULT_COUNT]; /* ticks */
    uint64_t lies;
    uint32_t fed;
    int32_t unfed_ticks;
    uint64_t command_id, decisions;
    char why[WHY_BYTES]; /* what was broken first */
};

__attribute__((format(printf, 2, 3))) static void accuse(struct run *r, const char *format, ...)
{
    if (r->why[0] == '\0') {
        va_list list;
        va_start(list, format);
        (void)vsnprintf(r->why, sizeof r->why, format, list);
        va_end(list);
    }
}

/* --- What the lamps do --- */

static void see_lamps(struct run *r)
{
    const struct safety *s = &r->town.plan[0].safety;
    if (!r->lamps_changed) {
        return;
    }
    r->lamps_changed = false;
    if (r->is_police) {
        oracle_forget(&r->oracle);
        return;
    }
    int32_t aspect[SG_MAX];
    bool is_flash = true;
    lamps_to_aspects(&s->lamps, s->sg_type, s->sg_count, &r->lamps, aspect);
    for (int32_t i = 0; i < s->sg_count; i++) {
        is_flash = is_flash && aspect[i] == s->flash_aspect[i];
    }
    const char *law = oracle_see(&r->oracle, (mono_t){ .ms = r->lamps_at_ms }, aspect, is_flash);
    if (law != NULL) {
        accuse(r, "%" PRId64 " ms: %s", r->lamps_at_ms, law);
    }
}

static void put_bit(uint32_t *words, int32_t n, bool on)
{
    const uint32_t bit = bit32((uint32_t)n % 32);
    words[n / 32] = on ? words[n / 32] | bit : words[n / 32] & ~bit;
}

/* All that a cabinet notes in one moment is one change. */
static void note(void *self, int64_t now_ms, enum cabinet_note what, int32_t number, int32_t value)
{
    struct run *r = self;
    if (now_ms != r->lamps_at_ms) {
        see_lamps(r);
        r->lamps_at_ms = now_ms;
    }
    if (what == NOTE_LAMP) {
        put_bit(r->lamps.on, number, value > 0);
        put_bit(r->lamps.flash, number, value > 1);
        r->lamps_changed = true;
    } else if (what == NOTE_SWITCH && number == SWITCH_POLICE) {
        r->is_police = value == 1;
        oracle_forget(&r->oracle);
    }
}

/* --- What goes wrong --- */

static void lie(struct run *r, bool begins)
{
    const int64_t now_ms = sim_world_now(r->town.world).ms;
    for (int32_t n = 0; n < 3 * r->town.plan[0].sg_count; n++) {
        const bool spoils = begins && n == between(0, 3 * r->town.plan[0].sg_count - 1);
        (void)cabinet_emu_lamp_fault(&r->town.cabinet[0], n, spoils ? LAMP_STUCK_ON : LAMP_HEALTHY,
                                     true, now_ms);
    }
    r->lies += begins ? 1 : 0;
}

static void fail_disk(struct run *r, bool begins)
{
    struct sim_file_faults faults = { .write_room = UINT64_MAX };
    if (begins) {
        const enum status kinds[] = { STATUS_NO_SPACE, STATUS_IO, STATUS_REFUSED };
        faults.write = kinds[between(0, 2)];
        faults.sync = happens(2) ? STATUS_IO : STATUS_OK;
        faults.open = happens(3) ? STATUS_IO : STATUS_OK;
    }
    sim_world_set_file_faults(r->town.world, &faults);
}

static void command(struct run *r)
{
    const struct command c = { .command_id = ++r->command_id,
                               .kind = between(-1, COMMAND_KIND_COUNT),
                               .target = between(-1, 12),
                               .value = between(-1, 6),
                               .duration_ms = between(-100, 60000) };
    const enum status status = unit_command(r->town.unit, 0, &c);
    if (status != STATUS_OK && status != STATUS_AGAIN) {
        accuse(r, "a command was neither taken nor put off");
    }
}

/* The process sleeps, the cabinet does not. */
static void stall(struct run *r)
{
    for (int32_t left = between(5, 300); left > 0; left--) {
        sim_world_advance(r->town.world, 10);
        cabinet_emu_tick(&r->town.cabinet[0], sim_world_now(r->town.world).ms);
    }
}

static void turn(struct run *r, enum fault f, bool begins)
{
    struct sim_town *t = &r->town;
    struct sim_town_wire *w = &t->wire[0];
    const int64_t now_ms = sim_world_now(t->world).ms;
    switch (f) {
    case FAULT_DEAD:
        w->is_dead = begins;
        return;
    case FAULT_DEAF:
        w->is_deaf = begins;
        return;
    case FAULT_GARBLED:
        w->garbles = begins;
        return;
    case FAULT_DOUBLED:
        w->doubles = begins;
        return;
    case FAULT_SLOW:
        w->delay_ms = begins ? between(1, 80) : 0;
        return;
    case FAULT_LOSSY:
        w->fail_every = begins ? between(2, 6) : 0;
        return;
    case FAULT_POLICE:
        cabinet_emu_switch(&t->cabinet[0], SWITCH_POLICE, begins, now_ms);
        return;
    case FAULT_LOCAL:
        cabinet_emu_switch(&t->cabinet[0], SWITCH_LOCAL, begins, now_ms);
        return;
    case FAULT_DOOR:
        cabinet_emu_switch(&t->cabinet[0], SWITCH_DOOR, begins, now_ms);
        return;
    case FAULT_LIE:
        lie(r, begins);
        return;
    case FAULT_DISK:
        fail_disk(r, begins);
        return;
    case FAULT_DISK_ASLEEP:
        t->disk_is_asleep = begins;
        return;
    case FAULT_INPUT_FAULTY:
        (void)cabinet_emu_input_fault(&t->cabinet[0], between(0, 9), begins);
        return;
    case FAULT_REBOOT:
        if (begins) {
            cabinet_emu_reboot(&t->cabinet[0], now_ms);
        }
        return;
    case FAULT_STALL:
        if (begins) {
            stall(r);
        }
        return;
    case FAULT_CLOCK:
        if (begins) {
            sim_world_step_wall(t->world, between(-4000000, 4000000));
        }
        return;
    case FAULT_COMMAND:
        if (begins) {
            command(r);
        }
        return;
    case FAULT_COUNT:
        return;
    }
}

static void upset(struct run *r)
{
    for (int32_t f = 0; f < FAULT_COUNT; f++) {
        if (r->left[f] > 0 && --r->left[f] == 0) {
            turn(r, (enum fault)f, false);
        } else if (r->left[f] == 0 && happens(r->rate[f])) {
            r->left[f] = between(1, FAULT_TICKS_MAX);
            turn(r, (enum fault)f, true);
        }
    }
    if (r->town.cabinet[0].memory.latch != MONITOR_NO_FAULT && happens(100)) {
        cabinet_emu_press_reset(&r->town.cabinet[0], sim_world_now(r->town.world).ms);
    }
}

static void traffic(struct run *r)
{
    const int64_t now_ms = sim_world_now(r->town.world).ms;
    for (int32_t i = 0; i < r->town.plan[0].detector_count; i++) {
        const bool is_on = (r->town.cabinet[0].occupied & bit64((uint32_t)i)) != 0;
        if (happens(is_on ? 10 : 80)) {
            (void)cabinet_emu_input(&r->town.cabinet[0], i, !is_on, now_ms);
        }
    }
}

/* --- What must hold --- */

static const struct controller *controller_of(const struct run *r)
{
    return &unit_junction(r->town.unit, 0)->controller;
}

static uint64_t decisions_of(const struct run *r)
{
    return unit_junction(r->town.unit, 0)->optimiser.decision.number;
}

static void check_tick(struct run *r)
{
    const struct junction *j = unit_junction(r->town.unit, 0);
    const struct cabinet_emu *c = &r->town.cabinet[0];
    if (j->guard.tripped != GUARD_PASS) {
        accuse(r, "the guard tripped: fault %d", (int)j->guard.tripped);
    }
    const bool is_blamed = c->memory.latch == MONITOR_NO_FAULT ||
                           (c->memory.latch == MONITOR_COMMANDED && r->lies > 0);
    if (!is_blamed) {
        accuse(r, "the cabinet's monitor tripped: fault %d", (int)c->memory.latch);
    }
}

/* Whatever the link does, systemd (2 s) must not end a process that is well: a link is verified, or
 * declared lost after ten ticks. */
static void check_watchdog(struct run *r)
{
    const uint32_t fed = sim_world_notified(r->town.world, "WATCHDOG=1");
    r->unfed_ticks = fed == r->fed ? r->unfed_ticks + 1 : 0;
    r->fed = fed;
    if (r->unfed_ticks >= WATCHDOG_TICKS) {
        accuse(r, "the watchdog was not fed for %d ticks, link %d", (int)r->unfed_ticks,
               (int)unit_junction(r->town.unit, 0)->controller.lease.link);
    }
}

static void tick(struct run *r)
{
    traffic(r);
    sim_town_tick(&r->town);
    see_lamps(r);
    check_tick(r);
    check_watchdog(r);
}

/* Every number is a record or in a gap: nothing is lost that is not told. */
static void check_journal(struct run *r)
{
    static struct journal_reader reader;
    struct record record;
    uint64_t next = 0;
    while (journal_step(r->town.journal, sim_world_now(r->town.world))) {
    }
    if (journal_reader_open(&reader, sim_world_of(r->town.world), "/journal") != STATUS_OK) {
        accuse(r, "the journal cannot be read");
        return;
    }
    while (journal_reader_next(&reader, &record) == STATUS_OK) {
        uint64_t count = 1;
        uint32_t reason = 0;
        if (next != 0 && record.seq != next) {
            accuse(r, "journal: %" PRIu64 " follows %" PRIu64, record.seq, next - 1);
        }
        (void)journal_is_gap(&record, &count, &reason);
        next = record.seq + count;
    }
    journal_reader_close(&reader);
    struct journal_state state;
    journal_state(r->town.journal, &state);
    if (next != state.next_seq || !state.is_writing) {
        accuse(r, "journal: ends before %" PRIu64 ", written to %" PRIu64, next, state.next_seq);
    }
}

static void check_comeback(struct run *r)
{
    struct sim_town *t = &r->town;
    for (int32_t f = 0; f < FAULT_COUNT; f++) {
        turn(r, (enum fault)f, false);
    }
    t->cabinet[0].faulty = 0;
    const struct command release = { .command_id = ++r->command_id,
                                     .kind = COMMAND_RELEASE,
                                     .duration_ms = 1000 };
    const struct safety *s = &t->plan[0].safety;
    const int32_t startup_ticks =
        (s->startup_flash_ms + s->startup_yellow_ms + s->startup_all_red_ms) / TICK_MS;
    bool is_released = false;
    for (int32_t i = 0; i < COMEBACK_TICKS + startup_ticks; i++) {
        is_released = is_released || unit_command(t->unit, 0, &release) == STATUS_OK;
        if (i % RESET_TICKS == 0 && i <= COMEBACK_TICKS / 2) {
            cabinet_emu_press_reset(&t->cabinet[0], sim_world_now(t->world).ms);
        }
        tick(r);
    }
    const struct controller *c = controller_of(r);
    if (c->mode.mode != MODE_NORMAL || c->lease.link != LINK_CONFIRMED) {
        accuse(r, "a minute after all was well: mode %d, reason %d, link %d", (int)c->mode.mode,
               (int)c->mode.reason, (int)c->lease.link);
    }
    const uint64_t changes = t->cabinet[0].counters.lamp_changes;
    const uint64_t decisions = decisions_of(r);
    const bool is_adaptive = c->mode.strategy == STRATEGY_ADAPTIVE;
    for (int32_t i = 0; i < GOOD_TICKS; i++) {
        tick(r);
    }
    if (t->cabinet[0].counters.lamp_changes < changes + 10) {
        accuse(r, "two minutes of health and hardly a lamp changed");
    }
    if (is_adaptive && c->mode.strategy == STRATEGY_ADAPTIVE && decisions_of(r) == decisions) {
        accuse(r, "adaptive for two minutes, and nothing was decided");
    }
    check_journal(r);
}

/* Steps up soon, or faults would leave it on its fixed plan for nearly all of the time. */
static void make_adaptive(struct plan *p)
{
    p->ladder.step_up_ms = STEP_UP_MS;
    for (int32_t i = 0; i < p->pattern_count; i++) {
        int32_t *strategy = &p->pattern[i].strategy;
        const bool is_free = *strategy == STRATEGY_ACTUATED || *strategy == STRATEGY_COORDINATED;
        *strategy = is_free ? STRATEGY_ADAPTIVE : *strategy;
    }
}

static void begin(struct run *r, uint64_t seed)
{
    memset(r, 0, sizeof *r);
    chance_state = seed;
    if (seed % 2 == 0) {
        plan_build_staged(&r->town.plan[0]);
    } else {
        plan_build_rings(&r->town.plan[0]);
    }
    if (seed / 2 % 2 == 1) {
        make_adaptive(&r->town.plan[0]);
    }
    for (int32_t f = 0; f < FAULT_COUNT; f++) {
        r->rate[f] = happens(2) ? one_in_ticks[f] : 0;
    }
    sim_town_wire(&r->town, 0);
    oracle_init(&r->oracle, &r->town.plan[0].safety, ORACLE_NOT_JUDGED);
    r->town.cabinet[0].note = note;
    r->town.cabinet[0].note_self = r;
    sim_town_start(&r->town, 1, NULL, 0);
}

static bool run_seed(struct run *r, uint64_t seed)
{
    begin(r, seed);
    for (int32_t i = 0; i < BAD_TICKS && r->why[0] == '\0'; i++) {
        upset(r);
        tick(r);
    }
    if (r->why[0] == '\0') {
        check_comeback(r);
    }
    r->decisions = decisions_of(r);
    sim_town_finish(&r->town);
    return r->why[0] == '\0';
}

int main(int argc, char **argv)
{
    static struct run r;
    if (argc != 3) {
        (void)fprintf(stderr, "usage: prop_unit FIRST_SEED COUNT\n");
        return 2;
    }
    const uint64_t first = strtoull(argv[1], NULL, 10);
    const uint64_t count = strtoull(argv[2], NULL, 10);
    if (count > 0) {
        printf("1..%" PRIu64 "\n", count);
    }
    int failed = 0;
    for (uint64_t seed = first; (count == 0 && failed == 0) || seed < first + count; seed++) {
        const bool good = run_seed(&r, seed);
        printf("%sok %" PRIu64 " - seed %" PRIu64 ": %" PRIu64 " leases, %" PRIu64
               " changes of lamps, %" PRIu64 " latched, %" PRIu64 " decisions\n",
               good ? "" : "not ", seed - first + 1, seed, r.town.cabinet[0].counters.leases,
               r.town.cabinet[0].counters.lamp_changes, r.town.cabinet[0].counters.trips,
               r.decisions);
        if (!good) {
            printf("# seed %" PRIu64 ": %s\n", seed, r.why);
        }
        (void)fflush(stdout);
        failed += good ? 0 : 1;
    }
    return failed > 0 ? 1 : 0;
}
