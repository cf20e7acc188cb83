/* kavsak replay: recorded inputs through our core once more, from a journal or from an event log.
 */
#include "replay.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "event_log.h"
#include "load.h"

enum { LEAD_IN_S = 300, LEAD_IN_MAX_S = 86400, JUNCTION_NUMBER_MAX = 4096 };

static const char help[] =
    "usage: kavsak replay --journal FOLDER [--junction N] DIR\n"
    "       kavsak replay --events FILE [--device N] [--compare] [--out FILE] [--lead-in S]\n"
    "                     [--utc] [--json] [--quiet] DIR\n"
    "\n"
    "Runs recorded inputs through the controller of the junction in DIR, as fast as it goes.\n"
    "\n"
    "  --journal FOLDER  a journal in which kavsakd recorded its inputs: outputs and events must\n"
    "                    come out as they were, bit for bit; every difference is listed\n"
    "  --junction N      which junction of the journal, from 1 (default: the only one)\n"
    "\n"
    "  --events FILE     an event log (TimeStamp,DeviceId,EventId,Parameter; may be gzip): its\n"
    "                    detectors (82, 81) and buttons (90, 89) are the input\n"
    "  --device N        whose events, if the log has several devices\n"
    "  --compare         what the log's controller did beside what ours did\n"
    "  --out FILE        our events, in the same form\n"
    "  --lead-in S       seconds without traffic before the log, for start-up (default 300)\n"
    "  --utc             the log's clock is UTC, not civil time of the junction\n"
    "  --json            with --compare: one object instead of tables\n"
    "  --quiet           no progress\n"
    "\n"
    "Exit status 1: a difference, an unsafe display, or an event log that cannot be understood.\n";

double replay_seconds_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void replay_show_progress(const struct replay_options *o, int done_pct, double times_real)
{
    if (o->is_quiet || isatty(STDERR_FILENO) == 0) {
        return;
    }
    if (done_pct >= 100) {
        (void)fputs("\r\033[K", stderr);
    } else {
        (void)fprintf(stderr, "\r%3d %%  %.0f times real time ", done_pct, times_real);
    }
}

static bool read_number(const char *text, int32_t least, int32_t most, int32_t *number)
{
    char *end = NULL;
    const long value = strtol(text, &end, 10);
    *number = (int32_t)value;
    return end != text && *end == '\0' && value >= least && value <= most;
}

static int take_option(struct replay_options *o, int option, char **argv)
{
    int32_t number = 0;
    switch (option) {
    case 'e':
        o->events_path = optarg;
        return CLI_FINE;
    case 'J':
        o->journal_path = optarg;
        return CLI_FINE;
    case 'o':
        o->out_path = optarg;
        return CLI_FINE;
    case 'd':
        return read_number(optarg, 0, INT32_MAX, &o->device)
                   ? CLI_FINE
                   : cli_usage("replay", "--device must be a number");
    case 'n':
        if (!read_number(optarg, 1, JUNCTION_NUMBER_MAX, &number)) {
            return cli_usage("replay", "--junction must be a number from 1");
        }
        o->junction_ix = number - 1;
        return CLI_FINE;
    case 'l':
        return read_number(optarg, 0, LEAD_IN_MAX_S, &o->lead_in_s)
                   ? CLI_FINE
                   : cli_usage("replay", "--lead-in must be between 0 and %d", LEAD_IN_MAX_S);
    case 'c':
        o->compares = true;
        return CLI_FINE;
    case 'j':
        o->is_json = true;
        return CLI_FINE;
    case 'q':
        o->is_quiet = true;
        return CLI_FINE;
    case 'u':
        o->is_utc = true;
        return CLI_FINE;
    default:
        return cli_usage("replay", "option '%s' is unknown or has no value", argv[optind - 1]);
    }
}

static int check_options(struct replay_options *o, int argc, char **argv)
{
    if ((o->events_path == NULL) == (o->journal_path == NULL)) {
        return cli_usage("replay", "say either --journal or --events");
    }
    if (argc - optind != 1) {
        return cli_usage("replay", "name one junction directory");
    }
    const bool for_events = o->compares || o->is_json || o->is_utc || o->out_path != NULL ||
                            o->device != EVENT_LOG_ANY_DEVICE || o->lead_in_s != LEAD_IN_S;
    if (o->journal_path != NULL && for_events) {
        return cli_usage("replay", "--journal goes with --junction and --quiet only");
    }
    if (o->events_path != NULL && o->junction_ix >= 0) {
        return cli_usage("replay", "--junction goes with --journal");
    }
    o->folder = argv[optind];
    return CLI_FINE;
}

/* -1: help was asked for. */
static int read_options(struct replay_options *o, int argc, char **argv)
{
    static const struct option table[] = {
        { "events", required_argument, NULL, 'e' },   { "journal", required_argument, NULL, 'J' },
        { "out", required_argument, NULL, 'o' },      { "device", required_argument, NULL, 'd' },
        { "junction", required_argument, NULL, 'n' }, { "lead-in", required_argument, NULL, 'l' },
        { "compare", no_argument, NULL, 'c' },        { "json", no_argument, NULL, 'j' },
        { "quiet", no_argument, NULL, 'q' },          { "utc", no_argument, NULL, 'u' },
        { "help", no_argument, NULL, 'h' },           { NULL, 0, NULL, 0 },
    };
    *o = (struct replay_options){ .device = EVENT_LOG_ANY_DEVICE,
                                  .lead_in_s = LEAD_IN_S,
                                  .junction_ix = -1 };
    opterr = 0;
    optind = 1;
    for (int option = getopt_long(argc, argv, "q", table, NULL); option != -1;
         option = getopt_long(argc, argv, "q", table, NULL)) {
        if (option == 'h') {
            return -1;
        }
        const int result = take_option(o, option, argv);
        if (result != CLI_FINE) {
            return result;
        }
    }
    return check_options(o, argc, argv);
}

static int load(const struct replay_options *o, struct plan *plan)
{
    static struct site site;
    struct diag *diag = calloc(1, sizeof *diag);
    if (diag == NULL) {
        return CLI_IO;
    }
    const enum status status = plan_load(o->folder, plan, &site, diag);
    /* STATUS_REFUSED forbids a real cabinet link, and there is none here. */
    const bool is_good = status == STATUS_OK || status == STATUS_REFUSED;
    if (!is_good) {
        diag_print(diag, stderr, isatty(STDERR_FILENO) != 0);
    }
    free(diag);
    if (is_good) {
        (void)setenv("TZ", plan->zone, 1);
        tzset();
        return CLI_FINE;
    }
    return status == STATUS_IO ? CLI_IO : CLI_FINDINGS;
}

int cli_replay(int argc, char **argv)
{
    struct replay_options options;
    const int usage = read_options(&options, argc, argv);
    if (usage != CLI_FINE) {
        return usage < 0 ? (fputs(help, stdout) < 0 ? CLI_IO : CLI_FINE) : usage;
    }
    struct plan *plan = calloc(1, sizeof *plan);
    int result = plan == NULL ? CLI_IO : load(&options, plan);
    if (result == CLI_FINE) {
        result = options.events_path != NULL ? replay_events(&options, plan)
                                             : replay_journal(&options, plan);
    }
    free(plan);
    return result;
}
