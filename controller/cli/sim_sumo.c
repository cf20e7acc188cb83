/* kavsak sim --sumo: a SUMO scenario under Kavşak, in lockstep. */
#include "sim_sumo.h"

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "decimal.h"
#include "words.h"

enum { PROGRESS_EVERY_S = 10, INTERVAL_MAX_S = 60, CLEARANCE_MAX_S = 30, END_MAX_S = 10000000 };

static volatile sig_atomic_t is_interrupted;

static void interrupt(int signal_number)
{
    (void)signal_number;
    is_interrupted = 1;
}

/* "3", "3.5": seconds with at most one decimal. */
static bool read_seconds(const char *text, int32_t max_s, int64_t *ms)
{
    int64_t tenths = 0;
    const char *c = text;
    for (; *c >= '0' && *c <= '9' && tenths <= (int64_t)max_s * 10; c++) {
        tenths = tenths * 10 + (*c - '0');
    }
    tenths *= 10;
    if (c != text && *c == '.' && c[1] >= '0' && c[1] <= '9') {
        tenths += c[1] - '0';
        c += 2;
        for (; *c == '0'; c++) {
        }
    }
    *ms = tenths * 100;
    return c != text && *c == '\0' && tenths <= (int64_t)max_s * 10;
}

static bool read_whole(const char *text, int64_t max, int64_t *value)
{
    char *end = NULL;
    errno = 0;
    *value = strtoll(text, &end, 10);
    return end != text && *end == '\0' && errno == 0 && *value >= 0 && *value <= max;
}

static int take_value(struct sim_sumo_options *o, int option)
{
    int64_t value = 0;
    switch (option) {
    case 'S':
        o->strategy = word_find_strategy(optarg);
        return o->strategy == STRATEGY_FIXED || o->strategy == STRATEGY_ACTUATED ||
                       o->strategy == STRATEGY_ADAPTIVE
                   ? CLI_FINE
                   : cli_usage("sim", "with --sumo '%s' is none of fixed, actuated, adaptive",
                               optarg);
    case 's':
        if (!read_whole(optarg, INT32_MAX, &value)) {
            return cli_usage("sim", "--seed must be a number up to %d", INT32_MAX);
        }
        o->seed = (uint64_t)value;
        return CLI_FINE;
    case 'e':
        return read_seconds(optarg, END_MAX_S, &o->end_ms)
                   ? CLI_FINE
                   : cli_usage("sim", "--end must be a time in seconds");
    case 'i':
        if (!read_whole(optarg, INTERVAL_MAX_S, &value) || value < 1) {
            return cli_usage("sim", "--decision-interval must be between 1 and %d s",
                             INTERVAL_MAX_S);
        }
        o->decision_interval_s = (int32_t)value;
        return CLI_FINE;
    case 'y':
    case 'a':
        if (!read_seconds(optarg, CLEARANCE_MAX_S, &value)) {
            return cli_usage("sim", "--yellow and --all-red must be seconds up to %d",
                             CLEARANCE_MAX_S);
        }
        *(option == 'y' ? &o->yellow_ms : &o->all_red_ms) = (int32_t)value;
        return CLI_FINE;
    default:
        if (!read_whole(optarg, 100, &value)) {
            return cli_usage("sim", "--failed-detectors must be a percentage");
        }
        o->failed_pct = (int32_t)value;
        return CLI_FINE;
    }
}

static int take_option(struct sim_sumo_options *o, int option, char **argv)
{
    switch (option) {
    case 'c':
        o->config_path = optarg;
        return CLI_FINE;
    case 'p':
        o->plans_folder = optarg;
        return CLI_FINE;
    case 'o':
        o->out_folder = optarg;
        return CLI_FINE;
    case 'n':
        o->is_noisy = true;
        return CLI_FINE;
    case 'g':
        o->has_gui = true;
        return CLI_FINE;
    case 'N':
        o->is_alone = true;
        return CLI_FINE;
    case 'j':
        o->is_json = true;
        return CLI_FINE;
    case 'q':
        o->is_quiet = true;
        return CLI_FINE;
    case '?':
    case ':':
        return cli_usage("sim", "with --sumo, option '%s' is unknown or has no value",
                         argv[optind - 1]);
    default:
        return take_value(o, option);
    }
}

