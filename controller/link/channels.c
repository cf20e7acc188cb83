#include "channels.h"

#include <stdio.h>
#include <string.h>

#include "describe.h"
#include "guard.h"
#include "lease.h"
#include "words.h"

#define COUNT_OF(table) ((int32_t)(sizeof(table) / sizeof(table)[0]))

/* tlc.groups/live (S0001). */

static int32_t sg_count(const struct channel_view *v)
{
    return min_i32(max_i32(v->status->sg_count, 0), SG_MAX);
}

/* Letters are single printable characters; anything else would be a status we do not understand. */
static int64_t letter(const struct channel_view *v, int32_t ix)
{
    const char c = v->status->letter[ix];
    return c > ' ' && c <= '~' ? c : '-';
}

/* Stages are numbered from 1; 0 is a plan of rings, which has none. */
static int64_t stage(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return v->status->stage_ix >= 0 ? v->status->stage_ix + 1 : 0;
}

static int64_t cycle_counter_s(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return v->status->cycle_ms > 0 ? v->status->cycle_second_ms / 1000 : 0;
}

/* SXL 1.2.1, S0001: counter = (base + offset) mod cycle. */
static int64_t base_counter_s(const struct channel_view *v, int32_t ix)
{
    const struct wire_status *s = v->status;
    (void)ix;
    const int64_t cycle_ms = s->cycle_ms;
    const int64_t base_ms = (int64_t)s->cycle_second_ms - s->offset_ms;
    return cycle_ms > 0 ? (base_ms % cycle_ms + cycle_ms) % cycle_ms / 1000 : 0;
}

static const struct attribute groups[] = {
    { .name = "signalgroupstatus",
      .form = FORM_LETTER,
      .component = "sg",
      .count = sg_count,
      .value = letter },
    { .name = "stage", .form = FORM_INTEGER, .value = stage },
    { .name = "cyclecounter", .form = FORM_INTEGER, .is_along = true, .value = cycle_counter_s },
    { .name = "basecyclecounter", .form = FORM_INTEGER, .is_along = true, .value = base_counter_s },
};

/* tlc.stage: where the sequence is and what comes next. */

static int64_t stage_next(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return v->status->stage_next_ix >= 0 ? v->status->stage_next_ix + 1 : 0;
}

static int64_t stage_ms(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return v->status->stage_ms;
}

static void list_phases(const struct channel_view *v, uint32_t mask, char out[ATTRIBUTE_TEXT_BYTES])
{
    size_t used = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < PHASE_MAX && (int32_t)i < v->plan->phase_count; i++) {
        if ((mask & bit32(i)) != 0) {
            /* Sixteen numbers of two digits. */
            used += (size_t)snprintf(out + used, ATTRIBUTE_TEXT_BYTES - used, "%s%d",
                                     used > 0 ? "," : "", v->plan->phase[i].phase_id);
        }
    }
}

static void phases_on(const struct channel_view *v, char out[ATTRIBUTE_TEXT_BYTES])
{
    list_phases(v, v->status->phase_on, out);
}

static void phases_next(const struct channel_view *v, char out[ATTRIBUTE_TEXT_BYTES])
{
    list_phases(v, v->status->phase_next, out);
}

static const struct attribute stages[] = {
    { .name = "stage", .form = FORM_INTEGER, .value = stage },
    { .name = "next", .form = FORM_INTEGER, .value = stage_next },
    { .name = "phases", .form = FORM_TEXT, .text = phases_on },
    { .name = "phases_next", .form = FORM_TEXT, .text = phases_next },
    { .name = "stage_ms", .form = FORM_INTEGER, .is_along = true, .value = stage_ms },
};

/* tlc.plan (S0014). */

enum source { SOURCE_STARTUP, SOURCE_PANEL, SOURCE_FORCED, SOURCE_CALENDAR, SOURCE_OTHER };

