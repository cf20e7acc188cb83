/* cli.h: what the subcommands of kavsak share: exit codes and the table's shape. Each subcommand is
 * one file with one function, which gets its own name as argv[0] and returns an exit code; a new
 * one is a line in main.c. */
#ifndef KAVSAK_CLI_H
#define KAVSAK_CLI_H

#include "types.h"

enum cli_exit {
    CLI_FINE = 0,
    CLI_FINDINGS = 1, /* also: the command was not carried out */
    CLI_USAGE = 2,
    CLI_IO = 3,
    CLI_REFUSED = 4 /* for safety, or for want of rights */
};

#define CLI_SOCKET_DEFAULT "/run/kavsak/kavsakd.sock"

int cli_check(int argc, char **argv);
int cli_show(int argc, char **argv);
int cli_sign(int argc, char **argv);
int cli_schema(int argc, char **argv);
int cli_status(int argc, char **argv);
int cli_log(int argc, char **argv);
int cli_why(int argc, char **argv);
int cli_measures(int argc, char **argv);
int cli_import(int argc, char **argv);
int cli_cmd(int argc, char **argv);
int cli_sim(int argc, char **argv);
int cli_sim_sumo(int argc, char **argv); /* the same, with --sumo among its options */
int cli_replay(int argc, char **argv);

/* "kavsak NAME: text" on standard error, with where to find help; returns CLI_USAGE. */
void cli_say_usage(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A macro, so that analysers see that the value is never CLI_FINE. */
#define cli_usage(...) (cli_say_usage(__VA_ARGS__), CLI_USAGE)

#endif
