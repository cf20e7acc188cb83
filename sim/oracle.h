/* oracle.h: judges what the lamps really showed, by the laws L1 to L8 of docs/laws.md and the
 * safety file alone. It has its own clock, the time of display, and its own memory, a history of
 * spans for each group: nothing of the guard's counters, nothing of confirmations, so that a
 * mistake in those shows. Lost frames lengthen displays and never shorten them, so least times hold
 * on any link; longest times are judged only where no frame is lost. Owned by a test or a
 * simulation. */
#ifndef KAVSAK_ORACLE_H
#define KAVSAK_ORACLE_H

#include "plan.h"
#include "types.h"

/* A group passes at most six aspects from green to green, so eight spans always hold its last
 * green. */
enum { ORACLE_SPAN_MAX = 8, ORACLE_REASON_BYTES = 160, ORACLE_NOT_JUDGED = -1 };

struct oracle_span {
    int32_t aspect;
    int64_t from_ms;
    bool is_partial; /* it had begun before we looked: its length is unknown */
};

struct oracle_group {
    uint32_t count; /* of spans ever; the newest is span[(count - 1) % ORACLE_SPAN_MAX] */
    struct oracle_span span[ORACLE_SPAN_MAX];
};

enum oracle_life {
    ORACLE_NEW,
    ORACLE_FLASH,
    ORACLE_STARTUP_YELLOW,
    ORACLE_STARTUP_RED,
    ORACLE_SERVICE
};

struct oracle {
    const struct safety *safety;
    int32_t late_ms;
    bool is_preempting; /* the caller's word: the shorter minimum greens hold */
    int32_t life;       /* enum oracle_life */
    int64_t life_from_ms;
    int64_t seen_at_ms;
    uint64_t violations;
    struct oracle_group group[SG_MAX];
    char reason[ORACLE_REASON_BYTES];
};

/* late_ms: how much longer than their time yellow and red-yellow may last (GUARD_SLACK_TICKS ticks
 * on a perfect link), or ORACLE_NOT_JUDGED. */
void oracle_init(struct oracle *o, const struct safety *s, int32_t late_ms);

/* Someone else has the lamps (police panel, power failure): what comes next is looked at afresh. */
void oracle_forget(struct oracle *o);

/* The lamps show these aspects from now on. is_flash: controller or cabinet shows flash. NULL, or
 * the first law that is broken, with groups and times; the text lives until the next call. It goes
 * on judging. */
const char *oracle_see(struct oracle *o, mono_t now, const int32_t aspect[SG_MAX], bool is_flash);

#endif
