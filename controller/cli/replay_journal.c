/* A journal's input frames through our core: outputs and events must be those of then. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "files.h"
#include "journal_read.h"
#include "journal_replay.h"
#include "replay.h"
#include "when.h"

enum { DIFFERENCES_SHOWN_MAX = 1000, PROGRESS_EVERY_TICKS = 36000 };

struct journal_run {
    const struct replay_options *options;
    struct world world;
    struct journal_reader reader;
    struct journal_replay replay;
    uint64_t skipped_told;
    bool is_chosen; /* which junction of the journal is ours */
    double from_s;
};

static int say(const struct journal_run *run, const char *what)
{
    (void)fprintf(stderr, "kavsak replay: %s: %s\n", run->options->journal_path, what);
    return CLI_IO;
}

/* Civil time of the junction; its zone is the process's TZ. */
static void show_difference(const struct journal_run *run, uint64_t seq, const char *what)
{
    const struct journal_replay *r = &run->replay;
    if (r->differences == DIFFERENCES_SHOWN_MAX + 1) {
        printf("... and more\n");
    }
    if (r->differences > DIFFERENCES_SHOWN_MAX) {
        return;
    }
    const int64_t of_day_ms = (r->at.ms + (int64_t)when_offset_s(r->at) * 1000) % INT64_C(86400000);
    printf("%02d:%02d:%02d.%d  record %" PRIu64 ", tick %" PRIu64 ": %s\n",
           (int)(of_day_ms / 3600000), (int)(of_day_ms / 60000 % 60), (int)(of_day_ms / 1000 % 60),
           (int)(of_day_ms / 100 % 10), seq, r->ticks, what);
}

/* Without --junction the journal must be of one. CLI_FINE, or an exit code. */
static int choose_junction(struct journal_run *run, const struct record *record)
{
    if (record->type != RECORD_BOOT || run->options->junction_ix >= 0) {
        return CLI_FINE;
    }
    if (run->is_chosen && record->junction != run->replay.junction_ix) {
        return cli_usage("replay", "the journal is of several junctions: say --junction N");
    }
    run->replay.junction_ix = record->junction;
    run->is_chosen = true;
    return CLI_FINE;
}

static int take(struct journal_run *run, const struct record *record)
{
    const int result = choose_junction(run, record);
    if (result != CLI_FINE) {
        return result;
    }
    const char *different = NULL;
    if (run->reader.skipped > run->skipped_told) {
        run->skipped_told = run->reader.skipped;
        const struct record gap = { .type = RECORD_GAP };
        different = journal_replay_take(&run->replay, &gap);
        if (different != NULL) {
            show_difference(run, record->seq, different);
        }
    }
    different = journal_replay_take(&run->replay, record);
    if (different != NULL) {
        show_difference(run, record->seq, different);
    }
    if (record->type == RECORD_INPUT && run->replay.ticks % PROGRESS_EVERY_TICKS == 1) {
        const double since_s = replay_seconds_now() - run->from_s;
        replay_show_progress(run->options, 0,
                             since_s > 0 ? (double)run->replay.ticks * TICK_MS / 1000 / since_s
                                         : 0);
    }
    return CLI_FINE;
}

static int read_all(struct journal_run *run)
{
    for (;;) {
        struct record record;
        const enum status status = journal_reader_next(&run->reader, &record);
        if (status == STATUS_AGAIN) {
            return CLI_FINE;
        }
        if (status != STATUS_OK) {
            return say(run, "cannot be read");
        }
        const int result = take(run, &record);
        if (result != CLI_FINE) {
            return result;
        }
    }
}

static int report(struct journal_run *run)
{
    struct journal_replay *r = &run->replay;
    const char *different = journal_replay_end(r);
    replay_show_progress(run->options, 100, 0);
    if (different != NULL) {
        (void)say(run, different);
        return CLI_FINDINGS;
    }
    const double took_s = replay_seconds_now() - run->from_s;
    printf("%" PRIu64 " ticks, %" PRIu64 " outputs and %" PRIu64 " events from %" PRIu64
           " starts: %" PRIu64 " differences; %.0f times real time\n",
           r->ticks, r->outputs, r->event_count, r->starts, r->differences,
           took_s > 0 ? (double)r->ticks * TICK_MS / 1000 / took_s : 0);
    return r->differences == 0 ? CLI_FINE : CLI_FINDINGS;
}

int replay_journal(const struct replay_options *o, const struct plan *plan)
{
    struct journal_run *run = calloc(1, sizeof *run);
    if (run == NULL) {
        (void)fputs("kavsak replay: out of memory\n", stderr);
        return CLI_IO;
    }
    run->options = o;
    run->from_s = replay_seconds_now();
    files_fill_world(&run->world);
    journal_replay_init(&run->replay, plan, (uint16_t)(o->junction_ix >= 0 ? o->junction_ix : 0));
    const enum status status = journal_reader_open(&run->reader, &run->world, o->journal_path);
    int result = CLI_FINE;
    if (status != STATUS_OK) {
        result = say(run, status == STATUS_NOT_FOUND ? "no journal there" : "cannot be read");
    } else {
        result = read_all(run);
        journal_reader_close(&run->reader);
    }
    if (result == CLI_FINE) {
        result = report(run);
    }
    free(run);
    return result;
}
