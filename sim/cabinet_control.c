#include "cabinet_control.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "scan.h"

enum { CONTROL_COUNT_MAX = 1000000, CONTROL_DELAY_MAX_MS = 60000 };

enum modbus_fate wire_fate(struct wire_faults *w, int32_t *delay_ms)
{
    *delay_ms = w->delay_ms;
    if (w->drop > 0) {
        w->drop--;
        return FATE_DROP;
    }
    if (w->garbage > 0) {
        w->garbage--;
        return FATE_GARBAGE;
    }
    if (w->exception > 0) {
        w->exception--;
        return FATE_EXCEPTION;
    }
    if (w->stale > 0) {
        w->stale--;
        return FATE_STALE;
    }
    return FATE_ANSWER;
}

struct text {
    char *bytes;
    size_t size, room;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *t, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const int size = vsnprintf(&t->bytes[t->size], t->room - t->size, format, list);
    va_end(list);
    t->size += size > 0 ? (size_t)size : 0;
    if (t->size >= t->room) {
        t->size = t->room - 1;
    }
}

static bool is_lit(const uint32_t lamps[LAMP_MAX / 32], int32_t n)
{
    return n >= 0 && (lamps[n / 32] & bit32((uint32_t)n % 32)) != 0;
}

/* Lamps of a channel as letters, upper case steady, lower case flashing, "-" dark: "R", "RY", "g".
 */
static void put_channel(struct text *t, const struct monitor_channel *c,
                        const struct lamp_image *sensed)
{
    bool any = false;
    for (size_t k = 0; k < LAMP_COUNT; k++) {
        if (is_lit(sensed->on, c->lamp[k])) {
            any = true;
            put(t, "%c", is_lit(sensed->flash, c->lamp[k]) ? "ryg"[k] : "RYG"[k]);
        }
    }
    if (!any) {
        put(t, "-");
    }
}

static void put_lamps(struct text *t, const struct cabinet *c)
{
    put(t, "\"channels\":{");
    const char *comma = "";
    for (size_t i = 0; i < MONITOR_CHANNEL_MAX; i++) {
        if (c->config.channel[i].is_used) {
            put(t, "%s\"%zu\":\"", comma, i + 1);
            put_channel(t, &c->config.channel[i], &c->emu.sensed);
            put(t, "\"");
            comma = ",";
        }
    }
    put(t, "},\"lamps\":[");
    comma = "";
    for (int32_t n = 0; n < LAMP_MAX; n++) {
        if (is_lit(c->emu.sensed.on, n)) {
            put(t, "%s%d", comma, (int)n);
            comma = ",";
        }
    }
    put(t, "],\"flashing_lamps\":[");
    comma = "";
    for (int32_t n = 0; n < LAMP_MAX; n++) {
        if (is_lit(c->emu.sensed.flash, n)) {
            put(t, "%s%d", comma, (int)n);
            comma = ",";
        }
    }
    put(t, "]");
}

static void put_counters(struct text *t, const struct cabinet *c)
{
    const struct cabinet_counters *n = &c->emu.counters;
    put(t,
        ",\"writes_accepted\":%" PRIu64 ",\"writes_repeated\":%" PRIu64
        ",\"writes_refused\":%" PRIu64 ",\"refused_crc\":%" PRIu64 ",\"refused_epoch\":%" PRIu64
        ",\"refused_seq\":%" PRIu64 ",\"refused_switch\":%" PRIu64 ",\"refused_value\":%" PRIu64,
        n->writes_accepted, n->writes_repeated, n->writes_refused, n->refused_crc, n->refused_epoch,
        n->refused_seq, n->refused_switch, n->refused_value);
    put(t,
        ",\"reads\":%" PRIu64 ",\"lamp_changes\":%" PRIu64 ",\"input_changes\":%" PRIu64
        ",\"conflicts\":%u,\"trips\":%" PRIu64 ",\"heartbeat_losses\":%" PRIu64
        ",\"leases\":%" PRIu64 ",\"boots\":%u,\"flash_after_ms\":%" PRId64
        ",\"flash_after_max_ms\":%" PRId64,
        n->reads, n->lamp_changes, n->input_changes, c->emu.memory.conflict_count, n->trips,
        n->heartbeat_losses, n->leases, c->emu.memory.boot_count, n->flash_after_ms,
        n->flash_after_max_ms);
}

