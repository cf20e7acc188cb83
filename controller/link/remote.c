#include "remote.h"

#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "moment.h"
#include "reading.h"

enum { REMOTE_VALID_MS = 30000 };
static const int64_t REMOTE_SUSPEND_MAX_MS = INT64_C(31) * 86400000;

/* rsmp.md, 2.9. */
static const char *const result_word[COMMAND_RESULT_COUNT] = {
    [COMMAND_DONE] = "ok",         [COMMAND_ALREADY] = "already", [COMMAND_MISSING] = "missing",
    [COMMAND_INVALID] = "invalid", [COMMAND_DENIED] = "denied",   [COMMAND_FAILED] = "failed",
    [COMMAND_BUSY] = "busy",
};

static const char *const role_word[ROLE_COUNT] = {
    [ROLE_OBSERVER] = "observer",
    [ROLE_TECHNICIAN] = "technician",
    [ROLE_OPERATOR] = "operator",
    [ROLE_ENGINEER] = "engineer",
    [ROLE_SAFETY_ENGINEER] = "safety engineer",
};

static void write_moment(struct payload_writer *w, const char *key, wall_t wall)
{
    char text[MOMENT_BYTES];
    moment_write(wall, text);
    payload_key(w, key);
    payload_text(w, text);
}

static void write_more(const struct remote_context *c, const struct remote_pending *p,
                       enum command_result result, struct payload_writer *w)
{
    const enum remote_path path = p->code != NULL ? p->code->path : REMOTE_TO_DAEMON;
    if (path == REMOTE_CLOCK) {
        write_moment(w, "at", c->wall);
        payload_key(w, "synced");
        payload_boolean(w, c->wall_is_synced);
    }
    if (result != COMMAND_DONE) {
        return;
    }
    if (p->until.ms != 0) {
        write_moment(w, "until", p->until);
    }
    if (path == REMOTE_PREPARE) {
        payload_key(w, "token");
        payload_text(w, p->values.token);
        write_moment(w, "token_until", (wall_t){ .ms = c->wall.ms + REMOTE_PREPARED_MS });
    }
}

static void answer(const struct remote_context *c, const struct remote_pending *p,
                   enum command_result result, const char *reason)
{
    struct payload_writer *w = outlet_begin_answer(c->outlet, &p->asker);
    payload_open(w, BOX_MAP);
    payload_key(w, "status");
    payload_text(w, result_word[result]);
    if (result != COMMAND_DONE) {
        payload_key(w, "reason");
        payload_text(w, reason);
    }
    if (p->id[0] != '\0') {
        payload_key(w, "id");
        payload_text(w, p->id);
    }
    if (p->values.plan != REMOTE_PLAN_NONE) {
        payload_key(w, "plan");
        payload_integer(w, p->values.plan);
    }
    write_more(c, p, result, w);
    payload_close(w);
    c->remote->refused += result != COMMAND_DONE && result != COMMAND_ALREADY ? 1 : 0;
    c->remote->unanswered += outlet_answer(c->outlet, &p->asker) == STATUS_OK ? 0 : 1;
}

/* Members of the envelope. */

static bool take_text(const struct remote_context *c, const char *key, char *out, size_t room,
                      struct remote_refusal *r)
{
    const char *text = value_text(c->tree, value_get(c->tree, value_root(c->tree), key));
    if (text == NULL || text[0] == '\0') {
        return remote_refuse(r, COMMAND_INVALID, " is missing", key);
    }
    if (strlen(text) >= room) {
        return remote_refuse(r, COMMAND_INVALID, " is too long", key);
    }
    for (const char *at = text; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f) {
            return remote_refuse(r, COMMAND_INVALID, " has control characters", key);
        }
    }
    memcpy(out, text, strlen(text) + 1);
    return true;
}

static bool take_moment(const struct remote_context *c, const char *key, wall_t *wall,
                        struct remote_refusal *r)
{
    const struct value *value = value_get(c->tree, value_root(c->tree), key);
    if (value == NULL) {
        return remote_refuse(r, COMMAND_INVALID, " is missing", key);
    }
    const char *text = value_text(c->tree, value);
    if (text == NULL || !moment_read(text, wall)) {
        return remote_refuse(r, COMMAND_INVALID, " is not a time like 2026-03-01T07:15:00Z", key);
    }
    return true;
}

