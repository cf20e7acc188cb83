/* kavsak log: events of the running daemon, or of a journal folder, its own or one that was carried
 * away. */
#include "cli.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "event_text.h"
#include "files.h"
#include "journal_read.h"
#include "load.h"
#include "when.h"

enum {
    LAST_DEFAULT = 50,
    LAST_MAX = 1000000,
    FOLLOW_ROUND_MS = 500,
    FETCH_PAGE_MS = 10000,
    NAMED_MAX = 16, /* junctions whose names are asked for; more are shown with numbers */
    PROCESS_IX = 0xffff
};

struct log_options {
    const char *socket_path;
    const char *journal;             /* NULL: ask the daemon */
    const char *name;                /* NULL: all junctions */
    const char *names_of[NAMED_MAX]; /* directories, in the order of the daemon's junctions */
    uint32_t names_count;
    bool is_following, has_times;
    wall_t from, to;
    uint32_t last; /* 0: all that fit from and to */
    enum event_format format;
};

struct log {
    const struct log_options *options;
    struct page *page;
    bool has_names[NAMED_MAX];
    struct names names[NAMED_MAX];
};

static const char help[] =
    "usage: kavsak log [--follow] [--from TIME] [--to TIME] [--last N] [--json|--csv]\n"
    "                  [--journal DIRECTORY | --socket PATH] [NAME|NUMBER]\n"
    "\n"
    "Events, oldest first, with their numbers of the Indiana enumeration (ours from 1000).\n"
    "\n"
    "  --follow, -f         go on with what happens now, until Ctrl-C\n"
    "  --from, --to TIME    18:04, 2026-11-23, 2026-11-23T18:04:30 (local), or ...Z (UTC)\n"
    "  --last N             only the newest N (default 50 when no time is given)\n"
    "  --json, --csv        one object, or one comma-separated line, for each event\n"
    "  --journal DIRECTORY  read a journal folder instead of asking the daemon\n"
    "  --names DIRECTORY    with --journal: the junction directory that has the names; once for\n"
    "                       each junction, in the daemon's order\n"
    "  --socket PATH        where kavsakd listens (default " CLI_SOCKET_DEFAULT ")\n";

static bool read_last(const char *text, uint32_t *last)
{
    char *end = NULL;
    const long value = strtol(text, &end, 10);
    *last = (uint32_t)value;
    return end != text && *end == '\0' && value >= 1 && value <= LAST_MAX;
}

static int take_option(struct log_options *o, int option, char **argv)
{
    switch (option) {
    case 's':
        o->socket_path = optarg;
        return CLI_FINE;
    case 'J':
        o->journal = optarg;
        return CLI_FINE;
    case 'n':
        if (o->names_count == NAMED_MAX) {
            return cli_usage("log", "--names may be given %d times", NAMED_MAX);
        }
        o->names_of[o->names_count++] = optarg;
        return CLI_FINE;
    case 'f':
        o->is_following = true;
        return CLI_FINE;
    case 'j':
        o->format = EVENT_AS_JSON;
        return CLI_FINE;
    case 'c':
        o->format = EVENT_AS_CSV;
        return CLI_FINE;
    case 'l':
        return read_last(optarg, &o->last)
                   ? CLI_FINE
                   : cli_usage("log", "--last must be a number from 1 to %d", LAST_MAX);
    case 'a':
    case 'b':
        o->has_times = true;
        return when_parse(optarg, when_now(), option == 'a' ? &o->from : &o->to) == STATUS_OK
                   ? CLI_FINE
                   : cli_usage("log", "'%s' is no time like 18:04 or 2026-11-23T18:04", optarg);
    default:
        return cli_usage("log", "option '%s' is unknown or has no value", argv[optind - 1]);
    }
}

