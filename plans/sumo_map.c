#include "sumo_map.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"

enum { LINE_BYTES = 2048, FIELD_MAX = 6 };

struct reading {
    const struct plan *plan;
    struct sumo_map *map;
    struct diag *diag;
    struct diag_at at;
};

/* ---- state ---- */

static bool is_closed(int32_t aspect)
{
    return aspect != ASPECT_GREEN && aspect != ASPECT_GREEN_FLASH && aspect != ASPECT_YELLOW;
}

static bool link_bit(const uint32_t *bits, int32_t link)
{
    return (bits[link / 32] & bit32((uint32_t)link % 32)) != 0;
}

static char letter_of(const struct sumo_map *map, int32_t link, const int32_t aspect[SG_MAX],
                      sg_mask_t open)
{
    const int32_t sg_ix = map->sg_of_link[link];
    const bool yields = link_bit(map->yields, link) || (open & map->yields_with[link]) != 0;
    static const char greens[] = { 'G', 'g' };
    static const char reds[] = { 'r', 's' };
    const char green = greens[yields];
    const char red = reds[link_bit(map->red_is_stop, link)];
    if (sg_ix == SUMO_CONST_GREEN) {
        return green;
    }
    if (sg_ix < 0) {
        return reds[sg_ix == SUMO_CONST_OFF];
    }
    switch ((enum aspect)aspect[sg_ix]) {
    case ASPECT_GREEN:
    case ASPECT_GREEN_FLASH:
        return green;
    case ASPECT_YELLOW:
        return 'y';
    case ASPECT_RED_YELLOW:
        return 'u';
    case ASPECT_FLASH_YELLOW:
        return 'o';
    case ASPECT_DARK: /* people on foot while the junction flashes */
        return 'O';
    case ASPECT_FLASH_RED:
        return 's';
    case ASPECT_RED:
    case ASPECT_PED_CLEAR:
    case ASPECT_UNKNOWN:
    case ASPECT_COUNT:
        break;
    }
    return red;
}

void sumo_map_state(const struct sumo_map *map, const int32_t aspect[SG_MAX],
                    char state[SUMO_LINK_MAX + 1])
{
    sg_mask_t open = 0;
    for (uint32_t i = 0; i < SG_MAX; i++) {
        open |= is_closed(aspect[i]) ? 0 : bit32(i);
    }
    for (int32_t link = 0; link < map->link_count; link++) {
        state[link] = letter_of(map, link, aspect, open);
    }
    state[map->link_count] = '\0';
}

/* ---- file ---- */

