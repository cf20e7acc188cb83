#include "traci.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "traci_process.h"

/* Protocol constants, by their names in SUMO's TraCIConstants.h. */
enum command {
    CMD_GETVERSION = 0x00,
    CMD_SIMSTEP = 0x02,
    CMD_CLOSE = 0x7f,
    CMD_GET_SIM_VARIABLE = 0xab,
    CMD_SET_TL_VARIABLE = 0xc2,
    CMD_SUBSCRIBE_INDUCTIONLOOP_VARIABLE = 0xd0,
    CMD_SUBSCRIBE_SIM_VARIABLE = 0xdb,
    CMD_SUBSCRIBE_LANEAREA_VARIABLE = 0xdd,
    RESPONSE_OFFSET = 0x10
};

enum variable {
    LAST_STEP_VEHICLE_NUMBER = 0x10,
    LAST_STEP_OCCUPANCY = 0x13,
    LAST_STEP_VEHICLE_HALTING_NUMBER = 0x14,
    LAST_STEP_TIME_SINCE_DETECTION = 0x16,
    VAR_END = 0x1d,
    TL_RED_YELLOW_GREEN_STATE = 0x20,
    VAR_TIME = 0x66,
    VAR_DEPARTED_VEHICLES_NUMBER = 0x73,
    VAR_TELEPORT_STARTING_VEHICLES_NUMBER = 0x75,
    VAR_ARRIVED_VEHICLES_NUMBER = 0x79,
    VAR_MIN_EXPECTED_VEHICLES = 0x7d,
    VAR_COLLIDING_VEHICLES_NUMBER = 0x80,
    VAR_PENDING_VEHICLES = 0x94
};

enum value_type {
    TYPE_INTEGER = 0x09,
    TYPE_DOUBLE = 0x0b,
    TYPE_STRING = 0x0c,
    TYPE_STRINGLIST = 0x0e
};

enum {
    ID_BYTES = 256,
    OUT_BYTES = 1 << 17,          /* 64 junctions of 256 links need a quarter */
    IN_MAX_BYTES = 1 << 26,       /* a length beyond is no message of SUMO */
    SHORT_COMMAND_MAX_BYTES = 255 /* longer ones say their length in four bytes more */
};

static const double forever_s = 1e9;

struct watch {
    char id[ID_BYTES];
    bool is_zone;
    bool was_covered; /* loops: at the end of the step before */
    struct traci_reading reading;
};

struct traci {
    int fd;
    struct traci_process process;
    bool is_broken;
    char error[TRACI_ERROR_BYTES];
    uint8_t *out; /* commands of the next message, behind four bytes for its length */
    size_t out_used;
    uint32_t out_commands;
    uint8_t *in;
    size_t in_room;
    struct watch *watch;
    uint32_t watch_count, watch_room, cursor;
    int64_t time_ms, end_ms;
    struct traci_totals totals;
    int64_t departed;
};

/* What is left of a message; reading beyond its end makes it bad and gives zeros. */
struct reader {
    const uint8_t *at;
    size_t left;
    bool is_bad;
};

static enum status fail(struct traci *t, enum status status, const char *text)
{
    (void)snprintf(t->error, sizeof t->error, "%s", text);
    t->is_broken = t->is_broken || status == STATUS_IO;
    return status;
}

static enum status fail_gone(struct traci *t)
{
    char said[TRACI_ERROR_BYTES / 2];
    traci_process_said(&t->process, said, sizeof said);
    (void)snprintf(t->error, sizeof t->error, "sumo ended%s%s", said[0] != '\0' ? ": " : "", said);
    t->is_broken = true;
    return STATUS_IO;
}

static void put_bytes(struct traci *t, const void *bytes, size_t size)
{
    if (t->out_used + size <= OUT_BYTES) {
        memcpy(t->out + t->out_used, bytes, size);
    }
    t->out_used += size;
}

static void put_u8(struct traci *t, uint8_t value)
{
    put_bytes(t, &value, 1);
}

static void put_i32(struct traci *t, int32_t value)
{
    const uint32_t v = (uint32_t)value;
    const uint8_t bytes[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
                               (uint8_t)v };
    put_bytes(t, bytes, sizeof bytes);
}

static void put_double(struct traci *t, double value)
{
    uint64_t v = 0;
    memcpy(&v, &value, sizeof v);
    put_i32(t, (int32_t)(uint32_t)(v >> 32));
    put_i32(t, (int32_t)(uint32_t)v);
}

static void put_string(struct traci *t, const char *text)
{
    put_i32(t, (int32_t)strlen(text));
    put_bytes(t, text, strlen(text));
}

