/* The monitor's own reader of its own file: lines of words. Nothing here is shared with plans/. */
#include "monitor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 40, WORD_BYTES = 32, LINE_COUNT_MAX = 1000 };

struct words {
    int32_t count;
    char word[WORD_MAX][WORD_BYTES];
};

struct reader {
    struct monitor_config *config;
    int32_t line;
    bool has_site, has_hash;
    int32_t min_yellow_ms;
    char *error;
    size_t error_bytes;
};

__attribute__((format(printf, 2, 3))) static bool refuse(struct reader *r, const char *format, ...)
{
    char what[128];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(what, sizeof what, format, list);
    va_end(list);
    (void)snprintf(r->error, r->error_bytes, "line %d: %s", (int)r->line, what);
    return false;
}

/* Blanks separate, # ends the line. False: too many words, or one too long. */
static bool split(const char *line, size_t size, struct words *w)
{
    memset(w, 0, sizeof *w);
    size_t at = 0;
    while (at < size && line[at] != '#') {
        if (line[at] == ' ' || line[at] == '\t' || line[at] == '\r') {
            at++;
            continue;
        }
        size_t end = at;
        while (end < size && strchr(" \t\r#", line[end]) == NULL) {
            end++;
        }
        if (w->count == WORD_MAX || end - at >= WORD_BYTES) {
            return false;
        }
        memcpy(w->word[w->count++], &line[at], end - at);
        at = end;
    }
    return true;
}

static bool read_number(const char *word, int32_t least, int32_t most, int32_t *out)
{
    int32_t value = 0;
    if (word[0] == '\0' || strlen(word) > 6) {
        return false;
    }
    for (const char *c = word; *c != '\0'; c++) {
        if (*c < '0' || *c > '9') {
            return false;
        }
        value = value * 10 + (*c - '0');
    }
    *out = value;
    return value >= least && value <= most;
}

/* "2.7" is 2700; one decimal and no more, as people write signal times. */
static bool read_seconds(const char *word, int32_t *ms)
{
    char whole[WORD_BYTES];
    const char *dot = strchr(word, '.');
    const size_t digits = dot == NULL ? strlen(word) : (size_t)(dot - word);
    memcpy(whole, word, digits);
    whole[digits] = '\0';
    int32_t seconds = 0;
    int32_t tenths = 0;
    if (!read_number(whole, 0, 600, &seconds)) {
        return false;
    }
    if (dot != NULL && (strlen(dot) != 2 || !read_number(dot + 1, 0, 9, &tenths))) {
        return false;
    }
    *ms = seconds * 1000 + tenths * 100;
    return true;
}

static bool read_hash(const char *word, uint64_t *hash)
{
    *hash = 0;
    if (strlen(word) != 16) {
        return false;
    }
    for (const char *c = word; *c != '\0'; c++) {
        const char *digits = "0123456789abcdef";
        const char *found = strchr(digits, *c);
        if (found == NULL) {
            return false;
        }
        *hash = *hash << 4 | (uint64_t)(found - digits);
    }
    return true;
}

static bool lamp_is_free(const struct monitor_config *config, int32_t lamp)
{
    for (size_t i = 0; i < MONITOR_CHANNEL_MAX; i++) {
        for (size_t k = 0; k < LAMP_COUNT && config->channel[i].is_used; k++) {
            if (config->channel[i].lamp[k] == lamp) {
                return false;
            }
        }
    }
    return true;
}

static bool read_flash(const char *word, int32_t *flash)
{
    static const char *const names[] = { "red", "yellow", "dark" };
    for (int32_t i = 0; i < 3; i++) {
        if (strcmp(word, names[i]) == 0) {
            *flash = i;
            return true;
        }
    }
    return false;
}

static bool read_channel_word(struct reader *r, struct monitor_channel *c, const char *key,
                              const char *value)
{
    static const char *const lamps[LAMP_COUNT] = { "red", "yellow", "green" };
    for (size_t k = 0; k < LAMP_COUNT; k++) {
        if (strcmp(key, lamps[k]) != 0) {
            continue;
        }
        if (c->lamp[k] >= 0) {
            return refuse(r, "%s is said twice", key);
        }
        int32_t lamp = -1;
        if (!read_number(value, 0, LAMP_MAX - 1, &lamp)) {
            return refuse(r, "%s must be an output from 0 to %d", key, LAMP_MAX - 1);
        }
        if (!lamp_is_free(r->config, lamp)) {
            return refuse(r, "output %d already drives another lamp", (int)lamp);
        }
        c->lamp[k] = lamp;
        return true;
    }
    if (strcmp(key, "flash") == 0) {
        return read_flash(value, &c->flash) ? true : refuse(r, "flash is red, yellow or dark");
    }
    if (strcmp(key, "min-yellow") == 0) {
        return read_seconds(value, &c->min_yellow_ms) ? true : refuse(r, "min-yellow is seconds");
    }
    return refuse(r, "a channel has no '%s'", key);
}

