#include "topic.h"

#include <stdio.h>
#include <string.h>

enum { NODE_LEVEL_MAX = 4 };

static const char *const type_word[TOPIC_TYPE_COUNT] = {
    [TOPIC_PRESENCE] = "presence", [TOPIC_STATUS] = "status",   [TOPIC_CHANNEL] = "channel",
    [TOPIC_THROTTLE] = "throttle", [TOPIC_REPLAY] = "replay",   [TOPIC_FETCH] = "fetch",
    [TOPIC_HISTORY] = "history",   [TOPIC_COMMAND] = "command", [TOPIC_RESULT] = "result",
    [TOPIC_ALARM] = "alarm",
};

static bool is_word(const char *level, size_t length, enum topic_type *type)
{
    for (uint32_t i = 0; i < TOPIC_TYPE_COUNT; i++) {
        if (strlen(type_word[i]) == length && memcmp(type_word[i], level, length) == 0) {
            *type = (enum topic_type)i;
            return true;
        }
    }
    return false;
}

static bool is_node_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

bool topic_node_is_good(const char *node)
{
    const char *at = node;
    if (strlen(node) >= TOPIC_NODE_BYTES) {
        return false;
    }
    for (int32_t level = 0; level < NODE_LEVEL_MAX; level++) {
        enum topic_type type = TOPIC_PRESENCE;
        size_t length = 0;
        while (is_node_letter(at[length])) {
            length++;
        }
        if (length == 0 || is_word(at, length, &type) ||
            (at[length] != '/' && at[length] != '\0')) {
            return false;
        }
        if (at[length] == '\0') {
            return true;
        }
        at += length + 1;
    }
    return false;
}

void topic_write(char out[TOPIC_BYTES], const char *node, const struct topic *topic,
                 enum topic_dots dots)
{
    const bool has_code = topic->code != NULL && topic->code[0] != '\0';
    const bool has_channel = topic->channel != NULL && topic->channel[0] != '\0';
    const int length = snprintf(out, TOPIC_BYTES, "%s/%s%s%s%s%s", node, type_word[topic->type],
                                has_code ? "/" : "", has_code ? topic->code : "",
                                has_channel ? "/" : "", has_channel ? topic->channel : "");
    REQUIRE(length > 0 && length < TOPIC_BYTES);
    for (size_t i = strlen(node); dots == DOTS_TO_UNDERSCORES && out[i] != '\0'; i++) {
        if (out[i] == '.') {
            out[i] = '_';
        }
    }
}

static bool take_level(const char **at, char *out, size_t room)
{
    const size_t length = strcspn(*at, "/");
    if (length == 0 || length >= room) {
        return false;
    }
    memcpy(out, *at, length);
    out[length] = '\0';
    *at += length;
    return true;
}

bool topic_read(const char *text, const char *node, struct topic_parts *parts)
{
    const size_t node_length = strlen(node);
    memset(parts, 0, sizeof *parts);
    if (strncmp(text, node, node_length) != 0 || text[node_length] != '/') {
        return false;
    }
    const char *at = text + node_length + 1;
    const size_t length = strcspn(at, "/");
    if (!is_word(at, length, &parts->type)) {
        return false;
    }
    at += length;
    if (*at == '\0') {
        return parts->type == TOPIC_PRESENCE;
    }
    at++;
    if (!take_level(&at, parts->code, sizeof parts->code)) {
        return false;
    }
    if (*at == '/') {
        at++;
        return take_level(&at, parts->channel, sizeof parts->channel) && *at == '\0';
    }
    return true;
}

bool topic_is_code(const char *on_wire, const char *code, enum topic_dots dots)
{
    size_t i = 0;
    while (code[i] != '\0') {
        const int wanted = dots == DOTS_TO_UNDERSCORES && code[i] == '.' ? '_' : code[i];
        if (on_wire[i] != wanted) {
            return false;
        }
        i++;
    }
    return on_wire[i] == '\0';
}

bool topic_may_answer(const char *text, const char *node)
{
    struct topic_parts parts;
    const size_t length = strlen(text);
    if (length == 0 || length >= TOPIC_BYTES || text[0] == '$' || strpbrk(text, "+#") != NULL) {
        return false;
    }
    const size_t node_length = strlen(node);
    const bool is_ours = strncmp(text, node, node_length) == 0 && text[node_length] == '/';
    return !is_ours || (topic_read(text, node, &parts) &&
                        (parts.type == TOPIC_RESULT || parts.type == TOPIC_HISTORY));
}