/* body_bytes: what follows the command's number. */
static void put_command(struct traci *t, enum command command, size_t body_bytes)
{
    const size_t size = 2 + body_bytes;
    if (size <= SHORT_COMMAND_MAX_BYTES) {
        put_u8(t, (uint8_t)size);
    } else {
        put_u8(t, 0);
        put_i32(t, (int32_t)(size + 4));
    }
    put_u8(t, (uint8_t)command);
    t->out_commands++;
}

static const uint8_t *take(struct reader *r, size_t size)
{
    static const uint8_t nothing[8];
    if (r->is_bad || size > r->left) {
        r->is_bad = true;
        return nothing;
    }
    const uint8_t *at = r->at;
    r->at += size;
    r->left -= size;
    return at;
}

static uint8_t get_u8(struct reader *r)
{
    return *take(r, 1);
}

static int32_t get_i32(struct reader *r)
{
    const uint8_t *b = take(r, 4);
    return (int32_t)((uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]);
}

static double get_double(struct reader *r)
{
    const uint64_t high = (uint32_t)get_i32(r);
    const uint64_t v = high << 32 | (uint32_t)get_i32(r);
    double value = 0;
    memcpy(&value, &v, sizeof value);
    return isfinite(value) ? value : 0;
}

static void get_string(struct reader *r, char *text, size_t room)
{
    const int32_t size = get_i32(r);
    if (size < 0 || (size_t)size > r->left) {
        r->is_bad = true;
    }
    const size_t length = r->is_bad ? 0 : (size_t)size;
    const uint8_t *bytes = take(r, length);
    const size_t kept = length < room ? length : room - 1;
    memcpy(text, bytes, kept);
    text[kept] = '\0';
}

static bool send_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        size -= (size_t)sent;
    }
    return true;
}

static bool receive_all(int fd, uint8_t *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t got = recv(fd, bytes, size, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        bytes += got;
        size -= (size_t)got;
    }
    return true;
}

static enum status receive(struct traci *t, struct reader *r)
{
    uint8_t head[4];
    if (!receive_all(t->fd, head, sizeof head)) {
        return fail_gone(t);
    }
    struct reader length = { .at = head, .left = sizeof head };
    const int32_t size = get_i32(&length) - 4;
    if (size < 0 || size > IN_MAX_BYTES) {
        return fail(t, STATUS_IO, "the answer is not of the TraCI protocol");
    }
    if ((size_t)size > t->in_room) {
        uint8_t *larger = realloc(t->in, (size_t)size);
        if (larger == NULL) {
            return fail(t, STATUS_IO, "out of memory");
        }
        t->in = larger;
        t->in_room = (size_t)size;
    }
    if (!receive_all(t->fd, t->in, (size_t)size)) {
        return fail_gone(t);
    }
    *r = (struct reader){ .at = t->in, .left = (size_t)size };
    return STATUS_OK;
}

/* The status that answers one command; the first refusal is the one that is told. */
static enum status get_status(struct traci *t, struct reader *r, enum status so_far)
{
    char text[TRACI_ERROR_BYTES];
    if (get_u8(r) == 0) {
        (void)get_i32(r);
    }
    const uint8_t command = get_u8(r);
    const uint8_t result = get_u8(r);
    get_string(r, text, sizeof text);
    if (r->is_bad) {
        return fail(t, STATUS_IO, "the answer is not of the TraCI protocol");
    }
    if (result != 0 && so_far == STATUS_OK) {
        (void)snprintf(t->error, sizeof t->error, "command 0x%02x: %.400s", command,
                       text[0] != '\0' ? text : "refused");
        return STATUS_INVALID;
    }
    return so_far;
}

/* Sends what was put together, and reads the status of each command of it but the last's answer. */
static enum status exchange(struct traci *t, struct reader *r)
{
    const size_t size = t->out_used;
    const uint32_t commands = t->out_commands;
    t->out_used = 0;
    put_i32(t, (int32_t)size);
    t->out_used = 4;
    t->out_commands = 0;
    if (t->is_broken) {
        return STATUS_IO;
    }
    if (size > OUT_BYTES) {
        return fail(t, STATUS_IO, "a message is too long");
    }
    if (!send_all(t->fd, t->out, size)) {
        return fail_gone(t);
    }
    enum status status = receive(t, r);
    for (uint32_t i = 0; i < commands && status != STATUS_IO; i++) {
        status = get_status(t, r, status);
    }
    return status;
}

static int32_t round_to_i32(double value)
{
    return value > -1e9 && value < 1e9 ? (int32_t)lround(value) : 0;
}

