/* The words of the enumerations, as the files write them, and the columns they stand in. */
#include "show_parts.h"

#include <string.h>

void show_cell(FILE *out, const char *text, int32_t width)
{
    int32_t shown = 0;
    for (const char *c = text; *c != '\0'; c++) {
        shown += ((unsigned char)*c & 0xc0) != 0x80 ? 1 : 0; /* not a following byte of UTF-8 */
    }
    (void)fputs(text, out);
    (void)fprintf(out, "%*s", max_i32(width - shown, 0), "");
}

void show_time(FILE *out, int32_t ms, int32_t width)
{
    (void)fprintf(out, "%*s", width, ms > 0 ? seconds_text(ms).s : "-");
}

static void list_add(struct show_list *list, const char *word)
{
    const size_t used = strlen(list->s);
    const char *comma = used > 0 ? ", " : "";
    if (used + strlen(comma) + strlen(word) + sizeof ", ..." > sizeof list->s) {
        const bool is_cut = used >= 3 && strcmp(list->s + used - 3, "...") == 0;
        (void)snprintf(list->s + used, sizeof list->s - used, "%s", is_cut ? "" : ", ...");
        return;
    }
    (void)snprintf(list->s + used, sizeof list->s - used, "%s%s", comma, word);
}

struct show_list show_groups_of(const struct plan *p, sg_mask_t sg)
{
    struct show_list list = { .s = "" };
    for (uint32_t i = 0; i < (uint32_t)p->sg_count; i++) {
        if ((sg & bit32(i)) != 0) {
            list_add(&list, p->sg[i].name);
        }
    }
    return list;
}

struct show_list show_words_of(int32_t bits, const char *const *word, uint32_t count)
{
    struct show_list list = { .s = "" };
    for (uint32_t i = 0; i < count; i++) {
        if (((uint32_t)bits & bit32(i)) != 0) {
            list_add(&list, word[i]);
        }
    }
    return list;
}

static const char *word_of(int32_t value, const char *const *word, size_t count)
{
    return value >= 0 && (size_t)value < count && word[value] != NULL ? word[value] : "?";
}

#define WORDS(table) (table), sizeof(table) / sizeof((table)[0])

const char *show_sg_type(int32_t type)
{
    static const char *const word[SG_TYPE_COUNT] = {
        [SG_VEHICLE] = "vehicle", [SG_ARROW] = "arrow",           [SG_BUS] = "bus",
        [SG_TRAM] = "tram",       [SG_PEDESTRIAN] = "pedestrian", [SG_CYCLE] = "cycle",
    };
    return word_of(type, WORDS(word));
}

const char *show_strategy(int32_t strategy)
{
    static const char *const word[STRATEGY_COUNT] = {
        [STRATEGY_FLASH] = "flash",
        [STRATEGY_ALL_RED] = "all_red",
        [STRATEGY_FIXED] = "fixed",
        [STRATEGY_ACTUATED] = "actuated",
        [STRATEGY_COORDINATED] = "coordinated",
        [STRATEGY_ADAPTIVE] = "adaptive",
        [STRATEGY_MANUAL] = "manual",
        [STRATEGY_PREEMPT] = "preempt",
    };
    return word_of(strategy, WORDS(word));
}

const char *show_profile(int32_t profile)
{
    static const char *const word[] = {
        [PROFILE_TR] = "tr",
        [PROFILE_US] = "us",
        [PROFILE_BENCH] = "bench",
    };
    return word_of(profile, WORDS(word));
}

const char *show_flash(int32_t aspect)
{
    static const char *const word[ASPECT_COUNT] = {
        [ASPECT_FLASH_YELLOW] = "yellow",
        [ASPECT_FLASH_RED] = "red",
        [ASPECT_DARK] = "dark",
    };
    return word_of(aspect, WORDS(word));
}

const char *show_correction(int32_t correction)
{
    static const char *const word[] = {
        [COORD_DWELL] = "dwell",
        [COORD_SHORTWAY] = "shortway",
        [COORD_ADD_ONLY] = "add_only",
        [COORD_SUBTRACT_ONLY] = "subtract_only",
    };
    return word_of(correction, WORDS(word));
}

const char *show_reference(int32_t reference)
{
    static const char *const word[] = {
        [COORD_REF_FIRST_GREEN_BEGIN] = "first_green_begin",
        [COORD_REF_LAST_GREEN_BEGIN] = "last_green_begin",
        [COORD_REF_FIRST_GREEN_END] = "first_green_end",
        [COORD_REF_LAST_GREEN_END] = "last_green_end",
    };
    return word_of(reference, WORDS(word));
}

const char *show_split_mode(int32_t mode)
{
    static const char *const word[] = {
        [SPLIT_NONE] = "none",
        [SPLIT_MIN_RECALL] = "min_recall",
        [SPLIT_MAX_RECALL] = "max_recall",
        [SPLIT_PED_RECALL] = "ped_recall",
        [SPLIT_MAX_PED_RECALL] = "max_ped_recall",
        [SPLIT_OMIT] = "omit",
        [SPLIT_NON_ACTUATED] = "non_actuated",
    };
    return word_of(mode, WORDS(word));
}

const char *show_relation(int32_t kind)
{
    static const char *const word[] = {
        [RELATION_EARLY_START] = "early_start",
        [RELATION_SAME_START] = "same_start",
        [RELATION_FOLLOW_ON] = "follow_on",
    };
    return word_of(kind, WORDS(word));
}

const char *show_detector_type(int32_t type)
{
    static const char *const word[] = {
        [DETECTOR_LOOP] = "loop",   [DETECTOR_CAMERA] = "camera",     [DETECTOR_BUTTON] = "button",
        [DETECTOR_RADAR] = "radar", [DETECTOR_PRIORITY] = "priority",
    };
    return word_of(type, WORDS(word));
}

const char *show_failure(int32_t action)
{
    static const char *const word[] = {
        [FAIL_AS_CALLED] = "called",
        [FAIL_MAX_RECALL] = "max_recall",
        [FAIL_IGNORED] = "ignored",
        [FAIL_FIXED] = "fixed_plan",
    };
    return word_of(action, WORDS(word));
}

const char *show_turn(int32_t turn)
{
    static const char *const word[] = {
        [TURN_THROUGH] = "through",
        [TURN_LEFT] = "left",
        [TURN_RIGHT] = "right",
        [TURN_U] = "u_turn",
    };
    return word_of(turn, WORDS(word));
}

struct show_list show_roles(int32_t roles)
{
    static const char *const word[] = { "calls",         "extends",     "counts",   "queue", "exit",
                                        "added_initial", "yellow_lock", "red_lock", "box" };
    return show_words_of(roles, WORDS(word));
}

struct show_list show_recall(int32_t recall)
{
    static const char *const word[] = { "min", "max", "pedestrian", "soft" };
    return show_words_of(recall, WORDS(word));
}

struct show_list show_options(int32_t options)
{
    static const char *const word[] = {
        "dual_entry", "simultaneous_gap",   "conditional_service", "rest_in_walk",
        "red_rest",   "guaranteed_passage", "non_actuated",        "walk_recycle",
    };
    return show_words_of(options, WORDS(word));
}
