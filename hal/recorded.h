/* recorded.h: detectors that repeat what was recorded: a list of times, detectors and edges becomes
 * raw inputs with edge counts, tick by tick. For replay, simulation and benchmarks. Reads no file
 * and owns no memory: the list is the caller's. Pure. */
#ifndef KAVSAK_RECORDED_H
#define KAVSAK_RECORDED_H

#include "frame.h"

struct recorded_event {
    int64_t t_ms; /* since the recording began; never falls along the list */
    uint8_t detector_ix;
    bool on;
};

struct recorded {
    const struct recorded_event *event;
    size_t count, next;
    detector_mask_t present;
    detector_mask_t occupied;
    uint8_t edge_count[DETECTOR_MAX];
    int64_t on_at_ms[DETECTOR_MAX]; /* of the last edge */
};

/* present: the detectors that the recording speaks for; events of others are passed over. */
void recorded_init(struct recorded *r, const struct recorded_event *event, size_t count,
                   detector_mask_t present);

/* Plays up to and including t_ms, which never falls, and writes the detectors that are present. A
 * pulse that began and ended since the last call shows in edge_count, and so does an "on" after an
 * "on": two vehicles with less than a sample between them. True while events are left. */
bool recorded_play(struct recorded *r, int64_t t_ms, struct detector_input input[DETECTOR_MAX]);

#endif
