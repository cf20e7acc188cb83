#include "manual.h"

/* What a command needs: a target of which kind, and does it last. */
enum target { TARGET_NONE, TARGET_SG, TARGET_DETECTOR };

struct kind_rule {
    int32_t target; /* enum target */
    bool lasts;
};

static const struct kind_rule kind_rules[COMMAND_KIND_COUNT] = {
    [COMMAND_PATTERN] = { TARGET_NONE, true },
    [COMMAND_STRATEGY] = { TARGET_NONE, true },
    [COMMAND_STAGE] = { TARGET_NONE, true },
    [COMMAND_CALL_VEHICLE] = { TARGET_SG, false },
    [COMMAND_CALL_PED] = { TARGET_SG, false },
    [COMMAND_RECALL] = { TARGET_SG, true },
    [COMMAND_HOLD] = { TARGET_SG, true },
    [COMMAND_OMIT] = { TARGET_SG, true },
    [COMMAND_FORCE_OFF] = { TARGET_SG, false },
    [COMMAND_DETECTOR_FORCE] = { TARGET_DETECTOR, true },
    [COMMAND_FLASH] = { TARGET_NONE, true },
    [COMMAND_ALL_RED] = { TARGET_NONE, true },
    [COMMAND_STOP_TIME] = { TARGET_NONE, true },
    [COMMAND_MANUAL] = { TARGET_NONE, true },
    [COMMAND_ADVANCE] = { TARGET_NONE, false },
    [COMMAND_RELEASE] = { TARGET_NONE, false },
};
_Static_assert(COMMAND_KIND_COUNT == 17, "a new command needs a row here and a case in apply()");

void manual_init(struct manual *m)
{
    *m = (struct manual){ .count = 0 };
}

const struct command *manual_find(const struct manual *m, enum command_kind kind, int32_t target)
{
    const struct command *found = NULL;
    for (uint32_t i = 0; i < m->count; i++) {
        const struct command *c = &m->effect[i].command;
        if (c->kind == (int32_t)kind && (target == -1 || c->target == target)) {
            found = c; /* effects are kept in the order of arrival */
        }
    }
    return found;
}

static void remove_effect(struct manual *m, uint32_t ix)
{
    REQUIRE(ix < m->count);
    for (uint32_t i = ix; i + 1 < m->count; i++) {
        m->effect[i] = m->effect[i + 1];
    }
    m->count--;
}

static bool remove_kind(struct manual *m, int32_t kind, int32_t target)
{
    for (uint32_t i = 0; i < m->count; i++) {
        if (m->effect[i].command.kind == kind && m->effect[i].command.target == target) {
            remove_effect(m, i);
            return true;
        }
    }
    return false;
}

static bool has_pattern(const struct plan *p, int32_t pattern_id)
{
    for (int32_t i = 0; i < p->pattern_count; i++) {
        if (p->pattern[i].pattern_id == pattern_id) {
            return true;
        }
    }
    return false;
}

static bool is_ped(const struct plan *p, int32_t sg_ix)
{
    return p->safety.sg_type[sg_ix] == SG_PEDESTRIAN;
}

static enum command_result judge_target(const struct plan *p, const struct command *c)
{
    const struct kind_rule *rule = &kind_rules[c->kind];
    if (rule->target == TARGET_SG && (c->target < 0 || c->target >= p->sg_count)) {
        return COMMAND_MISSING;
    }
    if (rule->target == TARGET_DETECTOR && (c->target < 0 || c->target >= p->detector_count)) {
        return COMMAND_MISSING;
    }
    if ((c->kind == COMMAND_CALL_PED && !is_ped(p, c->target)) ||
        (c->kind == COMMAND_CALL_VEHICLE && is_ped(p, c->target))) {
        return COMMAND_MISSING;
    }
    return COMMAND_DONE;
}

static enum command_result judge_value(const struct plan *p, const struct command *c)
{
    const int32_t all_recalls = RECALL_MIN | RECALL_MAX | RECALL_PED | RECALL_SOFT;
    if (c->kind == COMMAND_PATTERN && c->value != 0 && !has_pattern(p, c->value)) {
        return COMMAND_MISSING;
    }
    if (c->kind == COMMAND_STAGE && (c->value < 0 || c->value >= p->stage_count)) {
        return COMMAND_MISSING;
    }
    if (c->kind == COMMAND_STRATEGY &&
        (c->value < STRATEGY_FLASH || c->value > STRATEGY_ADAPTIVE)) {
        return COMMAND_INVALID;
    }
    if (c->kind == COMMAND_RECALL && (c->value < 0 || c->value > all_recalls)) {
        return COMMAND_INVALID;
    }
    if (c->kind == COMMAND_DETECTOR_FORCE && (c->value < -1 || c->value > 1)) {
        return COMMAND_INVALID;
    }
    if (c->kind == COMMAND_RELEASE && (c->value < 0 || c->value >= 1 << COMMAND_KIND_COUNT)) {
        return COMMAND_INVALID;
    }
    return COMMAND_DONE;
}

/* A command that lasts must have an end that is still to come. */
static enum command_result judge_time(const struct command *c, const struct input_frame *in)
{
    if (!kind_rules[c->kind].lasts) {
        return COMMAND_DONE;
    }
    if (c->duration_ms <= 0 || c->duration_ms > PLAN_TIME_MAX_MS) {
        return COMMAND_INVALID;
    }
    return c->until.ms != 0 && c->until.ms <= in->wall.ms ? COMMAND_INVALID : COMMAND_DONE;
}

