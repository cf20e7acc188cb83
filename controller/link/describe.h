/* describe.h: the junction as its files describe it, for those who draw it: groups, stages or
 * phases, detectors, lanes, plans. Values of the channels tlc.config/...; they change only with the
 * files. */
#ifndef KAVSAK_DESCRIBE_H
#define KAVSAK_DESCRIBE_H

#include "channel.h"

uint64_t describe_version(const struct channel_view *v);
void describe_groups(const struct channel_view *v, struct payload_writer *w);
void describe_stages(const struct channel_view *v, struct payload_writer *w);
void describe_detectors(const struct channel_view *v, struct payload_writer *w);
void describe_lanes(const struct channel_view *v, struct payload_writer *w);
void describe_plans(const struct channel_view *v, struct payload_writer *w);

/* The last decision of adaptive control: tlc.decision. */
uint64_t describe_decision_version(const struct channel_view *v);
void describe_decision(const struct channel_view *v, struct payload_writer *w);

#endif
