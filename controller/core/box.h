/* box.h: clearance on demand. Who turns through gaps may still stand inside the junction when his
 * green ends, and others behind him; intergreens are made for those who move. Where a detector sees
 * the inside (DETECTOR_BOX), greens that conflict with those just ended wait until it is empty, or
 * nobody has stood there for a while, within a bound: a broken detector or a full exit must not
 * stop the junction. Only ever delays an opening; the sequencer keeps every time of the safety file
 * besides. Owned by struct controller; stepped once on each confirmed tick. */
#ifndef KAVSAK_BOX_H
#define KAVSAK_BOX_H

#include "detector.h"
#include "sequencer.h"

/* At most so much beyond the intergreen: six vehicles that start one after the other, the last of
 * them across the whole junction. */
enum { BOX_EXTENSION_MAX_MS = 8000 };
/* Who moved off so long ago is out of the way, if the inside is not empty before. */
enum { BOX_CLEAR_MS = 3000 };

struct box {
    int32_t clear_ms; /* since somebody last stood in it; AGE_MAX_MS: nobody since it was empty */
    sg_mask_t is_told_for; /* groups whose present wait has been told */
};

void box_init(struct box *b);

/* Groups that are red and shall not open yet. Zones of cameras tell who stands from who passes; to
 * other detectors whoever is there stands. Those that are not healthy see nobody. Emits
 * EVENT_BOX_WAIT once for each of wanted that could have opened by now. */
sg_mask_t box_step(struct box *b, const struct plan *p, const struct detectors *ds,
                   const struct input_frame *in, const struct sequencer *seq, sg_mask_t wanted,
                   struct event_list *events);

#endif
