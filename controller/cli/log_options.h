/* log_options.h: what kavsak log was asked for. Reads the command line and refuses what does not go
 * together; does nothing of it. Owned by log.c. */
#ifndef KAVSAK_LOG_OPTIONS_H
#define KAVSAK_LOG_OPTIONS_H

#include "cli.h"
#include "event_text.h"
#include "log_export.h"
#include "log_import.h"

enum { LOG_NAMED_MAX = 16 /* junctions whose names are asked for; more are shown with numbers */ };

struct log_options {
    const char *socket_path;
    const char *journal;                 /* NULL: ask the daemon */
    const char *name;                    /* NULL: all junctions */
    const char *names_of[LOG_NAMED_MAX]; /* directories, in the order of the daemon's junctions */
    uint32_t names_count;
    bool is_following, has_times, is_formatted;
    const char *from_text, *to_text, *zone;
    wall_t from, to;
    uint32_t last; /* 0: all that fit from and to */
    enum event_format format;
    struct log_export_options write;
    struct log_import_options read; /* no paths: no logs of others */
    const char **paths;             /* its paths, allocated */
    int32_t device, junction;       /* 0: not given */
};

extern const char log_options_help[];

/* An exit code, or -1: help is wanted. Times are local, of the zone that is given, and local time
 * of the process is then that zone's. */
int log_options_read(struct log_options *o, int argc, char **argv);
void log_options_finish(struct log_options *o);

#endif
