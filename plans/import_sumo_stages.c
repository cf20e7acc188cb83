/* From the programme of a traffic light to stages: which links are signalled, which phases are
 * stages and which only lead from one to the next, and what a programme that shows green to traffic
 * that meets is split into. */
#include <stdlib.h>
#include <string.h>

#include "import_sumo_parts.h"

static char letter_of(const struct import_light *l, int32_t phase, int32_t link)
{
    const char *state = l->net->phase[l->light->first_phase + phase].state;
    if ((size_t)link < strlen(state)) {
        return state[link];
    }
    return 'r';
}

static bool is_open(char letter)
{
    return letter == 'G' || letter == 'g';
}

static bool is_yellow(char letter)
{
    return letter == 'y' || letter == 'Y';
}

/* 'O' and 'o' are a light that is off: main road, and side road. */
static bool is_never_closed(char letter)
{
    return is_open(letter) || letter == 'O' || letter == 'o';
}

/* ---- links ---- */

static int32_t type_of(const struct import_light *l, const struct net_connection *c)
{
    if (net_edge_of(l->net, c->to_lane)->function == NET_CROSSING) {
        return SG_PEDESTRIAN;
    }
    switch ((enum net_use)l->net->lane[c->from_lane].use) {
    case NET_USE_BUS:
        return SG_BUS;
    case NET_USE_TRAM:
        return SG_TRAM;
    case NET_USE_CYCLE:
        return SG_CYCLE;
    case NET_USE_PEDESTRIAN:
        return SG_PEDESTRIAN;
    case NET_USE_CARS:
        break;
    }
    return SG_VEHICLE;
}

static bool add_connection(struct import_light *l, int32_t index, int32_t connection_ix)
{
    const struct net_connection *c = &l->net->connection[connection_ix];
    if (index < 0 || c->from_lane < 0 || c->to_lane < 0) {
        return true;
    }
    if (index >= SUMO_LINK_MAX) {
        return import_leave_out(l, "link %d: at most %d links can be driven", (int)index,
                                SUMO_LINK_MAX);
    }
    struct import_link *link = &l->link[index];
    if (link->connection_count >= LINK_CONNECTION_MAX) {
        return import_leave_out(l, "more than %d connections share link %d", LINK_CONNECTION_MAX,
                                (int)index);
    }
    if (link->connection_count == 0) {
        link->type = type_of(l, c);
        link->edge_ix =
            l->net->lane[link->type == SG_PEDESTRIAN ? c->to_lane : c->from_lane].edge_ix;
    }
    link->connection[link->connection_count++] = connection_ix;
    l->link_count = max_i32(l->link_count, index + 1);
    return true;
}

/* Everything of the network that hangs on this light. */
static bool collect_connections(struct import_light *l)
{
    for (int32_t i = 0; i < l->net->connection_count; i++) {
        const struct net_connection *c = &l->net->connection[i];
        if (c->light != NULL && strcmp(c->light, l->light->id) == 0 &&
            (!add_connection(l, c->link_index, i) || !add_connection(l, c->link_index2, i))) {
            return false;
        }
    }
    return l->link_count > 0 || import_leave_out(l, "no connection of the network is its own");
}

static bool phases_are_sound(struct import_light *l)
{
    for (int32_t p = 0; p < l->light->phase_count; p++) {
        const char *state = l->net->phase[l->light->first_phase + p].state;
        const size_t known = strspn(state, "GgyYrRsuoO");
        if (state[known] != '\0') {
            return import_leave_out(l, "phase %d has the unknown letter '%c'", (int)p,
                                    state[known]);
        }
        if ((int32_t)strlen(state) < l->link_count) {
            return import_leave_out(l, "phase %d has %d letters for %d links", (int)p,
                                    (int)strlen(state), (int)l->link_count);
        }
        l->link_count = max_i32(l->link_count, min_i32((int32_t)strlen(state), SUMO_LINK_MAX));
    }
    return l->light->phase_count > 0 || import_leave_out(l, "it has no phases");
}

