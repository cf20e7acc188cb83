/* kavsak cmd: asks a junction for something. The daemon checks who asks; the tick decides what is
 * possible and answers. */
#include "cli.h"

#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "suggest.h"
#include "when.h"
#include "words.h"

enum {
    DURATION_DEFAULT_MS = 15 * 60 * 1000,
    VALID_MS = 20000,
    RESULT_WAIT_MS = 8000,
    ARGUMENTS_MAX = 2
};

/* What a command's first word after its name means. */
enum operand {
    OPERAND_NONE,
    OPERAND_PATTERN,
    OPERAND_STRATEGY,
    OPERAND_STAGE,
    OPERAND_GROUP,
    OPERAND_GROUP_RECALL,
    OPERAND_DETECTOR
};

static const struct command_word {
    const char *name;
    enum command_kind kind;
    enum operand operand;
    const char *usage;
} command_words[] = {
    { "pattern", COMMAND_PATTERN, OPERAND_PATTERN, "NAME|schedule  run this plan" },
    { "strategy", COMMAND_STRATEGY, OPERAND_STRATEGY,
      "NAME           fixed, actuated, coordinated, adaptive" },
    { "stage", COMMAND_STAGE, OPERAND_STAGE, "NAME           go to this stage next" },
    { "call", COMMAND_CALL_VEHICLE, OPERAND_GROUP, "GROUP          place a vehicle call" },
    { "call-ped", COMMAND_CALL_PED, OPERAND_GROUP, "GROUP          place a pedestrian call" },
    { "recall", COMMAND_RECALL, OPERAND_GROUP_RECALL, "GROUP none|min|max|ped|soft" },
    { "hold", COMMAND_HOLD, OPERAND_GROUP, "GROUP          keep it green" },
    { "omit", COMMAND_OMIT, OPERAND_GROUP, "GROUP          do not serve it" },
    { "force-off", COMMAND_FORCE_OFF, OPERAND_GROUP, "GROUP          end its green when it may" },
    { "detector", COMMAND_DETECTOR_FORCE, OPERAND_DETECTOR, "NAME on|off|auto" },
    { "flash", COMMAND_FLASH, OPERAND_NONE, "               flash, back through start-up" },
    { "all-red", COMMAND_ALL_RED, OPERAND_NONE, "               close everything" },
    { "stop-time", COMMAND_STOP_TIME, OPERAND_NONE, "               hold everything as it stands" },
    { "manual", COMMAND_MANUAL, OPERAND_NONE, "               take manual control" },
    { "advance", COMMAND_ADVANCE, OPERAND_NONE, "               manual: next stage or phases" },
    { "release", COMMAND_RELEASE, OPERAND_NONE,
      "               give everything back to the schedule" },
};

enum { COMMAND_WORD_COUNT = sizeof command_words / sizeof command_words[0] };

struct cmd_options {
    const char *socket_path, *junction, *why;
    int32_t duration_ms;
    wall_t until;
    const struct command_word *word;
    const char *argument[ARGUMENTS_MAX];
    int argument_count;
};

static int print_help(void)
{
    (void)printf("usage: kavsak cmd COMMAND [operands] --why TEXT [options]\n\n"
                 "Asks a junction for something. Minimums, intergreens and the guard always stand "
                 "above it,\n"
                 "and every effect ends by itself.\n\n");
    for (size_t i = 0; i < COMMAND_WORD_COUNT; i++) {
        (void)printf("  %-10s %s\n", command_words[i].name, command_words[i].usage);
    }
    (void)printf(
        "\n  --why TEXT       for the log; required\n"
        "  --for TIME       how long it holds: 90, 90s, 15m, 2h (default 15m, at most 24h)\n"
        "  --until TIME     or until when: 18:30, 2026-11-23T18:30\n"
        "  --junction NAME  which one, if there are several\n");
    return printf("  --socket PATH    where kavsakd listens (default " CLI_SOCKET_DEFAULT ")\n") < 0
               ? CLI_IO
               : CLI_FINE;
}

static int find_word(const char *name, const struct command_word **word)
{
    const char *names[COMMAND_WORD_COUNT];
    for (size_t i = 0; i < COMMAND_WORD_COUNT; i++) {
        names[i] = command_words[i].name;
        if (strcmp(name, names[i]) == 0) {
            *word = &command_words[i];
            return CLI_FINE;
        }
    }
    const char *near = suggest(name, names, COMMAND_WORD_COUNT);
    return cli_usage("cmd", "there is no command '%s'%s%s%s", name,
                     near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
                     near != NULL ? "'?" : "");
}

