/* Plans exchanged in a running unit: loaded and freed by the main thread, offered and given back
 * by the tick, one at a time for each junction. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "show.h"
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
    if (junction_offer_plan(&slot->junction, &o->next->plan) == STATUS_OK) {
        atomic_store_explicit(&o->state, OFFER_WAITS, memory_order_relaxed);
        return;
    }
    event_add_detail(events, EVENT_PLAN_REFUSED, 0, (int32_t)(uint32_t)o->next->plan.plan_hash);
    atomic_store_explicit(&o->state, OFFER_RETURNED, memory_order_release);
}

void offer_settle(struct slot *slot)
{
    struct offer *o = &slot->offer;
    if (atomic_load_explicit(&o->state, memory_order_relaxed) != OFFER_WAITS ||
        slot->junction.plan != &o->next->plan) {
        return;
    }
    struct offered *const old = o->in_force;
    o->in_force = o->next;
    o->next = old;
    slot->plan_text = o->in_force->text;
    atomic_store_explicit(&o->state, OFFER_RETURNED, memory_order_release);
}

/* Main thread. */

static void offered_free(struct offered *offered)
{
    if (offered != NULL) {
        free(offered->text);
        free(offered);
    }
}

void offer_finish(struct offer *offer)
{
    offered_free(offer->next);
    offered_free(offer->in_force);
}

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
        offered_free(o->next);
        o->next = NULL;
        atomic_store_explicit(&o->state, OFFER_NONE, memory_order_relaxed);
    }
    return atomic_load_explicit(&o->state, memory_order_relaxed) == OFFER_NONE;
}

static bool is_same_link(const struct site_link *a, const struct site_link *b)
{
    return a->kind == b->kind && a->duty == b->duty && strcmp(a->host, b->host) == 0 &&
           a->port == b->port && a->unit == b->unit && a->baud == b->baud &&
           a->parity == b->parity && a->poll_ms == b->poll_ms && a->timeout_ms == b->timeout_ms &&
           a->max_registers == b->max_registers && a->stale_ms == b->stale_ms;
}

static bool is_same_point(const struct site_point *a, const struct site_point *b)
{
    return a->link_ix == b->link_ix && a->detector_ix == b->detector_ix && a->use == b->use &&
           a->area == b->area && a->address == b->address && a->bit == b->bit &&
           a->is_inverted == b->is_inverted && a->words == b->words && a->order == b->order;
}

static bool is_same_camera(const struct site_camera *a, const struct site_camera *b)
{
    return a->detector_ix == b->detector_ix && a->max_age_ms == b->max_age_ms &&
           a->format == b->format && strcmp(a->topic, b->topic) == 0 &&
           strcmp(a->zone, b->zone) == 0 && strcmp(a->label, b->label) == 0;
}

/* Field by field, because padding is nobody's. */
static bool is_same_site(const struct site *a, const struct site *b)
{
    bool is_same = a->link_count == b->link_count && a->cabinet_link_ix == b->cabinet_link_ix &&
                   a->point_count == b->point_count && a->camera_count == b->camera_count &&
                   memcmp(a->cabinet_input, b->cabinet_input, sizeof a->cabinet_input) == 0;
    for (int32_t i = 0; is_same && i < a->link_count; i++) {
        is_same = is_same_link(&a->link[i], &b->link[i]);
    }
    for (int32_t i = 0; is_same && i < a->point_count; i++) {
        is_same = is_same_point(&a->point[i], &b->point[i]);
    }
    for (int32_t i = 0; is_same && i < a->camera_count; i++) {
        is_same = is_same_camera(&a->camera[i], &b->camera[i]);
    }
    return is_same;
}

/* Only asked while the offer is the main thread's. */
static uint64_t hash_in_force(const struct slot *slot)
{
    const struct offered *o = slot->offer.in_force;
    return o != NULL ? o->plan.plan_hash : slot->source->plan->plan_hash;
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
    if (!is_same_site(&l->site, slot->source->site)) {
        say(u, LOG_WARNING, slot, "site.yaml has changed: its part needs a restart");
    }
    return true;
}

static bool offer_new(const struct unit *u, struct slot *slot, const struct plan *plan)
{
    struct offered *next = malloc(sizeof *next);
    if (next == NULL) {
        say(u, LOG_ERR, slot, "refused: no memory");
        return false;
    }
    next->plan = *plan;
    next->text = slot->source->plan_text != NULL ? show_plan_text(plan, slot->source->site) : NULL;
    slot->offer.next = next;
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
    if (l->plan.plan_hash == hash_in_force(slot)) {
        say(u, LOG_NOTICE, slot, "nothing has changed");
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
