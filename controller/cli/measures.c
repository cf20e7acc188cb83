/* kavsak measures: tables of performance measures from an event log, or from our own journal. */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hires_time.h"
#include "measures_io.h"
#include "scan.h"

enum {
    PATH_BYTES = 4096,
    ROOM_LEAST = 4096,
    /* A list needs a few items for each event; a table that wants more has a time in its log that
     * is wrong by years, and bins all the way to it. */
    ROOM_MOST = 4194304,
    ROOM_PER_EVENT_MOST = 16,
    LISTS = 3,
    DAY_MIN = 1440,
    MINUTE_MS = 60000,
    THOUSAND = 1000
};

/* Options that are numbers, with their bounds: seconds become milliseconds, shares and multiples
 * thousandths, both by three decimals. */
enum number_kind { WHOLE, MINUTES, SECONDS, THOUSANDTHS };

enum option_id {
    OPT_NUMBERS = 1000, /* and on: the numbers, in the order of their table */
    OPT_EVENTS = 'e',
    OPT_DETECTORS = 'd',
    OPT_JOURNAL = 'J',
    OPT_NAMES = 'n',
    OPT_JUNCTION = 'u',
    OPT_DEVICE = 'D',
    OPT_OUTPUT = 'o',
    OPT_TABLE = 't',
    OPT_JSON = 'j',
    OPT_BETTER = 'b',
    OPT_FROM = 'f',
    OPT_TO = 'T',
    OPT_BY_DETECTOR = 'y',
    OPT_BY_CYCLE = 'c',
    OPT_NO_VOLUMES = 'v',
    OPT_ACTUAL_CYCLE = 'a',
    OPT_CODES = 'C',
    OPT_HELP = 'h'
};

struct measures_command {
    const char *events, *detectors, *journal, *output, *junction;
    const char *names_of[MEASURES_NAMED_MAX];
    uint32_t names_count;
    int32_t device;
    bool has_table, is_json, is_better;
    enum measure table;
    int64_t from_ms, until_ms;
    struct measures_options options;
};

/* What each number is, and where it goes. The order is that of the getopt table. */
struct number {
    enum number_kind kind;
    int64_t least, most;
    size_t offset;
    bool is_wide; /* int64_t, else int32_t */
};

#define WIDE(field)   offsetof(struct measures_options, field), true
#define NARROW(field) offsetof(struct measures_options, field), false

static const struct number numbers[] = {
    { MINUTES, 1, DAY_MIN, WIDE(bin_ms) },
    { MINUTES, 1, DAY_MIN, WIDE(no_data_ms) },
    { WHOLE, 1, 1000000, NARROW(min_data_points) },
    { SECONDS, 0, 86400, WIDE(gap_ms) },
    { SECONDS, -60, 60, WIDE(arrival_latency_ms) },
    { SECONDS, -60, 60, WIDE(red_latency_ms) },
    { SECONDS, -3600, 3600, WIDE(min_red_offset_ms) },
    { SECONDS, 1, 3600, WIDE(red_ms) },
    { THOUSANDTHS, 0, 1, NARROW(green_threshold_pml) },
    { THOUSANDTHS, 0, 1, NARROW(red_threshold_pml) },
    { SECONDS, 0, 3600, WIDE(between_ped_ms) },
    { SECONDS, 0, 3600, WIDE(min_duration_ms) },
    { SECONDS, 0, 86400, WIDE(preempt_ms) },
    { WHOLE, 1, 3600, NARROW(assumed_cycle_s) },
    { THOUSANDTHS, 0, 1000, NARROW(skip_multiplier_pml) },
};