/* One typed value, as a number; of a list its length, of text nothing. */
static double get_value(struct reader *r)
{
    char text[ID_BYTES];
    const uint8_t type = get_u8(r);
    int32_t count = 0;
    switch (type) {
    case TYPE_INTEGER:
        return get_i32(r);
    case TYPE_DOUBLE:
        return get_double(r);
    case TYPE_STRING:
        get_string(r, text, sizeof text);
        return 0;
    case TYPE_STRINGLIST:
        count = get_i32(r);
        for (int32_t i = 0; i < count && !r->is_bad; i++) {
            get_string(r, text, sizeof text);
        }
        return count;
    default:
        r->is_bad = true;
        return 0;
    }
}

/* SUMO counts whoever was on the loop during the step, so that one who stands there counts each
 * time; who came is one less if the loop was covered before. */
static void read_loop(struct watch *w, uint8_t variable, double value)
{
    if (variable == LAST_STEP_VEHICLE_NUMBER) {
        w->reading.entered = max_i32(0, round_to_i32(value) - (w->was_covered ? 1 : 0));
    } else if (variable == LAST_STEP_OCCUPANCY) {
        w->reading.occupancy_pct = round_to_i32(value);
    } else if (variable == LAST_STEP_TIME_SINCE_DETECTION) {
        w->reading.quiet_ms = value > 0 && value < 1e6 ? max_i32(1, round_to_i32(value * 1000)) : 0;
        w->reading.quiet_ms = value >= 1e6 ? AGE_MAX_MS : w->reading.quiet_ms;
        w->was_covered = w->reading.quiet_ms == 0;
    }
}

static void read_zone(struct watch *w, uint8_t variable, double value)
{
    if (variable == LAST_STEP_VEHICLE_NUMBER) {
        w->reading.vehicles = round_to_i32(value);
    } else if (variable == LAST_STEP_VEHICLE_HALTING_NUMBER) {
        w->reading.halted = round_to_i32(value);
    }
}

static void read_simulation(struct traci *t, uint8_t variable, double value)
{
    if (variable == VAR_TIME) {
        t->time_ms = (int64_t)llround(value * 1000);
    } else if (variable == VAR_DEPARTED_VEHICLES_NUMBER) {
        t->departed += round_to_i32(value);
    } else if (variable == VAR_ARRIVED_VEHICLES_NUMBER) {
        t->totals.arrived += round_to_i32(value);
    } else if (variable == VAR_MIN_EXPECTED_VEHICLES) {
        t->totals.expected = round_to_i32(value);
    } else if (variable == VAR_TELEPORT_STARTING_VEHICLES_NUMBER) {
        t->totals.teleports += round_to_i32(value);
    } else if (variable == VAR_COLLIDING_VEHICLES_NUMBER) {
        t->totals.collisions += round_to_i32(value);
    }
}

/* Answers come in an order of SUMO's own, which does not change: the next is mostly the next. */
static struct watch *find_watch(struct traci *t, const char *id, bool is_zone)
{
    for (uint32_t i = 0; i < t->watch_count; i++) {
        const uint32_t ix = (t->cursor + i) % t->watch_count;
        if (t->watch[ix].is_zone == is_zone && strcmp(t->watch[ix].id, id) == 0) {
            t->cursor = ix + 1;
            return &t->watch[ix];
        }
    }
    return NULL;
}

static enum status read_subscription(struct traci *t, struct reader *r)
{
    char id[ID_BYTES];
    if (get_u8(r) == 0) {
        (void)get_i32(r);
    }
    const int32_t command = get_u8(r) - RESPONSE_OFFSET;
    get_string(r, id, sizeof id);
    const bool is_simulation = command == CMD_SUBSCRIBE_SIM_VARIABLE;
    const bool is_zone = command == CMD_SUBSCRIBE_LANEAREA_VARIABLE;
    struct watch *w = is_simulation || r->is_bad ? NULL : find_watch(t, id, is_zone);
    if (!is_simulation && w == NULL && !r->is_bad) {
        return fail(t, STATUS_IO, "sumo answers for what nobody asked");
    }
    const int32_t variables = r->is_bad ? 0 : get_u8(r);
    for (int32_t i = 0; i < variables && !r->is_bad; i++) {
        const uint8_t variable = get_u8(r);
        if (get_u8(r) != 0) {
            char text[TRACI_ERROR_BYTES] = "";
            (void)get_u8(r);
            get_string(r, text, sizeof text);
            return fail(t, STATUS_INVALID, text);
        }
        const double value = get_value(r);
        if (is_simulation) {
            read_simulation(t, variable, value);
        } else if (is_zone) {
            read_zone(w, variable, value);
        } else {
            read_loop(w, variable, value);
        }
    }
    return r->is_bad ? fail(t, STATUS_IO, "the answer is not of the TraCI protocol") : STATUS_OK;
}

