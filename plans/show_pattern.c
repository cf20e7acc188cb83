/* Patterns, and the lamps of those that run by a clock. */
#include "show_parts.h"

#include <string.h>

#include "script.h"
#include "timeline.h"

enum { BAR_NAME_COLUMN = 17, WARM_UP_CYCLES = 2 };

/* Two characters a second at best, and as many seconds a character as the cycle needs. */
static int32_t cell_for(int32_t cycle_ms)
{
    static const int32_t cells_ms[] = { 500, 1000, 2000, 3000, 5000, 10000, 20000, 60000 };
    for (size_t i = 0; i < sizeof cells_ms / sizeof cells_ms[0]; i++) {
        if (cycle_ms <= cells_ms[i] * SHOW_CELL_MAX) {
            return cells_ms[i];
        }
    }
    return (cycle_ms / SHOW_CELL_MAX / TICK_MS + 1) * TICK_MS;
}

static char letter_of(int32_t aspect)
{
    static const char letter[ASPECT_COUNT] = {
        [ASPECT_RED] = '.',         [ASPECT_RED_YELLOW] = '/', [ASPECT_GREEN] = '#',
        [ASPECT_GREEN_FLASH] = '*', [ASPECT_YELLOW] = '\\',    [ASPECT_PED_CLEAR] = ':',
    };
    if (letter[aspect] == '\0') {
        return '?';
    }
    return letter[aspect];
}

/* A cell shows what lasts longest in it. */
static void close_cell(const struct plan *p, int32_t ticks[SG_MAX][ASPECT_COUNT], int32_t cell,
                       struct show_bars *out)
{
    for (int32_t g = 0; g < p->sg_count; g++) {
        int32_t most = ASPECT_RED;
        for (int32_t aspect = 0; aspect < ASPECT_COUNT; aspect++) {
            most = ticks[g][aspect] > ticks[g][most] ? aspect : most;
        }
        out->row[g][cell] = letter_of(most);
    }
}

bool show_read_bars(const struct plan *p, int32_t pattern_ix, struct show_bars *out)
{
    memset(out, 0, sizeof *out);
    if (!script_is_timed(&p->pattern[pattern_ix])) {
        return false;
    }
    struct script script;
    struct timeline timeline;
    int32_t ticks[SG_MAX][ASPECT_COUNT] = { 0 };
    script_read(p, pattern_ix, script_on_demand(p, pattern_ix), &script);
    timeline_init(&timeline, p);
    memcpy(timeline.walk_ms, script.walk_ms, sizeof timeline.walk_ms);
    out->cell_ms = cell_for(script.cycle_ms);
    out->cell_count = (script.cycle_ms + out->cell_ms - 1) / out->cell_ms;
    for (int32_t round = 0; round <= WARM_UP_CYCLES; round++) {
        for (int32_t at_ms = 0; at_ms < script.cycle_ms; at_ms += TICK_MS) {
            timeline_step(&timeline, script_open(&script, at_ms));
            const int32_t cell = at_ms / out->cell_ms;
            for (int32_t g = 0; g < p->sg_count; g++) {
                ticks[g][timeline.aspect[g]]++;
            }
            const int32_t next_ms = at_ms + TICK_MS;
            if (next_ms / out->cell_ms != cell || next_ms >= script.cycle_ms) {
                close_cell(p, ticks, cell, out);
                memset(ticks, 0, sizeof ticks);
            }
        }
    }
    return true;
}

/* Marks of the scale: every ten cells. */
static void show_scale(const struct show_bars *bars, FILE *out)
{
    (void)fprintf(out, "    %*s", BAR_NAME_COLUMN, "");
    for (int32_t cell = 0; cell < bars->cell_count; cell += 10) {
        const int32_t at_s = (int32_t)((int64_t)cell * bars->cell_ms / 1000);
        const int32_t width = min_i32(10, bars->cell_count - cell);
        char mark[16];
        (void)snprintf(mark, sizeof mark, "|%" PRId32, at_s);
        (void)fprintf(out, "%-*.*s", width, width, mark);
    }
    (void)fprintf(out, "|\n");
}

static void show_bars(const struct plan *p, int32_t pattern_ix, FILE *out)
{
    struct show_bars bars;
    if (!show_read_bars(p, pattern_ix, &bars)) {
        return;
    }
    show_scale(&bars, out);
    for (int32_t g = 0; g < p->sg_count; g++) {
        (void)fprintf(out, "    ");
        show_cell(out, p->sg[g].name, BAR_NAME_COLUMN);
        (void)fprintf(out, "%s\n", bars.row[g]);
    }
    (void)fprintf(out,
                  "    %*s. red  / red-yellow  # green  * green flash  \\ yellow  : clearing\n",
                  BAR_NAME_COLUMN, "");
}

