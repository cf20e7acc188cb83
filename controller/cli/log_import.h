/* log_import.h: event logs of other controllers and systems as the source of kavsak log, and as a
 * journal. Part of kavsak log. */
#ifndef KAVSAK_LOG_IMPORT_H
#define KAVSAK_LOG_IMPORT_H

#include "cli.h"
#include "hires_file.h"

struct log_import_options {
    const char *const *paths; /* files, and folders of files */
    size_t path_count;
    int32_t device;   /* HIRES_LOG_ANY_DEVICE: all */
    int32_t junction; /* whose they become, from 1; 0: of the number of their device, 1 if none */
    bool is_sorting;
    bool is_utc;
};

/* Reads all files and puts their events in order; log's devices are numbers of junctions then, 0
 * the process. Returns an exit code; says what is wrong, and what had to be decided. log is
 * finished by the caller in each case. */
int log_import_read(const struct log_import_options *o, struct hires_log *log);

/* Makes a journal of what was read. */
int log_import_journal(const struct hires_log *log, const char *folder);

#endif
