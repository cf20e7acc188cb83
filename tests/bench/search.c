/* How long a decision takes: a junction of 8 options and 16 lanes with random queues and arrivals,
 * light to oversaturated, its own times of minimum and intergreen; and the largest that fits, 32
 * options and 48 lanes. Time is the thread's own CPU time; the stack is painted and read.
 *
 *     bench_search [DECISIONS [MOST_US]]      fails if the 99th percentile of the first is above */
#define _GNU_SOURCE
#include "search.h"

#include "require.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STACK_BYTES = 4 << 20, PAINT = 0xa5 };

static uint64_t chance_state = 1;

static int32_t between(int32_t low, int32_t high)
{
    chance_state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = chance_state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return low + (int32_t)(z % (uint64_t)(high - low + 1));
}

struct bench {
    struct layout layout;
    struct snapshot snapshot;
    struct search_limits limits;
    int32_t options, lanes, decisions;
    int32_t *time_us;
    int32_t nodes_max, cut;
    int64_t nodes;
};

/* Groups of lanes in turn, of two rings as it were: an option shares a group with its neighbour. */
static void make_layout(struct bench *b)
{
    struct layout *l = &b->layout;
    memset(l, 0, sizeof *l);
    l->lane_count = b->lanes;
    l->option_count = b->options;
    l->sg_count = b->lanes < SG_MAX ? b->lanes : SG_MAX;
    for (int32_t i = 0; i < b->lanes; i++) {
        struct layout_lane *lane = &l->lane[i];
        const uint32_t sg = (uint32_t)(i % l->sg_count);
        lane->movement_count = 1;
        lane->sg = bit32(sg);
        lane->movement[0] =
            (struct layout_movement){ .sg = lane->sg, .share_permille = 1000, .exit_ix = -1 };
    }
    for (int32_t i = 0; i < b->options; i++) {
        for (int32_t k = 0; k < 4; k++) {
            l->option[i].sg |= bit32((uint32_t)((i * 2 + k) % l->sg_count));
        }
        l->option[i].next =
            (b->options < 32 ? bit32((uint32_t)b->options) - 1 : UINT32_MAX) & ~bit32((uint32_t)i);
    }
    for (int32_t i = 0; i < l->sg_count; i++) {
        l->min_green_ms[i] = 5000;
        l->yellow_ms[i] = 3000;
        for (int32_t j = 0; j < l->sg_count; j++) {
            const int32_t apart = (j - i + l->sg_count) % l->sg_count;
            const bool is_near = apart < 4 || apart > l->sg_count - 4;
            l->clear_ms[i][j] = is_near && i != j ? -1 : 5000;
        }
    }
}

static void make_moment(struct bench *b)
{
    struct snapshot *s = &b->snapshot;
    memset(s, 0, sizeof *s);
    s->layout = &b->layout;
    const int32_t queue_most = between(1, 15);
    const int32_t rate_pct = between(3, 30);
    for (int32_t i = 0; i < b->lanes; i++) {
        struct snapshot_lane *lane = &s->lane[i];
        lane->headway_cs = between(17, 22) * 10;
        lane->start_loss_cs = 100;
        for (int32_t k = between(0, queue_most); k > 0; k--) {
            lane->vehicle[lane->count++] = (struct snapshot_vehicle){ .eta_cs = (int16_t)(-200 * k),
                                                                      .weight = SNAPSHOT_WEIGHT_ONE,
                                                                      .is_stopped = true };
        }
        for (int32_t t = 0; t < 40 && lane->count < SNAPSHOT_VEHICLES_MAX; t++) {
            if (between(0, 99) < rate_pct) {
                lane->vehicle[lane->count++] =
                    (struct snapshot_vehicle){ .eta_cs = (int16_t)(t * 100 + between(0, 99)),
                                               .weight = SNAPSHOT_WEIGHT_ONE };
            }
        }
    }
    for (int32_t e = 0; e < LAYOUT_EXIT_MAX; e++) {
        s->exit[e].room_vehicles = EXIT_ROOM_UNKNOWN;
    }
    s->option_ix = between(0, b->options - 1);
    s->must_leave_in_cs = SNAPSHOT_NEVER_CS;
    for (uint32_t g = 0; g < SG_MAX; g++) {
        const bool is_open = (b->layout.option[s->option_ix].sg & bit32(g)) != 0;
        s->sg_green_in_cs[g] = is_open ? 0 : SNAPSHOT_NEVER_CS;
    }
}

static int32_t cpu_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int32_t)(t.tv_sec * 1000000 + t.tv_nsec / 1000);
}

static void *decide(void *self)
{
    struct bench *b = self;
    static struct search_result r;
    for (int32_t i = 0; i < b->decisions; i++) {
        make_moment(b);
        const int32_t begin_us = cpu_us();
        search_run(&b->snapshot, search_settings_default(), &b->limits, i > 0 ? &r : NULL, &r);
        b->time_us[i] = cpu_us() - begin_us;
        b->nodes += r.nodes;
        b->nodes_max = r.nodes > b->nodes_max ? r.nodes : b->nodes_max;
        b->cut += r.was_cut ? 1 : 0;
    }
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a;
    const int32_t y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Returns the 99th percentile. */
static int32_t measure(struct bench *b, int32_t options, int32_t lanes, int32_t decisions)
{
    *b = (struct bench){ .options = options, .lanes = lanes, .decisions = decisions };
    b->time_us = calloc((size_t)decisions, sizeof b->time_us[0]);
    uint8_t *stack = aligned_alloc(4096, STACK_BYTES);
    REQUIRE(b->time_us != NULL && stack != NULL);
    memset(stack, PAINT, STACK_BYTES);
    make_layout(b);
    b->limits.allowed = UINT32_MAX;
    b->limits.stay_max_cs = SNAPSHOT_NEVER_CS;
    pthread_t thread;
    pthread_attr_t attr;
    (void)pthread_attr_init(&attr);
    (void)pthread_attr_setstack(&attr, stack, STACK_BYTES);
    REQUIRE(pthread_create(&thread, &attr, decide, b) == 0);
    (void)pthread_join(thread, NULL);
    (void)pthread_attr_destroy(&attr);
    size_t untouched = 0;
    while (untouched < STACK_BYTES && stack[untouched] == PAINT) {
        untouched++;
    }
    qsort(b->time_us, (size_t)decisions, sizeof b->time_us[0], by_size);
    const int32_t p99_us = b->time_us[decisions * 99 / 100];
    printf("%d options, %d lanes: median %d us, p99 %d us, worst %d us; nodes mean %d, worst %d; "
           "cut %d of %d; stack %zu kB\n",
           (int)options, (int)lanes, (int)b->time_us[decisions / 2], (int)p99_us,
           (int)b->time_us[decisions - 1], (int)(b->nodes / decisions), (int)b->nodes_max,
           (int)b->cut, (int)decisions, (STACK_BYTES - untouched) / 1024);
    free(b->time_us);
    free(stack);
    return p99_us;
}

int main(int argc, char **argv)
{
    static struct bench b;
    const int32_t decisions = argc > 1 ? (int32_t)strtol(argv[1], NULL, 10) : 2000;
    const int32_t most_us = argc > 2 ? (int32_t)strtol(argv[2], NULL, 10) : INT32_MAX;
    REQUIRE(decisions > 0);
    const int32_t p99_us = measure(&b, 8, 16, decisions);
    (void)measure(&b, 4, 8, decisions);
    (void)measure(&b, 32, 48, decisions / 10 + 1);
    return p99_us <= most_us ? 0 : 1;
}
