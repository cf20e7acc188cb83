/* An event log's detectors through our core, and what its controller did beside what ours did. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event_replay.h"
#include "hires_time.h"
#include "replay.h"
#include "service.h"
#include "when.h"

enum { PROGRESS_EVERY_TICKS = 6000 };

struct both { /* the log's controller and ours */
    struct event_log log, ours;
    struct stretch whole;
    struct stretches left_out;
    struct service recorded, replayed;
    struct service_likeness likeness;
    double took_s, speed;
};

static int say(const struct replay_options *o, const char *what)
{
    (void)fprintf(stderr, "kavsak replay: %s: %s\n", o->events_path, what);
    return CLI_FINDINGS;
}

static int read_log(const struct replay_options *o, struct both *b)
{
    const enum status status = event_log_read(&b->log, o->events_path, o->device);
    if (status != STATUS_OK) {
        (void)say(o, b->log.says);
        return status == STATUS_IO ? CLI_IO : CLI_FINDINGS;
    }
    /* Its first tick up to the one after its last event. */
    const int64_t first_ms = b->log.event[0].at_ms;
    b->whole.from_ms = first_ms - first_ms % TICK_MS;
    b->whole.until_ms = b->log.event[b->log.count - 1].at_ms + TICK_MS;
    return CLI_FINE;
}

/* Seconds that the junction's zone is ahead of UTC when the log's clock shows this. Civil time is
 * looked up twice, because the first guess may lie on the other side of a change of clocks. */
static int32_t offset_of(const struct replay_options *o, int64_t log_ms)
{
    if (o->is_utc) {
        return when_offset_s((wall_t){ .ms = log_ms });
    }
    const int32_t guess_s = when_offset_s((wall_t){ .ms = log_ms });
    return when_offset_s((wall_t){ .ms = log_ms - (int64_t)guess_s * 1000 });
}

static enum event_replay_result run(const struct replay_options *o, struct both *b,
                                    struct event_replay *r)
{
    const int64_t ticks =
        (b->whole.until_ms - b->whole.from_ms) / TICK_MS + (int64_t)o->lead_in_s * 1000 / TICK_MS;
    const double from_s = replay_seconds_now();
    enum event_replay_result result = REPLAY_GOES_ON;
    while (result == REPLAY_GOES_ON) {
        result = event_replay_step(r);
        const int64_t done = event_replay_ticks(r);
        if (done % PROGRESS_EVERY_TICKS == 0) {
            const double since_s = replay_seconds_now() - from_s;
            replay_show_progress(o, (int)(99 * done / (ticks + 1)),
                                 since_s > 0 ? (double)done * TICK_MS / 1000 / since_s : 0);
        }
    }
    b->took_s = replay_seconds_now() - from_s;
    b->speed = b->took_s > 0 ? (double)event_replay_ticks(r) * TICK_MS / 1000 / b->took_s : 0;
    replay_show_progress(o, 100, 0);
    return result;
}

static int replay(const struct replay_options *o, const struct plan *plan, struct both *b)
{
    const struct event_replay_config config = {
        .plan = plan,
        .log = &b->log,
        .from_ms = b->whole.from_ms,
        .until_ms = b->whole.until_ms,
        .lead_in_ms = o->lead_in_s * 1000,
        .utc_offset_s = offset_of(o, b->whole.from_ms),
        .is_utc = o->is_utc,
        .out = &b->ours,
    };
    struct event_replay *r = event_replay_create(&config);
    if (r == NULL) {
        (void)fputs("kavsak replay: out of memory\n", stderr);
        return CLI_IO;
    }
    int result = CLI_FINE;
    if (event_replay_used(r) == 0) {
        result = say(o, "no event of a detector that the junction has");
    } else if (event_replay_foreign(r) > 0 && !o->is_quiet) {
        (void)fprintf(stderr, "kavsak replay: %zu events of detectors that the junction lacks\n",
                      event_replay_foreign(r));
    }
    if (result == CLI_FINE) {
        const enum event_replay_result ended = run(o, b, r);
        if (ended == REPLAY_OBJECTION) {
            (void)fprintf(stderr, "kavsak replay: unsafe display: %s\n", event_replay_reason(r));
            result = CLI_FINDINGS;
        } else if (ended == REPLAY_NO_SPACE) {
            (void)fputs("kavsak replay: too many events to keep\n", stderr);
            result = CLI_IO;
        }
    }
    event_replay_destroy(r);
    return result;
}