static bool read_channel(struct reader *r, const struct words *w)
{
    int32_t number = 0;
    if (w->count < 4 || w->count % 2 != 0 ||
        !read_number(w->word[1], 1, MONITOR_CHANNEL_MAX, &number)) {
        return refuse(
            r, "say: channel N red A yellow B green C [flash red|yellow|dark] [min-yellow S]");
    }
    struct monitor_channel *c = &r->config->channel[number - 1];
    if (c->is_used) {
        return refuse(r, "channel %d is described twice", (int)number);
    }
    c->is_used = true;
    c->flash = -1;
    c->min_yellow_ms = -1;
    for (int32_t i = 2; i < w->count; i += 2) {
        if (!read_channel_word(r, c, w->word[i], w->word[i + 1])) {
            return false;
        }
    }
    if (c->flash < 0) {
        c->flash = c->lamp[LAMP_YELLOW] >= 0 ? MONITOR_FLASH_YELLOW : MONITOR_FLASH_DARK;
    }
    const bool red_missing = c->flash == MONITOR_FLASH_RED && c->lamp[LAMP_RED] < 0;
    const bool yellow_missing = c->flash == MONITOR_FLASH_YELLOW && c->lamp[LAMP_YELLOW] < 0;
    return red_missing || yellow_missing ? refuse(r, "it cannot flash a lamp it has not") : true;
}

static bool read_conflict(struct reader *r, const struct words *w)
{
    int32_t a = 0;
    if (w->count < 3 || !read_number(w->word[1], 1, MONITOR_CHANNEL_MAX, &a)) {
        return refuse(r, "say: conflict A B [C ...]");
    }
    for (int32_t i = 2; i < w->count; i++) {
        int32_t b = 0;
        if (!read_number(w->word[i], 1, MONITOR_CHANNEL_MAX, &b) || a == b) {
            return refuse(r, "'%s' is no other channel", w->word[i]);
        }
        if (!r->config->channel[a - 1].is_used || !r->config->channel[b - 1].is_used) {
            return refuse(r, "conflict %d %d: describe both channels first", (int)a, (int)b);
        }
        r->config->channel[a - 1].conflicts |= bit32((uint32_t)b - 1);
        r->config->channel[b - 1].conflicts |= bit32((uint32_t)a - 1);
    }
    return true;
}

static bool read_site(struct reader *r, const char *word)
{
    int32_t site = 0;
    if (r->has_site || !read_number(word, 1, 65535, &site)) {
        return refuse(r, "site is said once, from 1 to 65535");
    }
    r->has_site = true;
    r->config->site_id = (uint16_t)site;
    return true;
}

static bool read_setting(struct reader *r, const char *key, const char *value)
{
    struct monitor_config *c = r->config;
    if (strcmp(key, "site") == 0) {
        return read_site(r, value);
    }
    if (strcmp(key, "hash") == 0) {
        if (r->has_hash || !read_hash(value, &c->safety_hash)) {
            return refuse(r, "hash is said once, with 16 digits of 0-9 and a-f");
        }
        r->has_hash = true;
        return true;
    }
    if (strcmp(key, "min-yellow") == 0) {
        return read_seconds(value, &r->min_yellow_ms) ? true : refuse(r, "min-yellow is seconds");
    }
    if (strcmp(key, "heartbeat") == 0) { /* rule S-5 allows 0.5 to 2 seconds */
        const bool good = read_seconds(value, &c->heartbeat_ms) && c->heartbeat_ms >= 500 &&
                          c->heartbeat_ms <= 2000;
        return good ? true : refuse(r, "heartbeat is 0.5 to 2.0 seconds");
    }
    return refuse(r, "no such word: '%s'", key);
}

static bool read_line(struct reader *r, const char *line, size_t size)
{
    struct words w;
    if (!split(line, size, &w)) {
        return refuse(r, "too long");
    }
    if (w.count == 0) {
        return true;
    }
    if (strcmp(w.word[0], "channel") == 0) {
        return read_channel(r, &w);
    }
    if (strcmp(w.word[0], "conflict") == 0) {
        return read_conflict(r, &w);
    }
    if (w.count != 2) {
        return refuse(r, "'%s' wants one value, or is no word of this file", w.word[0]);
    }
    return read_setting(r, w.word[0], w.word[1]);
}

static bool finish(struct reader *r)
{
    struct monitor_config *config = r->config;
    bool any = false;
    for (size_t i = 0; i < MONITOR_CHANNEL_MAX; i++) {
        struct monitor_channel *c = &config->channel[i];
        any = any || c->is_used;
        if (c->is_used && c->min_yellow_ms < 0) {
            c->min_yellow_ms = r->min_yellow_ms;
        }
    }
    if (!any || !r->has_site || !r->has_hash) {
        return refuse(r, "the file ends without %s",
                      !any ? "a channel" : (r->has_site ? "a hash" : "a site"));
    }
    return true;
}

enum status monitor_parse(const char *text, struct monitor_config *config, char *error,
                          size_t error_bytes)
{
    memset(config, 0, sizeof *config);
    config->heartbeat_ms = MONITOR_HEARTBEAT_MS;
    config->conflict_ms = MONITOR_CONFLICT_MS;
    config->red_fail_ms = MONITOR_RED_FAIL_MS;
    for (size_t i = 0; i < MONITOR_CHANNEL_MAX; i++) {
        for (size_t k = 0; k < LAMP_COUNT; k++) {
            config->channel[i].lamp[k] = -1;
        }
    }
    struct reader r = { .config = config,
                        .min_yellow_ms = MONITOR_YELLOW_MS,
                        .error = error,
                        .error_bytes = error_bytes };
    const char *at = text;
    while (*at != '\0' && r.line < LINE_COUNT_MAX) {
        r.line++;
        const size_t size = strcspn(at, "\n");
        if (!read_line(&r, at, size)) {
            return STATUS_INVALID;
        }
        at += size + (at[size] == '\n' ? 1 : 0);
    }
    if (*at != '\0') {
        (void)refuse(&r, "more than %d lines", LINE_COUNT_MAX);
        return STATUS_INVALID;
    }
    return finish(&r) ? STATUS_OK : STATUS_INVALID;
}
