/* helper: what shell tests need and a shell cannot do.
 *   helper hand SOCKET LINE...   says lines to a control socket, prints the answers
 *   helper notify SOCKET         is systemd: prints what a service notifies, with monotonic
 * milliseconds helper noise SOCKET          sends garbage of every size to a SOCK_SEQPACKET socket,
 * prints how it ended */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { TEXT_BYTES = 65536, NOISE_COUNT = 2000, NOISE_MAX_BYTES = 5000 };

static char text[TEXT_BYTES];

static int fail(const char *what)
{
    (void)fprintf(stderr, "helper: %s: %s\n", what, strerror(errno));
    return 3;
}

static int open_socket(int type, const char *path, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof address->sun_path) {
        return -1;
    }
    memcpy(address->sun_path, path, strlen(path) + 1);
    return socket(AF_UNIX, type, 0);
}

static int connect_to(int type, const char *path)
{
    struct sockaddr_un address;
    const int fd = open_socket(type, path, &address);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static int hand(const char *path, char **line, int count)
{
    const int fd = connect_to(SOCK_STREAM, path);
    FILE *stream = fd >= 0 ? fdopen(fd, "r+") : NULL;
    if (stream == NULL) {
        return fail(path);
    }
    for (int i = 0; i < count; i++) {
        if (fprintf(stream, "%s\n", line[i]) < 0 || fflush(stream) != 0 ||
            fgets(text, sizeof text, stream) == NULL) {
            return fail(path);
        }
        (void)fputs(text, stdout);
    }
    (void)fclose(stream);
    return 0;
}

static int64_t mono_ms(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

static int notify(const char *path)
{
    struct sockaddr_un address;
    const int fd = open_socket(SOCK_DGRAM, path, &address);
    (void)unlink(path);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        return fail(path);
    }
    for (;;) {
        const ssize_t got = recv(fd, text, sizeof text - 1, 0);
        if (got < 0) {
            return fail(path);
        }
        text[got] = '\0';
        for (char *end = strchr(text, '\n'); end != NULL; end = strchr(end, '\n')) {
            *end = ' ';
        }
        (void)printf("%lld %s\n", (long long)mono_ms(), text);
        (void)fflush(stdout);
    }
}

/* A generator of its own, so that every run sends the same. */
static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static int noise(const char *path)
{
    uint32_t state = 1;
    unsigned sent = 0;
    unsigned connects = 0;
    for (int i = 0; i < NOISE_COUNT; i++) {
        const int fd = connect_to(SOCK_SEQPACKET, path);
        if (fd < 0) {
            return fail(path);
        }
        connects++;
        for (int k = 0; k < 8; k++, i++) {
            const size_t size = next_random(&state) % NOISE_MAX_BYTES + 1;
            for (size_t at = 0; at < size; at++) {
                text[at] = (char)next_random(&state);
            }
            if (k % 2 == 0) { /* a header that passes the first look: magic, version 1, any type */
                const uint32_t magic = 0x4b41564b;
                const uint16_t version = 1;
                const uint16_t type = (uint16_t)(next_random(&state) % 16);
                const uint32_t whole = (uint32_t)size;
                memcpy(text, &magic, 4);
                memcpy(text + 4, &version, 2);
                memcpy(text + 6, &type, 2);
                memcpy(text + 8, &whole, 4);
            }
            sent += send(fd, text, size, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size ? 1 : 0;
        }
        (void)close(fd);
    }
    (void)printf("sent %u messages over %u connections\n", sent, connects);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc >= 4 && strcmp(argv[1], "hand") == 0) {
        return hand(argv[2], argv + 3, argc - 3);
    }
    if (argc == 3 && strcmp(argv[1], "notify") == 0) {
        return notify(argv[2]);
    }
    if (argc == 3 && strcmp(argv[1], "noise") == 0) {
        return noise(argv[2]);
    }
    (void)fprintf(stderr, "usage: helper hand SOCKET LINE... | notify SOCKET | noise SOCKET\n");
    return 2;
}