/* Longest yellow of a link; phases may cut one yellow into several. */
static int32_t yellow_of(const struct import_light *l, int32_t link)
{
    int32_t most_ms = 0;
    int32_t run_ms = 0;
    for (int32_t p = 0; p < 2 * l->light->phase_count; p++) {
        const int32_t at = p % l->light->phase_count;
        run_ms = is_yellow(letter_of(l, at, link))
                     ? run_ms + l->net->phase[l->light->first_phase + at].duration_ms
                     : 0;
        most_ms = max_i32(most_ms, run_ms);
    }
    return most_ms;
}

static void judge_link(struct import_light *l, int32_t index)
{
    struct import_link *link = &l->link[index];
    bool opens = false;
    bool closes = false;
    bool stops = true;
    bool is_off = true;
    bool yields = true;
    for (int32_t p = 0; p < l->light->phase_count; p++) {
        const char letter = letter_of(l, p, index);
        opens = opens || is_open(letter);
        closes = closes || !is_never_closed(letter);
        stops = stops && (letter == 's' || is_open(letter) || is_yellow(letter));
        is_off = is_off && letter == 's';
        yields = yields && (letter == 'g' || letter == 'o');
    }
    link->stops_on_red = stops;
    link->yellow_ms = yellow_of(l, index);
    link->is_signalled = opens && closes && link->connection_count > 0;
    link->sg_ix = is_off ? SUMO_CONST_OFF : closes ? SUMO_CONST_RED : SUMO_CONST_GREEN;
    if (!closes && yields) {
        l->map.yields[index / 32] |= bit32((uint32_t)index % 32);
    }
    if (!opens && closes && !is_off && link->connection_count > 0) {
        import_note(l, IMPORT_WARNING, "link %d is never green: it stays red", (int)index);
    }
}

static void relate(struct import_light *l, int32_t a, int32_t b)
{
    const struct sumo_net *net = l->net;
    bool is_merge = true;
    for (int32_t i = 0; i < l->link[a].connection_count; i++) {
        for (int32_t k = 0; k < l->link[b].connection_count; k++) {
            const struct net_connection *ca = &net->connection[l->link[a].connection[i]];
            const struct net_connection *cb = &net->connection[l->link[b].connection[k]];
            if (!sumo_net_foes(net, ca, cb)) {
                continue;
            }
            link_add(&l->foes[a], b);
            is_merge = is_merge && ca->to_lane == cb->to_lane;
            if (sumo_net_yields(net, ca, cb)) {
                link_add(&l->gives_way[a], b);
            }
        }
    }
    if (is_merge && link_in(&l->foes[a], b)) {
        link_add(&l->merges[a], b);
    }
}

bool import_links(struct import_light *l)
{
    if (!collect_connections(l) || !phases_are_sound(l)) {
        return false;
    }
    int32_t signalled = 0;
    for (int32_t i = 0; i < l->link_count; i++) {
        judge_link(l, i);
        signalled += l->link[i].is_signalled ? 1 : 0;
        for (int32_t k = 0; k < l->link_count; k++) {
            if (i != k) {
                relate(l, i, k);
            }
        }
    }
    return signalled > 0 || import_leave_out(l, "none of its links opens and closes");
}

/* ---- stages ---- */

/* Links that a phase opens, of those that are signalled. */
static struct import_stage stage_of(const struct import_light *l, int32_t phase)
{
    struct import_stage s;
    memset(&s, 0, sizeof s);
    s.max_ms = l->net->phase[l->light->first_phase + phase].max_ms;
    for (int32_t i = 0; i < l->link_count; i++) {
        const char letter = letter_of(l, phase, i);
        if (l->link[i].is_signalled && is_open(letter)) {
            link_add(&s.open, i);
            if (letter == 'g') {
                link_add(&s.minor, i);
            }
        }
    }
    return s;
}

static bool set_is_empty(const struct link_set *a)
{
    const struct link_set none = { { 0 } };
    return memcmp(a, &none, sizeof none) == 0;
}