static const char *yes_no(bool yes)
{
    return yes ? "true" : "false";
}

static void put_state(struct text *t, const struct cabinet *c)
{
    const struct cabinet_emu *e = &c->emu;
    put(t, "{\"cabinet\":%d,\"port\":%d,\"site\":%u,\"hash\":\"%016" PRIx64 "\",", (int)c->number,
        (int)c->port, c->config.site_id, c->config.safety_hash);
    put_lamps(t, c);
    put(t,
        ",\"flashing\":%s,\"cabinet_flash\":%s,\"latched\":%s,\"fault\":%d,\"fault_name\":\"%s\"",
        yes_no(cabinet_emu_is_flashing(e)), yes_no(e->holds_flash),
        yes_no(e->memory.latch != MONITOR_NO_FAULT), (int)e->fault,
        monitor_fault_name((enum monitor_fault)e->fault));
    put(t, ",\"lease\":%s,\"epoch\":%u,\"seq\":%u,\"mode\":%u", yes_no(e->lease_held),
        e->memory.epoch, e->seq, e->mode);
    put(t, ",\"police\":%s,\"local\":%s,\"door\":%s", yes_no(e->on[SWITCH_POLICE]),
        yes_no(e->on[SWITCH_LOCAL]), yes_no(e->on[SWITCH_DOOR]));
    put(t, ",\"inputs\":\"%016" PRIx64 "\",\"input_faults\":\"%016" PRIx64 "\"", e->occupied,
        e->faulty);
    put_counters(t, c);
    if (c->street != NULL) {
        put(t, ",\"street\":%s", c->street);
    }
    put(t, "}");
}

struct order {
    int32_t words;
    char verb[16], object[16], value[16];
};

static bool read_count(const char *word, int32_t most, int32_t *out)
{
    int64_t value = 0;
    if (!scan_whole(word, 0, most, &value)) {
        return false;
    }
    *out = (int32_t)value;
    return true;
}

static const char *turn_switch(struct cabinet *c, enum cabinet_switch which, const char *to,
                               int64_t now_ms)
{
    const bool on = strcmp(to, "on") == 0;
    if (!on && strcmp(to, "off") != 0) {
        return "say on or off";
    }
    cabinet_emu_switch(&c->emu, which, on, now_ms);
    return NULL;
}

static const char *set_input(struct cabinet *c, const struct order *o, int64_t now_ms)
{
    int32_t input = 0;
    if (!read_count(o->object, DETECTOR_MAX - 1, &input)) {
        return "inputs are 0 to 63";
    }
    if (strcmp(o->value, "on") == 0 || strcmp(o->value, "off") == 0) {
        (void)cabinet_emu_input(&c->emu, input, strcmp(o->value, "on") == 0, now_ms);
        return NULL;
    }
    if (strcmp(o->value, "pulse") == 0) {
        (void)cabinet_emu_input(&c->emu, input, false, now_ms);
        (void)cabinet_emu_input(&c->emu, input, true, now_ms);
        (void)cabinet_emu_input(&c->emu, input, false, now_ms);
        return NULL;
    }
    if (strcmp(o->value, "faulty") == 0 || strcmp(o->value, "good") == 0) {
        (void)cabinet_emu_input_fault(&c->emu, input, strcmp(o->value, "faulty") == 0);
        return NULL;
    }
    return "an input is on, off, pulse, faulty or good";
}

static const char *set_lamp(struct cabinet *c, const struct order *o, bool only_read_back,
                            int64_t now_ms)
{
    static const char *const names[] = { "ok", "stuck-on", "stuck-off" };
    int32_t lamp = 0;
    if (!read_count(o->object, LAMP_MAX - 1, &lamp)) {
        return "lamps are 0 to 95";
    }
    for (int32_t i = 0; i < 3; i++) {
        if (strcmp(o->value, names[i]) == 0) {
            (void)cabinet_emu_lamp_fault(&c->emu, lamp, (enum lamp_fault)i, only_read_back, now_ms);
            return NULL;
        }
    }
    return "a lamp is stuck-on, stuck-off or ok";
}

