/* frame.h: what crosses the border of the tick, whole and by value. An input frame is all that a
 * junction may know at one tick; an output frame is all that it may do. Every input carries its
 * age: stale is a value, not an error. Both are plain structs that can be journalled and replayed.
 */
#ifndef KAVSAK_FRAME_H
#define KAVSAK_FRAME_H

#include "command.h"
#include "neighbour.h"
#include "types.h"

enum lamp { LAMP_RED, LAMP_YELLOW, LAMP_GREEN, LAMP_COUNT };

/* Which output of the cabinet drives which lamp, 0 to LAMP_MAX - 1; -1: no such lamp. Flat int32_t,
 * because struct safety embeds it. Read-back uses the same numbers on the cabinet's sensed side. */
struct lamp_map {
    int32_t output[SG_MAX][LAMP_COUNT];
    int32_t sensed[SG_MAX][LAMP_COUNT];
};

/* Lamps as the cabinet carries them: bit = output number. Flashing is done by the cabinet's
 * flasher. */
struct lamp_image {
    uint32_t on[LAMP_MAX / 32];
    uint32_t flash[LAMP_MAX / 32];
};

enum input_quality {
    INPUT_ABSENT, /* never heard of */
    INPUT_GOOD,
    INPUT_STALE,            /* older than its source allows */
    INPUT_OPEN,             /* loop open (event 86) */
    INPUT_SHORTED,          /* event 87 */
    INPUT_EXCESSIVE_CHANGE, /* event 88 */
    INPUT_FAILED            /* any other fault its source reports (event 84) */
};

/* One detector, raw. edge_count counts off-to-on edges at the source and rolls over at 256, so a
 * pulse shorter than a tick is never missed; a source without counter keeps it at its own edge
 * count. A camera that counts also says how many vehicles its zone holds and how many of them
 * stand. */
struct detector_input {
    bool is_occupied;
    bool has_zone; /* the next two mean something */
    uint8_t zone_vehicles;
    uint8_t zone_queued;
    uint8_t edge_count;
    uint8_t quality; /* enum input_quality */
    int32_t age_ms;  /* since its source last said anything */
};

enum cabinet_flag {
    CABINET_LEASE_FREE = 1 << 0,
    CABINET_LOCAL = 1 << 1, /* local switch, hand control */
    CABINET_POLICE = 1 << 2,
    CABINET_FLASHING = 1 << 3, /* the monitor holds the lamps in flash */
    CABINET_LATCHED = 1 << 4,  /* and only a reset at the cabinet will end it */
    CABINET_DOOR_OPEN = 1 << 5,
    CABINET_RESET_SEEN = 1 << 6, /* someone pressed reset since the last read */
    CABINET_LOSSY_SENSE = 1 << 7 /* the cabinet cannot sense lamps: read-back repeats the image */
};

/* The cabinet as last read. is_fresh: this very tick brought a read that earlier ticks had not. */
struct cabinet_view {
    bool is_present; /* at least one read since the link came up */
    bool is_fresh;
    mono_t seen_at;        /* when that read was complete */
    uint16_t epoch;        /* whom the cabinet obeys */
    uint16_t seq;          /* last sequence number it accepted */
    uint32_t flags;        /* enum cabinet_flag */
    int32_t monitor_fault; /* the monitor's own code, 0 none */
    uint32_t conflict_count;
    uint32_t boot_count;
    uint32_t site_id;
    uint64_t safety_hash;
    int32_t aspect[SG_MAX]; /* enum aspect as sensed; ASPECT_UNKNOWN if the lamps make no aspect */
};

struct input_frame {
    wall_t wall;
    int32_t utc_offset_s; /* of the junction's zone at this moment, from the tz database */
    bool wall_is_synced;
    bool is_overloaded;           /* ticks run late: do without the optimiser (rule RT-4) */
    bool is_stopping;             /* SIGTERM: finish minimums, all red, stop the heartbeat */
    int32_t scheduled_pattern_ix; /* what the calendar asks for now (plans/schedule.h) */
    struct cabinet_view cabinet;
    struct detector_input detector[DETECTOR_MAX];
    uint32_t command_count;
    struct command command[COMMAND_PER_TICK_MAX];
    uint32_t neighbour_count; /* messages that came since the last tick, oldest first */
    struct neighbour_input neighbour[NEIGHBOUR_PER_TICK_MAX];
};

/* What the tick says to the cabinet. Only the tick makes seq and heartbeat; a link sends a frame at
 * most once as new. While may_write is false a link only reads. */
struct output_frame {
    bool may_write;
    bool heartbeat;   /* false: stopped on purpose; the cabinet shall flash */
    bool wants_flash; /* every group in its flash aspect */
    bool wants_latch; /* and the cabinet shall keep it until someone resets it there (guard trip) */
    uint16_t epoch;
    uint16_t seq;
    int32_t aspect[SG_MAX];
};

#endif
