#include "mqtt.h"

#include <MQTTAsync.h>
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "tls.h"

enum {
    KEEP_ALIVE_S = 20,
    CONNECT_TIMEOUT_S = 10,
    STUCK_MS = 30000, /* no answer to connect or subscribe: start over with a new handle */
    WORKER_TURN_MS = 50,
    REASON_BAD_VERSION_3 = 1, /* CONNACK of MQTT 3: unacceptable protocol version */
    REASON_NOT_SUBSCRIBED = 0x80,
    REASON_NOT_ALLOWED = 0x87, /* a refused subscription of MQTT 3.1.1 is told so too */
    REASON_BAD_PASSWORD = 0x86,
    EXPLAIN_EVERY_MS = 5000, /* one look at what is wrong serves all clients */
    STACK_BYTES = 262144
};

/* The library's unit of everything is int. */
_Static_assert(MQTT_PAYLOAD_MAX_BYTES < INT32_MAX, "payload lengths fit into int");

struct item { /* a message by value, in one block of memory */
    struct mqtt_message message;
    char bytes[];
};

struct queue {
    uint32_t first, count;
    struct item *item[MQTT_QUEUE_MAX];
};

enum phase { PHASE_PAUSE, PHASE_CONNECT, PHASE_SUBSCRIBE, PHASE_UP };

struct client {
    struct mqtt *mqtt;
    struct mqtt_client_settings settings;
    MQTTAsync handle; /* worker only */
    int32_t version;  /* tried now */
    enum phase phase;
    int64_t retry_ms, since_ms;
    uint32_t failures;    /* in a row, for the pause */
    uint32_t short_lives; /* connections in a row that a broker which is there closed soon */
    /* Said by callbacks, looked at by the worker. */
    bool has_connected, has_failed, has_subscribed, is_lost, is_taken_over, has_lost_message;
    int32_t code, reason;
    int64_t renewed_ms;
    uint32_t session;
    int32_t in_flight;
    struct queue out, in;
    struct item *taken; /* what mqtt_take gave last */
    struct mqtt_figures figures;
    bool has_news;
    char news[MQTT_TEXT_BYTES];
    char said[MQTT_TEXT_BYTES]; /* the last reason of a failure */
    int64_t said_ms;
    uint32_t renewals; /* of struct mqtt, seen */
};

struct mqtt {
    struct mqtt_settings settings;
    char uri[128];
    int wake_fd;
    pthread_t worker;
    pthread_mutex_t lock;
    pthread_cond_t work;
    bool is_stopping;
    int64_t stop_until_ms;
    uint32_t next_token;
    uint64_t random;
    char password[MQTT_PASSWORD_BYTES];
    uint32_t renewals;
    char why[TLS_TEXT_BYTES]; /* worker only: what tls_explain found */
    int64_t explained_ms;
    uint32_t client_count;
    struct client client[MQTT_CLIENT_MAX];
};