static int take_option(struct cmd_options *o, int option, char **argv)
{
    switch (option) {
    case 's':
        o->socket_path = optarg;
        return CLI_FINE;
    case 'j':
        o->junction = optarg;
        return CLI_FINE;
    case 'w':
        o->why = optarg;
        return CLI_FINE;
    case 'f':
        return when_parse_duration(optarg, &o->duration_ms) == STATUS_OK
                   ? CLI_FINE
                   : cli_usage("cmd", "--for must be a time up to 24h, like 90s or 15m, not '%s'",
                               optarg);
    case 'u':
        return when_parse(optarg, when_now(), &o->until) == STATUS_OK
                   ? CLI_FINE
                   : cli_usage("cmd", "--until must be a time like 18:30, not '%s'", optarg);
    default:
        return cli_usage("cmd", "option '%s' is unknown or has no value", argv[optind - 1]);
    }
}

static int check_operands(const struct cmd_options *o)
{
    static const int wanted[] = {
        [OPERAND_NONE] = 0,     [OPERAND_PATTERN] = 1, [OPERAND_STRATEGY] = 1,
        [OPERAND_STAGE] = 1,    [OPERAND_GROUP] = 1,   [OPERAND_GROUP_RECALL] = 2,
        [OPERAND_DETECTOR] = 2,
    };
    if (o->argument_count != wanted[o->word->operand]) {
        return cli_usage("cmd", "usage: %s %s", o->word->name, o->word->usage);
    }
    if (o->why == NULL || o->why[0] == '\0') {
        return cli_usage("cmd", "--why TEXT is required: it is what the log will say");
    }
    return CLI_FINE;
}