static int write_events(const struct replay_options *o, const struct both *b)
{
    FILE *file = o->out_path != NULL ? fopen(o->out_path, "w") : NULL;
    bool is_written = file != NULL && fputs("TimeStamp,DeviceId,EventId,Parameter\n", file) >= 0;
    for (size_t i = 0; i < b->ours.count && is_written; i++) {
        const struct log_event *e = &b->ours.event[i];
        char at[HIRES_TIME_BYTES];
        hires_time_text(e->at_ms, o->is_utc, at);
        is_written = fprintf(file, "%s,%" PRId32 ",%" PRId32 ",%" PRId32 "\n", at, b->log.device,
                             e->code, e->param) > 0;
    }
    const int failed = errno;
    if (file != NULL && fclose(file) != 0) {
        is_written = false;
    }
    if (o->out_path != NULL && !is_written) {
        (void)fprintf(stderr, "kavsak replay: %s: %s\n", o->out_path, strerror(failed));
        return CLI_IO;
    }
    return CLI_FINE;
}

/* --- Tables ---------------------------------------------------------------------------------- */

static double mean_s(const struct service_phase *p)
{
    return p->greens > 0 ? (double)p->green_ms / p->greens / 1000 : 0;
}

static bool is_served(const struct both *b, int32_t phase)
{
    const struct service_phase *x = &b->recorded.phase[phase];
    const struct service_phase *y = &b->replayed.phase[phase];
    return x->greens + y->greens + x->walks + y->walks > 0;
}

static void print_phases(const struct both *b)
{
    printf("%-6s%17s%19s%17s%17s%17s%15s%12s\n", "phase", "greens", "mean green s", "gap-outs",
           "max-outs", "force-offs", "walks", "same lamps");
    for (int32_t i = 1; i < SERVICE_PHASE_MAX; i++) {
        const struct service_phase *x = &b->recorded.phase[i];
        const struct service_phase *y = &b->replayed.phase[i];
        if (is_served(b, i)) {
            printf("%-6d%8d %8d%10.1f %8.1f%8d %8d%8d %8d%8d %8d%7d %7d%10.1f %%\n", (int)i,
                   (int)x->greens, (int)y->greens, mean_s(x), mean_s(y), (int)x->gap_outs,
                   (int)y->gap_outs, (int)x->max_outs, (int)y->max_outs, (int)x->force_offs,
                   (int)y->force_offs, (int)x->walks, (int)y->walks, b->likeness.lamps_pct[i]);
        }
    }
}

static void print_bins(const struct replay_options *o, const struct both *b)
{
    printf("\ngreens begun in each quarter of an hour, recorded:ours\n%-18s", "from");
    for (int32_t i = 1; i < SERVICE_PHASE_MAX; i++) {
        if (is_served(b, i)) {
            printf("%8d", (int)i);
        }
    }
    printf("\n");
    for (int32_t k = 0; k < b->recorded.bins; k++) {
        char at[HIRES_TIME_BYTES];
        const struct stretch bin = { .from_ms = b->whole.from_ms + k * (int64_t)SERVICE_BIN_MS,
                                     .until_ms =
                                         b->whole.from_ms + (k + 1) * (int64_t)SERVICE_BIN_MS };
        bool is_touched = false;
        for (int32_t s = 0; s < b->left_out.count; s++) {
            is_touched = is_touched || (b->left_out.s[s].from_ms < bin.until_ms &&
                                        b->left_out.s[s].until_ms > bin.from_ms);
        }
        hires_time_text(bin.from_ms, o->is_utc, at);
        printf("%.16s%-2s", at, is_touched ? " *" : "");
        for (int32_t i = 1; i < SERVICE_PHASE_MAX; i++) {
            if (is_served(b, i)) {
                printf("%5d:%-2d", (int)b->recorded.phase[i].greens_in[k],
                       (int)b->replayed.phase[i].greens_in[k]);
            }
        }
        printf("\n");
    }
}

static double cycle_s(const struct service *s)
{
    return s->cycles > 0 ? (double)s->cycle_ms / s->cycles / 1000 : 0;
}

static void print_left_out(const struct replay_options *o, const struct both *b)
{
    for (int32_t k = 0; k < b->left_out.count; k++) {
        const struct stretch *s = &b->left_out.s[k];
        const int64_t until_ms = s->until_ms < b->whole.until_ms ? s->until_ms : b->whole.until_ms;
        char from[HIRES_TIME_BYTES];
        char until[HIRES_TIME_BYTES];
        hires_time_text(s->from_ms, o->is_utc, from);
        hires_time_text(until_ms, o->is_utc, until);
        printf("left out, * below: preemption, %.19s to %.8s\n", from, until + 11);
    }
}