static int read_options(struct sim_sumo_options *o, int argc, char **argv)
{
    static const struct option table[] = {
        { "sumo", required_argument, NULL, 'c' },
        { "strategy", required_argument, NULL, 'S' },
        { "seed", required_argument, NULL, 's' },
        { "end", required_argument, NULL, 'e' },
        { "plans", required_argument, NULL, 'p' },
        { "decision-interval", required_argument, NULL, 'i' },
        { "yellow", required_argument, NULL, 'y' },
        { "all-red", required_argument, NULL, 'a' },
        { "sensor-noise", no_argument, NULL, 'n' },
        { "failed-detectors", required_argument, NULL, 'f' },
        { "no-neighbours", no_argument, NULL, 'N' },
        { "out", required_argument, NULL, 'o' },
        { "gui", no_argument, NULL, 'g' },
        { "json", no_argument, NULL, 'j' },
        { "quiet", no_argument, NULL, 'q' },
        { NULL, 0, NULL, 0 },
    };
    int own = 0; /* what stands before -- is ours, what follows goes to sumo */
    while (own < argc && strcmp(argv[own], "--") != 0) {
        own++;
    }
    *o = (struct sim_sumo_options){ .strategy = STRATEGY_ADAPTIVE,
                                    .seed = 1,
                                    .end_ms = -1,
                                    .decision_interval_s = 1,
                                    .yellow_ms = -1,
                                    .all_red_ms = -1,
                                    .extra = argv + (own < argc ? own + 1 : argc) };
    opterr = 0;
    optind = 1;
    for (int option = getopt_long(own, argv, "q", table, NULL); option != -1;
         option = getopt_long(own, argv, "q", table, NULL)) {
        const int result = take_option(o, option, argv);
        if (result != CLI_FINE) {
            return result;
        }
    }
    if (optind < own) {
        return cli_usage("sim",
                         "with --sumo, '%s' is one name too many; options for sumo follow --",
                         argv[optind]);
    }
    if (o->plans_folder != NULL && (o->yellow_ms >= 0 || o->all_red_ms >= 0)) {
        return cli_usage("sim", "--yellow and --all-red are of the import; --plans has its own");
    }
    return CLI_FINE;
}

/* Removes what an import wrote, and nothing else: folders with other files in them stay. */
static void remove_plans(const char *folder)
{
    static const char *const files[] = { "safety.yaml", "lanes.yaml", "plan.yaml", "site.yaml",
                                         "sumo.csv" };
    struct dirent **names = NULL;
    char path[SUMO_PATH_BYTES * 2];
    const int count = scandir(folder, &names, NULL, NULL);
    for (int i = 0; i < count; i++) {
        for (size_t k = 0; k < sizeof files / sizeof *files && names[i]->d_name[0] != '.'; k++) {
            (void)snprintf(path, sizeof path, "%s/%s/%s", folder, names[i]->d_name, files[k]);
            (void)unlink(path);
        }
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        (void)rmdir(path);
        free(names[i]);
    }
    free(names);
    (void)rmdir(folder);
}

/* Where files go: --out, or a folder that is removed at the end. */
struct place {
    char folder[SUMO_PATH_BYTES];
    char plans[SUMO_PATH_BYTES];
    bool is_scratch;
};

static int choose_place(struct place *place, const struct sim_sumo_options *o)
{
    memset(place, 0, sizeof *place);
    place->is_scratch = o->out_folder == NULL;
    if (place->is_scratch) {
        const char *tmp = getenv("TMPDIR");
        (void)snprintf(place->folder, sizeof place->folder, "%s/kavsak-sumo-XXXXXX",
                       tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
        if (mkdtemp(place->folder) == NULL) {
            (void)fprintf(stderr, "kavsak sim: %s: %s\n", place->folder, strerror(errno));
            return CLI_IO;
        }
    } else {
        (void)snprintf(place->folder, sizeof place->folder, "%s", o->out_folder);
        if (mkdir(place->folder, 0777) != 0 && errno != EEXIST) {
            (void)fprintf(stderr, "kavsak sim: %s: %s\n", place->folder, strerror(errno));
            return CLI_IO;
        }
    }
    if (strlen(place->folder) + sizeof "/plans" > sizeof place->plans) {
        return cli_usage("sim", "the path of --out is too long");
    }
    memcpy(place->plans, place->folder, sizeof place->plans);
    (void)strncat(place->plans, "/plans", sizeof place->plans - strlen(place->plans) - 1);
    return CLI_FINE;
}

static void leave_place(const struct place *place)
{
    static const char *const files[] = { "tripinfo.xml", "detectors.add.xml" };
    char path[SUMO_PATH_BYTES * 2];
    if (!place->is_scratch || place->folder[0] == '\0') {
        return;
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", place->folder, files[i]);
        (void)unlink(path);
    }
    remove_plans(place->plans);
    (void)rmdir(place->folder);
}

static void show_progress(const struct sim_sumo_run *run)
{
    if (run->options->is_quiet || isatty(STDERR_FILENO) == 0) {
        return;
    }
    const struct sumo_totals t = sumo_totals(run->sumo);
    if ((int64_t)t.simulated_s % PROGRESS_EVERY_S != 0) {
        return;
    }
    const struct traci_totals street = sumo_street(run->sumo);
    (void)fprintf(stderr, "\r%6.0f s  %d running, %d waiting, %.0f times real time \033[K",
                  (double)sumo_time_ms(run->sumo) / 1000, street.running, street.waiting,
                  t.wall_s > 0 ? t.simulated_s / t.wall_s : 0);
}

static void run_to_the_end(struct sim_sumo_run *run)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK && !is_interrupted) {
        status = sumo_step(run->sumo);
        if (status == STATUS_OK) {
            show_progress(run);
        }
    }
    if (!run->options->is_quiet && isatty(STDERR_FILENO) != 0) {
        (void)fputs("\r\033[K", stderr);
    }
    run->has_died = status != STATUS_OK && status != STATUS_NOT_FOUND;
    run->was_interrupted = is_interrupted && !run->has_died;
    (void)snprintf(run->why, sizeof run->why, "%s", run->has_died ? sumo_error(run->sumo) : "");
    run->street = sumo_street(run->sumo);
    sumo_close(run->sumo);
}