static const struct option table[] = {
    { "bin", required_argument, NULL, OPT_NUMBERS },
    { "no-data-min", required_argument, NULL, OPT_NUMBERS + 1 },
    { "min-data-points", required_argument, NULL, OPT_NUMBERS + 2 },
    { "gap", required_argument, NULL, OPT_NUMBERS + 3 },
    { "arrival-latency", required_argument, NULL, OPT_NUMBERS + 4 },
    { "red-latency", required_argument, NULL, OPT_NUMBERS + 5 },
    { "min-red-offset", required_argument, NULL, OPT_NUMBERS + 6 },
    { "red-time", required_argument, NULL, OPT_NUMBERS + 7 },
    { "green-occupancy", required_argument, NULL, OPT_NUMBERS + 8 },
    { "red-occupancy", required_argument, NULL, OPT_NUMBERS + 9 },
    { "between-presses", required_argument, NULL, OPT_NUMBERS + 10 },
    { "min-duration", required_argument, NULL, OPT_NUMBERS + 11 },
    { "preempt-recovery", required_argument, NULL, OPT_NUMBERS + 12 },
    { "assumed-cycle", required_argument, NULL, OPT_NUMBERS + 13 },
    { "skip-multiplier", required_argument, NULL, OPT_NUMBERS + 14 },
    { "events", required_argument, NULL, OPT_EVENTS },
    { "detectors", required_argument, NULL, OPT_DETECTORS },
    { "journal", required_argument, NULL, OPT_JOURNAL },
    { "names", required_argument, NULL, OPT_NAMES },
    { "junction", required_argument, NULL, OPT_JUNCTION },
    { "device", required_argument, NULL, OPT_DEVICE },
    { "output", required_argument, NULL, OPT_OUTPUT },
    { "table", required_argument, NULL, OPT_TABLE },
    { "json", no_argument, NULL, OPT_JSON },
    { "better", no_argument, NULL, OPT_BETTER },
    { "from", required_argument, NULL, OPT_FROM },
    { "to", required_argument, NULL, OPT_TO },
    { "by-detector", no_argument, NULL, OPT_BY_DETECTOR },
    { "by-cycle", no_argument, NULL, OPT_BY_CYCLE },
    { "no-volumes", no_argument, NULL, OPT_NO_VOLUMES },
    { "actual-cycle", no_argument, NULL, OPT_ACTUAL_CYCLE },
    { "communication-codes", required_argument, NULL, OPT_CODES },
    { "help", no_argument, NULL, OPT_HELP },
    { NULL, 0, NULL, 0 },
};

static const char help[] =
    "usage: kavsak measures --events FILE [--detectors FILE] [--device N] [options] -o DIR\n"
    "       kavsak measures --journal DIR [--names DIR]... [--junction NAME|N] [options] -o DIR\n"
    "       kavsak measures ... --table NAME [--json]\n"
    "\n"
    "Performance measures by bins of the clock, as CSV files in DIR, or one table on standard\n"
    "output. docs/measures.md says what each is, and where its definition is doubtful.\n"
    "\n"
    "  --events FILE          lines TimeStamp,DeviceId,EventId,Parameter, plain or gzip\n"
    "  --detectors FILE       lines DeviceId,Phase,Function,Parameter (the channel)\n"
    "  --device N             of several devices in the log this one alone\n"
    "  --journal DIR          a journal of ours instead of a log; devices are junctions\n"
    "  --names DIR            its junction directory, for the detectors; once for each junction\n"
    "  --junction NAME|N      of several junctions in the journal this one alone\n"
    "  --bin MIN              length of the bins, which divides a day (15)\n"
    "  --output, -o DIR       where the tables go\n"
    "  --table NAME, --json   this table on standard output, as CSV or as JSON\n"
    "  --better               ours as well: where the usual definitions are doubtful\n"
    "  --from, --to TIME      rows from 2024-05-13T15:00:00 on, and before\n"
    "\n"
    "Parameters, with their defaults:\n"
    "  --no-data-min MIN (5), --min-data-points N (3): when a bin has data\n"
    "  --gap S (300): nothing is concluded across a longer silence; 0: all is\n"
    "  --arrival-latency S (0), --red-latency S (1.5): from detector to log\n"
    "  --min-red-offset S (-8): earliest actuation before red in yellow_red\n"
    "  --red-time S (5), --green-occupancy X (0.8), --red-occupancy X (0.8): split failures\n"
    "  --by-detector, --by-cycle: split failures not by approach, not by bin\n"
    "  --between-presses S (15): presses closer than this are one pedestrian\n"
    "  --no-volumes: full_ped without the estimate\n"
    "  --min-duration S (0.2): shorter delays and waits are left out\n"
    "  --preempt-recovery S (120), --assumed-cycle S (140), --skip-multiplier X (1.5): waits\n"
    "  --actual-cycle: waits by the cycle that ran (316), not the one asked for (132)\n"
    "  --communication-codes N,... (400,503,502): events that are averaged\n";

/* "-1.25" as -1250. */
static bool read_thousandths(const char *text, int64_t *value)
{
    const bool is_negative = *text == '-';
    const char *at = text + (is_negative ? 1 : 0);
    int64_t whole = 0;
    int64_t part = 0;
    if (!scan_number(&at, 0, 1000000, &whole)) {
        return false;
    }
    if (*at == '.') {
        at++;
        int64_t worth = THOUSAND / 10;
        for (; *at >= '0' && *at <= '9' && worth > 0; at++, worth /= 10) {
            part += worth * (*at - '0');
        }
    }
    *value = (is_negative ? -1 : 1) * (whole * THOUSAND + part);
    return *at == '\0';
}

