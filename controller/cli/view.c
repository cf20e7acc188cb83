#include "view.h"

#include <string.h>

#include "coord.h"
#include "detector.h"
#include "lease.h"
#include "words.h"

enum { NAME_COLUMNS = 18, SHORT_COLUMNS = 5, DETECTORS_A_ROW = 16, GROUPS_A_ROW = 5 };

static const char *dot(const struct page *p)
{
    return p->has_unicode ? "·" : ".";
}

/* Which lamps make an aspect; small letters flash. */
static const char *lamps_of(int32_t aspect)
{
    static const char *const lamps[ASPECT_COUNT] = {
        [ASPECT_DARK] = "   ",         [ASPECT_RED] = "R  ",         [ASPECT_RED_YELLOW] = "RY ",
        [ASPECT_GREEN] = "  G",        [ASPECT_GREEN_FLASH] = "  g", [ASPECT_YELLOW] = " Y ",
        [ASPECT_FLASH_YELLOW] = " y ", [ASPECT_FLASH_RED] = "r  ",   [ASPECT_PED_CLEAR] = "  g",
        [ASPECT_UNKNOWN] = "???",
    };
    return aspect >= 0 && aspect < ASPECT_COUNT ? lamps[aspect] : "???";
}

static enum page_colour colour_of(char lamp)
{
    switch (lamp) {
    case 'R':
    case 'r':
        return PAGE_RED;
    case 'Y':
    case 'y':
        return PAGE_YELLOW;
    case 'G':
    case 'g':
        return PAGE_GREEN;
    default:
        return PAGE_DIM;
    }
}

static void add_lamps(struct page *p, int32_t aspect)
{
    for (const char *lamp = lamps_of(aspect); *lamp != '\0'; lamp++) {
        if (*lamp == ' ') {
            page_add_in(p, PAGE_DIM, "%s", dot(p));
        } else {
            page_add_in(p, colour_of(*lamp), "%c", *lamp);
        }
    }
}

static void add_title(struct page *p, const struct wire_status *s)
{
    page_add_in(p, PAGE_BOLD, "%s", s->name);
    if (s->node[0] != '\0') {
        page_add(p, "  %s", s->node);
    }
    page_add(p, "   ");
    page_add_wall(p, s->wall, s->utc_offset_s, true);
    page_add(p, " UTC%c%d:%02d", s->utc_offset_s < 0 ? '-' : '+',
             (int)(s->utc_offset_s < 0 ? -s->utc_offset_s : s->utc_offset_s) / 3600,
             (int)(s->utc_offset_s < 0 ? -s->utc_offset_s : s->utc_offset_s) / 60 % 60);
    if (!s->wall_is_synced) {
        page_add_in(p, PAGE_YELLOW, " clock not synchronised");
    }
    if (!s->is_signed) {
        page_add(p, "  ");
        page_add_in(p, PAGE_ALERT, " UNSIGNED ");
    }
    page_add(p, "\n");
}

static enum page_colour mode_colour(int32_t mode)
{
    return mode == MODE_NORMAL ? PAGE_GREEN : mode == MODE_FLASH ? PAGE_RED : PAGE_YELLOW;
}

static bool has_cycle(const struct wire_status *s)
{
    return (s->strategy == STRATEGY_FIXED || s->strategy == STRATEGY_COORDINATED) &&
           s->cycle_ms > 0;
}

static void add_mode(struct page *p, const struct wire_status *s)
{
    page_add(p, "mode     ");
    page_add_in(p, mode_colour(s->mode), "%s", word_mode(s->mode));
    page_add(p, "   strategy %s", word_strategy(s->strategy));
    if (s->strategy != s->strategy_scheduled) {
        page_add_in(p, PAGE_YELLOW, " (scheduled: %s)", word_strategy(s->strategy_scheduled));
    }
    page_add(p, "   because of %s\n", word_reason(s->reason));
    page_add(p, "plan     %d %s", (int)s->pattern_id, s->pattern_name);
    if (has_cycle(s)) {
        page_add(p, "   cycle ");
        page_add_seconds(p, s->cycle_second_ms, 0);
        page_add(p, " of ");
        page_add_seconds(p, s->cycle_ms, 0);
        page_add(p, " s   offset ");
        page_add_seconds(p, s->offset_ms, 0);
        page_add(p, " s   %s", word_coord(s->coord_state));
    } else {
        page_add(p, "   free running");
    }
    page_add(p, "\n");
}

