/* traci_process.h: the program sumo as a child: started on a free port of loopback, connected to,
 * its words kept, ended. Knows nothing of what is said on the connection. Owned by struct traci. */
#ifndef KAVSAK_TRACI_PROCESS_H
#define KAVSAK_TRACI_PROCESS_H

#include <stdio.h>
#include <sys/types.h>

#include "types.h"

struct traci_process {
    pid_t pid;  /* 0: none */
    FILE *said; /* its standard output and error; NULL none */
};

/* A connection without a child. */
void traci_process_none(struct traci_process *p);

/* argv: without --remote-port, NULL at its end. Returns the connected socket, or -1 with the reason
 * in error. */
int traci_process_start(struct traci_process *p, char *const argv[], char *error,
                        size_t error_bytes);

/* The errors that it printed, in one line, or "". */
void traci_process_said(const struct traci_process *p, char *text, size_t room);

/* Waits for its end, kills it after patience_ms. */
void traci_process_finish(struct traci_process *p, int32_t patience_ms);

#endif