static int take_number(struct measures_command *c, size_t ix)
{
    const struct number *n = &numbers[ix];
    const bool is_whole = n->kind == WHOLE || n->kind == MINUTES;
    const int64_t worth = is_whole ? 1 : THOUSAND;
    int64_t value = 0;
    const bool is_number =
        is_whole ? scan_whole(optarg, n->least, n->most, &value) : read_thousandths(optarg, &value);
    if (!is_number || value < n->least * worth || value > n->most * worth) {
        return cli_usage("measures",
                         "--%s must be a number from %" PRId64 " to %" PRId64 ", not '%s'",
                         table[ix].name, n->least, n->most, optarg);
    }
    value *= n->kind == MINUTES ? MINUTE_MS : 1;
    char *const field = (char *)&c->options + n->offset;
    const int32_t narrow = (int32_t)value;
    memcpy(field, n->is_wide ? (const void *)&value : &narrow,
           n->is_wide ? sizeof value : sizeof narrow);
    return CLI_FINE;
}

static int take_codes(struct measures_command *c)
{
    const char *at = optarg;
    c->options.code_count = 0;
    for (bool goes_on = true; goes_on; goes_on = scan_text(&at, ",")) {
        int64_t code = 0;
        if (c->options.code_count == MEASURES_CODES_MAX ||
            !scan_number(&at, 0, HIRES_CODE_MAX, &code)) {
            return cli_usage("measures", "--communication-codes: at most %d numbers, not '%s'",
                             MEASURES_CODES_MAX, optarg);
        }
        c->options.code[c->options.code_count++] = (uint16_t)code;
    }
    return *at == '\0' ? CLI_FINE
                       : cli_usage("measures", "--communication-codes: '%s' is no list", optarg);
}

static int take_time(const char *option, int64_t *ms)
{
    const char *at = optarg;
    return hires_time_read(&at, ms) && *at == '\0'
               ? CLI_FINE
               : cli_usage("measures", "%s must be a time like 2024-05-13T15:00:00, not '%s'",
                           option, optarg);
}

static int take_table(struct measures_command *c)
{
    c->has_table = measures_find(optarg, &c->table);
    if (c->has_table) {
        return CLI_FINE;
    }
    char names[1024];
    size_t used = 0;
    for (int32_t i = 0; i < MEASURE_COUNT && used < sizeof names; i++) {
        used += (size_t)snprintf(names + used, sizeof names - used, " %s",
                                 measures_name((enum measure)i));
    }
    return cli_usage("measures", "there is no table '%s'; there are:%s", optarg, names);
}

static int take_device(struct measures_command *c)
{
    int64_t device = 0;
    if (!scan_whole(optarg, 0, HIRES_DEVICE_MAX, &device)) {
        return cli_usage("measures", "--device must be a number, not '%s'", optarg);
    }
    c->device = (int32_t)device;
    return CLI_FINE;
}

static int take_names(struct measures_command *c)
{
    if (c->names_count == MEASURES_NAMED_MAX) {
        return cli_usage("measures", "--names may be given %d times", MEASURES_NAMED_MAX);
    }
    c->names_of[c->names_count++] = optarg;
    return CLI_FINE;
}

/* Options that only set something. */
static bool take_plain(struct measures_command *c, int option)
{
    const struct {
        int option;
        const char **text;
        bool *flag;
        bool value;
    } plain[] = {
        { OPT_EVENTS, &c->events, NULL, true },
        { OPT_DETECTORS, &c->detectors, NULL, true },
        { OPT_JOURNAL, &c->journal, NULL, true },
        { OPT_JUNCTION, &c->junction, NULL, true },
        { OPT_OUTPUT, &c->output, NULL, true },
        { OPT_JSON, NULL, &c->is_json, true },
        { OPT_BETTER, NULL, &c->is_better, true },
        { OPT_BY_DETECTOR, NULL, &c->options.is_by_detector, true },
        { OPT_BY_CYCLE, NULL, &c->options.is_by_cycle, true },
        { OPT_NO_VOLUMES, NULL, &c->options.has_volumes, false },
        { OPT_ACTUAL_CYCLE, NULL, &c->options.is_actual_cycle, true },
    };
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if (plain[i].option == option) {
            if (plain[i].text != NULL) {
                *plain[i].text = optarg;
            } else {
                *plain[i].flag = plain[i].value;
            }
            return true;
        }
    }
    return false;
}

