/* kavsak sign: makes a key, and signs the safety file of a junction with it. Signs only what passes
 * every check and would be accepted with this signature; never prints or copies the secret. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"
#include "load.h"
#include "rules.h"

enum { PATH_BYTES = 600, KEY_FILE_MAX_BYTES = 256 };

static const char help[] =
    "usage: kavsak sign DIR --key FILE\n"
    "       kavsak sign --make-key FILE\n"
    "\n"
    "Signs safety.yaml of the junction in DIR: who signs, answers for its intergreens, minimums "
    "and\n"
    "wiring. A real cabinet runs nothing else. The signature goes to DIR/safety.yaml.sig; it ends\n"
    "with the next change of safety.yaml.\n"
    "\n"
    "  --key FILE       secret key, readable by its owner alone\n"
    "  --make-key FILE  make a new secret key and print the public one, for signing: keys of\n"
    "                   site.yaml\n"
    "  --help           this text\n"
    "\n"
    "exit status: 0 done, 1 the files have errors, 2 wrong usage, 3 a file cannot be read or "
    "written,\n"
    "4 refused: the key may be read by others, is not named in site.yaml, or exists already; the\n"
    "profile is not for a real cabinet\n";

static int say_errno(const char *path)
{
    (void)fprintf(stderr, "kavsak sign: %s: %s\n", path, strerror(errno));
    return CLI_IO;
}

static bool write_whole(int fd, const char *text, size_t size)
{
    return write(fd, text, size) == (ssize_t)size && fsync(fd) == 0;
}

/* Keys. */

static int make_key(const char *path)
{
    uint8_t seed[DIGEST_SEED_BYTES];
    uint8_t secret[DIGEST_SECRET_BYTES];
    uint8_t key[DIGEST_KEY_BYTES];
    char text[2 * DIGEST_SEED_BYTES + 2];
    char key_text[2 * DIGEST_KEY_BYTES + 1];
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST) {
        (void)fprintf(stderr, "kavsak sign: %s exists already and is not replaced\n", path);
        return CLI_REFUSED;
    }
    if (fd < 0) {
        return say_errno(path);
    }
    digest_new_seed(seed);
    digest_keys(seed, key, secret);
    digest_print_hex(seed, sizeof seed, text);
    digest_print_hex(key, sizeof key, key_text);
    text[sizeof text - 2] = '\n';
    const bool is_written = write_whole(fd, text, sizeof text - 1);
    digest_forget(seed, sizeof seed);
    digest_forget(secret, sizeof secret);
    digest_forget(text, sizeof text);
    const int result = is_written ? CLI_FINE : say_errno(path);
    (void)close(fd);
    if (result == CLI_FINE) {
        (void)printf("%s: secret key, keep it off the cabinet\npublic key, for site.yaml:\n"
                     "signing: {keys: [\"%s\"]}\n",
                     path, key_text);
    }
    return result;
}

static int judge_key_file(int fd, const char *path)
{
    struct stat about;
    if (fstat(fd, &about) != 0) {
        return say_errno(path);
    }
    if (!S_ISREG(about.st_mode) || (about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        (void)fprintf(stderr,
                      "kavsak sign: %s: others may read this key: chmod 600 it, or make "
                      "another one\n",
                      path);
        return CLI_REFUSED;
    }
    return CLI_FINE;
}

static int read_key(const char *path, struct plan_signer *signer)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return say_errno(path);
    }
    int result = judge_key_file(fd, path);
    char text[KEY_FILE_MAX_BYTES];
    uint8_t seed[DIGEST_SEED_BYTES];
    const ssize_t size = result == CLI_FINE ? read(fd, text, sizeof text) : 0;
    if (result == CLI_FINE && size < 0) {
        result = say_errno(path);
    } else if (result == CLI_FINE && !digest_hex(text, (size_t)size, seed, sizeof seed)) {
        (void)fprintf(stderr, "kavsak sign: %s: not a key that 'kavsak sign --make-key' made\n",
                      path);
        result = CLI_FINDINGS;
    }
    if (result == CLI_FINE) {
        digest_keys(seed, signer->key, signer->secret);
    }
    digest_forget(seed, sizeof seed);
    digest_forget(text, sizeof text);
    (void)close(fd);
    return result;
}

/* Signatures. */

struct signing { /* too large for a stack */
    struct plan_signer signer;
    struct plan plan;
    struct site site;
    struct diag diag;
};

