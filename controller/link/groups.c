#include "groups.h"

#include <stdio.h>
#include <string.h>

static int32_t count_of(const struct wire_status *s)
{
    return min_i32(max_i32(s->sg_count, 0), SG_MAX);
}

/* Stages are numbered from 1; 0 is a plan of rings, which has none. */
static int32_t stage_of(const struct wire_status *s)
{
    return s->stage_ix >= 0 ? s->stage_ix + 1 : 0;
}

/* Letters are single printable characters; anything else would be a status we do not understand. */
static char letter_of(const struct wire_status *s, int32_t sg_ix)
{
    const char c = s->letter[sg_ix];
    if (c > ' ' && c <= '~') {
        return c;
    }
    return '-';
}

static bool letter_has_changed(const struct groups *g, const struct wire_status *s, int32_t sg_ix)
{
    return sg_ix >= g->count || g->letter[sg_ix] != letter_of(s, sg_ix);
}

static bool has_changed(const void *self, const struct wire_status *s)
{
    const struct groups *g = self;
    bool has_changed = g->stage != stage_of(s) || g->count != count_of(s);
    for (int32_t i = 0; i < count_of(s); i++) {
        has_changed = has_changed || letter_has_changed(g, s, i);
    }
    return has_changed;
}

static void write_counters(const struct wire_status *s, struct payload_writer *w)
{
    const int32_t cycle_ms = s->cycle_ms;
    const int32_t local_ms = s->cycle_second_ms;
    /* SXL 1.2.1, S0001: counter = (base + offset) mod cycle. */
    const int32_t base_ms =
        cycle_ms > 0 ? ((local_ms - s->offset_ms) % cycle_ms + cycle_ms) % cycle_ms : 0;
    payload_key(w, "cyclecounter");
    payload_integer(w, cycle_ms > 0 ? local_ms / 1000 : 0);
    payload_key(w, "basecyclecounter");
    payload_integer(w, base_ms / 1000);
}

static bool write(const void *self, const struct wire_status *s, bool is_full,
                  struct payload_writer *w)
{
    const struct groups *g = self;
    int32_t written = 0;
    payload_key(w, "signalgroupstatus");
    payload_open(w, BOX_MAP);
    for (int32_t i = 0; i < count_of(s); i++) {
        if (is_full || letter_has_changed(g, s, i)) {
            char component[16];
            const char letter[2] = { letter_of(s, i), '\0' };
            (void)snprintf(component, sizeof component, "sg/%d", i + 1);
            payload_key(w, component);
            payload_text(w, letter);
            written++;
        }
    }
    payload_close(w);
    const bool has_stage = is_full || g->stage != stage_of(s);
    if (has_stage) {
        payload_key(w, "stage");
        payload_integer(w, stage_of(s));
    }
    write_counters(s, w);
    return has_stage && written == count_of(s);
}

static void remember(void *self, const struct wire_status *s)
{
    struct groups *g = self;
    g->count = count_of(s);
    g->stage = stage_of(s);
    for (int32_t i = 0; i < g->count; i++) {
        g->letter[i] = letter_of(s, i);
    }
}

/* Draft and demo: QoS 0, full every minute, changes within 100 ms are one entry. On by default,
 * unlike the demo's: who connects to the broker of one junction wants to see its lamps. */
const struct channel_kind groups_channel = {
    .code = "tlc.groups",
    .name = "live",
    .qos = 0,
    .full_every_ms = 60000,
    .pause_ms = 100,
    .starts_running = true,
    .has_changed = has_changed,
    .write = write,
    .remember = remember,
};
