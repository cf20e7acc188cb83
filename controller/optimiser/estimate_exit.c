#include "estimate_parts.h"

enum {
    NO_EXIT = 255,
    ZONE_MAX_CM = 6000,          /* as far as an exit zone sees */
    FULL_DS = 50,                /* a loop occupied this long has a standing queue on it */
    DRAINS_DEFAULT_PER_KS = 500, /* until observed: a lane at saturation */
    DRAINS_TIME_S = 60
};

void estimate_exit_init(struct estimate *e, const struct layout *l)
{
    for (int32_t m = 0; m < MOVEMENT_MAX; m++) {
        e->exit_of_movement[m] = NO_EXIT;
    }
    for (int32_t i = 0; i < l->lane_count; i++) {
        for (int32_t m = 0; m < l->lane[i].movement_count; m++) {
            const struct layout_movement *way = &l->lane[i].movement[m];
            if (way->exit_ix >= 0 && way->movement_ix >= 0 && way->movement_ix < MOVEMENT_MAX) {
                e->exit_of_movement[way->movement_ix] = (uint8_t)way->exit_ix;
            }
        }
    }
    for (int32_t x = 0; x < LAYOUT_EXIT_MAX; x++) {
        e->exit[x].occupied_ds = -1;
        e->exit[x].told_room = EXIT_ROOM_UNKNOWN;
        e->exit[x].drains_x256 = DRAINS_DEFAULT_PER_KS * 256;
    }
}

void estimate_exit_take(struct estimate *e, const struct neighbour_input *in, int32_t now_ds)
{
    if (in->ix >= MOVEMENT_MAX || e->exit_of_movement[in->ix] == NO_EXIT) {
        return;
    }
    struct estimate_exit *x = &e->exit[e->exit_of_movement[in->ix]];
    x->told_room = in->room_vehicles;
    x->told_ds = now_ds - in->age_ms / 100;
}

/* A departure goes to the exits of the movements that flow, by their shares. */
void estimate_exit_sent(const struct estimate_look *k)
{
    int32_t sum = 0;
    for (int32_t m = 0; m < k->lane->movement_count; m++) {
        const bool flows = (k->lane->movement[m].sg & k->e->flowing) != 0;
        sum += flows ? k->s->share_permille[m] : 0;
    }
    for (int32_t m = 0; sum > 0 && m < k->lane->movement_count; m++) {
        const struct layout_movement *way = &k->lane->movement[m];
        if (way->exit_ix >= 0 && (way->sg & k->e->flowing) != 0) {
            k->e->exit[way->exit_ix].sent_mveh += 1000 * k->s->share_permille[m] / sum;
        }
    }
}

bool estimate_exit_is_full(const struct estimate_look *k)
{
    for (int32_t m = 0; m < k->lane->movement_count; m++) {
        const int32_t exit_ix = k->lane->movement[m].exit_ix;
        if (exit_ix >= 0 && k->e->exit[exit_ix].is_full) {
            return true;
        }
    }
    return false;
}

/* Vehicles that fit into what the zone sees. */
static int32_t zone_places(const struct layout_exit *def)
{
    return max_i32(1, min_i32(def->length_cm, ZONE_MAX_CM) / JAM_SPACING_CM);
}

static void feed_one(struct estimate_exit *x, const struct layout_exit *def,
                     const struct detector_state *d, const struct detector_input *in,
                     int32_t now_ds, bool is_second)
{
    const bool is_trusted = d->health == DETECTOR_HEALTHY && d->force == DETECTOR_GIVE_BACK &&
                            in->quality == INPUT_GOOD;
    x->is_seen = is_trusted && in->has_zone;
    if (!is_trusted) {
        x->is_full = false;
        x->occupied_ds = -1;
        x->sent_mveh = 0;
        return;
    }
    if (in->has_zone) {
        if (is_second) {
            const int32_t out_mveh =
                max_i32(0, x->sent_mveh + (x->vehicles_then - in->zone_vehicles) * 1000);
            x->drains_x256 += (out_mveh * 256 - x->drains_x256) / DRAINS_TIME_S;
            x->sent_mveh = 0;
            x->vehicles_then = in->zone_vehicles;
        }
        x->vehicles = in->zone_vehicles;
        x->queued = in->zone_queued;
        const int32_t places = zone_places(def); /* long vehicles take more than theirs */
        x->is_full = in->zone_vehicles >= places - places / 6 &&
                     in->zone_queued + 1 >= in->zone_vehicles && in->zone_queued > 0;
        return;
    }
    if (!d->is_occupied || d->new_actuations > 0) {
        x->occupied_ds = -1;
    }
    if (d->is_occupied && x->occupied_ds < 0) {
        x->occupied_ds = now_ds;
    }
    x->is_full = d->is_occupied && now_ds - x->occupied_ds >= FULL_DS;
}

void estimate_exit_feed(struct estimate *e, const struct layout *l, const struct estimate_view *v,
                        int32_t now_ds)
{
    for (int32_t i = 0; i < l->exit_count; i++) {
        const int32_t ix = l->exit[i].detector_ix;
        if (ix >= 0) {
            feed_one(&e->exit[i], &l->exit[i], &v->detectors->d[ix], &v->in->detector[ix], now_ds,
                     now_ds % 10 == i % 10);
        }
    }
}

/* A queue that reaches into the zone fills everything beyond it; where all move, all is free. */
static int32_t zone_room(const struct estimate_exit *x, const struct layout_exit *def)
{
    const bool sees_all = def->length_cm <= ZONE_MAX_CM;
    const int32_t places = sees_all || x->queued > 0 ? zone_places(def) : def->storage_vehicles;
    return max_i32(0, min_i32(places, def->storage_vehicles) - x->vehicles);
}

void estimate_exit_fill(const struct estimate *e, const struct layout *l, int32_t now_ds,
                        struct snapshot *s)
{
    for (int32_t i = 0; i < l->exit_count; i++) {
        const struct estimate_exit *x = &e->exit[i];
        struct snapshot_exit *out = &s->exit[i];
        out->drains_per_ks = x->drains_x256 / 256;
        out->is_blocked = x->is_full;
        out->room_vehicles = EXIT_ROOM_UNKNOWN;
        if (x->is_seen) {
            out->room_vehicles = zone_room(x, &l->exit[i]);
        }
        if (x->is_full) {
            out->room_vehicles = 0;
        }
        const bool is_told = x->told_room >= 0 && now_ds - x->told_ds <= NEIGHBOUR_STALE_MS / 100;
        if (is_told && (out->room_vehicles < 0 || x->told_room < out->room_vehicles)) {
            out->room_vehicles = x->told_room;
        }
    }
}
