/* main.c: kavsakd's way in. */
#include "daemon.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    static struct options options;
    char text[REALTIME_TEXT_BYTES];
    switch (options_read(&options, argc, argv, text)) {
    case OPTIONS_HELP:
        return fputs(options_help, stdout) < 0 ? DAEMON_IO : DAEMON_STOPPED;
    case OPTIONS_VERSION:
        return puts("kavsakd " KAVSAK_VERSION) < 0 ? DAEMON_IO : DAEMON_STOPPED;
    case OPTIONS_WRONG:
        (void)fprintf(stderr, "kavsakd: %s\nTry 'kavsakd --help'.\n", text);
        return DAEMON_USAGE;
    case OPTIONS_RUN:
        break;
    }
    return (int)daemon_run(&options);
}
