/* alarms.h: the daemon's alarms as RSMP alarms. A fact is something that can be wrong, each with
 * its code and component (codes of docs/rsmp.md, provisional); facts about the link itself join
 * those of the daemon. Every change is an event, followed by the full update, retained, so that
 * late subscribers are right at once (rsmp.md, choice 14). Decides nothing. Owned by struct node.
 */
#ifndef KAVSAK_ALARMS_H
#define KAVSAK_ALARMS_H

#include "event.h"
#include "outlet.h"
#include "wire.h"

enum alarm_fact {
    FACT_CONTROLLER = ALARM_COUNT, /* after enum alarm: kavsakd does not answer */
    FACT_OTHER_PLAN,               /* kavsakd runs other files than those we read */
    FACT_DETECTOR_1,               /* and on: one for each detector */
    FACT_COUNT = FACT_DETECTOR_1 + DETECTOR_MAX
};

enum { ALARM_CODE_MAX = 16, ALARMS_HEARTBEAT_MS = 300000, ALARM_BY_BYTES = 40 };

struct alarm_state {
    bool is_active, is_shown;
    bool is_news;   /* of what people said about it */
    uint8_t health; /* of detectors: why */
    wall_t since;
    /* What people said; the first ends with the alarm, the second with its time. */
    bool is_acknowledged, is_suspended;
    char acknowledged_by[ALARM_BY_BYTES], suspended_by[ALARM_BY_BYTES];
    wall_t suspended_until;
    bool is_remembered; /* from an earlier life; the alarm itself has not been heard of yet */
};

struct alarms {
    struct alarm_state fact[FACT_COUNT];
    uint64_t is_button; /* detector_ix of push buttons: code tlc.button */
    bool full_is_due[ALARM_CODE_MAX];
    int64_t window; /* of the last heartbeat */
};

void alarms_init(struct alarms *a, uint64_t is_button);
void alarms_announce(struct alarms *a);

/* What the daemon says: its set, and the detectors of its status. */
void alarms_take(struct alarms *a, const struct wire_alarms *set);
void alarms_take_status(struct alarms *a, const struct wire_status *s);
/* What the link itself notices. */
void alarms_set(struct alarms *a, enum alarm_fact fact, bool is_active, wall_t wall);

/* Publishes what has changed; what does not fit now comes with the next step. */
void alarms_step(struct alarms *a, struct outlet *o, wall_t wall);

enum alarms_answer { ALARMS_DONE, ALARMS_ALREADY, ALARMS_MISSING };

/* component: NULL, all of this code. Acknowledges what is active. */
enum alarms_answer alarms_acknowledge(struct alarms *a, const char *code, const char *component,
                                      const char *by);
/* Active or not; until: 0 ends it. Suspended alarms are told all the same, and say so. */
enum alarms_answer alarms_suspend(struct alarms *a, const char *code, const char *component,
                                  const char *by, wall_t until);

/* What people have said about alarms, for memory.h. False: not of this form. */
void alarms_write_memory(const struct alarms *a, struct payload_writer *w);
bool alarms_take_memory(struct alarms *a, const struct value_tree *tree, const struct value *list);

#endif
