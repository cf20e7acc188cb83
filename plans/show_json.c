/* The same as JSON. Keys may be added, never renamed; times are milliseconds, groups and stages are
 * named. */
#include <string.h>

#include "prove.h"
#include "show_parts.h"

/* Writes commas and quotes, so that nobody else has to. */
struct json {
    FILE *out;
    bool needs_comma;
};

static void put_string(FILE *out, const char *text)
{
    (void)fputc('"', out);
    for (const char *c = text; *c != '\0'; c++) {
        const unsigned char byte = (unsigned char)*c;
        if (byte == '"' || byte == '\\') {
            (void)fprintf(out, "\\%c", byte);
        } else if (byte < 0x20) {
            (void)fprintf(out, "\\u%04x", byte);
        } else {
            (void)fputc(byte, out);
        }
    }
    (void)fputc('"', out);
}

static void key(struct json *j, const char *name)
{
    (void)fputs(j->needs_comma ? ",\n" : "\n", j->out);
    if (name != NULL) {
        put_string(j->out, name);
        (void)fputc(':', j->out);
    }
    j->needs_comma = true;
}

static void open_part(struct json *j, const char *name, char bracket)
{
    key(j, name);
    (void)fputc(bracket, j->out);
    j->needs_comma = false;
}

static void close_part(struct json *j, char bracket)
{
    (void)fputc(bracket, j->out);
    j->needs_comma = true;
}

static void put_int(struct json *j, const char *name, int64_t value)
{
    key(j, name);
    (void)fprintf(j->out, "%" PRId64, value);
}

static void put_text(struct json *j, const char *name, const char *text)
{
    key(j, name);
    put_string(j->out, text);
}

static void put_bool(struct json *j, const char *name, bool value)
{
    key(j, name);
    (void)fputs(value ? "true" : "false", j->out);
}

static void put_hash(struct json *j, const char *name, uint64_t hash)
{
    char text[20];
    (void)snprintf(text, sizeof text, "%016" PRIx64, hash);
    put_text(j, name, text);
}

static void put_groups(struct json *j, const char *name, const struct plan *p, sg_mask_t sg)
{
    open_part(j, name, '[');
    for (uint32_t i = 0; i < (uint32_t)p->sg_count; i++) {
        if ((sg & bit32(i)) != 0) {
            put_text(j, NULL, p->sg[i].name);
        }
    }
    close_part(j, ']');
}

static void put_phases(struct json *j, const char *name, const struct plan *p, phase_mask_t phases)
{
    open_part(j, name, '[');
    for (uint32_t i = 0; i < (uint32_t)p->phase_count; i++) {
        if ((phases & bit32(i)) != 0) {
            put_int(j, NULL, p->phase[i].phase_id);
        }
    }
    close_part(j, ']');
}

static void put_lamps(struct json *j, const char *name, const int32_t lamp[LAMP_COUNT])
{
    open_part(j, name, '[');
    for (int32_t i = 0; i < LAMP_COUNT; i++) {
        put_int(j, NULL, lamp[i]);
    }
    close_part(j, ']');
}

static void json_groups(struct json *j, const struct plan *p)
{
    const struct safety *s = &p->safety;
    open_part(j, "groups", '[');
    for (int32_t i = 0; i < p->sg_count; i++) {
        open_part(j, NULL, '{');
        put_text(j, "name", p->sg[i].name);
        put_int(j, "phase", p->sg[i].phase_id);
        put_text(j, "type", show_sg_type(s->sg_type[i]));
        put_int(j, "min_green_ms", s->min_green_ms[i]);
        put_int(j, "green_flash_ms", s->green_flash_ms[i]);
        put_int(j, "yellow_ms", s->yellow_ms[i]);
        put_int(j, "red_yellow_ms", s->red_yellow_ms[i]);
        put_int(j, "ped_clear_ms", s->ped_clear_ms[i]);
        put_int(j, "min_red_ms", s->min_red_ms[i]);
        put_int(j, "max_red_ms", s->max_red_ms[i]);
        put_int(j, "preempt_min_green_ms", s->preempt_min_green_ms[i]);
        put_text(j, "flash", show_flash(s->flash_aspect[i]));
        put_lamps(j, "outputs", s->lamps.output[i]);
        put_lamps(j, "sensed", s->lamps.sensed[i]);
        close_part(j, '}');
    }
    close_part(j, ']');
}

