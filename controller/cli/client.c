#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { PLAN_PAGES_MAX = 1024, TRIES_WHEN_FULL = 20, PAUSE_WHEN_FULL_NS = 100000000 };

static enum status fail(struct client *c, enum status status, const char *what, const char *why)
{
    (void)snprintf(c->text, sizeof c->text, "%s: %s", what, why);
    return status;
}

static int64_t now_ms(void)
{
    struct timespec at;
    REQUIRE(clock_gettime(CLOCK_MONOTONIC, &at) == 0);
    return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

static enum status connect_to(struct client *c, const char *socket_path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (strlen(socket_path) >= sizeof address.sun_path) {
        return fail(c, STATUS_IO, socket_path, "the path is too long for a socket");
    }
    memcpy(address.sun_path, socket_path, strlen(socket_path) + 1);
    c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (c->fd < 0) {
        return fail(c, STATUS_IO, "cannot make a socket", strerror(errno));
    }
    if (connect(c->fd, (const struct sockaddr *)&address, sizeof address) == 0) {
        return STATUS_OK;
    }
    if (errno == ENOENT || errno == ECONNREFUSED) {
        return fail(c, STATUS_NOT_FOUND, socket_path, "no kavsakd listens there (--socket PATH?)");
    }
    return fail(c, STATUS_IO, socket_path, strerror(errno));
}

static enum status open_once(struct client *c, const char *socket_path, bool *is_full)
{
    *c = (struct client){ .fd = -1 };
    *is_full = false;
    const enum status connected = connect_to(c, socket_path);
    if (connected != STATUS_OK) {
        return connected;
    }
    struct wire_hello hello = { .role = ROLE_SAFETY_ENGINEER, .program = "kavsak" };
    (void)snprintf(hello.release, sizeof hello.release, "%s", KAVSAK_VERSION);
    wire_head(&hello.header, WIRE_HELLO, sizeof hello, 0);
    union client_message answer;
    const enum status status = client_ask(c, &hello.header, WIRE_HELLO, &answer, CLIENT_ANSWER_MS);
    if (status == STATUS_OK) {
        c->daemon = answer.hello;
    }
    *is_full = status == STATUS_REFUSED && answer.header.request == 0;
    return status;
}

enum status client_open(struct client *c, const char *socket_path)
{
    bool is_full = false;
    enum status status = open_once(c, socket_path, &is_full);
    /* All places taken is soon over: the daemon frees those of clients that left once a tick. */
    for (int32_t tries = 1; is_full && tries < TRIES_WHEN_FULL; tries++) {
        const struct timespec pause = { .tv_nsec = PAUSE_WHEN_FULL_NS };
        (void)nanosleep(&pause, NULL);
        client_close(c);
        status = open_once(c, socket_path, &is_full);
    }
    return status;
}

void client_close(struct client *c)
{
    if (c != NULL && c->fd >= 0) {
        (void)close(c->fd);
        c->fd = -1;
    }
}

enum status client_send(struct client *c, struct wire_header *message)
{
    message->request = ++c->request;
    const ssize_t sent = send(c->fd, message, message->size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EPIPE) {
        return STATUS_OK; /* what the daemon said before it hung up is still to be read */
    }
    if (sent != (ssize_t)message->size) {
        return fail(c, STATUS_IO, "the daemon is gone", sent < 0 ? strerror(errno) : "cut short");
    }
    return STATUS_OK;
}

enum status client_receive(struct client *c, union client_message *message, int32_t timeout_ms)
{
    struct pollfd one = { .fd = c->fd, .events = POLLIN };
    const int ready = poll(&one, 1, timeout_ms);
    if (ready == 0 || (ready < 0 && errno == EINTR)) {
        return fail(c, STATUS_TIMEOUT, "the daemon", "does not answer");
    }
    ssize_t got = ready < 0 ? -1 : recv(c->fd, message, sizeof *message, 0);
    if (got < 0 && errno == ECONNRESET) { /* told once; then what it said before it hung up */
        got = recv(c->fd, message, sizeof *message, 0);
    }
    if (got <= 0) {
        return fail(c, STATUS_IO, "the daemon is gone", got < 0 ? strerror(errno) : "it hung up");
    }
    const struct wire_header *header = NULL;
    if (wire_check(message, (size_t)got, &header) != STATUS_OK) {
        return fail(c, STATUS_INVALID, "the daemon", "speaks another version of the protocol");
    }
    c->dropped += header->dropped;
    return STATUS_OK;
}

/* A refusal of no request is of the whole connection. */
static bool answers(const struct wire_header *answer, const struct wire_header *question)
{
    return answer->request == question->request ||
           (answer->type == WIRE_REFUSED && answer->request == 0);
}

enum status client_ask(struct client *c, struct wire_header *question, enum wire_type wanted,
                       union client_message *answer, int32_t timeout_ms)
{
    enum status status = client_send(c, question);
    const int64_t until_ms = now_ms() + timeout_ms;
    while (status == STATUS_OK) { /* ends: with the answer, an error, or the time */
        const int64_t left_ms = until_ms - now_ms();
        status = client_receive(c, answer, left_ms > 0 ? (int32_t)left_ms : 0);
        if (status != STATUS_OK || !answers(&answer->header, question)) {
            continue;
        }
        if (answer->header.type == WIRE_REFUSED) {
            answer->text.text[sizeof answer->text.text - 1] = '\0';
            return fail(c, STATUS_REFUSED, "refused", answer->text.text);
        }
        if (answer->header.type == (uint16_t)wanted) {
            return STATUS_OK;
        }
    }
    return status;
}

/* A string from outside ends where its room ends. */
static void end_strings(struct wire_status *s)
{
    s->name[sizeof s->name - 1] = '\0';
    s->node[sizeof s->node - 1] = '\0';
    s->pattern_name[sizeof s->pattern_name - 1] = '\0';
    s->stage_name[sizeof s->stage_name - 1] = '\0';
    s->stage_next_name[sizeof s->stage_next_name - 1] = '\0';
    for (size_t i = 0; i < SG_MAX; i++) {
        s->sg_name[i][NAME_MAX_BYTES - 1] = '\0';
    }
    for (size_t i = 0; i < PHASE_MAX; i++) {
        s->phase_name[i][NAME_MAX_BYTES - 1] = '\0';
    }
}

enum status client_ask_status(struct client *c, uint32_t junction_ix, union client_message *answer)
{
    struct wire_status question;
    memset(&question, 0, sizeof question);
    wire_head(&question.header, WIRE_STATUS, sizeof question, 0);
    question.header.junction_ix = (uint16_t)junction_ix;
    const enum status status =
        client_ask(c, &question.header, WIRE_STATUS, answer, CLIENT_ANSWER_MS);
    if (status == STATUS_OK) {
        end_strings(&answer->status);
    }
    return status;
}

static enum status send_names_questions(struct client *c, uint32_t junction_ix)
{
    enum status status = STATUS_OK;
    for (uint32_t kind = 0; status == STATUS_OK && kind < WIRE_NAMES_KIND_COUNT; kind++) {
        struct wire_names question;
        memset(&question, 0, sizeof question);
        question.kind = kind;
        wire_head(&question.header, WIRE_NAMES, sizeof question, 0);
        question.header.junction_ix = (uint16_t)junction_ix;
        status = client_send(c, &question.header);
    }
    return status;
}

/* What came from outside becomes what the rest may trust: counts in range, strings that end. */
static void take_names(struct names *names, const struct wire_names *from)
{
    struct wire_names *n = &names->kind[from->kind];
    *n = *from;
    n->count = n->count < WIRE_NAMES_MAX ? n->count : WIRE_NAMES_MAX;
    for (size_t i = 0; i < WIRE_NAMES_MAX; i++) {
        n->name[i][NAME_MAX_BYTES - 1] = '\0';
    }
}

/* All questions at once, because the daemon answers once a tick. */
enum status client_ask_names(struct client *c, uint32_t junction_ix, struct names *names)
{
    const int64_t until_ms = now_ms() + CLIENT_ANSWER_MS;
    const uint32_t before = c->request;
    enum status status = send_names_questions(c, junction_ix);
    for (uint32_t heard = 0; status == STATUS_OK && heard < WIRE_NAMES_KIND_COUNT;) {
        union client_message m;
        const int64_t left_ms = until_ms - now_ms();
        status = client_receive(c, &m, left_ms > 0 ? (int32_t)left_ms : 0);
        if (status != STATUS_OK || m.header.request <= before) {
            continue;
        }
        if (m.header.type == WIRE_REFUSED) {
            m.text.text[sizeof m.text.text - 1] = '\0';
            return fail(c, STATUS_REFUSED, "refused", m.text.text);
        }
        if (m.header.type == WIRE_NAMES && m.names.kind < WIRE_NAMES_KIND_COUNT) {
            take_names(names, &m.names);
            heard++;
        }
    }
    return status;
}

static enum status ask_page(struct client *c, uint32_t junction_ix, uint32_t page_ix,
                            union client_message *answer)
{
    struct wire_plan question;
    memset(&question, 0, sizeof question);
    question.page_ix = page_ix;
    wire_head(&question.header, WIRE_PLAN, sizeof question, 0);
    question.header.junction_ix = (uint16_t)junction_ix;
    const enum status status = client_ask(c, &question.header, WIRE_PLAN, answer, CLIENT_ANSWER_MS);
    const bool is_sound = status != STATUS_OK || (answer->plan.used <= sizeof answer->plan.text &&
                                                  answer->plan.page_count <= PLAN_PAGES_MAX);
    return is_sound ? status : fail(c, STATUS_INVALID, "the daemon", "sent a page of no plan");
}

enum status client_ask_plan(struct client *c, uint32_t junction_ix, char **text)
{
    union client_message m;
    size_t used = 0;
    char *all = malloc((size_t)PLAN_PAGES_MAX * WIRE_TEXT_MAX_BYTES + 1);
    if (all == NULL) {
        return fail(c, STATUS_NO_SPACE, "the plan", "no memory");
    }
    enum status status = STATUS_OK;
    uint32_t pages = 1;
    for (uint32_t i = 0; status == STATUS_OK && i < pages; i++) {
        status = ask_page(c, junction_ix, i, &m);
        if (status == STATUS_OK) {
            memcpy(all + used, m.plan.text, m.plan.used);
            used += m.plan.used;
            pages = m.plan.page_count;
        }
    }
    if (status != STATUS_OK) {
        free(all);
        return status;
    }
    all[used] = '\0';
    *text = all;
    return STATUS_OK;
}

/* The last part of a path, without slashes behind it. */
static void base_name(const char *path, char *out, size_t room)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/') {
        end--;
    }
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/') {
        begin--;
    }
    (void)snprintf(out, room, "%.*s", (int)(end - begin), path + begin);
}

