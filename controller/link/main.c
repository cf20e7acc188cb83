/* main.c: kavsak-link's way in: reads the directories, opens the world, steps the link until it is
 * told to stop. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <syslog.h>
#include <unistd.h>

#include "cbor.h"
#include "json.h"
#include "link.h"
#include "link_options.h"
#include "link_world.h"
#include "load.h"
#include "tls.h"

enum exit_code { EXIT_STOPPED, EXIT_ERRORS, EXIT_USAGE, EXIT_IO, EXIT_SAFETY };

enum {
    STEP_MS = 100, /* at least; messages and the daemon wake it at once */
    STOP_MS = 2000,
    NOTIFY_EVERY_MS = 1000 /* WatchdogSec is 10 s */
};

struct run {
    struct link_options options;
    struct link_world world;
    struct mqtt *mqtt;
    struct link *link;
    struct node_config config[MQTT_CLIENT_MAX];
    struct mqtt_client_settings client[MQTT_CLIENT_MAX];
    char broker[SITE_HOST_BYTES];
    int32_t port;
    char password[MQTT_PASSWORD_BYTES];
    int signal_fd;
    mono_t notified_at;
};

static enum exit_code fail(enum exit_code code, const char *what, const char *which)
{
    (void)fprintf(stderr, "kavsak-link: %s%s%s\n", what, which[0] != '\0' ? " " : "", which);
    return code;
}

static enum exit_code exit_of(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return EXIT_STOPPED;
    case STATUS_INVALID:
        return EXIT_ERRORS;
    case STATUS_REFUSED:
        return EXIT_SAFETY;
    case STATUS_AGAIN:
    case STATUS_IO:
    case STATUS_TIMEOUT:
    case STATUS_NO_SPACE:
    case STATUS_NOT_FOUND:
        break;
    }
    return EXIT_IO;
}

/* Of several junctions the first one's broker serves all: they are one cabinet. */
static void choose_broker(struct run *r, const struct site *site)
{
    (void)snprintf(r->broker, sizeof r->broker, "%s",
                   r->options.broker != NULL ? r->options.broker : site->broker);
    r->port = r->options.port != 0 ? r->options.port : site->broker_port;
}

static enum exit_code load(struct run *r, struct plan *plan, struct site *site, struct diag *diag)
{
    enum exit_code worst = EXIT_STOPPED;
    for (uint32_t i = 0; i < r->options.dir_count; i++) {
        memset(diag, 0, sizeof *diag);
        const enum exit_code code = exit_of(plan_load(r->options.dir[i], &plan[i], &site[i], diag));
        diag_print(diag, stderr, isatty(STDERR_FILENO) == 1);
        worst = code > worst ? code : worst;
        if (code == EXIT_STOPPED && !topic_node_is_good(plan[i].node)) {
            worst = fail(EXIT_ERRORS, "no good RSMP node id:", plan[i].node);
        }
        for (uint32_t k = 0; k < i; k++) {
            if (strcmp(plan[k].node, plan[i].node) == 0) {
                worst = fail(EXIT_ERRORS, "two directories have the node", plan[i].node);
            }
        }
        r->config[i] = (struct node_config){
            .plan = &plan[i],
            .site = &site[i],
            .dots = r->options.dots,
            .form = r->options.is_cbor ? &cbor_form : &json_form,
            .state_folder = r->options.state_folder,
        };
    }
    return worst;
}

/* Reads the directories, keeps what the link needs of them, and lets go of the rest. */
static enum exit_code prepare(struct run *r)
{
    const uint32_t count = r->options.dir_count;
    struct plan *plan = calloc(count, sizeof *plan);
    struct site *site = calloc(count, sizeof *site);
    struct diag *diag = calloc(1, sizeof *diag);
    enum exit_code code = EXIT_IO;
    if (plan != NULL && site != NULL && diag != NULL) {
        code = load(r, plan, site, diag);
    }
    if (code == EXIT_STOPPED) {
        const struct link_config config = { .world = &r->world.world,
                                            .release = KAVSAK_VERSION,
                                            .node_count = count,
                                            .node = r->config };
        choose_broker(r, &site[0]);
        for (uint32_t i = 0; i < count; i++) {
            node_client_settings(&r->config[i], &r->client[i]);
        }
        code = exit_of(link_create(&config, &r->link));
    }
    free(plan);
    free(site);
    free(diag);
    return code;
}

