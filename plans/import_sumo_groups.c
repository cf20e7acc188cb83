/* From stages to signal groups, intergreens and timing plans. A group is what opens and closes
 * together and comes from one street, so that a turn can name whom it yields to. */
#include <stdio.h>
#include <string.h>

#include "defaults.h"
#include "import_sumo_parts.h"

enum {
    YELLOW_MISSING_MS = 3000, /* for a light that closes without yellow */
    MAX_GREEN_MS = 60000,     /* where the network names none */
    MAX_RED_MS = 180000,
    /* The gap is that of all lanes of a stage together. Mean delay on two grids of our own, one and
     * three lanes, with 1.5 s and 2.5 s: 55 and 75 s, 43 and 56 s. */
    PASSAGE_MS = 1500,
    CROSSING_MIN_CM = 300
};

/* ---- groups ---- */

static uint32_t stages_of(const struct import_light *l, int32_t link)
{
    uint32_t stages = 0;
    for (int32_t s = 0; s < l->stage_count; s++) {
        stages |= link_in(&l->stage[s].open, link) ? bit32((uint32_t)s) : 0;
    }
    return stages;
}

static bool is_of_group(const struct import_link *a, const struct import_link *b, bool by_street)
{
    return a->stages == b->stages && a->type == b->type && (!by_street || a->edge_ix == b->edge_ix);
}

/* Number of groups; every signalled link gets its own. */
static int32_t make_groups(struct import_light *l, bool by_street)
{
    int32_t first[SUMO_LINK_MAX];
    int32_t count = 0;
    for (int32_t i = 0; i < l->link_count; i++) {
        struct import_link *link = &l->link[i];
        if (!link->is_signalled) {
            continue;
        }
        link->sg_ix = -1;
        for (int32_t k = 0; k < count && link->sg_ix < 0; k++) {
            link->sg_ix = is_of_group(&l->link[first[k]], link, by_street) ? k : -1;
        }
        if (link->sg_ix < 0) {
            first[count] = i;
            link->sg_ix = count;
            count++;
        }
    }
    return count;
}

static void name_groups(struct import_light *l)
{
    struct plan *p = &l->plan;
    int32_t vehicles = 0;
    int32_t walkers = 0;
    for (int32_t g = 0; g < p->sg_count; g++) {
        for (int32_t i = 0; i < l->link_count; i++) {
            if (l->link[i].is_signalled && l->link[i].sg_ix == g) {
                p->safety.sg_type[g] = l->link[i].type;
            }
        }
        const bool is_ped = p->safety.sg_type[g] == SG_PEDESTRIAN;
        p->sg[g].phase_id = is_ped ? ++walkers : ++vehicles;
        (void)snprintf(p->sg[g].name, sizeof p->sg[g].name, "%c%d", is_ped ? 'P' : 'V',
                       (int)p->sg[g].phase_id);
    }
}

static double crossing_m(const struct import_light *l, const struct import_link *link)
{
    const struct net_connection *c = &l->net->connection[link->connection[0]];
    return l->net->lane[c->to_lane].length_m;
}

static int32_t yellow_needed_ms(const struct import_light *l, int32_t group)
{
    double speed_mps = 0;
    for (int32_t i = 0; i < l->link_count; i++) {
        const struct import_link *link = &l->link[i];
        for (int32_t k = 0;
             link->is_signalled && link->sg_ix == group && k < link->connection_count; k++) {
            const struct net_connection *c = &l->net->connection[link->connection[k]];
            const double here_mps = l->net->lane[c->from_lane].speed_mps;
            speed_mps = here_mps > speed_mps ? here_mps : speed_mps;
        }
    }
    const double kmh = speed_mps * 3.6;
    return kmh < 50.5 ? 3000 : kmh < 60.5 ? 4000 : 5000; /* as rule P040 wants it */
}

static void time_vehicles(struct import_light *l, int32_t g)
{
    struct safety *s = &l->plan.safety;
    const struct profile_limits *limits = defaults_limits(s->profile);
    int32_t own_ms = 0;
    for (int32_t i = 0; i < l->link_count; i++) {
        if (l->link[i].is_signalled && l->link[i].sg_ix == g) {
            own_ms = max_i32(own_ms, l->link[i].yellow_ms);
        }
    }
    if (own_ms == 0) {
        import_note(l, IMPORT_REPAIRED, "group %s closes without yellow: it gets %d s",
                    l->plan.sg[g].name, YELLOW_MISSING_MS / 1000);
        own_ms = YELLOW_MISSING_MS;
    }
    own_ms = l->options->yellow_ms >= 0 ? l->options->yellow_ms : own_ms;
    const int32_t least_ms = limits->yellow_fits_speed
                                 ? max_i32(limits->yellow_least_ms, yellow_needed_ms(l, g))
                                 : limits->yellow_least_ms;
    s->yellow_ms[g] = min_i32(max_i32(own_ms, least_ms), 10000);
    s->min_green_ms[g] = max_i32(l->options->min_green_ms, limits->green_least_ms);
    s->red_yellow_ms[g] = defaults_of(s->profile, s->sg_type[g])->red_yellow_ms;
    s->flash_aspect[g] = ASPECT_FLASH_YELLOW;
}

