#include "log_options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "scan.h"
#include "when.h"

enum {
    LAST_DEFAULT = 50,
    LAST_MAX = 1000000,
    ADDRESS_MAX = 45, /* an IPv6 address with an IPv4 one in it */
    EVERY_MAX_MIN = 30,
    JUNCTION_NUMBER_MAX = 0xfffe
};

const char log_options_help[] =
    "usage: kavsak log [--follow] [--from TIME] [--to TIME] [--last N] [--json|--csv]\n"
    "                  [--journal DIRECTORY | --socket PATH] [NAME|NUMBER]\n"
    "       kavsak log ... --export csv|asc3|maxtime [-o OUT] [NAME|NUMBER]\n"
    "       kavsak log --import FILE... [--journal DIRECTORY | --export ... | --json|--csv]\n"
    "\n"
    "Events, oldest first, with their numbers of the Indiana enumeration (ours from 1000).\n"
    "\n"
    "  --follow, -f         go on with what happens now, until Ctrl-C\n"
    "  --from, --to TIME    18:04, 2026-11-23, 2026-11-23T18:04:30 (local), or ...Z (UTC)\n"
    "  --last N             only the newest N (default 50 when no time is given)\n"
    "  --json, --csv        one object, or one comma-separated line, for each event\n"
    "  --journal DIRECTORY  read a journal folder instead of asking the daemon; with --import:\n"
    "                       make one\n"
    "  --names DIRECTORY    with --journal: the junction directory that has the names; once for\n"
    "                       each junction, in the daemon's order\n"
    "  --socket PATH        where kavsakd listens (default " CLI_SOCKET_DEFAULT ")\n"
    "\n"
    "Logs that others read (docs/journal.md says what each form can hold):\n"
    "  --export FORM        csv: TimeStamp,DeviceId,EventId,Parameter; asc3: Econolite .dat;\n"
    "                       maxtime: XML. All events unless --from, --to or --last say less\n"
    "  --out, -o OUT        file (.gz and .datZ are packed), or for asc3 a folder\n"
    "  --device N           DeviceId to write instead of the junction's number\n"
    "  --every MINUTES      of one asc3 file: 1 to 30, a part of an hour (default 15)\n"
    "  --address IP         of the controller, in names and heads of asc3 files\n"
    "  --compress           asc3 in a folder: .datZ instead of .dat\n"
    "  --import FILE        logs of these forms, told apart by what is in them; folders too\n"
    "  --device N           only this DeviceId\n"
    "  --junction N         number that the junction gets (default: its DeviceId, else 1)\n"
    "  --sort               put events in order instead of refusing a log that is not\n"
    "  --time-zone ZONE     zone of the times in files, typed and shown: Europe/Istanbul, UTC\n";

static bool read_last(const char *text, uint32_t *last)
{
    char *end = NULL;
    const long value = strtol(text, &end, 10);
    *last = (uint32_t)value;
    return end != text && *end == '\0' && value >= 1 && value <= LAST_MAX;
}

static int read_form(struct log_options *o)
{
    for (uint32_t i = 0; i < HIRES_FORMAT_COUNT; i++) {
        if (strcmp(optarg, hires_format_names[i]) == 0) {
            o->write.is_wanted = true;
            o->write.format = (enum hires_format)i;
            return CLI_FINE;
        }
    }
    return cli_usage("log", "--export must be csv, asc3 or maxtime, not '%s'", optarg);
}

static int read_number(const char *name, int64_t most, int32_t *number)
{
    int64_t value = 0;
    if (!scan_whole(optarg, 1, most, &value)) {
        return cli_usage("log", "--%s must be a number from 1 to %lld", name, (long long)most);
    }
    *number = (int32_t)value;
    return CLI_FINE;
}

/* Files begin at whole parts of an hour, and longer ones do not fit the two bytes of their times as
 * ATSPM reads them. */
static int read_every(struct log_options *o)
{
    const int result = read_number("every", EVERY_MAX_MIN, &o->write.every_min);
    return result != CLI_FINE || 60 % o->write.every_min == 0
               ? result
               : cli_usage("log", "--every must divide an hour");
}