static void json_intergreens(struct json *j, const struct plan *p)
{
    const struct safety *s = &p->safety;
    open_part(j, "intergreens", '[');
    for (int32_t a = 0; a < p->sg_count; a++) {
        for (int32_t b = 0; b < p->sg_count; b++) {
            if (s->intergreen_ms[a][b] >= 0) {
                open_part(j, NULL, '{');
                put_text(j, "from", p->sg[a].name);
                put_text(j, "to", p->sg[b].name);
                put_int(j, "ms", s->intergreen_ms[a][b]);
                put_bool(j, "permissive", ((uint32_t)s->permissive[a] & bit32((uint32_t)b)) != 0);
                close_part(j, '}');
            }
        }
    }
    close_part(j, ']');
    open_part(j, "relations", '[');
    for (int32_t i = 0; i < p->relation_count; i++) {
        open_part(j, NULL, '{');
        put_text(j, "kind", show_relation(p->relation[i].kind));
        put_text(j, "first", p->sg[p->relation[i].sg_a_ix].name);
        put_text(j, "second", p->sg[p->relation[i].sg_b_ix].name);
        put_int(j, "ms", p->relation[i].time_ms);
        close_part(j, '}');
    }
    close_part(j, ']');
}

static void json_stages(struct json *j, const struct plan *p, const struct prove_result *proof)
{
    open_part(j, "stages", '[');
    for (int32_t i = 0; i < p->stage_count; i++) {
        const struct stage *s = &p->stage[i];
        open_part(j, NULL, '{');
        put_text(j, "name", s->name);
        put_groups(j, "groups", p, s->sg);
        put_groups(j, "on_demand", p, s->on_demand);
        put_text(j, "recall", show_recall(s->recall).s);
        put_int(j, "passage_ms", s->passage_ms);
        open_part(j, "next", '[');
        for (int32_t k = 0; k < p->stage_count; k++) {
            if ((s->next & bit32((uint32_t)k)) != 0) {
                open_part(j, NULL, '{');
                put_text(j, "stage", p->stage[k].name);
                put_int(j, "all_green_after_ms", proof->transition_ms[i][k]);
                close_part(j, '}');
            }
        }
        close_part(j, ']');
        close_part(j, '}');
    }
    close_part(j, ']');
    put_text(j, "startup_stage", plan_is_staged(p) ? p->stage[p->startup_stage_ix].name : "");
}

static void json_phase(struct json *j, const struct plan *p, const struct phase *f)
{
    open_part(j, NULL, '{');
    put_int(j, "phase", f->phase_id);
    put_text(j, "name", f->name);
    put_int(j, "ring", f->ring_ix + 1);
    put_int(j, "barrier_group", f->barrier_ix + 1);
    put_groups(j, "vehicle_groups", p, f->vehicle_sg);
    put_groups(j, "ped_groups", p, f->ped_sg);
    put_bool(j, "enabled", (f->options & PHASE_ENABLED) != 0);
    put_text(j, "options", show_options(f->options & ~PHASE_ENABLED).s);
    put_text(j, "recall", show_recall(f->recall).s);
    put_int(j, "min_green_ms", f->min_green_ms);
    put_int(j, "passage_ms", f->passage_ms);
    open_part(j, "max_green_ms", '[');
    for (int32_t i = 0; i < 3; i++) {
        put_int(j, NULL, f->max_green_ms[i]);
    }
    close_part(j, ']');
    put_int(j, "walk_ms", f->walk_ms);
    put_int(j, "added_initial_ms", f->added_initial_ms);
    put_int(j, "max_initial_ms", f->max_initial_ms);
    put_int(j, "time_before_reduction_ms", f->time_before_reduction_ms);
    put_int(j, "time_to_reduce_ms", f->time_to_reduce_ms);
    put_int(j, "min_gap_ms", f->min_gap_ms);
    put_int(j, "dynamic_max_ms", f->dynamic_max_ms);
    put_int(j, "dynamic_step_ms", f->dynamic_step_ms);
    close_part(j, '}');
}