static void add_phases(struct page *p, const struct wire_status *s, const char *word, uint32_t mask)
{
    page_add(p, "%s", word);
    for (uint32_t i = 0; i < PHASE_MAX; i++) {
        if ((mask & bit32(i)) != 0) {
            page_add(p, " %s", s->phase_name[i]);
        }
    }
    page_add(p, "%s", mask == 0 ? " none" : "");
}

static void add_sequence(struct page *p, const struct wire_status *s)
{
    if (s->stage_ix >= 0) {
        page_add(p, "stage    %s", s->stage_name);
        if (s->stage_ms >= 0) { /* before start-up is over no stage runs yet */
            page_add(p, " for ");
            page_add_seconds(p, s->stage_ms, 0);
            page_add(p, " s");
        }
        if (s->stage_next_ix >= 0 && s->stage_next_ix != s->stage_ix) {
            page_add(p, ", next %s", s->stage_next_name);
        }
    } else {
        add_phases(p, s, "phases   on", s->phase_on);
        add_phases(p, s, "   next", s->phase_next);
    }
    page_add(p, "\n");
}

static void add_group(struct page *p, const struct wire_status *s, int32_t ix)
{
    const uint32_t bit = bit32((uint32_t)ix);
    char name[NAME_MAX_BYTES];
    memcpy(name, s->sg_name[ix], sizeof name);
    name[sizeof name - 1] = '\0';
    page_add(p, "  %2d ", (int)ix + 1);
    page_add_cell(p, name, NAME_COLUMNS);
    page_add(p, " ");
    add_lamps(p, s->aspect[ix]);
    page_add(p, "  ");
    page_add_cell(p, word_aspect(s->aspect[ix]), 13);
    page_add_seconds(p, s->shown_ms[ix], 7);
    page_add(p, "  %c   ", s->letter[ix] >= ' ' && s->letter[ix] <= '~' ? s->letter[ix] : '-');
    if ((s->call_vehicle & bit) != 0) {
        page_add_in(p, PAGE_YELLOW, "vehicle ");
    }
    if ((s->call_ped & bit) != 0) {
        page_add_in(p, PAGE_YELLOW, "pedestrian ");
    }
    if (s->seen[ix] != s->aspect[ix]) {
        page_add_in(p, PAGE_RED, "seen: %s", word_aspect(s->seen[ix]));
    }
    page_add(p, "\n");
}

static void add_groups(struct page *p, const struct wire_status *s)
{
    page_add_in(p, PAGE_DIM, "     group              RYG  aspect             s  SXL calls\n");
    for (int32_t i = 0; i < s->sg_count && i < SG_MAX; i++) {
        add_group(p, s, i);
    }
}

static void add_detector(struct page *p, const struct wire_status *s, uint32_t ix)
{
    if ((s->detector_failed & bit64(ix)) != 0) {
        page_add_in(p, PAGE_RED, "!");
    } else if ((s->occupied & bit64(ix)) != 0) {
        page_add_in(p, PAGE_YELLOW, "%s", p->has_unicode ? "■" : "#");
    } else {
        page_add_in(p, PAGE_DIM, "%s", dot(p));
    }
}

/* "stuck on: 3 7", one line for each kind of fault. */
static void add_failed(struct page *p, const struct wire_status *s, uint32_t count, int32_t health)
{
    bool is_first = true;
    for (uint32_t i = 0; i < count; i++) {
        if ((s->detector_failed & bit64(i)) == 0 || s->detector_health[i] != health) {
            continue;
        }
        if (is_first) {
            page_add(p, "          ");
            page_add_in(p, PAGE_RED, "%s:", word_health(health));
            is_first = false;
        }
        page_add(p, " %u", (unsigned)i + 1);
    }
    page_add(p, "%s", is_first ? "" : "\n");
}