static int32_t sg_find(const struct plan *p, const char *name)
{
    for (int32_t i = 0; i < p->sg_count; i++) {
        if (strcmp(p->sg[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

static void say(struct reading *r, const char *what, const char *word)
{
    diag_add(r->diag, DIAG_ERROR, 0, r->at, "%s: '%.80s'", what, word);
}

static bool number_of(const char *text, double *value)
{
    char *end = NULL;
    *value = strtod(text, &end);
    return end != text && *end == '\0' && *value >= 0 && *value < 1e6;
}

/* "V1 V2" to a mask. */
static bool groups_of(struct reading *r, char *text, sg_mask_t *mask)
{
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        const int32_t sg_ix = sg_find(r->plan, word);
        if (sg_ix < 0) {
            say(r, "no group of this junction", word);
            return false;
        }
        *mask |= bit32((uint32_t)sg_ix);
    }
    return true;
}

static void take_link(struct reading *r, char *const field[FIELD_MAX])
{
    struct sumo_map *map = r->map;
    double number = 0;
    if (!number_of(field[1], &number) || number != (double)map->link_count ||
        map->link_count >= SUMO_LINK_MAX) {
        say(r, "links are numbered from 0, without gap", field[1]);
        return;
    }
    const int32_t link = map->link_count++;
    const uint32_t bit = bit32((uint32_t)link % 32);
    if (strcmp(field[2], "red") == 0 || strcmp(field[2], "green") == 0 ||
        strcmp(field[2], "off") == 0) {
        const int32_t shows = field[2][0] == 'r'   ? SUMO_CONST_RED
                              : field[2][0] == 'g' ? SUMO_CONST_GREEN
                                                   : SUMO_CONST_OFF;
        map->sg_of_link[link] = (int16_t)shows;
    } else {
        map->sg_of_link[link] = (int16_t)sg_find(r->plan, field[2]);
        if (map->sg_of_link[link] < 0) {
            say(r, "no group of this junction", field[2]);
        }
    }
    if (strcmp(field[3], "always") == 0) {
        map->yields[link / 32] |= bit;
    } else if (strcmp(field[3], "never") != 0) {
        (void)groups_of(r, field[3], &map->yields_with[link]);
    }
    if (strcmp(field[4], "stop") == 0) {
        map->red_is_stop[link / 32] |= bit;
    } else if (strcmp(field[4], "red") != 0) {
        say(r, "red or stop is wanted", field[4]);
    }
}

static void take_detector(struct reading *r, char *const field[FIELD_MAX])
{
    int32_t ix = -1;
    for (int32_t i = 0; i < r->plan->detector_count; i++) {
        ix = strcmp(r->plan->detector[i].name, field[1]) == 0 ? i : ix;
    }
    if (ix < 0) {
        say(r, "no detector of this junction", field[1]);
        return;
    }
    struct sumo_detector *d = &r->map->detector[ix];
    if (!number_of(field[2], &d->pos_m) || !number_of(field[3], &d->end_pos_m)) {
        say(r, "metres are wanted", field[2]);
    }
    d->lane_count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(field[4], " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        if (d->lane_count == SUMO_ZONE_LANES_MAX || strlen(word) >= SUMO_ID_BYTES) {
            say(r, "too many lanes, or too long a name", word);
            return;
        }
        (void)snprintf(d->lane[d->lane_count], SUMO_ID_BYTES, "%s", word);
        d->lane_count++;
    }
}

static void take_line(struct reading *r, char *line)
{
    static char nothing[1] = "";
    char *field[FIELD_MAX] = { nothing, nothing, nothing, nothing, nothing, nothing };
    line[strcspn(line, "\r\n")] = '\0';
    if (line[0] == '\0' || line[0] == '#') {
        return;
    }
    for (int32_t i = 0; i < FIELD_MAX && line != NULL; i++) {
        field[i] = strsep(&line, ",");
    }
    if (strcmp(field[0], "light") == 0) {
        (void)snprintf(r->map->light, sizeof r->map->light, "%s", field[1]);
    } else if (strcmp(field[0], "link") == 0) {
        take_link(r, field);
    } else if (strcmp(field[0], "detector") == 0) {
        take_detector(r, field);
    } else {
        say(r, "light, link or detector is wanted", field[0]);
    }
}

enum status sumo_map_read(const char *folder, const struct plan *p, struct sumo_map *map,
                          struct diag *diag)
{
    char path[DIAG_FILE_BYTES];
    char line[LINE_BYTES];
    const uint32_t errors = diag->errors;
    (void)snprintf(path, sizeof path, "%.230s/sumo.csv", folder);
    struct reading r = { .plan = p, .map = map, .diag = diag, .at = { path, 0, 0 } };
    memset(map, 0, sizeof *map);
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        diag_add(diag, DIAG_ERROR, 0, r.at, "%s", strerror(errno));
        return STATUS_IO;
    }
    while (fgets(line, sizeof line, f) != NULL) {
        r.at.line++;
        take_line(&r, line);
    }
    const bool is_whole = ferror(f) == 0;
    (void)fclose(f);
    if (is_whole && map->light[0] == '\0') {
        say(&r, "the line of the light is missing", "light");
    }
    return !is_whole ? STATUS_IO : diag->errors > errors ? STATUS_INVALID : STATUS_OK;
}