static bool take_role(const struct remote_context *c, int32_t *role, struct remote_refusal *r)
{
    char text[24];
    if (!take_text(c, "role", text, sizeof text, r)) {
        return false;
    }
    for (int32_t i = 0; i < ROLE_COUNT; i++) {
        if (strcmp(role_word[i], text) == 0) {
            *role = i;
            return true;
        }
    }
    return remote_refuse(r, COMMAND_INVALID,
                         " is not one of observer, technician, operator, engineer", "role");
}

static bool take_counter(const struct remote_context *c, uint64_t *counter,
                         struct remote_refusal *r)
{
    int64_t value = 0;
    if (!value_integer(value_get(c->tree, value_root(c->tree), "counter"), &value) || value <= 0) {
        return remote_refuse(r, COMMAND_INVALID,
                             " must be a number that grows with each command of the same sender",
                             "counter");
    }
    *counter = (uint64_t)value;
    return true;
}

/* The draft puts arguments under "values", the envelope under "args", the demo at the top. */
static const struct value *args_of(const struct value_tree *tree)
{
    const struct value *root = value_root(tree);
    const struct value *values = value_get(tree, root, "values");
    const struct value *args = value_get(tree, root, "args");
    return values != NULL ? values : (args != NULL ? args : root);
}

/* Every effect has an end. */
static bool take_until(const struct remote_context *c, struct wire_command *w,
                       struct remote_refusal *r)
{
    if (!commands_rule_of(&w->command).needs_end) {
        return true;
    }
    if (!take_moment(c, "until", &w->command.until, r)) {
        return false;
    }
    const int64_t left_ms = w->command.until.ms - c->wall.ms;
    if (left_ms <= 0 || left_ms > PLAN_TIME_MAX_MS) {
        return remote_refuse(r, COMMAND_INVALID, " must lie within the next 24 h", "until");
    }
    w->command.duration_ms = (int32_t)left_ms;
    return true;
}

static bool take_node(const struct remote_context *c, struct wire_command *w,
                      struct remote_refusal *r)
{
    const struct value *node = value_get(c->tree, value_root(c->tree), "node");
    return node == NULL || take_text(c, "node", w->node, sizeof w->node, r);
}

static bool take_person(const struct remote_context *c, struct wire_command *w,
                        struct remote_refusal *r)
{
    return take_text(c, "by", w->by, sizeof w->by, r) &&
           take_text(c, "why", w->why, sizeof w->why, r) && take_role(c, &w->role, r) &&
           take_counter(c, &w->counter, r) && take_moment(c, "valid_until", &w->valid_until, r) &&
           take_node(c, w, r);
}

static bool take_envelope(const struct remote_context *c, struct wire_command *w,
                          struct remote_pending *p, struct remote_refusal *r)
{
    const struct remote_source s = { .tree = c->tree, .values = args_of(c->tree), .plan = c->plan };
    struct remote_refusal of_values;
    memset(w, 0, sizeof *w);
    wire_head(&w->header, WIRE_COMMAND, sizeof *w, 0);
    w->header.junction_ix = c->junction_ix;
    /* These two are echoed, so they are read even if something else is wrong. */
    const bool has_id = take_text(c, "id", w->id, sizeof w->id, r);
    memcpy(p->id, w->id, sizeof p->id);
    const bool has_values = remote_code_read(p->code, &s, &p->values, &of_values);
    if (!has_id) {
        return false;
    }
    if (!has_values) {
        *r = of_values;
        return false;
    }
    w->command = p->values.command;
    if (!take_person(c, w, r) || !take_until(c, w, r)) {
        return false;
    }
    p->until = w->command.until;
    return true;
}

static struct remote_pending *free_place(struct remote *remote)
{
    for (size_t i = 0; i < REMOTE_PENDING_MAX; i++) {
        if (!remote->pending[i].is_used) {
            return &remote->pending[i];
        }
    }
    return NULL;
}

/* False: r says what to answer. */
static bool send_on(const struct remote_context *c, struct wire_command *w,
                    struct remote_pending *p, struct remote_refusal *r)
{
    if (c->junction_ix == SESSION_JUNCTION_NONE) {
        return remote_refuse(r, COMMAND_FAILED, "the controller does not answer", "");
    }
    struct remote_pending *place = free_place(c->remote);
    if (place == NULL || !session_send(c->session, &w->header)) {
        return remote_refuse(r, COMMAND_BUSY, "too many commands are under way", "");
    }
    p->request = w->header.request;
    *place = *p;
    return true;
}

/* What never reaches the daemon, or not yet, is judged here. */

