/* kavsak why: the decision of adaptive control at a moment, now or from the journal, and what ended
 * a green. */
#include "cli.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "load.h"
#include "view.h"
#include "when.h"
#include "why_search.h"

struct why_options {
    const char *socket_path;
    const char *journal;   /* NULL: ask the daemon */
    const char *directory; /* with journal: has the names */
    const char *name;      /* NULL: the only junction */
    const char *group;     /* NULL: a decision is asked for, not the end of a green */
    bool has_time, is_json;
    wall_t at;
};

static const char help[] =
    "usage: kavsak why [--at TIME] [--ended GROUP] [--json] [--socket PATH] [JUNCTION]\n"
    "       kavsak why --journal DIRECTORY --names DIRECTORY [--at TIME] [--ended GROUP] [--json]\n"
    "                  [NUMBER]\n"
    "\n"
    "The last decision of adaptive control, or the one of a moment: what was chosen, what the\n"
    "alternatives would have cost and in what, what bound the choice, how many vehicles stood\n"
    "and came, how old that information was. Costs are vehicle-seconds.\n"
    "\n"
    "  --at TIME            18:04, 18:04:30, 2026-11-23T18:04:30 (local), or ...Z (UTC)\n"
    "  --ended GROUP        how the last green of this signal group before then ended: the\n"
    "                       decision, the rule or the command that ended it\n"
    "  --journal DIRECTORY  read a journal folder instead of asking the daemon\n"
    "  --names DIRECTORY    with --journal: the junction directory that has the names\n"
    "  --json               one object; costs in hundredths of a vehicle-second\n"
    "  --socket PATH        where kavsakd listens (default " CLI_SOCKET_DEFAULT ")\n"
    "\n"
    "JUNCTION is a name, node, directory or number; in a journal folder its number, default 1.\n"
    "Exit status 1: nothing is known of that moment.\n";

static int take_option(struct why_options *o, int option, char **argv)
{
    switch (option) {
    case 's':
        o->socket_path = optarg;
        return CLI_FINE;
    case 'J':
        o->journal = optarg;
        return CLI_FINE;
    case 'n':
        o->directory = optarg;
        return CLI_FINE;
    case 'e':
        o->group = optarg;
        return CLI_FINE;
    case 'j':
        o->is_json = true;
        return CLI_FINE;
    case 'a':
        o->has_time = true;
        return when_parse(optarg, when_now(), &o->at) == STATUS_OK
                   ? CLI_FINE
                   : cli_usage("why", "'%s' is no time like 18:04 or 2026-11-23T18:04", optarg);
    default:
        return cli_usage("why", "option '%s' is unknown or has no value", argv[optind - 1]);
    }
}

/* CLI_FINE: go on; negative: help was asked for. */
static int read_options(struct why_options *o, int argc, char **argv)
{
    static const struct option table[] = {
        { "socket", required_argument, NULL, 's' }, { "journal", required_argument, NULL, 'J' },
        { "names", required_argument, NULL, 'n' },  { "ended", required_argument, NULL, 'e' },
        { "at", required_argument, NULL, 'a' },     { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },         { NULL, 0, NULL, 0 },
    };
    *o = (struct why_options){ .socket_path = CLI_SOCKET_DEFAULT };
    opterr = 0;
    optind = 1;
    for (int option = getopt_long(argc, argv, "", table, NULL); option != -1;
         option = getopt_long(argc, argv, "", table, NULL)) {
        if (option == 'h') {
            return -1;
        }
        const int result = take_option(o, option, argv);
        if (result != CLI_FINE) {
            return result;
        }
    }
    if (argc - optind > 1) {
        return cli_usage("why", "one junction at most");
    }
    if (o->directory != NULL && o->journal == NULL) {
        return cli_usage("why", "--names goes with --journal: the daemon has names of its own");
    }
    if (o->journal != NULL && !o->has_time && o->group == NULL) {
        return cli_usage("why", "a journal folder is asked about a moment: --at TIME");
    }
    o->name = optind < argc ? argv[optind] : NULL;
    return CLI_FINE;
}

static int print(const struct why_options *o, const struct why *w)
{
    static struct page page;
    page_clear(&page);
    page_ask_terminal(&page, STDOUT_FILENO);
    page.has_colour = page.has_colour && !o->is_json;
    if (o->is_json) {
        why_json_add(&page, w);
    } else {
        why_text_add(&page, w);
    }
    if (fwrite(page.text, 1, page.used, stdout) != page.used || fflush(stdout) != 0) {
        return CLI_IO;
    }
    return (w->has_end ? w->end.is_found : w->has_decision) ? CLI_FINE : CLI_FINDINGS;
}

/* Which group is meant; its phase is the number beside its name. */
static int find_group(const struct why_options *o, const struct names *names, struct why *w,
                      int32_t *phase_id)
{
    *phase_id = 0;
    if (o->group == NULL) {
        return CLI_FINE;
    }
    int32_t number = 0;
    if (!names_find(names, WIRE_NAMES_GROUPS, o->group, &number)) {
        char list[300];
        names_list(names, WIRE_NAMES_GROUPS, list, sizeof list);
        return cli_usage("why", "there is no signal group '%s'; there are: %s", o->group, list);
    }
    w->has_end = true;
    w->sg_ix = number - 1;
    *phase_id = names->kind[WIRE_NAMES_GROUPS].number[w->sg_ix];
    return CLI_FINE;
}

