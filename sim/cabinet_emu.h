/* cabinet_emu.h: the emulated cabinet as a machine without wires: commands and time in, lamps and
 * state out. Decides whom it obeys (lease by epoch), when it takes the lamps away (heartbeat,
 * monitor, local and police switches, latch) and what they show then. Never repairs a command and
 * never trusts one: what it cannot obey it refuses and says so in its state. Rules:
 * docs/cabinet.md. No clock, no sockets: the program, the simulator and the tests bring theirs.
 * Owned by whoever emulates the cabinet. */
#ifndef KAVSAK_CABINET_EMU_H
#define KAVSAK_CABINET_EMU_H

#include "cabinet.h"
#include "monitor.h"

enum cabinet_verdict { CABINET_ACCEPTED, CABINET_REPEATED, CABINET_REFUSED };

enum cabinet_note {
    NOTE_LAMP,  /* number: output; value: 0 off, 1 on, 2 flashing */
    NOTE_INPUT, /* number: input; value: 0 off, 1 on */
    NOTE_LEASE, /* number: epoch; value: 1 taken, 0 freed */
    NOTE_FLASH, /* number: enum monitor_fault, 0 at power up and switches; value: ms since the last
                 * accepted heartbeat, -1 none */
    NOTE_RELEASED, /* the cabinet gives the lamps back to the controller */
    NOTE_TRIP,     /* number: enum monitor_fault; value: channel a << 8 | channel b */
    NOTE_SWITCH,   /* number: enum cabinet_switch; value: 0 or 1 */
    NOTE_RESET,
    NOTE_BOOT, /* number: boots so far */
    NOTE_COUNT
};

enum cabinet_switch { SWITCH_POLICE, SWITCH_LOCAL, SWITCH_DOOR, SWITCH_COUNT };

enum lamp_fault { LAMP_HEALTHY, LAMP_STUCK_ON, LAMP_STUCK_OFF };

struct cabinet_counters {
    uint64_t writes_accepted, writes_repeated, writes_refused, reads;
    uint64_t refused_crc, refused_epoch, refused_seq, refused_switch, refused_value;
    uint64_t lamp_changes, input_changes, trips, heartbeat_losses, leases;
    int64_t flash_after_ms, flash_after_max_ms; /* last accepted heartbeat to flash; -1 never yet */
};

/* What survives a power failure. */
struct cabinet_memory {
    uint32_t boot_count;
    uint32_t conflict_count;
    uint16_t epoch;
    int32_t latch; /* enum monitor_fault that holds it in flash, 0 none */
};

struct cabinet_emu {
    const struct monitor_config *config;
    struct monitor monitor;
    struct cabinet_memory memory;
    bool memory_changed; /* the owner saves it and clears this */
    bool lease_held;
    bool holds_flash; /* the cabinet has taken the lamps; mode 2 gives them back */
    bool on[SWITCH_COUNT];
    bool reset_seen;
    uint16_t seq, heartbeat, mode;
    int32_t fault; /* enum monitor_fault shown in the state */
    int64_t heartbeat_at_ms;
    struct lamp_image image;    /* as commanded */
    struct lamp_image sensed;   /* as the lamps are, faults included: what the monitor sees */
    struct lamp_image stuck_on; /* .on only */
    struct lamp_image stuck_off;
    struct lamp_image lie_on; /* read-back alone errs: the lamps are right */
    struct lamp_image lie_off;
    uint64_t occupied, faulty;
    uint8_t edge_count[DETECTOR_MAX];
    struct cabinet_counters counters;
    void (*note)(void *self, int64_t now_ms, enum cabinet_note note, int32_t number, int32_t value);
    void *note_self; /* note may be NULL */
};

/* Power comes back: memory as saved (zeroed: from the works), lamps in flash, lease free.
 * note and note_self are the caller's to set before, everything else is overwritten. */
void cabinet_emu_init(struct cabinet_emu *e, const struct monitor_config *config,
                      const struct cabinet_memory *memory, int64_t now_ms);
/* Power fails and comes back: switches, inputs and injected faults stay as they are. */
void cabinet_emu_reboot(struct cabinet_emu *e, int64_t now_ms);

/* A command block as written, of any content. */
enum cabinet_verdict cabinet_emu_command(struct cabinet_emu *e, const uint16_t *registers,
                                         size_t count, int64_t now_ms);
/* Time passes: heartbeat and monitor. Call at least every 20 ms. */
void cabinet_emu_tick(struct cabinet_emu *e, int64_t now_ms);

/* The state block as one read answers it; a pressed reset is told to one read. */
void cabinet_emu_state(struct cabinet_emu *e, uint16_t registers[CABINET_STATE_REGISTERS]);

/* What people and the road do. Numbers out of range are refused with false. */
void cabinet_emu_switch(struct cabinet_emu *e, enum cabinet_switch which, bool on, int64_t now_ms);
void cabinet_emu_press_reset(struct cabinet_emu *e, int64_t now_ms);
bool cabinet_emu_input(struct cabinet_emu *e, int32_t input, bool occupied, int64_t now_ms);
bool cabinet_emu_input_fault(struct cabinet_emu *e, int32_t input, bool faulty);
bool cabinet_emu_lamp_fault(struct cabinet_emu *e, int32_t lamp, enum lamp_fault fault,
                            bool only_read_back, int64_t now_ms);

/* True while the cabinet or the controller shows flash: nothing to judge by the laws of service. */
bool cabinet_emu_is_flashing(const struct cabinet_emu *e);

#endif
