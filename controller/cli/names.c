#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

static const char *const kind_word[WIRE_NAMES_KIND_COUNT] = {
    [WIRE_NAMES_GROUPS] = "group",  [WIRE_NAMES_STAGES] = "stage",
    [WIRE_NAMES_PATTERNS] = "plan", [WIRE_NAMES_DETECTORS] = "detector",
    [WIRE_NAMES_LANES] = "lane",    [WIRE_NAMES_PHASES] = "phase",
};

void names_of_plan(struct names *names, const struct plan *plan)
{
    for (int kind = 0; kind < WIRE_NAMES_KIND_COUNT; kind++) {
        status_fill_names(&names->kind[kind], plan, (enum wire_names_kind)kind);
    }
}

/* Groups carry the number of their phase, detectors that of their channel; people count them. */
static int32_t number_at(const struct wire_names *n, enum wire_names_kind kind, uint32_t ix)
{
    const bool is_counted = kind == WIRE_NAMES_GROUPS || kind == WIRE_NAMES_DETECTORS;
    return is_counted ? (int32_t)ix + 1 : n->number[ix];
}

void names_say(const struct names *names, enum wire_names_kind kind, int32_t number,
               char text[NAMES_TEXT_BYTES])
{
    const struct wire_names *n = names != NULL ? &names->kind[kind] : NULL;
    for (uint32_t i = 0; n != NULL && i < n->count && i < WIRE_NAMES_MAX; i++) {
        if (number_at(n, kind, i) == number) {
            (void)snprintf(text, NAMES_TEXT_BYTES, "%s", n->name[i]);
            return;
        }
    }
    (void)snprintf(text, NAMES_TEXT_BYTES, "%s %d", kind_word[kind], (int)number);
}

/* All that carry this number, joined by +. False: none. */
static bool say_carriers(const struct wire_names *n, int32_t number, char text[NAMES_TEXT_BYTES])
{
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < n->count && i < WIRE_NAMES_MAX; i++) {
        const size_t room = NAMES_TEXT_BYTES - used;
        if (n->number[i] == number && strlen(n->name[i]) + 2 <= room) {
            used += (size_t)snprintf(text + used, room, "%s%s", used > 0 ? "+" : "", n->name[i]);
        }
    }
    return used > 0;
}

void names_say_phase(const struct names *names, int32_t phase_id, bool is_pedestrian,
                     char text[NAMES_TEXT_BYTES])
{
    const int32_t number = is_pedestrian ? -phase_id : phase_id;
    if (names == NULL || !say_carriers(&names->kind[WIRE_NAMES_GROUPS], number, text)) {
        (void)snprintf(text, NAMES_TEXT_BYTES, "phase %d", (int)phase_id);
    }
}

void names_say_channel(const struct names *names, int32_t channel, bool is_button,
                       char text[NAMES_TEXT_BYTES])
{
    const int32_t number = is_button ? -channel : channel;
    if (names == NULL || !say_carriers(&names->kind[WIRE_NAMES_DETECTORS], number, text)) {
        (void)snprintf(text, NAMES_TEXT_BYTES, "channel %d", (int)channel);
    }
}

bool names_find(const struct names *names, enum wire_names_kind kind, const char *text,
                int32_t *number)
{
    const struct wire_names *n = &names->kind[kind];
    for (uint32_t i = 0; i < n->count && i < WIRE_NAMES_MAX; i++) {
        if (strcmp(n->name[i], text) == 0) {
            *number = number_at(n, kind, i);
            return true;
        }
    }
    char *end = NULL;
    const long asked = strtol(text, &end, 10);
    for (uint32_t i = 0; end != text && *end == '\0' && i < n->count && i < WIRE_NAMES_MAX; i++) {
        if (number_at(n, kind, i) == asked) {
            *number = number_at(n, kind, i);
            return true;
        }
    }
    return false;
}

void names_list(const struct names *names, enum wire_names_kind kind, char *text, size_t room)
{
    const struct wire_names *n = &names->kind[kind];
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < n->count && i < WIRE_NAMES_MAX; i++) {
        if (used + strlen(n->name[i]) + 2 > room) {
            return;
        }
        used += (size_t)snprintf(text + used, room - used, "%s%s", i > 0 ? " " : "", n->name[i]);
    }
}
