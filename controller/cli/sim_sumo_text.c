/* What a run under SUMO came to: summary.json, and the same for people. */
#include "sim_sumo.h"

#include <stdio.h>

#include "words.h"

static void put_text(FILE *file, const char *text)
{
    (void)fputc('"', file);
    for (; *text != '\0'; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            (void)fputc('\\', file);
        }
        if (c < ' ') {
            (void)fprintf(file, "\\u%04x", c);
        } else {
            (void)fputc(c, file);
        }
    }
    (void)fputc('"', file);
}

static void put_name(FILE *file, const char *name, const char *text)
{
    (void)fprintf(file, ",\"%s\":", name);
    put_text(file, text);
}

static const char *word_of(bool is_so)
{
    return is_so ? "true" : "false";
}

/* A value that may not be given. */
static void put_seconds(FILE *file, const char *name, int64_t ms)
{
    if (ms < 0) {
        (void)fprintf(file, ",\"%s\":null", name);
    } else {
        (void)fprintf(file, ",\"%s\":%.1f", name, (double)ms / 1000);
    }
}

static void put_options(FILE *file, const struct sim_sumo_options *o)
{
    (void)fprintf(file, "{\"decision_interval_s\":%d,\"sensor_noise\":%s,\"neighbours\":%s",
                  o->decision_interval_s, word_of(o->is_noisy), word_of(!o->is_alone));
    (void)fprintf(file, ",\"failed_detectors_pct\":%d", o->failed_pct);
    put_seconds(file, "yellow_s", o->yellow_ms);
    put_seconds(file, "all_red_s", o->all_red_ms);
    put_seconds(file, "end_s", o->end_ms);
    if (o->plans_folder != NULL) {
        put_name(file, "plans", o->plans_folder);
    }
    (void)fputs(",\"sumo\":[", file);
    for (char *const *extra = o->extra; *extra != NULL; extra++) {
        (void)fputs(extra != o->extra ? "," : "", file);
        put_text(file, *extra);
    }
    (void)fputs("]}", file);
}

static void put_vehicles(FILE *file, const struct sumo_report *r, const struct traci_totals *street)
{
    (void)fprintf(file,
                  ",\"mean_delay_s\":%.3f,\"mean_time_loss_s\":%.3f,\"mean_depart_delay_s\":%.3f",
                  sumo_report_mean_delay_s(r),
                  sumo_report_due(r) > 0 ? r->time_loss_s / (double)sumo_report_due(r) : 0,
                  sumo_report_due(r) > 0 ? r->depart_delay_s / (double)sumo_report_due(r) : 0);
    (void)fprintf(file, ",\"due\":%llu,\"finished\":%llu,\"unfinished\":%llu,\"undeparted\":%llu",
                  (unsigned long long)sumo_report_due(r),
                  (unsigned long long)r->count[SUMO_FINISHED],
                  (unsigned long long)r->count[SUMO_UNFINISHED],
                  (unsigned long long)r->count[SUMO_UNDEPARTED]);
    (void)fprintf(file,
                  ",\"delay_finished_s\":%.1f,\"delay_unfinished_s\":%.1f,"
                  "\"delay_undeparted_s\":%.1f,\"worst_delay_s\":%.1f",
                  r->delay_s[SUMO_FINISHED], r->delay_s[SUMO_UNFINISHED],
                  r->delay_s[SUMO_UNDEPARTED], r->worst_delay_s);
    put_name(file, "worst_vehicle", r->worst_vehicle);
    (void)fprintf(
        file, ",\"longest_wait_s\":%.1f,\"persons\":%llu,\"teleports\":%d,\"collisions\":%d",
        r->longest_wait_s, (unsigned long long)r->persons, street->teleports, street->collisions);
}

static double per(double sum, double count)
{
    return count > 0 ? sum / count : 0;
}

static void put_effort(FILE *file, const struct sumo_totals *t)
{
    (void)fprintf(file,
                  ",\"simulated_s\":%.0f,\"wall_s\":%.3f,\"controller_s\":%.3f,\"sumo_s\":%.3f,"
                  "\"speed\":%.1f",
                  t->simulated_s, t->wall_s, t->controller_s, t->wall_s - t->controller_s,
                  per(t->simulated_s, t->wall_s));
    (void)fprintf(file,
                  ",\"decisions\":%llu,\"cut_decisions\":%llu,\"decision_p99_us\":%lld,"
                  "\"decision_max_us\":%lld,\"nodes_max\":%d",
                  (unsigned long long)t->decisions, (unsigned long long)t->cut_decisions,
                  (long long)t->decision_p99_us, (long long)t->decision_max_us, t->nodes_max);
    (void)fprintf(file,
                  ",\"memory_per_junction_bytes\":%zu,\"messages\":%llu,"
                  "\"messages_lost\":%llu,\"dead_detectors\":%u",
                  sizeof(struct junction), (unsigned long long)t->messages,
                  (unsigned long long)t->messages_lost, t->dead_detectors);
}

