#include "remote_codes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

enum { PLAN_NUMBER_MAX = 255 }; /* M0002 of the signal list */

static const char reason_mode[] =
    " must be normal, flash or all-red (a junction is made dark at its cabinet)";

bool remote_refuse(struct remote_refusal *r, enum command_result result, const char *what,
                   const char *which)
{
    r->result = result;
    (void)snprintf(r->text, sizeof r->text, "%s%s", which, what);
    return false;
}

static const char *word_of(const struct remote_source *s, const char *key)
{
    const char *text = value_text(s->tree, value_get(s->tree, s->values, key));
    return text != NULL ? text : "";
}

static bool number_of(const struct remote_source *s, const char *key, int32_t most, int32_t *out)
{
    int64_t value = 0;
    if (!value_integer(value_get(s->tree, s->values, key), &value) || value < 0 || value > most) {
        return false;
    }
    *out = (int32_t)value;
    return true;
}

/* "sg/3" is index 2. */
static bool component_of(const struct remote_source *s, const char *prefix, int32_t most,
                         int32_t *ix)
{
    const char *text = word_of(s, "component");
    const size_t length = strlen(prefix);
    char *end = NULL;
    if (strncmp(text, prefix, length) != 0 || text[length] < '1' || text[length] > '9' ||
        strlen(text) > length + 3) {
        return false;
    }
    const long number = strtol(text + length, &end, 10);
    *ix = (int32_t)number - 1;
    return *end == '\0' && number <= most;
}

static bool read_nothing(const struct remote_source *s, struct remote_values *out,
                         struct remote_refusal *r)
{
    (void)s;
    (void)out;
    (void)r;
    return true;
}

static bool read_plan(const struct remote_source *s, struct remote_values *out,
                      struct remote_refusal *r)
{
    if (!number_of(s, "plan", PLAN_NUMBER_MAX, &out->command.value)) {
        return remote_refuse(r, COMMAND_INVALID, " must be a number from 0 (as scheduled) to 255",
                             "plan");
    }
    out->plan = out->command.value;
    return true;
}

static void end_kinds(struct remote_values *out, int32_t bits)
{
    out->command.kind = COMMAND_RELEASE;
    out->command.value = bits;
}

/* Flash and all-red are modes here: they need two steps. */
static bool read_strategy(const struct remote_source *s, struct remote_values *out,
                          struct remote_refusal *r)
{
    const char *word = word_of(s, "strategy");
    if (strcmp(word, "scheduled") == 0) {
        end_kinds(out, 1 << COMMAND_STRATEGY);
        return true;
    }
    out->command.value = word_find_strategy(word);
    return (out->command.value >= STRATEGY_FIXED && out->command.value <= STRATEGY_ADAPTIVE) ||
           remote_refuse(r, COMMAND_INVALID,
                         " must be fixed, actuated, coordinated, adaptive or scheduled",
                         "strategy");
}

static bool read_stage(const struct remote_source *s, struct remote_values *out,
                       struct remote_refusal *r)
{
    if (!number_of(s, "stage", STAGE_MAX, &out->command.value) || out->command.value == 0) {
        return remote_refuse(r, COMMAND_INVALID, " must be the number of a stage", "stage");
    }
    out->command.value--;
    return true;
}

static bool read_group(const struct remote_source *s, struct remote_values *out,
                       struct remote_refusal *r)
{
    return component_of(s, "sg/", SG_MAX, &out->command.target) ||
           remote_refuse(r, COMMAND_INVALID, " must be a signal group like sg/3", "component");
}

static bool read_call(const struct remote_source *s, struct remote_values *out,
                      struct remote_refusal *r)
{
    if (!read_group(s, out, r)) {
        return false;
    }
    const int32_t ix = out->command.target;
    const bool is_ped = ix < s->plan->sg_count && s->plan->safety.sg_type[ix] == SG_PEDESTRIAN;
    out->command.kind = is_ped ? COMMAND_CALL_PED : COMMAND_CALL_VEHICLE;
    return true;
}

static bool read_recall(const struct remote_source *s, struct remote_values *out,
                        struct remote_refusal *r)
{
    const char *word = word_of(s, "recall");
    if (!read_group(s, out, r)) {
        return false;
    }
    if (strcmp(word, "scheduled") == 0) {
        end_kinds(out, 1 << COMMAND_RECALL);
        return true;
    }
    return word_find_recall(word, &out->command.value) ||
           remote_refuse(r, COMMAND_INVALID, " must be none, min, max, ped, soft or scheduled",
                         "recall");
}

static bool read_detector(const struct remote_source *s, struct remote_values *out,
                          struct remote_refusal *r)
{
    if (!component_of(s, "dl/", DETECTOR_MAX, &out->command.target)) {
        return remote_refuse(r, COMMAND_INVALID, " must be a detector like dl/7", "component");
    }
    return word_find_force(word_of(s, "state"), &out->command.value) ||
           remote_refuse(r, COMMAND_INVALID, " must be on, off or auto", "state");
}