static int write_summary(const struct sim_sumo_run *run, const struct place *place)
{
    char path[SUMO_PATH_BYTES * 2];
    if (place->is_scratch) {
        return CLI_FINE;
    }
    (void)snprintf(path, sizeof path, "%s/summary.json", place->folder);
    FILE *file = fopen(path, "w");
    bool was_written = file != NULL;
    if (file != NULL) {
        sim_sumo_write_json(file, run);
        was_written = ferror(file) == 0;
        was_written = fclose(file) == 0 && was_written;
    }
    if (!was_written) {
        (void)fprintf(stderr, "kavsak sim: %s: %s\n", path, strerror(errno));
        return CLI_IO;
    }
    return CLI_FINE;
}

static int report(struct sim_sumo_run *run, const struct place *place)
{
    char error[XML_ERROR_BYTES];
    const enum status status = sumo_report_read(sumo_tripinfo_path(run->sumo), &run->report, error);
    if (status != STATUS_OK && !run->has_died) {
        (void)fprintf(stderr, "kavsak sim: %s\n", error);
        return CLI_IO;
    }
    const int written = write_summary(run, place);
    if (run->options->is_json) {
        sim_sumo_write_json(stdout, run);
    } else {
        sim_sumo_print(run);
    }
    if (run->has_died) {
        (void)fprintf(stderr, "kavsak sim: after %.0f s: %s\n", sumo_totals(run->sumo).simulated_s,
                      run->why);
        return CLI_IO;
    }
    if (sumo_totals(run->sumo).objections > 0) {
        (void)fprintf(stderr, "kavsak sim: unsafe display: %s\n", sumo_objection(run->sumo));
        return CLI_FINDINGS;
    }
    if (run->report.count[SUMO_UNDEPARTED] > 0) {
        (void)fprintf(stderr, "kavsak sim: %llu vehicles found no room to enter\n",
                      (unsigned long long)run->report.count[SUMO_UNDEPARTED]);
    }
    return written;
}

static int simulate(const struct sim_sumo_options *o, const struct sim_sumo_plans *plans,
                    const struct place *place)
{
    const struct sumo_config config = { .config_path = o->config_path,
                                        .plans = (const struct plan *const *)plans->plan,
                                        .maps = (const struct sumo_map *const *)plans->map,
                                        .junction_count = plans->count,
                                        .strategy = o->strategy,
                                        .seed = o->seed,
                                        .end_ms = o->end_ms,
                                        .decision_interval_s = o->decision_interval_s,
                                        .sensor_noise = o->is_noisy,
                                        .failed_detectors_pct = o->failed_pct,
                                        .neighbours = !o->is_alone,
                                        .out_dir = place->folder,
                                        .program = o->has_gui ? "sumo-gui" : "sumo",
                                        .extra = o->extra };
    char error[TRACI_ERROR_BYTES];
    struct sim_sumo_run run = { .options = o, .plans = plans };
    run.sumo = sumo_create(&config, error);
    if (run.sumo == NULL) {
        (void)fprintf(stderr, "kavsak sim: %s\n", error);
        return CLI_IO;
    }
    const struct sigaction action = { .sa_handler = interrupt };
    struct sigaction before;
    (void)sigaction(SIGINT, &action, &before);
    (void)sigaction(SIGTERM, &action, NULL);
    run_to_the_end(&run);
    (void)sigaction(SIGINT, &before, NULL);
    const int result = report(&run, place);
    sumo_destroy(run.sumo);
    return result;
}

/* SUMO's own validation and some of its files need it; Debian's place. */
static void set_home(void)
{
    (void)setenv("SUMO_HOME", "/usr/share/sumo", 0);
}

int cli_sim_sumo(int argc, char **argv)
{
    struct sim_sumo_options o;
    struct place place = { .is_scratch = false };
    int result = read_options(&o, argc, argv);
    if (result != CLI_FINE) {
        return result;
    }
    struct sim_sumo_plans *plans = calloc(1, sizeof *plans);
    if (plans == NULL) {
        (void)fputs("kavsak sim: out of memory\n", stderr);
        return CLI_IO;
    }
    set_home();
    result = choose_place(&place, &o);
    if (result == CLI_FINE && o.plans_folder != NULL) {
        result = sim_sumo_load(plans, o.plans_folder, false);
    } else if (result == CLI_FINE) {
        remove_plans(place.plans);
        result = sim_sumo_import(plans, &o, place.plans);
        result = result == CLI_FINE ? sim_sumo_load(plans, place.plans, true) : result;
    }
    if (result == CLI_FINE) {
        result = simulate(&o, plans, &place);
    }
    sim_sumo_forget(plans);
    free(plans);
    leave_place(&place);
    return result;
}
