/* kavsak status: what the junctions of a running daemon are doing, once, live or as JSON. */
#include "cli.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "screen.h"
#include "view.h"

enum { REFRESH_MS = 200, RETRY_MS = 1000, BLOCKS_MAX = 8, FOOT_ROWS = 2 };

struct status_options {
    const char *socket_path;
    const char *name; /* NULL: all */
    bool is_json, is_watching, is_metrics;
};

static const char help[] =
    "usage: kavsak status [--watch] [--json] [--metrics] [--socket PATH] [NAME|NUMBER|DIRECTORY]\n"
    "\n"
    "What the junctions of the running kavsakd do now. One junction is shown whole, several\n"
    "as a table, or while watching in blocks if they fit on the screen. Lamps: R red,\n"
    "Y yellow, G green; small letters flash. * somebody waits, ! the cabinet shows another.\n"
    "\n"
    "  --watch        five times a second in place, until q or Ctrl-C\n"
    "  --json         one object per junction and line\n"
    "  --metrics      counters of the daemon instead: ticks, lateness, Modbus, journal\n"
    "  --socket PATH  where kavsakd listens (default " CLI_SOCKET_DEFAULT ")\n";

/* CLI_FINE: go on; negative: help was asked for. */
static int read_options(struct status_options *o, int argc, char **argv)
{
    static const struct option table[] = {
        { "socket", required_argument, NULL, 's' }, { "json", no_argument, NULL, 'j' },
        { "watch", no_argument, NULL, 'w' },        { "metrics", no_argument, NULL, 'm' },
        { "help", no_argument, NULL, 'h' },         { NULL, 0, NULL, 0 },
    };
    *o = (struct status_options){ .socket_path = CLI_SOCKET_DEFAULT };
    opterr = 0;
    optind = 1;
    for (int option = getopt_long(argc, argv, "", table, NULL); option != -1;
         option = getopt_long(argc, argv, "", table, NULL)) {
        switch (option) {
        case 's':
            o->socket_path = optarg;
            break;
        case 'j':
            o->is_json = true;
            break;
        case 'w':
            o->is_watching = true;
            break;
        case 'm':
            o->is_metrics = true;
            break;
        case 'h':
            return -1;
        default:
            return cli_usage("status", "unknown option '%s'", argv[optind - 1]);
        }
    }
    if (argc - optind > 1) {
        return cli_usage("status", "one junction at most, or none for all");
    }
    o->name = optind < argc ? argv[optind] : NULL;
    return CLI_FINE;
}

static int say(const struct client *c, enum status status)
{
    (void)fprintf(stderr, "kavsak status: %s\n", c->text);
    return status == STATUS_REFUSED ? CLI_REFUSED : CLI_IO;
}

static enum status draw_one(struct client *c, const struct status_options *o, uint32_t junction_ix,
                            struct page *p)
{
    union client_message answer;
    const enum status status = client_ask_status(c, junction_ix, &answer);
    if (status == STATUS_OK && o->is_json) {
        view_json(p, &answer.status);
        page_add(p, "\n");
    } else if (status == STATUS_OK) {
        view_status(p, &answer.status);
    }
    return status;
}

static void flush(struct page *p)
{
    (void)fwrite(p->text, 1, p->used, stdout);
    (void)fflush(stdout);
    page_clear(p);
}

/* A table may be longer than one page: each line leaves at once unless it goes to a screen. */
static enum status draw_all(struct client *c, const struct status_options *o, struct page *p)
{
    if (!o->is_json) {
        view_heading(p);
    }
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < c->daemon.junction_count; i++) {
        union client_message answer;
        if (o->is_json) {
            status = draw_one(c, o, i, p);
        } else {
            status = client_ask_status(c, i, &answer);
        }
        if (status == STATUS_OK && !o->is_json) {
            view_line(p, &answer.status);
        }
        if (status == STATUS_OK && !o->is_watching) {
            flush(p);
        }
    }
    return status;
}

/* Few junctions that fit on the screen together are drawn as blocks, more as a table. STATUS_AGAIN:
 * they do not fit. */
static enum status draw_blocks(struct client *c, struct page *p)
{
    static union client_message answer[BLOCKS_MAX];
    const uint32_t count = c->daemon.junction_count;
    if (count > BLOCKS_MAX) {
        return STATUS_AGAIN;
    }
    uint32_t rows = FOOT_ROWS;
    for (uint32_t i = 0; i < count; i++) {
        const enum status status = client_ask_status(c, i, &answer[i]);
        if (status != STATUS_OK) {
            return status;
        }
        rows += view_block_rows(&answer[i].status);
    }
    if (rows > screen_rows()) {
        return STATUS_AGAIN;
    }
    for (uint32_t i = 0; i < count; i++) {
        page_add(p, "%s", i > 0 ? "\n" : "");
        view_block(p, &answer[i].status);
    }
    return STATUS_OK;
}