static void add_detectors(struct page *p, const struct wire_status *s)
{
    const uint32_t count = (uint32_t)min_i32(max_i32(s->detector_count, 0), DETECTOR_MAX);
    for (uint32_t i = 0; i < count; i++) {
        if (i % DETECTORS_A_ROW == 0) {
            page_add(p, "%s%2u ", i == 0 ? "detectors " : "\n          ", (unsigned)i + 1);
        } else if (i % 4 == 0) {
            page_add(p, " ");
        }
        add_detector(p, s, i);
    }
    page_add(p, "%s", count > 0 ? "\n" : "");
    for (int32_t health = DETECTOR_NO_ACTIVITY; health < DETECTOR_HEALTH_COUNT; health++) {
        add_failed(p, s, count, health);
    }
}

static void add_cabinet(struct page *p, const struct wire_status *s)
{
    static const struct {
        uint32_t flag;
        const char *word;
    } flags[] = {
        { CABINET_LOCAL, "local control" },      { CABINET_POLICE, "police control" },
        { CABINET_FLASHING, "monitor flashes" }, { CABINET_LATCHED, "latched until reset" },
        { CABINET_DOOR_OPEN, "door open" },      { CABINET_LOSSY_SENSE, "cannot sense lamps" },
    };
    page_add(p, "cabinet  link ");
    page_add_in(p, s->link_state == LINK_CONFIRMED ? PAGE_GREEN : PAGE_RED, "%s",
                word_link(s->link_state));
    if (s->ticks_unconfirmed > 0) {
        page_add(p, " for %d ticks", (int)s->ticks_unconfirmed);
    }
    page_add(p, "   lease ");
    page_add_in(p, s->lease_state == LEASE_HELD ? PAGE_GREEN : PAGE_RED, "%s",
                word_lease(s->lease_state));
    if (s->monitor_fault != 0) {
        page_add_in(p, PAGE_RED, "   monitor fault %d", (int)s->monitor_fault);
    } else {
        page_add(p, "   monitor clear");
    }
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if ((s->cabinet_flags & flags[i].flag) != 0) {
            page_add_in(p, PAGE_YELLOW, "   %s", flags[i].word);
        }
    }
    page_add(p, "\n");
}

static void add_faults(struct page *p, const struct wire_status *s)
{
    if (s->guard_fault != 0) {
        page_add_in(p, PAGE_ALERT, " GUARD TRIPPED: %s, until reset at the cabinet ",
                    word_guard(s->guard_fault));
        page_add(p, "\n");
    }
    page_add(p, "alarms   ");
    bool is_first = true;
    for (int32_t i = 0; i < ALARM_COUNT; i++) {
        if ((s->alarms & bit32((uint32_t)i)) != 0) {
            page_add_in(p, PAGE_RED, "%s%s", is_first ? "" : ", ", word_alarm(i));
            is_first = false;
        }
    }
    page_add(p, "%s   last fault ", is_first ? "none" : "");
    if (s->last_fault == REASON_NONE) {
        page_add(p, "none\n");
        return;
    }
    page_add(p, "%s at ", word_reason(s->last_fault));
    page_add_wall(p, s->last_fault_at, s->utc_offset_s, true);
    page_add(p, "\n");
}

void view_status(struct page *p, const struct wire_status *s)
{
    add_title(p, s);
    add_mode(p, s);
    add_sequence(p, s);
    add_groups(p, s);
    add_detectors(p, s);
    add_cabinet(p, s);
    add_faults(p, s);
}

static uint32_t rows_of(int32_t count, uint32_t a_row)
{
    return ((uint32_t)max_i32(count, 0) + a_row - 1) / a_row;
}

/* Title, sequence, cabinet, faults, guard, and a line between two junctions. */
uint32_t view_block_rows(const struct wire_status *s)
{
    return 6 + rows_of(s->sg_count, GROUPS_A_ROW) + rows_of(s->detector_count, DETECTORS_A_ROW) +
           (uint32_t)__builtin_popcountll(s->detector_failed);
}

static void add_block_title(struct page *p, const struct wire_status *s)
{
    page_add_in(p, PAGE_BOLD, "%s", s->name);
    page_add(p, "   ");
    page_add_wall(p, s->wall, s->utc_offset_s, false);
    page_add(p, "   ");
    page_add_in(p, mode_colour(s->mode), "%s", word_mode(s->mode));
    page_add(p, "   %s", word_strategy(s->strategy));
    if (s->strategy != s->strategy_scheduled) {
        page_add_in(p, PAGE_YELLOW, " because of %s", word_reason(s->reason));
    }
    page_add(p, "   plan %d %s", (int)s->pattern_id, s->pattern_name);
    if (has_cycle(s)) {
        page_add(p, ", ");
        page_add_seconds(p, s->cycle_second_ms, 0);
        page_add(p, " of ");
        page_add_seconds(p, s->cycle_ms, 0);
        page_add(p, " s");
    }
    if (!s->is_signed) {
        page_add(p, "   ");
        page_add_in(p, PAGE_ALERT, " UNSIGNED ");
    }
    page_add(p, "\n");
}

