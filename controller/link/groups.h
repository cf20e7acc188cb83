/* groups.h: source of tlc.groups/live (S0001): the letter of every signal group, stage, cycle
 * counters. */
#ifndef KAVSAK_GROUPS_H
#define KAVSAK_GROUPS_H

#include "channel.h"

struct groups { /* as published last */
    int32_t count;
    int32_t stage;
    char letter[SG_MAX];
};

extern const struct channel_kind groups_channel;

#endif
