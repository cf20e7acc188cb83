#include "import_sumo.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "format.h"
#include "import_sumo_parts.h"
#include "load.h"

enum {
    JUNCTION_NAME_MAX = 18, /* junction/lane has 23 letters, a lane at most 4 */
    PATH_BYTES = 1024,
    ROUNDS_MAX = 3
};

struct import {
    struct sumo_net net;
    struct import_light **light;
    int32_t count;
    const struct import_options *options;
    const char *folder;
    import_teller *tell;
    void *self;
    /* For the check of what was made. */
    struct plan plan;
    struct site site;
    struct diag diag;
};

static void tell(import_teller *teller, void *self, int32_t kind, const char *light,
                 const char *text)
{
    struct import_note note = { .kind = kind };
    (void)snprintf(note.light, sizeof note.light, "%s", light);
    (void)snprintf(note.text, sizeof note.text, "%s", text);
    teller(self, &note);
}

void import_note(const struct import_light *l, int32_t kind, const char *format, ...)
{
    char text[sizeof((struct import_note *)NULL)->text];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    tell(l->tell, l->self, kind, l->light->id, text);
}

bool import_leave_out(struct import_light *l, const char *format, ...)
{
    char text[sizeof((struct import_note *)NULL)->text];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    l->is_left_out = true;
    tell(l->tell, l->self, IMPORT_LEFT_OUT, l->light->id, text);
    return false;
}

/* ---- names ---- */

