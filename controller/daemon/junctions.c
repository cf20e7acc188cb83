#include "junctions.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Of several directories the worst outcome counts: files that cannot be read, then those that are
 * wrong, then those that are fine but refused. */
static int32_t rank(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return 0;
    case STATUS_REFUSED:
        return 1;
    case STATUS_INVALID:
        return 2;
    case STATUS_AGAIN:
    case STATUS_IO:
    case STATUS_TIMEOUT:
    case STATUS_NO_SPACE:
    case STATUS_NOT_FOUND:
        break;
    }
    return 3;
}

static void count_links(struct junctions *j, const struct site *site)
{
    for (int32_t i = 0; i < site->link_count; i++) {
        j->link_count += site->link[i].kind != LINK_NULL ? 1 : 0;
    }
}

static bool allocate(struct junctions *j, uint32_t count)
{
    *j = (struct junctions){ .count = count };
    j->plan = calloc(count, sizeof *j->plan);
    j->site = calloc(count, sizeof *j->site);
    j->source = calloc(count, sizeof *j->source);
    return j->plan != NULL && j->site != NULL && j->source != NULL;
}

enum status junctions_load(struct junctions *j, uint32_t count, const char *const *directory)
{
    struct diag *diag = malloc(sizeof *diag);
    if (diag == NULL || !allocate(j, count)) {
        free(diag);
        return STATUS_NO_SPACE;
    }
    enum status worst = STATUS_OK;
    for (uint32_t i = 0; i < count; i++) {
        diag->count = diag->errors = diag->warnings = 0;
        const enum status status = plan_load(directory[i], &j->plan[i], &j->site[i], diag);
        diag_print(diag, stderr, isatty(STDERR_FILENO) == 1);
        if (rank(status) > rank(worst)) {
            worst = status;
        }
        j->source[i] = (struct unit_source){ .directory = directory[i],
                                             .plan = &j->plan[i],
                                             .site = &j->site[i] };
        count_links(j, &j->site[i]);
    }
    free(diag);
    return worst;
}

void junctions_free(struct junctions *j)
{
    free(j->plan);
    free(j->site);
    free(j->source);
    *j = (struct junctions){ .count = 0 };
}
