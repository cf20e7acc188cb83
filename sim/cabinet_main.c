/* kavsak-cabinet: emulated cabinets on Modbus TCP, alone or on a street with simulated traffic. The
 * program around cabinet_emu.h and street.h: options, one poll loop, control lines, files. Decides
 * nothing about lamps. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "cabinet_control.h"
#include "cabinet_play.h"
#include "cabinet_store.h"
#include "modbus_server.h"
#include "scan.h"
#include "street.h"

enum {
    EXIT_FINDINGS = 1,
    EXIT_USAGE = 2,
    EXIT_TROUBLE = 3,
    CABINET_MAX = MODBUS_SERVER_DEVICE_MAX,
    HAND_MAX = 16, /* control connections, standard input included */
    STEP_MS = 10,  /* monitor and heartbeat are looked at this often */
    FILE_MAX_BYTES = 65536,
    PATH_BYTES = 512
};

struct hand { /* one source of control lines */
    int fd;   /* -1 free */
    int answer_fd;
    size_t size;
    char line[CONTROL_LINE_BYTES];
};

struct program {
    struct cabinet cabinet[CABINET_MAX];
    const char *file[CABINET_MAX];
    int32_t unit[CABINET_MAX];
    size_t cabinet_count;
    struct modbus_server *server;
    struct play play;
    int control_fd;
    struct hand hand[HAND_MAX];
    FILE *log;
    const char *demand_path; /* NULL: no street */
    uint64_t seed;
    char **folders;
    struct street *street;
    struct cabinet_emu *emu[CABINET_MAX]; /* of the street's junctions, in their order */
    char street_state[STREET_JSON_BYTES];
    const char *listen_address, *play_path, *log_path, *control_path, *state_folder;
    int64_t now_ms, wall_ms;
    bool play_at_once;
};

static volatile sig_atomic_t stopping;

_Noreturn void require_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "kavsak-cabinet: bug: %s (%s:%d)\n", condition, file, line);
    abort();
}

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

