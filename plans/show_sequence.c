/* What opens together and what follows what: stages with their changes, or rings and barriers. */
#include "show_parts.h"

#include <string.h>

#include "prove.h"

enum { NAME_COLUMN = 17, STAGE_COLUMN = 9, STAGES_SIDE_BY_SIDE = 8 };

static void show_stage_heads(const struct plan *p, int32_t from, int32_t until, FILE *out)
{
    (void)fprintf(out, "  %*s", NAME_COLUMN, "");
    for (int32_t k = from; k < until; k++) {
        char head[STAGE_COLUMN];
        (void)snprintf(head, sizeof head, "%.*s", STAGE_COLUMN - 1, p->stage[k].name);
        show_cell(out, head, k + 1 < until ? STAGE_COLUMN : 0);
    }
    (void)fprintf(out, "\n");
}

static void show_stage_groups(const struct plan *p, int32_t from, int32_t until, FILE *out)
{
    show_stage_heads(p, from, until, out);
    for (int32_t i = 0; i < p->sg_count; i++) {
        const sg_mask_t bit = bit32((uint32_t)i);
        (void)fprintf(out, "  ");
        show_cell(out, p->sg[i].name, NAME_COLUMN);
        for (int32_t k = from; k < until; k++) {
            const bool is_asked = (p->stage[k].on_demand & bit) != 0;
            const char *mark = (p->stage[k].sg & bit) == 0 ? "." : is_asked ? "(##)" : "####";
            show_cell(out, mark, k + 1 < until ? STAGE_COLUMN : 0);
        }
        (void)fprintf(out, "\n");
    }
}

static void show_change(const struct plan *p, const struct prove_result *proof, int32_t from,
                        int32_t to, FILE *out)
{
    const int32_t change_ms = proof->transition_ms[from][to];
    (void)fprintf(out, "    -> %s", p->stage[to].name);
    if (change_ms >= 0) {
        (void)fprintf(out, ", all green after %s s at the latest", seconds_text(change_ms).s);
    }
    (void)fprintf(out, "\n");
}

static void show_stages(const struct plan *p, const struct prove_result *proof, FILE *out)
{
    (void)fprintf(out, "\nStages (#### open, (##) open on demand)\n"
                       "---------------------------------------\n");
    for (int32_t from = 0; from < p->stage_count; from += STAGES_SIDE_BY_SIDE) {
        show_stage_groups(p, from, min_i32(from + STAGES_SIDE_BY_SIDE, p->stage_count), out);
    }
    (void)fprintf(out, "\nChanges\n-------\n");
    for (int32_t i = 0; i < p->stage_count; i++) {
        const struct stage *s = &p->stage[i];
        const struct show_list recall = show_recall(s->recall);
        (void)fprintf(out, "  %s%s, passage %s s, recall %s\n", s->name,
                      i == p->startup_stage_ix ? " (first after start-up)" : "",
                      seconds_text(s->passage_ms).s, recall.s[0] != '\0' ? recall.s : "none");
        for (int32_t k = 0; k < p->stage_count; k++) {
            if ((s->next & bit32((uint32_t)k)) != 0) {
                show_change(p, proof, i, k, out);
            }
        }
    }
}

/* Phases of one ring and barrier group in the order in which the first pattern that has one serves
 * them, else by number. */
static struct show_list ring_part(const struct plan *p, int32_t ring_ix, int32_t barrier_ix)
{
    struct show_list text = { .s = "" };
    const struct ring_order *order = &p->pattern[0].ring[ring_ix];
    const int32_t count = order->count > 0 ? order->count : p->phase_count;
    for (int32_t i = 0; i < count; i++) {
        const struct phase *f = &p->phase[order->count > 0 ? order->phase_ix[i] : i];
        const bool is_on = (f->options & PHASE_ENABLED) != 0;
        if (f->ring_ix == ring_ix && f->barrier_ix == barrier_ix && is_on) {
            const size_t used = strlen(text.s);
            (void)snprintf(text.s + used, sizeof text.s - used, "%s[%s]", used > 0 ? "->" : "",
                           f->name);
        }
    }
    return text;
}

