#include "decision.h"

#include <string.h>

enum {
    FLAG_CUT = 1 << 0,
    FLAG_OVERSATURATED = 1 << 1,
    FLAG_STAGED = 1 << 2,
    FLAGS_ALL = FLAG_CUT | FLAG_OVERSATURATED | FLAG_STAGED,
    COST_TERMS = 7,
    SUBSTITUTED_BYTES = (LANE_MAX + 7) / 8,
    NUMBER_BYTES = 10, /* of 64 bits at seven a byte */
    WORD_BYTES = 5,
    SHORT_BYTES = 3
};

/* The worst case, so that the writer needs no bounds of its own. */
_Static_assert(4 + 2 * NUMBER_BYTES + 5 * SHORT_BYTES + 3 * WORD_BYTES + STAGE_MAX * WORD_BYTES +
                       1 +
                       DECISION_ALTERNATIVES_MAX * (2 * SHORT_BYTES + 1 + COST_TERMS * WORD_BYTES) +
                       1 + SUBSTITUTED_BYTES + 3 * LANE_MAX + 1 +
                       SEARCH_TIMELINE_MAX * 2 * SHORT_BYTES <=
                   DECISION_PACKED_MAX_BYTES,
               "the largest decision fits");
_Static_assert(sizeof(struct search_cost) == COST_TERMS * sizeof(int32_t), "the terms below");

void decision_name_options(struct decision *d, const struct layout *l)
{
    d->is_staged = l->option_count > 0 && l->option[0].stage_ix >= 0;
    for (int32_t i = 0; i < STAGE_MAX; i++) {
        d->option_name[i] = 0;
        if (i < l->option_count) {
            d->option_name[i] = d->is_staged ? l->option[i].stage_ix : (int32_t)l->option[i].phases;
        }
    }
}

static void terms_of(const struct search_cost *c, int32_t term[COST_TERMS])
{
    const int32_t terms[COST_TERMS] = { c->delay_cs, c->stops_cs, c->switches_cs, c->terminal_cs,
                                        c->waits_cs, c->peds_cs,  c->blocked_cs };
    memcpy(term, terms, sizeof terms);
}

/* Options that the decision speaks of, and of which somebody may want the name. */
static uint32_t spoken_of(const struct decision *d)
{
    uint32_t options = 0;
    options |= d->was_ix >= 0 && d->was_ix < STAGE_MAX ? bit32((uint32_t)d->was_ix) : 0;
    options |= d->chosen_ix >= 0 && d->chosen_ix < STAGE_MAX ? bit32((uint32_t)d->chosen_ix) : 0;
    for (int32_t i = 0; i < d->alternative_count && i < DECISION_ALTERNATIVES_MAX; i++) {
        const int32_t ix = d->alternative[i].option_ix;
        options |= ix >= 0 && ix < STAGE_MAX ? bit32((uint32_t)ix) : 0;
    }
    for (int32_t i = 0; i < d->timeline_count && i < SEARCH_TIMELINE_MAX; i++) {
        const int32_t ix = d->timeline[i].option_ix;
        options |= ix >= 0 && ix < STAGE_MAX ? bit32((uint32_t)ix) : 0;
    }
    return options;
}

/* Writing. Numbers go seven bits to a byte, low ones first; signed ones fold: 0, -1, 1, -2. */

static void put_byte(uint8_t **at, uint32_t value)
{
    *(*at)++ = (uint8_t)value;
}

static void put_number(uint8_t **at, uint64_t value)
{
    while (value >= 0x80) {
        put_byte(at, (uint32_t)(value & 0x7f) | 0x80);
        value >>= 7;
    }
    put_byte(at, (uint32_t)value);
}

static void put_signed(uint8_t **at, int64_t value)
{
    const uint64_t sign = value < 0 ? UINT64_MAX : 0;
    put_number(at, ((uint64_t)value << 1) ^ sign);
}