static int64_t clock_ms(clockid_t which)
{
    struct timespec t = { 0 };
    (void)clock_gettime(which, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void read_clocks(struct program *p)
{
    p->now_ms = clock_ms(CLOCK_MONOTONIC);
    p->wall_ms = clock_ms(CLOCK_REALTIME);
}

static const char usage[] =
    "usage: kavsak-cabinet --port P --monitor FILE [--cabinet P[/UNIT]:FILE]... [options]\n"
    "       kavsak-cabinet --street DEMAND.csv [--seed N] [options] DIRECTORY...\n"
    "\n"
    "Emulates signal cabinets on Modbus TCP: lamps, inputs, lease, conflict monitor.\n"
    "\n"
    "  --port P             port of the first cabinet\n"
    "  --monitor FILE       monitor file of the first cabinet (docs/cabinet.md)\n"
    "  --cabinet P:FILE     one more cabinet on port P; P/UNIT:FILE shares a port by unit id\n"
    "  --street DEMAND.csv  a cabinet for each junction directory, on the port of its site.yaml\n"
    "                       with its monitor.conf, and simulated traffic between them\n"
    "  --seed N             of that traffic (default 1)\n"
    "  --listen ADDRESS     IPv4 address to listen on (default 127.0.0.1)\n"
    "  --state DIR          keep latch, counts and epoch in DIR through a restart\n"
    "  --log FILE           append every lamp and input change\n"
    "  --control SOCKET     take control lines on this Unix socket; - for standard input\n"
    "  --play EVENTS.csv    play recorded detectors (82 on, 81 off; may be gzip)\n"
    "                       into the first cabinet once a controller holds its lease\n"
    "  --play-map C:I,...   channel C goes to input I (default: channel c to input c - 1);\n"
    "                       b4:52: push button 4 (events 90, 89) goes to input 52\n"
    "  --play-from S        begin S seconds into the recording\n"
    "  --play-at-once       do not wait for a controller\n"
    "  --speed X            play X times as fast (0.1 to 100)\n"
    "  --help               this text\n"
    "  --version            the version\n";

enum option_id {
    OPTION_PORT = 256,
    OPTION_MONITOR,
    OPTION_CABINET,
    OPTION_STREET,
    OPTION_SEED,
    OPTION_LISTEN,
    OPTION_STATE,
    OPTION_LOG,
    OPTION_CONTROL,
    OPTION_PLAY,
    OPTION_PLAY_MAP,
    OPTION_PLAY_FROM,
    OPTION_PLAY_AT_ONCE,
    OPTION_SPEED,
    OPTION_HELP,
    OPTION_VERSION
};

static const struct option options[] = {
    { "port", required_argument, NULL, OPTION_PORT },
    { "monitor", required_argument, NULL, OPTION_MONITOR },
    { "cabinet", required_argument, NULL, OPTION_CABINET },
    { "street", required_argument, NULL, OPTION_STREET },
    { "seed", required_argument, NULL, OPTION_SEED },
    { "listen", required_argument, NULL, OPTION_LISTEN },
    { "state", required_argument, NULL, OPTION_STATE },
    { "log", required_argument, NULL, OPTION_LOG },
    { "control", required_argument, NULL, OPTION_CONTROL },
    { "play", required_argument, NULL, OPTION_PLAY },
    { "play-map", required_argument, NULL, OPTION_PLAY_MAP },
    { "play-from", required_argument, NULL, OPTION_PLAY_FROM },
    { "play-at-once", no_argument, NULL, OPTION_PLAY_AT_ONCE },
    { "speed", required_argument, NULL, OPTION_SPEED },
    { "help", no_argument, NULL, OPTION_HELP },
    { "version", no_argument, NULL, OPTION_VERSION },
    { NULL, 0, NULL, 0 },
};

_Noreturn static void refuse_usage(const char *what, const char *value)
{
    (void)fprintf(stderr, "kavsak-cabinet: %s '%s'; see --help\n", what, value);
    exit(EXIT_USAGE);
}

static int32_t whole_number(const char *text, int32_t least, int32_t most, const char *what)
{
    int64_t value = 0;
    if (!scan_whole(text, least, most, &value)) {
        refuse_usage(what, text);
    }
    return (int32_t)value;
}

static double decimal_number(const char *text, double least, double most, const char *what)
{
    char *end = NULL;
    const double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= least && value <= most)) {
        refuse_usage(what, text);
    }
    return value;
}

static void add_cabinet(struct program *p, int32_t port, int32_t unit, const char *file)
{
    if (p->cabinet_count == CABINET_MAX) {
        refuse_usage("too many cabinets at", file);
    }
    struct cabinet *c = &p->cabinet[p->cabinet_count];
    c->port = port;
    p->unit[p->cabinet_count] = unit;
    p->file[p->cabinet_count] = file;
    p->cabinet_count++;
}

/* "1503:FILE" or "1503/2:FILE". */
static void add_described(struct program *p, const char *text)
{
    const char *at = text;
    int64_t port = 0;
    int64_t unit = 0;
    bool good = scan_number(&at, 1, 65535, &port);
    if (good && scan_text(&at, "/")) {
        good = scan_number(&at, 1, 247, &unit);
    }
    if (!good || !scan_text(&at, ":") || *at == '\0') {
        refuse_usage("want P:FILE or P/UNIT:FILE, not", text);
    }
    add_cabinet(p, (int32_t)port, (int32_t)unit, at);
}

static void read_play_option(struct program *p, int id)
{
    if (id == OPTION_PLAY_MAP && play_map(&p->play, optarg) != STATUS_OK) {
        refuse_usage("want CHANNEL:INPUT,..., not", optarg);
    }
    if (id == OPTION_PLAY_FROM) {
        p->play.from_ms = whole_number(optarg, 0, 604800, "bad start") * INT64_C(1000);
    }
    if (id == OPTION_SPEED) {
        p->play.speed_percent = (int32_t)(decimal_number(optarg, 0.1, 100.0, "bad speed") * 100.0);
    }
    if (id == OPTION_PLAY) {
        p->play_path = optarg;
    }
    if (id == OPTION_PLAY_AT_ONCE) {
        p->play_at_once = true;
    }
}

