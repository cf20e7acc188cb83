/* item.h: lists of small records that measures put together, sort and go through in order. Never
 * allocates: the room is the caller's, and a list that had too little of it says so. Owned by
 * struct measures. */
#ifndef KAVSAK_ITEM_H
#define KAVSAK_ITEM_H

#include "types.h"

enum { ITEM_KEYS = 3 };

/* What the keys are, each list decides: phase, channel, event code. */
struct item {
    int64_t at_ms;
    int64_t value;
    int32_t device;
    int32_t key[ITEM_KEYS];
};

struct item_list {
    struct item *item;
    size_t count, room;
    bool is_full; /* something did not fit */
};

/* Neighbours with the same time, device and first keys. */
struct item_group {
    const struct item *item;
    size_t count;
    int64_t sum; /* of the values */
};

/* Sorts, as qsort does. */
typedef void item_sort_fn(void *base, size_t count, size_t size,
                          int (*compare)(const void *, const void *));

void item_add(struct item_list *list, struct item item);

/* By device, first and second key, then time, third key, value: one stream after the other. */
int item_compare_streams(const void *a, const void *b);

/* By time, device, keys, value: one bin after the other. */
int item_compare_bins(const void *a, const void *b);

/* The next stream: the items that agree in device and the first two keys. False: there is none. */
MUST_CHECK bool item_next_stream(const struct item_list *list, struct item_group *group);

/* The next group of a list sorted by bins; keys says how many of them are looked at. Begins with a
 * zeroed group. False: there is none. */
MUST_CHECK bool item_next_group(const struct item_list *list, uint32_t keys,
                                struct item_group *group);

#endif