static int64_t now_ms(void)
{
    struct timespec at;
    REQUIRE(clock_gettime(CLOCK_MONOTONIC, &at) == 0);
    return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

static void lock(struct mqtt *m)
{
    REQUIRE(pthread_mutex_lock(&m->lock) == 0);
}

static void unlock(struct mqtt *m)
{
    REQUIRE(pthread_mutex_unlock(&m->lock) == 0);
}

/* The counter of an eventfd is full only after 2^64 - 2 wakes that nobody read. */
static void wake(struct mqtt *m)
{
    const uint64_t one = 1;
    const ssize_t written = write(m->wake_fd, &one, sizeof one);
    REQUIRE(written == sizeof one || errno == EAGAIN);
}

/* Messages and queues. */

static size_t text_bytes(const char *text)
{
    return text != NULL ? strlen(text) + 1 : 0;
}

static struct item *item_copy(const struct mqtt_message *m)
{
    const size_t topic = text_bytes(m->topic);
    const size_t response = text_bytes(m->response_topic);
    struct item *item =
        malloc(sizeof *item + topic + response + m->correlation_bytes + m->payload_bytes + 1);
    if (item == NULL) {
        return NULL;
    }
    item->message = *m;
    char *at = item->bytes;
    item->message.topic = memcpy(at, m->topic, topic);
    at += topic;
    item->message.response_topic = response > 0 ? memcpy(at, m->response_topic, response) : NULL;
    at += response;
    item->message.correlation =
        m->correlation_bytes > 0 ? memcpy(at, m->correlation, m->correlation_bytes) : NULL;
    at += m->correlation_bytes;
    item->message.payload = at;
    if (m->payload_bytes > 0) {
        memcpy(at, m->payload, m->payload_bytes);
    }
    at[m->payload_bytes] = '\0';
    return item;
}

static bool queue_put(struct queue *q, struct item *item, uint32_t room)
{
    if (item == NULL || q->count >= room) {
        free(item);
        return false;
    }
    q->item[(q->first + q->count) % MQTT_QUEUE_MAX] = item;
    q->count++;
    return true;
}

static struct item *queue_take(struct queue *q)
{
    if (q->count == 0) {
        return NULL;
    }
    struct item *item = q->item[q->first];
    q->first = (q->first + 1) % MQTT_QUEUE_MAX;
    q->count--;
    return item;
}

static uint32_t queue_empty(struct queue *q)
{
    const uint32_t count = q->count;
    for (uint32_t i = 0; i < count; i++) {
        free(queue_take(q));
    }
    return count;
}

/* Callbacks: in threads of the library. They take our lock, note what happened and leave. */

static void note(struct client *c, bool *flag, int32_t code, int32_t reason)
{
    lock(c->mqtt);
    *flag = true;
    c->code = code;
    c->reason = reason;
    REQUIRE(pthread_cond_signal(&c->mqtt->work) == 0);
    unlock(c->mqtt);
}

static void on_connect(void *context, MQTTAsync_successData *data)
{
    struct client *c = context;
    (void)data;
    note(c, &c->has_connected, 0, 0);
}

static void on_connect5(void *context, MQTTAsync_successData5 *data)
{
    struct client *c = context;
    (void)data;
    note(c, &c->has_connected, 0, 0);
}

static void on_failure(void *context, MQTTAsync_failureData *data)
{
    struct client *c = context;
    note(c, &c->has_failed, data != NULL ? data->code : -1, 0);
}

/* A CONNACK's reason comes as code or as reasonCode, depending on where the library saw it. */
static void on_failure5(void *context, MQTTAsync_failureData5 *data)
{
    struct client *c = context;
    const int32_t code = data != NULL ? data->code : -1;
    const int32_t reason = data != NULL ? (int32_t)data->reasonCode : 0;
    note(c, &c->has_failed, code, reason == 0 && code > 0 ? code : reason);
}

/* MQTT 3.1.1 answers a refused subscription with QoS 0x80, as a success. */
static void on_subscribe(void *context, MQTTAsync_successData *data)
{
    struct client *c = context;
    int32_t refused = 0;
    const uint32_t count = c->settings.subscription_count;
    for (uint32_t i = 0; data != NULL && count > 1 && i < count; i++) {
        refused += data->alt.qosList[i] >= REASON_NOT_SUBSCRIBED ? 1 : 0;
    }
    if (data != NULL && count == 1) {
        refused = data->alt.qos >= REASON_NOT_SUBSCRIBED ? 1 : 0;
    }
    note(c, refused > 0 ? &c->has_failed : &c->has_subscribed, 0,
         refused > 0 ? REASON_NOT_ALLOWED : 0);
}

static void on_subscribe5(void *context, MQTTAsync_successData5 *data)
{
    struct client *c = context;
    int32_t reason = data != NULL ? (int32_t)data->reasonCode : 0;
    const int count = data != NULL ? data->alt.sub.reasonCodeCount : 0;
    for (int i = 0; i < count; i++) {
        const int32_t one = (int32_t)data->alt.sub.reasonCodes[i];
        reason = one >= REASON_NOT_SUBSCRIBED ? one : reason;
    }
    const bool is_refused = reason >= REASON_NOT_SUBSCRIBED;
    note(c, is_refused ? &c->has_failed : &c->has_subscribed, 0, is_refused ? reason : 0);
}

static void on_lost(void *context, char *cause)
{
    struct client *c = context;
    (void)cause;
    note(c, &c->is_lost, 0, 0);
}

static void on_disconnected(void *context, MQTTProperties *properties, enum MQTTReasonCodes reason)
{
    struct client *c = context;
    (void)properties;
    lock(c->mqtt);
    c->is_taken_over = reason == MQTTREASONCODE_SESSION_TAKEN_OVER;
    unlock(c->mqtt);
    note(c, &c->is_lost, 0, (int32_t)reason);
}

static void sent(struct client *c, bool is_good)
{
    lock(c->mqtt);
    c->in_flight -= c->in_flight > 0 ? 1 : 0;
    c->figures.acknowledged += is_good ? 1 : 0;
    c->figures.failed += is_good ? 0 : 1;
    c->has_lost_message = c->has_lost_message || !is_good;
    REQUIRE(pthread_cond_signal(&c->mqtt->work) == 0);
    unlock(c->mqtt);
}

static void on_sent(void *context, MQTTAsync_successData *data)
{
    (void)data;
    sent(context, true);
}

static void on_sent5(void *context, MQTTAsync_successData5 *data)
{
    sent(context, data == NULL || (int32_t)data->reasonCode < REASON_NOT_SUBSCRIBED);
}

static void on_unsent(void *context, MQTTAsync_failureData *data)
{
    (void)data;
    sent(context, false);
}

static void on_unsent5(void *context, MQTTAsync_failureData5 *data)
{
    (void)data;
    sent(context, false);
}

static bool is_bulk(const struct client *c, const char *topic)
{
    for (uint32_t i = 0; i < c->settings.subscription_count; i++) {
        const struct mqtt_subscription *s = &c->settings.subscription[i];
        if (s->is_bulk && strcmp(s->topic, topic) == 0) {
            return true;
        }
    }
    return false;
}

/* A property that is text for us: NULL if absent, with a zero inside, or too long. */
static const char *text_property(MQTTProperties *properties, enum MQTTPropertyCodes code,
                                 char *text, size_t room)
{
    const MQTTProperty *p = MQTTProperties_getProperty(properties, code);
    if (p == NULL || p->value.data.len <= 0 || (size_t)p->value.data.len >= room ||
        memchr(p->value.data.data, '\0', (size_t)p->value.data.len) != NULL) {
        return NULL;
    }
    memcpy(text, p->value.data.data, (size_t)p->value.data.len);
    text[p->value.data.len] = '\0';
    return text;
}

static void store_arrived(struct client *c, const char *topic, MQTTAsync_message *m)
{
    char response[MQTT_TOPIC_BYTES];
    struct mqtt_message in = { .topic = topic,
                               .payload = m->payload,
                               .payload_bytes = (size_t)m->payloadlen,
                               .qos = m->qos,
                               .retain = m->retained != 0 };
    if (c->version == 5) {
        in.response_topic = text_property(&m->properties, MQTTPROPERTY_CODE_RESPONSE_TOPIC,
                                          response, sizeof response);
        const MQTTProperty *p =
            MQTTProperties_getProperty(&m->properties, MQTTPROPERTY_CODE_CORRELATION_DATA);
        if (p != NULL && p->value.data.len > 0 && p->value.data.len <= MQTT_CORRELATION_MAX_BYTES) {
            in.correlation = p->value.data.data;
            in.correlation_bytes = (size_t)p->value.data.len;
        }
    }
    const uint32_t room = is_bulk(c, topic) ? MQTT_QUEUE_MAX - MQTT_QUEUE_RESERVE : MQTT_QUEUE_MAX;
    c->figures.received++;
    c->figures.dropped_in += queue_put(&c->in, item_copy(&in), room) ? 0 : 1;
}

static int on_message(void *context, char *topic, int topic_bytes, MQTTAsync_message *message)
{
    struct client *c = context;
    lock(c->mqtt);
    /* topic_bytes is 0 unless the topic has zeros inside, which no topic of ours has. */
    const bool is_strange = topic_bytes != 0 && (size_t)topic_bytes != strlen(topic);
    if (is_strange || message->payloadlen < 0 || message->payloadlen > MQTT_PAYLOAD_MAX_BYTES ||
        strlen(topic) >= MQTT_TOPIC_BYTES) {
        c->figures.too_large++;
    } else {
        store_arrived(c, topic, message);
        wake(c->mqtt);
    }
    unlock(c->mqtt);
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

/* The worker. Takes the lock for looks at the queues, never for calls into the library. */

static void tell(struct client *c, const char *text)
{
    lock(c->mqtt);
    (void)snprintf(c->news, sizeof c->news, "%s", text);
    c->has_news = true;
    wake(c->mqtt);
    unlock(c->mqtt);
}

static bool make_handle(struct client *c)
{
    MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;
    options.MQTTVersion = c->version == 5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
    options.maxBufferedMessages = MQTT_WINDOW;
    int code = MQTTAsync_createWithOptions(&c->handle, c->mqtt->uri, c->settings.client_id,
                                           MQTTCLIENT_PERSISTENCE_NONE, NULL, &options);
    if (code != MQTTASYNC_SUCCESS) {
        c->handle = NULL;
        return false;
    }
    code = MQTTAsync_setCallbacks(c->handle, c, on_lost, on_message, NULL);
    if (code == MQTTASYNC_SUCCESS && c->version == 5) {
        code = MQTTAsync_setDisconnected(c->handle, c, on_disconnected);
    }
    if (code != MQTTASYNC_SUCCESS) {
        MQTTAsync_destroy(&c->handle);
        return false;
    }
    return true;
}

static int start_connect(struct client *c)
{
    const struct mqtt_settings *s = &c->mqtt->settings;
    MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
    if (c->version == 5) {
        const MQTTAsync_connectOptions options5 = MQTTAsync_connectOptions_initializer5;
        options = options5;
        options.cleanstart = 1;
        options.onSuccess5 = on_connect5;
        options.onFailure5 = on_failure5;
    } else {
        options.MQTTVersion = MQTTVERSION_3_1_1;
        options.cleansession = 1;
        options.onSuccess = on_connect;
        options.onFailure = on_failure;
    }
    MQTTAsync_willOptions will = MQTTAsync_willOptions_initializer;
    will.topicName = c->settings.will_topic;
    will.message = c->settings.will_payload;
    will.retained = 1;
    will.qos = 1;
    char password[MQTT_PASSWORD_BYTES];
    lock(c->mqtt);
    memcpy(password, c->mqtt->password, sizeof password);
    unlock(c->mqtt);
    MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
    tls.disableDefaultTrustStore = 1;
    tls.trustStore = s->ca;
    tls.keyStore = s->cert;
    tls.privateKey = s->key;
    tls.verify = 1;
    options.will = c->settings.will_topic[0] != '\0' ? &will : NULL;
    options.ssl = s->ca != NULL ? &tls : NULL;
    options.username = s->user;
    options.password = s->password != NULL ? password : NULL;
    options.keepAliveInterval = KEEP_ALIVE_S;
    options.connectTimeout = CONNECT_TIMEOUT_S;
    options.maxInflight = MQTT_WINDOW;
    options.context = c;
    const int code = MQTTAsync_connect(c->handle, &options); /* which copies them */
    explicit_bzero(password, sizeof password);
    return code;
}

static int start_subscribe(struct client *c)
{
    char *topic[MQTT_SUBSCRIPTION_MAX];
    int qos[MQTT_SUBSCRIPTION_MAX];
    MQTTSubscribe_options how[MQTT_SUBSCRIPTION_MAX];
    const uint32_t count = c->settings.subscription_count;
    for (uint32_t i = 0; i < count; i++) {
        const MQTTSubscribe_options plain = MQTTSubscribe_options_initializer;
        topic[i] = c->settings.subscription[i].topic;
        qos[i] = 1;
        how[i] = plain;
        how[i].retainHandling = c->settings.subscription[i].wants_retained ? 0 : 2;
    }
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    options.context = c;
    if (c->version == 5) {
        options.onSuccess5 = on_subscribe5;
        options.onFailure5 = on_failure5;
        options.subscribeOptions = how[0];
        options.subscribeOptionsCount = (int)count;
        options.subscribeOptionsList = how;
    } else {
        options.onSuccess = on_subscribe;
        options.onFailure = on_failure;
    }
    return MQTTAsync_subscribeMany(c->handle, (int)count, topic, qos, &options);
}

static int send_item(struct client *c, const struct item *item)
{
    const struct mqtt_message *m = &item->message;
    MQTTAsync_message out = MQTTAsync_message_initializer;
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    /* The library copies the payload and declares it writable. */
    union {
        const void *ours;
        void *theirs;
    } payload = { .ours = m->payload }, correlation = { .ours = m->correlation };
    out.payload = payload.theirs;
    out.payloadlen = (int)m->payload_bytes;
    out.qos = m->qos;
    out.retained = m->retain ? 1 : 0;
    options.context = c;
    if (c->version != 5) {
        options.onSuccess = on_sent;
        options.onFailure = on_unsent;
        return MQTTAsync_sendMessage(c->handle, m->topic, &out, &options);
    }
    options.onSuccess5 = on_sent5;
    options.onFailure5 = on_unsent5;
    MQTTProperty type = { .identifier = MQTTPROPERTY_CODE_CONTENT_TYPE };
    union {
        const char *ours;
        char *theirs;
    } content = { .ours = m->content_type != NULL ? m->content_type : c->settings.content_type };
    type.value.data.data = content.theirs;
    type.value.data.len = (int)strlen(content.ours);
    MQTTProperty echo = { .identifier = MQTTPROPERTY_CODE_CORRELATION_DATA };
    echo.value.data.data = correlation.theirs;
    echo.value.data.len = (int)m->correlation_bytes;
    int code = 0;
    if (type.value.data.len > 0 && m->payload_bytes > 0) {
        code = MQTTProperties_add(&out.properties, &type);
    }
    if (code == 0 && m->correlation_bytes > 0) {
        code = MQTTProperties_add(&out.properties, &echo);
    }
    if (code == 0) {
        code = MQTTAsync_sendMessage(c->handle, m->topic, &out, &options);
    }
    MQTTProperties_free(&out.properties);
    return code;
}

/* Half of the pause is fixed, half is chance, so that a city does not come back in one moment. */
static int64_t pause_ms(struct client *c)
{
    struct mqtt *m = c->mqtt;
    int64_t pause = MQTT_PAUSE_MIN_MS;
    for (uint32_t i = 1; i < c->failures && pause < MQTT_PAUSE_MAX_MS; i++) {
        pause *= 2;
    }
    pause = pause < MQTT_PAUSE_MAX_MS ? pause : MQTT_PAUSE_MAX_MS;
    m->random =
        m->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407); /* Knuth */
    return pause / 2 + (int64_t)((m->random >> 33) % (uint64_t)(pause / 2 + 1));
}

static const char *refusal_text(const struct client *c)
{
    if (c->phase == PHASE_SUBSCRIBE) {
        return "not authorized to subscribe: the broker's access list does not know this node";
    }
    const bool is_password = c->reason == REASON_BAD_PASSWORD || c->code == 4;
    return is_password ? "not authorized: it knows no such --user, or not with this password"
                       : "not authorized: are certificate, --user and password those that it was "
                         "given for this node?";
}

/* Of a connection that was refused, or ended. Text with a newline or a password is never in it. */
static const char *reason_text(const struct client *c)
{
    const bool is_refused = c->reason == REASON_BAD_PASSWORD || c->reason == REASON_NOT_ALLOWED ||
                            c->code == 4 || c->code == 5;
    if (c->is_taken_over) {
        return "another client takes our id: is a second kavsak-link running for this node?";
    }
    if (is_refused) {
        return refusal_text(c);
    }
    if (c->reason != 0) {
        const char *text = MQTTReasonCode_toString((enum MQTTReasonCodes)c->reason);
        return text != NULL ? text : "refused";
    }
    if (c->code > 0) { /* CONNACK of MQTT 3.1.1 */
        return "refused";
    }
    if (c->phase == PHASE_UP) {
        return "connection lost";
    }
    return c->mqtt->why[0] != '\0' ? c->mqtt->why : "no broker answers as one";
}

/* Never under the lock: it waits for the network. */
static void explain(struct client *c)
{
    struct mqtt *m = c->mqtt;
    const struct tls_files files = { .ca = m->settings.ca,
                                     .cert = m->settings.cert,
                                     .key = m->settings.key };
    lock(m);
    const bool is_clear = c->phase == PHASE_UP || c->phase == PHASE_SUBSCRIBE || c->reason != 0 ||
                          c->code > 0 || m->is_stopping;
    unlock(m);
    if (!is_clear && (m->why[0] == '\0' || now_ms() - m->explained_ms >= EXPLAIN_EVERY_MS)) {
        tls_explain(&files, m->settings.host, m->settings.port, m->why);
        m->explained_ms = now_ms();
    }
}

/* mosquitto 2.0.11 (measured) closes the connection of a client whose id another one takes without
 * a word, so that two losses within a minute, with the broker there in between, are taken as the
 * sign. */
static void judge_loss(struct client *c, bool was_up, int64_t now)
{
    const bool is_long = was_up && now - c->since_ms >= MQTT_STEADY_MS;
    if (!was_up || is_long) {
        c->short_lives = 0;
    } else if (c->reason == 0) {
        c->short_lives++;
    }
    if (is_long) {
        c->failures = 0;
    }
    c->is_taken_over = c->is_taken_over || c->short_lives >= 2;
}

/* What fails again and again for one reason is said once in a while, not each time. */
static void say_reason(struct client *c, bool was_up, int64_t now)
{
    const char *reason = reason_text(c);
    if (was_up || strcmp(reason, c->said) != 0 || now - c->said_ms >= MQTT_REPEAT_MS) {
        (void)snprintf(c->said, sizeof c->said, "%s", reason);
        c->said_ms = now;
        (void)snprintf(c->news, sizeof c->news, "broker %s: %s", c->mqtt->uri, reason);
        c->has_news = true;
    }
}

/* Back to pause; what was queued is old by the time we are back. */
static void fall(struct client *c, int64_t now)
{
    struct mqtt *m = c->mqtt;
    explain(c);
    lock(m);
    const bool was_up = c->phase == PHASE_UP;
    judge_loss(c, was_up, now);
    c->failures++;
    int64_t pause = pause_ms(c);
    if (c->is_taken_over && pause < MQTT_TAKEN_OVER_PAUSE_MS) {
        pause += MQTT_TAKEN_OVER_PAUSE_MS;
    }
    say_reason(c, was_up, now);
    c->phase = PHASE_PAUSE;
    c->retry_ms = now + pause;
    c->figures.dropped_out += queue_empty(&c->out);
    c->figures.version = 0;
    c->in_flight = 0;
    c->has_connected = c->has_failed = c->has_subscribed = c->is_lost = c->is_taken_over = false;
    c->code = c->reason = 0;
    wake(m);
    unlock(m);
}

static void drop_handle(struct client *c)
{
    if (c->handle != NULL) {
        MQTTAsync_destroy(&c->handle);
        c->handle = NULL;
    }
}

static void enter(struct client *c, enum phase phase, int64_t now)
{
    lock(c->mqtt);
    c->phase = phase;
    c->since_ms = now;
    unlock(c->mqtt);
}

static void begin(struct client *c, int64_t now)
{
    drop_handle(c);
    if (!make_handle(c) || start_connect(c) != MQTTASYNC_SUCCESS) {
        fall(c, now);
        return;
    }
    enter(c, PHASE_CONNECT, now);
}

/* Refused for its version alone: at once again with 3.1.1, and so from then on. */
static bool falls_back(struct client *c)
{
    const bool is_version = c->reason == MQTTREASONCODE_UNSUPPORTED_PROTOCOL_VERSION ||
                            c->reason == REASON_BAD_VERSION_3 || c->code == REASON_BAD_VERSION_3;
    if (c->phase != PHASE_CONNECT || c->version != 5 || !is_version) {
        return false;
    }
    c->version = 3;
    return true;
}

static void rise(struct client *c, int64_t now)
{
    struct mqtt *m = c->mqtt;
    const struct tls_files files = { .ca = m->settings.ca,
                                     .cert = m->settings.cert,
                                     .key = m->settings.key };
    char warning[TLS_TEXT_BYTES];
    const bool is_fit = tls_check(&files, warning) == STATUS_OK; /* warnings: it ends soon */
    lock(m);
    c->phase = PHASE_UP;
    c->since_ms = now;
    c->session++;
    c->figures.connects++;
    c->figures.version = c->version;
    c->has_lost_message = false;
    c->renewed_ms = now;
    (void)snprintf(c->news, sizeof c->news, "broker %s: connected, MQTT %s%s%s", m->uri,
                   c->version == 5 ? "5" : "3.1.1", is_fit && warning[0] != '\0' ? "; " : "",
                   is_fit ? warning : "");
    c->has_news = true;
    c->said[0] = '\0';
    m->why[0] = '\0';
    wake(m);
    unlock(m);
}

static void leave(struct client *c)
{
    MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;
    if (c->version == 5) {
        const MQTTAsync_disconnectOptions options5 = MQTTAsync_disconnectOptions_initializer5;
        options = options5;
    }
    options.timeout = 500;
    if (c->handle != NULL && c->phase == PHASE_UP &&
        MQTTAsync_disconnect(c->handle, &options) == MQTTASYNC_SUCCESS) {
        /* The library sends the packet from its own thread; destroying too early would cut it off,
         * and the broker would send the will. */
        const struct timespec pause = { .tv_nsec = 200000000L };
        (void)nanosleep(&pause, NULL);
    }
    drop_handle(c);
}

/* Not a failure: no pause, and the will is not sent. Everything is announced afresh by whoever sees
 * the new session. */
static void start_over(struct client *c, int64_t now)
{
    leave(c);
    lock(c->mqtt);
    c->phase = PHASE_PAUSE;
    c->retry_ms = now;
    c->failures = 0;
    c->figures.dropped_out += queue_empty(&c->out);
    c->in_flight = 0;
    c->has_connected = c->has_failed = c->has_subscribed = c->is_lost = c->is_taken_over = false;
    c->code = c->reason = 0;
    unlock(c->mqtt);
}

/* Of what came since the last look, the worst counts. */
static void advance(struct client *c, int64_t now)
{
    struct mqtt *m = c->mqtt;
    lock(m);
    const bool has_ended = c->has_failed || c->is_lost;
    const bool has_connected = c->has_connected;
    const bool has_subscribed = c->has_subscribed;
    c->has_connected = false;
    c->has_subscribed = false;
    const bool is_stuck =
        (c->phase == PHASE_CONNECT || c->phase == PHASE_SUBSCRIBE) && now - c->since_ms >= STUCK_MS;
    const bool is_due = c->phase == PHASE_PAUSE && now >= c->retry_ms && !m->is_stopping;
    const bool is_to_start_over = c->renewals != m->renewals && !m->is_stopping;
    c->renewals = m->renewals;
    const bool is_renewed =
        c->phase == PHASE_UP && c->has_lost_message && now - c->renewed_ms >= MQTT_LOSS_PAUSE_MS;
    if (is_renewed) {
        c->session++;
        c->has_lost_message = false;
        c->renewed_ms = now;
    }
    unlock(m);
    if (is_to_start_over) {
        start_over(c, now);
    } else if (c->phase == PHASE_PAUSE) {
        if (is_due) {
            begin(c, now);
        }
    } else if (has_ended && falls_back(c)) {
        fall(c, now);
        c->retry_ms = now;
        tell(c, "the broker does not speak MQTT 5, going on with 3.1.1");
    } else if (has_ended || is_stuck) {
        drop_handle(c);
        fall(c, now);
    } else if (c->phase == PHASE_CONNECT && has_connected) {
        enter(c, PHASE_SUBSCRIBE, now);
        if (c->settings.subscription_count == 0) {
            rise(c, now);
        } else if (start_subscribe(c) != MQTTASYNC_SUCCESS) {
            fall(c, now);
        }
    } else if (c->phase == PHASE_SUBSCRIBE && has_subscribed) {
        rise(c, now);
    }
}

static struct item *next_out(struct client *c)
{
    struct item *item = NULL;
    lock(c->mqtt);
    if (c->phase == PHASE_UP && c->in_flight < MQTT_WINDOW) {
        item = queue_take(&c->out);
        c->in_flight += item != NULL ? 1 : 0;
        c->figures.published += item != NULL ? 1 : 0;
    }
    unlock(c->mqtt);
    return item;
}

static void send_queued(struct client *c)
{
    for (int32_t i = 0; i < MQTT_WINDOW; i++) {
        struct item *item = next_out(c);
        if (item == NULL) {
            return;
        }
        if (send_item(c, item) != MQTTASYNC_SUCCESS) {
            sent(c, false);
        }
        free(item);
    }
}

static bool is_done(struct mqtt *m)
{
    bool is_done = m->is_stopping;
    for (uint32_t i = 0; i < m->client_count; i++) {
        const struct client *c = &m->client[i];
        is_done = is_done && (c->phase != PHASE_UP || (c->out.count == 0 && c->in_flight == 0));
    }
    return is_done || (m->is_stopping && now_ms() >= m->stop_until_ms);
}

static bool has_work(const struct client *c)
{
    return c->has_connected || c->has_failed || c->has_subscribed || c->is_lost ||
           c->renewals != c->mqtt->renewals ||
           (c->phase == PHASE_UP && c->out.count > 0 && c->in_flight < MQTT_WINDOW);
}

/* False: time to end. */
static bool wait_for_work(struct mqtt *m)
{
    struct timespec until;
    REQUIRE(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
    until.tv_nsec += WORKER_TURN_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    lock(m);
    bool is_idle = true;
    for (uint32_t i = 0; i < m->client_count; i++) {
        is_idle = is_idle && !has_work(&m->client[i]);
    }
    if (is_idle && !is_done(m)) {
        (void)pthread_cond_timedwait(&m->work, &m->lock, &until);
    }
    const bool goes_on = !is_done(m);
    unlock(m);
    return goes_on;
}

static void *work(void *self)
{
    struct mqtt *m = self;
    while (wait_for_work(m)) { /* ends: mqtt_destroy */
        for (uint32_t i = 0; i < m->client_count; i++) {
            advance(&m->client[i], now_ms());
            send_queued(&m->client[i]);
        }
    }
    for (uint32_t i = 0; i < m->client_count; i++) {
        leave(&m->client[i]);
    }
    return NULL;
}

/* For callers. */

static enum status start(struct mqtt *m)
{
    pthread_condattr_t monotonic;
    pthread_attr_t small;
    REQUIRE(pthread_mutex_init(&m->lock, NULL) == 0);
    REQUIRE(pthread_condattr_init(&monotonic) == 0);
    REQUIRE(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
    REQUIRE(pthread_cond_init(&m->work, &monotonic) == 0);
    (void)pthread_condattr_destroy(&monotonic);
    REQUIRE(pthread_attr_init(&small) == 0);
    REQUIRE(pthread_attr_setstacksize(&small, STACK_BYTES) == 0);
    const int code = pthread_create(&m->worker, &small, work, m);
    (void)pthread_attr_destroy(&small);
    return code == 0 ? STATUS_OK : STATUS_NO_SPACE;
}

bool mqtt_is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, host, &four) == 1) {
        return ntohl(four.s_addr) >> 24 == 127;
    }
    if (inet_pton(AF_INET6, host, &six) == 1) {
        return IN6_IS_ADDR_LOOPBACK(&six);
    }
    return strcmp(host, "localhost") == 0;
}

