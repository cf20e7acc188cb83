/* libFuzzer: bytes as one of the four files of a junction, the other three good. The first byte
 * says which one and of which example. Whatever comes: no crash, and nothing is filled in unless
 * nothing was found.
 *
 *   KAVSAK_SOURCE=. build/tests/fuzz/fuzz_plan -max_total_time=60 -max_len=16384 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

enum { EXAMPLES = 3, FILES = 4, TEXT_BYTES = 65536 };

static char text[EXAMPLES][FILES][TEXT_BYTES];
static size_t text_size[EXAMPLES][FILES];

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char *const examples[EXAMPLES] = { "saat-kulesi", "cay-deresi", "pasaalani" };
    static const char *const files[FILES] = { "safety", "lanes", "plan", "site" };
    (void)argc;
    (void)argv;
    const char *source = getenv("KAVSAK_SOURCE");
    for (int e = 0; e < EXAMPLES; e++) {
        for (int i = 0; i < FILES; i++) {
            char path[512];
            (void)snprintf(path, sizeof path, "%.300s/plans/examples/%s/%s.yaml",
                           source != NULL ? source : ".", examples[e], files[i]);
            FILE *f = fopen(path, "r");
            if (f == NULL) {
                perror(path);
                exit(1);
            }
            text_size[e][i] = fread(text[e][i], 1, TEXT_BYTES, f);
            (void)fclose(f);
        }
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct plan plan;
    static struct site site;
    static struct diag diag;
    if (size < 1) {
        return 0;
    }
    const int example = data[0] % EXAMPLES;
    const int replaced = data[0] / EXAMPLES % FILES;
    struct plan_bytes file[FILES];
    for (int i = 0; i < FILES; i++) {
        file[i] = (struct plan_bytes){ .bytes = text[example][i], .size = text_size[example][i] };
    }
    char *own = malloc(size > 1 ? size - 1
                                : 1); /* of its exact size, so that a byte read too far is seen */
    if (own == NULL) {
        return 0;
    }
    memcpy(own, data + 1, size - 1);
    file[replaced] = (struct plan_bytes){ .bytes = own, .size = size - 1 };
    memset(&diag, 0, sizeof diag);
    memset(&plan, 0x5a, sizeof plan);
    const enum status status = plan_load_bytes(file, &plan, &site, &diag);
    const bool is_filled = plan.sg_count != 0x5a5a5a5a;
    if ((status == STATUS_OK) != (diag.errors == 0) || (status == STATUS_OK) != is_filled) {
        abort();
    }
    free(own);
    return 0;
}