static void print_tables(const struct replay_options *o, const struct both *b)
{
    const struct service_likeness *l = &b->likeness;
    printf("device %" PRId32 ", %.2f h, %zu events recorded, %zu ours; %.0f times real time\n",
           b->log.device, (double)(b->whole.until_ms - b->whole.from_ms) / 3600000, b->log.count,
           b->ours.count, b->speed);
    print_left_out(o, b);
    printf("\nrecorded and ours, side by side:\n");
    print_phases(b);
    print_bins(o, b);
    printf("\ncycles: recorded %d, mean %.1f s (%.1f to %.1f); ours %d, mean %.1f s (%.1f to "
           "%.1f)\n",
           (int)b->recorded.cycles, cycle_s(&b->recorded),
           (double)b->recorded.cycle_least_ms / 1000, (double)b->recorded.cycle_most_ms / 1000,
           (int)b->replayed.cycles, cycle_s(&b->replayed),
           (double)b->replayed.cycle_least_ms / 1000, (double)b->replayed.cycle_most_ms / 1000);
    printf("alike: greens served %.1f %%, ends of green %.1f %%, mean green within %.1f s, all "
           "lamps %.1f %% of the time\n",
           l->served_pct, l->ends_pct, l->mean_green_s, l->all_lamps_pct);
}

static void print_service(const struct service *s, int32_t phase)
{
    const struct service_phase *p = &s->phase[phase];
    printf("{\"greens\":%d,\"mean_green_s\":%.3f,\"gap_outs\":%d,\"max_outs\":%d,"
           "\"force_offs\":%d,\"walks\":%d,\"greens_in\":[",
           (int)p->greens, mean_s(p), (int)p->gap_outs, (int)p->max_outs, (int)p->force_offs,
           (int)p->walks);
    for (int32_t k = 0; k < s->bins; k++) {
        printf("%s%d", k > 0 ? "," : "", (int)p->greens_in[k]);
    }
    printf("]}");
}

static void print_json(const struct both *b)
{
    const struct service_likeness *l = &b->likeness;
    printf("{\"device\":%" PRId32 ",\"events\":%zu,\"our_events\":%zu,\"speed\":%.0f,"
           "\"served_pct\":%.2f,\"ends_pct\":%.2f,\"mean_green_apart_s\":%.2f,"
           "\"lamps_pct\":%.2f,\"cycles\":%d,\"our_cycles\":%d,\"cycle_s\":%.2f,"
           "\"our_cycle_s\":%.2f,\"phases\":{",
           b->log.device, b->log.count, b->ours.count, b->speed, l->served_pct, l->ends_pct,
           l->mean_green_s, l->all_lamps_pct, (int)b->recorded.cycles, (int)b->replayed.cycles,
           cycle_s(&b->recorded), cycle_s(&b->replayed));
    bool is_first = true;
    for (int32_t i = 1; i < SERVICE_PHASE_MAX; i++) {
        if (is_served(b, i)) {
            printf("%s\"%d\":{\"lamps_pct\":%.2f,\"recorded\":", is_first ? "" : ",", (int)i,
                   l->lamps_pct[i]);
            print_service(&b->recorded, i);
            printf(",\"ours\":");
            print_service(&b->replayed, i);
            printf("}");
            is_first = false;
        }
    }
    printf("}}\n");
}

static int compare(const struct replay_options *o, struct both *b)
{
    service_preempted(&b->log, &b->left_out);
    service_count(&b->log, b->whole, &b->left_out, &b->recorded);
    service_count(&b->ours, b->whole, &b->left_out, &b->replayed);
    if (!service_compare(&b->log, &b->ours, b->whole, &b->left_out, &b->likeness)) {
        (void)fputs("kavsak replay: out of memory\n", stderr);
        return CLI_IO;
    }
    if (o->is_json) {
        print_json(b);
    } else {
        print_tables(o, b);
    }
    return CLI_FINE;
}

int replay_events(const struct replay_options *o, const struct plan *plan)
{
    struct both *b = calloc(1, sizeof *b);
    if (b == NULL) {
        (void)fputs("kavsak replay: out of memory\n", stderr);
        return CLI_IO;
    }
    int result = read_log(o, b);
    if (result == CLI_FINE) {
        result = replay(o, plan, b);
    }
    if (result == CLI_FINE) {
        result = write_events(o, b);
    }
    if (result == CLI_FINE && o->compares) {
        result = compare(o, b);
    } else if (result == CLI_FINE) {
        printf("%zu events of %.2f h, %.0f times real time\n", b->ours.count,
               (double)(b->whole.until_ms - b->whole.from_ms) / 3600000, b->speed);
    }
    event_log_finish(&b->log);
    event_log_finish(&b->ours);
    free(b);
    return result;
}