static bool name_is_taken(const struct import *im, int32_t before, const char *name)
{
    for (int32_t i = 0; i < before; i++) {
        if (strcasecmp(im->light[i]->plan.junction_name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* The light's id as far as it fits, with a number behind where that is not unique. */
static void name_light(const struct import *im, int32_t ix)
{
    struct plan *p = &im->light[ix]->plan;
    const char *id = im->net.light[ix].id;
    char name[JUNCTION_NAME_MAX + 1] = "light";
    for (size_t i = 0; i < JUNCTION_NAME_MAX && id[i] != '\0'; i++) {
        const bool is_good = isalnum((unsigned char)id[i]) != 0 || id[i] == '-';
        name[i] = '_';
        if (is_good) {
            name[i] = id[i];
        }
        name[i + 1] = '\0';
    }
    char unique[NAME_MAX_BYTES];
    (void)snprintf(unique, sizeof unique, "%s", name);
    for (uint32_t n = 2; name_is_taken(im, ix, unique); n++) {
        (void)snprintf(unique, sizeof unique, "%.12s-%u", name, n % 100000);
    }
    memcpy(p->junction_name, unique, sizeof p->junction_name);
    (void)snprintf(p->node, sizeof p->node, "sumo/%s", unique);
    p->safety.site_id = ix % 65535 + 1;
}

/* ---- making ---- */

static enum status make_lights(struct import *im)
{
    im->light = calloc(
        (size_t)im->net.light_count,
        sizeof(
            struct import_light *)); /* NOLINT(bugprone-sizeof-expression): a table of pointers */
    if (im->light == NULL) {
        return STATUS_NO_SPACE;
    }
    for (int32_t i = 0; i < im->net.light_count; i++) {
        struct import_light *l = calloc(1, sizeof *l);
        if (l == NULL) {
            return STATUS_NO_SPACE;
        }
        im->light[i] = l;
        im->count++;
        l->net = &im->net;
        l->light = &im->net.light[i];
        l->options = im->options;
        l->tell = im->tell;
        l->self = im->self;
        name_light(im, i);
        if (l->light->other_programmes > 0) {
            import_note(l, IMPORT_WARNING, "it has %d more programmes: the first one is taken",
                        (int)l->light->other_programmes);
        }
        if (import_links(l) && import_stages(l) && import_groups(l) && import_timing(l) &&
            import_lanes(l)) {
            import_detectors(l);
            import_recalls(l);
        }
    }
    return STATUS_OK;
}

/* Everything that a person's files must stand. */
static bool passes(struct import *im, struct import_light *l, const struct import_text *text)
{
    struct plan_bytes bytes[4];
    for (int32_t i = 0; i < 4; i++) {
        bytes[i].bytes = text->bytes[i];
        bytes[i].size = text->size[i];
    }
    memset(&im->diag, 0, sizeof im->diag);
    if (plan_load_bytes(bytes, &im->plan, &im->site, &im->diag) == STATUS_OK) {
        return true;
    }
    for (uint32_t i = 0; i < im->diag.count && i < DIAG_MAX; i++) {
        const struct diag_item *item = &im->diag.item[i];
        if (item->level == DIAG_ERROR) {
            return import_leave_out(l, "what it would become is refused: P%03d: %s",
                                    (int)item->rule, item->text);
        }
    }
    return import_leave_out(l, "what it would become is refused");
}

/* Exits name lanes of other lights; when one of those turns out to be refused, all are led anew. */
static enum status check_lights(struct import *im)
{
    bool is_settled = false;
    for (int32_t round = 0; round < ROUNDS_MAX && !is_settled; round++) {
        is_settled = true;
        for (int32_t i = 0; i < im->count; i++) {
            import_exits(im->light[i], (const struct import_light *const *)im->light, im->count);
        }
        for (int32_t i = 0; i < im->count; i++) {
            struct import_light *l = im->light[i];
            struct import_text text;
            if (l->is_left_out || (round > 0 && l->is_checked)) {
                continue;
            }
            const bool is_written = import_write(l, &text);
            l->is_checked = is_written && passes(im, l, &text);
            is_settled = is_settled && l->is_checked;
            import_text_finish(&text);
            if (!is_written) {
                return STATUS_NO_SPACE;
            }
        }
    }
    return STATUS_OK;
}

/* ---- files ---- */

static enum status say_io(const struct import *im, const char *path)
{
    char text[sizeof((struct import_note *)NULL)->text];
    (void)snprintf(text, sizeof text, "%.200s: %.80s", path, strerror(errno));
    tell(im->tell, im->self, IMPORT_LEFT_OUT, "", text);
    return STATUS_IO;
}

static enum status write_file(const struct import *im, const char *path, const char *bytes,
                              size_t size)
{
    FILE *f = fopen(path, "wxe");
    if (f == NULL) {
        return say_io(im, path);
    }
    const bool is_whole = fwrite(bytes, 1, size, f) == size;
    return fclose(f) == 0 && is_whole ? STATUS_OK : say_io(im, path);
}

static enum status write_light(const struct import *im, const struct import_light *l)
{
    struct import_text text;
    char path[PATH_BYTES];
    enum status status = import_write(l, &text) ? STATUS_OK : STATUS_NO_SPACE;
    (void)snprintf(path, sizeof path, "%.800s/%s", im->folder, l->plan.junction_name);
    if (status == STATUS_OK && mkdir(path, 0777) != 0) {
        status = say_io(im, path);
    }
    for (int32_t i = 0; status == STATUS_OK && i < 5; i++) {
        (void)snprintf(path, sizeof path, "%.800s/%s/%s", im->folder, l->plan.junction_name,
                       i < FILE_COUNT ? format_file_name(i) : "sumo.csv");
        status = write_file(im, path, text.bytes[i], text.size[i]);
    }
    import_text_finish(&text);
    return status;
}

/* Before anything is written: nothing that is there is touched. */
static enum status is_free(const struct import *im)
{
    for (int32_t i = 0; i < im->count; i++) {
        char path[PATH_BYTES];
        char text[sizeof((struct import_note *)NULL)->text];
        struct stat st;
        (void)snprintf(path, sizeof path, "%.800s/%s", im->folder,
                       im->light[i]->plan.junction_name);
        if (!im->light[i]->is_left_out && lstat(path, &st) == 0) {
            (void)snprintf(text, sizeof text, "%.250s is there already: nothing was written", path);
            tell(im->tell, im->self, IMPORT_LEFT_OUT, im->light[i]->light->id, text);
            return STATUS_REFUSED;
        }
    }
    return STATUS_OK;
}

static void say_done(const struct import_light *l)
{
    const struct plan *p = &l->plan;
    import_note(l, IMPORT_DONE, "%s: %d groups, %d stages, %d lanes, %d detectors",
                p->junction_name, (int)p->sg_count, (int)p->stage_count, (int)p->lane_count,
                (int)p->detector_count);
}

static enum status write_all(const struct import *im, int32_t *count)
{
    enum status status = is_free(im);
    if (status == STATUS_OK && mkdir(im->folder, 0777) != 0 && errno != EEXIST) {
        status = say_io(im, im->folder);
    }
    for (int32_t i = 0; i < im->count && status == STATUS_OK; i++) {
        if (!im->light[i]->is_left_out) {
            status = write_light(im, im->light[i]);
            if (status == STATUS_OK) {
                say_done(im->light[i]);
                *count += 1;
            }
        }
    }
    return status;
}

static enum status run(struct import *im, const char *net_path, int32_t *count)
{
    char error[XML_ERROR_BYTES];
    enum status status = sumo_net_read(net_path, &im->net, error);
    if (status != STATUS_OK) {
        tell(im->tell, im->self, IMPORT_LEFT_OUT, "", error);
        return status;
    }
    if (im->net.light_count == 0) {
        (void)snprintf(error, sizeof error, "%.200s: the network has no traffic lights", net_path);
        tell(im->tell, im->self, IMPORT_LEFT_OUT, "", error);
        return STATUS_NOT_FOUND;
    }
    status = make_lights(im);
    status = status == STATUS_OK ? check_lights(im) : status;
    return status == STATUS_OK ? write_all(im, count) : status;
}

enum status import_sumo(const char *net_path, const char *folder,
                        const struct import_options *options, import_teller *teller, void *self,
                        int32_t *count)
{
    *count = 0;
    struct import *im = calloc(1, sizeof *im);
    if (im == NULL) {
        return STATUS_NO_SPACE;
    }
    im->options = options;
    im->folder = folder;
    im->tell = teller;
    im->self = self;
    const enum status status = run(im, net_path, count);
    for (int32_t i = 0; i < im->count; i++) {
        free(im->light[i]);
    }
    free(im->light);
    sumo_net_finish(&im->net);
    free(im);
    return status;
}
