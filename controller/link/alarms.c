#include "alarms.h"

#include <stdio.h>
#include <string.h>

#include "detector.h"
#include "moment.h"

/* Provisional codes (docs/rsmp.md), after the alarms of the RSMP 3 signal list. */
static const char *const codes[] = {
    "tlc.hardware.error", "tlc.hardware.warning", "tlc.config.error", "tlc.config.warning",
    "tlc.sync",           "tlc.safety",           "tlc.comm",         "tlc.deadlock",
    "tlc.lamp.error",     "tlc.detector",         "tlc.button",       "tlc.door",
};
enum { CODE_COUNT = sizeof codes / sizeof codes[0] };
_Static_assert((int)CODE_COUNT <= (int)ALARM_CODE_MAX, "every code has its flag");

static const struct {
    const char *code;
    const char *component; /* NULL: the node as a whole */
    const char *message;
} facts[FACT_DETECTOR_1] = {
    [ALARM_LINK] = { "tlc.hardware.error", "cabinet", "no working link to the cabinet" },
    [ALARM_MISMATCH] = { "tlc.lamp.error", NULL, "lamps differ from what was commanded" },
    [ALARM_GUARD] = { "tlc.safety", "guard", "the guard stopped an unsafe frame" },
    [ALARM_MONITOR] = { "tlc.safety", "monitor", "the cabinet's monitor holds a fault" },
    [ALARM_DETECTOR] = { "tlc.detector", NULL, "detectors have failed" },
    [ALARM_COORD] = { "tlc.sync", NULL, "coordination is at fault" },
    [ALARM_CLOCK] = { "tlc.comm", "clock", "the clock is not synchronised" },
    [ALARM_JOURNAL] = { "tlc.hardware.warning", "journal", "the journal cannot be written" },
    [ALARM_DEADLOCK] = { "tlc.deadlock", NULL, "a demand is not served" },
    [ALARM_DOOR] = { "tlc.door", NULL, "the cabinet's door is open" },
    [ALARM_SAFETY_FILE] = { "tlc.config.error", NULL, "the cabinet is made for another file" },
    [FACT_CONTROLLER] = { "tlc.comm", "controller", "the controller does not answer" },
    [FACT_OTHER_PLAN] = { "tlc.config.warning", "link",
                          "the controller runs other files than kavsak-link has read" },
};
_Static_assert(ALARM_COUNT == 12, "a new alarm needs its code here and in docs/rsmp.md");

static const char *const health_text[DETECTOR_HEALTH_COUNT] = {
    [DETECTOR_HEALTHY] = "in order",        [DETECTOR_NO_ACTIVITY] = "no activity",
    [DETECTOR_STUCK_ON] = "stuck on",       [DETECTOR_ERRATIC] = "erratic",
    [DETECTOR_SOURCE_STALE] = "no message", [DETECTOR_HARDWARE] = "hardware fault",
};

static const char *code_of(const struct alarms *a, uint32_t fact)
{
    if (fact < FACT_DETECTOR_1) {
        return facts[fact].code;
    }
    return (a->is_button & bit64(fact - FACT_DETECTOR_1)) != 0 ? "tlc.button" : "tlc.detector";
}

static bool is_of_code(const struct alarms *a, uint32_t fact, uint32_t code_ix)
{
    const char *code = code_of(a, fact);
    return code != NULL && strcmp(code, codes[code_ix]) == 0; /* NULL: alarm 0 does not exist */
}

void alarms_init(struct alarms *a, uint64_t is_button)
{
    *a = (struct alarms){ .is_button = is_button };
    alarms_announce(a);
}

void alarms_announce(struct alarms *a)
{
    for (uint32_t i = 0; i < CODE_COUNT; i++) {
        a->full_is_due[i] = true;
    }
}

/* An alarm that comes anew has been acknowledged by nobody, unless it is the one that we were told
 * of before a restart of ours. Of detectors only we know since when. */