static int say(const char *text, enum status status)
{
    (void)fprintf(stderr, "kavsak why: %s\n", text);
    return status == STATUS_REFUSED ? CLI_REFUSED : CLI_IO;
}

/* Now: the daemon has the decision at hand, and knows who chooses. */
static enum status ask_now(struct client *c, uint32_t junction_ix, const struct wire_status *s,
                           struct why *w)
{
    struct wire_decisions question;
    union client_message m;
    memset(&question, 0, sizeof question);
    wire_head(&question.header, WIRE_DECISIONS, sizeof question, 0);
    question.header.junction_ix = (uint16_t)junction_ix;
    const enum status status =
        client_ask(c, &question.header, WIRE_DECISIONS, &m, CLIENT_ANSWER_MS);
    w->is_live = true;
    w->mode = (struct why_mode){ .has_mode = true,
                                 .mode = s->mode,
                                 .mode_reason = s->reason,
                                 .has_strategy = true,
                                 .strategy = s->strategy,
                                 .strategy_reason = s->reason };
    if (status == STATUS_OK && m.decisions.count > 0) {
        const struct wire_decision *d = &m.decisions.decision[0];
        w->has_decision =
            d->used <= sizeof d->packed && decision_decode(d->packed, d->used, &w->decision);
    }
    return status;
}

static int ask_daemon(const struct why_options *o, struct client *c, struct why *w)
{
    static struct names names;
    static union client_message status_of;
    uint32_t junction_ix = 0;
    int32_t phase_id = 0;
    enum status status = client_find(c, o->name, &junction_ix);
    if (status == STATUS_OK) {
        status = client_ask_status(c, junction_ix, &status_of);
    }
    if (status == STATUS_OK) {
        status = client_ask_names(c, junction_ix, &names);
    }
    if (status != STATUS_OK) {
        return say(c->text, status);
    }
    w->junction = status_of.status.name;
    w->names = &names;
    w->asked = o->has_time ? o->at : status_of.status.wall;
    w->utc_offset_s = when_offset_s(w->asked); /* of who asks, as --at is read */
    const int found = find_group(o, &names, w, &phase_id);
    if (found != CLI_FINE) {
        return found;
    }
    struct why_source source = { .client = c, .junction_ix = (uint16_t)junction_ix };
    const bool is_now = !o->has_time && o->group == NULL;
    status =
        is_now ? ask_now(c, junction_ix, &status_of.status, w) : why_search(&source, w, phase_id);
    return status == STATUS_OK ? print(o, w) : say(is_now ? c->text : source.text, status);
}

static int show_daemon(const struct why_options *o, struct why *w)
{
    static struct client client;
    const enum status opened = client_open(&client, o->socket_path);
    const int result = opened == STATUS_OK ? ask_daemon(o, &client, w) : say(client.text, opened);
    client_close(&client);
    return result;
}

/* A directory that does not pass its checks cannot name anything. */
static int read_names(const struct why_options *o, struct names *names, struct why *w)
{
    static struct plan plan;
    static struct site site;
    static struct diag diag;
    if (o->directory == NULL) {
        return CLI_FINE;
    }
    const enum status status = plan_load(o->directory, &plan, &site, &diag);
    if (status != STATUS_OK) {
        diag_print(&diag, stderr, false);
        (void)fprintf(stderr, "kavsak why: %s: not a junction that can be read\n", o->directory);
        return status == STATUS_INVALID ? CLI_FINDINGS : CLI_IO;
    }
    names_of_plan(names, &plan);
    w->names = names;
    w->junction = plan.junction_name;
    return CLI_FINE;
}

static int show_folder(const struct why_options *o, struct why *w)
{
    static struct names names;
    static struct journal_reader reader;
    static struct world world;
    static char number[32];
    int32_t phase_id = 0;
    char *end = NULL;
    const long junction = o->name != NULL ? strtol(o->name, &end, 10) : 1;
    if (o->name != NULL && (end == o->name || *end != '\0' || junction < 1 || junction > 0xfffe)) {
        return cli_usage("why", "in a journal junctions have numbers from 1, not '%s'", o->name);
    }
    (void)snprintf(number, sizeof number, "junction %ld", junction);
    w->junction = number;
    int result = read_names(o, &names, w);
    if (result == CLI_FINE) {
        result = find_group(o, &names, w, &phase_id);
    }
    if (result != CLI_FINE) {
        return result;
    }
    w->asked = o->has_time ? o->at : when_now();
    w->utc_offset_s = when_offset_s(w->asked);
    files_fill_world(&world);
    struct why_source source = { .junction_ix = (uint16_t)(junction - 1),
                                 .folder = o->journal,
                                 .reader = &reader,
                                 .world = &world };
    const enum status status = why_search(&source, w, phase_id);
    return status == STATUS_OK ? print(o, w) : say(source.text, status);
}

int cli_why(int argc, char **argv)
{
    static struct why w;
    struct why_options options;
    const int usage = read_options(&options, argc, argv);
    if (usage < 0) {
        return fputs(help, stdout) < 0 ? CLI_IO : CLI_FINE;
    }
    if (usage != CLI_FINE) {
        return usage;
    }
    return options.journal != NULL ? show_folder(&options, &w) : show_daemon(&options, &w);
}
