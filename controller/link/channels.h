/* channels.h: the table of all status channels of a node: what each tells, how often, in how large
 * pieces, whether it runs from the start (docs/rsmp.md has the same table in words). */
#ifndef KAVSAK_CHANNELS_H
#define KAVSAK_CHANNELS_H

#include "channel.h"

enum channel_ix {
    CHANNEL_GROUPS,
    CHANNEL_STAGE,
    CHANNEL_PLAN,
    CHANNEL_PLANS,
    CHANNEL_MODE,
    CHANNEL_CYCLE,
    CHANNEL_DETECTORS,
    CHANNEL_DETECTOR_HEALTH,
    CHANNEL_HEALTH,
    CHANNEL_DECISION,
    CHANNEL_COUNT_MINUTE,
    CHANNEL_COUNT_QUARTER,
    CHANNEL_EVENTS,
    CHANNEL_CONFIG_GROUPS,
    CHANNEL_CONFIG_STAGES,
    CHANNEL_CONFIG_DETECTORS,
    CHANNEL_CONFIG_LANES,
    CHANNEL_CONFIG_PLANS,
    CHANNEL_COUNT
};

extern const struct channel_kind channel_kinds[CHANNEL_COUNT];

#endif
