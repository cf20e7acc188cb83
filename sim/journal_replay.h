/* journal_replay.h: a junction once more under the inputs that its daemon kept, tick by tick, and
 * whether outputs and events come out as they did then. Begins at a start of the process, because
 * only there is the state known, and stops at a gap. Pure; owned by the caller. */
#ifndef KAVSAK_JOURNAL_REPLAY_H
#define KAVSAK_JOURNAL_REPLAY_H

#include "input_codec.h"
#include "junction.h"
#include "record.h"

enum { JOURNAL_REPLAY_SAYS_BYTES = 200 };

enum journal_replay_state {
    JOURNAL_REPLAY_WAITS, /* for a start of the process with this plan */
    JOURNAL_REPLAY_RUNS
};

struct journal_replay {
    const struct plan *plan;
    uint16_t junction_ix;
    int32_t state; /* enum journal_replay_state */
    struct junction junction;
    struct input_coder coder;
    struct input_frame in;
    struct output_frame out;
    struct event_list events; /* of the last tick, ours */
    uint32_t compared;        /* of them */
    wall_t at;                /* the last tick */
    uint64_t starts, ticks, outputs, event_count, differences;
    char says[JOURNAL_REPLAY_SAYS_BYTES];
};

void journal_replay_init(struct journal_replay *r, const struct plan *plan, uint16_t junction_ix);

/* The next record of the journal; those of others are passed over. NULL, or what is different; the
 * text lives until the next call. */
const char *journal_replay_take(struct journal_replay *r, const struct record *record);

/* After the last record: events of the last tick may have been lost with the end of the file, so
 * they are not missed. NULL or what is different, as above: that nothing could be replayed. */
const char *journal_replay_end(struct journal_replay *r);

#endif