static void json_phases(struct json *j, const struct plan *p)
{
    open_part(j, "phases", '[');
    for (int32_t i = 0; i < p->phase_count; i++) {
        json_phase(j, p, &p->phase[i]);
    }
    close_part(j, ']');
    open_part(j, "overlaps", '[');
    for (int32_t i = 0; i < p->overlap_count; i++) {
        const struct overlap *o = &p->overlap[i];
        open_part(j, NULL, '{');
        put_text(j, "name", o->name);
        put_text(j, "kind", o->kind == OVERLAP_NORMAL ? "normal" : "minus_green_yellow");
        put_groups(j, "groups", p, o->sg);
        put_phases(j, "parents", p, o->parents);
        put_phases(j, "modifiers", p, o->modifiers);
        put_int(j, "trail_green_ms", o->trail_green_ms);
        close_part(j, '}');
    }
    close_part(j, ']');
    put_phases(j, "startup_phases", p, p->startup_phases);
}

static void json_steps(struct json *j, const struct plan *p, const struct pattern *t)
{
    open_part(j, "steps", '[');
    for (int32_t i = 0; i < t->step_count; i++) {
        open_part(j, NULL, '{');
        put_text(j, "stage", p->stage[t->step[i].stage_ix].name);
        put_int(j, "duration_ms", t->step[i].duration_ms);
        put_int(j, "min_ms", t->step[i].min_ms);
        put_int(j, "max_ms", t->step[i].max_ms);
        close_part(j, '}');
    }
    close_part(j, ']');
}

static void json_rings(struct json *j, const struct plan *p, const struct pattern *t)
{
    open_part(j, "rings", '[');
    for (int32_t ring = 0; ring < RING_MAX && !plan_is_staged(p); ring++) {
        open_part(j, NULL, '[');
        for (int32_t i = 0; i < t->ring[ring].count; i++) {
            const int32_t ix = t->ring[ring].phase_ix[i];
            open_part(j, NULL, '{');
            put_int(j, "phase", p->phase[ix].phase_id);
            put_int(j, "split_ms", t->split_ms[ix]);
            put_text(j, "mode", show_split_mode(t->split_mode[ix]));
            close_part(j, '}');
        }
        close_part(j, ']');
    }
    close_part(j, ']');
}

static void json_bars(struct json *j, const struct plan *p, int32_t pattern_ix)
{
    struct show_bars bars;
    if (!show_read_bars(p, pattern_ix, &bars)) {
        return;
    }
    put_int(j, "bar_cell_ms", bars.cell_ms);
    open_part(j, "bars", '{');
    for (int32_t i = 0; i < p->sg_count; i++) {
        put_text(j, p->sg[i].name, bars.row[i]);
    }
    close_part(j, '}');
}

static void json_patterns(struct json *j, const struct plan *p)
{
    open_part(j, "patterns", '[');
    for (int32_t i = 0; i < p->pattern_count; i++) {
        const struct pattern *t = &p->pattern[i];
        open_part(j, NULL, '{');
        put_int(j, "id", t->pattern_id);
        put_text(j, "name", t->name);
        put_text(j, "strategy", show_strategy(t->strategy));
        put_int(j, "cycle_ms", t->cycle_ms);
        put_int(j, "offset_ms", t->offset_ms);
        put_text(j, "reference", show_reference(t->reference));
        put_text(j, "correction", show_correction(t->correction));
        put_int(j, "correction_max_pct", t->correction_max_pct);
        put_int(j, "dwell_max_ms", t->dwell_max_ms);
        put_int(j, "coord_step", t->coord_step_ix + 1);
        put_phases(j, "coord_phases", p, t->coord_phases);
        put_bool(j, "force_off_is_floating", t->force_off_is_floating);
        put_int(j, "max_set", t->max_set + 1);
        put_bool(j, "max_is_inhibited", t->max_is_inhibited);
        put_bool(j, "ped_may_overrun", t->ped_may_overrun);
        json_steps(j, p, t);
        json_rings(j, p, t);
        json_bars(j, p, i);
        close_part(j, '}');
    }
    close_part(j, ']');
    put_int(j, "failed_detectors_pct", p->ladder.failed_detectors_pct);
    put_int(j, "step_up_ms", p->ladder.step_up_ms);
    const int32_t fallback_ix = p->ladder.fallback_pattern_ix;
    put_text(j, "fallback", fallback_ix >= 0 ? p->pattern[fallback_ix].name : "");
}