/* Some link shows yellow or is about to open: the phase leads from one stage to the next. */
static bool has_yellow(const struct import_light *l, int32_t phase)
{
    for (int32_t i = 0; i < l->link_count; i++) {
        const char letter = letter_of(l, phase, i);
        if (l->link[i].is_signalled && (is_yellow(letter) || letter == 'u')) {
            return true;
        }
    }
    return false;
}

/* A phase in which nothing changed but that people on foot were stopped: they clear the crossing
 * while the traffic beside them goes on. */
static bool is_clearance(const struct import_light *l, int32_t phase)
{
    const int32_t before = (phase + l->light->phase_count - 1) % l->light->phase_count;
    const struct import_stage a = stage_of(l, before);
    const struct import_stage b = stage_of(l, phase);
    bool has_closed = false;
    for (int32_t i = 0; i < l->link_count; i++) {
        const bool was = link_in(&a.open, i);
        const bool is = link_in(&b.open, i);
        if ((is && !was) || (was && !is && l->link[i].type != SG_PEDESTRIAN)) {
            return false;
        }
        has_closed = has_closed || was != is;
    }
    return has_closed;
}

static bool is_stage(const struct import_light *l, int32_t phase)
{
    const struct import_stage s = stage_of(l, phase);
    return !set_is_empty(&s.open) && !has_yellow(l, phase) && !is_clearance(l, phase);
}

/* Two that meet, both with right of way: nobody would yield. Merging into one lane is left to the
 * drivers, as SUMO does. */
static bool is_hard(const struct import_light *l, const struct import_stage *s, int32_t a,
                    int32_t b)
{
    return link_in(&l->foes[a], b) && !link_in(&l->merges[a], b) && !link_in(&s->minor, a) &&
           !link_in(&s->minor, b);
}

static bool fits(const struct import_light *l, const struct import_stage *s,
                 const struct link_set *among, int32_t link)
{
    for (int32_t i = 0; i < l->link_count; i++) {
        if (i != link && link_in(among, i) && is_hard(l, s, i, link)) {
            return false;
        }
    }
    return true;
}

/* Part of a stage without conflict: first the links that no part has had, then all that fit
 * besides. False: nothing is left. */
static bool take_part(const struct import_light *l, const struct import_stage *s,
                      struct link_set *had, struct import_stage *part)
{
    *part = *s;
    memset(&part->open, 0, sizeof part->open);
    bool has_new = false;
    for (int32_t round = 0; round < 2; round++) {
        for (int32_t i = 0; i < l->link_count; i++) {
            const bool is_wanted = round == 0 ? !link_in(had, i) : has_new;
            if (link_in(&s->open, i) && is_wanted && fits(l, s, &part->open, i)) {
                link_add(&part->open, i);
                has_new = has_new || round == 0;
            }
        }
    }
    for (int32_t i = 0; i < l->link_count; i++) {
        if (link_in(&part->open, i)) {
            link_add(had, i);
        } else {
            link_drop(&part->minor, i);
        }
    }
    return has_new;
}

/* The stage with these links, added if it is new; -1: too many. The same links once with and once
 * without right of way: the group cannot tell the two apart, so they yield. */
static int32_t stage_add(struct import_light *l, const struct import_stage *s)
{
    for (int32_t i = 0; i < l->stage_count; i++) {
        struct import_stage *old = &l->stage[i];
        if (memcmp(&old->open, &s->open, sizeof s->open) == 0) {
            for (int32_t w = 0; w < LINK_WORDS; w++) {
                old->minor.bits[w] |= s->minor.bits[w];
            }
            old->max_ms = max_i32(old->max_ms, s->max_ms);
            return i;
        }
    }
    if (l->stage_count == STAGE_MAX) {
        return -1;
    }
    l->stage[l->stage_count] = *s;
    return l->stage_count++;
}

