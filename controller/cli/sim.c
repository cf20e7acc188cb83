/* kavsak sim: junctions on a simulated street, in lockstep, as fast as the machine goes. */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "event_text.h"
#include "load.h"
#include "lockstep.h"
#include "when.h"
#include "words.h"

enum {
    TICKS_PER_SECOND = 1000 / TICK_MS,
    TICKS_PER_HOUR = 3600 * TICKS_PER_SECOND,
    WARM_UP_S = 300,
    PROGRESS_EVERY_TICKS = 6000,
    HOURS_MAX = 24 * 366
};

struct sim_options {
    const char *events_path; /* NULL: none are kept */
    const char *demand_path; /* NULL: demand.csv beside the first junction */
    double hours;
    uint64_t seed;
    int32_t strategy;
    wall_t start;
    bool has_start, is_json, is_quiet;
    char **folders;
    uint32_t folder_count;
};

struct sim {
    struct sim_options options;
    struct plan *plan[MICROSIM_JUNCTION_MAX];
    struct demand *demand;
    struct lockstep *lockstep;
    FILE *events; /* NULL: none are kept */
    struct page *page;
    uint64_t event_count;
    double took_s;
    const char *objection; /* of oracle or guard */
};

static const char help[] =
    "usage: kavsak sim [--demand FILE] [--hours H] [--strategy S] [--seed N] [--start TIME]\n"
    "                  [--events FILE] [--json] [--quiet] DIR...\n"
    "       kavsak sim --sumo FILE [options] [-- OPTIONS]\n"
    "\n"
    "Runs the junctions of the directories with simulated traffic, the controllers being those of "
    "the\n"
    "daemon, and says what it cost. The first five minutes fill the street and are not counted.\n"
    "\n"
    "  --demand FILE   who comes when and where (CSV; default demand.csv beside the junctions)\n"
    "  --hours H       counted time, 0.1 to 8784 (default 1)\n"
    "  --strategy S    fixed, actuated, coordinated or adaptive instead of what the calendar says\n"
    "  --seed N        of the arrivals and turns (default 1)\n"
    "  --start TIME    civil time to begin at, as for kavsak log (default today, 07:00)\n"
    "  --events FILE   every event, as kavsak log --csv writes them\n"
    "  --json          one object instead of tables\n"
    "  --quiet         no progress\n"
    "\n"
    "With --sumo FILE.sumocfg a SUMO scenario instead, all its traffic lights under Kavşak:\n"
    "\n"
    "  --strategy S    fixed (the network's own programmes), actuated or adaptive (default)\n"
    "  --seed N        of SUMO and of the sensors' noise (default 1)\n"
    "  --end T         end at this second of the scenario instead of its own\n"
    "  --plans DIR     junction directories, as kavsak import sumo makes them (default: import)\n"
    "  --decision-interval S  seconds between decisions of adaptive (default 1)\n"
    "  --yellow S      of the import instead of the network's own\n"
    "  --all-red S     of the import, between conflicting greens\n"
    "  --sensor-noise  10 % of vehicles missed, 5 % counted twice, cameras 0.5 s late\n"
    "  --failed-detectors PCT  this share of all detectors is dead from the start\n"
    "  --no-neighbours junctions do not talk to each other\n"
    "  --out DIR       keep summary.json, tripinfo.xml and the imported plans there\n"
    "  --gui           watch it in sumo-gui\n"
    "  --json          the summary instead of tables\n"
    "  -- OPTIONS      go to sumo and win over ours\n"
    "\n"
    "Exit status 3 with --sumo: SUMO ended too early; what there is by then is kept.\n"
    "Exit status 1: the oracle or a guard objected to a display.\n";