static bool judge_envelope(const struct remote_context *c, const struct wire_command *w,
                           struct remote_refusal *r)
{
    const int64_t left_ms = w->valid_until.ms - c->wall.ms;
    if (!c->wall_is_synced) {
        return remote_refuse(r, COMMAND_DENIED, "the clock is not synchronised", "");
    }
    if (left_ms < 0 || left_ms > REMOTE_VALID_MS) {
        return remote_refuse(r, COMMAND_DENIED, " is past, or more than 30 s ahead", "valid_until");
    }
    if (w->role < ROLE_OPERATOR) {
        return remote_refuse(r, COMMAND_DENIED, "needs the role operator", "");
    }
    if (w->node[0] != '\0' && strcmp(w->node, c->outlet->node) != 0) {
        return remote_refuse(r, COMMAND_DENIED, "meant for another node", "");
    }
    return true;
}

static bool take_alarm_end(const struct remote_context *c, wall_t *until, struct remote_refusal *r)
{
    if (value_get(c->tree, value_root(c->tree), "until") == NULL) {
        return true;
    }
    if (!take_moment(c, "until", until, r)) {
        return false;
    }
    const int64_t left_ms = until->ms - c->wall.ms;
    return left_ms > 0 && left_ms <= REMOTE_SUSPEND_MAX_MS
               ? true
               : remote_refuse(r, COMMAND_INVALID, " must lie within the next 31 days", "until");
}

/* Alarms: what people say of them is kept by the link. r says what to answer. */
static void command_alarm(const struct remote_context *c, const struct wire_command *w,
                          const struct remote_pending *p, struct remote_refusal *r)
{
    wall_t until = { .ms = 0 };
    if (!judge_envelope(c, w, r) || !take_alarm_end(c, &until, r)) {
        return;
    }
    const struct value *args = args_of(c->tree);
    const char *code = value_text(c->tree, value_get(c->tree, args, "code"));
    const char *component = value_text(c->tree, value_get(c->tree, args, "component"));
    if (code == NULL) {
        (void)remote_refuse(r, COMMAND_INVALID, " is missing", "code");
        return;
    }
    const enum alarms_answer answer =
        p->code->path == REMOTE_ALARM_ACKNOWLEDGE
            ? alarms_acknowledge(c->alarms, code, component, w->by)
            : alarms_suspend(c->alarms, code, component, w->by, until);
    (void)remote_refuse(r,
                        answer == ALARMS_DONE
                            ? COMMAND_DONE
                            : (answer == ALARMS_ALREADY ? COMMAND_ALREADY : COMMAND_MISSING),
                        answer == ALARMS_ALREADY ? "it is so already" : "no such alarm", "");
}

/* Flash and all-red stop a junction: they are asked for twice, and the second time names the first.
 * r says what to answer. */
static void prepare(const struct remote_context *c, const struct wire_command *w,
                    struct remote_pending *p, struct remote_refusal *r)
{
    struct remote_prepared *place = &c->remote->prepared[0];
    if (!judge_envelope(c, w, r)) {
        return;
    }
    if (w->command.kind == COMMAND_RELEASE) {
        (void)remote_refuse(r, COMMAND_INVALID, " needs no preparation", "mode normal");
        return;
    }
    for (size_t i = 0; i < REMOTE_PREPARED_MAX; i++) {
        struct remote_prepared *at = &c->remote->prepared[i];
        place =
            !at->is_used || (place->is_used && at->asked_at.ms < place->asked_at.ms) ? at : place;
    }
    *place =
        (struct remote_prepared){ .is_used = true, .asked_at = c->now, .kind = w->command.kind };
    memcpy(place->by, w->by, sizeof place->by);
    (void)snprintf(place->token, sizeof place->token, "%016llx",
                   (unsigned long long)c->world->random(c->world->self));
    memcpy(p->values.token, place->token, sizeof p->values.token);
    (void)remote_refuse(r, COMMAND_DONE, "", "");
}

/* A token works once, for the one who got it, for what it was given for. */
static bool confirm(const struct remote_context *c, const struct wire_command *w,
                    const struct remote_pending *p, struct remote_refusal *r)
{
    if (w->command.kind == COMMAND_RELEASE) {
        return true;
    }
    for (size_t i = 0; i < REMOTE_PREPARED_MAX; i++) {
        struct remote_prepared *at = &c->remote->prepared[i];
        const bool is_meant = at->is_used && at->kind == w->command.kind &&
                              strcmp(at->token, p->values.token) == 0 && strcmp(at->by, w->by) == 0;
        if (is_meant) {
            at->is_used = false;
            return mono_since_ms(c->now, at->asked_at) < REMOTE_PREPARED_MS ||
                   remote_refuse(r, COMMAND_DENIED, " is more than 30 s old: prepare again",
                                 "token");
        }
    }
    return remote_refuse(r, COMMAND_DENIED, " is missing or another's: tlc.mode.prepare gives one",
                         "token");
}

