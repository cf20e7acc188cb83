#include "zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* 2000-01-01 and 2100-01-01. Offsets change weeks apart even where Ramadan suspends summer time, so
 * looking every six hours misses none; the exact second is then found by halving. */
static const int64_t first_s = 946684800;
static const int64_t last_s = 4102444800;
static const int64_t stride_s = 6 * 3600;

/* The library takes what it cannot read for UTC without a word, so the file is looked at first. */
static bool is_zone_file(const char *path)
{
    char magic[4] = "";
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    const size_t got = fread(magic, 1, sizeof magic, file);
    (void)fclose(file);
    return got == sizeof magic && memcmp(magic, "TZif", sizeof magic) == 0;
}

static bool zone_exists(const char *name)
{
    char path[128];
    if (name[0] == '\0' || name[0] == '/' || strstr(name, "..") != NULL) {
        return false;
    }
    const char *folder = getenv("TZDIR");
    const int length =
        snprintf(path, sizeof path, "%s/%s", folder != NULL ? folder : "/usr/share/zoneinfo", name);
    return length > 0 && (size_t)length < sizeof path && is_zone_file(path);
}

static int32_t library_offset_s(int64_t utc_s)
{
    const time_t at = (time_t)utc_s;
    struct tm local;
    return localtime_r(&at, &local) != NULL ? (int32_t)local.tm_gmtoff : 0;
}

/* First second after before_s at which the offset is that of after_s. */
static int64_t change_between(int64_t before_s, int64_t after_s)
{
    const int32_t old_s = library_offset_s(before_s);
    while (after_s - before_s > 1) {
        const int64_t middle_s = before_s + (after_s - before_s) / 2;
        if (library_offset_s(middle_s) == old_s) {
            before_s = middle_s;
        } else {
            after_s = middle_s;
        }
    }
    return after_s;
}

static enum status fill(struct zone *z)
{
    z->change[0] = (struct zone_change){ .from_s = first_s, .offset_s = library_offset_s(first_s) };
    z->change_count = 1;
    for (int64_t at_s = first_s; at_s < last_s; at_s += stride_s) {
        const int32_t next_s = library_offset_s(at_s + stride_s);
        if (next_s == z->change[z->change_count - 1].offset_s) {
            continue;
        }
        if (z->change_count >= ZONE_CHANGE_MAX) {
            return STATUS_NO_SPACE;
        }
        z->change[z->change_count++] =
            (struct zone_change){ .from_s = change_between(at_s, at_s + stride_s),
                                  .offset_s = next_s };
    }
    return STATUS_OK;
}

enum status zone_read(struct zone *z, const char *name)
{
    *z = (struct zone){ .change_count = 0 };
    if (strlen(name) >= sizeof z->name || !zone_exists(name)) {
        return STATUS_NOT_FOUND;
    }
    (void)snprintf(z->name, sizeof z->name, "%s", name);
    char before[128] = "";
    const char *set = getenv("TZ");
    const bool was_set = set != NULL && strlen(set) < sizeof before;
    if (was_set) {
        (void)snprintf(before, sizeof before, "%s", set);
    }
    if (setenv("TZ", name, 1) != 0) {
        return STATUS_NO_SPACE;
    }
    tzset();
    const enum status status = fill(z);
    if (was_set) {
        (void)setenv("TZ", before, 1);
    } else {
        (void)unsetenv("TZ");
    }
    tzset();
    return status;
}

int32_t zone_offset_s(const struct zone *z, wall_t wall)
{
    REQUIRE(z->change_count > 0);
    const int64_t utc_s = wall.ms / 1000;
    uint32_t low = 0;
    uint32_t high = z->change_count;
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;
        if (z->change[middle].from_s <= utc_s) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return z->change[low].offset_s;
}
