/* kavsak sign against real files: keys, signatures, and everything that is refused. */
#define _GNU_SOURCE /* mkdtemp */

#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "digest.h"
#include "load.h"

enum { PATH_BYTES = 512, FILE_BYTES = 1 << 16 };

static char folder[PATH_BYTES];
static char directory[PATH_BYTES]; /* of the junction: pasaalani, on a real cabinet */
static char key_path[PATH_BYTES];
static char key_text[2 * DIGEST_KEY_BYTES + 1];

static int sign(const char *a, const char *b, const char *c)
{
    const char *words[4] = { "sign", a, b, c };
    char copy[4][PATH_BYTES];
    char *argv[5] = { NULL };
    int argc = 0;
    for (int i = 0; i < 4 && words[i] != NULL; i++) {
        (void)snprintf(copy[i], PATH_BYTES, "%s", words[i]);
        argv[argc] = copy[i];
        argc++;
    }
    const int out = dup(STDOUT_FILENO); /* which is for the results of the tests */
    const int nowhere = open("/dev/null", O_WRONLY);
    (void)fflush(stdout);
    (void)dup2(nowhere, STDOUT_FILENO);
    const int code = cli_sign(argc, argv);
    (void)fflush(stdout);
    (void)dup2(out, STDOUT_FILENO);
    (void)close(nowhere);
    (void)close(out);
    return code;
}