static void set_fact(struct alarm_state *f, bool is_active, wall_t since, bool is_detector)
{
    const bool is_new = is_active && !f->is_active;
    const bool is_same = f->is_remembered && (is_detector || f->since.ms == since.ms);
    const bool is_over = !is_active && f->is_active;
    if ((is_new && !is_same) || is_over) {
        f->is_acknowledged = false;
        f->since = since;
    }
    f->is_remembered = f->is_remembered && !is_active;
    f->is_active = is_active;
}

/* Failed detectors are named one by one; the alarm as a whole only counts when none is. */
static bool names_detectors(const struct alarms *a)
{
    bool names_one = false;
    for (uint32_t i = FACT_DETECTOR_1; i < FACT_COUNT; i++) {
        names_one = names_one || a->fact[i].is_active;
    }
    return names_one;
}

void alarms_take(struct alarms *a, const struct wire_alarms *set)
{
    for (uint32_t i = 1; i < ALARM_COUNT; i++) {
        bool is_active = (set->active & bit32(i)) != 0;
        if (i == ALARM_DETECTOR) {
            is_active = is_active && !names_detectors(a);
        }
        set_fact(&a->fact[i], is_active, set->since[i], false);
    }
}

void alarms_take_status(struct alarms *a, const struct wire_status *s)
{
    for (uint32_t i = 0; i < DETECTOR_MAX; i++) {
        struct alarm_state *f = &a->fact[FACT_DETECTOR_1 + i];
        const bool is_known = (int32_t)i < s->detector_count;
        const bool is_failed = is_known && (s->detector_failed & bit64(i)) != 0;
        if (is_failed != f->is_active) {
            set_fact(f, is_failed, s->wall, true);
        }
        f->health = s->detector_health[i] < DETECTOR_HEALTH_COUNT ? s->detector_health[i]
                                                                  : DETECTOR_HARDWARE;
    }
    const bool is_nameless = (s->alarms & bit32(ALARM_DETECTOR)) != 0 && !names_detectors(a);
    if (is_nameless != a->fact[ALARM_DETECTOR].is_active) {
        set_fact(&a->fact[ALARM_DETECTOR], is_nameless, s->wall, true);
    }
}

void alarms_set(struct alarms *a, enum alarm_fact fact, bool is_active, wall_t wall)
{
    if (a->fact[fact].is_active != is_active) {
        set_fact(&a->fact[fact], is_active, wall, true);
    }
}

enum { ALARM_COMPONENT_BYTES = 16 };

/* False: the node as a whole. */
static bool component_of(uint32_t fact, char out[ALARM_COMPONENT_BYTES])
{
    out[0] = '\0';
    if (fact >= FACT_DETECTOR_1) {
        (void)snprintf(out, ALARM_COMPONENT_BYTES, "dl/%u", fact - FACT_DETECTOR_1 + 1);
    } else if (facts[fact].component != NULL) {
        (void)snprintf(out, ALARM_COMPONENT_BYTES, "%s", facts[fact].component);
    }
    return out[0] != '\0';
}

static void write_said(const struct alarm_state *f, struct payload_writer *w)
{
    char until[MOMENT_BYTES];
    payload_key(w, "acknowledged");
    payload_boolean(w, f->is_acknowledged);
    if (f->is_acknowledged) {
        payload_key(w, "acknowledged_by");
        payload_text(w, f->acknowledged_by);
    }
    if (f->is_suspended) {
        moment_write(f->suspended_until, until);
        payload_key(w, "suspended_until");
        payload_text(w, until);
        payload_key(w, "suspended_by");
        payload_text(w, f->suspended_by);
    }
}

