#include "remote.h"

#include <stdio.h>
#include <string.h>

#include "moment.h"
#include "reading.h"

enum { PLAN_NONE = -1, PLAN_MAX = 255, REMOTE_VALID_MS = 30000 };
static const int64_t REMOTE_SUSPEND_MAX_MS = INT64_C(31) * 86400000;

static const char code_plan_set[] = "tlc.plan.set";
static const char code_alarm_acknowledge[] = "alarm.acknowledge";
static const char code_alarm_suspend[] = "alarm.suspend";

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

struct refusal {
    enum command_result result;
    char text[REMOTE_REASON_BYTES];
};

static bool refuse(struct refusal *r, enum command_result result, const char *what,
                   const char *which)
{
    r->result = result;
    (void)snprintf(r->text, sizeof r->text, "%s%s", which, what);
    return false;
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
    if (p->plan != PLAN_NONE) {
        payload_key(w, "plan");
        payload_integer(w, p->plan);
    }
    payload_close(w);
    c->remote->refused += result != COMMAND_DONE && result != COMMAND_ALREADY ? 1 : 0;
    c->remote->unanswered += outlet_answer(c->outlet, &p->asker) == STATUS_OK ? 0 : 1;
}

/* Members of the envelope. */

static bool take_text(const struct remote_context *c, const char *key, char *out, size_t room,
                      struct refusal *r)
{
    const char *text = value_text(c->tree, value_get(c->tree, value_root(c->tree), key));
    if (text == NULL || text[0] == '\0') {
        return refuse(r, COMMAND_INVALID, " is missing", key);
    }
    if (strlen(text) >= room) {
        return refuse(r, COMMAND_INVALID, " is too long", key);
    }
    for (const char *at = text; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f) {
            return refuse(r, COMMAND_INVALID, " has control characters", key);
        }
    }
    memcpy(out, text, strlen(text) + 1);
    return true;
}

static bool take_moment(const struct remote_context *c, const char *key, wall_t *wall,
                        struct refusal *r)
{
    const struct value *value = value_get(c->tree, value_root(c->tree), key);
    if (value == NULL) {
        return refuse(r, COMMAND_INVALID, " is missing", key);
    }
    const char *text = value_text(c->tree, value);
    if (text == NULL || !moment_read(text, wall)) {
        return refuse(r, COMMAND_INVALID, " is not a time like 2026-03-01T07:15:00Z", key);
    }
    return true;
}

static bool take_role(const struct remote_context *c, int32_t *role, struct refusal *r)
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
    return refuse(r, COMMAND_INVALID, " is not one of observer, technician, operator, engineer",
                  "role");
}

