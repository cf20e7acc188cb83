/* big_plan.h: the junctions that the tick is measured with: those of plan_build.h, grown to 16
 * groups and 32 detectors, the size of a full four-arm junction with bus lanes. Never used for
 * anything but measuring; owned by the caller. */
#ifndef KAVSAK_BIG_PLAN_H
#define KAVSAK_BIG_PLAN_H

#include "plan.h"

enum { BIG_SG_COUNT = 16, BIG_DETECTOR_COUNT = 32 };

/* Two rings of eight phases, four crossings, three overlaps, a bus group; coordinated by day. */
void big_plan_rings(struct plan *p);

/* Three stages with crossings on demand, arrows, bus and cycle groups; coordinated by day. */
void big_plan_staged(struct plan *p);

#endif
