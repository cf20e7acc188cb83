#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "format.h"
#include "schema.h"

static int usage(FILE *out)
{
    (void)fputs("usage: kavsak schema safety|lanes|plan|site     JSON Schema of one file\n"
                "       kavsak schema keys|defaults|rules        Markdown tables, as in "
                "docs/plan-format.md\n"
                "       kavsak schema -o DIR                     all four schemas as files\n",
                out);
    return out == stdout ? CLI_FINE : CLI_USAGE;
}

static const char *const files[FILE_COUNT] = { "safety", "lanes", "plan", "site" };

static int write_all(const char *directory)
{
    for (int32_t i = 0; i < FILE_COUNT; i++) {
        char path[512];
        const int length = snprintf(path, sizeof path, "%s/%s.json", directory, files[i]);
        FILE *f = length > 0 && (size_t)length < sizeof path ? fopen(path, "we") : NULL;
        if (f == NULL) {
            (void)fprintf(stderr, "kavsak schema: cannot write into %s\n", directory);
            return CLI_IO;
        }
        schema_print_json(i, f);
        const bool is_whole = ferror(f) == 0;
        if (fclose(f) != 0 || !is_whole) {
            (void)fprintf(stderr, "kavsak schema: %s: not written\n", path);
            return CLI_IO;
        }
    }
    return CLI_FINE;
}

int cli_schema(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "-o") == 0) {
        return write_all(argv[2]);
    }
    if (argc != 2) {
        return usage(stderr);
    }
    for (int32_t i = 0; i < FILE_COUNT; i++) {
        if (strcmp(argv[1], files[i]) == 0) {
            schema_print_json(i, stdout);
            return CLI_FINE;
        }
    }
    if (strcmp(argv[1], "keys") == 0) {
        schema_print_keys(stdout);
    } else if (strcmp(argv[1], "defaults") == 0) {
        schema_print_defaults(stdout);
    } else if (strcmp(argv[1], "rules") == 0) {
        schema_print_rules(stdout, true);
    } else if (strcmp(argv[1], "--help") == 0) {
        return usage(stdout);
    } else {
        (void)fprintf(stderr, "kavsak schema: there is no '%s'\n", argv[1]);
        return usage(stderr);
    }
    return CLI_FINE;
}
