#include "commands.h"

#include <stdio.h>
#include <string.h>

/* What each kind asks of the person (contracts: one enumeration of roles everywhere; SEC-12:
 * operators choose plans, recalls and holds). Field crews test detectors and place calls. */
static const struct commands_rule kind_rules[COMMAND_KIND_COUNT] = {
    [COMMAND_PATTERN] = { ROLE_OPERATOR, true },
    [COMMAND_STRATEGY] = { ROLE_OPERATOR, true },
    [COMMAND_STAGE] = { ROLE_OPERATOR, true },
    [COMMAND_CALL_VEHICLE] = { ROLE_TECHNICIAN, false },
    [COMMAND_CALL_PED] = { ROLE_TECHNICIAN, false },
    [COMMAND_RECALL] = { ROLE_TECHNICIAN, true },
    [COMMAND_HOLD] = { ROLE_OPERATOR, true },
    [COMMAND_OMIT] = { ROLE_OPERATOR, true },
    [COMMAND_FORCE_OFF] = { ROLE_OPERATOR, false },
    [COMMAND_DETECTOR_FORCE] = { ROLE_TECHNICIAN, true },
    [COMMAND_FLASH] = { ROLE_OPERATOR, true },
    [COMMAND_ALL_RED] = { ROLE_OPERATOR, true },
    [COMMAND_STOP_TIME] = { ROLE_OPERATOR, true },
    [COMMAND_MANUAL] = { ROLE_OPERATOR, true },
    [COMMAND_ADVANCE] = { ROLE_OPERATOR, false },
    [COMMAND_RELEASE] = { ROLE_OPERATOR, false },
};
_Static_assert(COMMAND_KIND_COUNT == 17, "a new command needs a row here");

static bool is_known(int32_t kind)
{
    return kind > COMMAND_NONE && kind < COMMAND_KIND_COUNT;
}

struct commands_rule commands_rule_of(const struct command *command)
{
    /* Unknown kinds are refused before their rule is looked at. */
    struct commands_rule rule = kind_rules[is_known(command->kind) ? command->kind : COMMAND_NONE];
    const bool gives_back = (command->kind == COMMAND_PATTERN && command->value == 0) ||
                            (command->kind == COMMAND_DETECTOR_FORCE && command->value == -1);
    rule.needs_end = rule.needs_end && !gives_back;
    if (command->kind == COMMAND_RELEASE && command->value != 0) {
        rule.role = ROLE_OBSERVER; /* who may give a command may take it back */
        for (int32_t kind = COMMAND_NONE; kind < COMMAND_KIND_COUNT; kind++) {
            const bool is_meant = (command->value & 1 << kind) != 0;
            rule.role = is_meant ? max_i32(rule.role, kind_rules[kind].role) : rule.role;
        }
    }
    return rule;
}

static const char *const role_name[ROLE_COUNT] = {
    [ROLE_OBSERVER] = "observer",
    [ROLE_TECHNICIAN] = "technician",
    [ROLE_OPERATOR] = "operator",
    [ROLE_ENGINEER] = "engineer",
    [ROLE_SAFETY_ENGINEER] = "safety engineer",
};

const char *commands_result_text(enum command_result result)
{
    switch (result) {
    case COMMAND_DONE:
        return "done";
    case COMMAND_ALREADY:
        return "it was so already";
    case COMMAND_MISSING:
        return "the junction has no such pattern, stage, group or detector";
    case COMMAND_INVALID:
        return "the junction cannot make sense of its values";
    case COMMAND_DENIED:
        return "the junction does not allow it now";
    case COMMAND_FAILED:
        return "the junction gave no result in time";
    case COMMAND_BUSY:
        return "too many commands are in force";
    case COMMAND_RESULT_COUNT:
        break;
    }
    return "unknown result";
}

void commands_init(struct commands *c, uint64_t first_id)
{
    memset(c, 0, sizeof *c);
    c->next_id = first_id;
}

static bool is_text(const char *text, size_t room, bool may_be_empty)
{
    return memchr(text, '\0', room) != NULL && (may_be_empty || text[0] != '\0');
}