static void add_block_group(struct page *p, const struct wire_status *s, int32_t ix)
{
    const uint32_t bit = bit32((uint32_t)ix);
    char name[NAME_MAX_BYTES];
    memcpy(name, s->sg_name[ix], sizeof name);
    name[sizeof name - 1] = '\0';
    page_add_cell(p, name, SHORT_COLUMNS);
    page_add(p, " ");
    add_lamps(p, s->aspect[ix]);
    page_add_seconds(p, s->shown_ms[ix], 6);
    if (s->seen[ix] != s->aspect[ix]) {
        page_add_in(p, PAGE_RED, "!");
    } else if (((s->call_vehicle | s->call_ped) & bit) != 0) {
        page_add_in(p, PAGE_YELLOW, "*");
    } else {
        page_add(p, " ");
    }
    const bool is_last = ix + 1 == s->sg_count || (ix + 1) % GROUPS_A_ROW == 0;
    page_add(p, "%s", is_last ? "\n" : "  ");
}

void view_block(struct page *p, const struct wire_status *s)
{
    add_block_title(p, s);
    add_sequence(p, s);
    for (int32_t i = 0; i < s->sg_count && i < SG_MAX; i++) {
        page_add(p, "%s", i % GROUPS_A_ROW != 0 ? "" : i == 0 ? "groups   " : "         ");
        add_block_group(p, s, i);
    }
    add_detectors(p, s);
    add_cabinet(p, s);
    add_faults(p, s);
}

void view_heading(struct page *p)
{
    page_add_in(
        p, PAGE_DIM,
        "  # junction           mode      strategy     plan  cycle  link         alarms  groups\n");
}

void view_line(struct page *p, const struct wire_status *s)
{
    page_add(p, "%3u ", (unsigned)s->header.junction_ix + 1);
    page_add_cell(p, s->name, NAME_COLUMNS + 1);
    page_add_in(p, mode_colour(s->mode), "%-9s", word_mode(s->mode));
    page_add(p, " %-12s %4d ", word_strategy(s->strategy), (int)s->pattern_id);
    page_add_seconds(p, s->cycle_second_ms, 6);
    page_add(p, "  ");
    page_add_in(p, s->link_state == LINK_CONFIRMED ? PAGE_GREEN : PAGE_RED, "%-12s",
                word_link(s->link_state));
    uint32_t alarms = 0;
    for (uint32_t i = 0; i < ALARM_COUNT; i++) {
        alarms += (s->alarms & bit32(i)) != 0 ? 1 : 0;
    }
    page_add_in(p, alarms > 0 ? PAGE_RED : PAGE_PLAIN, "%7u  ", (unsigned)alarms);
    for (int32_t i = 0; i < s->sg_count && i < SG_MAX; i++) {
        const char *lamps = lamps_of(s->aspect[i]);
        const char lamp = lamps[strspn(lamps, " ")];
        page_add_in(p, colour_of(lamp), "%c", lamp != '\0' ? lamp : '-');
    }
    page_add(p, "%s\n", s->is_signed ? "" : "  UNSIGNED");
}

void view_json_string(struct page *p, const char *text)
{
    page_add(p, "\"");
    for (; *text != '\0'; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\') {
            page_add(p, "\\%c", byte);
        } else if (byte < ' ' || byte == 0x7f) {
            page_add(p, "\\u%04x", byte);
        } else {
            page_add(p, "%c", byte);
        }
    }
    page_add(p, "\"");
}

static void json_member(struct page *p, const char *name, const char *value)
{
    page_add(p, ",\"%s\":", name);
    view_json_string(p, value);
}