static int take_option(struct measures_command *c, int option, char **argv)
{
    if (option >= OPT_NUMBERS) {
        return take_number(c, (size_t)(option - OPT_NUMBERS));
    }
    if (take_plain(c, option)) {
        return CLI_FINE;
    }
    switch (option) {
    case OPT_NAMES:
        return take_names(c);
    case OPT_DEVICE:
        return take_device(c);
    case OPT_TABLE:
        return take_table(c);
    case OPT_CODES:
        return take_codes(c);
    case OPT_FROM:
        return take_time("--from", &c->from_ms);
    case OPT_TO:
        return take_time("--to", &c->until_ms);
    default:
        return cli_usage("measures", "option '%s' is unknown or has no value", argv[optind - 1]);
    }
}

static int check_options(const struct measures_command *c, int operands)
{
    if (operands > 0) {
        return cli_usage("measures", "what is read and written is said by options alone");
    }
    if ((c->events == NULL) == (c->journal == NULL)) {
        return cli_usage("measures", "say --events FILE or --journal DIR");
    }
    if (c->journal != NULL && (c->detectors != NULL || c->device != MEASURES_ANY_DEVICE)) {
        return cli_usage("measures", "a journal has --names and --junction instead of "
                                     "--detectors and --device");
    }
    if (c->journal == NULL && (c->names_count > 0 || c->junction != NULL)) {
        return cli_usage("measures", "--names and --junction belong to --journal");
    }
    if ((c->output == NULL) != c->has_table) {
        return cli_usage("measures", "say -o DIR for all tables, or --table NAME for one");
    }
    if (c->is_json && !c->has_table) {
        return cli_usage("measures", "--json is for one --table");
    }
    if (DAY_MIN * (int64_t)MINUTE_MS % c->options.bin_ms != 0) {
        return cli_usage("measures", "--bin must divide a day of 1440 minutes");
    }
    if (c->options.bin_ms % c->options.no_data_ms != 0) {
        return cli_usage("measures", "--bin must be a multiple of --no-data-min");
    }
    return CLI_FINE;
}

static int read_options(struct measures_command *c, int argc, char **argv)
{
    *c = (struct measures_command){
        .device = MEASURES_ANY_DEVICE,
        .from_ms = INT64_MIN,
        .until_ms = INT64_MAX,
        .options = measures_usual(),
    };
    opterr = 0;
    optind = 1;
    for (int option = getopt_long(argc, argv, "o:", table, NULL); option != -1;
         option = getopt_long(argc, argv, "o:", table, NULL)) {
        if (option == OPT_HELP) {
            return -1;
        }
        const int result = take_option(c, option, argv);
        if (result != CLI_FINE) {
            return result;
        }
    }
    return check_options(c, argc - optind);
}

/* The journal of one daemon: its junctions have numbers, their directories names. */
static int read_journal(const struct measures_command *c, struct measures_input *in)
{
    int64_t number = MEASURES_ANY_DEVICE;
    bool is_found = c->junction == NULL || scan_whole(c->junction, 1, INT16_MAX, &number);
    for (uint32_t i = 0; i < c->names_count; i++) {
        char name[NAME_MAX_BYTES];
        const int result = measures_read_junction(in, c->names_of[i], (int32_t)i + 1, name);
        if (result != CLI_FINE) {
            return result;
        }
        if (!is_found && strcmp(name, c->junction) == 0) {
            is_found = true;
            number = i + 1;
        }
    }
    if (!is_found) {
        return cli_usage("measures", "no --names directory is of a junction '%s'", c->junction);
    }
    return measures_read_journal(in, c->journal, (int32_t)number);
}

static int read_input(const struct measures_command *c, struct measures_input *in)
{
    if (c->journal != NULL) {
        return read_journal(c, in);
    }
    const int detectors =
        c->detectors != NULL ? measures_read_detectors(in, c->detectors) : CLI_FINE;
    const int events = measures_read_events(in, c->events, c->device);
    return detectors > events ? detectors : events;
}

static int say_write(const char *path)
{
    (void)fprintf(stderr, "kavsak measures: %s: cannot be written: %s\n", path, strerror(errno));
    return CLI_IO;
}