static int read_options(struct log_options *o, int argc, char **argv)
{
    static const struct option table[] = {
        { "socket", required_argument, NULL, 's' },
        { "journal", required_argument, NULL, 'J' },
        { "follow", no_argument, NULL, 'f' },
        { "from", required_argument, NULL, 'a' },
        { "to", required_argument, NULL, 'b' },
        { "last", required_argument, NULL, 'l' },
        { "json", no_argument, NULL, 'j' },
        { "csv", no_argument, NULL, 'c' },
        { "names", required_argument, NULL, 'n' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    *o = (struct log_options){ .socket_path = CLI_SOCKET_DEFAULT, .to = { .ms = INT64_MAX } };
    opterr = 0;
    optind = 1;
    for (int option = getopt_long(argc, argv, "f", table, NULL); option != -1;
         option = getopt_long(argc, argv, "f", table, NULL)) {
        if (option == 'h') {
            return -1;
        }
        const int result = take_option(o, option, argv);
        if (result != CLI_FINE) {
            return result;
        }
    }
    if (argc - optind > 1) {
        return cli_usage("log", "one junction at most, or none for all");
    }
    o->name = optind < argc ? argv[optind] : NULL;
    if (o->last == 0 && !o->has_times && o->journal == NULL) {
        o->last = LAST_DEFAULT;
    }
    return CLI_FINE;
}

static void flush(struct page *p)
{
    (void)fwrite(p->text, 1, p->used, stdout);
    (void)fflush(stdout);
    page_clear(p);
}

static void show(const struct log *log, const struct wire_event *e, uint32_t junction_ix)
{
    const bool is_named = junction_ix < NAMED_MAX && log->has_names[junction_ix];
    event_text_add(log->page, log->options->format, e, junction_ix,
                   is_named ? &log->names[junction_ix] : NULL, when_offset_s(e->wall));
    if (log->page->used > PAGE_BYTES / 2) {
        flush(log->page);
    }
}

/* From a folder. */

/* With --last the events go through a ring, so that only the newest are shown. */
struct newest {
    struct wire_event *event;
    uint16_t *junction;
    uint32_t room, count, next;
};

static bool newest_create(struct newest *n, uint32_t room)
{
    *n = (struct newest){ .room = room };
    n->event = calloc(room > 0 ? room : 1, sizeof *n->event);
    n->junction = calloc(room > 0 ? room : 1, sizeof *n->junction);
    return n->event != NULL && n->junction != NULL;
}

static void newest_free(struct newest *n)
{
    free(n->event);
    free(n->junction);
}

static void newest_show(const struct newest *n, const struct log *log)
{
    for (uint32_t i = 0; i < n->count; i++) {
        const uint32_t at = (n->next + n->room - n->count + i) % n->room;
        show(log, &n->event[at], n->junction[at]);
    }
}

static void newest_put(struct newest *n, const struct wire_event *e, uint16_t junction)
{
    n->event[n->next] = *e;
    n->junction[n->next] = junction;
    n->next = (n->next + 1) % n->room;
    n->count += n->count < n->room ? 1 : 0;
}

static void take_record(const struct log *log, struct newest *n, const struct record *r)
{
    struct wire_event e = { .seq = r->seq, .wall = r->at };
    if (r->at.ms < log->options->from.ms || r->at.ms > log->options->to.ms ||
        !journal_tells(r, &e.event)) {
        return;
    }
    if (n->room > 0) {
        newest_put(n, &e, r->junction);
    } else {
        show(log, &e, r->junction);
    }
}

static int say_journal(const char *folder, enum status status)
{
    (void)fprintf(stderr, "kavsak log: %s: %s\n", folder,
                  status == STATUS_NOT_FOUND ? "no journal there" : "cannot be read");
    return CLI_IO;
}

static int read_records(const struct log *log, struct journal_reader *reader)
{
    struct newest newest;
    if (!newest_create(&newest, log->options->last)) {
        newest_free(&newest);
        return say_journal(log->options->journal, STATUS_IO);
    }
    int result = CLI_FINE;
    for (bool goes_on = true; goes_on;) {
        struct record record;
        const enum status status = journal_reader_next(reader, &record);
        if (status == STATUS_OK) {
            take_record(log, &newest, &record);
            continue;
        }
        newest_show(&newest, log);
        newest.count = 0;
        newest.room = 0;
        flush(log->page);
        goes_on = status == STATUS_AGAIN && log->options->is_following;
        if (goes_on) {
            (void)usleep(FOLLOW_ROUND_MS * 1000);
        } else if (status != STATUS_AGAIN) {
            result = say_journal(log->options->journal, status);
        }
    }
    if (reader->skipped > 0) {
        (void)fprintf(stderr, "kavsak log: %llu records are missing\n",
                      (unsigned long long)reader->skipped);
    }
    newest_free(&newest);
    return result;
}

/* A directory that does not pass its checks cannot name anything. */
static int read_names(struct log *log)
{
    static struct plan plan;
    static struct site site;
    static struct diag diag;
    for (uint32_t i = 0; i < log->options->names_count; i++) {
        const enum status status = plan_load(log->options->names_of[i], &plan, &site, &diag);
        if (status != STATUS_OK) {
            diag_print(&diag, stderr, false);
            (void)fprintf(stderr, "kavsak log: %s: not a junction that can be read\n",
                          log->options->names_of[i]);
            return status == STATUS_INVALID ? CLI_FINDINGS : CLI_IO;
        }
        names_of_plan(&log->names[i], &plan);
        log->has_names[i] = true;
    }
    return CLI_FINE;
}

static int show_folder(struct log *log)
{
    const int named = read_names(log);
    if (named != CLI_FINE) {
        return named;
    }
    static struct journal_reader reader;
    static struct world world;
    files_fill_world(&world);
    enum status status = journal_reader_open(&reader, &world, log->options->journal);
    if (status == STATUS_OK && log->options->from.ms > 0) {
        status = journal_reader_seek_time(&reader, log->options->from);
    }
    if (status != STATUS_OK && status != STATUS_AGAIN) {
        return say_journal(log->options->journal, status);
    }
    const int result = read_records(log, &reader);
    journal_reader_close(&reader);
    return result;
}

/* From the daemon. */

static void show_message(const struct log *log, const struct wire_events *m, int64_t junction_ix)
{
    for (uint32_t i = 0; i < m->count && i < WIRE_EVENT_MAX; i++) {
        if (junction_ix < 0 || m->header.junction_ix == (uint16_t)junction_ix ||
            m->header.junction_ix == PROCESS_IX) {
            show(log, &m->event[i], m->header.junction_ix);
        }
    }
}

/* The daemon answers for one junction at a time; people read in the order of time. */
struct found {
    struct wire_event event;
    uint16_t junction;
};

struct collection {
    struct found *found;
    size_t count, room;
};

static bool collect(struct collection *all, const struct wire_events *m)
{
    for (uint32_t i = 0; i < m->count && i < WIRE_EVENT_MAX; i++) {
        if (all->count == all->room) {
            const size_t room = all->room == 0 ? 1024 : 2 * all->room;
            struct found *more = realloc(all->found, room * sizeof *more);
            if (more == NULL) {
                return false;
            }
            all->found = more;
            all->room = room;
        }
        all->found[all->count++] = (struct found){ m->event[i], m->header.junction_ix };
    }
    return true;
}

static int by_seq(const void *a, const void *b)
{
    const struct found *left = a;
    const struct found *right = b;
    return left->event.seq < right->event.seq ? -1 : left->event.seq > right->event.seq;
}

static enum status fetch_one(const struct log *log, struct client *c, uint16_t junction_ix,
                             struct collection *all)
{
    struct wire_fetch question;
    memset(&question, 0, sizeof question);
    question.from = log->options->from;
    question.until = log->options->to;
    question.last = log->options->last;
    wire_head(&question.header, WIRE_FETCH, sizeof question, 0);
    question.header.junction_ix = junction_ix;
    union client_message m;
    enum status status = client_ask(c, &question.header, WIRE_EVENTS, &m, FETCH_PAGE_MS);
    while (status == STATUS_OK) { /* ends: the last page says that nothing follows */
        if (m.header.type == WIRE_EVENTS && m.header.request == question.header.request) {
            if (!collect(all, &m.events)) {
                (void)snprintf(c->text, sizeof c->text, "no memory for so many events");
                return STATUS_NO_SPACE;
            }
            if (m.events.more == 0) {
                return STATUS_OK;
            }
        }
        status = client_receive(c, &m, FETCH_PAGE_MS);
    }
    return status;
}

static enum status fetch(const struct log *log, struct client *c, int64_t junction_ix)
{
    struct collection all = { .count = 0 };
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < c->daemon.junction_count; i++) {
        if (junction_ix < 0 || i == junction_ix) {
            status = fetch_one(log, c, (uint16_t)i, &all);
        }
    }
    if (status == STATUS_OK) { /* what concerns all: the clock, late ticks, gaps */
        status = fetch_one(log, c, PROCESS_IX, &all);
    }
    if (all.count > 0) {
        qsort(all.found, all.count, sizeof *all.found, by_seq);
    }
    const size_t last = log->options->last;
    for (size_t i = last > 0 && all.count > last ? all.count - last : 0; i < all.count; i++) {
        show(log, &all.found[i].event, all.found[i].junction);
    }
    free(all.found);
    return status;
}

static enum status subscribe(struct client *c)
{
    struct wire_subscribe m;
    memset(&m, 0, sizeof m);
    m.streams = WIRE_STREAM_EVENTS;
    m.status_every_ms = TICK_MS;
    wire_head(&m.header, WIRE_SUBSCRIBE, sizeof m, 0);
    m.header.junction_ix = PROCESS_IX; /* all */
    return client_send(c, &m.header);
}

static enum status follow(const struct log *log, struct client *c, int64_t junction_ix)
{
    enum status status = subscribe(c);
    while (status == STATUS_OK ||
           status == STATUS_TIMEOUT) { /* ends with the daemon, or by a signal */
        union client_message m;
        status = client_receive(c, &m, FOLLOW_ROUND_MS);
        if (status == STATUS_OK && m.header.dropped > 0) {
            (void)fprintf(stderr, "kavsak log: %u messages were lost on the way\n",
                          (unsigned)m.header.dropped);
        }
        if (status == STATUS_OK && m.header.type == WIRE_REFUSED) {
            (void)snprintf(c->text, sizeof c->text, "refused: %.*s", (int)sizeof m.text.text,
                           m.text.text);
            return STATUS_REFUSED;
        }
        if (status == STATUS_OK && m.header.type == WIRE_EVENTS) {
            show_message(log, &m.events, junction_ix);
            flush(log->page);
        }
    }
    return status;
}

static enum status ask_names(struct log *log, struct client *c, int64_t junction_ix)
{
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < c->daemon.junction_count && i < NAMED_MAX;
         i++) {
        if (junction_ix < 0 || i == junction_ix) {
            status = client_ask_names(c, i, &log->names[i]);
            log->has_names[i] = status == STATUS_OK;
        }
    }
    return status;
}

