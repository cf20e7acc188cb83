/* box.h: clearance on demand. Who turns through gaps may still stand inside the junction when his
 * green ends, and others behind him; intergreens are made for those who move. Where a detector sees
 * the inside (DETECTOR_BOX), greens that conflict with those just ended wait until nobody has stood
 * there for a while, within a bound: a broken detector or a full exit must not stop the junction.
 * Only ever delays an opening; the sequencer keeps every time of the safety file besides. Owned by
 * struct controller; stepped once on each confirmed tick. */
#ifndef KAVSAK_BOX_H
#define KAVSAK_BOX_H

#include "detector.h"
#include "sequencer.h"

enum {
    /* Who moves off at 2.6 m/s2 is 12 m further 3 s later; the detector sees it after one. */
    BOX_CLEAR_MS = 2000,
    /* At most so much beyond the intergreen, as much as long all-reds on demand in use. */
    BOX_EXTENSION_MAX_MS = 8000
};

struct box {
    int32_t empty_ms;      /* since somebody last stood in it; AGE_MAX_MS: nobody yet */
    sg_mask_t is_told_for; /* groups whose present wait has been told */
};

void box_init(struct box *b);

/* Groups that are red and shall not open yet. Emits EVENT_BOX_WAIT once for each of wanted that
 * could have opened by now. Detectors that are not healthy see nobody. */
sg_mask_t box_step(struct box *b, const struct plan *p, const struct detectors *ds,
                   const struct sequencer *seq, sg_mask_t wanted, struct event_list *events);

#endif
