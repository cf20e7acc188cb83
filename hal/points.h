/* points.h: detectors behind Modbus devices, wired by data (struct site_point). Plans which reads a
 * link needs, within what the device takes in one request, and turns its answers into raw detector
 * inputs. Knows no device by name: bits, inversion, word order and counters are the whole
 * difference between them. Judges nothing about traffic; says honestly how old its knowledge is.
 * Pure: the link's thread does the transfers. Owned by whoever owns the link. */
#ifndef KAVSAK_POINTS_H
#define KAVSAK_POINTS_H

#include "cabinet.h"
#include "frame.h"
#include "site.h"
#include "world.h"

enum {
    POINTS_REQUEST_MAX = SITE_POINT_MAX, /* no two points adjacent */
    POINTS_JUMP_MAX =
        100 /* more actuations between two reads: the counter was reset, not driven over */
};

struct points_read {
    uint8_t function; /* enum modbus_function */
    uint16_t address, count;
    bool is_heard;
    mono_t heard_at;
};

struct points_wire { /* one point and where its value is in an answer */
    struct site_point point;
    uint32_t read_ix;
    uint16_t offset;
};

struct points_detector {
    bool is_wired, has_counter, count_is_known;
    bool is_occupied, is_faulty, is_open, is_shorted;
    uint8_t edge_count;
    uint32_t last_count;
};

struct points {
    uint8_t unit;
    int32_t timeout_ms, stale_ms;
    uint32_t wire_count, read_count;
    struct points_wire wire[SITE_POINT_MAX];
    struct points_read read[POINTS_REQUEST_MAX];
    struct points_detector detector[DETECTOR_MAX];
};

/* Plans the reads of one link. Only points that touch are read together: a gap may hold an address
 * that the device refuses. max_registers counts bits of bit areas as well, because devices that
 * mean less by it are not told apart from those that mean more. STATUS_INVALID: a point that no
 * device can have. */
MUST_CHECK enum status points_plan(struct points *p, const struct site *site, int32_t link_ix);

/* The read with this number, 0 to read_count - 1, as a transaction. */
void points_request(const struct points *p, uint32_t read_ix, uint32_t ticket,
                    struct modbus_request *request);

/* Its answer. False: a fault, or not as many values as asked for; nothing is changed and the inputs
 * age. */
bool points_take(struct points *p, uint32_t read_ix, const struct modbus_reply *reply);

/* The detectors of this link into input; others are left alone. A detector is as old as the oldest
 * of its points, and INPUT_ABSENT until all of them were heard. */
void points_fill(const struct points *p, mono_t now, struct detector_input input[DETECTOR_MAX]);

/* The same for detectors that are inputs of the cabinet: cabinet_input[detector] is the input's
 * number, -1 none. */
void points_fill_cabinet(const struct cabinet_state *s, const int32_t cabinet_input[DETECTOR_MAX],
                         mono_t seen_at, int32_t stale_ms, mono_t now,
                         struct detector_input input[DETECTOR_MAX]);

#endif