static size_t read_file(const char *path, char *text)
{
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    const size_t size = fread(text, 1, FILE_BYTES - 1, f);
    assert_int_equal(fclose(f), 0);
    text[size] = '\0';
    return size;
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static const char *in_directory(const char *name)
{
    static char path[2 * PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static void append(const char *name, const char *more)
{
    static char text[FILE_BYTES];
    const size_t size = read_file(in_directory(name), text);
    (void)snprintf(text + size, sizeof text - size, "%s", more);
    write_file(in_directory(name), text);
}

static void copy_example(const char *name)
{
    static char text[FILE_BYTES];
    char from[PATH_BYTES];
    const char *source = getenv("KAVSAK_SOURCE");
    (void)snprintf(from, sizeof from, "%.300s/plans/examples/pasaalani/%s",
                   source != NULL ? source : ".", name);
    (void)read_file(from, text);
    char *host = strstr(text, "host: 127.0.0.1, port: 15023");
    if (host != NULL) {
        memcpy(host, "host: 10.20.0.5, port:   502", strlen("host: 10.20.0.5, port:   502"));
    }
    write_file(in_directory(name), text);
}

static enum status load(void)
{
    static struct plan plan;
    static struct site site;
    static struct diag diag;
    memset(&diag, 0, sizeof diag);
    memset(&site, 0, sizeof site);
    const enum status status = plan_load(directory, &plan, &site, &diag);
    assert_int_equal(status == STATUS_OK, site.is_signed);
    return status;
}

/* The public key, from the secret one as whoever made it would. */
static void read_public_key(void)
{
    char text[FILE_BYTES];
    uint8_t seed[DIGEST_SEED_BYTES];
    uint8_t key[DIGEST_KEY_BYTES];
    uint8_t secret[DIGEST_SECRET_BYTES];
    const size_t size = read_file(key_path, text);
    assert_true(digest_hex(text, size, seed, sizeof seed));
    digest_keys(seed, key, secret);
    digest_print_hex(key, sizeof key, key_text);
}

static void name_key(void)
{
    char line[PATH_BYTES];
    (void)snprintf(line, sizeof line, "\nsigning: {keys: [\"%s\"]}\n", key_text);
    append("site.yaml", line);
}

static int setup(void **state)
{
    (void)state;
    assert_true(digest_init());
    (void)snprintf(folder, sizeof folder, "/tmp/kavsak-sign-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(directory, sizeof directory, "%.400s/pasaalani", folder);
    assert_int_equal(mkdir(directory, 0700), 0);
    (void)snprintf(key_path, sizeof key_path, "%.400s/key", folder);
    static const char *const names[] = { "safety.yaml", "lanes.yaml", "plan.yaml", "site.yaml" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        copy_example(names[i]);
    }
    assert_int_equal(sign("--make-key", key_path, NULL), CLI_FINE);
    read_public_key();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    static const char *const names[] = { "safety.yaml", "lanes.yaml",      "plan.yaml",
                                         "site.yaml",   "safety.yaml.sig", "safety.yaml.sig.new" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)unlink(in_directory(names[i]));
    }
    (void)unlink(key_path);
    (void)rmdir(directory);
    return rmdir(folder);
}

static void a_real_cabinet_is_refused_until_it_is_signed(void **state)
{
    (void)state;
    name_key();
    assert_int_equal(load(), STATUS_REFUSED);
    assert_int_equal(sign(directory, "--key", key_path), CLI_FINE);
    assert_int_equal(load(), STATUS_OK);
    assert_int_equal(access(in_directory("safety.yaml.sig.new"), F_OK), -1);
}

static void a_change_of_the_safety_file_ends_its_signature(void **state)
{
    (void)state;
    name_key();
    assert_int_equal(sign(directory, "--key", key_path), CLI_FINE);
    append("safety.yaml", "# one byte is enough\n");
    assert_int_equal(load(), STATUS_INVALID);
    assert_int_equal(sign(directory, "--key", key_path), CLI_FINE);
    assert_int_equal(load(), STATUS_OK);
    append("plan.yaml", "# plans are the engineer's\n");
    assert_int_equal(load(), STATUS_OK);
}

static void a_key_that_the_site_does_not_name_signs_nothing(void **state)
{
    (void)state;
    assert_int_equal(sign(directory, "--key", key_path), CLI_REFUSED);
    assert_int_equal(access(in_directory("safety.yaml.sig"), F_OK), -1);
    char other[PATH_BYTES];
    (void)snprintf(other, sizeof other, "%.400s.other", key_path);
    name_key();
    assert_int_equal(sign("--make-key", other, NULL), CLI_FINE);
    assert_int_equal(sign(directory, "--key", other), CLI_REFUSED);
    assert_int_equal(unlink(other), 0);
}

static void files_with_errors_are_not_signed(void **state)
{
    (void)state;
    name_key();
    append("plan.yaml", "unheard_of: 1\n");
    assert_int_equal(sign(directory, "--key", key_path), CLI_FINDINGS);
    assert_int_equal(access(in_directory("safety.yaml.sig"), F_OK), -1);
}

static void a_key_others_may_read_is_refused(void **state)
{
    (void)state;
    struct stat about;
    name_key();
    assert_int_equal(stat(key_path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(chmod(key_path, 0640), 0);
    assert_int_equal(sign(directory, "--key", key_path), CLI_REFUSED);
    assert_int_equal(chmod(key_path, 0600), 0);
    assert_int_equal(sign(directory, "--key", key_path), CLI_FINE);
}

static void a_key_is_never_replaced_and_never_guessed(void **state)
{
    (void)state;
    char before[FILE_BYTES];
    char after[FILE_BYTES];
    (void)read_file(key_path, before);
    assert_int_equal(sign("--make-key", key_path, NULL), CLI_REFUSED);
    (void)read_file(key_path, after);
    assert_string_equal(before, after);
    write_file(key_path, "0123456789abcdef\n");
    assert_int_equal(sign(directory, "--key", key_path), CLI_FINDINGS);
    assert_int_equal(unlink(key_path), 0);
    assert_int_equal(sign(directory, "--key", key_path), CLI_IO);
    assert_int_equal(sign("--make-key", "/nowhere/key", NULL), CLI_IO);
}

static void wrong_words_are_usage(void **state)
{
    (void)state;
    assert_int_equal(sign(NULL, NULL, NULL), CLI_USAGE);
    assert_int_equal(sign(directory, NULL, NULL), CLI_USAGE);
    assert_int_equal(sign("--key", key_path, NULL), CLI_USAGE);
    assert_int_equal(sign(directory, "--make-key", key_path), CLI_USAGE);
    assert_int_equal(sign("--kez", key_path, NULL), CLI_USAGE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_real_cabinet_is_refused_until_it_is_signed),
        TEST(a_change_of_the_safety_file_ends_its_signature),
        TEST(a_key_that_the_site_does_not_name_signs_nothing),
        TEST(files_with_errors_are_not_signed),
        TEST(a_key_others_may_read_is_refused),
        TEST(a_key_is_never_replaced_and_never_guessed),
        TEST(wrong_words_are_usage),
    };
    return RUN_TESTS(tests);
}
