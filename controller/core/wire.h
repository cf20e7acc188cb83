/* wire.h: the protocol of kavsakd's socket (SOCK_SEQPACKET, one message per packet). Console,
 * kavsak and kavsak-link speak it. Host byte order: both ends are one machine. Sizes are fixed, the
 * version is in every message, unknown types are answered with WIRE_REFUSED and otherwise ignored.
 * The daemon sends to each peer through a bounded queue; what does not fit is dropped, counted and
 * reported in the next message that fits (header.dropped). */
#ifndef KAVSAK_WIRE_H
#define KAVSAK_WIRE_H

#include "command.h"
#include "event.h"
#include "frame.h"

enum {
    WIRE_MAGIC = 0x4b41564b, /* "KAVK" */
    WIRE_VERSION = 3,
    WIRE_MESSAGE_MAX_BYTES = 4096,
    WIRE_EVENT_MAX = 64,
    WIRE_TEXT_MAX_BYTES = 1024,
    WIRE_NAMES_MAX = 64,
    WIRE_DECISION_MAX = 4,
    WIRE_DECISION_BYTES = 900
};

enum wire_type {
    WIRE_HELLO = 1,     /* either way, first: struct wire_hello */
    WIRE_SUBSCRIBE = 2, /* client: which streams, at most how often */
    WIRE_STATUS = 3,    /* daemon: struct wire_status, on request or subscribed */
    WIRE_EVENTS = 4,    /* daemon: struct wire_events */
    WIRE_COMMAND = 5,   /* client: struct wire_command */
    WIRE_RESULT = 6,    /* daemon: struct wire_result */
    WIRE_DETECTORS = 7, /* link: camera detectors, struct wire_detectors */
    WIRE_REFUSED = 8,   /* daemon: struct wire_text */
    WIRE_FETCH = 9,   /* client: struct wire_fetch; answered by WIRE_EVENTS or WIRE_DECISIONS, last
                         with   more = 0 */
    WIRE_PLAN = 10,   /* client asks, daemon answers: struct wire_plan, one page for each page_ix */
    WIRE_ALARMS = 11, /* daemon: struct wire_alarms, whole set, on change and on request */
    WIRE_METRICS = 12,   /* daemon: struct wire_metrics, on request */
    WIRE_NAMES = 13,     /* client asks for one kind, daemon answers: struct wire_names */
    WIRE_DECISIONS = 14, /* client asks, daemon answers: struct wire_decisions, the last one made */
    WIRE_NEIGHBOUR = 15, /* either way: struct wire_neighbour; link: heard, daemon: to be told */
    WIRE_TYPE_COUNT
};

enum wire_stream {
    WIRE_STREAM_STATUS = 1 << 0,
    WIRE_STREAM_EVENTS = 1 << 1,
    WIRE_STREAM_ALARMS = 1 << 2,
    WIRE_STREAM_NEIGHBOURS = 1 << 3 /* what its junctions have to say to the next ones */
};

struct wire_header {
    uint32_t magic;
    uint16_t version;
    uint16_t type;
    uint32_t size;    /* of the whole message */
    uint32_t request; /* chosen by the asker, echoed in the answer; 0 in streams */
    uint16_t junction_ix;
    uint16_t dropped; /* messages this peer lost since the last one, saturating */
};

struct wire_hello {
    struct wire_header header;
    int32_t role;            /* enum role; daemon: what it grants by SO_PEERCRED */
    uint32_t junction_count; /* daemon */
    char program[32];
    char release[32];
    uint64_t boot_id; /* daemon: changes with every start */
};

struct wire_subscribe {
    struct wire_header header;
    uint32_t streams;        /* enum wire_stream */
    int32_t status_every_ms; /* at least TICK_MS; changes of lamps are sent at once */
};

/* Everything a person at the cabinet wants on one screen, whole, so that each one replaces the
 * last. */
struct wire_status {
    struct wire_header header;
    char name[NAME_MAX_BYTES];
    char node[64];
    uint64_t tick; /* since start */
    wall_t wall;
    int32_t utc_offset_s;
    int32_t wall_is_synced;
    int32_t mode, strategy, strategy_scheduled, reason;
    int32_t last_fault; /* enum reason of the last step down, with its time */
    wall_t last_fault_at;
    int32_t pattern_id, cycle_ms, offset_ms, cycle_second_ms, coord_state;
    char pattern_name[NAME_MAX_BYTES];
    int32_t stage_ix, stage_next_ix, stage_ms; /* stage plans; -1 otherwise */
    char stage_name[NAME_MAX_BYTES], stage_next_name[NAME_MAX_BYTES];
    uint32_t phase_on, phase_next; /* ring plans: phase_mask_t */
    int32_t phase_count;
    char phase_name[PHASE_MAX][NAME_MAX_BYTES];
    int32_t sg_count, detector_count;
    char sg_name[SG_MAX][NAME_MAX_BYTES];
    uint8_t aspect[SG_MAX]; /* commanded */
    uint8_t seen[SG_MAX];   /* as read back */
    int32_t shown_ms[SG_MAX];
    char letter[SG_MAX]; /* RSMP SXL S0001 */
    uint32_t call_vehicle, call_ped;
    uint64_t occupied;
    uint64_t detector_failed;
    uint8_t detector_health[DETECTOR_MAX];
    int32_t link_state; /* enum link_state */
    int32_t lease_state;
    uint32_t cabinet_flags;
    int32_t monitor_fault;
    int32_t guard_fault;
    int32_t is_signed; /* 0: the safety file is UNSIGNED */
    uint32_t plan_hash_hi, safety_hash_hi;
    int32_t ticks_unconfirmed; /* running */
    uint32_t alarms;           /* bit = enum alarm */
};

