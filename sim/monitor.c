#include "monitor.h"

#include <string.h>

enum { RED = 1 << LAMP_RED, YELLOW = 1 << LAMP_YELLOW, GREEN = 1 << LAMP_GREEN };

void monitor_init(struct monitor *m, const struct monitor_config *config)
{
    memset(m, 0, sizeof *m);
    m->config = config;
}

void monitor_rest(struct monitor *m)
{
    monitor_init(m, m->config);
}

static uint32_t lamps_lit(const struct monitor_channel *c, const struct lamp_image *sensed)
{
    uint32_t on = 0;
    for (uint32_t lamp = 0; lamp < LAMP_COUNT; lamp++) {
        const int32_t n = c->lamp[lamp];
        if (n >= 0 && (sensed->on[n / 32] & bit32((uint32_t)n % 32)) != 0) {
            on |= bit32(lamp);
        }
    }
    return on;
}

/* Green, flashing green, walk and the yellow after them claim the road; so does red with yellow,
 * which is about to. A yellow that no green was before is the start-up's warning after flash and
 * claims nothing. */
static bool is_open(const struct monitor_head *h)
{
    const bool warns = h->on == YELLOW && !h->yellow_ends_green;
    return (h->on & (YELLOW | GREEN)) != 0 && !warns;
}

static bool find_conflict(struct monitor *m)
{
    uint32_t open = 0;
    for (uint32_t i = 0; i < MONITOR_CHANNEL_MAX; i++) {
        open |= is_open(&m->head[i]) ? bit32(i) : 0;
    }
    for (uint32_t i = 0; i < MONITOR_CHANNEL_MAX; i++) {
        const uint32_t foes = m->config->channel[i].conflicts & open;
        if ((open & bit32(i)) == 0 || foes == 0) {
            continue;
        }
        m->channel_a = (int32_t)i + 1;
        m->channel_b = __builtin_ctz(foes) + 1;
        return true;
    }
    return false;
}

/* Recurrent short conflicts add up, as in field monitors: ten of 150 ms are no better than one
 * of 1.5 s. */
static bool conflict_lasts(struct monitor *m, int64_t elapsed_ms)
{
    if (find_conflict(m)) {
        m->conflict_ms += elapsed_ms;
        m->conflict_free_ms = 0;
        return m->conflict_ms >= m->config->conflict_ms;
    }
    m->conflict_free_ms += elapsed_ms;
    if (m->conflict_free_ms >= MONITOR_FORGET_MS) {
        m->conflict_ms = 0;
    }
    return false;
}

static enum monitor_fault head_lasts(const struct monitor *m, uint32_t i, struct monitor_head *h,
                                     int64_t elapsed_ms)
{
    const bool red_and_green = (h->on & (RED | GREEN)) == (RED | GREEN);
    const bool yellow_and_green = (h->on & (YELLOW | GREEN)) == (YELLOW | GREEN);
    const bool can_be_dark = m->config->channel[i].lamp[LAMP_RED] < 0;
    h->dark_ms = h->on == 0 && !can_be_dark ? h->dark_ms + elapsed_ms : 0;
    h->dual_ms = red_and_green || yellow_and_green ? h->dual_ms + elapsed_ms : 0;
    h->yellow_ms += h->on == YELLOW ? elapsed_ms : 0;
    if (h->dark_ms >= m->config->red_fail_ms) {
        return MONITOR_RED_FAIL;
    }
    return h->dual_ms >= MONITOR_DUAL_MS ? MONITOR_DUAL : MONITOR_NO_FAULT;
}

/* A yellow is judged when it ends, and only if a green was before it: yellow after flash is
 * another's law. A green that goes out without any yellow is the shortest yellow of all. */
static enum monitor_fault head_changes(const struct monitor *m, uint32_t i, struct monitor_head *h,
                                       uint32_t on)
{
    const struct monitor_channel *c = &m->config->channel[i];
    const bool was_green = (h->on & GREEN) != 0;
    const bool ends_green = was_green && (on & GREEN) == 0;
    const bool has_yellow = c->lamp[LAMP_YELLOW] >= 0;
    if (ends_green) {
        h->yellow_ms = 0;
        h->yellow_ends_green = true;
    }
    const bool yellow_is_over = (on & YELLOW) == 0 || (on & RED) != 0;
    const bool judged = h->yellow_ends_green && yellow_is_over && on != 0;
    h->on = on;
    if (!judged) {
        return MONITOR_NO_FAULT;
    }
    h->yellow_ends_green = false;
    const bool is_short = has_yellow && h->yellow_ms < c->min_yellow_ms;
    return is_short ? MONITOR_SHORT_YELLOW : MONITOR_NO_FAULT;
}

static enum monitor_fault hold_against(struct monitor *m, int64_t elapsed_ms)
{
    if (conflict_lasts(m, elapsed_ms)) {
        return MONITOR_CONFLICT;
    }
    for (uint32_t i = 0; i < MONITOR_CHANNEL_MAX; i++) {
        if (!m->config->channel[i].is_used) {
            continue;
        }
        const enum monitor_fault fault = head_lasts(m, i, &m->head[i], elapsed_ms);
        if (fault != MONITOR_NO_FAULT) {
            m->channel_a = (int32_t)i + 1;
            m->channel_b = 0;
            return fault;
        }
    }
    return MONITOR_NO_FAULT;
}

enum monitor_fault monitor_see(struct monitor *m, const struct lamp_image *sensed, int64_t now_ms)
{
    const bool is_first = !m->is_judging;
    enum monitor_fault fault = MONITOR_NO_FAULT;
    if (!is_first && now_ms > m->seen_at_ms) {
        fault = hold_against(m, now_ms - m->seen_at_ms);
    }
    m->is_judging = true;
    m->seen_at_ms = now_ms;
    for (uint32_t i = 0; i < MONITOR_CHANNEL_MAX; i++) {
        const struct monitor_channel *c = &m->config->channel[i];
        if (!c->is_used) {
            continue;
        }
        const uint32_t on = lamps_lit(c, sensed);
        if (is_first) {
            m->head[i] = (struct monitor_head){ .on = on };
            continue;
        }
        const enum monitor_fault short_yellow = head_changes(m, i, &m->head[i], on);
        if (fault == MONITOR_NO_FAULT && short_yellow != MONITOR_NO_FAULT) {
            fault = short_yellow;
            m->channel_a = (int32_t)i + 1;
            m->channel_b = 0;
        }
    }
    return fault;
}

const char *monitor_fault_name(enum monitor_fault fault)
{
    switch (fault) {
    case MONITOR_NO_FAULT:
        return "none";
    case MONITOR_CONFLICT:
        return "conflict";
    case MONITOR_RED_FAIL:
        return "missing red";
    case MONITOR_SHORT_YELLOW:
        return "short yellow";
    case MONITOR_HEARTBEAT:
        return "heartbeat lost";
    case MONITOR_DUAL:
        return "dual indication";
    case MONITOR_COMMANDED:
        return "asked for by the controller";
    case MONITOR_FAULT_COUNT:
        break;
    }
    return "unknown";
}