static bool take_counter(const struct remote_context *c, uint64_t *counter, struct refusal *r)
{
    int64_t value = 0;
    if (!value_integer(value_get(c->tree, value_root(c->tree), "counter"), &value) || value <= 0) {
        return refuse(r, COMMAND_INVALID,
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

static bool take_plan(const struct remote_context *c, int32_t *plan, struct refusal *r)
{
    int64_t value = 0;
    if (!value_integer(value_get(c->tree, args_of(c->tree), "plan"), &value) || value < 0 ||
        value > PLAN_MAX) {
        return refuse(r, COMMAND_INVALID, " must be a number from 0 (as scheduled) to 255", "plan");
    }
    *plan = (int32_t)value;
    return true;
}

/* Every effect has an end; giving a plan back to the calendar has none. */
static bool take_until(const struct remote_context *c, struct wire_command *w, struct refusal *r)
{
    if (w->command.value == 0) {
        return true;
    }
    if (!take_moment(c, "until", &w->command.until, r)) {
        return false;
    }
    const int64_t left_ms = w->command.until.ms - c->wall.ms;
    if (left_ms <= 0 || left_ms > PLAN_TIME_MAX_MS) {
        return refuse(r, COMMAND_INVALID, " must lie within the next 24 h", "until");
    }
    w->command.duration_ms = (int32_t)left_ms;
    return true;
}

static bool take_node(const struct remote_context *c, struct wire_command *w, struct refusal *r)
{
    const struct value *node = value_get(c->tree, value_root(c->tree), "node");
    return node == NULL || take_text(c, "node", w->node, sizeof w->node, r);
}

static bool take_envelope(const struct remote_context *c, struct wire_command *w,
                          struct remote_pending *p, struct refusal *r)
{
    memset(w, 0, sizeof *w);
    wire_head(&w->header, WIRE_COMMAND, sizeof *w, 0);
    w->header.junction_ix = c->junction_ix;
    w->command.kind = COMMAND_PATTERN;
    w->command.target = -1;
    /* These two are echoed, so they are read even if something else is wrong. */
    const bool has_id = take_text(c, "id", w->id, sizeof w->id, r);
    memcpy(p->id, w->id, sizeof p->id);
    struct refusal of_plan;
    const bool has_plan = take_plan(c, &p->plan, &of_plan);
    if (!has_id) {
        return false;
    }
    if (!has_plan) {
        *r = of_plan;
        return false;
    }
    w->command.value = p->plan;
    return take_text(c, "by", w->by, sizeof w->by, r) &&
           take_text(c, "why", w->why, sizeof w->why, r) && take_role(c, &w->role, r) &&
           take_counter(c, &w->counter, r) && take_moment(c, "valid_until", &w->valid_until, r) &&
           take_node(c, w, r) && take_until(c, w, r);
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
static bool send_on(const struct remote_context *c, const struct mqtt_message *m,
                    struct remote_pending *p, struct refusal *r)
{
    struct wire_command w;
    if (m->retain) {
        return refuse(r, COMMAND_DENIED, "a retained command is never carried out", "");
    }
    if (p->code == NULL) {
        return refuse(r, COMMAND_MISSING, "this node has no such command", "");
    }
    const struct value *root = reading_take(m->payload, m->payload_bytes, c->tree);
    if (root == NULL || root->kind != VALUE_MAP) {
        return refuse(r, COMMAND_INVALID, "the payload is not a JSON object or CBOR map", "");
    }
    if (!take_envelope(c, &w, p, r)) {
        return false;
    }
    if (c->junction_ix == SESSION_JUNCTION_NONE) {
        return refuse(r, COMMAND_FAILED, "the controller does not answer", "");
    }
    struct remote_pending *place = free_place(c->remote);
    if (place == NULL || !session_send(c->session, &w.header)) {
        return refuse(r, COMMAND_BUSY, "too many commands are under way", "");
    }
    p->request = w.header.request;
    *place = *p;
    return true;
}

/* Alarms: what people say of them is kept by the link, so it judges these itself. */

static bool take_alarm_envelope(const struct remote_context *c, struct wire_command *w,
                                struct remote_pending *p, struct refusal *r)
{
    memset(w, 0, sizeof *w);
    if (!take_text(c, "id", w->id, sizeof w->id, r)) {
        return false;
    }
    memcpy(p->id, w->id, sizeof p->id);
    return take_text(c, "by", w->by, sizeof w->by, r) &&
           take_text(c, "why", w->why, sizeof w->why, r) && take_role(c, &w->role, r) &&
           take_counter(c, &w->counter, r) && take_moment(c, "valid_until", &w->valid_until, r) &&
           take_node(c, w, r);
}

static bool judge_alarm_envelope(const struct remote_context *c, const struct wire_command *w,
                                 struct refusal *r)
{
    const int64_t left_ms = w->valid_until.ms - c->wall.ms;
    if (!c->wall_is_synced) {
        return refuse(r, COMMAND_DENIED, "the clock is not synchronised", "");
    }
    if (left_ms < 0 || left_ms > REMOTE_VALID_MS) {
        return refuse(r, COMMAND_DENIED, " is past, or more than 30 s ahead", "valid_until");
    }
    if (w->role < ROLE_OPERATOR) {
        return refuse(r, COMMAND_DENIED, "alarms need an operator", "");
    }
    if (w->node[0] != '\0' && strcmp(w->node, c->outlet->node) != 0) {
        return refuse(r, COMMAND_DENIED, "meant for another node", "");
    }
    return true;
}

static bool take_alarm_end(const struct remote_context *c, wall_t *until, struct refusal *r)
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
               : refuse(r, COMMAND_INVALID, " must lie within the next 31 days", "until");
}

/* r says what to answer. */
static void command_alarm(const struct remote_context *c, const struct mqtt_message *m,
                          struct remote_pending *p, struct refusal *r)
{
    struct wire_command w;
    wall_t until = { .ms = 0 };
    const struct value *root =
        m->retain ? NULL : reading_take(m->payload, m->payload_bytes, c->tree);
    if (m->retain || root == NULL || root->kind != VALUE_MAP) {
        (void)refuse(r, m->retain ? COMMAND_DENIED : COMMAND_INVALID,
                     m->retain ? "a retained command is never carried out"
                               : "the payload is not a JSON object or CBOR map",
                     "");
        return;
    }
    if (!take_alarm_envelope(c, &w, p, r) || !judge_alarm_envelope(c, &w, r) ||
        !take_alarm_end(c, &until, r)) {
        return;
    }
    const struct value *args = args_of(c->tree);
    const char *code = value_text(c->tree, value_get(c->tree, args, "code"));
    const char *component = value_text(c->tree, value_get(c->tree, args, "component"));
    if (code == NULL) {
        (void)refuse(r, COMMAND_INVALID, " is missing", "code");
        return;
    }
    const enum alarms_answer answer = p->code == code_alarm_acknowledge
                                          ? alarms_acknowledge(c->alarms, code, component, w.by)
                                          : alarms_suspend(c->alarms, code, component, w.by, until);
    (void)refuse(r,
                 answer == ALARMS_DONE
                     ? COMMAND_DONE
                     : (answer == ALARMS_ALREADY ? COMMAND_ALREADY : COMMAND_MISSING),
                 answer == ALARMS_ALREADY ? "it is so already" : "no such alarm", "");
}

static const char *find_code(const struct remote_context *c, const char *on_wire)
{
    static const char *const codes[] = { code_plan_set, code_alarm_acknowledge,
                                         code_alarm_suspend };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (topic_is_code(on_wire, codes[i], c->outlet->dots)) {
            return codes[i];
        }
    }
    return NULL;
}

void remote_take(const struct remote_context *c, const char *code, const struct mqtt_message *m)
{
    const char *known = find_code(c, code);
    struct remote_pending p = {
        .is_used = true, .asked_at = c->now, .code = known, .plan = PLAN_NONE
    };
    struct refusal r = { .result = COMMAND_INVALID };
    const struct topic otherwise = { .type = TOPIC_RESULT, .code = known != NULL ? known : code };
    outlet_find_asker(c->outlet, &otherwise, m, &p.asker);
    c->remote->taken++;
    if (known == code_alarm_acknowledge || known == code_alarm_suspend) {
        command_alarm(c, m, &p, &r);
        answer(c, &p, r.result, r.text);
    } else if (!send_on(c, m, &p, &r)) {
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