static void write_entry(const struct alarms *a, uint32_t fact, wall_t wall,
                        struct payload_writer *w)
{
    const struct alarm_state *f = &a->fact[fact];
    char at[MOMENT_BYTES];
    char component[ALARM_COMPONENT_BYTES];
    const bool has_component = component_of(fact, component);
    moment_write(f->is_active ? f->since : wall, at);
    payload_open(w, BOX_MAP);
    payload_key(w, "ts");
    payload_text(w, at);
    if (has_component) {
        payload_key(w, "component");
        payload_text(w, component);
    }
    payload_key(w, "active");
    payload_boolean(w, f->is_active);
    payload_key(w, "values");
    payload_open(w, BOX_MAP);
    payload_key(w, "message");
    payload_text(w, fact >= FACT_DETECTOR_1 ? health_text[f->health] : facts[fact].message);
    write_said(f, w);
    payload_close(w);
    payload_close(w);
}

static bool is_event(const struct alarm_state *f)
{
    return f->is_active != f->is_shown || f->is_news;
}

/* Events of one code, or all that is active. False: not now. */
static bool publish(struct alarms *a, struct outlet *o, uint32_t code_ix, bool is_full, wall_t wall)
{
    const struct topic topic = { .type = TOPIC_ALARM, .code = codes[code_ix] };
    struct payload_writer *w = outlet_begin(o);
    payload_open(w, BOX_MAP);
    payload_key(w, "entries");
    payload_open(w, BOX_ARRAY);
    for (uint32_t i = 0; i < FACT_COUNT; i++) {
        const struct alarm_state *f = &a->fact[i];
        const bool is_in = is_full ? f->is_active : is_event(f);
        if (is_in && is_of_code(a, i, code_ix)) {
            write_entry(a, i, wall, w);
        }
    }
    payload_close(w);
    if (is_full) {
        payload_key(w, "full");
        payload_boolean(w, true);
    }
    payload_close(w);
    return outlet_send(o, &topic, (struct outlet_how){ .qos = 1, .retain = is_full }) == STATUS_OK;
}

static bool has_changed(const struct alarms *a, uint32_t code_ix)
{
    bool has_changed = false;
    for (uint32_t i = 0; i < FACT_COUNT; i++) {
        const struct alarm_state *f = &a->fact[i];
        has_changed = has_changed || (is_event(f) && is_of_code(a, i, code_ix));
    }
    return has_changed;
}

static void step_code(struct alarms *a, struct outlet *o, uint32_t code_ix, wall_t wall)
{
    if (has_changed(a, code_ix)) {
        if (!publish(a, o, code_ix, false, wall)) {
            return;
        }
        for (uint32_t i = 0; i < FACT_COUNT; i++) {
            if (is_of_code(a, i, code_ix)) {
                a->fact[i].is_shown = a->fact[i].is_active;
                a->fact[i].is_news = false;
            }
        }
        a->full_is_due[code_ix] = true;
    }
    if (a->full_is_due[code_ix]) {
        a->full_is_due[code_ix] = !publish(a, o, code_ix, true, wall);
    }
}

void alarms_step(struct alarms *a, struct outlet *o, wall_t wall)
{
    const int64_t window = wall.ms / ALARMS_HEARTBEAT_MS;
    if (window != a->window) {
        a->window = window;
        alarms_announce(a);
    }
    for (uint32_t i = 0; i < FACT_COUNT; i++) {
        struct alarm_state *f = &a->fact[i];
        if (f->is_suspended && wall.ms >= f->suspended_until.ms) {
            f->is_suspended = false;
            f->is_news = f->is_active;
        }
    }
    for (uint32_t i = 0; i < CODE_COUNT; i++) {
        step_code(a, o, i, wall);
    }
}

/* What people said. */

static bool is_meant(const struct alarms *a, uint32_t fact, const char *code, const char *component)
{
    char ours[ALARM_COMPONENT_BYTES];
    const char *of_fact = code_of(a, fact);
    (void)component_of(fact, ours);
    return of_fact != NULL && strcmp(of_fact, code) == 0 &&
           (component == NULL || strcmp(component, ours) == 0);
}