static int read_options(struct cmd_options *o, int argc, char **argv)
{
    static const struct option table[] = {
        { "socket", required_argument, NULL, 's' },
        { "junction", required_argument, NULL, 'j' },
        { "why", required_argument, NULL, 'w' },
        { "for", required_argument, NULL, 'f' },
        { "until", required_argument, NULL, 'u' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    *o = (struct cmd_options){ .socket_path = CLI_SOCKET_DEFAULT,
                               .duration_ms = DURATION_DEFAULT_MS,
                               .argument = { "", "" } };
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
    if (optind == argc) {
        return cli_usage("cmd", "no command given");
    }
    const int found = find_word(argv[optind], &o->word);
    if (found != CLI_FINE) {
        return found;
    }
    for (int i = optind + 1; i < argc; i++) {
        if (o->argument_count == ARGUMENTS_MAX) {
            return cli_usage("cmd", "usage: %s %s", o->word->name, o->word->usage);
        }
        o->argument[o->argument_count++] = argv[i];
    }
    return check_operands(o);
}

/* Commands count from 0 where people count from 1. */
static bool read_ix(const struct names *names, enum wire_names_kind kind, const char *text,
                    int32_t *ix)
{
    if (!names_find(names, kind, text, ix)) {
        return false;
    }
    (*ix)--;
    return true;
}

static bool fill_operands(const struct cmd_options *o, const struct names *names,
                          struct command *command)
{
    const char *first = o->argument[0];
    switch (o->word->operand) {
    case OPERAND_NONE:
        return true;
    case OPERAND_PATTERN:
        return strcmp(first, "schedule") == 0 ||
               names_find(names, WIRE_NAMES_PATTERNS, first, &command->value);
    case OPERAND_STRATEGY:
        command->value = word_find_strategy(first);
        return command->value >= 0;
    case OPERAND_STAGE:
        return read_ix(names, WIRE_NAMES_STAGES, first, &command->value);
    case OPERAND_GROUP:
        return read_ix(names, WIRE_NAMES_GROUPS, first, &command->target);
    case OPERAND_GROUP_RECALL:
        return read_ix(names, WIRE_NAMES_GROUPS, first, &command->target) &&
               word_find_recall(o->argument[1], &command->value);
    case OPERAND_DETECTOR:
        return read_ix(names, WIRE_NAMES_DETECTORS, first, &command->target) &&
               word_find_force(o->argument[1], &command->value);
    }
    return false;
}

static void fill_envelope(struct wire_command *m, const struct cmd_options *o)
{
    const wall_t now = when_now();
    const struct passwd *user = getpwuid(getuid());
    char host[24] = "";
    (void)gethostname(host, sizeof host - 1);
    m->valid_until = (wall_t){ .ms = now.ms + VALID_MS };
    m->counter = (uint64_t)now.ms;
    m->role = ROLE_SAFETY_ENGINEER; /* the daemon takes the lower of this and what we may */
    (void)snprintf(m->id, sizeof m->id, "cli-%lld-%d", (long long)now.ms, (int)getpid());
    (void)snprintf(m->by, sizeof m->by, "%.14s@%s", user != NULL ? user->pw_name : "?", host);
    (void)snprintf(m->why, sizeof m->why, "%s", o->why);
}

static int say_result(const struct wire_result *r)
{
    char text[sizeof r->text + 1] = "";
    memcpy(text, r->text, sizeof r->text);
    const bool is_done = r->result == COMMAND_DONE || r->result == COMMAND_ALREADY;
    (void)fprintf(is_done ? stdout : stderr, "%s%s%s\n", word_result(r->result),
                  text[0] != '\0' ? ": " : "", text);
    if (is_done) {
        return CLI_FINE;
    }
    return r->result == COMMAND_DENIED ? CLI_REFUSED : CLI_FINDINGS;
}

static int say(const struct client *c, enum status status)
{
    (void)fprintf(stderr, "kavsak cmd: %s\n", c->text);
    return status == STATUS_REFUSED ? CLI_REFUSED : CLI_IO;
}

/* Names what there is to choose from. */
static int say_unknown(const struct cmd_options *o, const struct names *names)
{
    static const int kind_of[] = {
        [OPERAND_NONE] = -1,
        [OPERAND_PATTERN] = WIRE_NAMES_PATTERNS,
        [OPERAND_STRATEGY] = -1,
        [OPERAND_STAGE] = WIRE_NAMES_STAGES,
        [OPERAND_GROUP] = WIRE_NAMES_GROUPS,
        [OPERAND_GROUP_RECALL] = WIRE_NAMES_GROUPS,
        [OPERAND_DETECTOR] = WIRE_NAMES_DETECTORS,
    };
    char list[400] = "";
    const int kind = kind_of[o->word->operand];
    if (kind >= 0) {
        names_list(names, (enum wire_names_kind)kind, list, sizeof list);
    }
    return cli_usage("cmd", "this junction knows no '%s'%s%s; usage: %s %s", o->argument[0],
                     list[0] != '\0' ? "; it has: " : "", list, o->word->name, o->word->usage);
}

static int send_command(struct client *c, const struct cmd_options *o)
{
    static struct names names;
    uint32_t junction_ix = 0;
    union client_message answer;
    enum status status = client_find(c, o->junction, &junction_ix);
    if (status == STATUS_OK) {
        status = client_ask_names(c, junction_ix, &names);
    }
    if (status == STATUS_OK) {
        status = client_ask_status(c, junction_ix, &answer);
    }
    if (status != STATUS_OK) {
        return say(c, status);
    }
    struct wire_command m;
    memset(&m, 0, sizeof m);
    m.command = (struct command){ .kind = (int32_t)o->word->kind,
                                  .duration_ms = o->duration_ms,
                                  .until = o->until };
    if (!fill_operands(o, &names, &m.command)) {
        return say_unknown(o, &names);
    }
    fill_envelope(&m, o);
    memcpy(m.node, answer.status.node, sizeof m.node);
    wire_head(&m.header, WIRE_COMMAND, sizeof m, 0);
    m.header.junction_ix = (uint16_t)junction_ix;
    status = client_ask(c, &m.header, WIRE_RESULT, &answer, RESULT_WAIT_MS);
    return status == STATUS_OK ? say_result(&answer.result) : say(c, status);
}

int cli_cmd(int argc, char **argv)
{
    struct cmd_options options;
    const int usage = read_options(&options, argc, argv);
    if (usage < 0) {
        return print_help();
    }
    if (usage != CLI_FINE) {
        return usage;
    }
    struct client client;
    const enum status opened = client_open(&client, options.socket_path);
    const int result = opened == STATUS_OK ? send_command(&client, &options) : say(&client, opened);
    client_close(&client);
    return result;
}
