#include "mode.h"

/* Flash is reached from anywhere and left by start-up alone. */
static const bool may_change[MODE_COUNT][MODE_COUNT] = {
    [MODE_STARTUP] = { [MODE_NORMAL] = true, [MODE_FLASH] = true },
    [MODE_NORMAL] = { [MODE_MANUAL] = true, [MODE_PREEMPT] = true, [MODE_FLASH] = true },
    [MODE_MANUAL] = { [MODE_NORMAL] = true, [MODE_PREEMPT] = true, [MODE_FLASH] = true },
    [MODE_PREEMPT] = { [MODE_NORMAL] = true, [MODE_MANUAL] = true, [MODE_FLASH] = true },
    [MODE_FLASH] = { [MODE_STARTUP] = true },
};
_Static_assert(MODE_COUNT == 5, "a new mode needs a row here and in test_mode.c");

bool mode_may_change(enum mode from, enum mode to)
{
    return may_change[from][to];
}

void mode_init(struct mode_state *m)
{
    *m = (struct mode_state){ .mode = MODE_FLASH,
                              .reason = REASON_BOOT,
                              .strategy = STRATEGY_FLASH,
                              .strategy_reason = REASON_BOOT,
                              .scheduled = STRATEGY_FLASH,
                              .ceiling = STRATEGY_ADAPTIVE };
}

/* Values of unitFlashStatus (NTCIP 1202 v03, 5.4.6): what kind of flash it is. */
static uint32_t flash_status(enum reason reason)
{
    enum { OTHER = 1, AUTOMATIC = 3, LOCAL_MANUAL = 4, FAULT_MONITOR = 5, MMU = 6, STARTUP = 7 };
    if (reason == REASON_BOOT) {
        return STARTUP;
    }
    if (reason == REASON_SCHEDULE || reason == REASON_COMMAND) {
        return AUTOMATIC;
    }
    if (reason == REASON_LOCAL_CONTROL) {
        return LOCAL_MANUAL;
    }
    if (reason == REASON_MONITOR) {
        return MMU;
    }
    return reason == REASON_GUARD ? FAULT_MONITOR : OTHER;
}

void mode_change(struct mode_state *m, enum mode to, enum reason reason, wall_t wall,
                 struct event_list *events)
{
    REQUIRE(mode_may_change((enum mode)m->mode, to));
    m->mode = (int32_t)to;
    m->reason = (int32_t)reason;
    m->step_ms = 0;
    event_add_detail(events, EVENT_MODE, (uint32_t)to, (int32_t)reason);
    if (to == MODE_STARTUP) {
        m->startup = STARTUP_FLASH;
    }
    if (to == MODE_FLASH) {
        m->last_fault = (int32_t)reason;
        m->last_fault_at = wall;
        event_add(events, EVENT_FLASH, flash_status(reason));
    }
}

static int32_t startup_time_ms(const struct mode_state *m, const struct safety *s)
{
    if (m->startup == STARTUP_FLASH) {
        return s->startup_flash_ms;
    }
    return m->startup == STARTUP_YELLOW ? s->startup_yellow_ms : s->startup_all_red_ms;
}

bool mode_step_startup(struct mode_state *m, const struct safety *s, const struct tick *t)
{
    REQUIRE(m->mode == MODE_STARTUP && t->advances);
    if (m->step_ms == 0) {
        m->step_at = t->confirmed_at;
    }
    m->step_ms = age_add_ms(m->step_ms, TICK_MS);
    const int32_t time_ms = startup_time_ms(m, s);
    if (m->step_ms < time_ms || mono_since_ms(t->now, m->step_at) < time_ms) {
        return false;
    }
    m->startup++;
    if (m->startup == STARTUP_YELLOW && s->startup_yellow_ms == 0) {
        m->startup++;
    }
    m->step_ms = 0;
    return true;
}