static bool step_add(struct import_light *l, int32_t stage_ix, int32_t change_ms, int32_t green_ms)
{
    struct import_step *last = l->step_count > 0 ? &l->step[l->step_count - 1] : NULL;
    if (last != NULL && last->stage_ix == stage_ix) {
        last->green_ms += change_ms + green_ms;
        return true;
    }
    if (stage_ix < 0 || l->step_count == PATTERN_STEP_MAX) {
        return import_leave_out(l, "its programme has more than %d stages", STAGE_MAX);
    }
    const struct import_step step = { stage_ix, change_ms, green_ms };
    l->step[l->step_count++] = step;
    return true;
}

static void say_split(const struct import_light *l, const struct import_stage *s, int32_t phase,
                      int32_t parts)
{
    for (int32_t a = 0; a < l->link_count; a++) {
        for (int32_t b = a + 1; b < l->link_count; b++) {
            if (link_in(&s->open, a) && link_in(&s->open, b) && is_hard(l, s, a, b)) {
                import_note(l, IMPORT_REPAIRED,
                            "phase %d gives green to traffic that meets (links %d and %d): split "
                            "into %d stages",
                            (int)phase, (int)a, (int)b, (int)parts);
                return;
            }
        }
    }
}

static bool phase_add(struct import_light *l, int32_t phase, int32_t change_ms)
{
    const struct import_stage whole = stage_of(l, phase);
    const int32_t green_ms = l->net->phase[l->light->first_phase + phase].duration_ms;
    struct link_set had;
    struct import_stage part[LINK_WORDS * 4];
    int32_t count = 0;
    memset(&had, 0, sizeof had);
    while (count < LINK_WORDS * 4 && take_part(l, &whole, &had, &part[count])) {
        count++;
    }
    if (count > 1) {
        say_split(l, &whole, phase, count);
    }
    const int32_t each_ms = green_ms / max_i32(count, 1) / TICK_MS * TICK_MS;
    for (int32_t i = 0; i < count; i++) {
        const int32_t own_ms = i + 1 < count ? each_ms : green_ms - (count - 1) * each_ms;
        if (!step_add(l, stage_add(l, &part[i]), i == 0 ? change_ms : 0, own_ms)) {
            return false;
        }
    }
    return true;
}

/* Red for all between two stages, beyond the yellow. */
static int32_t all_red_of(const struct import_light *l)
{
    int32_t most_ms = 0;
    int32_t run_ms = 0;
    for (int32_t p = 0; p < l->light->phase_count; p++) {
        const struct import_stage s = stage_of(l, p);
        const bool is_red = set_is_empty(&s.open) && !has_yellow(l, p);
        run_ms = is_red ? run_ms + l->net->phase[l->light->first_phase + p].duration_ms : 0;
        most_ms = max_i32(most_ms, run_ms);
    }
    return most_ms;
}

/* The step that begins at the end of the cycle and the one that begins it may be one. */
static void join_ends(struct import_light *l)
{
    struct import_step *first = &l->step[0];
    const struct import_step *last = &l->step[l->step_count - 1];
    if (l->step_count > 1 && first->stage_ix == last->stage_ix) {
        first->change_ms += last->change_ms + last->green_ms;
        l->first_change_ms += last->change_ms + last->green_ms;
        l->step_count--;
    }
}

bool import_stages(struct import_light *l)
{
    int32_t change_ms = 0;
    for (int32_t p = 0; p < l->light->phase_count; p++) {
        if (!is_stage(l, p)) {
            change_ms += l->net->phase[l->light->first_phase + p].duration_ms;
        } else if (!phase_add(l, p, change_ms)) {
            return false;
        } else {
            change_ms = 0;
        }
    }
    if (l->step_count == 0) {
        return import_leave_out(l, "no phase is green without being yellow too");
    }
    /* What follows the last stage leads to the first one of the next cycle. */
    l->first_change_ms = change_ms;
    l->step[0].change_ms += change_ms;
    join_ends(l);
    l->all_red_ms = all_red_of(l);
    return l->stage_count > 1 ||
           import_leave_out(l, "its programme has one stage only: there is nothing to choose");
}
