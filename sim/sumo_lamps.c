#include "sumo_lamps.h"

#include <string.h>

static char green_letter(const struct sumo_map *map, uint32_t link, sg_mask_t flowing)
{
    const bool yields =
        (map->yields[link / 32] & bit32(link % 32)) != 0 || (map->yields_with[link] & flowing) != 0;
    return yields ? 'g' : 'G';
}

static char aspect_letter(const struct sumo_map *map, uint32_t link, int32_t aspect,
                          sg_mask_t flowing)
{
    switch ((enum aspect)aspect) {
    case ASPECT_GREEN:
    case ASPECT_GREEN_FLASH:
        return green_letter(map, link, flowing);
    case ASPECT_YELLOW:
        return 'y';
    case ASPECT_RED_YELLOW:
        return 'u';
    case ASPECT_FLASH_YELLOW:
        return 'o';
    case ASPECT_FLASH_RED:
        return 's';
    case ASPECT_DARK:
        return 'O';
    case ASPECT_RED:
    case ASPECT_PED_CLEAR: /* who walks goes on, nobody begins */
    case ASPECT_UNKNOWN:
    case ASPECT_COUNT:
        break;
    }
    return 'r';
}

void sumo_lamps(const struct sumo_map *map, const int32_t aspect[SG_MAX],
                char letters[SUMO_LINK_MAX + 1])
{
    sg_mask_t flowing = 0; /* in yellow vehicles still come */
    for (uint32_t i = 0; i < SG_MAX; i++) {
        const bool flows = aspect_is_green(aspect[i]) || aspect[i] == ASPECT_YELLOW;
        flowing |= flows ? bit32(i) : 0;
    }
    uint32_t link = 0;
    for (; link < (uint32_t)map->link_count; link++) {
        const int32_t sg_ix = map->sg_of_link[link];
        if (sg_ix >= 0 && sg_ix < SG_MAX) {
            letters[link] = aspect_letter(map, link, aspect[sg_ix], flowing);
        } else if (sg_ix == SUMO_CONST_GREEN) {
            letters[link] = green_letter(map, link, flowing);
        } else {
            letters[link] = sg_ix == SUMO_CONST_OFF ? 's' : 'r';
        }
    }
    letters[link] = '\0';
}

void sumo_lamps_sample(const int32_t before[SG_MAX], const int32_t last[SG_MAX],
                       int32_t shown[SG_MAX])
{
    for (int32_t i = 0; i < SG_MAX; i++) {
        const bool just_began = last[i] == ASPECT_YELLOW && before[i] != ASPECT_YELLOW;
        shown[i] = just_began ? before[i] : last[i];
    }
}
