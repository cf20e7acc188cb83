#include "junctions.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "show.h"

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
    j->text = calloc(count, sizeof *j->text);
    return j->plan != NULL && j->site != NULL && j->source != NULL && j->text != NULL;
}

static enum status load_one(struct junctions *j, uint32_t ix, const char *directory,
                            struct diag *diag)
{
    diag->count = diag->errors = diag->warnings = 0;
    const enum status status = plan_load(directory, &j->plan[ix], &j->site[ix], diag);
    diag_print(diag, stderr, isatty(STDERR_FILENO) == 1);
    if (status != STATUS_OK) {
        return status;
    }
    j->text[ix] = show_plan_text(&j->plan[ix], &j->site[ix]);
    j->source[ix] = (struct unit_source){
        .directory = directory, .plan = &j->plan[ix], .site = &j->site[ix], .plan_text = j->text[ix]
    };
    count_links(j, &j->site[ix]);
    return j->text[ix] != NULL ? STATUS_OK : STATUS_NO_SPACE;
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
        const enum status status = load_one(j, i, directory[i], diag);
        if (rank(status) > rank(worst)) {
            worst = status;
        }
    }
    free(diag);
    return worst;
}

void junctions_free(struct junctions *j)
{
    for (uint32_t i = 0; j->text != NULL && i < j->count; i++) {
        free(j->text[i]);
    }
    free(j->text);
    free(j->plan);
    free(j->site);
    free(j->source);
    *j = (struct junctions){ .count = 0 };
}