static void put_alternatives(uint8_t **at, const struct decision *d)
{
    const int32_t count = min_i32(max_i32(d->alternative_count, 0), DECISION_ALTERNATIVES_MAX);
    put_byte(at, (uint32_t)count);
    for (int32_t i = 0; i < count; i++) {
        const struct decision_alternative *a = &d->alternative[i];
        int32_t term[COST_TERMS];
        uint32_t present = 0;
        terms_of(&a->cost, term);
        for (uint32_t k = 0; k < COST_TERMS; k++) {
            present |= term[k] != 0 ? bit32(k) : 0;
        }
        put_signed(at, a->option_ix);
        put_signed(at, a->leave_in_s);
        put_byte(at, present);
        for (uint32_t left = present; left != 0; left &= left - 1) {
            put_signed(at, term[lowest_bit(left)]);
        }
    }
}

static void put_lanes(uint8_t **at, const struct decision *d)
{
    const int32_t count = min_i32(max_i32(d->lane_count, 0), LANE_MAX);
    uint8_t substituted[SUBSTITUTED_BYTES] = { 0 };
    put_byte(at, (uint32_t)count);
    for (int32_t i = 0; i < count; i++) {
        if (d->lane[i].is_substituted) {
            substituted[i / 8] = (uint8_t)(substituted[i / 8] | bit32((uint32_t)i % 8));
        }
    }
    for (int32_t i = 0; i < (count + 7) / 8; i++) {
        put_byte(at, substituted[i]);
    }
    for (int32_t i = 0; i < count; i++) {
        put_byte(at, d->lane[i].standing);
        put_byte(at, d->lane[i].coming);
        put_byte(at, d->lane[i].age_ds);
    }
}

size_t decision_encode(const struct decision *d, uint8_t bytes[DECISION_PACKED_MAX_BYTES])
{
    uint8_t *at = bytes;
    const uint32_t options = spoken_of(d);
    put_byte(&at, DECISION_VERSION);
    put_byte(&at, (d->was_cut ? FLAG_CUT : 0U) | (d->is_oversaturated ? FLAG_OVERSATURATED : 0U) |
                      (d->is_staged ? FLAG_STAGED : 0U));
    put_number(&at, d->number);
    put_signed(&at, d->at.ms);
    put_signed(&at, d->was_ix);
    put_signed(&at, d->chosen_ix);
    put_byte(&at, (uint32_t)d->binding);
    put_signed(&at, d->binding_sg_ix);
    put_signed(&at, d->may_leave_in_cs);
    put_signed(&at, d->must_leave_in_cs);
    put_signed(&at, d->nodes);
    put_byte(&at, d->starving_count);
    put_signed(&at, d->load_pct);
    put_number(&at, options);
    for (uint32_t left = options; left != 0; left &= left - 1) {
        put_number(&at, (uint32_t)d->option_name[lowest_bit(left)]);
    }
    put_alternatives(&at, d);
    put_lanes(&at, d);
    const int32_t segments = min_i32(max_i32(d->timeline_count, 0), SEARCH_TIMELINE_MAX);
    put_byte(&at, (uint32_t)segments);
    for (int32_t i = 0; i < segments; i++) {
        put_signed(&at, d->timeline[i].option_ix);
        put_signed(&at, d->timeline[i].from_s);
    }
    const size_t used = (size_t)(at - bytes);
    REQUIRE(used <= DECISION_PACKED_MAX_BYTES);
    return used;
}

/* Reading: a disk or a stranger may have made these bytes. */

struct bytes_left {
    const uint8_t *at, *end;
    bool is_good; /* nothing was missing or out of range so far */
};

static uint8_t get_byte(struct bytes_left *b)
{
    b->is_good = b->is_good && b->at < b->end;
    return b->is_good ? *b->at++ : 0;
}

static uint64_t get_number(struct bytes_left *b)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < NUMBER_BYTES; i++) {
        const uint8_t byte = get_byte(b);
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if ((byte & 0x80) == 0) {
            return value;
        }
    }
    b->is_good = false;
    return 0;
}

static int64_t get_signed(struct bytes_left *b, int64_t low, int64_t high)
{
    const uint64_t folded = get_number(b);
    const uint64_t sign = (folded & 1) != 0 ? UINT64_MAX : 0;
    const int64_t value = (int64_t)((folded >> 1) ^ sign);
    b->is_good = b->is_good && value >= low && value <= high;
    return b->is_good ? value : low;
}

static int16_t get_short(struct bytes_left *b)
{
    return (int16_t)get_signed(b, INT16_MIN, INT16_MAX);
}

