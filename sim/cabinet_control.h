/* cabinet_control.h: the hand at the emulated cabinet: lines of text that press buttons, turn
 * switches, put vehicles on loops, break lamps and spoil the wire; and the state as one line of
 * JSON. For tests and for training field crews. Words: docs/cabinet.md. Decides nothing. */
#ifndef KAVSAK_CABINET_CONTROL_H
#define KAVSAK_CABINET_CONTROL_H

#include "cabinet_emu.h"
#include "modbus_server.h"

enum { CONTROL_LINE_BYTES = 256, CONTROL_ANSWER_BYTES = 4096 };

/* What the wire does to the next requests of one cabinet. */
struct wire_faults {
    int32_t drop, garbage, exception, stale; /* requests to come; drop first */
    int32_t delay_ms;
};

/* One emulated cabinet as the program runs it. */
struct cabinet {
    int32_t number; /* 1-based, of the command line */
    int32_t port;
    struct monitor_config config;
    struct cabinet_emu emu;
    struct wire_faults wire;
    bool wants_hang_up; /* it lost power: its connections break */
    const char *street; /* JSON of the traffic around it, for its state; NULL: none */
};

enum modbus_fate wire_fate(struct wire_faults *w, int32_t *delay_ms);

/* Obeys one line and writes one answering line, without its newline: "ok", "error: why", or JSON.
 * "@N" in front chooses a cabinet, otherwise the first. */
void control_line(struct cabinet *cabinets, size_t count, const char *line, int64_t now_ms,
                  char answer[CONTROL_ANSWER_BYTES]);

#endif