static void keep_password(struct mqtt *m, const char *password)
{
    (void)snprintf(m->password, sizeof m->password, "%s", password != NULL ? password : "");
}

enum status mqtt_create(const struct mqtt_settings *settings, uint32_t client_count,
                        const struct mqtt_client_settings *client, struct mqtt **mqtt)
{
    REQUIRE(client_count <= MQTT_CLIENT_MAX);
    if (settings->ca != NULL && tls_set_oldest(settings->may_be_tls_1_2) != STATUS_OK) {
        return STATUS_IO;
    }
    struct mqtt *m = calloc(1, sizeof *m);
    if (m == NULL) {
        return STATUS_NO_SPACE;
    }
    m->settings = *settings;
    keep_password(m, settings->password);
    const bool is_six = strchr(settings->host, ':') != NULL;
    (void)snprintf(m->uri, sizeof m->uri, "%s://%s%s%s:%d", settings->ca != NULL ? "ssl" : "tcp",
                   is_six ? "[" : "", settings->host, is_six ? "]" : "", settings->port);
    if (getrandom(&m->random, sizeof m->random, GRND_NONBLOCK) != (ssize_t)sizeof m->random) {
        m->random = (uint64_t)now_ms() ^ ((uint64_t)getpid() << 32);
    }
    m->client_count = client_count;
    for (uint32_t i = 0; i < client_count; i++) {
        REQUIRE(client[i].subscription_count <= MQTT_SUBSCRIPTION_MAX);
        m->client[i].mqtt = m;
        m->client[i].settings = client[i];
        m->client[i].version = settings->version;
    }
    m->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (m->wake_fd < 0) {
        free(m);
        return STATUS_IO;
    }
    MQTTAsync_init_options once = MQTTAsync_init_options_initializer;
    once.do_openssl_init = 1;
    MQTTAsync_global_init(&once);
    const enum status status = start(m);
    if (status != STATUS_OK) {
        (void)close(m->wake_fd);
        free(m);
        return status;
    }
    *mqtt = m;
    return STATUS_OK;
}

