/* why_text.h: a decision of adaptive control, or the end of a green, in words: what was chosen,
 * what the others would have cost and in what, what bound the choice, who was thought to stand
 * where. Pure; costs are vehicle-seconds with one decimal. */
#ifndef KAVSAK_WHY_TEXT_H
#define KAVSAK_WHY_TEXT_H

#include "decision.h"
#include "names.h"
#include "page.h"

enum { WHY_OPTION_BYTES = 64 };

/* Who chose at a moment, as far as events or a status tell. */
struct why_mode {
    bool has_mode, has_strategy; /* known */
    int32_t mode, mode_reason;
    int32_t strategy, strategy_reason;
    wall_t mode_at, strategy_at; /* since; 0: not known */
};

/* Why a green ended, from the events around it. */
struct why_end {
    bool is_found;
    wall_t at;
    wall_t ordered_at; /* the change to another stage, or what its rule was told; at the latest
                          the end itself */
    int32_t rule;      /* enum event_code of its end: gap-out, max-out, force-off; -1 none told */
    bool has_stage;    /* the wanted stage changed with it, to this one */
    int32_t stage_ix;
    bool has_command; /* the last command taken in the minute before, not yet undone */
    int32_t command_kind;
    wall_t command_at;
    bool has_fault; /* the guard, start-up or flash took the lamps at that very tick */
};

struct why {
    const char *junction;
    const struct names *names; /* NULL: numbers */
    int32_t utc_offset_s;
    bool is_live;
    wall_t asked; /* not live: the moment of interest */
    bool has_decision;
    struct decision decision;
    bool has_end; /* the question was about the end of a green, of this group */
    int32_t sg_ix;
    struct why_mode mode;
    struct why_end end;
};

/* What people call an option: the stage, or the phases joined by +. */
void why_say_option(const struct why *w, int32_t option_ix, char text[WHY_OPTION_BYTES]);

/* Whether the decision at hand ordered that end: made just before it, to leave for another option.
 */
bool why_end_was_advised(const struct why *w);

/* Everything, for people. */
void why_text_add(struct page *p, const struct why *w);

/* The same as one JSON object on a line. */
void why_json_add(struct page *p, const struct why *w);

#endif