static void read_path_option(struct program *p, int id)
{
    if (id == OPTION_STREET) {
        p->demand_path = optarg;
    } else if (id == OPTION_SEED) {
        p->seed = (uint64_t)whole_number(optarg, 0, INT32_MAX, "bad seed");
    } else if (id == OPTION_LISTEN) {
        p->listen_address = optarg;
    } else if (id == OPTION_STATE) {
        p->state_folder = optarg;
    } else if (id == OPTION_LOG) {
        p->log_path = optarg;
    } else if (id == OPTION_CONTROL) {
        p->control_path = optarg;
    } else {
        read_play_option(p, id);
    }
}

/* Without --port the first place is empty and the others move up. */
static void place_first(struct program *p, int32_t port, const char *monitor)
{
    p->cabinet[0].port = port;
    p->file[0] = monitor;
    if (port == 0) {
        p->cabinet_count--;
        for (size_t i = 0; i < p->cabinet_count; i++) {
            p->cabinet[i].port = p->cabinet[i + 1].port;
            p->unit[i] = p->unit[i + 1];
            p->file[i] = p->file[i + 1];
        }
    }
    for (size_t i = 0; i < p->cabinet_count; i++) {
        p->cabinet[i].number = (int32_t)i + 1;
    }
}

static void place_on_street(struct program *p, int32_t port, const char *monitor, char **folders)
{
    if (port != 0 || monitor != NULL || p->cabinet_count > 1 || p->play_path != NULL) {
        refuse_usage("cabinets and detectors come from the directories with", "--street");
    }
    p->cabinet_count = 0;
    while (folders[p->cabinet_count] != NULL && p->cabinet_count < CABINET_MAX) {
        p->cabinet[p->cabinet_count].number = (int32_t)p->cabinet_count + 1;
        p->cabinet_count++;
    }
    if (p->cabinet_count == 0 || p->cabinet_count > MICROSIM_JUNCTION_MAX) {
        refuse_usage("want 1 to 64 junction directories after", "--street");
    }
    p->folders = folders;
}