/* Lists that are too small are made larger, and the table begun again: it has written nothing. */
static enum status compute(struct measures *m, enum measure measure)
{
    const size_t wanted = m->event_count * ROOM_PER_EVENT_MOST;
    const size_t most = wanted > ROOM_MOST ? wanted : ROOM_MOST;
    enum status status = measures_table(m, measure);
    while (status == STATUS_NO_SPACE) {
        struct item_list *const lists[LISTS] = { &m->stream, &m->sample, &m->window };
        for (size_t i = 0; i < LISTS; i++) {
            const size_t room = lists[i]->room * 2;
            struct item *more = lists[i]->is_full && room <= most
                                    ? realloc(lists[i]->item, room * sizeof *more)
                                    : NULL;
            if (lists[i]->is_full && more == NULL) {
                return STATUS_NO_SPACE;
            }
            lists[i]->item = lists[i]->is_full ? more : lists[i]->item;
            lists[i]->room = lists[i]->is_full ? room : lists[i]->room;
        }
        status = measures_table(m, measure);
    }
    return status;
}

static int write_table(const struct measures_command *c, struct measures *m,
                       struct measures_output *out, enum measure measure, FILE *file)
{
    out->file = file;
    out->column_count = measures_columns(measure, &c->options, &out->column);
    measures_write_begin(out, measures_name(measure));
    if (compute(m, measure) != STATUS_OK) {
        (void)fprintf(stderr,
                      "kavsak measures: table %s does not fit: is a time in the log wrong?\n",
                      measures_name(measure));
        return CLI_IO;
    }
    return measures_write_end(out) ? CLI_FINE : say_write(measures_name(measure));
}

static int write_file(const struct measures_command *c, struct measures *m,
                      struct measures_output *out, enum measure measure)
{
    char path[PATH_BYTES];
    const int size = snprintf(path, sizeof path, "%s/%s.csv", c->output, measures_name(measure));
    if (size < 0 || size >= (int)sizeof path) {
        (void)fprintf(stderr, "kavsak measures: %s: the name is too long\n", c->output);
        return CLI_IO;
    }
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return say_write(path);
    }
    const int result = write_table(c, m, out, measure, file);
    return fclose(file) == 0 || result != CLI_FINE ? result : say_write(path);
}

static int write_tables(const struct measures_command *c, struct measures *m,
                        struct measures_output *out)
{
    if (c->has_table) {
        return write_table(c, m, out, c->table, stdout);
    }
    if (mkdir(c->output, 0777) != 0 && errno != EEXIST) {
        return say_write(c->output);
    }
    const int32_t count = c->is_better ? MEASURE_COUNT : MEASURE_PEER_COUNT;
    for (int32_t i = 0; i < count; i++) {
        const int result = write_file(c, m, out, (enum measure)i);
        if (result != CLI_FINE) {
            return result;
        }
    }
    return CLI_FINE;
}

static int run(const struct measures_command *c, struct measures_input *in)
{
    if (in->event_count == 0) {
        (void)fprintf(stderr, "kavsak measures: no events\n");
        return CLI_FINDINGS;
    }
    qsort(in->event, in->event_count, sizeof in->event[0], measures_compare_events);
    if (in->detector_count > 0) {
        qsort(in->detector, in->detector_count, sizeof in->detector[0], measures_compare_detectors);
    }
    const size_t room = in->event_count > ROOM_LEAST ? in->event_count : ROOM_LEAST;
    struct measures_output out = { .is_json = c->is_json,
                                   .from_ms = c->from_ms,
                                   .until_ms = c->until_ms };
    struct measures m = { .event = in->event,
                          .event_count = measures_order(in->event, in->event_count),
                          .detector = in->detector,
                          .detector_count = in->detector_count,
                          .options = c->options,
                          .sort = qsort,
                          .take = measures_write_row,
                          .taker = &out,
                          .stream = { .item = calloc(room, sizeof(struct item)), .room = room },
                          .sample = { .item = calloc(room, sizeof(struct item)), .room = room },
                          .window = { .item = calloc(ROOM_LEAST, sizeof(struct item)),
                                      .room = ROOM_LEAST } };
    int result = CLI_IO;
    if (m.stream.item != NULL && m.sample.item != NULL && m.window.item != NULL) {
        result = write_tables(c, &m, &out);
    } else {
        (void)fprintf(stderr, "kavsak measures: no memory for %zu events\n", in->event_count);
    }
    free(m.stream.item);
    free(m.sample.item);
    free(m.window.item);
    return result;
}

int cli_measures(int argc, char **argv)
{
    struct measures_command c;
    const int options = read_options(&c, argc, argv);
    if (options != CLI_FINE) {
        return options < 0 ? (fputs(help, stdout) < 0 ? CLI_IO : CLI_FINE) : options;
    }
    struct measures_input in = { 0 };
    int result = read_input(&c, &in);
    if (result == CLI_FINE) {
        result = run(&c, &in);
    }
    measures_input_finish(&in);
    return result;
}