static enum status subscribe(struct traci *t, enum command command, const char *id,
                             const uint8_t *variables, uint8_t count)
{
    put_command(t, command, 8 + 8 + 4 + strlen(id) + 1 + count);
    put_double(t, 0);
    put_double(t, forever_s);
    put_string(t, id);
    put_u8(t, count);
    put_bytes(t, variables, count);
    struct reader r = { .left = 0 };
    const enum status status = exchange(t, &r);
    return status == STATUS_OK ? read_subscription(t, &r) : status;
}

static enum status watch(struct traci *t, const char *id, bool is_zone, uint32_t *ix)
{
    static const uint8_t of_loop[] = { LAST_STEP_VEHICLE_NUMBER, LAST_STEP_OCCUPANCY,
                                       LAST_STEP_TIME_SINCE_DETECTION };
    static const uint8_t of_zone[] = { LAST_STEP_VEHICLE_NUMBER, LAST_STEP_VEHICLE_HALTING_NUMBER };
    if (t->watch_count == TRACI_WATCH_MAX || strlen(id) >= ID_BYTES) {
        return fail(t, STATUS_NO_SPACE, "too many detectors, or too long a name");
    }
    if (t->watch_count == t->watch_room) {
        const uint32_t room = t->watch_room == 0 ? 64 : t->watch_room * 2;
        struct watch *larger = realloc(t->watch, room * sizeof *larger);
        if (larger == NULL) {
            return fail(t, STATUS_NO_SPACE, "out of memory");
        }
        t->watch = larger;
        t->watch_room = room;
    }
    struct watch *w = &t->watch[t->watch_count];
    *w = (struct watch){ .is_zone = is_zone };
    (void)snprintf(w->id, sizeof w->id, "%s", id);
    *ix = t->watch_count++;
    return is_zone
               ? subscribe(t, CMD_SUBSCRIBE_LANEAREA_VARIABLE, id, of_zone, sizeof of_zone)
               : subscribe(t, CMD_SUBSCRIBE_INDUCTIONLOOP_VARIABLE, id, of_loop, sizeof of_loop);
}

enum status traci_watch_loop(struct traci *t, const char *id, uint32_t *ix)
{
    return watch(t, id, false, ix);
}

enum status traci_watch_zone(struct traci *t, const char *id, uint32_t *ix)
{
    return watch(t, id, true, ix);
}

enum status traci_set_state(struct traci *t, const char *light, const char *letters)
{
    const size_t body = 1 + 4 + strlen(light) + 1 + 4 + strlen(letters);
    if (t->out_used + body + 6 > OUT_BYTES) {
        return fail(t, STATUS_NO_SPACE, "too many lights");
    }
    put_command(t, CMD_SET_TL_VARIABLE, body);
    put_u8(t, TL_RED_YELLOW_GREEN_STATE);
    put_string(t, light);
    put_u8(t, TYPE_STRING);
    put_string(t, letters);
    return STATUS_OK;
}

enum status traci_step(struct traci *t)
{
    struct reader r = { .left = 0 };
    put_command(t, CMD_SIMSTEP, 8);
    put_double(t, 0);
    enum status status = exchange(t, &r);
    const int32_t count = status == STATUS_OK ? get_i32(&r) : 0;
    t->cursor = 0;
    for (int32_t i = 0; i < count && status == STATUS_OK; i++) {
        status = read_subscription(t, &r);
    }
    t->totals.running = (int32_t)t->departed - t->totals.arrived;
    return status;
}

/* One variable of the simulation as a whole. */
static enum status get_simulation(struct traci *t, enum variable variable, double *value)
{
    char id[ID_BYTES];
    put_command(t, CMD_GET_SIM_VARIABLE, 1 + 4);
    put_u8(t, (uint8_t)variable);
    put_string(t, "");
    struct reader r = { .left = 0 };
    const enum status status = exchange(t, &r);
    if (status != STATUS_OK) {
        return status;
    }
    if (get_u8(&r) == 0) {
        (void)get_i32(&r);
    }
    (void)take(&r, 2);
    get_string(&r, id, sizeof id);
    *value = get_value(&r);
    return r.is_bad ? fail(t, STATUS_IO, "the answer is not of the TraCI protocol") : STATUS_OK;
}