static enum command_result judge_envelope(const struct wire_command *w,
                                          const struct commands_moment *m, char *text)
{
    const char *problem = NULL;
    if (!is_text(w->id, sizeof w->id, false)) {
        problem = "id is missing or too long";
    } else if (!is_text(w->by, sizeof w->by, false)) {
        problem = "by is missing or too long: say who asks";
    } else if (!is_text(w->why, sizeof w->why, false)) {
        problem = "why is missing or too long: say the reason";
    } else if (!is_text(w->node, sizeof w->node, true)) {
        problem = "node is too long";
    } else if (!is_known(w->command.kind)) {
        problem = "no such kind of command";
    } else if (w->role < ROLE_OBSERVER || w->role >= ROLE_COUNT) {
        problem = "no such role";
    }
    if (problem != NULL) {
        (void)snprintf(text, COMMANDS_TEXT_BYTES, "%s", problem);
        return COMMAND_INVALID;
    }
    if (w->node[0] != '\0' && strcmp(w->node, m->node) != 0) {
        (void)snprintf(text, COMMANDS_TEXT_BYTES, "this is node %s, the command is for %s", m->node,
                       w->node);
        return COMMAND_DENIED;
    }
    return COMMAND_DONE;
}

static enum command_result judge_person(const struct wire_command *w,
                                        const struct commands_rule *rule,
                                        const struct commands_moment *m, char *text)
{
    const int32_t role = min_i32(w->role, m->peer_role);
    const int32_t needed = rule->role;
    if (role < needed) {
        (void)snprintf(text, COMMANDS_TEXT_BYTES, "needs the role %s, asked as %s",
                       role_name[needed], role_name[role]);
        return COMMAND_DENIED;
    }
    return COMMAND_DONE;
}

static enum command_result judge_clock(const struct wire_command *w,
                                       const struct commands_moment *m, char *text)
{
    if (!m->wall_is_synced) {
        (void)snprintf(text, COMMANDS_TEXT_BYTES,
                       "the clock is not synchronised, so only reading is allowed");
        return COMMAND_DENIED;
    }
    if (w->valid_until.ms < m->wall.ms) {
        (void)snprintf(text, COMMANDS_TEXT_BYTES, "stale: its valid_until is %lld ms past",
                       (long long)(m->wall.ms - w->valid_until.ms));
        return COMMAND_DENIED;
    }
    if (w->valid_until.ms > m->wall.ms + SERVER_COMMAND_VALID_MS) {
        (void)snprintf(text, COMMANDS_TEXT_BYTES,
                       "valid_until is more than %d s ahead: the sender's clock may be wrong",
                       SERVER_COMMAND_VALID_MS / 1000);
        return COMMAND_DENIED;
    }
    return COMMAND_DONE;
}

static enum command_result judge_effect(const struct wire_command *w,
                                        const struct commands_rule *rule,
                                        const struct commands_moment *m, char *text)
{
    const struct command *c = &w->command;
    if (!rule->needs_end) {
        return COMMAND_DONE;
    }
    if (c->duration_ms <= 0 || c->duration_ms > SERVER_EFFECT_MAX_MS) {
        (void)snprintf(text, COMMANDS_TEXT_BYTES, "needs a duration of at most %d h",
                       SERVER_EFFECT_MAX_MS / 3600000);
        return COMMAND_INVALID;
    }
    if (c->until.ms != 0 &&
        (c->until.ms <= m->wall.ms || c->until.ms > m->wall.ms + SERVER_EFFECT_MAX_MS)) {
        (void)snprintf(text, COMMANDS_TEXT_BYTES, "until must lie within the next %d h",
                       SERVER_EFFECT_MAX_MS / 3600000);
        return COMMAND_INVALID;
    }
    return COMMAND_DONE;
}

/* The issuer's row; one not seen before takes the place of the one unused for longest. */
static struct commands_issuer *issuer_of(struct commands *c, const char *by)
{
    struct commands_issuer *oldest = &c->issuer[0];
    for (size_t i = 0; i < SERVER_ISSUER_MAX; i++) {
        if (strcmp(c->issuer[i].by, by) == 0) {
            return &c->issuer[i];
        }
        if (c->issuer[i].used_at < oldest->used_at) {
            oldest = &c->issuer[i];
        }
    }
    *oldest = (struct commands_issuer){ .counter = 0 };
    memcpy(oldest->by, by, strlen(by) + 1);
    return oldest;
}

static enum command_result judge_counter(struct commands *c, const struct wire_command *w,
                                         char *text)
{
    struct commands_issuer *issuer = issuer_of(c, w->by);
    if (w->counter <= issuer->counter) {
        (void)snprintf(text, COMMANDS_TEXT_BYTES,
                       "counter %llu is not above the last one of %s: repeated or out of order",
                       (unsigned long long)w->counter, w->by);
        return COMMAND_DENIED;
    }
    issuer->counter = w->counter;
    issuer->used_at = ++c->uses;
    return COMMAND_DONE;
}