static void time_walkers(struct import_light *l, int32_t g)
{
    struct safety *s = &l->plan.safety;
    const struct profile_limits *limits = defaults_limits(s->profile);
    double length_m = 0;
    for (int32_t i = 0; i < l->link_count; i++) {
        if (l->link[i].is_signalled && l->link[i].sg_ix == g) {
            const double here_m = crossing_m(l, &l->link[i]);
            length_m = here_m > length_m ? here_m : length_m;
        }
    }
    const int32_t length_cm = min_i32(max_i32((int32_t)(length_m * 100), CROSSING_MIN_CM), 10000);
    l->ped_length_cm[g] = length_cm;
    s->ped_clear_ms[g] = (length_cm * 1000 / limits->walking_speed_cmps + 99) / 100 * 100;
    s->min_green_ms[g] = max_i32(l->options->min_green_ms, limits->walk_least_ms);
    s->flash_aspect[g] = ASPECT_DARK;
}

int32_t import_tail_ms(const struct plan *p, uint32_t sg_ix)
{
    return p->safety.sg_type[sg_ix] == SG_PEDESTRIAN ? p->safety.ped_clear_ms[sg_ix]
                                                     : p->safety.yellow_ms[sg_ix];
}

static void make_lamps(struct plan *p, int32_t g)
{
    for (int32_t lamp = 0; lamp < LAMP_COUNT; lamp++) {
        const bool is_there = lamp != LAMP_YELLOW || p->safety.sg_type[g] != SG_PEDESTRIAN;
        const int32_t output = is_there ? LAMP_COUNT * g + lamp : -1;
        p->safety.lamps.output[g][lamp] = output;
        p->safety.lamps.sensed[g][lamp] = output;
    }
}

/* ---- conflicts ---- */

static void mark_conflict(struct import_light *l, uint32_t a, uint32_t b)
{
    struct safety *s = &l->plan.safety;
    const int32_t all_red_ms = l->options->all_red_ms >= 0 ? l->options->all_red_ms : l->all_red_ms;
    const int32_t least_ms = import_tail_ms(&l->plan, a) + s->red_yellow_ms[b];
    s->intergreen_ms[a][b] = import_tail_ms(&l->plan, a) + all_red_ms;
    if (s->intergreen_ms[a][b] < least_ms) {
        s->intergreen_ms[a][b] = least_ms;
    }
}

static void make_matrix(struct import_light *l)
{
    struct plan *p = &l->plan;
    for (int32_t i = 0; i < l->link_count; i++) {
        for (int32_t k = 0; k < l->link_count; k++) {
            const struct import_link *a = &l->link[i];
            const struct import_link *b = &l->link[k];
            const bool meet = a->is_signalled && b->is_signalled && a->sg_ix != b->sg_ix &&
                              (link_in(&l->foes[i], k) || link_in(&l->foes[k], i));
            if (!meet) {
                continue;
            }
            mark_conflict(l, (uint32_t)a->sg_ix, (uint32_t)b->sg_ix);
            if ((a->stages & b->stages) != 0) {
                p->safety.permissive[a->sg_ix] =
                    (int32_t)((uint32_t)p->safety.permissive[a->sg_ix] | bit32((uint32_t)b->sg_ix));
            }
        }
    }
}

/* When does a link show 'g' instead of 'G'? Told by the groups that are open with it. */
static void map_yields(struct import_light *l, int32_t index)
{
    struct import_link *link = &l->link[index];
    sg_mask_t in_minor = 0;
    sg_mask_t in_major = 0;
    uint32_t minor_stages = 0;
    for (int32_t s = 0; s < l->stage_count; s++) {
        if ((link->stages & bit32((uint32_t)s)) == 0) {
            continue;
        }
        const bool is_minor = link_in(&l->stage[s].minor, index);
        minor_stages |= is_minor ? bit32((uint32_t)s) : 0;
        *(is_minor ? &in_minor : &in_major) |= l->plan.stage[s].sg;
    }
    bool is_told = true;
    for (int32_t s = 0; s < l->stage_count; s++) {
        const bool is_minor = (minor_stages & bit32((uint32_t)s)) != 0;
        is_told = is_told && (!is_minor || (l->plan.stage[s].sg & in_minor & ~in_major) != 0);
    }
    if (minor_stages == link->stages || !is_told) {
        l->map.yields[index / 32] |= bit32((uint32_t)index % 32);
    } else if (minor_stages != 0) {
        l->map.yields_with[index] = in_minor & ~in_major;
    }
}

