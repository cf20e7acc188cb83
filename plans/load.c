#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "digest.h"
#include "read.h"

struct file_bytes {
    char path[DIAG_FILE_BYTES];
    char *owned; /* NULL: not read by us */
    const char *bytes;
    size_t size;
};

/* Everything a load needs, on the heap: half a megabyte of reader would not fit a small stack. */
struct load {
    struct file_bytes file[FILE_COUNT];
    struct yaml_doc doc[FILE_COUNT];
    struct reader reader;
    struct plan plan;
    struct site site;
    struct plan_signer *signer; /* NULL: the signature is read from the directory */
};

static struct diag_at at_file(const char *path)
{
    const struct diag_at at = { .file = path, .line = 0, .column = 0 };
    return at;
}

/* Reads at most one byte more than allowed, so that yaml.c can tell that it is too much. */
static enum status read_bytes(const char *path, struct file_bytes *file)
{
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        return STATUS_IO;
    }
    file->owned = malloc(YAML_FILE_MAX_BYTES + 1);
    if (file->owned == NULL) {
        (void)fclose(f);
        return STATUS_NO_SPACE;
    }
    file->size = fread(file->owned, 1, YAML_FILE_MAX_BYTES + 1, f);
    file->bytes = file->owned;
    const bool is_whole = ferror(f) == 0;
    (void)fclose(f);
    return is_whole ? STATUS_OK : STATUS_IO;
}

static enum status read_file(struct load *l, const char *directory, int32_t ix, struct diag *diag)
{
    struct file_bytes *file = &l->file[ix];
    const int length =
        snprintf(file->path, sizeof file->path, "%s/%s", directory, format_file_name(ix));
    if (length < 0 || (size_t)length >= sizeof file->path) {
        diag_rule(diag, RULE_FILE_UNREADABLE, at_file(""), "the name of the directory is too long");
        return STATUS_IO;
    }
    errno = 0;
    const enum status status = read_bytes(file->path, file);
    if (status == STATUS_IO) {
        diag_rule(diag, RULE_FILE_UNREADABLE, at_file(file->path), "%s",
                  errno != 0 ? strerror(errno) : "cannot be read");
    }
    return status;
}

/* A signature beside the file that is wrong is worse than none: somebody changed what was signed.
 */
static void judge_signature(struct load *l, const char *directory, struct diag *diag)
{
    char path[DIAG_FILE_BYTES];
    struct file_bytes sig = { .owned = NULL };
    const int length = snprintf(path, sizeof path, "%s/safety.yaml.sig", directory);
    if (length < 0 || (size_t)length >= sizeof path || read_bytes(path, &sig) != STATUS_OK) {
        free(sig.owned);
        return;
    }
    uint8_t signature[DIGEST_SIGNATURE_BYTES];
    bool is_good = false;
    if (digest_hex(sig.bytes, sig.size, signature, sizeof signature)) {
        for (int32_t i = 0; i < l->reader.key_count; i++) {
            is_good =
                is_good || digest_verify(l->file[FILE_SAFETY].bytes, l->file[FILE_SAFETY].size,
                                         signature, l->reader.key[i]);
        }
    }
    free(sig.owned);
    l->site.is_signed = is_good;
    if (!is_good) {
        diag_rule(diag, RULE_SIGNATURE_BAD, at_file(path),
                  "no key of site.yaml made this signature of safety.yaml");
    }
}

static void make_signature(struct load *l, struct diag *diag)
{
    const struct file_bytes *safety = &l->file[FILE_SAFETY];
    struct plan_signer *signer = l->signer;
    digest_sign(safety->bytes, safety->size, signer->secret, signer->signature);
    for (int32_t i = 0; i < l->reader.key_count; i++) {
        l->site.is_signed =
            l->site.is_signed || memcmp(signer->key, l->reader.key[i], sizeof signer->key) == 0;
    }
    if (!l->site.is_signed) {
        diag_rule(diag, RULE_SIGNATURE_BAD, at_file(l->file[FILE_SITE].path),
                  "the key that signs is not among signing: keys");
    }
}

static void hash_files(struct load *l)
{
    struct digest_piece piece[FILE_COUNT];
    for (int32_t i = 0; i < FILE_COUNT; i++) {
        piece[i] = (struct digest_piece){ .bytes = l->file[i].bytes, .size = l->file[i].size };
    }
    l->plan.safety_hash = digest_pieces(&piece[FILE_SAFETY], 1);
    l->plan.plan_hash = digest_pieces(piece, FILE_COUNT);
}