/* A part of a file's name and of a line. */
static int read_address(struct log_options *o)
{
    const size_t length = strspn(optarg, "0123456789abcdefABCDEF.:");
    if (length == 0 || optarg[length] != '\0' || length > ADDRESS_MAX) {
        return cli_usage("log", "--address must be one like 10.0.0.7, not '%s'", optarg);
    }
    o->write.address = optarg;
    return CLI_FINE;
}

static int take_exchange_option(struct log_options *o, int option, char **argv)
{
    switch (option) {
    case 'e':
        return read_form(o);
    case 'o':
        o->write.out = strcmp(optarg, "-") == 0 ? NULL : optarg;
        return CLI_FINE;
    case 'd':
        return read_number("device", HIRES_DEVICE_MAX, &o->device);
    case 'g':
        return read_number("junction", JUNCTION_NUMBER_MAX, &o->junction);
    case 'y':
        return read_every(o);
    case 'i':
        o->paths[o->read.path_count++] = optarg;
        return CLI_FINE;
    case 'A':
        return read_address(o);
    case 'z':
        o->write.is_packed = true;
        return CLI_FINE;
    case 'S':
        o->read.is_sorting = true;
        return CLI_FINE;
    case 'Z':
        o->zone = optarg;
        return CLI_FINE;
    default:
        return cli_usage("log", "option '%s' is unknown or has no value", argv[optind - 1]);
    }
}

static int take_option(struct log_options *o, int option, char **argv)
{
    switch (option) {
    case 's':
        o->socket_path = optarg;
        return CLI_FINE;
    case 'J':
        o->journal = optarg;
        return CLI_FINE;
    case 'n':
        if (o->names_count == LOG_NAMED_MAX) {
            return cli_usage("log", "--names may be given %d times", LOG_NAMED_MAX);
        }
        o->names_of[o->names_count++] = optarg;
        return CLI_FINE;
    case 'f':
        o->is_following = true;
        return CLI_FINE;
    case 'j':
        o->format = EVENT_AS_JSON;
        o->is_formatted = true;
        return CLI_FINE;
    case 'c':
        o->format = EVENT_AS_CSV;
        o->is_formatted = true;
        return CLI_FINE;
    case 'l':
        return read_last(optarg, &o->last)
                   ? CLI_FINE
                   : cli_usage("log", "--last must be a number from 1 to %d", LAST_MAX);
    case 'a':
        o->from_text = optarg;
        return CLI_FINE;
    case 'b':
        o->to_text = optarg;
        return CLI_FINE;
    default:
        return take_exchange_option(o, option, argv);
    }
}

/* After all options: what is typed as a time depends on the zone. */
static int read_times(struct log_options *o)
{
    if (o->zone != NULL && when_set_zone(o->zone) != STATUS_OK) {
        return cli_usage("log", "--time-zone %s: the tz database has no such zone", o->zone);
    }
    const char *const text[] = { o->from_text, o->to_text };
    wall_t *const wall[] = { &o->from, &o->to };
    for (uint32_t i = 0; i < 2; i++) {
        if (text[i] != NULL && when_parse(text[i], when_now(), wall[i]) != STATUS_OK) {
            return cli_usage("log", "'%s' is no time like 18:04 or 2026-11-23T18:04", text[i]);
        }
        o->has_times = o->has_times || text[i] != NULL;
    }
    o->write.is_utc = o->zone != NULL && strcmp(o->zone, "UTC") == 0;
    o->read.is_utc = o->write.is_utc;
    return CLI_FINE;
}