void mqtt_destroy(struct mqtt *mqtt, int32_t wait_ms)
{
    if (mqtt == NULL) {
        return;
    }
    lock(mqtt);
    mqtt->is_stopping = true;
    mqtt->stop_until_ms = now_ms() + wait_ms;
    REQUIRE(pthread_cond_signal(&mqtt->work) == 0);
    unlock(mqtt);
    REQUIRE(pthread_join(mqtt->worker, NULL) == 0);
    for (uint32_t i = 0; i < mqtt->client_count; i++) {
        (void)queue_empty(&mqtt->client[i].in);
        (void)queue_empty(&mqtt->client[i].out);
        free(mqtt->client[i].taken);
    }
    (void)pthread_cond_destroy(&mqtt->work);
    (void)pthread_mutex_destroy(&mqtt->lock);
    (void)close(mqtt->wake_fd);
    free(mqtt);
}

void mqtt_renew(struct mqtt *mqtt, const char *password)
{
    lock(mqtt);
    keep_password(mqtt, password);
    mqtt->renewals++;
    REQUIRE(pthread_cond_signal(&mqtt->work) == 0);
    unlock(mqtt);
}

enum status mqtt_publish(struct mqtt *mqtt, uint32_t client_ix, const struct mqtt_message *message,
                         uint32_t *token)
{
    REQUIRE(client_ix < mqtt->client_count && message->payload_bytes <= MQTT_PAYLOAD_MAX_BYTES);
    struct client *c = &mqtt->client[client_ix];
    struct item *item = item_copy(message);
    lock(mqtt);
    enum status status = STATUS_IO;
    if (c->phase == PHASE_UP) {
        status = queue_put(&c->out, item, MQTT_QUEUE_MAX) ? STATUS_OK : STATUS_AGAIN;
        item = NULL; /* queued or freed */
    }
    if (status == STATUS_OK) {
        *token = ++mqtt->next_token;
        REQUIRE(pthread_cond_signal(&mqtt->work) == 0);
    } else {
        c->figures.dropped_out++;
    }
    unlock(mqtt);
    free(item);
    return status;
}