static bool read_hours(const char *text, double *hours)
{
    int64_t tenths = 0;
    const char *c = text;
    for (; *c >= '0' && *c <= '9' && tenths < HOURS_MAX * 10; c++) {
        tenths = tenths * 10 + (*c - '0');
    }
    tenths *= 10;
    if (c != text && *c == '.' && c[1] >= '0' && c[1] <= '9') {
        tenths += c[1] - '0';
        c += 2;
    }
    *hours = (double)tenths / 10;
    return c != text && *c == '\0' && tenths >= 1 && tenths <= HOURS_MAX * 10;
}

static int take_option(struct sim_options *o, int option, char **argv)
{
    char *end = NULL;
    switch (option) {
    case 'd':
        o->demand_path = optarg;
        return CLI_FINE;
    case 'e':
        o->events_path = optarg;
        return CLI_FINE;
    case 'H':
        return read_hours(optarg, &o->hours)
                   ? CLI_FINE
                   : cli_usage("sim", "--hours must be between 0.1 and %d", HOURS_MAX);
    case 'S':
        o->strategy = word_find_strategy(optarg);
        return o->strategy == STRATEGY_FIXED || o->strategy == STRATEGY_ACTUATED ||
                       o->strategy == STRATEGY_COORDINATED || o->strategy == STRATEGY_ADAPTIVE
                   ? CLI_FINE
                   : cli_usage("sim", "'%s' is none of fixed, actuated, coordinated, adaptive",
                               optarg);
    case 's':
        o->seed = strtoull(optarg, &end, 10);
        return end != optarg && *end == '\0' ? CLI_FINE
                                             : cli_usage("sim", "--seed must be a number");
    case 't':
        o->has_start = true;
        return when_parse(optarg, when_now(), &o->start) == STATUS_OK
                   ? CLI_FINE
                   : cli_usage("sim", "'%s' is no time like 07:00 or 2026-11-23T07:00", optarg);
    case 'j':
        o->is_json = true;
        return CLI_FINE;
    case 'q':
        o->is_quiet = true;
        return CLI_FINE;
    default:
        return cli_usage("sim", "option '%s' is unknown or has no value", argv[optind - 1]);
    }
}

static int read_options(struct sim_options *o, int argc, char **argv)
{
    static const struct option table[] = {
        { "demand", required_argument, NULL, 'd' }, { "events", required_argument, NULL, 'e' },
        { "hours", required_argument, NULL, 'H' },  { "strategy", required_argument, NULL, 'S' },
        { "seed", required_argument, NULL, 's' },   { "start", required_argument, NULL, 't' },
        { "json", no_argument, NULL, 'j' },         { "quiet", no_argument, NULL, 'q' },
        { "help", no_argument, NULL, 'h' },         { NULL, 0, NULL, 0 },
    };
    *o = (struct sim_options){ .hours = 1, .seed = 1, .strategy = -1 };
    opterr = 0;
    optind = 1;
    for (int option = getopt_long(argc, argv, "q", table, NULL); option != -1;
         option = getopt_long(argc, argv, "q", table, NULL)) {
        if (option == 'h') {
            return -1;
        }
        const int result = take_option(o, option, argv);
        if (result != CLI_FINE) {
            return result;
        }
    }
    o->folders = argv + optind;
    o->folder_count = (uint32_t)(argc - optind);
    if (o->folder_count == 0 || o->folder_count > MICROSIM_JUNCTION_MAX) {
        return cli_usage("sim", "name between 1 and %d junction directories",
                         MICROSIM_JUNCTION_MAX);
    }
    return CLI_FINE;
}

static int read_plans(struct sim *sim, struct diag *diag)
{
    static struct site site;
    for (uint32_t i = 0; i < sim->options.folder_count; i++) {
        sim->plan[i] = calloc(1, sizeof *sim->plan[i]);
        if (sim->plan[i] == NULL) {
            (void)fputs("kavsak sim: out of memory\n", stderr);
            return CLI_IO;
        }
        const enum status status = plan_load(sim->options.folders[i], sim->plan[i], &site, diag);
        /* STATUS_REFUSED forbids a real cabinet link, and there is none here. */
        if (status != STATUS_OK && status != STATUS_REFUSED) {
            diag_print(diag, stderr, isatty(STDERR_FILENO) != 0);
            return status == STATUS_IO ? CLI_IO : CLI_FINDINGS;
        }
    }
    return CLI_FINE;
}