static int64_t source(const struct channel_view *v, int32_t ix)
{
    const struct wire_status *s = v->status;
    (void)ix;
    if (s->mode == MODE_STARTUP) {
        return SOURCE_STARTUP;
    }
    if (s->mode == MODE_MANUAL) {
        return SOURCE_PANEL;
    }
    if (s->mode != MODE_NORMAL) {
        return SOURCE_OTHER;
    }
    if (s->reason == REASON_COMMAND) {
        return SOURCE_FORCED;
    }
    /* A junction that came back up the ladder runs what its calendar says again; one that stepped
     * down inside its plan still does. */
    const bool is_calendar = s->reason == REASON_SCHEDULE || s->reason == REASON_RECOVERED ||
                             s->reason == REASON_COMMAND_EXPIRED || s->reason == REASON_BOOT ||
                             s->reason == REASON_NONE || s->reason == REASON_CLOCK_UNSYNCED ||
                             s->reason == REASON_UNAVAILABLE;
    return is_calendar ? SOURCE_CALENDAR : SOURCE_OTHER;
}

static const char *source_word(int32_t source)
{
    static const char *const words[] = { [SOURCE_STARTUP] = "startup",
                                         [SOURCE_PANEL] = "operator_panel",
                                         [SOURCE_FORCED] = "forced",
                                         [SOURCE_CALENDAR] = "calendar_clock",
                                         [SOURCE_OTHER] = "other" };
    return words[source];
}

static int64_t plan_number(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return v->status->pattern_id;
}

/* A plan that stays while somebody else chooses it is news too. */
static const struct attribute plan[] = {
    { .name = "status", .form = FORM_INTEGER, .is_always = true, .value = plan_number },
    { .name = "source",
      .form = FORM_WORD,
      .is_always = true,
      .value = source,
      .word = source_word },
};

/* tlc.plans (S0022). */

static void plans_that_exist(const struct channel_view *v, char out[ATTRIBUTE_TEXT_BYTES])
{
    size_t used = 0;
    out[0] = '\0';
    for (int32_t i = 0; i < v->plan->pattern_count; i++) {
        char number[16];
        const int length = snprintf(number, sizeof number, "%s%d", used > 0 ? "," : "",
                                    v->plan->pattern[i].pattern_id);
        REQUIRE(used + (size_t)length < ATTRIBUTE_TEXT_BYTES); /* PATTERN_MAX of four letters */
        memcpy(out + used, number, (size_t)length + 1);
        used += (size_t)length;
    }
}
_Static_assert(PATTERN_MAX * 4 < ATTRIBUTE_TEXT_BYTES, "all numbers of plans fit");

static const struct attribute plans[] = {
    { .name = "status", .form = FORM_TEXT, .text = plans_that_exist },
};

/* tlc.mode: who chooses, and why. */

static int64_t mode(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return v->status->mode;
}

static int64_t strategy(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return v->status->strategy;
}

static int64_t scheduled(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return v->status->strategy_scheduled;
}

static int64_t reason(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return v->status->reason;
}

static int64_t last_fault(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return v->status->last_fault;
}

static int64_t last_fault_at(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return v->status->last_fault_at.ms;
}

static const struct attribute modes[] = {
    { .name = "mode", .form = FORM_WORD, .value = mode, .word = word_mode },
    { .name = "strategy", .form = FORM_WORD, .value = strategy, .word = word_strategy },
    { .name = "scheduled", .form = FORM_WORD, .value = scheduled, .word = word_strategy },
    { .name = "reason", .form = FORM_WORD, .value = reason, .word = word_reason },
    { .name = "fault",
      .form = FORM_WORD,
      .is_along = true,
      .value = last_fault,
      .word = word_reason },
    { .name = "fault_at_ms", .form = FORM_INTEGER, .is_along = true, .value = last_fault_at },
};

/* tlc.cycle: coordination (S0024, S0028, S0032). */

static int64_t coord(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return v->status->coord_state;
}

static int64_t cycle_ms(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return v->status->cycle_ms;
}

static int64_t offset_ms(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return v->status->offset_ms;
}

static int64_t cycle_at_ms(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return v->status->cycle_second_ms;
}

static const struct attribute cycle[] = {
    { .name = "coordination", .form = FORM_WORD, .value = coord, .word = word_coord },
    { .name = "cycle_ms", .form = FORM_INTEGER, .value = cycle_ms },
    { .name = "offset_ms", .form = FORM_INTEGER, .value = offset_ms },
    { .name = "at_ms", .form = FORM_INTEGER, .is_along = true, .value = cycle_at_ms },
};