static void json_days(struct json *j, const struct plan *p)
{
    const struct schedule *s = &p->schedule;
    open_part(j, "days", '[');
    for (int32_t i = 0; i < s->day_plan_count; i++) {
        open_part(j, NULL, '{');
        put_text(j, "name", s->day_plan[i].name);
        open_part(j, "events", '[');
        for (int32_t k = 0; k < s->day_plan[i].event_count; k++) {
            open_part(j, NULL, '{');
            put_int(j, "start_ms", s->day_plan[i].event[k].start_ms);
            put_text(j, "pattern", p->pattern[s->day_plan[i].event[k].pattern_ix].name);
            close_part(j, '}');
        }
        close_part(j, ']');
        close_part(j, '}');
    }
    close_part(j, ']');
    open_part(j, "weeks", '[');
    for (int32_t i = 0; i < s->week_plan_count; i++) {
        open_part(j, NULL, '{');
        put_text(j, "name", s->week_plan[i].name);
        open_part(j, "days", '[');
        for (int32_t k = 0; k < 7; k++) {
            put_text(j, NULL, s->day_plan[s->week_plan[i].day_plan_ix[k]].name);
        }
        close_part(j, ']');
        close_part(j, '}');
    }
    close_part(j, ']');
}

static void json_schedule(struct json *j, const struct plan *p)
{
    const struct schedule *s = &p->schedule;
    open_part(j, "schedule", '{');
    json_days(j, p);
    open_part(j, "seasons", '[');
    for (int32_t i = 0; i < s->season_count; i++) {
        open_part(j, NULL, '{');
        put_int(j, "from_month", s->season[i].from_month);
        put_int(j, "from_day", s->season[i].from_day);
        put_int(j, "to_month", s->season[i].to_month);
        put_int(j, "to_day", s->season[i].to_day);
        put_text(j, "week", s->week_plan[s->season[i].week_plan_ix].name);
        close_part(j, '}');
    }
    close_part(j, ']');
    open_part(j, "special_days", '[');
    for (int32_t i = 0; i < s->special_day_count; i++) {
        open_part(j, NULL, '{');
        put_int(j, "year", s->special_day[i].year);
        put_int(j, "month", s->special_day[i].month);
        put_int(j, "day", s->special_day[i].day);
        put_text(j, "day_plan", s->day_plan[s->special_day[i].day_plan_ix].name);
        close_part(j, '}');
    }
    close_part(j, ']');
    open_part(j, "one_offs", '[');
    for (int32_t i = 0; i < s->one_off_count; i++) {
        open_part(j, NULL, '{');
        put_int(j, "from_utc_ms", s->one_off[i].from.ms);
        put_int(j, "until_utc_ms", s->one_off[i].until.ms);
        put_text(j, "pattern", p->pattern[s->one_off[i].pattern_ix].name);
        close_part(j, '}');
    }
    close_part(j, ']');
    close_part(j, '}');
}

static void json_street(struct json *j, const struct plan *p)
{
    open_part(j, "lanes", '[');
    for (int32_t i = 0; i < p->lane_count; i++) {
        const struct lane *l = &p->lane[i];
        open_part(j, NULL, '{');
        put_text(j, "name", l->name);
        put_int(j, "length_cm", l->length_cm);
        put_int(j, "speed_cmps", l->speed_cmps);
        put_int(j, "saturation_headway_ms", l->saturation_headway_ms);
        put_int(j, "approach_deg", l->approach_deg);
        put_bool(j, "turn_on_red", l->turn_on_red);
        close_part(j, '}');
    }
    close_part(j, ']');
    open_part(j, "movements", '[');
    for (int32_t i = 0; i < p->movement_count; i++) {
        const struct movement *m = &p->movement[i];
        open_part(j, NULL, '{');
        put_text(j, "lane", p->lane[m->lane_ix].name);
        put_text(j, "turn", show_turn(m->turn));
        put_groups(j, "groups", p, m->sg);
        put_int(j, "share_permille", m->share_permille);
        put_groups(j, "yields_to", p, m->yields_to);
        put_text(j, "exit", m->exit);
        put_text(j, "exit_detector",
                 m->exit_detector_ix >= 0 ? p->detector[m->exit_detector_ix].name : "");
        close_part(j, '}');
    }
    close_part(j, ']');
}