bool mqtt_take(struct mqtt *mqtt, uint32_t client_ix, struct mqtt_message *message)
{
    REQUIRE(client_ix < mqtt->client_count);
    struct client *c = &mqtt->client[client_ix];
    lock(mqtt);
    free(c->taken);
    c->taken = queue_take(&c->in);
    unlock(mqtt);
    if (c->taken == NULL) {
        return false;
    }
    *message = c->taken->message;
    return true;
}

uint32_t mqtt_waiting(struct mqtt *mqtt, uint32_t client_ix)
{
    REQUIRE(client_ix < mqtt->client_count);
    struct client *c = &mqtt->client[client_ix];
    lock(mqtt);
    /* A loss that was noticed and not yet told counts too: the next session comes first. */
    const uint32_t waiting =
        c->out.count + (uint32_t)c->in_flight + (c->has_lost_message || c->is_lost ? 1 : 0);
    unlock(mqtt);
    return waiting;
}

bool mqtt_is_up(struct mqtt *mqtt, uint32_t client_ix, uint32_t *session)
{
    REQUIRE(client_ix < mqtt->client_count);
    struct client *c = &mqtt->client[client_ix];
    lock(mqtt);
    const bool is_up = c->phase == PHASE_UP;
    *session = c->session;
    unlock(mqtt);
    return is_up;
}

int mqtt_wake_fd(const struct mqtt *mqtt)
{
    return mqtt->wake_fd;
}

void mqtt_get_figures(struct mqtt *mqtt, uint32_t client_ix, struct mqtt_figures *figures)
{
    REQUIRE(client_ix < mqtt->client_count);
    lock(mqtt);
    *figures = mqtt->client[client_ix].figures;
    unlock(mqtt);
}

bool mqtt_news(struct mqtt *mqtt, uint32_t client_ix, char text[MQTT_TEXT_BYTES])
{
    REQUIRE(client_ix < mqtt->client_count);
    struct client *c = &mqtt->client[client_ix];
    lock(mqtt);
    const bool has_news = c->has_news;
    c->has_news = false;
    memcpy(text, c->news, MQTT_TEXT_BYTES);
    unlock(mqtt);
    return has_news;
}