static int read_demand(struct sim *sim, struct diag *diag)
{
    char beside[512];
    const char *path = sim->options.demand_path;
    if (path == NULL) {
        (void)snprintf(beside, sizeof beside, "%s/../demand.csv", sim->options.folders[0]);
        path = beside;
    }
    sim->demand = calloc(1, sizeof *sim->demand);
    const enum status status =
        sim->demand == NULL ? STATUS_NO_SPACE : demand_read(path, sim->demand, diag);
    if (status != STATUS_OK) {
        diag_print(diag, stderr, isatty(STDERR_FILENO) != 0);
        return status == STATUS_INVALID ? CLI_FINDINGS : CLI_IO;
    }
    return CLI_FINE;
}

/* Today, 07:00, in the zone of the first junction. */
static void choose_start(struct sim *sim, int32_t *utc_offset_s)
{
    (void)setenv("TZ", sim->plan[0]->zone, 1);
    tzset();
    if (!sim->options.has_start &&
        when_parse("07:00", when_now(), &sim->options.start) != STATUS_OK) {
        sim->options.start = when_now();
    }
    *utc_offset_s = when_offset_s(sim->options.start);
    sim->options.start.ms -= WARM_UP_S * 1000;
}

static double seconds_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void show_progress(const struct sim *sim, int64_t tick, int64_t ticks, double since_s)
{
    if (sim->options.is_quiet || isatty(STDERR_FILENO) == 0 || tick % PROGRESS_EVERY_TICKS != 0) {
        return;
    }
    const double rate = since_s > 0 ? (double)tick * TICK_MS / 1000 / since_s : 0;
    (void)fprintf(stderr, "\r%3d %%  %.0f times real time ", (int)(100 * tick / ticks), rate);
}

static void keep_events(struct sim *sim, int64_t tick)
{
    const wall_t wall = { .ms = sim->options.start.ms + tick * TICK_MS };
    for (uint32_t j = 0; j < sim->options.folder_count; j++) {
        const struct event_list *list = lockstep_events(sim->lockstep, j);
        for (uint32_t i = 0; i < list->count; i++) {
            const struct wire_event e = { .seq = ++sim->event_count,
                                          .wall = wall,
                                          .event = list->event[i] };
            event_text_add(sim->page, EVENT_AS_CSV, &e, j, NULL, when_offset_s(wall));
            (void)fwrite(sim->page->text, 1, sim->page->used, sim->events);
            page_clear(sim->page);
        }
    }
}

static void run(struct sim *sim)
{
    const int64_t warm = (int64_t)WARM_UP_S * TICKS_PER_SECOND;
    const int64_t ticks = warm + (int64_t)(sim->options.hours * TICKS_PER_HOUR);
    const double from_s = seconds_now();
    for (int64_t tick = 0; tick < ticks && sim->objection == NULL; tick++) {
        sim->objection = lockstep_step(sim->lockstep);
        if (sim->events != NULL) {
            keep_events(sim, tick);
        }
        if (tick + 1 == warm) {
            lockstep_forget(sim->lockstep);
        }
        show_progress(sim, tick, ticks, seconds_now() - from_s);
    }
    sim->took_s = seconds_now() - from_s;
    if (!sim->options.is_quiet && isatty(STDERR_FILENO) != 0) {
        (void)fputs("\r\033[K", stderr);
    }
}

static double per(double sum, uint64_t count)
{
    return count > 0 ? sum / (double)count : 0;
}

