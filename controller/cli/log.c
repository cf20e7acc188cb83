/* kavsak log: events of the running daemon, or of a journal folder, its own or one that was carried
 * away. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "event_text.h"
#include "files.h"
#include "journal_read.h"
#include "load.h"
#include "log_export.h"
#include "log_import.h"
#include "log_options.h"
#include "scan.h"
#include "when.h"

enum { FOLLOW_ROUND_MS = 500, FETCH_PAGE_MS = 10000, PROCESS_IX = 0xffff, ANY_IX = -1 };

struct log {
    const struct log_options *options;
    struct page *page;
    bool has_names[LOG_NAMED_MAX];
    struct names names[LOG_NAMED_MAX];
    int32_t only_ix;           /* of a folder: the junction that is wanted, ANY_IX for all */
    struct log_export *export; /* NULL: events are shown */
    bool is_full;              /* it took no more */
};

static void flush(struct page *p)
{
    (void)fwrite(p->text, 1, p->used, stdout);
    (void)fflush(stdout);
    page_clear(p);
}

static void show(struct log *log, const struct wire_event *e, uint32_t junction_ix)
{
    if (log->export != NULL) {
        log->is_full = log->is_full || !log_export_take(log->export, e, junction_ix);
        return;
    }
    const bool is_named = junction_ix < LOG_NAMED_MAX && log->has_names[junction_ix];
    event_text_add(log->page, log->options->format, e, junction_ix,
                   is_named ? &log->names[junction_ix] : NULL, when_offset_s(e->wall));
    if (log->page->used > PAGE_BYTES / 2) {
        flush(log->page);
    }
}

static int say_full(void)
{
    (void)fputs("kavsak log: too many events, or no memory; --from and --to take fewer\n", stderr);
    return CLI_IO;
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

static void newest_show(const struct newest *n, struct log *log)
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

static void take_event(struct log *log, struct newest *n, const struct wire_event *e,
                       uint16_t junction_ix)
{
    if (e->wall.ms < log->options->from.ms || e->wall.ms > log->options->to.ms) {
        return;
    }
    if (n->room > 0) {
        newest_put(n, e, junction_ix);
    } else {
        show(log, e, junction_ix);
    }
}

static void take_record(struct log *log, struct newest *n, const struct record *r)
{
    struct wire_event e = { .seq = r->seq, .wall = r->at };
    const bool is_wanted =
        log->only_ix == ANY_IX || r->junction == log->only_ix || r->junction == PROCESS_IX;
    if (!is_wanted || !journal_tells(r, &e.event)) {
        return;
    }
    take_event(log, n, &e, r->junction);
}

static int say_journal(const char *folder, enum status status)
{
    (void)fprintf(stderr, "kavsak log: %s: %s\n", folder,
                  status == STATUS_NOT_FOUND ? "no journal there" : "cannot be read");
    return CLI_IO;
}

static int read_records(struct log *log, struct journal_reader *reader)
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

/* A journal has numbers alone. */
static int find_junction(struct log *log)
{
    int64_t number = 0;
    log->only_ix = ANY_IX;
    if (log->options->name == NULL) {
        return CLI_FINE;
    }
    if (!scan_whole(log->options->name, 1, PROCESS_IX, &number)) {
        return cli_usage("log",
                         "'%s': a journal folder has numbers of junctions, from 1, and no "
                         "names",
                         log->options->name);
    }
    log->only_ix = (int32_t)number - 1;
    return CLI_FINE;
}

static int show_folder(struct log *log)
{
    int result = find_junction(log);
    result = result == CLI_FINE ? read_names(log) : result;
    if (result != CLI_FINE) {
        return result;
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
    result = read_records(log, &reader);
    journal_reader_close(&reader);
    return result;
}

/* From the daemon. */

static void show_message(struct log *log, const struct wire_events *m, int64_t junction_ix)
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

static enum status fetch_one(struct log *log, struct client *c, uint16_t junction_ix,
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

static enum status fetch(struct log *log, struct client *c, int64_t junction_ix)
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

static enum status follow(struct log *log, struct client *c, int64_t junction_ix)
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
    for (uint32_t i = 0; status == STATUS_OK && i < c->daemon.junction_count && i < LOG_NAMED_MAX;
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

/* From logs of others. */

static bool is_in_time(const struct log_options *o, const struct hires_event *e)
{
    return e->at_ms >= o->from.ms && e->at_ms <= o->to.ms;
}

/* The first event that --last leaves. */
static size_t first_wanted(const struct log_options *o, const struct hires_log *events)
{
    size_t first = events->count;
    for (size_t left = o->last > 0 ? o->last : SIZE_MAX; first > 0 && left > 0; first--) {
        left -= is_in_time(o, &events->event[first - 1]) ? 1 : 0;
    }
    return first;
}

static void show_events(struct log *log, const struct hires_log *events)
{
    size_t cut = 0;
    for (size_t i = first_wanted(log->options, events); i < events->count; i++) {
        const struct hires_event *e = &events->event[i];
        if (!is_in_time(log->options, e)) {
            continue;
        }
        if (log->export != NULL) {
            log->is_full = log->is_full || !log_export_add(log->export, e);
            continue;
        }
        struct wire_event shown = { .seq = i + 1, .wall = { .ms = e->at_ms } };
        cut += hires_to_event(e, &shown.event) ? 0 : 1;
        show(log, &shown, (uint16_t)(e->device - 1));
    }
    flush(log->page);
    if (cut > 0) {
        (void)fprintf(stderr, "kavsak log: %zu parameters shown cut to 16 bits\n", cut);
    }
}

static int show_import(struct log *log)
{
    const struct log_options *o = log->options;
    struct hires_log events;
    int result = log_import_read(&o->read, &events);
    if (result == CLI_FINE && o->journal != NULL) {
        result = log_import_journal(&events, o->journal);
    } else if (result == CLI_FINE) {
        result = read_names(log);
        if (result == CLI_FINE) {
            show_events(log, &events);
        }
    }
    hires_log_finish(&events);
    return result;
}

static int run(struct log *log)
{
    const struct log_options *o = log->options;
    if (o->write.is_wanted) {
        log->export = log_export_create(&o->write);
        if (log->export == NULL) {
            return say_full();
        }
    } else if (o->read.path_count == 0 || o->journal == NULL) {
        event_text_heading(log->page, o->format);
    }
    int result = CLI_FINE;
    if (o->read.path_count > 0) {
        result = show_import(log);
    } else {
        result = o->journal != NULL ? show_folder(log) : show_daemon(log);
    }
    if (log->export == NULL) {
        return result;
    }
    if (result == CLI_FINE && !log->is_full) {
        return log_export_finish(log->export);
    }
    log_export_drop(log->export);
    return result == CLI_FINE ? say_full() : result;
}

int cli_log(int argc, char **argv)
{
    static struct page page;
    static struct log_options options;
    const int usage = log_options_read(&options, argc, argv);
    if (usage < 0) {
        return fputs(log_options_help, stdout) < 0 ? CLI_IO : CLI_FINE;
    }
    static struct log log; /* large */
    log.options = &options;
    log.page = &page;
    const int result = usage == CLI_FINE ? run(&log) : usage;
    log_options_finish(&options);
    return result;
}
