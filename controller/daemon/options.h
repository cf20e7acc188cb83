/* options.h: the command line of kavsakd. What is unknown, doubled or out of range is refused,
 * never guessed. */
#ifndef KAVSAK_OPTIONS_H
#define KAVSAK_OPTIONS_H

#include "realtime.h"

enum { OPTIONS_JUNCTION_MAX = 2048 };

enum options_result { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_WRONG };

struct options {
    bool is_realtime;
    bool records_inputs;
    bool trusts_clock;
    int32_t priority;
    uint32_t journal_mib;
    int32_t decisions_every_s; /* in the journal: changes always, the rest so far apart */
    const char *socket_path;
    const char *state_dir;
    const char *user; /* "" stay who we are */
    uint32_t junction_count;
    const char *junction_dir[OPTIONS_JUNCTION_MAX];
};

/* OPTIONS_WRONG: text says what, without a newline. */
enum options_result options_read(struct options *o, int argc, char **argv,
                                 char text[REALTIME_TEXT_BYTES]);

extern const char options_help[];

#endif