/* The first line, without its end. Never said to anybody. */
static enum status read_password(struct run *r, char text[TLS_TEXT_BYTES])
{
    const char *path = r->options.password_file;
    text[0] = '\0';
    if (path == NULL) {
        return STATUS_OK;
    }
    const enum status status = tls_check_secret(path, text);
    if (status != STATUS_OK) {
        return status;
    }
    char line[MQTT_PASSWORD_BYTES] = "";
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        (void)snprintf(text, TLS_TEXT_BYTES, "%s: %s", path, strerror(errno));
        return STATUS_NOT_FOUND;
    }
    const bool has_line = fgets(line, sizeof line, file) != NULL;
    (void)fclose(file);
    const size_t bytes = strcspn(line, "\r\n");
    const bool is_whole = bytes + 1 < sizeof line;
    line[bytes] = '\0';
    if (has_line && is_whole && bytes > 0) {
        memcpy(r->password, line, sizeof line);
    } else {
        (void)snprintf(text, TLS_TEXT_BYTES, "%s: its first line is no password of 1 to 254 bytes",
                       path);
    }
    explicit_bzero(line, sizeof line);
    return text[0] == '\0' ? STATUS_OK : STATUS_INVALID;
}

/* All that proves who we are and who the broker is, as it stands in its files now. */
static enum status read_credentials(struct run *r, char text[TLS_TEXT_BYTES])
{
    const struct tls_files files = { .ca = r->options.ca,
                                     .cert = r->options.cert,
                                     .key = r->options.key };
    const enum status status = tls_check(&files, text);
    return status == STATUS_OK ? read_password(r, text) : status;
}

static enum exit_code open_mqtt(struct run *r)
{
    char text[TLS_TEXT_BYTES];
    if (r->options.ca == NULL && !mqtt_is_loopback(r->broker)) {
        return fail(EXIT_SAFETY,
                    "a broker on another machine needs TLS (--ca, --cert, --key):", r->broker);
    }
    if (read_credentials(r, text) != STATUS_OK) {
        return fail(EXIT_IO, text, "");
    }
    const struct mqtt_settings settings = {
        .host = r->broker,
        .port = r->port,
        .version = r->options.version,
        .user = r->options.user,
        .password = r->options.user != NULL ? r->password : NULL,
        .ca = r->options.ca,
        .cert = r->options.cert,
        .key = r->options.key,
        .may_be_tls_1_2 = r->options.may_be_tls_1_2,
    };
    const enum exit_code code =
        exit_of(mqtt_create(&settings, r->options.dir_count, r->client, &r->mqtt));
    r->world.mqtt = r->mqtt;
    return code;
}

static bool block_signals(struct run *r)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) {
        return false;
    }
    r->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return r->signal_fd >= 0;
}

/* SIGHUP: certificates or the password may be new. What is not fit to be used leaves everything as
 * it is. */
static void renew(struct run *r)
{
    char text[TLS_TEXT_BYTES];
    char line[TLS_TEXT_BYTES + 80];
    const bool is_good = read_credentials(r, text) == STATUS_OK;
    if (is_good) {
        mqtt_renew(r->mqtt, r->password);
    }
    (void)snprintf(line, sizeof line, "SIGHUP: %s%s%s",
                   is_good ? "connecting anew" : "the connection stays as it is",
                   text[0] != '\0' ? ": " : "", text);
    r->world.world.log(r->world.world.self, is_good ? LOG_NOTICE : LOG_ERR, line);
}

/* False: a signal says stop. */
static bool take_signal(struct run *r)
{
    struct signalfd_siginfo signal;
    if (read(r->signal_fd, &signal, sizeof signal) != sizeof signal) {
        return true;
    }
    if (signal.ssi_signo == SIGHUP) {
        renew(r);
    }
    return signal.ssi_signo == SIGHUP;
}

/* False: a signal says stop. */
static bool wait_for_news(struct run *r)
{
    struct pollfd fds[] = {
        { .fd = r->signal_fd, .events = POLLIN },
        { .fd = mqtt_wake_fd(r->mqtt), .events = POLLIN },
        { .fd = r->world.fd, .events = POLLIN }, /* -1 is left out by poll */
    };
    if (poll(fds, sizeof fds / sizeof fds[0], STEP_MS) > 0 && (fds[1].revents & POLLIN) != 0) {
        uint64_t count = 0;
        const ssize_t got = read(fds[1].fd, &count, sizeof count);
        REQUIRE(got == sizeof count || errno == EAGAIN);
    }
    return (fds[0].revents & POLLIN) == 0 || take_signal(r);
}