static void make_map(struct import_light *l)
{
    (void)snprintf(l->map.light, sizeof l->map.light, "%s", l->light->id);
    l->map.link_count = l->link_count;
    for (int32_t i = 0; i < l->link_count; i++) {
        const struct import_link *link = &l->link[i];
        l->map.sg_of_link[i] = (int16_t)link->sg_ix;
        if (link->is_signalled) {
            map_yields(l, i);
        }
        if (link->is_signalled && link->stops_on_red) {
            l->map.red_is_stop[i / 32] |= bit32((uint32_t)i % 32);
        }
    }
}

bool import_groups(struct import_light *l)
{
    struct plan *p = &l->plan;
    for (int32_t i = 0; i < l->link_count; i++) {
        struct import_link *link = &l->link[i];
        link->stages = link->is_signalled ? stages_of(l, i) : 0;
        if (link->is_signalled && link->stages == 0) {
            import_note(l, IMPORT_WARNING,
                        "link %d is green only while another is yellow: it stays red", (int)i);
            link->is_signalled = false;
            link->sg_ix = SUMO_CONST_RED;
        }
    }
    p->sg_count = make_groups(l, true);
    if (p->sg_count > SG_MAX) {
        p->sg_count = make_groups(l, false);
    }
    if (p->sg_count > SG_MAX) {
        return import_leave_out(l, "it needs %d signal groups, at most %d can be", (int)p->sg_count,
                                SG_MAX);
    }
    p->safety.sg_count = p->sg_count;
    p->safety.profile = l->options->profile;
    for (int32_t a = 0; a < SG_MAX; a++) {
        for (int32_t b = 0; b < SG_MAX; b++) {
            p->safety.intergreen_ms[a][b] = NO_CONFLICT_MS;
        }
    }
    name_groups(l);
    for (int32_t g = 0; g < p->sg_count; g++) {
        if (p->safety.sg_type[g] == SG_PEDESTRIAN) {
            time_walkers(l, g);
        } else {
            time_vehicles(l, g);
        }
        make_lamps(p, g);
    }
    p->stage_count = l->stage_count;
    for (int32_t s = 0; s < l->stage_count; s++) {
        struct stage *stage = &p->stage[s];
        (void)snprintf(stage->name, sizeof stage->name, "S%d", (int)s + 1);
        stage->next = (UINT32_MAX >> (uint32_t)(32 - l->stage_count)) & ~bit32((uint32_t)s);
        stage->passage_ms = PASSAGE_MS;
        for (int32_t i = 0; i < l->link_count; i++) {
            stage->sg |= link_in(&l->stage[s].open, i) && l->link[i].is_signalled
                             ? bit32((uint32_t)l->link[i].sg_ix)
                             : 0;
        }
    }
    make_matrix(l);
    make_map(l);
    return true;
}

/* ---- timing ---- */

/* From the wish to end a to the green of b. */
static int32_t change_ms(const struct plan *p, uint32_t a, uint32_t b)
{
    const int32_t tail_ms = import_tail_ms(p, a) + p->safety.red_yellow_ms[b];
    const int32_t least_ms = safety_conflict(&p->safety, a, b) ? tail_ms : 0;
    return max_i32(p->safety.intergreen_ms[a][b], least_ms);
}

/* How long step k must be so that each group that opens in it has its minimum green: all that
 * closed before may still hold it back. */
static int32_t least_ms(const struct import_light *l, const int32_t *duration_ms, int32_t k)
{
    const struct plan *p = &l->plan;
    const sg_mask_t open = p->stage[l->step[k].stage_ix].sg;
    int32_t most_ms = 0;
    int32_t ago_ms = 0; /* since the step after `then` began */
    sg_mask_t later = open;
    for (int32_t back = 1; back < l->step_count && back <= 4; back++) {
        const int32_t at = (k + l->step_count - back) % l->step_count;
        const sg_mask_t then = p->stage[l->step[at].stage_ix].sg;
        for (uint32_t ended = then & ~later; ended != 0; ended &= ended - 1) {
            const uint32_t a = lowest_bit(ended);
            for (uint32_t left = open; left != 0; left &= left - 1) {
                const uint32_t b = lowest_bit(left);
                const bool opens =
                    (p->stage[l->step[(k + l->step_count - 1) % l->step_count].stage_ix].sg &
                     bit32(b)) == 0;
                if (opens && p->safety.intergreen_ms[a][b] >= 0) {
                    most_ms =
                        max_i32(most_ms, change_ms(p, a, b) - ago_ms + p->safety.min_green_ms[b]);
                }
            }
        }
        later |= then;
        ago_ms += duration_ms[at];
    }
    for (uint32_t left = open; left != 0; left &= left - 1) {
        most_ms = max_i32(most_ms, p->safety.min_green_ms[lowest_bit(left)]);
    }
    return most_ms;
}