static struct commands_entry *find_entry(struct commands *c, const struct wire_command *w)
{
    for (size_t i = 0; i < SERVER_ID_MAX; i++) {
        struct commands_entry *e = &c->entry[i];
        if (e->is_used && strcmp(e->id, w->id) == 0 && strcmp(e->by, w->by) == 0) {
            return e;
        }
    }
    return NULL;
}

/* A free row or the oldest that is no longer needed; NULL: all wait for results. */
static struct commands_entry *place_for(struct commands *c)
{
    struct commands_entry *oldest = NULL;
    for (size_t i = 0; i < SERVER_ID_MAX; i++) {
        struct commands_entry *e = &c->entry[i];
        if (!e->is_used) {
            return e;
        }
        if (!e->is_pending && (oldest == NULL || e->command_id < oldest->command_id)) {
            oldest = e;
        }
    }
    return oldest;
}

static enum command_result judge(const struct wire_command *w, const struct commands_moment *m,
                                 char *text)
{
    const struct commands_rule rule = commands_rule_of(&w->command);
    enum command_result result = judge_envelope(w, m, text);
    if (result == COMMAND_DONE) {
        result = judge_person(w, &rule, m, text);
    }
    if (result == COMMAND_DONE) {
        result = judge_clock(w, m, text);
    }
    if (result == COMMAND_DONE) {
        result = judge_effect(w, &rule, m, text);
    }
    return result;
}

enum commands_verdict commands_judge(struct commands *c, struct wire_command *command,
                                     const struct commands_moment *m,
                                     const struct commands_asker *asker,
                                     enum command_result *result, char text[COMMANDS_TEXT_BYTES])
{
    *result = judge(command, m, text);
    if (*result != COMMAND_DONE) {
        return COMMANDS_REFUSED;
    }
    struct commands_entry *e = find_entry(c, command);
    if (e != NULL && e->is_pending) {
        e->asker = *asker;
        return COMMANDS_UNDER_WAY;
    }
    if (e != NULL) {
        *result = e->result;
        (void)snprintf(text, COMMANDS_TEXT_BYTES, "%s", commands_result_text(e->result));
        return COMMANDS_REPEATED;
    }
    e = place_for(c);
    if (e == NULL) {
        *result = COMMAND_BUSY;
        (void)snprintf(text, COMMANDS_TEXT_BYTES, "too many commands wait for their result");
        return COMMANDS_REFUSED;
    }
    *result = judge_counter(c, command, text);
    if (*result != COMMAND_DONE) {
        return COMMANDS_REFUSED;
    }
    command->command.command_id = c->next_id++;
    *e = (struct commands_entry){
        .is_used = true,
        .is_pending = true,
        .command_id = command->command.command_id,
        .junction_ix = command->header.junction_ix,
        .asked_at = m->now,
        .asker = *asker,
    };
    memcpy(e->id, command->id, sizeof e->id);
    memcpy(e->by, command->by, sizeof e->by);
    return COMMANDS_GO;
}

void commands_forget(struct commands *c, uint64_t command_id)
{
    for (size_t i = 0; i < SERVER_ID_MAX; i++) {
        if (c->entry[i].is_used && c->entry[i].command_id == command_id) {
            c->entry[i].is_used = false;
            c->entry[i].is_pending = false;
        }
    }
}

const struct commands_entry *commands_finish(struct commands *c, uint32_t junction_ix,
                                             uint32_t id_low, enum command_result result)
{
    for (size_t i = 0; i < SERVER_ID_MAX; i++) {
        struct commands_entry *e = &c->entry[i];
        if (e->is_used && e->is_pending && e->junction_ix == junction_ix &&
            (uint32_t)e->command_id == id_low) {
            e->is_pending = false;
            e->result = result;
            return e;
        }
    }
    return NULL;
}

const struct commands_entry *commands_expire(struct commands *c, mono_t now)
{
    for (size_t i = 0; i < SERVER_ID_MAX; i++) {
        struct commands_entry *e = &c->entry[i];
        if (e->is_used && e->is_pending &&
            mono_since_ms(now, e->asked_at) >= SERVER_RESULT_WAIT_MS) {
            e->is_pending = false;
            e->result = COMMAND_FAILED;
            return e;
        }
    }
    return NULL;
}