static void read_options(struct program *p, int argc, char **argv)
{
    int32_t port = 0;
    const char *monitor = NULL;
    p->listen_address = "127.0.0.1";
    p->seed = 1;
    int id = 0;
    p->cabinet_count = 1; /* the first is the one of --port, wherever on the line that stands */
    while ((id = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (id == OPTION_HELP || id == OPTION_VERSION) {
            (void)fputs(id == OPTION_HELP ? usage : "kavsak-cabinet " KAVSAK_VERSION "\n", stdout);
            exit(EXIT_SUCCESS);
        } else if (id == OPTION_PORT) {
            port = whole_number(optarg, 1, 65535, "bad port");
        } else if (id == OPTION_MONITOR) {
            monitor = optarg;
        } else if (id == OPTION_CABINET) {
            add_described(p, optarg);
        } else if (id == '?') {
            (void)fputs("kavsak-cabinet: see --help\n", stderr);
            exit(EXIT_USAGE);
        } else {
            read_path_option(p, id);
        }
    }
    if (p->demand_path != NULL) {
        place_on_street(p, port, monitor, &argv[optind]);
        return;
    }
    if (optind < argc) {
        refuse_usage("no argument is expected:", argv[optind]);
    }
    if ((port > 0) != (monitor != NULL) || (port == 0 && p->cabinet_count == 1)) {
        refuse_usage("a cabinet needs both", "--port and --monitor");
    }
    place_first(p, port, monitor);
}

static void note_to_log(void *self, int64_t now_ms, enum cabinet_note note, int32_t number,
                        int32_t value);

/* Cabinets know their number, the log is the program's: there is one of it. */
static struct program program;

static void note_to_log(void *self, int64_t now_ms, enum cabinet_note note, int32_t number,
                        int32_t value)
{
    const struct cabinet *c = self;
    if (program.log != NULL) {
        store_log(program.log, now_ms, program.wall_ms, c->number, note, number, value);
    }
}

static int read_monitor(struct cabinet *c, const char *path)
{
    static char text[FILE_MAX_BYTES];
    FILE *file = fopen(path, "re");
    const size_t size = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
    const bool good = file != NULL && ferror(file) == 0 && feof(file) != 0;
    if (file != NULL) {
        (void)fclose(file);
    }
    if (!good) {
        (void)fprintf(stderr, "kavsak-cabinet: %s: cannot be read\n", path);
        return EXIT_TROUBLE;
    }
    text[size] = '\0';
    char error[256];
    if (strlen(text) != size || monitor_parse(text, &c->config, error, sizeof error) != STATUS_OK) {
        (void)fprintf(stderr, "kavsak-cabinet: %s: %s\n", path,
                      strlen(text) != size ? "is no text" : error);
        return EXIT_FINDINGS;
    }
    return EXIT_SUCCESS;
}

static void state_path(const struct program *p, const struct cabinet *c, char path[PATH_BYTES])
{
    (void)snprintf(path, PATH_BYTES, "%s/cabinet-%d.state", p->state_folder, (int)c->number);
}

/* Geometry and ports come from the directories, the monitor's file is beside them. */
static int build_street(struct program *p)
{
    static char monitor_path[MICROSIM_JUNCTION_MAX][PATH_BYTES];
    static struct diag diag;
    const char *why = NULL;
    enum status status = STATUS_OK;
    p->street = street_create(p->folders, (uint32_t)p->cabinet_count, p->demand_path, p->seed,
                              &diag, &why, &status);
    if (p->street == NULL) {
        diag_print(&diag, stderr, isatty(STDERR_FILENO) != 0);
        if (why != NULL) {
            (void)fprintf(stderr, "kavsak-cabinet: %s\n", why);
        }
        return status == STATUS_INVALID ? EXIT_FINDINGS : EXIT_TROUBLE;
    }
    for (size_t i = 0; i < p->cabinet_count; i++) {
        (void)snprintf(monitor_path[i], PATH_BYTES, "%s/monitor.conf", p->folders[i]);
        p->file[i] = monitor_path[i];
        p->cabinet[i].port = street_port(p->street, (uint32_t)i);
        p->cabinet[i].street = p->street_state;
        p->unit[i] = street_unit(p->street, (uint32_t)i);
        p->emu[i] = &p->cabinet[i].emu;
    }
    street_json(p->street, p->street_state);
    return EXIT_SUCCESS;
}

static int start_cabinet(struct program *p, size_t i)
{
    struct cabinet *c = &p->cabinet[i];
    const int exit_code = read_monitor(c, p->file[i]);
    if (exit_code != EXIT_SUCCESS) {
        return exit_code;
    }
    struct cabinet_memory memory = { .boot_count = 0 };
    if (p->state_folder != NULL) {
        char path[PATH_BYTES];
        state_path(p, c, path);
        const enum status loaded = store_load(path, &memory);
        if (loaded == STATUS_IO) {
            (void)fprintf(stderr, "kavsak-cabinet: %s: cannot be read\n", path);
            return EXIT_TROUBLE;
        }
        if (loaded == STATUS_INVALID) {
            (void)fprintf(stderr, "kavsak-cabinet: %s: damaged; starting latched\n", path);
        }
    }
    c->emu.note = note_to_log;
    c->emu.note_self = c;
    cabinet_emu_init(&c->emu, &c->config, &memory, p->now_ms);
    return EXIT_SUCCESS;
}

static bool device_write(void *self, uint16_t address, const uint16_t *values, uint16_t count,
                         int64_t now_ms)
{
    struct cabinet *c = self;
    if (address != CABINET_COMMAND_ADDRESS || count != CABINET_COMMAND_REGISTERS) {
        return false; /* the image is whole or it is not there */
    }
    (void)cabinet_emu_command(&c->emu, values, count, now_ms); /* its state tells the outcome */
    return true;
}

static bool device_read(void *self, uint16_t address, uint16_t *values, uint16_t count,
                        int64_t now_ms)
{
    struct cabinet *c = self;
    const uint32_t end = (uint32_t)address + count;
    if (address < CABINET_STATE_ADDRESS || end > CABINET_STATE_ADDRESS + CABINET_STATE_REGISTERS) {
        return false;
    }
    uint16_t registers[CABINET_STATE_REGISTERS];
    cabinet_emu_tick(&c->emu, now_ms);
    cabinet_emu_state(&c->emu, registers);
    memcpy(values, &registers[address - CABINET_STATE_ADDRESS], count * sizeof values[0]);
    return true;
}

static uint64_t device_inputs(void *self)
{
    const struct cabinet *c = self;
    return c->emu.occupied;
}

static enum modbus_fate device_fate(void *self, int32_t *delay_ms)
{
    struct cabinet *c = self;
    return wire_fate(&c->wire, delay_ms);
}

static int open_ports(struct program *p)
{
    p->server = modbus_server_create();
    if (p->server == NULL) {
        (void)fputs("kavsak-cabinet: no memory\n", stderr);
        return EXIT_TROUBLE;
    }
    for (size_t i = 0; i < p->cabinet_count; i++) {
        const struct modbus_device device = { .self = &p->cabinet[i],
                                              .unit = (uint8_t)p->unit[i],
                                              .write = device_write,
                                              .read = device_read,
                                              .inputs = device_inputs,
                                              .fate = device_fate };
        const enum status added =
            modbus_server_add(p->server, p->listen_address, p->cabinet[i].port, &device);
        if (added == STATUS_REFUSED) {
            (void)fprintf(stderr, "kavsak-cabinet: port %d: two cabinets need two unit ids\n",
                          (int)p->cabinet[i].port);
            return EXIT_USAGE;
        }
        if (added != STATUS_OK) {
            (void)fprintf(stderr, "kavsak-cabinet: cannot listen on %s port %d: %s\n",
                          p->listen_address, (int)p->cabinet[i].port, strerror(errno));
            return EXIT_TROUBLE;
        }
    }
    return EXIT_SUCCESS;
}

static int open_control(struct program *p)
{
    for (size_t i = 0; i < HAND_MAX; i++) {
        p->hand[i].fd = -1;
    }
    p->control_fd = -1;
    if (p->control_path == NULL) {
        return EXIT_SUCCESS;
    }
    if (strcmp(p->control_path, "-") == 0) {
        p->hand[0] = (struct hand){ .fd = STDIN_FILENO, .answer_fd = STDOUT_FILENO };
        return EXIT_SUCCESS;
    }
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    if (strlen(p->control_path) >= sizeof at.sun_path) {
        refuse_usage("path of the socket is too long:", p->control_path);
    }
    memcpy(at.sun_path, p->control_path, strlen(p->control_path) + 1);
    struct stat there;
    if (lstat(p->control_path, &there) == 0 && S_ISSOCK(there.st_mode)) {
        (void)unlink(
            p->control_path); /* left by a predecessor; the ports tell whether it still runs */
    }
    p->control_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (p->control_fd < 0 || bind(p->control_fd, (const struct sockaddr *)&at, sizeof at) != 0 ||
        chmod(p->control_path, 0600) != 0 || listen(p->control_fd, HAND_MAX) != 0) {
        (void)fprintf(stderr, "kavsak-cabinet: %s: %s\n", p->control_path, strerror(errno));
        return EXIT_TROUBLE;
    }
    return EXIT_SUCCESS;
}

static int open_files(struct program *p)
{
    if (p->log_path != NULL) {
        p->log = fopen(p->log_path, "ae");
        if (p->log == NULL) {
            (void)fprintf(stderr, "kavsak-cabinet: %s: %s\n", p->log_path, strerror(errno));
            return EXIT_TROUBLE;
        }
    }
    if (p->play_path != NULL) {
        char error[256];
        const enum status opened = play_open(&p->play, p->play_path, error, sizeof error);
        if (opened != STATUS_OK) {
            (void)fprintf(stderr, "kavsak-cabinet: %s: %s\n", p->play_path, error);
            return opened == STATUS_IO ? EXIT_TROUBLE : EXIT_FINDINGS;
        }
    }
    return EXIT_SUCCESS;
}

static void hand_answer(const struct hand *h, const char *text)
{
    char line[CONTROL_ANSWER_BYTES + 1];
    const int size = snprintf(line, sizeof line, "%s\n", text);
    if (size > 0) { /* one who asks and does not listen loses the answer */
        const ssize_t sent = write(h->answer_fd, line, (size_t)size);
        (void)sent;
    }
}

static void hand_drop(struct hand *h)
{
    if (h->fd != STDIN_FILENO) {
        (void)close(h->fd);
    }
    h->fd = -1;
}

static void hand_read(struct program *p, struct hand *h)
{
    const ssize_t got = read(h->fd, &h->line[h->size], sizeof h->line - 1 - h->size);
    if (got <= 0) {
        hand_drop(h);
        return;
    }
    h->size += (size_t)got;
    for (;;) {
        h->line[h->size] = '\0';
        char *end = memchr(h->line, '\n', h->size);
        if (end == NULL) {
            break;
        }
        *end = '\0';
        char answer[CONTROL_ANSWER_BYTES];
        if (p->street != NULL) {
            street_json(p->street, p->street_state);
        }
        control_line(p->cabinet, p->cabinet_count, h->line, p->now_ms, answer);
        hand_answer(h, answer);
        const size_t used = (size_t)(end - h->line) + 1;
        h->size -= used;
        memmove(h->line, end + 1, h->size);
    }
    if (h->size == sizeof h->line - 1) {
        hand_answer(h, "error: line too long");
        h->size = 0;
    }
}

static void hand_accept(struct program *p)
{
    const int fd = accept4(p->control_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    for (size_t i = 0; i < HAND_MAX && fd >= 0; i++) {
        if (p->hand[i].fd < 0) {
            p->hand[i] = (struct hand){ .fd = fd, .answer_fd = fd };
            return;
        }
    }
    if (fd >= 0) {
        (void)close(fd);
    }
}

static void save_memory(struct program *p, struct cabinet *c)
{
    c->emu.memory_changed = false;
    if (p->state_folder == NULL) {
        return;
    }
    char path[PATH_BYTES];
    state_path(p, c, path);
    if (store_save(path, &c->emu.memory) != STATUS_OK) {
        (void)fprintf(stderr, "kavsak-cabinet: %s: cannot be written\n", path);
    }
}

static void run_step(struct program *p)
{
    if (p->play_path != NULL && !p->play.is_running &&
        (p->play_at_once || p->cabinet[0].emu.lease_held)) {
        play_start(&p->play, &p->cabinet[0].emu, p->now_ms);
    }
    play_step(&p->play, &p->cabinet[0].emu, p->now_ms);
    if (p->street != NULL) {
        street_run(p->street, p->emu, p->now_ms);
    }
    for (size_t i = 0; i < p->cabinet_count; i++) {
        struct cabinet *c = &p->cabinet[i];
        cabinet_emu_tick(&c->emu, p->now_ms);
        if (c->wants_hang_up) {
            c->wants_hang_up = false;
            modbus_server_hang_up(p->server, c);
        }
        if (c->emu.memory_changed) {
            save_memory(p, c);
        }
    }
    if (p->log != NULL) {
        (void)fflush(p->log);
    }
}

static void run(struct program *p)
{
    static struct pollfd fds[MODBUS_SERVER_POLL_MAX + HAND_MAX + 1];
    while (!stopping) {
        const size_t served = modbus_server_fill(p->server, fds);
        size_t count = served;
        fds[count++] = (struct pollfd){ .fd = p->control_fd, .events = POLLIN };
        for (size_t i = 0; i < HAND_MAX; i++) {
            fds[count++] = (struct pollfd){ .fd = p->hand[i].fd, .events = POLLIN };
        }
        if (poll(fds, count, STEP_MS) < 0) {
            continue; /* a signal: the loop's condition looks at it */
        }
        read_clocks(p);
        modbus_server_serve(p->server, fds, served, p->now_ms);
        if ((fds[served].revents & POLLIN) != 0) {
            hand_accept(p);
        }
        for (size_t i = 0; i < HAND_MAX; i++) {
            if (p->hand[i].fd >= 0 && fds[served + 1 + i].fd == p->hand[i].fd &&
                fds[served + 1 + i].revents != 0) {
                hand_read(p, &p->hand[i]);
            }
        }
        run_step(p);
    }
}

static int start(struct program *p)
{
    read_clocks(p);
    int exit_code = open_files(p);
    if (exit_code == EXIT_SUCCESS && p->demand_path != NULL) {
        exit_code = build_street(p);
    }
    for (size_t i = 0; i < p->cabinet_count && exit_code == EXIT_SUCCESS; i++) {
        exit_code = start_cabinet(p, i);
    }
    if (exit_code == EXIT_SUCCESS) {
        exit_code = open_ports(p);
    }
    return exit_code == EXIT_SUCCESS ? open_control(p) : exit_code;
}

/* What the street and its cabinets saw, as one line of JSON. */
static void print_summary(struct program *p)
{
    street_json(p->street, p->street_state);
    (void)printf("{\"street\":%s,\"cabinets\":[", p->street_state);
    for (size_t i = 0; i < p->cabinet_count; i++) {
        const struct cabinet_emu *e = &p->cabinet[i].emu;
        const struct cabinet_counters *n = &e->counters;
        (void)printf(
            "%s{\"junction\":\"%s\",\"writes_accepted\":%" PRIu64 ",\"writes_refused\":%" PRIu64
            ",\"lamp_changes\":%" PRIu64 ",\"input_changes\":%" PRIu64 ",\"trips\":%" PRIu64
            ",\"heartbeat_losses\":%" PRIu64 ",\"leases\":%" PRIu64 ",\"latched\":%s}",
            i > 0 ? "," : "", street_name(p->street, (uint32_t)i), n->writes_accepted,
            n->writes_refused, n->lamp_changes, n->input_changes, n->trips, n->heartbeat_losses,
            n->leases, e->memory.latch != MONITOR_NO_FAULT ? "true" : "false");
    }
    (void)fputs("]}\n", stdout);
}

int main(int argc, char **argv)
{
    struct program *p = &program;
    play_init(&p->play);
    read_options(p, argc, argv);
    struct sigaction action = { .sa_handler = on_signal };
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
    const int exit_code = start(p);
    if (exit_code == EXIT_SUCCESS) {
        (void)printf("kavsak-cabinet: ready, %zu cabinet%s, first port %d\n", p->cabinet_count,
                     p->cabinet_count == 1 ? "" : "s", (int)p->cabinet[0].port);
        (void)fflush(stdout);
        run(p);
        if (p->control_fd >= 0) {
            (void)unlink(p->control_path);
        }
        if (p->street != NULL) {
            print_summary(p);
        }
    }
    modbus_server_destroy(p->server);
    street_destroy(p->street);
    play_finish(&p->play);
    if (p->log != NULL) {
        (void)fclose(p->log);
    }
    return exit_code;
}
