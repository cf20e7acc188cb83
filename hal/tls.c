#include "tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>

/* err.h wants <limits.h>, in whose place our own limits.h is found. */
#ifndef INT_MAX
#define INT_MAX __INT_MAX__
#endif
#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    NAME_BYTES = 100,
    DATE_BYTES = 32,
    /* A broker that does not want us says so in the first answer after the handshake; one that does
     * waits for us to speak. */
    ALERT_WAIT_MS = 1000
};

struct probe {
    const struct tls_files *files;
    const char *host;
    int32_t port;
    int64_t until_ms;
    int fd;
    SSL_CTX *context;
    SSL *ssl;
    char *text;
};

static int64_t now_ms(void)
{
    struct timespec at;
    REQUIRE(clock_gettime(CLOCK_MONOTONIC, &at) == 0);
    return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

enum status tls_set_oldest(bool may_be_1_2)
{
    static const char *const text[] = {
        "openssl_conf = kavsak\n[kavsak]\nssl_conf = ssl\n[ssl]\nsystem_default = all\n"
        "[all]\nMinProtocol = TLSv1.3\n",
        "openssl_conf = kavsak\n[kavsak]\nssl_conf = ssl\n[ssl]\nsystem_default = all\n"
        "[all]\nMinProtocol = TLSv1.2\n",
    };
    /* paho can name a newest version only. What OpenSSL is configured with holds for each context
     * that paho makes. */
    const int wanted = may_be_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
    bool is_set = OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG, NULL) == 1;
    BIO *in = BIO_new_mem_buf(text[may_be_1_2 ? 1 : 0], -1);
    CONF *conf = NCONF_new(NULL);
    long line = 0;
    is_set = is_set && in != NULL && conf != NULL && NCONF_load_bio(conf, in, &line) == 1 &&
             CONF_modules_load(conf, NULL, 0) == 1;
    NCONF_free(conf);
    (void)BIO_free(in);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    is_set = is_set && context != NULL && SSL_CTX_get_min_proto_version(context) == wanted;
    SSL_CTX_free(context);
    return is_set ? STATUS_OK : STATUS_IO;
}

/* Our own files. */

static void name_of(const X509 *cert, char name[NAME_BYTES])
{
    if (X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name, NAME_BYTES) <
        0) {
        (void)snprintf(name, NAME_BYTES, "without a name");
    }
    for (char *at = name; *at != '\0'; at++) { /* it goes to a log */
        if ((unsigned char)*at < ' ') {
            *at = '?';
        }
    }
}

static void date_of(const ASN1_TIME *at, char date[DATE_BYTES])
{
    struct tm when;
    if (ASN1_TIME_to_tm(at, &when) != 1 ||
        strftime(date, DATE_BYTES, "%Y-%m-%d %H:%M UTC", &when) == 0) {
        (void)snprintf(date, DATE_BYTES, "an unreadable time");
    }
}

enum status tls_check_secret(const char *path, char text[TLS_TEXT_BYTES])
{
    struct stat at;
    text[0] = '\0';
    if (stat(path, &at) != 0) {
        (void)snprintf(text, TLS_TEXT_BYTES, "%s: %s", path, strerror(errno));
        return STATUS_NOT_FOUND;
    }
    if ((at.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) != 0) {
        (void)snprintf(text, TLS_TEXT_BYTES,
                       "%s: everybody here may %s this secret: chmod 600 (or 640 and a group)",
                       path, (at.st_mode & S_IROTH) != 0 ? "read" : "change");
        return STATUS_REFUSED;
    }
    return STATUS_OK;
}

/* NULL: text says why. */
static X509 *read_certificate(const char *path, char text[TLS_TEXT_BYTES])
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        (void)snprintf(text, TLS_TEXT_BYTES, "%s: %s", path, strerror(errno));
        return NULL;
    }
    X509 *cert = PEM_read_X509(file, NULL, NULL, NULL);
    (void)fclose(file);
    if (cert == NULL) {
        (void)snprintf(text, TLS_TEXT_BYTES, "%s: no certificate (PEM) in it", path);
    }
    ERR_clear_error();
    return cert;
}