static int show_daemon(struct log *log)
{
    struct client client;
    int64_t junction_ix = -1;
    enum status status = client_open(&client, log->options->socket_path);
    if (status == STATUS_OK && log->options->name != NULL) {
        uint32_t found_ix = 0;
        status = client_find(&client, log->options->name, &found_ix);
        junction_ix = found_ix;
    }
    if (status == STATUS_OK) {
        status = ask_names(log, &client, junction_ix);
    }
    if (status == STATUS_OK) {
        status = fetch(log, &client, junction_ix);
        flush(log->page);
    }
    if (status == STATUS_OK && log->options->is_following) {
        status = follow(log, &client, junction_ix);
    }
    client_close(&client);
    if (status == STATUS_OK) {
        return CLI_FINE;
    }
    (void)fprintf(stderr, "kavsak log: %s\n", client.text);
    return status == STATUS_REFUSED ? CLI_REFUSED : CLI_IO;
}

int cli_log(int argc, char **argv)
{
    static struct page page;
    static struct log_options options;
    const int usage = read_options(&options, argc, argv);
    if (usage < 0) {
        return fputs(help, stdout) < 0 ? CLI_IO : CLI_FINE;
    }
    if (usage != CLI_FINE) {
        return usage;
    }
    static struct log log; /* large */
    log.options = &options;
    log.page = &page;
    event_text_heading(&page, options.format);
    return options.journal != NULL ? show_folder(&log) : show_daemon(&log);
}