static void print_street(const struct sim *sim, const struct microsim_totals *t)
{
    printf("%.1f h, seed %llu, %s: %.0f times real time\n\n", sim->options.hours,
           (unsigned long long)sim->options.seed,
           sim->options.strategy < 0 ? "plans of the calendar"
                                     : word_strategy(sim->options.strategy),
           (sim->options.hours * 3600 + WARM_UP_S) / sim->took_s);
    printf("vehicles due %llu, through %llu, on the street %llu, waiting to enter %llu\n",
           (unsigned long long)t->due, (unsigned long long)t->arrived,
           (unsigned long long)t->running, (unsigned long long)t->waiting);
    printf("delay %.1f s per vehicle (longest %.0f s), %.2f stops per vehicle\n",
           per(t->delay_s, t->due), t->delay_max_s, per(t->stops, t->due));
    if (t->buses > 0) {
        printf("buses %llu, delay %.1f s\n", (unsigned long long)t->buses,
               per(t->bus_delay_s, t->buses));
    }
    if (t->pedestrians > 0) {
        printf("pedestrians %llu, delay %.1f s (longest %.0f s)\n",
               (unsigned long long)t->pedestrians, per(t->pedestrian_delay_s, t->pedestrians),
               t->pedestrian_delay_max_s);
    }
}

static void print_lanes(const struct sim *sim, uint32_t j)
{
    printf("  %-12s %8s %9s %7s %9s\n", "lane", "vehicles", "delay s", "stops", "queue max");
    for (uint32_t i = 0; i < (uint32_t)sim->plan[j]->lane_count; i++) {
        const struct microsim_lane lane = microsim_lane(lockstep_street(sim->lockstep), j, i);
        printf("  %-12s %8llu %9.1f %7.2f %9u\n", sim->plan[j]->lane[i].name,
               (unsigned long long)lane.passed, per(lane.delay_s, lane.passed),
               per(lane.stops, lane.passed), lane.queue_max);
    }
}

static void print_phases(const struct sim *sim, uint32_t j)
{
    printf("  %-12s %8s %9s %7s %9s %10s %6s\n", "phase", "greens", "green s", "gap out", "max out",
           "force-off", "walks");
    for (uint32_t id = 1; id < LOCKSTEP_PHASE_MAX; id++) {
        const struct lockstep_phase *p = lockstep_phase(sim->lockstep, j, id);
        if (p->greens + p->walks == 0) {
            continue;
        }
        printf("  %-12u %8llu %9.1f %7llu %9llu %10llu %6llu\n", id, (unsigned long long)p->greens,
               per(p->green_s, p->greens), (unsigned long long)p->gap_outs,
               (unsigned long long)p->max_outs, (unsigned long long)p->force_offs,
               (unsigned long long)p->walks);
    }
}

static void print_json(const struct sim *sim, const struct microsim_totals *t)
{
    printf("{\"hours\":%.1f,\"seed\":%llu,\"speed\":%.0f,\"due\":%llu,\"arrived\":%llu,"
           "\"running\":%llu,\"waiting\":%llu,\"delay_s\":%.3f,\"delay_max_s\":%.1f,"
           "\"stops\":%.3f,\"buses\":%llu,\"bus_delay_s\":%.3f,\"pedestrians\":%llu,"
           "\"pedestrian_delay_s\":%.3f,\"pedestrian_delay_max_s\":%.1f,\"red_runs\":%llu,"
           "\"objection\":%s}\n",
           sim->options.hours, (unsigned long long)sim->options.seed,
           (sim->options.hours * 3600 + WARM_UP_S) / sim->took_s, (unsigned long long)t->due,
           (unsigned long long)t->arrived, (unsigned long long)t->running,
           (unsigned long long)t->waiting, per(t->delay_s, t->due), t->delay_max_s,
           per(t->stops, t->due), (unsigned long long)t->buses, per(t->bus_delay_s, t->buses),
           (unsigned long long)t->pedestrians, per(t->pedestrian_delay_s, t->pedestrians),
           t->pedestrian_delay_max_s, (unsigned long long)t->red_runs,
           sim->objection != NULL ? "true" : "false");
}

