/* tls.h: what hal/mqtt.c needs of OpenSSL beside what paho offers: the oldest version of the
 * protocol that this process speaks, a look at our own files before they are used, and words for
 * what went wrong. paho says no more than "failed", and over TLS 1.3 a refused client learns why
 * only after the handshake, so that tls_explain makes a connection of its own and listens. Keeps
 * nothing. */
#ifndef KAVSAK_TLS_H
#define KAVSAK_TLS_H

#include <stddef.h>

#include "types.h"

enum {
    TLS_TEXT_BYTES = 400,
    TLS_EXPLAIN_MS = 4000, /* tls_explain waits no longer, the DNS apart */
    TLS_WARN_DAYS = 30     /* our certificate ends so soon: it is said at each connect */
};

struct tls_files { /* PEM; ca NULL: no TLS; cert and key both or none */
    const char *ca, *cert, *key;
};

/* For all connections of this process from now on: TLS 1.3, or 1.2 and later. Once, at the start.
 */
MUST_CHECK enum status tls_set_oldest(bool may_be_1_2);

/* Files as they are now. STATUS_NOT_FOUND: one cannot be read; STATUS_REFUSED: others may read the
 * key; STATUS_INVALID: no certificate, another key's, or not of this time. text says which, and
 * what to do; after STATUS_OK it is empty or a warning. */
MUST_CHECK enum status tls_check(const struct tls_files *files, char text[TLS_TEXT_BYTES]);

/* STATUS_REFUSED: everybody on this machine may read or write the file, or it is not ours to know.
 */
MUST_CHECK enum status tls_check_secret(const char *path, char text[TLS_TEXT_BYTES]);

/* Connects, and says why it does not work, or "" if it does. For threads that may wait. */
void tls_explain(const struct tls_files *files, const char *host, int32_t port,
                 char text[TLS_TEXT_BYTES]);

#endif