/* tlc.detectors (S0002, S0021) and calls. */

static int32_t detector_count(const struct channel_view *v)
{
    return min_i32(max_i32(v->status->detector_count, 0), DETECTOR_MAX);
}

static int64_t occupied(const struct channel_view *v, int32_t ix)
{
    return (v->status->occupied & bit64((uint32_t)ix)) != 0;
}

static int64_t called(const struct channel_view *v, int32_t ix)
{
    return ((v->status->call_vehicle | v->status->call_ped) & bit32((uint32_t)ix)) != 0;
}

static int64_t detector_health(const struct channel_view *v, int32_t ix)
{
    return v->status->detector_health[ix];
}

static const struct attribute detectors[] = {
    { .name = "occupied",
      .form = FORM_BOOLEAN,
      .component = "dl",
      .count = detector_count,
      .value = occupied },
    { .name = "calls",
      .form = FORM_BOOLEAN,
      .component = "sg",
      .count = sg_count,
      .value = called },
};

static const struct attribute detector_healths[] = {
    { .name = "health",
      .form = FORM_WORD,
      .component = "dl",
      .count = detector_count,
      .value = detector_health,
      .word = word_health },
};

/* tlc.health: the links and clocks it stands on. */

static int64_t link_state(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return v->status->link_state;
}

static int64_t lease_state(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return v->status->lease_state;
}

static int64_t is_synced(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return v->status->wall_is_synced;
}

static int64_t is_signed(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return v->status->is_signed;
}

static int64_t guard_fault(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return v->status->guard_fault;
}

static int64_t monitor_fault(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return v->status->monitor_fault;
}

static int64_t ticks_unconfirmed(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return v->status->ticks_unconfirmed;
}

static int64_t ticks_late(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return (int64_t)v->metrics->ticks_late;
}

static int64_t modbus_failed(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return (int64_t)v->metrics->modbus_failed;
}

static int64_t journal_lost(const struct channel_view *v, int32_t ix)
{
    (void)ix;
    return (int64_t)v->metrics->journal_lost;
}

static const struct attribute health[] = {
    { .name = "cabinet_link", .form = FORM_WORD, .value = link_state, .word = word_link },
    { .name = "lease", .form = FORM_WORD, .value = lease_state, .word = word_lease },
    { .name = "clock_synced", .form = FORM_BOOLEAN, .value = is_synced },
    { .name = "signed", .form = FORM_BOOLEAN, .value = is_signed },
    { .name = "guard", .form = FORM_WORD, .value = guard_fault, .word = word_guard },
    { .name = "monitor", .form = FORM_WORD, .value = monitor_fault, .word = word_monitor },
    { .name = "ticks_unconfirmed",
      .form = FORM_INTEGER,
      .is_along = true,
      .value = ticks_unconfirmed },
    { .name = "ticks_late", .form = FORM_INTEGER, .is_along = true, .value = ticks_late },
    { .name = "modbus_failed", .form = FORM_INTEGER, .is_along = true, .value = modbus_failed },
    { .name = "journal_lost", .form = FORM_INTEGER, .is_along = true, .value = journal_lost },
};
_Static_assert(SG_MAX + 3 <= CHANNEL_VALUE_MAX && DETECTOR_MAX + SG_MAX <= CHANNEL_VALUE_MAX,
               "every channel's values fit");

#define ATTRIBUTES(table) .attribute = (table), .attribute_count = COUNT_OF(table)

enum { DAY_MS = 86400000, HOUR_S = 3600 };

/* tlc.groups and tlc.plan as the draft and its demo have them, but on by default: who connects to
 * the broker of one junction wants to see its lamps. What says much and is watched now and then is
 * off, and ends by itself an hour after it was asked for. */