static bool has_rule(const struct diag *diag, int32_t rule)
{
    bool has = false;
    for (uint32_t i = 0; i < diag->count && i < DIAG_MAX; i++) {
        has = has || diag->item[i].rule == rule;
    }
    return has;
}

/* Beside it first, then in its place: a signature is whole or not there. */
static int write_signature(const char *directory, const struct plan_signer *signer)
{
    char path[PATH_BYTES];
    char draft[PATH_BYTES];
    char text[2 * DIGEST_SIGNATURE_BYTES + 2];
    (void)snprintf(path, sizeof path, "%.500s/safety.yaml.sig", directory);
    (void)snprintf(draft, sizeof draft, "%.500s/safety.yaml.sig.new", directory);
    digest_print_hex(signer->signature, sizeof signer->signature, text);
    text[sizeof text - 2] = '\n';
    const int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) {
        return say_errno(draft);
    }
    const bool is_written = write_whole(fd, text, sizeof text - 1);
    const int result = is_written ? CLI_FINE : say_errno(draft);
    (void)close(fd);
    if (result == CLI_FINE && rename(draft, path) != 0) {
        return say_errno(path);
    }
    return result;
}

static int say_refusal(const char *directory, const struct signing *s, enum status status)
{
    char key[2 * DIGEST_KEY_BYTES + 1];
    diag_print(&s->diag, stderr, isatty(STDERR_FILENO) != 0);
    (void)fprintf(stderr, "kavsak sign: %s: not signed\n", directory);
    if (has_rule(&s->diag, RULE_SIGNATURE_BAD)) {
        digest_print_hex(s->signer.key, sizeof s->signer.key, key);
        (void)fprintf(stderr,
                      "whoever answers for the cabinet writes the public key into site.yaml:\n"
                      "signing: {keys: [\"%s\"]}\n",
                      key);
        return CLI_REFUSED;
    }
    if (status == STATUS_REFUSED) {
        return CLI_REFUSED;
    }
    return status == STATUS_INVALID ? CLI_FINDINGS : CLI_IO;
}

static int sign_with(struct signing *s, const char *directory, const char *key_path)
{
    int result = read_key(key_path, &s->signer);
    if (result != CLI_FINE) {
        return result;
    }
    const enum status status = plan_sign(directory, &s->signer, &s->plan, &s->site, &s->diag);
    result = status == STATUS_OK ? write_signature(directory, &s->signer)
                                 : say_refusal(directory, s, status);
    if (result == CLI_FINE) {
        diag_print(&s->diag, stderr, isatty(STDERR_FILENO) != 0);
        (void)printf("%s: safety.yaml of %s signed, hash %016" PRIx64 "\n", directory,
                     s->plan.junction_name, s->plan.safety_hash);
    }
    return result;
}

static int sign_directory(const char *directory, const char *key_path)
{
    struct signing *s = calloc(1, sizeof *s);
    if (s == NULL) {
        (void)fputs("kavsak sign: no memory\n", stderr);
        return CLI_IO;
    }
    const int result = sign_with(s, directory, key_path);
    digest_forget(&s->signer, sizeof s->signer);
    free(s);
    return result;
}

int cli_sign(int argc, char **argv)
{
    static const struct option table[] = { { "key", required_argument, NULL, 'k' },
                                           { "make-key", required_argument, NULL, 'm' },
                                           { "help", no_argument, NULL, 'h' },
                                           { NULL, 0, NULL, 0 } };
    const char *key_path = NULL;
    const char *new_path = NULL;
    opterr = 0;
    optind = 1;
    for (int option = getopt_long(argc, argv, "", table, NULL); option != -1;
         option = getopt_long(argc, argv, "", table, NULL)) {
        if (option == 'h') {
            return fputs(help, stdout) < 0 ? CLI_IO : CLI_FINE;
        }
        if (option != 'k' && option != 'm') {
            return cli_usage("sign", "option '%s' is unknown or has no value", argv[optind - 1]);
        }
        *(option == 'k' ? &key_path : &new_path) = optarg;
    }
    const int directories = argc - optind;
    if (!digest_init()) {
        (void)fputs("kavsak sign: this machine has no source of randomness\n", stderr);
        return CLI_IO;
    }
    if (new_path != NULL && key_path == NULL && directories == 0) {
        return make_key(new_path);
    }
    if (new_path == NULL && key_path != NULL && directories == 1) {
        return sign_directory(argv[optind], key_path);
    }
    return cli_usage("sign", "wanted: a directory and --key FILE, or --make-key FILE alone");
}
