#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTION_NO_REALTIME = 256,
    OPTION_SOCKET,
    OPTION_STATE,
    OPTION_USER,
    OPTION_PRIORITY,
    OPTION_JOURNAL,
    OPTION_RECORD,
    OPTION_DECISIONS,
    OPTION_TRUST_CLOCK,
    OPTION_HELP,
    OPTION_VERSION
};

enum { JOURNAL_MIB_DEFAULT = 256, JOURNAL_MIB_MIN = 1, JOURNAL_MIB_MAX = 65536 };
enum { DECISIONS_EVERY_MAX_S = 3600 };

const char options_help[] =
    "usage: kavsakd [options] DIRECTORY...\n"
    "\n"
    "Runs the junctions described in the directories, ten ticks a second, until SIGTERM.\n"
    "SIGHUP loads changed plans. kavsakd(8) tells the whole story.\n"
    "\n"
    "  --no-realtime        run without SCHED_FIFO and locked memory (development)\n"
    "  --priority N         SCHED_FIFO priority of the tick, 10 to 80 (default 70)\n"
    "  --user NAME          become this user before the first tick\n"
    "  --socket PATH        Unix socket for local tools (default /run/kavsak/kavsakd.sock)\n"
    "  --state DIR          lock and journal (default /var/lib/kavsak)\n"
    "  --journal-size MIB   disk space of the journal, reserved at once (default 256)\n"
    "  --decisions S        journal decisions of adaptive control that change nothing only\n"
    "                       every S seconds, 1 to 3600 (default 1: all)\n"
    "  --record-inputs      journal every input frame too, for kavsak replay\n"
    "  --trust-clock        take the clock for synchronised, whatever the kernel says\n"
    "  --help, --version\n"
    "\n"
    "exit status: 0 stopped in order, 1 a directory has errors, 2 wrong usage,\n"
    "3 a file, socket or right is missing, 4 refused for safety\n";

static const struct option option_table[] = {
    { "no-realtime", no_argument, NULL, OPTION_NO_REALTIME },
    { "socket", required_argument, NULL, OPTION_SOCKET },
    { "state", required_argument, NULL, OPTION_STATE },
    { "user", required_argument, NULL, OPTION_USER },
    { "priority", required_argument, NULL, OPTION_PRIORITY },
    { "journal-size", required_argument, NULL, OPTION_JOURNAL },
    { "record-inputs", no_argument, NULL, OPTION_RECORD },
    { "decisions", required_argument, NULL, OPTION_DECISIONS },
    { "trust-clock", no_argument, NULL, OPTION_TRUST_CLOCK },
    { "help", no_argument, NULL, OPTION_HELP },
    { "version", no_argument, NULL, OPTION_VERSION },
    { NULL, 0, NULL, 0 },
};

static bool number_between(const char *text, long low, long high, long *value)
{
    char *end = NULL;
    *value = strtol(text, &end, 10);
    return text[0] != '\0' && *end == '\0' && *value >= low && *value <= high;
}

static bool take_number(const char *name, long low, long high, long *value,
                        char text[REALTIME_TEXT_BYTES])
{
    if (number_between(optarg, low, high, value)) {
        return true;
    }
    (void)snprintf(text, REALTIME_TEXT_BYTES, "--%s must be a number from %ld to %ld, not '%s'",
                   name, low, high, optarg);
    return false;
}

static bool take_priority(struct options *o, char text[REALTIME_TEXT_BYTES])
{
    long value = 0;
    const bool ok =
        take_number("priority", REALTIME_PRIORITY_MIN, REALTIME_PRIORITY_MAX, &value, text);
    o->priority = (int32_t)value;
    return ok;
}

static bool take_journal(struct options *o, char text[REALTIME_TEXT_BYTES])
{
    long value = 0;
    const bool ok = take_number("journal-size", JOURNAL_MIB_MIN, JOURNAL_MIB_MAX, &value, text);
    o->journal_mib = (uint32_t)value;
    return ok;
}

static bool take_decisions(struct options *o, char text[REALTIME_TEXT_BYTES])
{
    long value = 0;
    const bool ok = take_number("decisions", 1, DECISIONS_EVERY_MAX_S, &value, text);
    o->decisions_every_s = (int32_t)value;
    return ok;
}

static enum options_result take_directories(struct options *o, int argc, char **argv,
                                            char text[REALTIME_TEXT_BYTES])
{
    if (optind == argc) {
        (void)snprintf(text, REALTIME_TEXT_BYTES, "no junction directory given");
        return OPTIONS_WRONG;
    }
    if (argc - optind > OPTIONS_JUNCTION_MAX) {
        (void)snprintf(text, REALTIME_TEXT_BYTES, "more than %d junctions", OPTIONS_JUNCTION_MAX);
        return OPTIONS_WRONG;
    }
    for (int i = optind; i < argc; i++) {
        o->junction_dir[o->junction_count++] = argv[i];
    }
    return OPTIONS_RUN;
}

static void say_wrong_option(char **argv, char text[REALTIME_TEXT_BYTES])
{
    if (optopt >= OPTION_NO_REALTIME) {
        (void)snprintf(text, REALTIME_TEXT_BYTES, "option '%s' %s", argv[optind - 1],
                       strchr(argv[optind - 1], '=') != NULL ? "takes no value" : "needs a value");
    } else if (optopt != 0) {
        (void)snprintf(text, REALTIME_TEXT_BYTES, "unknown option '-%c'", optopt);
    } else {
        (void)snprintf(text, REALTIME_TEXT_BYTES, "unknown option '%s'", argv[optind - 1]);
    }
}

/* False: text says what is wrong with this option. */
static bool take_option(struct options *o, int option, char text[REALTIME_TEXT_BYTES])
{
    if (option == OPTION_PRIORITY) {
        return take_priority(o, text);
    }
    if (option == OPTION_JOURNAL) {
        return take_journal(o, text);
    }
    if (option == OPTION_DECISIONS) {
        return take_decisions(o, text);
    }
    o->is_realtime = o->is_realtime && option != OPTION_NO_REALTIME;
    o->records_inputs = o->records_inputs || option == OPTION_RECORD;
    o->trusts_clock = o->trusts_clock || option == OPTION_TRUST_CLOCK;
    o->socket_path = option == OPTION_SOCKET ? optarg : o->socket_path;
    o->state_dir = option == OPTION_STATE ? optarg : o->state_dir;
    o->user = option == OPTION_USER ? optarg : o->user;
    return true;
}

enum options_result options_read(struct options *o, int argc, char **argv,
                                 char text[REALTIME_TEXT_BYTES])
{
    *o = (struct options){
        .is_realtime = true,
        .priority = REALTIME_PRIORITY_DEFAULT,
        .journal_mib = JOURNAL_MIB_DEFAULT,
        .decisions_every_s = 1,
        .socket_path = "/run/kavsak/kavsakd.sock",
        .state_dir = "/var/lib/kavsak",
        .user = "",
    };
    opterr = 0;
    for (int option = getopt_long(argc, argv, "", option_table, NULL); option != -1;
         option = getopt_long(argc, argv, "", option_table, NULL)) {
        if (option == OPTION_HELP) {
            return OPTIONS_HELP;
        }
        if (option == OPTION_VERSION) {
            return OPTIONS_VERSION;
        }
        if (option == '?') {
            say_wrong_option(argv, text);
            return OPTIONS_WRONG;
        }
        if (!take_option(o, option, text)) {
            return OPTIONS_WRONG;
        }
    }
    return take_directories(o, argc, argv, text);
}