static void json_groups(struct page *p, const struct wire_status *s)
{
    page_add(p, ",\"groups\":[");
    for (int32_t i = 0; i < s->sg_count && i < SG_MAX; i++) {
        const uint32_t bit = bit32((uint32_t)i);
        page_add(p, "%s{\"name\":", i > 0 ? "," : "");
        view_json_string(p, s->sg_name[i]);
        json_member(p, "aspect", word_aspect(s->aspect[i]));
        json_member(p, "seen", word_aspect(s->seen[i]));
        page_add(p, ",\"shown_ms\":%d,\"call_vehicle\":%s,\"call_ped\":%s}", (int)s->shown_ms[i],
                 (s->call_vehicle & bit) != 0 ? "true" : "false",
                 (s->call_ped & bit) != 0 ? "true" : "false");
    }
    page_add(p, "]");
}

static void json_detectors(struct page *p, const struct wire_status *s)
{
    page_add(p, ",\"detectors\":[");
    for (uint32_t i = 0; i < (uint32_t)max_i32(s->detector_count, 0) && i < DETECTOR_MAX; i++) {
        page_add(p, "%s{\"number\":%u,\"occupied\":%s", i > 0 ? "," : "", (unsigned)i + 1,
                 (s->occupied & bit64(i)) != 0 ? "true" : "false");
        json_member(p, "health", word_health(s->detector_health[i]));
        page_add(p, "}");
    }
    page_add(p, "]");
}

static void json_alarms(struct page *p, const struct wire_status *s)
{
    bool is_first = true;
    page_add(p, ",\"alarms\":[");
    for (int32_t i = 0; i < ALARM_COUNT; i++) {
        if ((s->alarms & bit32((uint32_t)i)) != 0) {
            page_add(p, "%s", is_first ? "" : ",");
            view_json_string(p, word_alarm(i));
            is_first = false;
        }
    }
    page_add(p, "]");
}

void view_json(struct page *p, const struct wire_status *s)
{
    page_add(p, "{\"junction\":%u,\"name\":", (unsigned)s->header.junction_ix + 1);
    view_json_string(p, s->name);
    json_member(p, "node", s->node);
    page_add(p, ",\"tick\":%llu,\"wall_ms\":%lld,\"utc_offset_s\":%d,\"clock_synced\":%s",
             (unsigned long long)s->tick, (long long)s->wall.ms, (int)s->utc_offset_s,
             s->wall_is_synced ? "true" : "false");
    json_member(p, "mode", word_mode(s->mode));
    json_member(p, "strategy", word_strategy(s->strategy));
    json_member(p, "strategy_scheduled", word_strategy(s->strategy_scheduled));
    json_member(p, "reason", word_reason(s->reason));
    page_add(p, ",\"plan_hash\":\"%08x\",\"safety_hash\":\"%08x\"", (unsigned)s->plan_hash_hi,
             (unsigned)s->safety_hash_hi);
    json_member(p, "plan_name", s->pattern_name);
    json_member(p, "stage_name", s->stage_name);
    page_add(p, ",\"plan\":%d,\"cycle_ms\":%d,\"cycle_at_ms\":%d,\"offset_ms\":%d",
             (int)s->pattern_id, (int)s->cycle_ms, (int)s->cycle_second_ms, (int)s->offset_ms);
    json_member(p, "coordination", word_coord(s->coord_state));
    page_add(p, ",\"stage\":%d,\"stage_ms\":%d,\"phases_on\":%u,\"phases_next\":%u",
             s->stage_ix >= 0 ? (int)s->stage_ix + 1 : 0, (int)s->stage_ms, (unsigned)s->phase_on,
             (unsigned)s->phase_next);
    json_member(p, "link", word_link(s->link_state));
    json_member(p, "lease", word_lease(s->lease_state));
    page_add(p, ",\"ticks_unconfirmed\":%d,\"cabinet_flags\":%u,\"monitor_fault\":%d",
             (int)s->ticks_unconfirmed, (unsigned)s->cabinet_flags, (int)s->monitor_fault);
    json_member(p, "guard", word_guard(s->guard_fault));
    page_add(p, ",\"signed\":%s", s->is_signed ? "true" : "false");
    json_member(p, "last_fault", word_reason(s->last_fault));
    page_add(p, ",\"last_fault_at_ms\":%lld", (long long)s->last_fault_at.ms);
    json_alarms(p, s);
    json_groups(p, s);
    json_detectors(p, s);
    page_add(p, "}");
}