/* Commands that give back what an earlier one took, and so end it. */
static bool gives_back(const struct command *c)
{
    return (c->kind == COMMAND_PATTERN && c->value == 0) ||
           (c->kind == COMMAND_DETECTOR_FORCE && c->value == -1);
}

static enum command_result judge(const struct plan *p, const struct command *c,
                                 const struct input_frame *in)
{
    if (c->kind <= COMMAND_NONE || c->kind >= COMMAND_KIND_COUNT) {
        return COMMAND_INVALID;
    }
    enum command_result result = judge_target(p, c);
    if (result == COMMAND_DONE) {
        result = judge_value(p, c);
    }
    if (result == COMMAND_DONE && !gives_back(c)) {
        result = judge_time(c, in);
    }
    return result;
}

void manual_take_plan(struct manual *m)
{
    for (uint32_t i = m->count; i > 0; i--) {
        const int32_t kind = m->effect[i - 1].command.kind;
        if (kind == COMMAND_PATTERN || kind == COMMAND_STAGE || kind == COMMAND_DETECTOR_FORCE) {
            remove_effect(m, i - 1);
        }
    }
}

static enum command_result keep(struct manual *m, const struct command *c, mono_t now)
{
    const int32_t target = kind_rules[c->kind].target == TARGET_NONE ? -1 : c->target;
    const bool replaces = remove_kind(m, c->kind, target);
    if (!replaces && m->count >= MANUAL_MAX) {
        return COMMAND_BUSY;
    }
    struct manual_effect *e = &m->effect[m->count++];
    *e = (struct manual_effect){ .command = *c, .end_mono_ms = now.ms + c->duration_ms };
    e->command.target = target;
    return COMMAND_DONE;
}

/* Ends what the command names, everything if it names nothing. */
static enum command_result release(struct manual *m, const struct command *c)
{
    const uint32_t before = m->count;
    if (c->value == 0) {
        manual_init(m);
        return before > 0 ? COMMAND_DONE : COMMAND_ALREADY;
    }
    for (uint32_t i = m->count; i > 0; i--) {
        const struct command *e = &m->effect[i - 1].command;
        const bool is_meant = (c->value & 1 << e->kind) != 0;
        if (is_meant && (c->target < 0 || c->target == e->target)) {
            remove_effect(m, i - 1);
        }
    }
    return m->count < before ? COMMAND_DONE : COMMAND_ALREADY;
}

static enum command_result apply(struct manual *m, const struct command *c, mono_t now)
{
    switch ((enum command_kind)c->kind) {
    case COMMAND_CALL_VEHICLE:
    case COMMAND_CALL_PED:
        m->call |= bit32((uint32_t)c->target);
        return COMMAND_DONE;
    case COMMAND_FORCE_OFF:
        m->force_off |= bit32((uint32_t)c->target);
        return COMMAND_DONE;
    case COMMAND_ADVANCE:
        if (manual_find(m, COMMAND_MANUAL, -1) == NULL) {
            return COMMAND_DENIED; /* there is nothing to advance while the plan runs */
        }
        m->advance = true;
        return COMMAND_DONE;
    case COMMAND_RELEASE:
        return release(m, c);
    case COMMAND_PATTERN:
    case COMMAND_DETECTOR_FORCE:
        if (gives_back(c)) {
            const int32_t target = c->kind == COMMAND_PATTERN ? -1 : c->target;
            return remove_kind(m, c->kind, target) ? COMMAND_DONE : COMMAND_ALREADY;
        }
        return keep(m, c, now);
    case COMMAND_STRATEGY:
    case COMMAND_STAGE:
    case COMMAND_RECALL:
    case COMMAND_HOLD:
    case COMMAND_OMIT:
    case COMMAND_FLASH:
    case COMMAND_ALL_RED:
    case COMMAND_STOP_TIME:
    case COMMAND_MANUAL:
        return keep(m, c, now);
    case COMMAND_NONE:
    case COMMAND_KIND_COUNT:
        break;
    }
    return COMMAND_INVALID;
}

static void drop_ended(struct manual *m, const struct input_frame *in, mono_t now)
{
    for (uint32_t i = m->count; i > 0; i--) {
        const struct manual_effect *e = &m->effect[i - 1];
        const bool ended = now.ms >= e->end_mono_ms ||
                           (e->command.until.ms != 0 && in->wall.ms >= e->command.until.ms);
        if (ended) {
            remove_effect(m, i - 1);
        }
    }
    m->advance = m->advance && manual_find(m, COMMAND_MANUAL, -1) != NULL;
}

void manual_step(struct manual *m, const struct plan *p, const struct input_frame *in, mono_t now,
                 struct event_list *events)
{
    drop_ended(m, in, now);
    for (uint32_t i = 0; i < COMMAND_PER_TICK_MAX && i < in->command_count; i++) {
        const struct command *c = &in->command[i];
        enum command_result result = judge(p, c, in);
        if (result == COMMAND_DONE) {
            result = apply(m, c, now);
        }
        event_add_detail(events, EVENT_COMMAND, (uint32_t)c->kind, (int32_t)c->command_id);
        event_add_detail(events, EVENT_COMMAND_RESULT, (uint32_t)result, (int32_t)c->command_id);
    }
}