struct wire_event {
    uint64_t seq; /* journal sequence number */
    wall_t wall;
    mono_t mono;
    struct event event;
};

struct wire_events {
    struct wire_header header;
    uint32_t count;
    uint32_t more;
    struct wire_event event[WIRE_EVENT_MAX];
};

/* The command envelope of contracts.md: by, role, why, valid_until, until, counter, node, args. */
struct wire_command {
    struct wire_header header;
    struct command command;
    wall_t valid_until; /* limits delivery */
    uint64_t counter;
    int32_t role; /* claimed; the daemon takes the lower of this and the peer's */
    char id[40];
    char by[40];
    char why[96];
    char node[64];
};

struct wire_result {
    struct wire_header header;
    int32_t result; /* enum command_result */
    char id[40];
    char text[160];
};

/* Camera zones from kavsak-link: only those that changed or were refreshed. */
struct wire_detectors {
    struct wire_header header;
    uint32_t count;
    struct {
        uint16_t detector_ix;
        uint8_t is_occupied;
        uint8_t edge_count;
        uint8_t quality;  /* enum input_quality */
        uint8_t has_zone; /* the next two mean something, as in struct detector_input */
        uint8_t zone_vehicles;
        uint8_t zone_queued;
        int32_t age_ms; /* at the time of sending */
    } detector[DETECTOR_MAX];
};

enum wire_fetch_what {
    WIRE_FETCH_EVENTS,
    WIRE_FETCH_MODES, /* of the events those that say who chooses: modes, strategies, gaps */
    WIRE_FETCH_DECISIONS,
    WIRE_FETCH_WITH_PROCESS, /* events, and those of the process as a whole: late ticks, gaps */
    WIRE_FETCH_COUNT
};

struct wire_fetch {
    struct wire_header header;
    uint32_t what;     /* enum wire_fetch_what */
    uint64_t from_seq; /* first wanted; 0: by time */
    wall_t from, until;
    uint32_t last;  /* if not 0: only that many, newest */
    uint32_t first; /* if not 0: only that many, oldest; the last page then ends with them */
};

struct wire_plan {
    struct wire_header header;
    uint32_t page_ix, page_count;
    uint32_t used;
    char text[WIRE_TEXT_MAX_BYTES]; /* of the plan as kavsak show prints it */
};

/* What people called things, and the numbers that events and commands carry for them. The names of
 * groups stand beside the number of their phase, as Indiana events have it. */
enum wire_names_kind {
    WIRE_NAMES_GROUPS,
    WIRE_NAMES_STAGES,
    WIRE_NAMES_PATTERNS,
    WIRE_NAMES_DETECTORS,
    WIRE_NAMES_LANES,
    WIRE_NAMES_PHASES,
    WIRE_NAMES_KIND_COUNT
};

struct wire_names {
    struct wire_header header;
    uint32_t kind; /* enum wire_names_kind */
    uint32_t count;
    /* Groups: phase_id, below zero for pedestrians. Stages: stage_ix + 1. Patterns: pattern_id.
     * Detectors: their channel in the log, below zero for buttons, which have channels of their
     * own. Lanes: lane_ix + 1. Phases: phase_id. */
    int32_t number[WIRE_NAMES_MAX];
    char name[WIRE_NAMES_MAX][NAME_MAX_BYTES];
};

struct wire_alarms {
    struct wire_header header;
    uint32_t active; /* bit = enum alarm */
    wall_t since[ALARM_COUNT];
};

struct wire_metrics {
    struct wire_header header;
    uint64_t ticks, ticks_late, ticks_skipped;
    uint64_t modbus_ok, modbus_failed, modbus_late;
    uint64_t events, events_dropped, journal_lost;
    int64_t wake_max_us, compute_max_us;
    uint64_t wake_histogram_us[32]; /* bucket k: below 2^k microseconds */
    uint64_t socket_dropped;
};

/* Decisions of adaptive control, packed (optimiser/decision.h). The asker sends none. */
struct wire_decision {
    uint64_t seq; /* journal sequence number; 0: not kept there */
    wall_t wall;
    uint32_t used;
    uint8_t packed[WIRE_DECISION_BYTES];
};

struct wire_decisions {
    struct wire_header header;
    uint32_t count; /* 0: none was made yet */
    uint32_t more;
    struct wire_decision decision[WIRE_DECISION_MAX];
};

struct wire_neighbour {
    struct wire_header header;
    struct neighbour_message message;
};

struct wire_text {
    struct wire_header header;
    char text[160];
};

_Static_assert(sizeof(struct wire_status) <= WIRE_MESSAGE_MAX_BYTES, "one packet holds a status");
_Static_assert(sizeof(struct wire_events) <= WIRE_MESSAGE_MAX_BYTES, "one packet holds its events");
_Static_assert(sizeof(struct wire_names) <= WIRE_MESSAGE_MAX_BYTES, "one packet holds the names");
_Static_assert(sizeof(struct wire_decisions) <= WIRE_MESSAGE_MAX_BYTES, "one packet holds them");
_Static_assert((int)LANE_MAX <= (int)WIRE_NAMES_MAX && (int)PHASE_MAX <= (int)WIRE_NAMES_MAX,
               "one message holds all names of a kind");
_Static_assert((int)SG_MAX <= (int)WIRE_NAMES_MAX && (int)STAGE_MAX <= WIRE_NAMES_MAX &&
                   (int)PATTERN_MAX <= (int)WIRE_NAMES_MAX && (int)DETECTOR_MAX <= WIRE_NAMES_MAX,
               "and all of them");

/* Checks what came in before anything else looks at it. */
enum status wire_check(const void *bytes, size_t size, const struct wire_header **header);

/* Fills magic, version, type and size. */
void wire_head(struct wire_header *header, enum wire_type type, size_t size, uint32_t request);

#endif
