/* link_options.h: the command line of kavsak-link. What is unknown, doubled or out of range is
 * refused, never guessed. */
#ifndef KAVSAK_LINK_OPTIONS_H
#define KAVSAK_LINK_OPTIONS_H

#include "mqtt.h"
#include "topic.h"

enum link_options_result {
    LINK_OPTIONS_RUN,
    LINK_OPTIONS_HELP,
    LINK_OPTIONS_VERSION,
    LINK_OPTIONS_WRONG
};

enum { LINK_OPTIONS_TEXT_BYTES = 300 };

struct link_options {
    const char *socket_path;
    const char *broker; /* NULL: as site.yaml says */
    int32_t port;       /* 0: likewise */
    int32_t version;    /* 3 or 5 */
    const char *user, *password_file;
    const char *ca, *cert, *key;
    bool may_be_tls_1_2;
    bool is_cbor;             /* the form of what is published; otherwise JSON */
    const char *state_folder; /* NULL none */
    enum topic_dots dots;
    uint32_t dir_count;
    const char *dir[MQTT_CLIENT_MAX];
};

/* LINK_OPTIONS_WRONG: text says what, without a newline. */
enum link_options_result link_options_read(struct link_options *o, int argc, char **argv,
                                           char text[LINK_OPTIONS_TEXT_BYTES]);

extern const char link_options_help[];

#endif
