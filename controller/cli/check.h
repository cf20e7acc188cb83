/* check.h: `kavsak check` and `kavsak schema`: what the checker of plans/ finds, for people and for scripts.
 * Decide nothing themselves. */
#ifndef KAVSAK_CLI_CHECK_H
#define KAVSAK_CLI_CHECK_H

/* Arguments after the program's name; argv[0] is the subcommand. Exit code of the program. */
int cli_check(int argc, char **argv);
int cli_schema(int argc, char **argv);

#endif