enum status traci_totals(struct traci *t, struct traci_totals *totals)
{
    double waiting = 0;
    const enum status status = get_simulation(t, VAR_PENDING_VEHICLES, &waiting);
    t->totals.waiting = round_to_i32(waiting);
    *totals = t->totals;
    return status;
}

struct traci_totals traci_counts(const struct traci *t)
{
    return t->totals;
}

const struct traci_reading *traci_reading(const struct traci *t, uint32_t ix)
{
    REQUIRE(ix < t->watch_count);
    return &t->watch[ix].reading;
}

int64_t traci_time_ms(const struct traci *t)
{
    return t->time_ms;
}

int64_t traci_end_ms(const struct traci *t)
{
    return t->end_ms;
}

const char *traci_error(const struct traci *t)
{
    return t->error;
}

static enum status agree_on_version(struct traci *t)
{
    char name[128];
    struct reader r = { .left = 0 };
    put_command(t, CMD_GETVERSION, 0);
    const enum status status = exchange(t, &r);
    if (status != STATUS_OK) {
        return status;
    }
    (void)take(&r, 2);
    const int32_t version = get_i32(&r);
    get_string(&r, name, sizeof name);
    if (r.is_bad) {
        return fail(t, STATUS_IO, "the answer is not of the TraCI protocol");
    }
    if (version < TRACI_VERSION_LEAST) {
        (void)snprintf(t->error, sizeof t->error,
                       "%s speaks TraCI version %d; %d is the least (SUMO 1.3)", name, version,
                       TRACI_VERSION_LEAST);
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

/* Version, and what every step brings. */
static enum status introduce(struct traci *t)
{
    static const uint8_t of_all[] = { VAR_TIME,
                                      VAR_DEPARTED_VEHICLES_NUMBER,
                                      VAR_ARRIVED_VEHICLES_NUMBER,
                                      VAR_MIN_EXPECTED_VEHICLES,
                                      VAR_TELEPORT_STARTING_VEHICLES_NUMBER,
                                      VAR_COLLIDING_VEHICLES_NUMBER };
    enum status status = agree_on_version(t);
    if (status == STATUS_OK) {
        status = subscribe(t, CMD_SUBSCRIBE_SIM_VARIABLE, "", of_all, sizeof of_all);
    }
    double end_s = -1;
    if (status == STATUS_OK) {
        status = get_simulation(t, VAR_END, &end_s);
    }
    t->end_ms = end_s >= 0 ? (int64_t)llround(end_s * 1000) : -1;
    return status;
}

struct traci *traci_attach(int fd, char error[TRACI_ERROR_BYTES])
{
    struct traci *t = calloc(1, sizeof *t);
    if (t != NULL) {
        t->fd = fd;
        t->out = malloc(OUT_BYTES);
        t->out_used = 4;
        traci_process_none(&t->process);
    }
    (void)snprintf(error, TRACI_ERROR_BYTES, "out of memory");
    if (t == NULL) {
        (void)close(fd);
        return NULL;
    }
    if (t->out == NULL || introduce(t) != STATUS_OK) {
        if (t->out != NULL) {
            (void)snprintf(error, TRACI_ERROR_BYTES, "%s", t->error);
        }
        t->is_broken = true;
        traci_stop(t);
        return NULL;
    }
    return t;
}

struct traci *traci_start(char *const argv[], char error[TRACI_ERROR_BYTES])
{
    struct traci_process process;
    const int fd = traci_process_start(&process, argv, error, TRACI_ERROR_BYTES);
    if (fd < 0) {
        return NULL;
    }
    struct traci *t = traci_attach(fd, error);
    if (t == NULL) {
        char said[TRACI_ERROR_BYTES / 2];
        traci_process_said(&process, said, sizeof said);
        if (said[0] != '\0') {
            (void)snprintf(error, TRACI_ERROR_BYTES, "%s", said);
        }
        traci_process_finish(&process, 0);
        return NULL;
    }
    t->process = process;
    return t;
}

void traci_stop(struct traci *t)
{
    if (t == NULL) {
        return;
    }
    if (!t->is_broken) {
        struct reader r = { .left = 0 };
        t->out_used = 4; /* states that no step took along are of no use any more */
        t->out_commands = 0;
        put_command(t, CMD_CLOSE, 0);
        (void)(exchange(t, &r) == STATUS_OK);
    }
    (void)close(t->fd);
    traci_process_finish(&t->process, t->is_broken ? 2000 : 60000);
    free(t->watch);
    free(t->out);
    free(t->in);
    free(t);
}
