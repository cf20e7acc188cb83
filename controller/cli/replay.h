/* replay.h: the two halves of kavsak replay. Each gets the plan and what was asked for, prints, and
 * returns an exit code. */
#ifndef KAVSAK_REPLAY_H
#define KAVSAK_REPLAY_H

#include "cli.h"
#include "plan.h"
#include "site.h"

struct replay_options {
    const char *events_path;  /* an event log, or NULL */
    const char *journal_path; /* a journal folder, or NULL */
    const char *out_path;     /* our events, or NULL */
    const char *folder;       /* the junction's directory */
    int32_t device;           /* EVENT_LOG_ANY_DEVICE: the only one */
    int32_t lead_in_s;
    int32_t junction_ix; /* -1: the only one */
    bool compares, is_json, is_quiet, is_utc;
};

int replay_events(const struct replay_options *o, const struct plan *plan);
int replay_journal(const struct replay_options *o, const struct plan *plan);

/* Progress on a terminal's standard error; done_pct 100 wipes it. */
void replay_show_progress(const struct replay_options *o, int done_pct, double times_real);

double replay_seconds_now(void);

#endif