/* "drop 20", "garbage": how many of the next requests. */
static const char *spoil(struct cabinet *c, const struct order *o)
{
    int32_t n = 1;
    if (o->words > 1 && !read_count(o->object, CONTROL_COUNT_MAX, &n)) {
        return "how many requests?";
    }
    if (strcmp(o->verb, "drop") == 0) {
        c->wire.drop = n;
    } else if (strcmp(o->verb, "garbage") == 0) {
        c->wire.garbage = n;
    } else if (strcmp(o->verb, "exception") == 0) {
        c->wire.exception = n;
    } else {
        c->wire.stale = n;
    }
    return NULL;
}

static bool is_spoiling(const char *verb)
{
    return strcmp(verb, "drop") == 0 || strcmp(verb, "garbage") == 0 ||
           strcmp(verb, "exception") == 0 || strcmp(verb, "stale") == 0;
}

static const char *obey_switch(struct cabinet *c, const struct order *o, int64_t now_ms)
{
    static const char *const names[SWITCH_COUNT] = { "police", "local", "door" };
    for (int32_t i = 0; i < SWITCH_COUNT; i++) {
        if (strcmp(o->verb, names[i]) == 0) {
            return turn_switch(c, (enum cabinet_switch)i, o->object, now_ms);
        }
    }
    return "no such word; see docs/cabinet.md";
}

/* NULL, or why not. */
static const char *obey(struct cabinet *c, const struct order *o, int64_t now_ms)
{
    if (strcmp(o->verb, "press") == 0) {
        if (strcmp(o->object, "reset") != 0) {
            return "the only button is reset";
        }
        cabinet_emu_press_reset(&c->emu, now_ms);
        return NULL;
    }
    if (strcmp(o->verb, "input") == 0) {
        return set_input(c, o, now_ms);
    }
    if (strcmp(o->verb, "lamp") == 0 || strcmp(o->verb, "readback") == 0) {
        return set_lamp(c, o, o->verb[0] == 'r', now_ms);
    }
    if (is_spoiling(o->verb)) {
        return spoil(c, o);
    }
    if (strcmp(o->verb, "delay") == 0) {
        return read_count(o->object, CONTROL_DELAY_MAX_MS, &c->wire.delay_ms) ? NULL
                                                                              : "milliseconds?";
    }
    if (strcmp(o->verb, "reboot") == 0) {
        cabinet_emu_reboot(&c->emu, now_ms);
        c->wants_hang_up = true;
        return NULL;
    }
    return obey_switch(c, o, now_ms);
}

/* False: no word, more than three, or one that is longer than any we know. */
static bool split(const char *line, struct order *o)
{
    char *const words[] = { o->verb, o->object, o->value };
    const char *at = line + strspn(line, " \t\r");
    while (*at != '\0') {
        const size_t size = strcspn(at, " \t\r");
        if (o->words == 3 || size >= sizeof o->verb) {
            return false;
        }
        memcpy(words[o->words], at, size);
        words[o->words][size] = '\0';
        o->words++;
        at += size;
        at += strspn(at, " \t\r");
    }
    return o->words > 0;
}

void control_line(struct cabinet *cabinets, size_t count, const char *line, int64_t now_ms,
                  char answer[CONTROL_ANSWER_BYTES])
{
    struct text t = { .bytes = answer, .room = CONTROL_ANSWER_BYTES };
    int64_t number = 1;
    const char *at = line;
    if (scan_text(&at, "@") && !scan_number(&at, 1, (int64_t)count, &number)) {
        put(&t, "error: say @N for cabinet N, 1 to %zu", count);
        return;
    }
    struct cabinet *c = &cabinets[number - 1];
    struct order o = { .words = 0 };
    if (!split(at, &o)) {
        put(&t, "error: one to three words");
    } else if (strcmp(o.verb, "state") == 0) {
        put_state(&t, c);
    } else {
        const char *wrong = obey(c, &o, now_ms);
        put(&t, "%s%s", wrong == NULL ? "ok" : "error: ", wrong == NULL ? "" : wrong);
    }
}
