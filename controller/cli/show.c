/* kavsak show: a junction as Kavşak understood it, defaults included. What the checker refuses is
 * not shown: its findings are. */
#include "cli.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "load.h"
#include "show.h"

static const char help[] =
    "usage: kavsak show DIR [--json]\n"
    "\n"
    "Prints the junction in directory DIR as it was understood, defaults included: signal groups,\n"
    "intergreens, stages or rings, patterns with the lamps of a cycle, calendar, detectors, links "
    "and\n"
    "what was proved of it. A directory with errors is not shown; they are, as by 'kavsak check'.\n"
    "\n"
    "  --json    as JSON; times in milliseconds\n"
    "  --help    this text\n"
    "\n"
    "exit status: 0 shown, 1 the files have errors, 2 wrong usage, 3 a file cannot be read,\n"
    "4 refused for this cabinet link\n";

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

int cli_show(int argc, char **argv)
{
    static const struct option table[] = { { "json", no_argument, NULL, 'j' },
                                           { "help", no_argument, NULL, 'h' },
                                           { NULL, 0, NULL, 0 } };
    bool is_json = false;
    opterr = 0;
    optind = 1;
    for (int option = getopt_long(argc, argv, "", table, NULL); option != -1;
         option = getopt_long(argc, argv, "", table, NULL)) {
        if (option == 'h') {
            return fputs(help, stdout) < 0 ? CLI_IO : CLI_FINE;
        }
        if (option != 'j') {
            return cli_usage("show", "option '%s' is unknown", argv[optind - 1]);
        }
        is_json = true;
    }
    if (optind + 1 != argc) {
        return cli_usage("show", "one directory is wanted, that of a junction");
    }
    return show_directory(argv[optind], is_json);
}