static void show_rings(const struct plan *p, FILE *out)
{
    (void)fprintf(out, "\nRings and barriers\n------------------\n");
    for (int32_t ring = 0; ring < RING_MAX; ring++) {
        bool has_phase = false;
        int32_t last_barrier_ix = 0;
        for (int32_t i = 0; i < p->phase_count; i++) {
            has_phase = has_phase || p->phase[i].ring_ix == ring;
            last_barrier_ix = max_i32(last_barrier_ix, p->phase[i].barrier_ix);
        }
        if (!has_phase) {
            continue;
        }
        (void)fprintf(out, "  ring %" PRId32 "  ||", ring + 1);
        for (int32_t barrier_ix = 0; barrier_ix <= last_barrier_ix; barrier_ix++) {
            const struct show_list part = ring_part(p, ring, barrier_ix);
            (void)fprintf(out, " ");
            show_cell(out, part.s, 24);
            (void)fprintf(out, " ||");
        }
        (void)fprintf(out, "\n");
    }
}

static void show_phases(const struct plan *p, FILE *out)
{
    (void)fprintf(out, "\nPhases (seconds)\n----------------\n");
    (void)fprintf(out,
                  "   #  name        min  pass  max1  max2  max3  walk  recall        groups\n");
    for (int32_t i = 0; i < p->phase_count; i++) {
        const struct phase *f = &p->phase[i];
        (void)fprintf(out, "  %2" PRId32 "  ", f->phase_id);
        show_cell(out, f->name, 10);
        show_time(out, f->min_green_ms, 5);
        show_time(out, f->passage_ms, 6);
        for (int32_t k = 0; k < 3; k++) {
            show_time(out, f->max_green_ms[k], 6);
        }
        show_time(out, f->walk_ms, 6);
        const struct show_list recall = show_recall(f->recall);
        (void)fprintf(out, "  ");
        show_cell(out, recall.s[0] != '\0' ? recall.s : "none", 14);
        (void)fprintf(out, "%s\n", show_groups_of(p, f->vehicle_sg | f->ped_sg).s);
        const struct show_list options = show_options(f->options & ~PHASE_ENABLED);
        if (options.s[0] != '\0') {
            (void)fprintf(out, "      %s\n", options.s);
        }
        if ((f->options & PHASE_ENABLED) == 0) {
            (void)fprintf(out, "      not enabled\n");
        }
        if (f->added_initial_ms > 0) {
            (void)fprintf(out, "      added initial %s s for each vehicle, up to %s s\n",
                          seconds_text(f->added_initial_ms).s, seconds_text(f->max_initial_ms).s);
        }
        if (f->time_to_reduce_ms > 0) {
            (void)fprintf(out, "      gap reduced to %s s from %s s of waiting on, within %s s\n",
                          seconds_text(f->min_gap_ms).s,
                          seconds_text(f->time_before_reduction_ms).s,
                          seconds_text(f->time_to_reduce_ms).s);
        }
        if (f->dynamic_max_ms > 0) {
            (void)fprintf(out, "      dynamic maximum up to %s s in steps of %s s\n",
                          seconds_text(f->dynamic_max_ms).s, seconds_text(f->dynamic_step_ms).s);
        }
    }
}

static struct show_list phase_names(const struct plan *p, phase_mask_t phases)
{
    struct show_list text = { .s = "" };
    for (int32_t i = 0; i < p->phase_count; i++) {
        if ((phases & bit32((uint32_t)i)) != 0) {
            const size_t used = strlen(text.s);
            (void)snprintf(text.s + used, sizeof text.s - used, "%s%s", used > 0 ? " + " : "",
                           p->phase[i].name);
        }
    }
    return text;
}

static void show_overlaps(const struct plan *p, FILE *out)
{
    for (int32_t i = 0; i < p->overlap_count; i++) {
        const struct overlap *o = &p->overlap[i];
        (void)fprintf(out, "  overlap %s: %s, open with %s", o->name, show_groups_of(p, o->sg).s,
                      phase_names(p, o->parents).s);
        if (o->kind == OVERLAP_MINUS_GREEN_YELLOW) {
            (void)fprintf(out, ", but not with %s", phase_names(p, o->modifiers).s);
        }
        if (o->trail_green_ms > 0) {
            (void)fprintf(out, ", trailing %s s", seconds_text(o->trail_green_ms).s);
        }
        (void)fprintf(out, "\n");
    }
    (void)fprintf(out, "  first after start-up: %s\n", phase_names(p, p->startup_phases).s);
}

void show_sequence(const struct plan *p, FILE *out)
{
    if (plan_is_staged(p)) {
        struct prove_result proof;
        plan_prove(p, &proof);
        show_stages(p, &proof, out);
        return;
    }
    show_rings(p, out);
    show_phases(p, out);
    show_overlaps(p, out);
}
