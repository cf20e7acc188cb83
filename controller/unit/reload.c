/* Plans exchanged in a running unit: loaded and freed by the main thread, offered and given back by the
 * tick, one at a time for each junction. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "unit_inner.h"

/* Tick thread. */

void offer_bring(struct slot *slot, struct event_list *events)
{
    struct offer *o = &slot->offer;
    const uint32_t refused = atomic_load_explicit(&o->refused, memory_order_relaxed);
    for (; o->refused_told != refused; o->refused_told++) {
        event_add(events, EVENT_PLAN_REFUSED, 0);
    }
    if (atomic_load_explicit(&o->state, memory_order_acquire) != OFFER_MADE) {
        return;
    }
    if (junction_offer_plan(&slot->junction, o->plan) == STATUS_OK) {
        atomic_store_explicit(&o->state, OFFER_WAITS, memory_order_relaxed);
        return;
    }
    event_add_detail(events, EVENT_PLAN_REFUSED, 0, (int32_t)(uint32_t)o->plan->plan_hash);
    atomic_store_explicit(&o->state, OFFER_RETURNED, memory_order_release);
}

void offer_settle(struct slot *slot)
{
    struct offer *o = &slot->offer;
    if (atomic_load_explicit(&o->state, memory_order_relaxed) != OFFER_WAITS ||
        slot->junction.plan != o->plan) {
        return;
    }
    struct plan *const old = o->owned;
    o->owned = o->plan;
    o->plan = old;
    atomic_store_explicit(&o->state, OFFER_RETURNED, memory_order_release);
}

/* Main thread. */

struct loaded { /* room for one directory, too large for a stack */
    struct plan plan;
    struct site site;
    struct diag diag;
};

static void say(const struct unit *u, int priority, const struct slot *slot, const char *what)
{
    char line[PATH_MAX_BYTES + DIAG_TEXT_BYTES];
    (void)snprintf(line, sizeof line, "reload: %s: %s", slot->source->directory, what);
    u->world->log(u->world->self, priority, line);
}

static void say_findings(const struct unit *u, const struct diag *diag)
{
    for (uint32_t i = 0; i < diag->count && i < DIAG_MAX; i++) {
        const struct diag_item *item = &diag->item[i];
        char line[DIAG_FILE_BYTES + DIAG_TEXT_BYTES + 64];
        (void)snprintf(line, sizeof line, "reload: %s:%d:%d: %s [P%03d]", item->file, item->line,
                       item->column, item->text, item->rule);
        u->world->log(u->world->self, item->level == DIAG_ERROR ? LOG_ERR : LOG_WARNING, line);
    }
}

static bool is_free(struct offer *o)
{
    if (atomic_load_explicit(&o->state, memory_order_acquire) == OFFER_RETURNED) {
        free(o->plan);
        o->plan = NULL;
        atomic_store_explicit(&o->state, OFFER_NONE, memory_order_relaxed);
    }
    return atomic_load_explicit(&o->state, memory_order_relaxed) == OFFER_NONE;
}

static bool is_offerable(const struct unit *u, const struct slot *slot, const struct loaded *l)
{
    /* Only the safety file's owner is read here: it never changes while the unit lives. */
    if (l->plan.safety_hash != slot->source->plan->safety_hash) {
        say(u, LOG_ERR, slot,
            "refused: safety.yaml has changed, which needs a restart through start-up; "
            "the old plan goes on");
        return false;
    }
    if (memcmp(&l->site, slot->source->site, sizeof l->site) != 0) {
        say(u, LOG_WARNING, slot, "site.yaml has changed: its part needs a restart");
    }
    return true;
}

static bool offer_new(const struct unit *u, struct slot *slot, const struct plan *plan)
{
    struct plan *copy = malloc(sizeof *copy);
    if (copy == NULL) {
        say(u, LOG_ERR, slot, "refused: no memory");
        return false;
    }
    *copy = *plan;
    slot->offer.plan = copy;
    atomic_store_explicit(&slot->offer.state, OFFER_MADE, memory_order_release);
    say(u, LOG_NOTICE, slot, "the new plan takes over at the next safe point");
    return true;
}

static bool reload_one(struct unit *u, struct slot *slot, unit_loader *load, struct loaded *l)
{
    if (!is_free(&slot->offer)) {
        say(u, LOG_ERR, slot, "refused: the last plan offered still waits for a safe point");
        return false;
    }
    memset(l, 0, sizeof *l);
    const enum status status = load(slot->source->directory, &l->plan, &l->site, &l->diag);
    say_findings(u, &l->diag);
    if (status != STATUS_OK) {
        atomic_fetch_add_explicit(&slot->offer.refused, 1, memory_order_relaxed);
        say(u, LOG_ERR, slot, "refused: its files have errors; the old plan goes on");
        return false;
    }
    if (!is_offerable(u, slot, l)) {
        atomic_fetch_add_explicit(&slot->offer.refused, 1, memory_order_relaxed);
        return false;
    }
    return offer_new(u, slot, &l->plan);
}

uint32_t unit_reload(struct unit *unit, unit_loader *load)
{
    struct loaded *l = malloc(sizeof *l);
    if (l == NULL) {
        unit->world->log(unit->world->self, LOG_ERR, "reload: refused: no memory");
        return 0;
    }
    uint32_t offered = 0;
    for (uint32_t i = 0; i < unit->count; i++) {
        offered += reload_one(unit, &unit->slot[i], load, l) ? 1 : 0;
    }
    free(l);
    return offered;
}
