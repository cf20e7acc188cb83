/* test_faults_peers: the other ends of the wires, where they misbehave.
 *
 *   proxy PORT TARGET   a gateway between Modbus ports; SIGUSR1 resets connections
 *   abuse SOCKET        does to a SOCK_SEQPACKET socket what no client should; TAP */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "wire.h"

enum { CROWD = 200, FLOOD = 400, DEAF_S = 12, ANSWER_MS = 3000, CHUNK_BYTES = 4096 };

static volatile sig_atomic_t wants_reset;

static void on_signal(int number)
{
    (void)number;
    wants_reset = 1;
}

static int fail(const char *what)
{
    (void)fprintf(stderr, "test_faults_peers: %s: %s\n", what, strerror(errno));
    return 3;
}

/* --- A gateway --- */

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static int listen_on(int port)
{
    const struct sockaddr_in at = loopback(port);
    const int on = 1;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, (const struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 4) == 0) {
        return fd;
    }
    return -1;
}

static int connect_port(int port)
{
    const struct sockaddr_in at = loopback(port);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&at, sizeof at) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* With linger 0 close sends RST, as a gateway does that was switched off and on. */
static void reset(int *fd)
{
    if (*fd >= 0) {
        const struct linger now = { .l_onoff = 1, .l_linger = 0 };
        (void)setsockopt(*fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        (void)close(*fd);
    }
    *fd = -1;
}

static bool carry(int from, int to)
{
    char bytes[CHUNK_BYTES];
    const ssize_t got = recv(from, bytes, sizeof bytes, 0);
    return got > 0 && send(to, bytes, (size_t)got, MSG_NOSIGNAL) == got;
}

static void hang_up(int side[2])
{
    reset(&side[0]);
    reset(&side[1]);
}

static int proxy(int port, int target)
{
    int side[2] = { -1, -1 };
    const struct sigaction action = { .sa_handler = on_signal };
    (void)sigaction(SIGUSR1, &action, NULL);
    const int listener = listen_on(port);
    if (listener < 0) {
        return fail("cannot listen");
    }
    (void)printf("ready\n");
    (void)fflush(stdout);
    for (;;) {
        struct pollfd set[3] = { { .fd = listener, .events = POLLIN },
                                 { .fd = side[0], .events = POLLIN },
                                 { .fd = side[1], .events = POLLIN } };
        const int ready = poll(set, 3, 1000);
        if (wants_reset) {
            wants_reset = 0;
            hang_up(side);
            continue;
        }
        if (ready <= 0) {
            continue;
        }
        if (set[0].revents != 0) {
            hang_up(side);
            side[0] = accept(listener, NULL, NULL);
            side[1] = connect_port(target);
            if (side[1] < 0) {
                hang_up(side);
            }
            continue;
        }
        const bool good = (set[1].revents == 0 || carry(side[0], side[1])) &&
                          (set[2].revents == 0 || carry(side[1], side[0]));
        if (!good) {
            hang_up(side);
        }
    }
}

/* --- Clients --- */

static int failures;

static void ok(bool good, const char *name)
{
    (void)printf("%s - %s\n", good ? "ok" : "not ok", name);
    failures += good ? 0 : 1;
}

static int dial(const char *path)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof at.sun_path) {
        return -1;
    }
    memcpy(at.sun_path, path, strlen(path) + 1);
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&at, sizeof at) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

union packet {
    struct wire_header header;
    struct wire_text text;
    struct wire_hello hello;
    char bytes[WIRE_MESSAGE_MAX_BYTES * 2];
};

/* The next message of a type; false: closed, or nothing of it in time. */
static bool hear(int fd, int type, union packet *p)
{
    for (int tries = 0; tries < FLOOD; tries++) {
        struct pollfd set = { .fd = fd, .events = POLLIN };
        if (poll(&set, 1, ANSWER_MS) <= 0) {
            return false;
        }
        const ssize_t got = recv(fd, p, sizeof *p, 0);
        if (got < (ssize_t)sizeof p->header) {
            return false;
        }
        if (p->header.type == type) {
            return true;
        }
    }
    return false;
}

static void fill_hello(struct wire_hello *hello)
{
    memset(hello, 0, sizeof *hello);
    hello->header = (struct wire_header){
        .magic = WIRE_MAGIC, .version = WIRE_VERSION, .type = WIRE_HELLO, .size = sizeof *hello
    };
    (void)snprintf(hello->program, sizeof hello->program, "abuse");
}