enum alarms_answer alarms_acknowledge(struct alarms *a, const char *code, const char *component,
                                      const char *by)
{
    enum alarms_answer answer = ALARMS_MISSING;
    for (uint32_t i = 0; i < FACT_COUNT; i++) {
        struct alarm_state *f = &a->fact[i];
        if (!f->is_active || !is_meant(a, i, code, component)) {
            continue;
        }
        if (f->is_acknowledged) {
            answer = answer == ALARMS_MISSING ? ALARMS_ALREADY : answer;
            continue;
        }
        f->is_acknowledged = true;
        f->is_news = true;
        (void)snprintf(f->acknowledged_by, sizeof f->acknowledged_by, "%s", by);
        answer = ALARMS_DONE;
    }
    return answer;
}

enum alarms_answer alarms_suspend(struct alarms *a, const char *code, const char *component,
                                  const char *by, wall_t until)
{
    enum alarms_answer answer = ALARMS_MISSING;
    for (uint32_t i = 1; i < FACT_COUNT; i++) {
        struct alarm_state *f = &a->fact[i];
        if (!is_meant(a, i, code, component)) {
            continue;
        }
        if (until.ms == 0 && !f->is_suspended) {
            answer = answer == ALARMS_MISSING ? ALARMS_ALREADY : answer;
            continue;
        }
        f->is_suspended = until.ms != 0;
        f->suspended_until = until;
        f->is_news = f->is_active;
        (void)snprintf(f->suspended_by, sizeof f->suspended_by, "%s", by);
        answer = ALARMS_DONE;
    }
    return answer;
}

void alarms_write_memory(const struct alarms *a, struct payload_writer *w)
{
    payload_open(w, BOX_ARRAY);
    for (uint32_t i = 0; i < FACT_COUNT; i++) {
        const struct alarm_state *f = &a->fact[i];
        if (!f->is_acknowledged && !f->is_suspended) {
            continue;
        }
        payload_open(w, BOX_MAP);
        payload_key(w, "fact");
        payload_integer(w, i);
        payload_key(w, "since_ms");
        payload_integer(w, f->since.ms);
        if (f->is_acknowledged) {
            payload_key(w, "acknowledged_by");
            payload_text(w, f->acknowledged_by);
        }
        if (f->is_suspended) {
            payload_key(w, "suspended_by");
            payload_text(w, f->suspended_by);
            payload_key(w, "suspended_until_ms");
            payload_integer(w, f->suspended_until.ms);
        }
        payload_close(w);
    }
    payload_close(w);
}

static bool take_one(struct alarms *a, const struct value_tree *tree, const struct value *one)
{
    int64_t fact = -1;
    int64_t since_ms = 0;
    int64_t until_ms = 0;
    const char *acknowledged = value_text(tree, value_get(tree, one, "acknowledged_by"));
    const char *suspended = value_text(tree, value_get(tree, one, "suspended_by"));
    if (!value_integer(value_get(tree, one, "fact"), &fact) || fact < 0 || fact >= FACT_COUNT ||
        !value_integer(value_get(tree, one, "since_ms"), &since_ms)) {
        return false;
    }
    struct alarm_state *f = &a->fact[fact];
    if (f->is_active) {
        return true; /* it came while we were reading: it counts as new */
    }
    f->since.ms = since_ms;
    f->is_remembered = true;
    f->is_acknowledged = acknowledged != NULL;
    f->is_suspended =
        suspended != NULL && value_integer(value_get(tree, one, "suspended_until_ms"), &until_ms);
    f->suspended_until.ms = until_ms;
    (void)snprintf(f->acknowledged_by, sizeof f->acknowledged_by, "%s",
                   acknowledged != NULL ? acknowledged : "");
    (void)snprintf(f->suspended_by, sizeof f->suspended_by, "%s",
                   suspended != NULL ? suspended : "");
    return true;
}

bool alarms_take_memory(struct alarms *a, const struct value_tree *tree, const struct value *list)
{
    bool is_good = list == NULL || list->kind == VALUE_ARRAY;
    for (const struct value *v = value_first(tree, list); v != NULL && is_good;
         v = value_next(tree, v)) {
        is_good = take_one(a, tree, v);
    }
    return is_good;
}
