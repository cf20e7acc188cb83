/* daemon.h: kavsakd from its command line to its end: reads the junctions, takes locks, memory,
 * threads and socket, gives up rights, runs, stops in order. The order of daemon_start is the
 * safety argument of the start: nothing that can fail is left once the first lamp may change.
 * Decides nothing about signals: controller/unit does. */
#ifndef KAVSAK_DAEMON_H
#define KAVSAK_DAEMON_H

#include "options.h"

enum daemon_exit {
    DAEMON_STOPPED = 0,
    DAEMON_FINDINGS = 1, /* a junction directory has errors */
    DAEMON_USAGE = 2,
    DAEMON_IO = 3,
    DAEMON_REFUSED = 4
};

/* Returns when the daemon has stopped; says on standard error why it did not start. */
enum daemon_exit daemon_run(const struct options *options);

#endif
