#include "cli.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "schema.h"

struct check_options {
    bool is_json, is_strict, is_quiet, use_colour;
};

/* On the heap: together half a megabyte. */
struct check_memory {
    struct plan plan;
    struct site site;
    struct diag diag;
};

static int usage(FILE *out)
{
    (void)fputs(
        "usage: kavsak check [--json] [--strict] [--quiet] [--color=auto|always|never] DIR...\n"
        "       kavsak check --rules\n"
        "Checks junction directories: safety.yaml, lanes.yaml, plan.yaml, site.yaml.\n"
        "  --strict   warnings count as errors\n"
        "  --rules    lists every rule, what it demands and what to do\n"
        "Exit: 0 fine, 1 findings, 2 usage, 3 a file cannot be read, 4 fine but refused for this "
        "cabinet.\n",
        out);
    return out == stdout ? CLI_FINE : CLI_USAGE;
}

static int exit_of(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return CLI_FINE;
    case STATUS_REFUSED:
        return CLI_REFUSED;
    case STATUS_IO:
    case STATUS_NO_SPACE:
    case STATUS_TIMEOUT:
    case STATUS_AGAIN:
        return CLI_IO;
    case STATUS_INVALID:
    case STATUS_NOT_FOUND:
        return CLI_FINDINGS;
    }
    return CLI_FINDINGS;
}

static void print_fine(const char *directory, const struct check_memory *m)
{
    const struct plan *p = &m->plan;
    (void)printf(
        "%s: fine: %s, %d groups, %d %s, %d timing plans, %d detectors; safety hash %016" PRIx64
        "%s%s\n",
        directory, p->junction_name, p->sg_count,
        p->stage_count > 0 ? p->stage_count : p->phase_count,
        p->stage_count > 0 ? "stages" : "phases", p->pattern_count, p->detector_count,
        p->safety_hash, m->site.is_signed ? "" : ", UNSIGNED",
        p->safety.profile == PROFILE_BENCH ? ", not street-legal" : "");
}

static int check_directory(const char *directory, const struct check_options *o)
{
    struct check_memory *m = calloc(1, sizeof *m);
    if (m == NULL) {
        (void)fputs("kavsak check: no memory\n", stderr);
        return CLI_IO;
    }
    const enum status status = plan_load(directory, &m->plan, &m->site, &m->diag);
    if (o->is_json) {
        diag_print_json(&m->diag, stdout);
    } else {
        diag_print(&m->diag, stdout, o->use_colour);
        if (status == STATUS_OK && !o->is_quiet) {
            print_fine(directory, m);
        } else if (status != STATUS_OK && !o->is_quiet) {
            (void)printf("%s: refused: %u error%s, %u warning%s\n", directory, m->diag.errors,
                         m->diag.errors == 1 ? "" : "s", m->diag.warnings,
                         m->diag.warnings == 1 ? "" : "s");
        }
    }
    int code = exit_of(status);
    if (code == CLI_FINE && o->is_strict && m->diag.warnings > 0) {
        code = CLI_FINDINGS;
    }
    free(m);
    return code;
}

/* False: not one of ours. */
static bool take_option(const char *word, struct check_options *o)
{
    if (strcmp(word, "--json") == 0) {
        o->is_json = true;
    } else if (strcmp(word, "--strict") == 0) {
        o->is_strict = true;
    } else if (strcmp(word, "--quiet") == 0 || strcmp(word, "-q") == 0) {
        o->is_quiet = true;
    } else if (strcmp(word, "--color=always") == 0) {
        o->use_colour = true;
    } else if (strcmp(word, "--color=never") == 0) {
        o->use_colour = false;
    } else if (strcmp(word, "--color=auto") != 0) {
        return false;
    }
    return true;
}

/* The worst of several directories decides: what cannot be read, then what is refused, then what is
 * wrong. */
int cli_check(int argc, char **argv)
{
    struct check_options o = { .use_colour =
                                   isatty(STDOUT_FILENO) != 0 && getenv("NO_COLOR") == NULL };
    int worst = CLI_FINE;
    int directories = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return usage(stdout);
        }
        if (strcmp(argv[i], "--rules") == 0) {
            schema_print_rules(stdout, false);
            return CLI_FINE;
        }
        if (argv[i][0] == '-' && !take_option(argv[i], &o)) {
            (void)fprintf(stderr, "kavsak check: unknown option '%s'\n", argv[i]);
            return usage(stderr);
        }
    }
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-') {
            const int code = check_directory(argv[i], &o);
            worst = code > worst ? code : worst;
            directories++;
        }
    }
    return directories > 0 ? worst : usage(stderr);
}