static int16_t get_option(struct bytes_left *b)
{
    return (int16_t)get_signed(b, -1, STAGE_MAX - 1);
}

static int32_t get_word(struct bytes_left *b)
{
    return (int32_t)get_signed(b, INT32_MIN, INT32_MAX);
}

static int32_t get_count(struct bytes_left *b, int32_t most)
{
    const int32_t count = get_byte(b);
    b->is_good = b->is_good && count <= most;
    return b->is_good ? count : 0;
}

static void get_head(struct bytes_left *b, struct decision *d)
{
    b->is_good = get_byte(b) == DECISION_VERSION;
    const uint8_t flags = get_byte(b);
    b->is_good = b->is_good && (flags & ~FLAGS_ALL) == 0;
    d->was_cut = (flags & FLAG_CUT) != 0;
    d->is_oversaturated = (flags & FLAG_OVERSATURATED) != 0;
    d->is_staged = (flags & FLAG_STAGED) != 0;
    d->number = get_number(b);
    d->at.ms = get_signed(b, INT64_MIN, INT64_MAX);
    d->was_ix = get_option(b);
    d->chosen_ix = get_option(b);
    d->binding = get_count(b, BINDING_COUNT - 1);
    d->binding_sg_ix = (int16_t)get_signed(b, -1, SG_MAX - 1);
    d->may_leave_in_cs = get_short(b);
    d->must_leave_in_cs = get_short(b);
    d->nodes = get_word(b);
    d->starving_count = get_byte(b);
    d->load_pct = get_word(b);
    const uint64_t options = get_number(b);
    b->is_good = b->is_good && options <= UINT32_MAX;
    for (uint32_t left = (uint32_t)options; b->is_good && left != 0; left &= left - 1) {
        const uint64_t name = get_number(b);
        b->is_good = b->is_good && name <= UINT32_MAX;
        d->option_name[lowest_bit(left)] = (int32_t)name;
    }
}

static void get_alternatives(struct bytes_left *b, struct decision *d)
{
    d->alternative_count = (int16_t)get_count(b, DECISION_ALTERNATIVES_MAX);
    for (int32_t i = 0; i < d->alternative_count; i++) {
        struct decision_alternative *a = &d->alternative[i];
        int32_t term[COST_TERMS] = { 0 };
        a->option_ix = get_option(b);
        a->leave_in_s = get_short(b);
        const uint8_t present = get_byte(b);
        b->is_good = b->is_good && present < 1 << COST_TERMS;
        for (uint32_t left = present; b->is_good && left != 0; left &= left - 1) {
            term[lowest_bit(left)] = get_word(b);
        }
        a->cost = (struct search_cost){ .delay_cs = term[0],
                                        .stops_cs = term[1],
                                        .switches_cs = term[2],
                                        .terminal_cs = term[3],
                                        .waits_cs = term[4],
                                        .peds_cs = term[5],
                                        .blocked_cs = term[6] };
    }
}

static void get_lanes(struct bytes_left *b, struct decision *d)
{
    uint8_t substituted[SUBSTITUTED_BYTES] = { 0 };
    d->lane_count = get_count(b, LANE_MAX);
    for (int32_t i = 0; i < (d->lane_count + 7) / 8; i++) {
        substituted[i] = get_byte(b);
    }
    for (int32_t i = 0; i < d->lane_count; i++) {
        struct decision_lane *lane = &d->lane[i];
        lane->standing = get_byte(b);
        lane->coming = get_byte(b);
        lane->age_ds = get_byte(b);
        lane->is_substituted = (substituted[i / 8] & bit32((uint32_t)i % 8)) != 0;
    }
}

bool decision_decode(const uint8_t *bytes, size_t size, struct decision *d)
{
    struct bytes_left b = { .at = bytes, .end = bytes + size, .is_good = true };
    memset(d, 0, sizeof *d);
    get_head(&b, d);
    get_alternatives(&b, d);
    get_lanes(&b, d);
    d->timeline_count = (int16_t)get_count(&b, SEARCH_TIMELINE_MAX);
    for (int32_t i = 0; i < d->timeline_count; i++) {
        d->timeline[i].option_ix = get_option(&b);
        d->timeline[i].from_s = get_short(&b);
    }
    return b.is_good && b.at == b.end;
}