const struct channel_kind channel_kinds[CHANNEL_COUNT] = {
    [CHANNEL_GROUPS] = { .code = "tlc.groups",
                         .name = "live",
                         .full_every_ms = 60000,
                         .pause_ms = 100,
                         .starts_running = true,
                         ATTRIBUTES(groups) },
    [CHANNEL_STAGE] = { .code = "tlc.stage",
                        .full_every_ms = 60000,
                        .pause_ms = 200,
                        .starts_running = true,
                        ATTRIBUTES(stages) },
    [CHANNEL_PLAN] = { .code = "tlc.plan",
                       .qos = 1,
                       .full_every_ms = 300000,
                       .pause_ms = 100,
                       .starts_running = true,
                       ATTRIBUTES(plan) },
    [CHANNEL_PLANS] = { .code = "tlc.plans",
                        .qos = 1,
                        .full_every_ms = DAY_MS,
                        .pause_ms = 1000,
                        .starts_running = true,
                        ATTRIBUTES(plans) },
    [CHANNEL_MODE] = { .code = "tlc.mode",
                       .qos = 1,
                       .full_every_ms = 300000,
                       .pause_ms = 100,
                       .starts_running = true,
                       ATTRIBUTES(modes) },
    [CHANNEL_CYCLE] = { .code = "tlc.cycle",
                        .full_every_ms = 60000,
                        .pause_ms = 1000,
                        .starts_running = true,
                        ATTRIBUTES(cycle) },
    [CHANNEL_DETECTORS] = { .code = "tlc.detectors",
                            .name = "live",
                            .full_every_ms = 60000,
                            .pause_ms = 100,
                            .batch_ms = 500,
                            .prune_s = HOUR_S,
                            ATTRIBUTES(detectors) },
    [CHANNEL_DETECTOR_HEALTH] = { .code = "tlc.detectors",
                                  .name = "health",
                                  .qos = 1,
                                  .full_every_ms = 900000,
                                  .pause_ms = 1000,
                                  .starts_running = true,
                                  ATTRIBUTES(detector_healths) },
    [CHANNEL_HEALTH] = { .code = "tlc.health",
                         .qos = 1,
                         .full_every_ms = 300000,
                         .pause_ms = 1000,
                         .starts_running = true,
                         ATTRIBUTES(health) },
    [CHANNEL_DECISION] = { .code = "tlc.decision",
                           .full_every_ms = 60000,
                           .pause_ms = 900,
                           .prune_s = HOUR_S,
                           .version = describe_decision_version,
                           .write = describe_decision },
    [CHANNEL_COUNT_MINUTE] = { .code = "traffic.count",
                               .name = "1min",
                               .qos = 1,
                               .prune_s = HOUR_S,
                               .window_ms = 60000 },
    [CHANNEL_COUNT_QUARTER] = { .code = "traffic.count",
                                .name = "15min",
                                .qos = 1,
                                .starts_running = true,
                                .window_ms = 900000 },
    [CHANNEL_EVENTS] = { .code = "kavsak.events",
                         .name = "live",
                         .qos = 1,
                         .batch_ms = 1000,
                         .starts_running = true,
                         .is_never_retained = true },
    [CHANNEL_CONFIG_GROUPS] = { .code = "tlc.config",
                                .name = "groups",
                                .qos = 1,
                                .full_every_ms = DAY_MS,
                                .starts_running = true,
                                .version = describe_version,
                                .write = describe_groups },
    [CHANNEL_CONFIG_STAGES] = { .code = "tlc.config",
                                .name = "stages",
                                .qos = 1,
                                .full_every_ms = DAY_MS,
                                .starts_running = true,
                                .version = describe_version,
                                .write = describe_stages },
    [CHANNEL_CONFIG_DETECTORS] = { .code = "tlc.config",
                                   .name = "detectors",
                                   .qos = 1,
                                   .full_every_ms = DAY_MS,
                                   .starts_running = true,
                                   .version = describe_version,
                                   .write = describe_detectors },
    [CHANNEL_CONFIG_LANES] = { .code = "tlc.config",
                               .name = "lanes",
                               .qos = 1,
                               .full_every_ms = DAY_MS,
                               .starts_running = true,
                               .version = describe_version,
                               .write = describe_lanes },
    [CHANNEL_CONFIG_PLANS] = { .code = "tlc.config",
                               .name = "plans",
                               .qos = 1,
                               .full_every_ms = DAY_MS,
                               .starts_running = true,
                               .version = describe_version,
                               .write = describe_plans },
};
