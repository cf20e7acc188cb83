#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "format.h"
#include "import_sumo.h"

enum { MIN_GREEN_MS = 5000 };

struct import_command {
    const char *net_path;
    const char *folder;
    bool is_json;
    struct import_options options;
    int32_t noted, left_out;
};

static int usage(FILE *out)
{
    (void)fputs(
        "usage: kavsak import sumo NET.net.xml[.gz] -o DIR [options]\n"
        "Makes a junction directory DIR/NAME of each traffic light of a SUMO network.\n"
        "  --profile bench|tr|us  limits that the files keep (bench: comparisons, not for the "
        "street)\n"
        "  --yellow S             yellow of all lights, instead of the network's own\n"
        "  --all-red S            red for all between, instead of the network's own\n"
        "  --no-cameras           loops only\n"
        "  --json                 one line of JSON for each remark\n"
        "Exit: 0 fine, 1 no light could be imported, 2 usage, 3 a file cannot be read or written, "
        "or is there already.\n",
        out);
    return out == stdout ? CLI_FINE : CLI_USAGE;
}

static void put_json_text(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            (void)printf("\\%c", *text);
        } else if ((unsigned char)*text < ' ') {
            (void)printf("\\u%04x", (unsigned)(unsigned char)*text);
        } else {
            (void)putchar(*text);
        }
    }
}

static void on_note(void *self, const struct import_note *note)
{
    static const char *const kinds[] = { "done", "repaired", "warning", "left out" };
    struct import_command *c = self;
    c->left_out += note->kind == IMPORT_LEFT_OUT ? 1 : 0;
    c->noted++;
    if (c->is_json) {
        (void)printf("{\"kind\":\"%s\",\"light\":\"", kinds[note->kind]);
        put_json_text(note->light);
        (void)printf("\",\"text\":\"");
        put_json_text(note->text);
        (void)printf("\"}\n");
    } else if (note->light[0] == '\0') {
        (void)fprintf(stderr, "kavsak import: %s\n", note->text);
    } else {
        (void)printf("%s: %s: %s\n", note->light, kinds[note->kind], note->text);
    }
}

static bool seconds_of_word(const char *text, int32_t *ms)
{
    char *end = NULL;
    const double seconds = text != NULL ? strtod(text, &end) : 0;
    if (text == NULL || end == text || *end != '\0' || !(seconds >= 0 && seconds <= 10)) {
        return false;
    }
    *ms = (int32_t)(seconds * 10 + 0.5) * TICK_MS;
    return true;
}

static bool profile_of_word(const char *text, int32_t *profile)
{
    for (int32_t i = 0; text != NULL && words_profile[i] != NULL; i++) {
        if (strcmp(words_profile[i], text) == 0) {
            *profile = i;
            return true;
        }
    }
    return false;
}

/* How many words were taken; 0: not an option of ours, or without its value. */
static int take_option(struct import_command *c, const char *word, const char *value)
{
    if (strcmp(word, "--json") == 0) {
        c->is_json = true;
        return 1;
    }
    if (strcmp(word, "--no-cameras") == 0) {
        c->options.places_cameras = false;
        return 1;
    }
    if (strcmp(word, "-o") == 0 && value != NULL) {
        c->folder = value;
        return 2;
    }
    const bool is_taken =
        (strcmp(word, "--yellow") == 0 && seconds_of_word(value, &c->options.yellow_ms)) ||
        (strcmp(word, "--all-red") == 0 && seconds_of_word(value, &c->options.all_red_ms)) ||
        (strcmp(word, "--profile") == 0 && profile_of_word(value, &c->options.profile));
    return is_taken ? 2 : 0;
}

static int exit_of(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return CLI_FINE;
    case STATUS_REFUSED: /* a directory is there already */
    case STATUS_IO:
    case STATUS_NO_SPACE:
    case STATUS_TIMEOUT:
    case STATUS_AGAIN:
        return CLI_IO;
    case STATUS_INVALID:
    case STATUS_NOT_FOUND:
        break;
    }
    return CLI_FINDINGS;
}

static int import_run(struct import_command *c)
{
    int32_t count = 0;
    const enum status status = import_sumo(c->net_path, c->folder, &c->options, on_note, c, &count);
    if (status == STATUS_NO_SPACE && c->noted == 0) {
        (void)fputs("kavsak import: no memory\n", stderr);
    }
    if (!c->is_json && status == STATUS_OK) {
        (void)printf("%d junction%s in %s%s\n", (int)count, count == 1 ? "" : "s", c->folder,
                     c->left_out > 0 ? "; lights that were left out keep their programmes" : "");
    }
    return status == STATUS_OK && count == 0 ? CLI_FINDINGS : exit_of(status);
}

int cli_import(int argc, char **argv)
{
    struct import_command c = { .options = { .profile = PROFILE_BENCH,
                                             .yellow_ms = -1,
                                             .all_red_ms = -1,
                                             .min_green_ms = MIN_GREEN_MS,
                                             .places_cameras = true } };
    bool is_sumo = false;
    for (int i = 1; i < argc;) {
        const int taken =
            argv[i][0] == '-' ? take_option(&c, argv[i], i + 1 < argc ? argv[i + 1] : NULL) : 0;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return usage(stdout);
        }
        if (taken > 0) {
            i += taken;
            continue;
        }
        if (argv[i][0] == '-') {
            return cli_usage("import", "'%s' is unknown, or its value is missing or wrong",
                             argv[i]);
        }
        if (!is_sumo && strcmp(argv[i], "sumo") == 0) {
            is_sumo = true;
        } else if (is_sumo && c.net_path == NULL) {
            c.net_path = argv[i];
        } else {
            return cli_usage("import", "'%s' is too much; 'sumo NET.net.xml -o DIR' is wanted",
                             argv[i]);
        }
        i++;
    }
    if (!is_sumo || c.net_path == NULL || c.folder == NULL) {
        return usage(stderr);
    }
    return import_run(&c);
}
