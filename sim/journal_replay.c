#include "journal_replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "journal.h"

void journal_replay_init(struct journal_replay *r, const struct plan *plan, uint16_t junction_ix)
{
    memset(r, 0, sizeof *r);
    r->plan = plan;
    r->junction_ix = junction_ix;
}

static const char *say_event(struct journal_replay *r, const char *what, const struct event *e)
{
    r->differences++;
    (void)snprintf(r->says, sizeof r->says, "%s: %u %s, parameter %u, detail %" PRId32, what,
                   (unsigned)e->code, event_name(e->code), (unsigned)e->param, e->detail);
    return r->says;
}

static const char *say_stop(struct journal_replay *r, const char *why)
{
    r->differences++;
    r->state = JOURNAL_REPLAY_WAITS;
    (void)snprintf(r->says, sizeof r->says, "%s; waiting for the next start of the process", why);
    return r->says;
}

/* Events of the last tick that the journal does not have. */
static const char *finish_tick(struct journal_replay *r)
{
    if (r->state != JOURNAL_REPLAY_RUNS || r->compared >= r->events.count) {
        return NULL;
    }
    const struct event *e = &r->events.event[r->compared];
    r->compared = r->events.count;
    return say_event(r, "only ours", e);
}

static const char *start(struct journal_replay *r, const struct record *record)
{
    uint64_t boot_id = 0;
    uint64_t plan_hash = 0;
    mono_t at = { 0 };
    if (!journal_is_boot(record, &boot_id, &at, &plan_hash)) {
        return say_stop(r, "a start that cannot be read");
    }
    if (plan_hash != r->plan->plan_hash) {
        (void)snprintf(r->says, sizeof r->says,
                       "recorded with other files: their hash is %016" PRIx64
                       ", that of these is %016" PRIx64,
                       plan_hash, r->plan->plan_hash);
        r->differences++;
        r->state = JOURNAL_REPLAY_WAITS;
        return r->says;
    }
    r->starts++;
    r->at = record->at;
    r->state = JOURNAL_REPLAY_RUNS;
    r->compared = 0;
    event_list_clear(&r->events);
    input_coder_init(&r->coder);
    junction_init(&r->junction, r->plan, at);
    const struct optimiser_settings settings = optimiser_settings_of(r->junction_ix);
    junction_set_optimiser(&r->junction, &settings);
    return NULL;
}

/* What the process itself says between the events of its junctions' ticks. */
static void note_dropped(struct event_list *list)
{
    if (list->dropped > 0 && list->count < EVENT_PER_TICK_MAX) {
        list->event[list->count++] =
            (struct event){ .code = EVENT_DROPPED, .param = (uint16_t)list->dropped };
    }
}

static const char *run_tick(struct journal_replay *r, const struct record *record)
{
    mono_t now = { 0 };
    const char *missing = finish_tick(r);
    const enum status status =
        input_decode(&r->coder, record->payload, record->payload_bytes, &r->in, &now);
    if (status != STATUS_OK) {
        return say_stop(r, "an input frame that cannot be read");
    }
    event_list_clear(&r->events);
    r->compared = 0;
    junction_tick(&r->junction, &r->in, now, &r->out, &r->events);
    note_dropped(&r->events);
    r->ticks++;
    r->at = record->at;
    return missing;
}

static const char *compare_output(struct journal_replay *r, const struct record *record)
{
    struct output_frame then;
    if (!output_decode(record->payload, record->payload_bytes, &then)) {
        return say_stop(r, "an output frame that cannot be read");
    }
    r->outputs++;
    const struct output_frame *now = &r->out;
    for (int32_t i = 0; i < SG_MAX; i++) {
        if (then.aspect[i] != now->aspect[i]) {
            r->differences++;
            (void)snprintf(r->says, sizeof r->says,
                           "output: group %" PRId32 " was %" PRId32 ", ours is %" PRId32, i + 1,
                           then.aspect[i], now->aspect[i]);
            return r->says;
        }
    }
    if (then.may_write != now->may_write || then.heartbeat != now->heartbeat ||
        then.wants_flash != now->wants_flash || then.wants_latch != now->wants_latch ||
        then.epoch != now->epoch || then.seq != now->seq) {
        r->differences++;
        (void)snprintf(r->says, sizeof r->says,
                       "output: was epoch %u, number %u, flags %d%d%d%d, ours is %u, %u, %d%d%d%d",
                       (unsigned)then.epoch, (unsigned)then.seq, then.may_write, then.heartbeat,
                       then.wants_flash, then.wants_latch, (unsigned)now->epoch, (unsigned)now->seq,
                       now->may_write, now->heartbeat, now->wants_flash, now->wants_latch);
        return r->says;
    }
    return NULL;
}

static const char *compare_event(struct journal_replay *r, const struct record *record)
{
    struct event then;
    if (!journal_is_event(record, &then)) {
        return say_stop(r, "an event that cannot be read");
    }
    if (then.code == EVENT_PLAN_REFUSED) {
        return NULL; /* the process says so, not the junction */
    }
    if (then.code == EVENT_PLAN_LOADED && r->ticks > 0 &&
        then.detail != (int32_t)(uint32_t)r->plan->plan_hash) {
        return say_stop(r, "another plan was taken here");
    }
    r->event_count++;
    if (r->compared >= r->events.count) {
        return say_event(r, "only recorded", &then);
    }
    const struct event *ours = &r->events.event[r->compared++];
    const bool is_same =
        ours->code == then.code && ours->param == then.param && ours->detail == then.detail;
    return is_same ? NULL : say_event(r, "recorded, where ours is another", &then);
}

/* A crash loses the end of a run, which is nobody's mistake; inside a run nothing may be missing.
 */
static const char *lose(struct journal_replay *r, const struct record *record)
{
    uint64_t count = 0;
    uint32_t reason = 0;
    if (journal_is_gap(record, &count, &reason) && reason == JOURNAL_GAP_CRASH) {
        r->state = JOURNAL_REPLAY_WAITS;
        return NULL;
    }
    return say_stop(r, "records are missing");
}

const char *journal_replay_take(struct journal_replay *r, const struct record *record)
{
    const bool is_gap = record->type == RECORD_GAP;
    if (!is_gap && record->junction != r->junction_ix) {
        return NULL;
    }
    if (record->type == RECORD_BOOT) {
        return start(r, record);
    }
    if (r->state != JOURNAL_REPLAY_RUNS) {
        return NULL;
    }
    switch ((enum record_type)record->type) {
    case RECORD_INPUT:
        return run_tick(r, record);
    case RECORD_OUTPUT:
        return compare_output(r, record);
    case RECORD_EVENT:
        return compare_event(r, record);
    case RECORD_GAP:
        return lose(r, record);
    case RECORD_DECISION:
    case RECORD_COMMAND: /* it is in the input frame of its tick */
    case RECORD_BOOT:
    case RECORD_STOP:
        break;
    }
    return NULL;
}

const char *journal_replay_end(struct journal_replay *r)
{
    if (r->differences > 0 || r->outputs > 0) {
        return NULL;
    }
    r->differences++;
    (void)snprintf(r->says, sizeof r->says, "%s",
                   r->starts == 0 ? "no start of the process with this junction in it"
                                  : "no inputs in it: kavsakd --record-inputs keeps them");
    return r->says;
}