static void say_news(const struct run *r)
{
    char text[MQTT_TEXT_BYTES];
    char line[MQTT_TEXT_BYTES + 80];
    for (uint32_t i = 0; i < r->options.dir_count; i++) {
        if (mqtt_news(r->mqtt, i, text)) {
            (void)snprintf(line, sizeof line, "%s: %s", link_node(r->link, i)->name, text);
            r->world.world.log(r->world.world.self, LOG_NOTICE, line);
        }
    }
}

static void feed_watchdog(struct run *r, mono_t now)
{
    if (mono_since_ms(now, r->notified_at) >= NOTIFY_EVERY_MS) {
        r->notified_at = now;
        r->world.world.notify(&r->world, link_has_daemon(r->link)
                                             ? "WATCHDOG=1\nSTATUS=kavsakd answers"
                                             : "WATCHDOG=1\nSTATUS=waiting for kavsakd");
    }
}

static void say_figures(const struct run *r)
{
    for (uint32_t i = 0; i < r->options.dir_count; i++) {
        struct mqtt_figures f;
        char line[480];
        const struct node *n = link_node(r->link, i);
        mqtt_get_figures(r->mqtt, i, &f);
        (void)snprintf(
            line, sizeof line,
            "%s: %llu connects, published %llu, acknowledged %llu, failed %llu, received "
            "%llu, dropped in %llu out %llu, too large %llu, commands %llu, cameras %llu, "
            "neighbours told %llu heard %llu refused %llu",
            n->name, (unsigned long long)f.connects, (unsigned long long)f.published,
            (unsigned long long)f.acknowledged, (unsigned long long)f.failed,
            (unsigned long long)f.received, (unsigned long long)f.dropped_in,
            (unsigned long long)f.dropped_out, (unsigned long long)f.too_large,
            (unsigned long long)n->remote.taken, (unsigned long long)n->cameras.messages,
            (unsigned long long)n->neighbours.told, (unsigned long long)n->neighbours.heard,
            (unsigned long long)(n->neighbours.refused + n->neighbours.dropped));
        r->world.world.log(r->world.world.self, LOG_INFO, line);
    }
}

static void run(struct run *r)
{
    r->world.world.notify(&r->world, "READY=1");
    r->notified_at = link_world_now();
    while (wait_for_news(r)) { /* ends: SIGTERM or SIGINT */
        const mono_t now = link_world_now();
        link_step(r->link, now);
        say_news(r);
        feed_watchdog(r, now);
    }
    r->world.world.notify(&r->world, "STOPPING=1");
    const mono_t stopping_at = link_world_now();
    mono_t now = stopping_at;
    while (!link_stop(r->link, now) && mono_since_ms(now, stopping_at) < STOP_MS) {
        (void)poll(NULL, 0, STEP_MS);
        now = link_world_now();
    }
    say_figures(r);
}

int main(int argc, char **argv)
{
    static struct run r;
    char text[LINK_OPTIONS_TEXT_BYTES];
    switch (link_options_read(&r.options, argc, argv, text)) {
    case LINK_OPTIONS_HELP:
        return fputs(link_options_help, stdout) < 0 ? EXIT_IO : EXIT_STOPPED;
    case LINK_OPTIONS_VERSION:
        return puts("kavsak-link " KAVSAK_VERSION) < 0 ? EXIT_IO : EXIT_STOPPED;
    case LINK_OPTIONS_WRONG:
        (void)fprintf(stderr, "kavsak-link: %s\nTry 'kavsak-link --help'.\n", text);
        return EXIT_USAGE;
    case LINK_OPTIONS_RUN:
        break;
    }
    link_world_init(&r.world, r.options.socket_path);
    enum exit_code code = prepare(&r);
    if (code == EXIT_STOPPED && !block_signals(&r)) {
        code = fail(EXIT_IO, "cannot wait for signals:", strerror(errno));
    }
    if (code == EXIT_STOPPED) {
        code = open_mqtt(&r);
    }
    if (code == EXIT_STOPPED) {
        run(&r);
    }
    mqtt_destroy(r.mqtt, STOP_MS);
    link_destroy(r.link);
    link_world_finish(&r.world);
    return (int)code;
}
