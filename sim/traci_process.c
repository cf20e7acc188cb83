#include "traci_process.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    ARGUMENTS_MAX = 256,
    POLL_MS = 10,
    CONNECT_MS = 300000, /* a network of a whole city takes minutes to load */
    TERMINATE_MS = 2000,
    TAIL_BYTES = 8192,
    EXIT_NOT_FOUND = 127
};

void traci_process_none(struct traci_process *p)
{
    *p = (struct traci_process){ 0 };
}

static void nap(void)
{
    const struct timespec t = { .tv_nsec = POLL_MS * 1000000L };
    (void)nanosleep(&t, NULL);
}

/* A port that nobody has now. Between our closing it and sumo's opening it another program could
 * take it; sumo then says so and ends. */
static uint16_t free_port(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) {
        return 0;
    }
    const bool is_bound = bind(fd, (struct sockaddr *)&at, sizeof at) == 0 &&
                          getsockname(fd, (struct sockaddr *)&at, &size) == 0;
    (void)close(fd);
    return is_bound ? ntohs(at.sin_port) : 0;
}

static int try_connect(uint16_t port)
{
    const struct sockaddr_in at = { .sin_family = AF_INET,
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                    .sin_port = htons(port) };
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&at, sizeof at) == 0) {
        const int on = 1; /* one small message waits for the other: never collect them */
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return fd;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return -1;
}

/* In the child. A process group of its own, so that Ctrl-C reaches us alone and we can close in
 * order. */
static void become(char *const argv[], int output)
{
    const int nothing = open("/dev/null", O_RDONLY);
    (void)setpgid(0, 0);
    (void)dup2(nothing, STDIN_FILENO);
    (void)dup2(output, STDOUT_FILENO);
    (void)dup2(output, STDERR_FILENO);
    (void)execvp(argv[0], argv);
    _exit(EXIT_NOT_FOUND);
}

static bool has_ended(struct traci_process *p, int *how)
{
    if (waitpid(p->pid, how, WNOHANG) != p->pid) {
        return false;
    }
    p->pid = 0;
    return true;
}

static void say_ended(const struct traci_process *p, const char *program, int how, char *error,
                      size_t error_bytes)
{
    char said[256];
    traci_process_said(p, said, sizeof said);
    if (WIFEXITED(how) && WEXITSTATUS(how) == EXIT_NOT_FOUND) {
        const char *package = strstr(program, "gui") != NULL ? "sumo (with sumo-gui)" : "sumo";
        (void)snprintf(error, error_bytes, "%s not found: install the package %s", program,
                       package);
    } else if (said[0] != '\0') {
        (void)snprintf(error, error_bytes, "%s: %s", program, said);
    } else {
        (void)snprintf(error, error_bytes, "%s ended before it could be connected to", program);
    }
}

int traci_process_start(struct traci_process *p, char *const argv[], char *error,
                        size_t error_bytes)
{
    char *arguments[ARGUMENTS_MAX + 3];
    char port_option[] = "--remote-port";
    char port_text[8];
    size_t count = 0;
    traci_process_none(p);
    for (; count < ARGUMENTS_MAX && argv[count] != NULL; count++) {
        arguments[count] = argv[count];
    }
    const uint16_t port = free_port();
    p->said = tmpfile();
    if (port == 0 || p->said == NULL || argv[count] != NULL) {
        (void)snprintf(error, error_bytes, "no free port, no scratch file or too many options");
        traci_process_finish(p, 0);
        return -1;
    }
    (void)snprintf(port_text, sizeof port_text, "%u", (unsigned)port);
    arguments[count++] = port_option;
    arguments[count++] = port_text;
    arguments[count] = NULL;
    p->pid = fork();
    if (p->pid == 0) {
        become(arguments, fileno(p->said));
    }
    int how = 0;
    for (int32_t waited_ms = 0; p->pid > 0 && waited_ms < CONNECT_MS; waited_ms += POLL_MS) {
        const int fd = try_connect(port);
        if (fd >= 0) {
            return fd;
        }
        if (has_ended(p, &how)) {
            break;
        }
        nap();
    }
    say_ended(p, argv[0], how, error, error_bytes);
    traci_process_finish(p, 0);
    return -1;
}

void traci_process_said(const struct traci_process *p, char *text, size_t room)
{
    char tail[TAIL_BYTES + 1];
    text[0] = '\0';
    if (p->said == NULL || fseek(p->said, 0, SEEK_END) != 0) {
        return;
    }
    const long size = ftell(p->said);
    (void)fseek(p->said, size > TAIL_BYTES ? size - TAIL_BYTES : 0, SEEK_SET);
    const size_t got = fread(tail, 1, TAIL_BYTES, p->said);
    tail[got] = '\0';
    const char *from = strstr(tail, "Error:");
    size_t used = 0;
    for (; from != NULL && *from != '\0' && used + 1 < room; from++) {
        const bool is_gap = *from == '\n' || *from == ' ';
        if (!is_gap) {
            text[used++] = *from;
        } else if (used > 0 && text[used - 1] != ' ') {
            text[used++] = ' ';
        }
    }
    used -= used > 0 && text[used - 1] == ' ' ? 1 : 0;
    text[used] = '\0';
    char *tail_words = strstr(text, " Quitting (on error).");
    if (tail_words != NULL) {
        *tail_words = '\0';
    }
}

void traci_process_finish(struct traci_process *p, int32_t patience_ms)
{
    int how = 0;
    for (int32_t waited_ms = 0; p->pid > 0 && !has_ended(p, &how); waited_ms += POLL_MS) {
        if (waited_ms == patience_ms) {
            (void)kill(p->pid, SIGTERM);
        } else if (waited_ms == patience_ms + TERMINATE_MS) {
            (void)kill(p->pid, SIGKILL);
        }
        nap();
    }
    if (p->said != NULL) {
        (void)fclose(p->said);
    }
    *p = (struct traci_process){ 0 };
}