/* What does not go together. */
static int check_exchange(const struct log_options *o)
{
    const bool is_import = o->read.path_count > 0;
    if ((o->write.is_wanted || is_import) && o->is_following) {
        return cli_usage("log", "--follow goes neither with --export nor with --import");
    }
    if (o->write.is_wanted && o->is_formatted) {
        return cli_usage("log", "--export goes neither with --json nor with --csv");
    }
    if (is_import && o->journal != NULL && (o->write.is_wanted || o->is_formatted)) {
        return cli_usage("log", "--import makes a journal, a file or a list, one at a time");
    }
    if (is_import && o->journal != NULL && (o->has_times || o->last > 0)) {
        return cli_usage("log", "--import makes a journal of all events or of none");
    }
    if (o->write.is_wanted && o->write.format == HIRES_FORMAT_ASC3 && o->write.out == NULL) {
        return cli_usage("log", "--export asc3 needs --out: a folder, or a file");
    }
    if (!o->write.is_wanted && (o->write.out != NULL || o->write.is_packed)) {
        return cli_usage("log", "--out and --compress go with --export");
    }
    if (!is_import && (o->junction != 0 || o->read.is_sorting)) {
        return cli_usage("log", "--junction and --sort go with --import");
    }
    if (o->device != 0 && !o->write.is_wanted && !is_import) {
        return cli_usage("log", "--device goes with --export or --import");
    }
    return CLI_FINE;
}

/* Operands: more files of an import, or one junction. */
static int read_operands(struct log_options *o, int argc, char **argv)
{
    if (o->read.path_count > 0) {
        for (; optind < argc; optind++) {
            o->paths[o->read.path_count++] = argv[optind];
        }
        o->read.paths = o->paths;
        o->read.device = o->device != 0 ? o->device : HIRES_LOG_ANY_DEVICE;
        o->read.junction = o->junction;
        return CLI_FINE;
    }
    if (argc - optind > 1) {
        return cli_usage("log", "one junction at most, or none for all");
    }
    o->name = optind < argc ? argv[optind] : NULL;
    o->write.device = o->device;
    return CLI_FINE;
}

int log_options_read(struct log_options *o, int argc, char **argv)
{
    static const struct option table[] = {
        { "socket", required_argument, NULL, 's' },
        { "journal", required_argument, NULL, 'J' },
        { "follow", no_argument, NULL, 'f' },
        { "from", required_argument, NULL, 'a' },
        { "to", required_argument, NULL, 'b' },
        { "last", required_argument, NULL, 'l' },
        { "json", no_argument, NULL, 'j' },
        { "csv", no_argument, NULL, 'c' },
        { "names", required_argument, NULL, 'n' },
        { "export", required_argument, NULL, 'e' },
        { "out", required_argument, NULL, 'o' },
        { "device", required_argument, NULL, 'd' },
        { "every", required_argument, NULL, 'y' },
        { "address", required_argument, NULL, 'A' },
        { "compress", no_argument, NULL, 'z' },
        { "import", required_argument, NULL, 'i' },
        { "junction", required_argument, NULL, 'g' },
        { "sort", no_argument, NULL, 'S' },
        { "time-zone", required_argument, NULL, 'Z' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    *o = (struct log_options){ .socket_path = CLI_SOCKET_DEFAULT,
                               .to = { .ms = INT64_MAX },
                               .write = { .address = "127.0.0.1", .every_min = LOG_EVERY_MIN } };
    o->paths = calloc((size_t)argc, sizeof *o->paths); /* an operand cannot be more */
    if (o->paths == NULL) {
        return cli_usage("log", "out of memory");
    }
    opterr = 0;
    optind = 1;
    for (int option = getopt_long(argc, argv, "fo:", table, NULL); option != -1;
         option = getopt_long(argc, argv, "fo:", table, NULL)) {
        if (option == 'h') {
            return -1;
        }
        const int result = take_option(o, option, argv);
        if (result != CLI_FINE) {
            return result;
        }
    }
    int result = read_times(o);
    result = result == CLI_FINE ? check_exchange(o) : result;
    result = result == CLI_FINE ? read_operands(o, argc, argv) : result;
    if (o->last == 0 && !o->has_times && o->journal == NULL && o->read.path_count == 0 &&
        !o->write.is_wanted) {
        o->last = LAST_DEFAULT;
    }
    return result;
}

void log_options_finish(struct log_options *o)
{
    free(o->paths);
    o->paths = NULL;
}
