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

static void set_fact(struct alarm_state *f, bool is_active, wall_t since)
{
    f->since = is_active && f->is_active ? f->since : since;
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
        set_fact(&a->fact[i], is_active, set->since[i]);
    }
}

void alarms_take_status(struct alarms *a, const struct wire_status *s)
{
    for (uint32_t i = 0; i < DETECTOR_MAX; i++) {
        struct alarm_state *f = &a->fact[FACT_DETECTOR_1 + i];
        const bool is_known = (int32_t)i < s->detector_count;
        const bool is_failed = is_known && (s->detector_failed & bit64(i)) != 0;
        if (is_failed != f->is_active) {
            set_fact(f, is_failed, s->wall);
        }
        f->health = s->detector_health[i] < DETECTOR_HEALTH_COUNT ? s->detector_health[i]
                                                                  : DETECTOR_HARDWARE;
    }
    const bool is_nameless = (s->alarms & bit32(ALARM_DETECTOR)) != 0 && !names_detectors(a);
    if (is_nameless != a->fact[ALARM_DETECTOR].is_active) {
        set_fact(&a->fact[ALARM_DETECTOR], is_nameless, s->wall);
    }
}

void alarms_set(struct alarms *a, enum alarm_fact fact, bool is_active, wall_t wall)
{
    if (a->fact[fact].is_active != is_active) {
        set_fact(&a->fact[fact], is_active, wall);
    }
}

static void write_entry(const struct alarms *a, uint32_t fact, wall_t wall,
                        struct payload_writer *w)
{
    const struct alarm_state *f = &a->fact[fact];
    char at[MOMENT_BYTES];
    char component[16];
    const bool is_detector = fact >= FACT_DETECTOR_1;
    moment_write(f->is_active ? f->since : wall, at);
    (void)snprintf(component, sizeof component, "dl/%u", fact - FACT_DETECTOR_1 + 1);
    payload_open(w, BOX_MAP);
    payload_key(w, "ts");
    payload_text(w, at);
    if (is_detector || facts[fact].component != NULL) {
        payload_key(w, "component");
        payload_text(w, is_detector ? component : facts[fact].component);
    }
    payload_key(w, "active");
    payload_boolean(w, f->is_active);
    payload_key(w, "values");
    payload_open(w, BOX_MAP);
    payload_key(w, "message");
    payload_text(w, is_detector ? health_text[f->health] : facts[fact].message);
    payload_close(w);
    payload_close(w);
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
        const bool is_in = is_full ? f->is_active : f->is_active != f->is_shown;
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
        has_changed = has_changed || (f->is_active != f->is_shown && is_of_code(a, i, code_ix));
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
    for (uint32_t i = 0; i < CODE_COUNT; i++) {
        step_code(a, o, i, wall);
    }
}

/* What people said. */

void alarms_write_memory(const struct alarms *a, struct payload_writer *w)
{
    (void)a;
    payload_open(w, BOX_ARRAY);
    payload_close(w);
}

bool alarms_take_memory(struct alarms *a, const struct value_tree *tree, const struct value *list)
{
    (void)a;
    (void)tree;
    return list == NULL || list->kind == VALUE_ARRAY;
}
