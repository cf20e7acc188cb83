#include "tls.h"

#include "mqtt.h"

#ifndef INT_MAX /* err.h wants <limits.h>, in whose place our own limits.h is found */
#define INT_MAX __INT_MAX__
#endif
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

enum { DAY_S = 86400, PATH_BYTES = 120 };

static char folder[PATH_BYTES];
static char cert_path[PATH_BYTES], key_path[PATH_BYTES], other_path[PATH_BYTES];
static char text[TLS_TEXT_BYTES];

static void write_key(const char *path, EVP_PKEY *key)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

/* Of its own making, for this time. */
static void write_cert(EVP_PKEY *key, long from_s, long to_s)
{
    X509 *cert = X509_new();
    assert_non_null(cert);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), from_s));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert), to_s));
    X509_NAME *name = X509_get_subject_name(cert);
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                                (const unsigned char *)"izmir/konak", -1, -1, 0),
                     1);
    assert_int_equal(X509_set_issuer_name(cert, name), 1);
    assert_int_equal(X509_set_pubkey(cert, key), 1);
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    FILE *file = fopen(cert_path, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_X509(file, cert), 1);
    assert_int_equal(fclose(file), 0);
    X509_free(cert);
}

static int make_files(void **state)
{
    (void)snprintf(folder, sizeof folder, "/tmp/kavsak-tls-%ld", (long)getpid());
    assert_int_equal(mkdir(folder, 0700), 0);
    (void)snprintf(cert_path, sizeof cert_path, "%.80s/one.crt", folder);
    (void)snprintf(key_path, sizeof key_path, "%.80s/one.key", folder);
    (void)snprintf(other_path, sizeof other_path, "%.80s/other.key", folder);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    EVP_PKEY *other = EVP_EC_gen("P-256");
    assert_non_null(key);
    write_key(key_path, key);
    write_key(other_path, other);
    EVP_PKEY_free(other);
    *state = key;
    return 0;
}

static int remove_files(void **state)
{
    EVP_PKEY_free(*state);
    (void)unlink(cert_path);
    (void)unlink(key_path);
    (void)unlink(other_path);
    return rmdir(folder);
}

static struct tls_files ours(void)
{
    return (struct tls_files){ .ca = cert_path, .cert = cert_path, .key = key_path };
}

static void a_pair_of_this_time_is_good(void **state)
{
    const struct tls_files files = ours();
    write_cert(*state, -DAY_S, 100 * DAY_S);
    assert_int_equal(tls_check(&files, text), STATUS_OK);
    assert_string_equal(text, "");
}

static void a_certificate_that_ends_soon_is_a_warning(void **state)
{
    const struct tls_files files = ours();
    write_cert(*state, -DAY_S, (TLS_WARN_DAYS - 1) * DAY_S);
    assert_int_equal(tls_check(&files, text), STATUS_OK);
    assert_non_null(strstr(text, "renew it soon"));
}

static void other_times_are_told_apart(void **state)
{
    const struct tls_files files = ours();
    write_cert(*state, -2L * DAY_S, -DAY_S);
    assert_int_equal(tls_check(&files, text), STATUS_INVALID);
    assert_non_null(strstr(text, "this certificate ended 20"));
    write_cert(*state, DAY_S, 2L * DAY_S);
    assert_int_equal(tls_check(&files, text), STATUS_INVALID);
    assert_non_null(strstr(text, "this certificate begins 20"));
}

static void the_key_of_another_is_refused(void **state)
{
    struct tls_files files = ours();
    write_cert(*state, -DAY_S, 100 * DAY_S);
    files.key = other_path;
    assert_int_equal(tls_check(&files, text), STATUS_INVALID);
    assert_non_null(strstr(text, "other.key is not the key of the certificate"));
}

static void a_key_that_everybody_may_read_is_refused(void **state)
{
    const struct tls_files files = ours();
    write_cert(*state, -DAY_S, 100 * DAY_S);
    assert_int_equal(chmod(key_path, 0644), 0);
    assert_int_equal(tls_check(&files, text), STATUS_REFUSED);
    assert_non_null(strstr(text, "everybody here may read"));
    assert_int_equal(chmod(key_path, 0620), 0);
    assert_int_equal(tls_check(&files, text), STATUS_REFUSED);
    assert_int_equal(chmod(key_path, 0640), 0);
    assert_int_equal(tls_check(&files, text), STATUS_OK);
    assert_int_equal(chmod(key_path, 0600), 0);
}

static void what_is_no_certificate_is_named(void **state)
{
    struct tls_files files = ours();
    write_cert(*state, -DAY_S, 100 * DAY_S);
    files.ca = key_path;
    assert_int_equal(tls_check(&files, text), STATUS_INVALID);
    assert_non_null(strstr(text, "one.key: no certificate"));
    files.ca = "/nowhere/ca.crt";
    assert_int_equal(tls_check(&files, text), STATUS_NOT_FOUND);
    assert_non_null(strstr(text, "/nowhere/ca.crt"));
    files = ours();
    files.key = cert_path;
    assert_int_equal(chmod(cert_path, 0600), 0);
    assert_int_equal(tls_check(&files, text), STATUS_INVALID);
    assert_non_null(strstr(text, "one.crt: no private key"));
}

static void nothing_to_check_is_fine(void **state)
{
    (void)state;
    const struct tls_files none = { 0 };
    assert_int_equal(tls_check(&none, text), STATUS_OK);
    assert_string_equal(text, "");
}

static void the_oldest_version_holds_for_contexts_of_others(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(tls_set_oldest(i % 2 == 1), STATUS_OK);
        SSL_CTX *context = SSL_CTX_new(TLS_client_method());
        assert_non_null(context);
        assert_int_equal(SSL_CTX_get_min_proto_version(context),
                         i % 2 == 1 ? TLS1_2_VERSION : TLS1_3_VERSION);
        SSL_CTX_free(context);
    }
}

static void a_broker_that_is_not_there_is_said_so(void **state)
{
    (void)state;
    const struct tls_files none = { 0 };
    tls_explain(&none, "127.0.0.1", 1, text);
    assert_string_equal(text, "no broker answers: Connection refused");
}

static void only_this_machine_is_loopback(void **state)
{
    (void)state;
    assert_true(mqtt_is_loopback("127.0.0.1"));
    assert_true(mqtt_is_loopback("127.9.9.9"));
    assert_true(mqtt_is_loopback("::1"));
    assert_true(mqtt_is_loopback("localhost"));
    assert_false(mqtt_is_loopback("128.0.0.1"));
    assert_false(mqtt_is_loopback("0.0.0.0"));
    assert_false(mqtt_is_loopback("127.0.0.1.example.org"));
    assert_false(mqtt_is_loopback("localhost.example.org"));
    assert_false(mqtt_is_loopback("::"));
    assert_false(mqtt_is_loopback(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_of_this_time_is_good),
        cmocka_unit_test(a_certificate_that_ends_soon_is_a_warning),
        cmocka_unit_test(other_times_are_told_apart),
        cmocka_unit_test(the_key_of_another_is_refused),
        cmocka_unit_test(a_key_that_everybody_may_read_is_refused),
        cmocka_unit_test(what_is_no_certificate_is_named),
        cmocka_unit_test(nothing_to_check_is_fine),
        cmocka_unit_test(the_oldest_version_holds_for_contexts_of_others),
        cmocka_unit_test(a_broker_that_is_not_there_is_said_so),
        cmocka_unit_test(only_this_machine_is_loopback),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