/* A flood costs little and is answered; what is paid for comes back with time. */
static bool is_flood(const struct remote_context *c)
{
    struct remote *remote = c->remote;
    if (remote->paid_until.ms < c->now.ms) {
        remote->paid_until = c->now;
    }
    if (mono_since_ms(remote->paid_until, c->now) >= REMOTE_BURST * REMOTE_EACH_MS) {
        return true;
    }
    remote->paid_until.ms += REMOTE_EACH_MS;
    return false;
}

static bool open_message(const struct remote_context *c, const struct mqtt_message *m,
                         const struct remote_pending *p, struct remote_refusal *r)
{
    if (m->retain) {
        return remote_refuse(r, COMMAND_DENIED, "a retained command is never carried out", "");
    }
    if (p->code == NULL) {
        return remote_refuse(r, COMMAND_MISSING, "this node has no such command", "");
    }
    if (is_flood(c)) {
        return remote_refuse(r, COMMAND_BUSY, "more commands than a junction can need", "");
    }
    const struct value *root = reading_take(m->payload, m->payload_bytes, c->tree);
    return (root != NULL && root->kind == VALUE_MAP) ||
           remote_refuse(r, COMMAND_INVALID, "the payload is not a JSON object or CBOR map", "");
}

/* True: the daemon will answer. */
static bool carry_out(const struct remote_context *c, struct remote_pending *p,
                      struct remote_refusal *r)
{
    struct wire_command w;
    if (!take_envelope(c, &w, p, r)) {
        return false;
    }
    switch (p->code->path) {
    case REMOTE_TO_DAEMON:
        return send_on(c, &w, p, r);
    case REMOTE_MODE:
        return confirm(c, &w, p, r) && send_on(c, &w, p, r);
    case REMOTE_PREPARE:
        prepare(c, &w, p, r);
        return false;
    case REMOTE_CLOCK:
        return remote_refuse(r, COMMAND_DENIED,
                             "no command sets a clock: plans in step and ages depend on it, and "
                             "this one follows its time service",
                             "");
    case REMOTE_ALARM_ACKNOWLEDGE:
    case REMOTE_ALARM_SUSPEND:
        command_alarm(c, &w, p, r);
        return false;
    }
    return false;
}

void remote_take(const struct remote_context *c, const char *code, const struct mqtt_message *m)
{
    struct remote_pending p = { .is_used = true,
                                .asked_at = c->now,
                                .code = remote_code_find(code, c->outlet->dots),
                                .values = { .plan = REMOTE_PLAN_NONE } };
    struct remote_refusal r = { .result = COMMAND_INVALID };
    const struct topic otherwise = { .type = TOPIC_RESULT,
                                     .code = p.code != NULL ? p.code->code : code };
    outlet_find_asker(c->outlet, &otherwise, m, &p.asker);
    c->remote->taken++;
    if (!open_message(c, m, &p, &r) || !carry_out(c, &p, &r)) {
        answer(c, &p, r.result, r.text);
    }
}

bool remote_result(const struct remote_context *c, uint32_t request, enum command_result result,
                   const char *text)
{
    for (size_t i = 0; i < REMOTE_PENDING_MAX; i++) {
        struct remote_pending *p = &c->remote->pending[i];
        if (p->is_used && p->request == request) {
            p->is_used = false;
            answer(c, p, result, text);
            return true;
        }
    }
    return false;
}

void remote_step(const struct remote_context *c)
{
    const bool is_away = c->junction_ix == SESSION_JUNCTION_NONE;
    for (size_t i = 0; i < REMOTE_PENDING_MAX; i++) {
        struct remote_pending *p = &c->remote->pending[i];
        if (p->is_used && (is_away || mono_since_ms(c->now, p->asked_at) >= REMOTE_WAIT_MS)) {
            p->is_used = false;
            answer(c, p, COMMAND_FAILED,
                   is_away ? "the controller was lost while the command was under way"
                           : "the controller gave no answer in time");
        }
    }
}
