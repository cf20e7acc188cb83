/* One junction with perfect cabinet and busy street, for as many ticks as asked: what callgrind
 * counts. Deterministic: the same arguments execute the same instructions. Nothing may be allocated
 * by a tick, which is counted here by standing in for the allocator.
 *
 *     bench_tick rings|staged TICKS [adaptive]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "big_plan.h"
#include "junction.h"
#include "null.h"

enum { FIRST_NOW_MS = 1000, MONDAY_8_MS = 374400000 }; /* 5 January 1970 */

static uint64_t allocations;

/* The linker sends everybody's calls here (--wrap). */
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *old, size_t bytes);

void *__wrap_malloc(size_t bytes)
{
    allocations++;
    return __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    allocations++;
    return __real_calloc(count, bytes);
}

void *__wrap_realloc(void *old, size_t bytes)
{
    allocations++;
    return __real_realloc(old, bytes);
}

struct bench {
    struct plan plan;
    struct junction junction;
    struct null_cabinet cabinet;
    struct input_frame in;
    struct output_frame out;
    struct event_list events;
    int32_t left_ticks[DETECTOR_MAX]; /* until the detector changes */
    uint64_t random;
    uint64_t event_count;
    sg_mask_t seen_green;
};

/* Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014. */
static uint32_t random_below(struct bench *b, uint32_t end)
{
    b->random += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = b->random;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) >> 32) % end;
}

/* A vehicle over each loop every seven seconds or so, a hand on each button twice a minute. */
static void move_street(struct bench *b)
{
    for (int32_t i = 0; i < b->plan.detector_count; i++) {
        struct detector_input *input = &b->in.detector[i];
        input->quality = INPUT_GOOD;
        if (b->left_ticks[i]-- > 0) {
            continue;
        }
        const bool is_button = b->plan.detector[i].type == DETECTOR_BUTTON;
        input->is_occupied = !input->is_occupied;
        if (input->is_occupied) {
            input->edge_count++;
            b->left_ticks[i] = 3 + (int32_t)random_below(b, 20);
        } else {
            b->left_ticks[i] = 10 + (int32_t)random_below(b, is_button ? 600 : 100);
        }
    }
}

static void tick(struct bench *b, int32_t n)
{
    const mono_t now = { .ms = FIRST_NOW_MS + (int64_t)n * TICK_MS };
    b->in.wall = (wall_t){ .ms = MONDAY_8_MS + (int64_t)n * TICK_MS };
    b->in.wall_is_synced = true;
    b->in.scheduled_pattern_ix = b->plan.schedule.day_plan[0].event[1].pattern_ix;
    move_street(b);
    event_list_clear(&b->events);
    junction_tick(&b->junction, &b->in, now, &b->out, &b->events);
    null_cabinet_exchange(&b->cabinet, &b->out, now, &b->in.cabinet);
    b->event_count += b->events.count;
    for (uint32_t i = 0; i < (uint32_t)b->plan.sg_count; i++) {
        b->seen_green |= aspect_is_green(b->out.aspect[i]) ? bit32(i) : 0;
    }
}

static int report(const struct bench *b, int32_t ticks)
{
    const int32_t tripped = b->junction.guard.tripped;
    const sg_mask_t all = (UINT32_C(1) << b->plan.sg_count) - 1;
    printf("{\"groups\":%d,\"detectors\":%d,\"ticks\":%d,\"events\":%" PRIu64
           ",\"guard_fault\":%d,\"all_were_green\":%s,\"allocations\":%" PRIu64
           ",\"state_bytes\":%zu}\n",
           (int)b->plan.sg_count, (int)b->plan.detector_count, (int)ticks, b->event_count,
           (int)tripped, b->seen_green == all ? "true" : "false", allocations, sizeof b->junction);
    return tripped == GUARD_PASS ? 0 : 1;
}

int main(int argc, char **argv)
{
    static struct bench b;
    const bool is_staged = argc >= 3 && strcmp(argv[1], "staged") == 0;
    const bool is_adaptive = argc == 4 && strcmp(argv[3], "adaptive") == 0;
    const long ticks = argc == 3 || is_adaptive ? strtol(argv[2], NULL, 10) : 0;
    if (ticks < 1 || ticks > 1000000 || (!is_staged && strcmp(argv[1], "rings") != 0)) {
        (void)fputs("usage: bench_tick rings|staged TICKS [adaptive]\n", stderr);
        return 2;
    }
    is_staged ? big_plan_staged(&b.plan) : big_plan_rings(&b.plan);
    for (int32_t i = 0; is_adaptive && i < b.plan.pattern_count; i++) {
        b.plan.pattern[i].strategy = STRATEGY_ADAPTIVE;
    }
    b.random = 1;
    junction_init(&b.junction, &b.plan, (mono_t){ .ms = FIRST_NOW_MS });
    null_cabinet_init(&b.cabinet, (uint32_t)b.plan.safety.site_id, b.plan.safety_hash,
                      b.plan.safety.flash_aspect, b.plan.sg_count);
    allocations = 0;
    for (int32_t n = 0; n < (int32_t)ticks; n++) {
        tick(&b, n);
    }
    return report(&b, (int32_t)ticks);
}