static int32_t green_least_ms(const struct plan *p, int32_t stage_ix)
{
    int32_t most_ms = 0;
    for (uint32_t left = p->stage[stage_ix].sg; left != 0; left &= left - 1) {
        most_ms = max_i32(most_ms, p->safety.min_green_ms[lowest_bit(left)]);
    }
    return most_ms;
}

static void fill_free(const struct import_light *l, struct pattern *pt, int32_t id,
                      int32_t strategy, const char *name)
{
    (void)snprintf(pt->name, sizeof pt->name, "%s", name);
    pt->pattern_id = id;
    pt->strategy = strategy;
    for (int32_t s = 0; s < l->stage_count; s++) {
        struct pattern_step *step = &pt->step[pt->step_count++];
        step->stage_ix = s;
        step->min_ms = green_least_ms(&l->plan, s);
        step->max_ms = l->stage[s].max_ms > step->min_ms ? l->stage[s].max_ms : MAX_GREEN_MS;
        step->max_ms = min_i32(max_i32(step->max_ms, 2 * step->min_ms), 600000);
    }
}

/* SUMO begins the programme at its offset; our cycle begins with the change before that green. */
static int32_t offset_ms(const struct import_light *l, int32_t cycle_ms)
{
    REQUIRE(cycle_ms > 0);
    const int64_t offset = (int64_t)l->first_change_ms - l->light->offset_ms;
    const int64_t rest = offset % cycle_ms;
    return (int32_t)(rest < 0 ? rest + cycle_ms : rest);
}

static bool fill_programme(struct import_light *l, struct pattern *pt)
{
    int32_t duration_ms[PATTERN_STEP_MAX];
    int32_t cycle_ms = 0;
    int32_t was_ms = 0;
    (void)snprintf(pt->name, sizeof pt->name, "programme");
    pt->pattern_id = 1;
    pt->strategy = STRATEGY_FIXED;
    for (int32_t k = 0; k < l->step_count; k++) {
        duration_ms[k] = l->step[k].change_ms + l->step[k].green_ms;
        was_ms += duration_ms[k];
    }
    for (int32_t k = 0; k < l->step_count; k++) {
        duration_ms[k] = max_i32(duration_ms[k], least_ms(l, duration_ms, k));
        cycle_ms += duration_ms[k];
        pt->step[k].stage_ix = l->step[k].stage_ix;
        pt->step[k].duration_ms = duration_ms[k];
        pt->step[k].min_ms = green_least_ms(&l->plan, l->step[k].stage_ix);
        pt->step[k].max_ms = max_i32(duration_ms[k], pt->step[k].min_ms);
    }
    if (cycle_ms > was_ms) {
        import_note(l, IMPORT_REPAIRED,
                    "the programme is too short for its minimum greens and intergreens: a cycle "
                    "of %d.%d s instead of %d.%d s",
                    (int)(cycle_ms / 1000), (int)(cycle_ms % 1000 / 100), (int)(was_ms / 1000),
                    (int)(was_ms % 1000 / 100));
    }
    if (cycle_ms > 600000) {
        return import_leave_out(l, "its cycle of %d s is above 600 s", (int)(cycle_ms / 1000));
    }
    pt->step_count = l->step_count;
    pt->cycle_ms = cycle_ms;
    pt->offset_ms = offset_ms(l, cycle_ms);
    for (int32_t g = 0; g < l->plan.sg_count; g++) {
        l->plan.safety.max_red_ms[g] = max_i32(MAX_RED_MS, (cycle_ms + 59999) / 10000 * 10000);
    }
    return true;
}

bool import_timing(struct import_light *l)
{
    struct plan *p = &l->plan;
    const struct profile_limits *limits = defaults_limits(p->safety.profile);
    p->safety.startup_flash_ms = limits->flash_least_ms;
    p->safety.startup_yellow_ms = limits->startup_yellow_least_ms;
    for (int32_t a = 0; a < p->sg_count; a++) {
        for (int32_t b = 0; b < p->sg_count; b++) {
            p->safety.startup_all_red_ms =
                max_i32(p->safety.startup_all_red_ms, p->safety.intergreen_ms[a][b]);
        }
    }
    p->pattern_count = 3;
    if (!fill_programme(l, &p->pattern[0])) {
        return false;
    }
    fill_free(l, &p->pattern[1], 2, STRATEGY_ACTUATED, "actuated");
    fill_free(l, &p->pattern[2], 3, STRATEGY_ADAPTIVE, "adaptive");
    return true;
}