static int report(const struct sim *sim)
{
    const struct microsim_totals t = lockstep_totals(sim->lockstep);
    if (sim->options.is_json) {
        print_json(sim, &t);
    } else {
        print_street(sim, &t);
        for (uint32_t j = 0; j < sim->options.folder_count; j++) {
            printf("\n%s\n", sim->plan[j]->junction_name);
            print_lanes(sim, j);
            print_phases(sim, j);
        }
    }
    if (sim->objection != NULL) {
        (void)fprintf(stderr, "kavsak sim: unsafe display: %s\n", sim->objection);
        return CLI_FINDINGS;
    }
    if (lockstep_refusals(sim->lockstep) > 0) {
        (void)fprintf(stderr, "kavsak sim: %u junctions cannot run %s and kept to their plans\n",
                      lockstep_refusals(sim->lockstep), word_strategy(sim->options.strategy));
        return CLI_FINDINGS;
    }
    return CLI_FINE;
}

static int say_events(const struct sim *sim)
{
    (void)fprintf(stderr, "kavsak sim: %s: %s\n", sim->options.events_path, strerror(errno));
    return CLI_IO;
}

static int open_events(struct sim *sim)
{
    if (sim->options.events_path == NULL) {
        return CLI_FINE;
    }
    sim->page = calloc(1, sizeof *sim->page);
    sim->events = sim->page != NULL ? fopen(sim->options.events_path, "w") : NULL;
    if (sim->events == NULL) {
        return say_events(sim);
    }
    event_text_heading(sim->page, EVENT_AS_CSV);
    return CLI_FINE;
}

static int close_events(struct sim *sim)
{
    FILE *file = sim->events;
    sim->events = NULL;
    return file == NULL || fclose(file) == 0 ? CLI_FINE : say_events(sim);
}

static int simulate(struct sim *sim)
{
    int32_t utc_offset_s = 0;
    choose_start(sim, &utc_offset_s);
    const struct lockstep_config config = {
        .plans = (const struct plan *const *)sim->plan,
        .plan_count = sim->options.folder_count,
        .demand = sim->demand,
        .seed = sim->options.seed,
        .start = sim->options.start,
        .utc_offset_s = utc_offset_s,
        .strategy = sim->options.strategy,
    };
    const char *why = NULL;
    sim->lockstep = lockstep_create(&config, &why);
    if (sim->lockstep == NULL) {
        (void)fprintf(stderr, "kavsak sim: %s\n", why);
        return CLI_FINDINGS;
    }
    const int result = open_events(sim);
    if (result != CLI_FINE) {
        return result;
    }
    run(sim);
    return close_events(sim) == CLI_FINE ? report(sim) : CLI_IO;
}

/* What stands behind -- is for the program sumo. */
static bool has_sumo(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--sumo") == 0 || strncmp(argv[i], "--sumo=", 7) == 0) {
            return true;
        }
    }
    return false;
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            return true;
        }
    }
    return false;
}

int cli_sim(int argc, char **argv)
{
    if (has_sumo(argc, argv) && !asks_for_help(argc, argv)) {
        return cli_sim_sumo(argc, argv);
    }
    struct sim sim = { 0 };
    const int usage = read_options(&sim.options, argc, argv);
    if (usage != CLI_FINE) {
        return usage < 0 ? (fputs(help, stdout) < 0 ? CLI_IO : CLI_FINE) : usage;
    }
    struct diag *diag = calloc(1, sizeof *diag);
    int result = diag == NULL ? CLI_IO : read_plans(&sim, diag);
    if (result == CLI_FINE) {
        result = read_demand(&sim, diag);
    }
    if (result == CLI_FINE) {
        result = simulate(&sim);
    }
    lockstep_destroy(sim.lockstep);
    free(sim.page);
    free(sim.demand);
    for (uint32_t i = 0; i < sim.options.folder_count; i++) {
        free(sim.plan[i]);
    }
    free(diag);
    return result;
}