static enum status check_time(const char *path, const X509 *cert, char text[TLS_TEXT_BYTES])
{
    char date[DATE_BYTES];
    int days = 0;
    int seconds = 0;
    if (X509_cmp_current_time(X509_get0_notBefore(cert)) > 0) {
        date_of(X509_get0_notBefore(cert), date);
        (void)snprintf(text, TLS_TEXT_BYTES,
                       "%s: this certificate begins %s: is the clock of this machine right?", path,
                       date);
        return STATUS_INVALID;
    }
    date_of(X509_get0_notAfter(cert), date);
    if (X509_cmp_current_time(X509_get0_notAfter(cert)) < 0) {
        (void)snprintf(text, TLS_TEXT_BYTES,
                       "%s: this certificate ended %s: renew it, or is the "
                       "clock of this machine wrong?",
                       path, date);
        return STATUS_INVALID;
    }
    if (ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert)) == 1 &&
        days < TLS_WARN_DAYS) {
        (void)snprintf(text, TLS_TEXT_BYTES, "%s: this certificate ends %s: renew it soon", path,
                       date);
    }
    return STATUS_OK;
}

/* A key with a passphrase would ask for it on a terminal that a service does not have. */
static int no_passphrase(char *place, int room, int is_writing, void *self)
{
    (void)place, (void)room, (void)is_writing, (void)self;
    return -1;
}

static enum status check_pair(const struct tls_files *files, char text[TLS_TEXT_BYTES])
{
    enum status status = tls_check_secret(files->key, text);
    if (status != STATUS_OK) {
        return status;
    }
    FILE *file = fopen(files->key, "re");
    if (file == NULL) {
        (void)snprintf(text, TLS_TEXT_BYTES, "%s: %s", files->key, strerror(errno));
        return STATUS_NOT_FOUND;
    }
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, no_passphrase, NULL);
    (void)fclose(file);
    X509 *cert = key != NULL ? read_certificate(files->cert, text) : NULL;
    if (key == NULL) {
        (void)snprintf(text, TLS_TEXT_BYTES, "%s: no private key (PEM, without passphrase) in it",
                       files->key);
        status = STATUS_INVALID;
    } else if (cert == NULL) {
        status = STATUS_INVALID;
    } else if (X509_check_private_key(cert, key) != 1) {
        (void)snprintf(text, TLS_TEXT_BYTES,
                       "%s is not the key of the certificate %s: they must be made together",
                       files->key, files->cert);
        status = STATUS_INVALID;
    } else {
        status = check_time(files->cert, cert, text);
    }
    X509_free(cert);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return status;
}

enum status tls_check(const struct tls_files *files, char text[TLS_TEXT_BYTES])
{
    const char *const paths[] = { files->ca, files->cert, files->key };
    text[0] = '\0';
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (paths[i] != NULL && access(paths[i], R_OK) != 0) {
            (void)snprintf(text, TLS_TEXT_BYTES, "%s: %s", paths[i], strerror(errno));
            return STATUS_NOT_FOUND;
        }
    }
    X509 *ca = files->ca != NULL ? read_certificate(files->ca, text) : NULL;
    if (files->ca != NULL && ca == NULL) {
        return STATUS_INVALID;
    }
    enum status status = ca != NULL ? check_time(files->ca, ca, text) : STATUS_OK;
    X509_free(ca);
    if (status == STATUS_OK && files->cert != NULL && files->key != NULL) {
        status = check_pair(files, text);
    }
    return status;
}

/* The connection that listens for reasons. */

static bool wait_for(struct probe *p, short events, int64_t until_ms)
{
    struct pollfd fd = { .fd = p->fd, .events = events };
    const int64_t left_ms = until_ms - now_ms();
    return left_ms > 0 && poll(&fd, 1, (int)left_ms) > 0;
}