static void json_detector(struct json *j, const struct plan *p, const struct site *site, int32_t i)
{
    const struct detector *d = &p->detector[i];
    open_part(j, NULL, '{');
    put_int(j, "number", d->number);
    put_text(j, "name", d->name);
    put_text(j, "type", show_detector_type(d->type));
    put_text(j, "roles", show_roles(d->roles).s);
    put_text(j, "lane", d->lane_ix >= 0 ? p->lane[d->lane_ix].name : "");
    put_groups(j, "groups", p, d->sg);
    put_groups(j, "switch_groups", p, d->switch_sg);
    put_int(j, "distance_cm", d->distance_cm);
    put_int(j, "length_cm", d->length_cm);
    put_int(j, "delay_ms", d->delay_ms);
    put_int(j, "extend_ms", d->extend_ms);
    put_int(j, "queue_limit_ms", d->queue_limit_ms);
    put_int(j, "no_activity_ms", d->no_activity_ms);
    put_int(j, "max_presence_ms", d->max_presence_ms);
    put_int(j, "erratic_per_min", d->erratic_per_min);
    put_int(j, "stale_ms", d->stale_ms);
    put_text(j, "on_failure", show_failure(d->fail_action));
    put_int(j, "fail_hold_ms", d->fail_hold_ms);
    put_int(j, "restore_actuations", d->restore_actuations);
    put_int(j, "restore_ms", d->restore_ms);
    put_int(j, "cabinet_input", site->cabinet_input[i]);
    close_part(j, '}');
}

static void json_site(struct json *j, const struct plan *p, const struct site *site)
{
    static const char *const kind[] = { "tcp", "rtu", "simulator" };
    open_part(j, "detectors", '[');
    for (int32_t i = 0; i < p->detector_count; i++) {
        json_detector(j, p, site, i);
    }
    close_part(j, ']');
    open_part(j, "links", '[');
    for (int32_t i = 0; i < site->link_count; i++) {
        const struct site_link *l = &site->link[i];
        open_part(j, NULL, '{');
        put_text(j, "name", l->name);
        put_text(j, "kind", kind[l->kind]);
        put_text(j, "duty", l->duty == DUTY_CABINET ? "cabinet" : "detectors");
        put_text(j, "host", l->host);
        put_int(j, "port", l->port);
        put_int(j, "unit", l->unit);
        put_int(j, "poll_ms", l->poll_ms);
        put_int(j, "timeout_ms", l->timeout_ms);
        put_int(j, "stale_ms", l->stale_ms);
        put_int(j, "max_registers", l->max_registers);
        close_part(j, '}');
    }
    close_part(j, ']');
    put_text(j, "broker", site->broker);
    put_int(j, "broker_port", site->broker_port);
}

static void json_proof(struct json *j, const struct prove_result *proof)
{
    open_part(j, "proof", '{');
    put_int(j, "states", proof->states);
    put_int(j, "changes", proof->transitions);
    put_int(j, "cycles", proof->cycles);
    put_int(j, "ticks", proof->ticks);
    put_int(j, "errors", proof->errors);
    put_int(j, "warnings", proof->warnings);
    open_part(j, "findings", '[');
    for (uint32_t i = 0; i < proof->count && i < PROVE_FINDING_MAX; i++) {
        open_part(j, NULL, '{');
        put_int(j, "kind", proof->finding[i].kind);
        put_bool(j, "is_error", proof->finding[i].level == PROVE_ERROR);
        put_text(j, "text", proof->finding[i].text);
        close_part(j, '}');
    }
    close_part(j, ']');
    close_part(j, '}');
}

void show_plan_json(const struct plan *p, const struct site *site, FILE *out)
{
    struct json j = { .out = out };
    struct prove_result proof;
    plan_prove(p, &proof);
    (void)fputc('{', out);
    put_text(&j, "junction", p->junction_name);
    put_text(&j, "node", p->node);
    put_text(&j, "zone", p->zone);
    put_int(&j, "site_id", p->safety.site_id);
    put_text(&j, "profile", show_profile(p->safety.profile));
    put_hash(&j, "safety_hash", p->safety_hash);
    put_hash(&j, "plan_hash", p->plan_hash);
    put_bool(&j, "is_signed", site->is_signed);
    put_int(&j, "startup_flash_ms", p->safety.startup_flash_ms);
    put_int(&j, "startup_yellow_ms", p->safety.startup_yellow_ms);
    put_int(&j, "startup_all_red_ms", p->safety.startup_all_red_ms);
    json_groups(&j, p);
    json_intergreens(&j, p);
    json_stages(&j, p, &proof);
    json_phases(&j, p);
    json_patterns(&j, p);
    json_schedule(&j, p);
    json_street(&j, p);
    json_site(&j, p, site);
    json_proof(&j, &proof);
    (void)fputs("\n}\n", out);
}
