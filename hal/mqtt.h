/* mqtt.h: connections to an MQTT broker, one for each client, served by a thread of their own. All
 * calls into the paho library are made by that thread: they may take a lock that is held over a DNS
 * look-up of many seconds. Callers only touch bounded queues and never wait. Connects by itself,
 * with growing pauses and jitter, subscribes, and only then says it is up. Keeps nothing over a
 * lost connection: who publishes states publishes them afresh. Owned by the link's main. */
#ifndef KAVSAK_MQTT_H
#define KAVSAK_MQTT_H

#include "world.h"

enum {
    MQTT_CLIENT_MAX = 16,
    MQTT_SUBSCRIPTION_MAX = 40,
    MQTT_TOPIC_BYTES = 256,
    MQTT_PAYLOAD_MAX_BYTES = 65536, /* larger ones are dropped and counted */
    MQTT_QUEUE_MAX = 256,           /* messages waiting, each way and client */
    MQTT_QUEUE_RESERVE = 64,        /* of these for topics that are not bulk */
    MQTT_WINDOW = 32,               /* handed to the library and not yet acknowledged */
    MQTT_CORRELATION_MAX_BYTES = 128,
    MQTT_TEXT_BYTES = 560,
    MQTT_PASSWORD_BYTES = 256,
    MQTT_PAUSE_MIN_MS = 1000,
    MQTT_PAUSE_MAX_MS = 60000,
    MQTT_STEADY_MS = 60000,           /* up for this long: pauses start small again */
    MQTT_TAKEN_OVER_PAUSE_MS = 30000, /* someone else uses our name: do not fight for it */
    MQTT_LOSS_PAUSE_MS = 60000,       /* at most one new session in this time for messages lost */
    MQTT_REPEAT_MS = 600000 /* the same reason for a failure is said again only after this */
};

struct mqtt_settings {
    const char *host;
    int32_t port;
    int32_t version; /* 5: falls back to 3.1.1 if the broker refuses it; 3: 3.1.1 at once */
    const char *user, *password; /* NULL none */
    const char *ca, *cert, *key; /* files, read at each connect; ca not NULL: TLS */
    bool may_be_tls_1_2;         /* otherwise 1.3 and nothing older */
};

struct mqtt_subscription {
    char topic[MQTT_TOPIC_BYTES];
    bool wants_retained; /* over MQTT 5 the broker is asked not to send retained ones otherwise */
    bool is_bulk;        /* may not fill the queue to its end */
};

struct mqtt_client_settings {
    char client_id[MQTT_TOPIC_BYTES];
    char will_topic[MQTT_TOPIC_BYTES]; /* retained, QoS 1 */
    char will_payload[64];
    char content_type[32]; /* of all we publish; MQTT 5 only */
    uint32_t subscription_count;
    struct mqtt_subscription subscription[MQTT_SUBSCRIPTION_MAX];
};

struct mqtt_figures {
    uint64_t connects, published, acknowledged, failed; /* failed: handed over, then lost */
    uint64_t received, dropped_in, dropped_out, too_large;
    int32_t version; /* of the present connection; 0 none */
};

struct mqtt;

/* Whether a broker at this address or name is certainly on this machine: only there TLS may be done
 * without. */
bool mqtt_is_loopback(const char *host);

/* Copies both settings; the strings of the first stay the caller's. Starts the thread. */
MUST_CHECK enum status mqtt_create(const struct mqtt_settings *settings, uint32_t client_count,
                                   const struct mqtt_client_settings *client, struct mqtt **mqtt);
/* Sends what waits, disconnects (so that no will is sent) and ends the thread, within wait_ms or a
 * little more. */
void mqtt_destroy(struct mqtt *mqtt, int32_t wait_ms);

/* Files of certificates, or the password, have changed: connects anew with them, at once. */
void mqtt_renew(struct mqtt *mqtt, const char *password);

/* As in struct world, which says what they promise. */
enum status mqtt_publish(struct mqtt *mqtt, uint32_t client_ix, const struct mqtt_message *message,
                         uint32_t *token);
bool mqtt_take(struct mqtt *mqtt, uint32_t client_ix, struct mqtt_message *message);
bool mqtt_is_up(struct mqtt *mqtt, uint32_t client_ix, uint32_t *session);
uint32_t mqtt_waiting(struct mqtt *mqtt, uint32_t client_ix);

/* Readable when something came in or a connection changed. Read it before looking. */
int mqtt_wake_fd(const struct mqtt *mqtt);

void mqtt_get_figures(struct mqtt *mqtt, uint32_t client_ix, struct mqtt_figures *figures);
/* What there is to say about the connection since the last call, for the log. */
bool mqtt_news(struct mqtt *mqtt, uint32_t client_ix, char text[MQTT_TEXT_BYTES]);

#endif