static int connect_one(struct probe *p, const struct addrinfo *to)
{
    int error = 0;
    socklen_t size = sizeof error;
    p->fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (p->fd < 0) {
        return errno;
    }
    if (connect(p->fd, to->ai_addr, to->ai_addrlen) == 0) {
        return 0;
    }
    if (errno != EINPROGRESS) {
        return errno;
    }
    if (!wait_for(p, POLLOUT, p->until_ms)) {
        return ETIMEDOUT;
    }
    return getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

static bool reach(struct probe *p)
{
    struct addrinfo *found = NULL;
    const struct addrinfo wanted = { .ai_socktype = SOCK_STREAM };
    char port[16];
    (void)snprintf(port, sizeof port, "%d", p->port);
    const int code = getaddrinfo(p->host, port, &wanted, &found);
    if (code != 0) {
        (void)snprintf(p->text, TLS_TEXT_BYTES, "no broker answers: the name %s: %s", p->host,
                       gai_strerror(code));
        return false;
    }
    int error = EHOSTUNREACH;
    for (const struct addrinfo *at = found; at != NULL && error != 0; at = at->ai_next) {
        if (p->fd >= 0) {
            (void)close(p->fd);
        }
        error = connect_one(p, at);
    }
    freeaddrinfo(found);
    if (error != 0) {
        (void)snprintf(p->text, TLS_TEXT_BYTES, "no broker answers: %s", strerror(error));
    }
    return error == 0;
}

/* Names and addresses that a certificate is for, as far as they fit. */
static void names_of(X509 *cert, char *names, size_t room)
{
    GENERAL_NAMES *all = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    size_t used = 0;
    names[0] = '\0';
    for (int i = 0; all != NULL && i < sk_GENERAL_NAME_num(all); i++) {
        const GENERAL_NAME *one = sk_GENERAL_NAME_value(all, i);
        char text[NAME_BYTES] = "";
        if (one->type == GEN_DNS) {
            (void)snprintf(text, sizeof text, "%.*s", ASN1_STRING_length(one->d.dNSName),
                           (const char *)ASN1_STRING_get0_data(one->d.dNSName));
        } else if (one->type == GEN_IPADD) {
            const int bytes = ASN1_STRING_length(one->d.iPAddress);
            const int family = bytes == 4 ? AF_INET : AF_INET6;
            if (bytes == 4 || bytes == 16) {
                (void)inet_ntop(family, ASN1_STRING_get0_data(one->d.iPAddress), text, sizeof text);
            }
        }
        const size_t bytes = strlen(text);
        if (bytes > 0 && used + bytes + 3 <= room) {
            used += (size_t)snprintf(names + used, room - used, "%s%s", used > 0 ? ", " : "", text);
        }
    }
    GENERAL_NAMES_free(all);
    if (used == 0) {
        (void)snprintf(names, room, "no name");
    }
}

/* The broker's certificate does not please us. */
static void say_verdict(const struct probe *p, X509 *cert, long verdict)
{
    char name[NAME_BYTES];
    char date[DATE_BYTES];
    char names[NAME_BYTES];
    name_of(cert, name);
    switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        date_of(X509_get0_notAfter(cert), date);
        (void)snprintf(
            p->text, TLS_TEXT_BYTES,
            "the broker's certificate '%s' ended %s: it must be renewed, or is the clock "
            "of this machine wrong?",
            name, date);
        break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        date_of(X509_get0_notBefore(cert), date);
        (void)snprintf(p->text, TLS_TEXT_BYTES,
                       "the broker's certificate '%s' begins %s: is the clock of this machine "
                       "right?",
                       name, date);
        break;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        names_of(cert, names, sizeof names);
        (void)snprintf(p->text, TLS_TEXT_BYTES,
                       "the broker's certificate is for %s, not for %s: --broker must be one of "
                       "these, or somebody else answers",
                       names, p->host);
        break;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        (void)snprintf(p->text, TLS_TEXT_BYTES,
                       "the broker's certificate '%s' is of a CA that is not in %s: is that this "
                       "city's CA, and this its broker?",
                       name, p->files->ca);
        break;
    default:
        (void)snprintf(p->text, TLS_TEXT_BYTES, "the broker's certificate '%s': %s", name,
                       X509_verify_cert_error_string(verdict));
        break;
    }
}

/* The broker does not want our certificate, or us. */
static const char *alert_text(int reason)
{
    switch (reason) {
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
        return "the broker says that our certificate (--cert) has expired: renew it, or is the "
               "broker's clock wrong?";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
        return "the broker says that our certificate (--cert) is revoked: ask the control centre";
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
        return "the broker does not accept our certificate (--cert): is it of the CA that the "
               "broker trusts, and a client's?";
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
        return "the broker wants a certificate of ours: give --cert and --key";
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_UNSUPPORTED_PROTOCOL:
        return "the broker speaks older TLS only: renew it, or allow 1.2 with --tls 1.2";
    case SSL_R_WRONG_VERSION_NUMBER:
        return "the broker answers without TLS at this port: is it the right one?";
    default:
        return NULL;
    }
}