static void show_steps(const struct plan *p, const struct pattern *t, FILE *out)
{
    for (int32_t i = 0; i < t->step_count; i++) {
        const struct pattern_step *s = &t->step[i];
        (void)fprintf(out, "    %2" PRId32 "  ", i + 1);
        show_cell(out, p->stage[s->stage_ix].name, NAME_MAX_BYTES);
        if (script_is_timed(t)) {
            (void)fprintf(out, "%s s%s", seconds_text(s->duration_ms).s,
                          t->strategy == STRATEGY_COORDINATED && i == t->coord_step_ix
                              ? "  <- the offset names its start"
                              : "");
        } else {
            (void)fprintf(out, "%s to %s s", seconds_text(s->min_ms).s, seconds_text(s->max_ms).s);
        }
        (void)fprintf(out, "\n");
    }
}

static void show_ring_order(const struct plan *p, const struct pattern *t, FILE *out)
{
    for (int32_t ring = 0; ring < RING_MAX; ring++) {
        int32_t barrier_ix = -1;
        if (t->ring[ring].count == 0) {
            continue;
        }
        (void)fprintf(out, "    ring %" PRId32 "  ", ring + 1);
        for (int32_t i = 0; i < t->ring[ring].count; i++) {
            const int32_t ix = t->ring[ring].phase_ix[i];
            const struct phase *f = &p->phase[ix];
            (void)fprintf(out, "%s%s", f->barrier_ix != barrier_ix ? "|| " : "", f->name);
            barrier_ix = f->barrier_ix;
            if (t->split_ms[ix] > 0) {
                (void)fprintf(out, " %s s", seconds_text(t->split_ms[ix]).s);
            }
            if (t->strategy == STRATEGY_COORDINATED &&
                (t->coord_phases & bit32((uint32_t)ix)) != 0) {
                (void)fprintf(out, " coordinated");
            }
            if (t->split_mode[ix] != SPLIT_NONE) {
                (void)fprintf(out, " (%s)", show_split_mode(t->split_mode[ix]));
            }
            (void)fprintf(out, "  ");
        }
        (void)fprintf(out, "||\n");
    }
}

static void show_coordination(const struct plan *p, const struct pattern *t, FILE *out)
{
    (void)fprintf(out, "    offset %s s", seconds_text(t->offset_ms).s);
    if (!plan_is_staged(p)) {
        (void)fprintf(out, " at %s", show_reference(t->reference));
    }
    (void)fprintf(out, ", corrected by %s", show_correction(t->correction));
    if (t->correction == COORD_DWELL) {
        (void)fprintf(out, " up to %s s\n", seconds_text(t->dwell_max_ms).s);
    } else {
        (void)fprintf(out, " up to %" PRId32 " %%\n", t->correction_max_pct);
    }
}

static void show_pattern(const struct plan *p, int32_t pattern_ix, FILE *out)
{
    const struct pattern *t = &p->pattern[pattern_ix];
    (void)fprintf(out, "  %" PRId32 "  %s: %s", t->pattern_id, t->name, show_strategy(t->strategy));
    if (t->cycle_ms > 0) {
        (void)fprintf(out, ", cycle %s s", seconds_text(t->cycle_ms).s);
    }
    (void)fprintf(out, "\n");
    if (t->strategy == STRATEGY_COORDINATED) {
        show_coordination(p, t, out);
    }
    if (!plan_is_staged(p) && t->strategy != STRATEGY_FLASH && t->strategy != STRATEGY_ALL_RED) {
        (void)fprintf(out, "    maximum %" PRId32 "%s, force-offs %s%s\n", t->max_set + 1,
                      t->max_is_inhibited ? " (inhibited)" : "",
                      t->force_off_is_floating ? "floating" : "fixed",
                      t->ped_may_overrun ? ", pedestrians may overrun their split" : "");
        show_ring_order(p, t, out);
    }
    show_steps(p, t, out);
    show_bars(p, pattern_ix, out);
}

void show_patterns(const struct plan *p, FILE *out)
{
    (void)fprintf(out, "\nPatterns\n--------\n");
    for (int32_t i = 0; i < p->pattern_count; i++) {
        show_pattern(p, i, out);
    }
    const struct ladder *l = &p->ladder;
    (void)fprintf(out, "  fallback: ");
    if (l->fallback_pattern_ix >= 0 && l->fallback_pattern_ix < p->pattern_count) {
        (void)fprintf(out, "%s", p->pattern[l->fallback_pattern_ix].name);
    } else {
        (void)fprintf(out, "none");
    }
    (void)fprintf(out,
                  " when %" PRId32 " %% of the calling detectors have failed; back after %s s\n",
                  l->failed_detectors_pct, seconds_text(l->step_up_ms).s);
}