static bool read_mode(const struct remote_source *s, struct remote_values *out,
                      struct remote_refusal *r)
{
    const char *word = word_of(s, "mode");
    (void)snprintf(out->token, sizeof out->token, "%.*s", REMOTE_TOKEN_BYTES - 1,
                   word_of(s, "token"));
    if (strcmp(word, "normal") == 0) {
        end_kinds(out, 1 << COMMAND_FLASH | 1 << COMMAND_ALL_RED);
    } else if (strcmp(word, "flash") == 0) {
        out->command.kind = COMMAND_FLASH;
    } else if (strcmp(word, "all-red") == 0) {
        out->command.kind = COMMAND_ALL_RED;
    } else {
        return remote_refuse(r, strcmp(word, "dark") == 0 ? COMMAND_DENIED : COMMAND_INVALID,
                             reason_mode, "mode");
    }
    return true;
}

/* What each code may leave behind, for those who take back that alone. */
static bool read_release(const struct remote_source *s, struct remote_values *out,
                         struct remote_refusal *r)
{
    static const struct {
        const char *code;
        int32_t bits;
    } row[] = {
        { "tlc.plan.set", 1 << COMMAND_PATTERN },
        { "tlc.mode.set", 1 << COMMAND_FLASH | 1 << COMMAND_ALL_RED },
        { "tlc.strategy.set", 1 << COMMAND_STRATEGY },
        { "tlc.stage.call", 1 << COMMAND_STAGE },
        { "tlc.group.recall", 1 << COMMAND_RECALL },
        { "tlc.group.hold", 1 << COMMAND_HOLD },
        { "tlc.group.omit", 1 << COMMAND_OMIT },
        { "tlc.detector.force", 1 << COMMAND_DETECTOR_FORCE },
        { "tlc.time.stop", 1 << COMMAND_STOP_TIME },
        { "tlc.manual.set", 1 << COMMAND_MANUAL },
    };
    const bool names_code = value_get(s->tree, s->values, "code") != NULL;
    const bool names_component = value_get(s->tree, s->values, "component") != NULL;
    for (size_t i = 0; names_code && i < sizeof row / sizeof row[0]; i++) {
        out->command.value |= strcmp(word_of(s, "code"), row[i].code) == 0 ? row[i].bits : 0;
    }
    if (names_code != (out->command.value != 0)) {
        return remote_refuse(r, COMMAND_INVALID, " must be that of a command that lasts", "code");
    }
    if (names_component &&
        (!names_code || (!component_of(s, "sg/", SG_MAX, &out->command.target) &&
                         !component_of(s, "dl/", DETECTOR_MAX, &out->command.target)))) {
        return remote_refuse(r, COMMAND_INVALID, " must be like sg/3 or dl/7, beside a code",
                             "component");
    }
    return true;
}

static const struct remote_code codes[] = {
    { "tlc.plan.set", REMOTE_TO_DAEMON, COMMAND_PATTERN, read_plan },
    { "tlc.mode.prepare", REMOTE_PREPARE, COMMAND_NONE, read_mode },
    { "tlc.mode.set", REMOTE_MODE, COMMAND_NONE, read_mode },
    { "tlc.strategy.set", REMOTE_TO_DAEMON, COMMAND_STRATEGY, read_strategy },
    { "tlc.stage.call", REMOTE_TO_DAEMON, COMMAND_STAGE, read_stage },
    { "tlc.group.call", REMOTE_TO_DAEMON, COMMAND_NONE, read_call },
    { "tlc.group.recall", REMOTE_TO_DAEMON, COMMAND_RECALL, read_recall },
    { "tlc.group.hold", REMOTE_TO_DAEMON, COMMAND_HOLD, read_group },
    { "tlc.group.omit", REMOTE_TO_DAEMON, COMMAND_OMIT, read_group },
    { "tlc.group.force-off", REMOTE_TO_DAEMON, COMMAND_FORCE_OFF, read_group },
    { "tlc.detector.force", REMOTE_TO_DAEMON, COMMAND_DETECTOR_FORCE, read_detector },
    { "tlc.time.stop", REMOTE_TO_DAEMON, COMMAND_STOP_TIME, read_nothing },
    { "tlc.manual.set", REMOTE_TO_DAEMON, COMMAND_MANUAL, read_nothing },
    { "tlc.manual.advance", REMOTE_TO_DAEMON, COMMAND_ADVANCE, read_nothing },
    { "tlc.release", REMOTE_TO_DAEMON, COMMAND_RELEASE, read_release },
    { "tlc.clock.set", REMOTE_CLOCK, COMMAND_NONE, read_nothing },
    { "alarm.acknowledge", REMOTE_ALARM_ACKNOWLEDGE, COMMAND_NONE, read_nothing },
    { "alarm.suspend", REMOTE_ALARM_SUSPEND, COMMAND_NONE, read_nothing },
};

const struct remote_code *remote_code_find(const char *on_wire, enum topic_dots dots)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (topic_is_code(on_wire, codes[i].code, dots)) {
            return &codes[i];
        }
    }
    return NULL;
}

bool remote_code_read(const struct remote_code *code, const struct remote_source *s,
                      struct remote_values *out, struct remote_refusal *r)
{
    *out = (struct remote_values){ .command = { .kind = (int32_t)code->kind, .target = -1 },
                                   .plan = REMOTE_PLAN_NONE };
    return code->read(s, out, r);
}