static void say_error(const struct probe *p)
{
    const unsigned long code = ERR_peek_last_error();
    const char *text = ERR_GET_LIB(code) == ERR_LIB_SSL ? alert_text(ERR_GET_REASON(code)) : NULL;
    const char *reason = ERR_reason_error_string(code);
    if (text != NULL) {
        (void)snprintf(p->text, TLS_TEXT_BYTES, "%s", text);
    } else {
        (void)snprintf(p->text, TLS_TEXT_BYTES, "the broker ends the TLS handshake: %s",
                       reason != NULL ? reason : "without a reason; its log may know more");
    }
}

/* What SSL_connect or SSL_read came to. True: again, there may be more. */
static bool waits_again(struct probe *p, int result, int64_t until_ms)
{
    const int error = SSL_get_error(p->ssl, result);
    if (error == SSL_ERROR_WANT_READ) {
        return wait_for(p, POLLIN, until_ms);
    }
    return error == SSL_ERROR_WANT_WRITE && wait_for(p, POLLOUT, until_ms);
}

static void shake(struct probe *p)
{
    char byte = 0;
    ERR_clear_error();
    int result = SSL_connect(p->ssl);
    while (result != 1 && waits_again(p, result, p->until_ms)) { /* ends: until_ms */
        result = SSL_connect(p->ssl);
    }
    X509 *cert = SSL_get0_peer_certificate(p->ssl);
    const long verdict = SSL_get_verify_result(p->ssl);
    if (verdict != X509_V_OK && cert != NULL) {
        say_verdict(p, cert, verdict);
        return;
    }
    if (result != 1 && now_ms() >= p->until_ms) {
        (void)snprintf(p->text, TLS_TEXT_BYTES,
                       "something accepts the connection and says nothing: is it the broker?");
        return;
    }
    if (result != 1) {
        say_error(p);
        return;
    }
    const int64_t until_ms = now_ms() + ALERT_WAIT_MS;
    result = SSL_read(p->ssl, &byte, 1);
    while (result <= 0 && waits_again(p, result, until_ms)) { /* ends: until_ms */
        result = SSL_read(p->ssl, &byte, 1);
    }
    if (result <= 0 && SSL_get_error(p->ssl, result) != SSL_ERROR_WANT_READ) {
        say_error(p);
    }
}

/* As paho makes its own, name and address of the broker included. */
static bool make_context(struct probe *p)
{
    struct in6_addr any;
    p->context = SSL_CTX_new(TLS_client_method());
    bool is_good =
        p->context != NULL && SSL_CTX_load_verify_locations(p->context, p->files->ca, NULL) == 1;
    if (is_good && p->files->cert != NULL) {
        is_good = SSL_CTX_use_certificate_chain_file(p->context, p->files->cert) == 1 &&
                  SSL_CTX_use_PrivateKey_file(p->context, p->files->key, SSL_FILETYPE_PEM) == 1;
    }
    p->ssl = is_good ? SSL_new(p->context) : NULL;
    if (p->ssl == NULL || SSL_set_fd(p->ssl, p->fd) != 1) {
        (void)snprintf(p->text, TLS_TEXT_BYTES, "%s and what goes with it cannot be used",
                       p->files->ca);
        return false;
    }
    X509_VERIFY_PARAM *param = SSL_get0_param(p->ssl);
    const bool is_address =
        inet_pton(AF_INET, p->host, &any) == 1 || inet_pton(AF_INET6, p->host, &any) == 1;
    /* The verdict is asked for afterwards: OpenSSL forgets a certificate at which it gives up, and
     * nothing is sent here that a false broker could use. */
    SSL_set_verify(p->ssl, SSL_VERIFY_NONE, NULL);
    return is_address ? X509_VERIFY_PARAM_set1_ip_asc(param, p->host) == 1
                      : X509_VERIFY_PARAM_set1_host(param, p->host, 0) == 1 &&
                            SSL_set1_host(p->ssl, p->host) == 1;
}

void tls_explain(const struct tls_files *files, const char *host, int32_t port,
                 char text[TLS_TEXT_BYTES])
{
    struct probe p = { .files = files,
                       .host = host,
                       .port = port,
                       .until_ms = now_ms() + TLS_EXPLAIN_MS,
                       .fd = -1,
                       .text = text };
    text[0] = '\0';
    if ((files->ca == NULL || tls_check(files, text) == STATUS_OK) && reach(&p)) {
        text[0] = '\0'; /* a warning is not the reason */
        if (files->ca != NULL && make_context(&p)) {
            shake(&p);
        }
    }
    SSL_free(p.ssl);
    SSL_CTX_free(p.context);
    if (p.fd >= 0) {
        (void)close(p.fd);
    }
    ERR_clear_error();
}
