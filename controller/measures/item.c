#include "item.h"

void item_add(struct item_list *list, struct item item)
{
    if (list->count == list->room) {
        list->is_full = true;
        return;
    }
    list->item[list->count++] = item;
}

static int order(int64_t a, int64_t b)
{
    return a < b ? -1 : (a > b ? 1 : 0);
}

int item_compare_streams(const void *a, const void *b)
{
    const struct item *x = a;
    const struct item *y = b;
    int result = order(x->device, y->device);
    result = result != 0 ? result : order(x->key[0], y->key[0]);
    result = result != 0 ? result : order(x->key[1], y->key[1]);
    result = result != 0 ? result : order(x->at_ms, y->at_ms);
    result = result != 0 ? result : order(x->key[2], y->key[2]);
    return result != 0 ? result : order(x->value, y->value);
}

int item_compare_bins(const void *a, const void *b)
{
    const struct item *x = a;
    const struct item *y = b;
    int result = order(x->at_ms, y->at_ms);
    result = result != 0 ? result : order(x->device, y->device);
    for (uint32_t i = 0; i < ITEM_KEYS && result == 0; i++) {
        result = order(x->key[i], y->key[i]);
    }
    return result != 0 ? result : order(x->value, y->value);
}

static bool is_same_stream(const struct item *a, const struct item *b)
{
    return a->device == b->device && a->key[0] == b->key[0] && a->key[1] == b->key[1];
}

static bool is_same_group(const struct item *a, const struct item *b, uint32_t keys)
{
    bool is_same = a->at_ms == b->at_ms && a->device == b->device;
    for (uint32_t i = 0; i < keys; i++) {
        is_same = is_same && a->key[i] == b->key[i];
    }
    return is_same;
}

/* Where the next group begins; false at the end of the list. */
static bool go_on(const struct item_list *list, struct item_group *group)
{
    const struct item *end = list->item + list->count;
    const struct item *next = group->item == NULL ? list->item : group->item + group->count;
    *group = (struct item_group){ .item = next };
    return list->count > 0 && next < end;
}

bool item_next_stream(const struct item_list *list, struct item_group *group)
{
    if (!go_on(list, group)) {
        return false;
    }
    const struct item *end = list->item + list->count;
    const struct item *at = group->item;
    for (; at < end && is_same_stream(at, group->item); at++) {
        group->count++;
    }
    return true;
}

bool item_next_group(const struct item_list *list, uint32_t keys, struct item_group *group)
{
    if (!go_on(list, group)) {
        return false;
    }
    const struct item *end = list->item + list->count;
    const struct item *at = group->item;
    for (; at < end && is_same_group(at, group->item, keys); at++) {
        group->count++;
        group->sum += at->value;
    }
    return true;
}
