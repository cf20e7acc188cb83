/* kavsak show: a junction as Kavşak understood it, defaults included: that of a directory, or the
 * one a daemon runs. What the checker refuses is not shown: its findings are. */
#include "cli.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client.h"
#include "load.h"
#include "show.h"

static const char help[] =
    "usage: kavsak show DIR [--json]\n"
    "       kavsak show --running [--socket PATH] [NAME|NUMBER|DIR]\n"
    "\n"
    "Prints the junction in directory DIR as it was understood, defaults included: signal groups,\n"
    "intergreens, stages or rings, patterns with the lamps of a cycle, calendar, detectors, links "
    "and\n"
    "what was proved of it. A directory with errors is not shown; they are, as by 'kavsak check'.\n"
    "\n"
    "  --json         as JSON; times in milliseconds\n"
    "  --running      what the running kavsakd has in force; given a directory, it also says\n"
    "                 whether the files there are still the same\n"
    "  --socket PATH  where kavsakd listens (default " CLI_SOCKET_DEFAULT ")\n"
    "  --help         this text\n"
    "\n"
    "exit status: 0 shown, 1 the files have errors or are not those in force, 2 wrong usage,\n"
    "3 a file or the daemon cannot be read, 4 refused for this cabinet link\n";

/* What a load may need, too large for a stack. */
struct shown {
    struct plan plan;
    struct site site;
    struct diag diag;
};

static int exit_of(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return CLI_FINE;
    case STATUS_INVALID:
        return CLI_FINDINGS;
    case STATUS_REFUSED:
        return CLI_REFUSED;
    case STATUS_AGAIN:
    case STATUS_IO:
    case STATUS_TIMEOUT:
    case STATUS_NO_SPACE:
    case STATUS_NOT_FOUND:
        return CLI_IO;
    }
    return CLI_IO;
}

static int show_directory(const char *directory, bool is_json)
{
    struct shown *shown = calloc(1, sizeof *shown);
    if (shown == NULL) {
        (void)fprintf(stderr, "kavsak show: not enough memory\n");
        return CLI_IO;
    }
    const enum status status = plan_load(directory, &shown->plan, &shown->site, &shown->diag);
    diag_print(&shown->diag, stderr, isatty(STDERR_FILENO) != 0);
    const int result = exit_of(status);
    if (result == CLI_FINE && is_json) {
        show_plan_json(&shown->plan, &shown->site, stdout);
    } else if (result == CLI_FINE) {
        show_plan(&shown->plan, &shown->site, stdout);
    }
    free(shown);
    return fflush(stdout) != 0 ? CLI_IO : result;
}

/* Are the files still what runs? Their hash says it. */
static int compare(const char *directory, const struct wire_status *running)
{
    struct shown *shown = calloc(1, sizeof *shown);
    if (shown == NULL) {
        (void)fprintf(stderr, "kavsak show: not enough memory\n");
        return CLI_IO;
    }
    const enum status status = plan_load(directory, &shown->plan, &shown->site, &shown->diag);
    const uint32_t hash_hi = (uint32_t)(shown->plan.plan_hash >> 32);
    int result = CLI_FINDINGS;
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "kavsak show: the files in %s do not pass 'kavsak check'\n",
                      directory);
        result = exit_of(status);
    } else if (hash_hi != running->plan_hash_hi) {
        (void)fprintf(stderr,
                      "kavsak show: the files in %s (%08x...) are not those in force (%08x...)\n",
                      directory, (unsigned)hash_hi, (unsigned)running->plan_hash_hi);
    } else {
        (void)fprintf(stderr, "kavsak show: the files in %s are those in force\n", directory);
        result = CLI_FINE;
    }
    free(shown);
    return result;
}

static int show_running(const char *socket_path, const char *name)
{
    struct client client;
    union client_message answer;
    uint32_t junction_ix = 0;
    char *text = NULL;
    enum status status = client_open(&client, socket_path);
    if (status == STATUS_OK) {
        status = client_find(&client, name, &junction_ix);
    }
    uint32_t hash_before = 0;
    if (status == STATUS_OK) {
        status = client_ask_status(&client, junction_ix, &answer);
        hash_before = answer.status.plan_hash_hi;
    }
    if (status == STATUS_OK) {
        status = client_ask_plan(&client, junction_ix, &text);
    }
    if (status == STATUS_OK) {
        status = client_ask_status(&client, junction_ix, &answer);
    }
    if (status == STATUS_OK && answer.status.plan_hash_hi != hash_before) {
        status = STATUS_AGAIN; /* half of the one, half of the other */
        (void)snprintf(client.text, sizeof client.text, "a new plan came into force; ask again");
    }
    client_close(&client);
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "kavsak show: %s\n", client.text);
        free(text);
        return status == STATUS_REFUSED ? CLI_REFUSED : CLI_IO;
    }
    int result = fputs(text, stdout) < 0 || fflush(stdout) != 0 ? CLI_IO : CLI_FINE;
    free(text);
    struct stat place;
    const bool is_directory = name != NULL && stat(name, &place) == 0 && S_ISDIR(place.st_mode);
    if (result == CLI_FINE && is_directory) {
        result = compare(name, &answer.status);
    }
    return result;
}

struct show_options {
    const char *socket_path;
    bool is_json, is_running;
};

/* CLI_FINE: go on; negative: help was asked for. */
static int read_options(struct show_options *o, int argc, char **argv)
{
    static const struct option table[] = {
        { "json", no_argument, NULL, 'j' },
        { "running", no_argument, NULL, 'r' },
        { "socket", required_argument, NULL, 's' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    *o = (struct show_options){ .socket_path = CLI_SOCKET_DEFAULT };
    opterr = 0;
    optind = 1;
    for (int option = getopt_long(argc, argv, "", table, NULL); option != -1;
         option = getopt_long(argc, argv, "", table, NULL)) {
        switch (option) {
        case 'j':
            o->is_json = true;
            break;
        case 'r':
            o->is_running = true;
            break;
        case 's':
            o->socket_path = optarg;
            break;
        case 'h':
            return -1;
        default:
            return cli_usage("show", "option '%s' is unknown or has no value", argv[optind - 1]);
        }
    }
    if (o->is_running && o->is_json) {
        return cli_usage("show", "--json is for directories; the daemon keeps the text");
    }
    if (argc - optind > 1 || (argc == optind && !o->is_running)) {
        return cli_usage("show", "one directory is wanted, that of a junction");
    }
    return CLI_FINE;
}

int cli_show(int argc, char **argv)
{
    struct show_options options;
    const int usage = read_options(&options, argc, argv);
    if (usage < 0) {
        return fputs(help, stdout) < 0 ? CLI_IO : CLI_FINE;
    }
    if (usage != CLI_FINE) {
        return usage;
    }
    const char *name = optind < argc ? argv[optind] : NULL;
    return options.is_running ? show_running(options.socket_path, name)
                              : show_directory(name, options.is_json);
}