static bool is_meant(const struct wire_status *s, uint32_t junction_ix, const char *name)
{
    char base[128];
    char number[16];
    base_name(name, base, sizeof base);
    (void)snprintf(number, sizeof number, "%u", (unsigned)junction_ix + 1);
    return strcmp(s->name, name) == 0 || strcmp(s->node, name) == 0 || strcmp(s->name, base) == 0 ||
           strcmp(number, name) == 0;
}

enum status client_find(struct client *c, const char *name, uint32_t *junction_ix)
{
    char names[200] = "";
    size_t used = 0;
    if (name == NULL && c->daemon.junction_count == 1) {
        *junction_ix = 0;
        return STATUS_OK;
    }
    for (uint32_t i = 0; i < c->daemon.junction_count; i++) {
        union client_message answer;
        const enum status status = client_ask_status(c, i, &answer);
        if (status != STATUS_OK) {
            return status;
        }
        if (name != NULL && is_meant(&answer.status, i, name)) {
            *junction_ix = i;
            return STATUS_OK;
        }
        const int length = snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "",
                                    answer.status.name);
        used += length > 0 && (size_t)length < sizeof names - used ? (size_t)length : 0;
    }
    (void)snprintf(c->text, sizeof c->text, "%s%s; there are: %s",
                   name == NULL ? "which junction?" : "no junction ", name == NULL ? "" : name,
                   names);
    return STATUS_NOT_FOUND;
}