/* All errors that can be seen are reported: a file without a tree only silences what needs it. */
static void judge(struct load *l, const char *directory, struct diag *diag)
{
    struct reader *r = &l->reader;
    r->plan = &l->plan;
    r->site = &l->site;
    r->diag = diag;
    for (int32_t i = 0; i < FILE_COUNT; i++) {
        r->doc[i] = &l->doc[i];
    }
    names_collect(r);
    safety_read(r);
    lanes_read(r);
    plan_read(r);
    site_read(r);
    bool is_whole = true;
    for (int32_t i = 0; i < FILE_COUNT; i++) {
        is_whole = is_whole && l->doc[i].root != NULL;
    }
    if (is_whole && l->signer != NULL) {
        make_signature(l, diag);
    } else if (is_whole && directory != NULL) {
        judge_signature(l, directory, diag);
    }
    if (is_whole) {
        check_all(r);
    }
}

static enum status read_files(struct load *l, const char *directory, struct diag *diag)
{
    enum status worst = STATUS_OK;
    for (int32_t i = 0; i < FILE_COUNT; i++) {
        const enum status status = read_file(l, directory, i, diag);
        if (status == STATUS_NO_SPACE) {
            return status;
        }
        worst = status == STATUS_OK ? worst : status;
    }
    return worst;
}

static enum status parse_files(struct load *l, struct diag *diag)
{
    for (int32_t i = 0; i < FILE_COUNT; i++) {
        if (l->file[i].bytes != NULL && yaml_parse(&l->doc[i], l->file[i].path, l->file[i].bytes,
                                                   l->file[i].size, diag) == STATUS_NO_SPACE) {
            return STATUS_NO_SPACE;
        }
    }
    return STATUS_OK;
}

/* Only rules that speak of this cabinet link, not of the files, were broken. */
static bool is_only_refused(const struct diag *diag)
{
    uint32_t refused = 0;
    for (uint32_t i = 0; i < diag->count; i++) {
        const int32_t rule = diag->item[i].rule;
        refused += rule == RULE_UNSIGNED || rule == RULE_BENCH_ON_STREET ? 1 : 0;
    }
    return refused > 0 && refused == diag->errors;
}

/* From the bytes of the files to plan and site; frees l. directory NULL: nowhere to look for a
 * signature. */
static enum status finish(struct load *l, enum status read, const char *directory,
                          struct plan *plan, struct site *site, struct diag *diag, uint32_t errors)
{
    enum status status = read;
    if (status != STATUS_NO_SPACE) {
        status = parse_files(l, diag);
    }
    if (status == STATUS_OK) {
        judge(l, directory, diag);
        status = read;
    }
    if (status == STATUS_OK && diag->errors > errors) {
        status = is_only_refused(diag) ? STATUS_REFUSED : STATUS_INVALID;
    }
    if (status == STATUS_OK) {
        hash_files(l);
        *plan = l->plan;
        *site = l->site;
    }
    for (int32_t i = 0; i < FILE_COUNT; i++) {
        yaml_finish(&l->doc[i]);
        free(l->file[i].owned);
    }
    free(l);
    return status;
}

static struct load *load_create(void)
{
    return digest_init() ? calloc(1, sizeof(struct load)) : NULL;
}

enum status plan_load(const char *directory, struct plan *plan, struct site *site,
                      struct diag *diag)
{
    struct load *l = load_create();
    if (l == NULL) {
        return STATUS_NO_SPACE;
    }
    const uint32_t errors = diag->errors;
    const enum status read = read_files(l, directory, diag);
    return finish(l, read, directory, plan, site, diag, errors);
}

enum status plan_sign(const char *directory, struct plan_signer *signer, struct plan *plan,
                      struct site *site, struct diag *diag)
{
    struct load *l = load_create();
    if (l == NULL) {
        return STATUS_NO_SPACE;
    }
    l->signer = signer;
    const uint32_t errors = diag->errors;
    const enum status read = read_files(l, directory, diag);
    return finish(l, read, directory, plan, site, diag, errors);
}

enum status plan_load_bytes(const struct plan_bytes file[4], struct plan *plan, struct site *site,
                            struct diag *diag)
{
    struct load *l = load_create();
    if (l == NULL) {
        return STATUS_NO_SPACE;
    }
    for (int32_t i = 0; i < FILE_COUNT; i++) {
        (void)snprintf(l->file[i].path, sizeof l->file[i].path, "%s", format_file_name(i));
        l->file[i].bytes = file[i].bytes;
        l->file[i].size = file[i].size;
    }
    return finish(l, STATUS_OK, NULL, plan, site, diag, diag->errors);
}