static void put_junctions(FILE *file, const struct sim_sumo_run *run)
{
    (void)fputs(",\"junctions\":[", file);
    for (uint32_t j = 0; j < run->plans->count; j++) {
        const struct sumo_corner_totals t = sumo_corner_totals(run->sumo, j);
        (void)fprintf(file, "%s{\"name\":", j > 0 ? "," : "");
        put_text(file, run->plans->plan[j]->junction_name);
        put_name(file, "light", run->plans->map[j]->light);
        (void)fprintf(file,
                      ",\"stage_changes\":%llu,\"greens\":%llu,\"objections\":%llu,"
                      "\"seconds_below_strategy\":%lld,\"detectors\":%u,\"dead_detectors\":%u,"
                      "\"messages\":%llu}",
                      (unsigned long long)t.stage_changes, (unsigned long long)t.greens,
                      (unsigned long long)t.objections, (long long)t.below_s, t.detectors,
                      t.dead_detectors, (unsigned long long)t.messages);
    }
    (void)fputs("],\"left_to_sumo\":[", file);
    for (uint32_t i = 0; i < run->plans->left_count && i < SIM_SUMO_LEFT_MAX; i++) {
        (void)fprintf(file, "%s{\"light\":", i > 0 ? "," : "");
        put_text(file, run->plans->left[i].light);
        put_name(file, "reason", run->plans->left[i].text);
        (void)fputc('}', file);
    }
    (void)fputc(']', file);
}

void sim_sumo_write_json(FILE *file, const struct sim_sumo_run *run)
{
    const struct sim_sumo_options *o = run->options;
    const struct sumo_totals t = sumo_totals(run->sumo);
    (void)fputs("{\"scenario\":", file);
    put_text(file, o->config_path);
    put_name(file, "strategy", word_strategy(o->strategy));
    (void)fprintf(file, ",\"seed\":%llu,\"options\":", (unsigned long long)o->seed);
    put_options(file, o);
    (void)fprintf(file, ",\"complete\":%s", word_of(!run->has_died && !run->was_interrupted));
    put_name(file, "ended", run->has_died ? run->why : run->was_interrupted ? "interrupted" : "");
    put_vehicles(file, &run->report, &run->street);
    put_effort(file, &t);
    (void)fprintf(file, ",\"objections\":%llu", (unsigned long long)t.objections);
    put_name(file, "first_objection", sumo_objection(run->sumo));
    put_junctions(file, run);
    (void)fputs("}\n", file);
}

static void print_vehicles(const struct sumo_report *r)
{
    printf("vehicles due %llu, through %llu, on the way %llu, never inserted %llu\n",
           (unsigned long long)sumo_report_due(r), (unsigned long long)r->count[SUMO_FINISHED],
           (unsigned long long)r->count[SUMO_UNFINISHED],
           (unsigned long long)r->count[SUMO_UNDEPARTED]);
    printf("delay %.1f s per vehicle due (longest %.0f s, vehicle %s)\n",
           sumo_report_mean_delay_s(r), r->worst_delay_s, r->worst_vehicle);
}

void sim_sumo_print(const struct sim_sumo_run *run)
{
    const struct sumo_totals t = sumo_totals(run->sumo);
    printf("%s, %s, seed %llu: %.0f s in %.1f s, %.0f times real time\n", run->options->config_path,
           word_strategy(run->options->strategy), (unsigned long long)run->options->seed,
           t.simulated_s, t.wall_s, per(t.simulated_s, t.wall_s));
    print_vehicles(&run->report);
    if (run->street.teleports > 0) {
        printf("vehicles that SUMO moved by teleport: %d\n", run->street.teleports);
    }
    printf("controllers %.2f s of it; decisions %llu: 99 %% within %lld us, longest %lld us\n",
           t.controller_s, (unsigned long long)t.decisions, (long long)t.decision_p99_us,
           (long long)t.decision_max_us);
    printf("\n%-24s %9s %7s %9s %5s\n", "junction", "detectors", "greens", "changes", "below");
    for (uint32_t j = 0; j < run->plans->count; j++) {
        const struct sumo_corner_totals c = sumo_corner_totals(run->sumo, j);
        printf("%-24s %9u %7llu %9llu %5lld\n", run->plans->plan[j]->junction_name, c.detectors,
               (unsigned long long)c.greens, (unsigned long long)c.stage_changes,
               (long long)c.below_s);
    }
    if (run->plans->left_count > 0) {
        printf("\n%u lights are left to SUMO\n", run->plans->left_count);
    }
}