static enum status draw(struct client *c, const struct status_options *o, struct page *p)
{
    if (o->name == NULL && c->daemon.junction_count != 1) {
        const enum status drawn = o->is_watching ? draw_blocks(c, p) : STATUS_AGAIN;
        return drawn == STATUS_AGAIN ? draw_all(c, o, p) : drawn;
    }
    uint32_t junction_ix = 0;
    const enum status found = client_find(c, o->name, &junction_ix);
    return found == STATUS_OK ? draw_one(c, o, junction_ix, p) : found;
}

static void draw_metrics(const struct wire_metrics *m, struct page *p)
{
    page_add(p,
             "{\"ticks\":%llu,\"ticks_late\":%llu,\"ticks_skipped\":%llu,"
             "\"modbus_ok\":%llu,\"modbus_failed\":%llu,\"modbus_late\":%llu,",
             (unsigned long long)m->ticks, (unsigned long long)m->ticks_late,
             (unsigned long long)m->ticks_skipped, (unsigned long long)m->modbus_ok,
             (unsigned long long)m->modbus_failed, (unsigned long long)m->modbus_late);
    page_add(p,
             "\"events\":%llu,\"events_dropped\":%llu,\"journal_lost\":%llu,"
             "\"socket_dropped\":%llu,\"wake_max_us\":%lld,\"compute_max_us\":%lld,"
             "\"wake_histogram_us\":[",
             (unsigned long long)m->events, (unsigned long long)m->events_dropped,
             (unsigned long long)m->journal_lost, (unsigned long long)m->socket_dropped,
             (long long)m->wake_max_us, (long long)m->compute_max_us);
    for (size_t i = 0; i < sizeof m->wake_histogram_us / sizeof m->wake_histogram_us[0]; i++) {
        page_add(p, "%s%llu", i > 0 ? "," : "", (unsigned long long)m->wake_histogram_us[i]);
    }
    page_add(p, "]}\n");
}

static int show_metrics(struct client *c, struct page *p)
{
    struct wire_metrics question;
    memset(&question, 0, sizeof question);
    wire_head(&question.header, WIRE_METRICS, sizeof question, 0);
    union client_message answer;
    const enum status status =
        client_ask(c, &question.header, WIRE_METRICS, &answer, CLIENT_ANSWER_MS);
    if (status != STATUS_OK) {
        return say(c, status);
    }
    draw_metrics(&answer.metrics, p);
    flush(p);
    return CLI_FINE;
}

static int show_once(struct client *c, const struct status_options *o, struct page *p)
{
    const enum status status = draw(c, o, p);
    flush(p);
    return status == STATUS_OK ? CLI_FINE : say(c, status);
}

/* A daemon that goes away is waited for: the picture says so and comes back with it. */
static int watch(struct client *c, const struct status_options *o, struct page *p)
{
    struct screen screen;
    if (screen_open(&screen) != STATUS_OK) {
        return cli_usage("status", "--watch needs a terminal");
    }
    bool is_connected = true;
    for (int key = 0; key != 'q';) {
        page_clear(p);
        enum status status = STATUS_OK;
        if (!is_connected) {
            status = client_open(c, o->socket_path);
        }
        if (status == STATUS_OK) {
            status = draw(c, o, p);
        }
        is_connected = status == STATUS_OK;
        if (!is_connected) {
            client_close(c);
            page_clear(p);
            page_add_in(p, PAGE_ALERT, " %s ", c->text);
            page_add(p, "\nTrying again each second.\n");
        }
        page_add_in(p, PAGE_DIM, "\nq quits");
        screen_show(p);
        key = screen_wait(&screen, is_connected ? REFRESH_MS : RETRY_MS);
    }
    screen_close(&screen);
    return CLI_FINE;
}

int cli_status(int argc, char **argv)
{
    static struct page page;
    struct status_options options;
    const int usage = read_options(&options, argc, argv);
    if (usage < 0) {
        return fputs(help, stdout) < 0 ? CLI_IO : CLI_FINE;
    }
    if (usage != CLI_FINE) {
        return usage;
    }
    page_ask_terminal(&page, STDOUT_FILENO);
    page.has_colour = page.has_colour && !options.is_json;
    struct client client;
    const enum status opened = client_open(&client, options.socket_path);
    int result = CLI_FINE;
    if (opened != STATUS_OK) {
        result = say(&client, opened);
    } else if (options.is_metrics) {
        result = show_metrics(&client, &page);
    } else if (options.is_watching) {
        result = watch(&client, &options, &page);
    } else {
        result = show_once(&client, &options, &page);
    }
    client_close(&client);
    return result;
}