static bool say(int fd, const void *bytes, size_t size)
{
    return send(fd, bytes, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static bool is_greeted(int fd)
{
    static union packet p;
    struct wire_hello hello;
    fill_hello(&hello);
    return say(fd, &hello, sizeof hello) && hear(fd, WIRE_HELLO, &p);
}

static bool is_refused(const char *path, const void *bytes, size_t size, const char *word)
{
    static union packet p;
    const int fd = dial(path);
    const bool told = fd >= 0 && say(fd, bytes, size) && hear(fd, WIRE_REFUSED, &p);
    p.text.text[sizeof p.text.text - 1] = '\0';
    (void)printf("# %s\n", told ? p.text.text : "no refusal");
    (void)close(fd);
    return told && strstr(p.text.text, word) != NULL;
}

static void refusals(const char *path)
{
    static char bytes[WIRE_MESSAGE_MAX_BYTES * 2];
    struct wire_hello hello;
    fill_hello(&hello);
    hello.header.version = WIRE_VERSION + 1;
    ok(is_refused(path, &hello, sizeof hello, "version"),
       "socket: another version is refused and told why");
    fill_hello(&hello);
    hello.header.magic++;
    ok(is_refused(path, &hello, sizeof hello, ""), "socket: another protocol is refused");
    fill_hello(&hello);
    hello.header.size--;
    ok(is_refused(path, &hello, sizeof hello, ""), "socket: a size that lies is refused");
    fill_hello(&hello);
    hello.header.type = 99;
    ok(is_refused(path, &hello, sizeof hello, ""), "socket: an unknown type is refused");
    ok(is_refused(path, "x", 1, ""), "socket: a single byte is refused");
    ok(is_refused(path, bytes, sizeof bytes, ""), "socket: an oversized message is refused");
}

/* Everybody who was let in, and nobody says a word more: the rest must not wait for ever. */
static void crowd(const char *path)
{
    int fd[CROWD];
    int connected = 0;
    int greeted = 0;
    int refused = 0;
    for (int i = 0; i < CROWD; i++) {
        fd[i] = dial(path);
        connected += fd[i] >= 0 ? 1 : 0;
    }
    for (int i = 0; i < CROWD; i++) {
        struct pollfd set = { .fd = fd[i], .events = POLLIN };
        struct wire_hello hello;
        fill_hello(&hello);
        const bool said = fd[i] >= 0 && say(fd[i], &hello, sizeof hello);
        if (fd[i] >= 0 && poll(&set, 1, ANSWER_MS) > 0) {
            static union packet p;
            ssize_t got = recv(fd[i], &p, sizeof p, 0);
            if (got < 0 && errno == ECONNRESET) {
                got = recv(fd[i], &p, sizeof p, 0);
            }
            greeted += got > 0 && said && p.header.type == WIRE_HELLO ? 1 : 0;
            refused += got > 0 && p.header.type == WIRE_REFUSED ? 1 : 0;
        }
    }
    (void)printf("# of %d at once %d connected, %d were greeted, %d refused\n", CROWD, connected,
                 greeted, refused);
    ok(greeted > 0 && greeted < CROWD, "socket: a crowd is served as far as there are places");
    ok(greeted + refused == CROWD, "socket: and the others are told so");
    for (int i = 0; i < CROWD; i++) {
        (void)close(fd[i]);
    }
    bool served = false;
    for (int i = 0; i < 30 && !served; i++) {
        const struct timespec pause = { .tv_nsec = 100000000 };
        (void)nanosleep(&pause, NULL);
        const int one = dial(path);
        served = one >= 0 && is_greeted(one);
        (void)close(one);
    }
    ok(served, "socket: when the crowd has gone the next one is served");
}

/* Asks for every stream and never reads: loses messages, and its place in the end. */
static void deaf(const char *path)
{
    const int fd = dial(path);
    struct wire_subscribe all = { .header = { .magic = WIRE_MAGIC,
                                              .version = WIRE_VERSION,
                                              .type = WIRE_SUBSCRIBE,
                                              .size = sizeof all },
                                  .streams = WIRE_STREAM_STATUS | WIRE_STREAM_EVENTS,
                                  .status_every_ms = 100 };
    struct wire_header ask = {
        .magic = WIRE_MAGIC, .version = WIRE_VERSION, .type = WIRE_STATUS, .size = sizeof ask
    };
    bool good = fd >= 0 && is_greeted(fd) && say(fd, &all, sizeof all);
    bool dropped = false;
    for (int i = 0; good && !dropped && i < DEAF_S * 100 * 3; i++) {
        const struct timespec pause = { .tv_nsec = 10000000 };
        (void)nanosleep(&pause, NULL);
        const ssize_t sent = send(fd, &ask, sizeof ask, MSG_NOSIGNAL | MSG_DONTWAIT);
        dropped = sent < 0 && errno != EAGAIN;
    }
    ok(good && dropped, "socket: one who never reads loses his place");
    (void)close(fd);
}

static int abuse(const char *path)
{
    int silent[8];
    for (int i = 0; i < 8; i++) {
        silent[i] = dial(path); /* connects and says nothing, to the end */
    }
    refusals(path);
    deaf(path);
    const int one = dial(path);
    ok(one >= 0 && is_greeted(one), "socket: eight who say nothing keep nobody out");
    (void)close(one);
    for (int i = 0; i < 8; i++) {
        (void)close(silent[i]);
    }
    crowd(path);
    return failures > 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 4 && strcmp(argv[1], "proxy") == 0) {
        return proxy((int)strtol(argv[2], NULL, 10), (int)strtol(argv[3], NULL, 10));
    }
    if (argc == 3 && strcmp(argv[1], "abuse") == 0) {
        return abuse(argv[2]);
    }
    (void)fprintf(stderr, "usage: test_faults_peers proxy PORT TARGET | abuse SOCKET\n");
    return 2;
}