/* The highest rung that the present faults allow, and why not higher. */
static int32_t allowed_rung(const struct mode_state *m, const struct ladder_view *v,
                            enum reason *reason)
{
    if (v->starved) {
        /* Actuation starves somebody: the clock may not. If the clock does, too, nobody is served
         * well. */
        const bool clock_starves = m->strategy == STRATEGY_FIXED || m->ceiling < STRATEGY_FIXED;
        *reason = REASON_CYCLE_FAULT;
        return clock_starves ? STRATEGY_FLASH : STRATEGY_FIXED;
    }
    if (v->detectors_failed) {
        *reason = REASON_DETECTORS_FAILED;
        return STRATEGY_FIXED;
    }
    const bool is_adaptive = v->asked == STRATEGY_ADAPTIVE;
    if (is_adaptive && v->adaptive_fault != REASON_NONE &&
        v->adaptive_fault != REASON_UNAVAILABLE) {
        *reason = (enum reason)v->adaptive_fault;
        return STRATEGY_ACTUATED;
    }
    if (!is_adaptive && !v->wall_is_synced) {
        *reason = REASON_CLOCK_UNSYNCED; /* rule RT-5: no trust in civil time, so no coordination */
        return STRATEGY_ACTUATED;
    }
    *reason = REASON_RECOVERED;
    return STRATEGY_ADAPTIVE;
}

static void move_ceiling(struct mode_state *m, const struct plan *p, const struct ladder_view *v,
                         const struct tick *t)
{
    enum reason reason = REASON_NONE;
    const int32_t rung = allowed_rung(m, v, &reason);
    if (rung <= m->ceiling) {
        if (rung < m->ceiling) {
            m->last_fault = (int32_t)reason;
            m->last_fault_at = t->wall;
        }
        m->ceiling = rung;
        m->healthy_ms = 0;
        return;
    }
    m->healthy_ms = age_add_ms(m->healthy_ms, TICK_MS);
    if (m->healthy_ms >= p->ladder.step_up_ms) {
        m->ceiling = rung;
        m->healthy_ms = 0;
    }
}

/* What runs when asked is asked for and nothing above ceiling is allowed. */
static int32_t strategy_under(const struct ladder_view *v, int32_t ceiling)
{
    if (v->asked == STRATEGY_FLASH || v->asked == STRATEGY_ALL_RED) {
        return v->asked;
    }
    /* No fault that could heal: there is nothing to coordinate by, nothing to optimise. */
    const bool is_beyond =
        (v->asked == STRATEGY_COORDINATED && !v->can_coordinate) ||
        (v->asked == STRATEGY_ADAPTIVE && v->adaptive_fault == REASON_UNAVAILABLE);
    return min_i32(is_beyond ? (int32_t)STRATEGY_ACTUATED : v->asked, ceiling);
}

static int32_t strategy_reason(const struct mode_state *m, const struct ladder_view *v,
                               int32_t strategy)
{
    if (strategy == v->asked) {
        const bool came_up =
            m->strategy < strategy && m->scheduled == v->asked && m->strategy != STRATEGY_FLASH;
        return came_up ? (int32_t)REASON_RECOVERED : v->asked_reason;
    }
    const bool ceiling_is_why = m->ceiling < STRATEGY_ADAPTIVE && m->ceiling <= strategy;
    return ceiling_is_why ? m->last_fault : (int32_t)REASON_UNAVAILABLE;
}

void mode_choose_strategy(struct mode_state *m, const struct plan *p, const struct ladder_view *v,
                          const struct tick *t, struct event_list *events)
{
    move_ceiling(m, p, v, t);
    const int32_t strategy = strategy_under(v, m->ceiling);
    const bool asked_otherwise = v->asked != m->scheduled;
    if (strategy == m->strategy && !asked_otherwise) {
        return;
    }
    const int32_t reason = strategy_reason(m, v, strategy);
    const bool is_told = strategy == m->strategy && reason == m->strategy_reason;
    m->scheduled = v->asked;
    m->strategy = strategy;
    m->strategy_reason = reason;
    if (!is_told) {
        event_add_detail(events, EVENT_STRATEGY, (uint32_t)strategy, reason);
    }
}
