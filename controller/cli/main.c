/* main.c: kavsak, the tool for people. One table of subcommands; each has a file of its own. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

#include "suggest.h"

struct subcommand {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *what;
};

static const struct subcommand subcommands[] = {
    { "check", cli_check, "a junction's files: every finding, with line and cure" },
    { "show", cli_show, "a junction directory as it was understood, defaults included" },
    { "schema", cli_schema, "JSON Schema of a junction's files, for editors" },
    { "sign", cli_sign, "a junction's safety file, so that a real cabinet runs it" },
    { "status", cli_status, "what the junctions of the running daemon do, once or live" },
    { "log", cli_log, "events: live from the daemon or from a journal" },
    { "why", cli_why, "a decision of adaptive control, or the end of a green, explained" },
    { "measures", cli_measures, "performance measures from a journal or an event log" },
    { "import", cli_import, "junction directories from a SUMO network" },
    { "sim", cli_sim, "junctions with simulated traffic, as fast as it goes" },
    { "replay", cli_replay, "recorded inputs once more: a journal bit for bit, or an event log" },
    { "cmd", cli_cmd, "ask a junction for something: plan, stage, flash, manual control" },
};

enum { SUBCOMMAND_COUNT = sizeof subcommands / sizeof subcommands[0] };

static int print_help(FILE *out)
{
    (void)fprintf(out, "usage: kavsak COMMAND [options]\n\n");
    for (size_t i = 0; i < SUBCOMMAND_COUNT; i++) {
        (void)fprintf(out, "  %-9s %s\n", subcommands[i].name, subcommands[i].what);
    }
    return fprintf(out, "\n'kavsak help COMMAND' says more; kavsak(1) says all.\n"
                        "exit status: 0 fine, 1 findings, 2 wrong usage, 3 file or connection, "
                        "4 refused\n") < 0
               ? CLI_IO
               : CLI_FINE;
}

static const struct subcommand *find(const char *name)
{
    for (size_t i = 0; i < SUBCOMMAND_COUNT; i++) {
        if (strcmp(subcommands[i].name, name) == 0) {
            return &subcommands[i];
        }
    }
    return NULL;
}

static int say_unknown(const char *name)
{
    const char *names[SUBCOMMAND_COUNT];
    for (size_t i = 0; i < SUBCOMMAND_COUNT; i++) {
        names[i] = subcommands[i].name;
    }
    const char *near = suggest(name, names, SUBCOMMAND_COUNT);
    (void)fprintf(stderr, "kavsak: there is no command '%s'", name);
    if (near != NULL) {
        (void)fprintf(stderr, "; did you mean '%s'?", near);
    }
    (void)fprintf(stderr, "\nTry 'kavsak help'.\n");
    return CLI_USAGE;
}

static int help_for(const char *name)
{
    const struct subcommand *wanted = find(name);
    if (wanted == NULL) {
        return say_unknown(name);
    }
    char own_name[32];
    char option[] = "--help";
    (void)snprintf(own_name, sizeof own_name, "%s", wanted->name);
    char *arguments[] = { own_name, option, NULL };
    return wanted->run(2, arguments);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        (void)print_help(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        return puts("kavsak " KAVSAK_VERSION) < 0 ? CLI_IO : CLI_FINE;
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0) {
        return argc > 2 ? help_for(argv[2]) : print_help(stdout);
    }
    const struct subcommand *wanted = find(argv[1]);
    return wanted != NULL ? wanted->run(argc - 1, argv + 1) : say_unknown(argv[1]);
}
