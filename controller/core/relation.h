/* relation.h: which relations between groups can be kept together. A plan is checked before it gets
 * here, but a junction must not stand still because two wishes contradict each other: of a circle
 * the relation that is written last gives way. Decides nothing about lamps. */
#ifndef KAVSAK_RELATION_H
#define KAVSAK_RELATION_H

#include "plan.h"

/* Bit = relation_ix. Left out are relations of conflicting groups and those that would close a
 * circle of early starts or of follow-ons. */
uint32_t relation_binding(const struct plan *p);

#endif
