#include "loop.h"

#include <errno.h>
#include <sys/resource.h>
#include <time.h>

/* The first second warms caches and stacks up; what faults after it is a fault. */
enum { WARM_UP_TICKS = 10, FAULT_CHECK_TICKS = 10 };

static const int64_t period_ns = (int64_t)TICK_MS * 1000000;

static int64_t monotonic_ns(void)
{
    struct timespec at;
    REQUIRE(clock_gettime(CLOCK_MONOTONIC, &at) == 0);
    return (int64_t)at.tv_sec * 1000000000 + at.tv_nsec;
}

static mono_t mono_of(int64_t at_ns)
{
    return (mono_t){ .ms = at_ns / 1000000 };
}

static void sleep_until(int64_t deadline_ns)
{
    const struct timespec until = { .tv_sec = deadline_ns / 1000000000,
                                    .tv_nsec = deadline_ns % 1000000000 };
    int error = EINTR;
    while (error == EINTR) { /* ends: each signal interrupts once, and the deadline is absolute */
        error = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    }
    REQUIRE(error == 0);
}

struct loop_turn loop_turn_after(int64_t deadline_ns, int64_t now_ns)
{
    REQUIRE(now_ns >= deadline_ns);
    const int64_t late_ns = now_ns - deadline_ns;
    /* A tick more than half a period late takes the next one's place: 50 ms apart is a burst. */
    const int64_t skipped = (late_ns + period_ns / 2 - 1) / period_ns;
    return (struct loop_turn){
        .late_us = late_ns / 1000,
        .skipped = skipped > UINT32_MAX ? UINT32_MAX : (uint32_t)skipped,
        .next_deadline_ns = deadline_ns + (skipped + 1) * period_ns,
    };
}

static void count_faults(struct loop_figures *f, struct rusage *warm)
{
    struct rusage now;
    if (getrusage(RUSAGE_THREAD, &now) != 0) {
        return;
    }
    if (f->ticks <= WARM_UP_TICKS) {
        *warm = now;
    }
    f->faults_minor = now.ru_minflt - warm->ru_minflt;
    f->faults_major = now.ru_majflt - warm->ru_majflt;
}

static void count_turn(struct loop_figures *f, const struct loop_turn *turn, int64_t compute_us)
{
    f->ticks++;
    f->skipped += turn->skipped;
    if (turn->late_us > f->wake_max_us) {
        f->wake_max_us = turn->late_us;
    }
    if (compute_us > f->compute_max_us) {
        f->compute_max_us = compute_us;
    }
}

void loop_run(const struct loop_steps *steps, struct loop_figures *figures)
{
    struct rusage warm = { .ru_minflt = 0 };
    int64_t deadline_ns = monotonic_ns();
    for (bool goes_on = true; goes_on;) {
        sleep_until(deadline_ns);
        const int64_t now_ns = monotonic_ns();
        const struct loop_turn turn = loop_turn_after(deadline_ns, now_ns);
        goes_on = steps->tick(steps->self, mono_of(now_ns));
        const int64_t compute_us = (monotonic_ns() - now_ns) / 1000;
        count_turn(figures, &turn, compute_us);
        steps->note(steps->self, turn.late_us, compute_us);
        if (figures->ticks % FAULT_CHECK_TICKS == 0) {
            count_faults(figures, &warm);
        }
        if (goes_on) {
            sleep_until(turn.next_deadline_ns - period_ns / 2);
            steps->between(steps->self, mono_of(monotonic_ns()));
        }
        deadline_ns = turn.next_deadline_ns;
    }
}
