#include "points.h"

#include <string.h>

static bool is_bit_area(int32_t area)
{
    return area == AREA_COIL || area == AREA_DISCRETE;
}

static uint8_t function_of(int32_t area)
{
    switch ((enum point_area)area) {
    case AREA_COIL:
        return MODBUS_READ_COILS;
    case AREA_DISCRETE:
        return MODBUS_READ_DISCRETE;
    case AREA_INPUT:
        return MODBUS_READ_INPUT;
    case AREA_HOLDING:
        break;
    }
    return MODBUS_READ_HOLDING;
}

static uint16_t words_of(const struct site_point *p)
{
    return p->use == POINT_COUNT ? (uint16_t)p->words : 1;
}

static bool point_is_possible(const struct site_point *p, int32_t most)
{
    const bool known = p->use >= POINT_OCCUPIED && p->use <= POINT_COUNT && p->area >= AREA_COIL &&
                       p->area <= AREA_HOLDING && p->detector_ix >= 0 &&
                       p->detector_ix < DETECTOR_MAX;
    const bool counts = p->use == POINT_COUNT;
    const bool words_fit = !counts || (!is_bit_area(p->area) && p->words >= 1 && p->words <= 2);
    const bool bit_fits = p->bit >= 0 && p->bit <= (is_bit_area(p->area) || counts ? 0 : 15);
    return known && words_fit && bit_fits && words_of(p) <= most && p->address >= 0 &&
           p->address + words_of(p) <= 65536;
}

static bool comes_before(const struct site_point *a, const struct site_point *b)
{
    return a->area != b->area ? a->area < b->area : a->address < b->address;
}

/* Insertion, so that equal points keep the order of the file. At most SITE_POINT_MAX, once. */
static void insert(struct points *p, const struct site_point *point)
{
    uint32_t at = p->wire_count++;
    for (; at > 0 && comes_before(point, &p->wire[at - 1].point); at--) {
        p->wire[at] = p->wire[at - 1];
    }
    p->wire[at] = (struct points_wire){ .point = *point };
}

static void assign_read(struct points *p, struct points_wire *w, int32_t most)
{
    const uint16_t address = (uint16_t)w->point.address;
    const uint8_t function = function_of(w->point.area);
    const int32_t end = w->point.address + words_of(&w->point);
    struct points_read *last = p->read_count > 0 ? &p->read[p->read_count - 1] : NULL;
    const bool touches =
        last != NULL && last->function == function && address <= last->address + last->count;
    if (touches && end - last->address <= most) {
        if (end > last->address + last->count) {
            last->count = (uint16_t)(end - last->address);
        }
    } else {
        p->read[p->read_count++] = (struct points_read){ .function = function,
                                                         .address = address,
                                                         .count = words_of(&w->point) };
        last = &p->read[p->read_count - 1];
    }
    w->read_ix = p->read_count - 1;
    w->offset = (uint16_t)(address - last->address);
}

enum status points_plan(struct points *p, const struct site *site, int32_t link_ix)
{
    memset(p, 0, sizeof *p);
    if (link_ix < 0 || link_ix >= site->link_count || site->point_count > SITE_POINT_MAX) {
        return STATUS_INVALID;
    }
    const struct site_link *link = &site->link[link_ix];
    const int32_t most = min_i32(link->max_registers, MODBUS_REGISTERS_MAX);
    p->unit = (uint8_t)link->unit;
    p->timeout_ms = link->timeout_ms;
    p->stale_ms = link->stale_ms;
    for (int32_t i = 0; i < site->point_count; i++) {
        const struct site_point *point = &site->point[i];
        if (point->link_ix != link_ix) {
            continue;
        }
        if (!point_is_possible(point, most)) {
            return STATUS_INVALID;
        }
        insert(p, point);
        p->detector[point->detector_ix].is_wired = true;
        p->detector[point->detector_ix].has_counter |= point->use == POINT_COUNT;
    }
    for (uint32_t i = 0; i < p->wire_count; i++) {
        assign_read(p, &p->wire[i], most);
    }
    return STATUS_OK;
}

void points_request(const struct points *p, uint32_t read_ix, uint32_t ticket,
                    struct modbus_request *request)
{
    REQUIRE(read_ix < p->read_count);
    const struct points_read *r = &p->read[read_ix];
    memset(request, 0, sizeof *request);
    request->ticket = ticket;
    request->function = r->function;
    request->unit = p->unit;
    request->read_address = r->address;
    request->read_count = r->count;
    request->timeout_ms = p->timeout_ms;
}

static uint32_t count_of(const struct points_wire *w, const uint16_t *values)
{
    if (w->point.words == 1) {
        return values[0];
    }
    return w->point.order == WORDS_BIG ? (uint32_t)values[0] << 16 | values[1]
                                       : (uint32_t)values[1] << 16 | values[0];
}

/* Counters roll over, and some start at zero after a power failure; a leap is the second, not
 * traffic. */
static void take_count(struct points_detector *d, const struct points_wire *w, uint32_t count)
{
    uint32_t more = count - d->last_count;
    if (w->point.words == 1) {
        more &= 0xffffu;
    }
    if (d->count_is_known && more <= POINTS_JUMP_MAX) {
        d->edge_count = (uint8_t)(d->edge_count + more);
    }
    d->last_count = count;
    d->count_is_known = true;
}

static void take_occupied(struct points_detector *d, bool occupied)
{
    if (occupied && !d->is_occupied && !d->has_counter) {
        d->edge_count++;
    }
    d->is_occupied = occupied;
}

static void take_point(struct points *p, const struct points_wire *w, const uint16_t *values)
{
    struct points_detector *d = &p->detector[w->point.detector_ix];
    const bool raw = ((uint32_t)values[0] >> w->point.bit & 1u) != 0;
    const bool on = raw != w->point.is_inverted;
    switch ((enum point_use)w->point.use) {
    case POINT_OCCUPIED:
        take_occupied(d, on);
        return;
    case POINT_FAULT:
        d->is_faulty = on;
        return;
    case POINT_OPEN:
        d->is_open = on;
        return;
    case POINT_SHORTED:
        d->is_shorted = on;
        return;
    case POINT_COUNT:
        take_count(d, w, count_of(w, values));
        return;
    }
}

bool points_take(struct points *p, uint32_t read_ix, const struct modbus_reply *reply)
{
    REQUIRE(read_ix < p->read_count);
    struct points_read *r = &p->read[read_ix];
    if (reply->status != STATUS_OK || reply->count != r->count) {
        return false;
    }
    r->is_heard = true;
    r->heard_at = reply->sent_at; /* the device may have looked as early as this */
    for (uint32_t i = 0; i < p->wire_count; i++) {
        if (p->wire[i].read_ix == read_ix) {
            take_point(p, &p->wire[i], &reply->read[p->wire[i].offset]);
        }
    }
    return true;
}

static int32_t age_of(mono_t now, mono_t heard_at)
{
    const int64_t age_ms = now.ms > heard_at.ms ? now.ms - heard_at.ms : 0;
    return age_ms < AGE_MAX_MS ? (int32_t)age_ms : AGE_MAX_MS;
}

static uint8_t quality_of(const struct points_detector *d)
{
    if (d->is_open) {
        return INPUT_OPEN;
    }
    if (d->is_shorted) {
        return INPUT_SHORTED;
    }
    return d->is_faulty ? INPUT_FAILED : INPUT_GOOD;
}

void points_fill(const struct points *p, mono_t now, struct detector_input input[DETECTOR_MAX])
{
    bool is_absent[DETECTOR_MAX] = { false };
    int32_t age_ms[DETECTOR_MAX] = { 0 };
    for (uint32_t i = 0; i < p->wire_count; i++) {
        const struct points_read *r = &p->read[p->wire[i].read_ix];
        const int32_t ix = p->wire[i].point.detector_ix;
        is_absent[ix] = is_absent[ix] || !r->is_heard;
        age_ms[ix] = max_i32(age_ms[ix], r->is_heard ? age_of(now, r->heard_at) : AGE_MAX_MS);
    }
    for (int32_t ix = 0; ix < DETECTOR_MAX; ix++) {
        const struct points_detector *d = &p->detector[ix];
        if (!d->is_wired) {
            continue;
        }
        input[ix] = (struct detector_input){ .is_occupied = d->is_occupied,
                                             .edge_count = d->edge_count,
                                             .quality = quality_of(d),
                                             .age_ms = age_ms[ix] };
        if (is_absent[ix]) {
            input[ix].quality = INPUT_ABSENT;
        } else if (age_ms[ix] > p->stale_ms) {
            input[ix].quality = INPUT_STALE;
        }
    }
}

void points_fill_cabinet(const struct cabinet_state *s, const int32_t cabinet_input[DETECTOR_MAX],
                         mono_t seen_at, int32_t stale_ms, mono_t now,
                         struct detector_input input[DETECTOR_MAX])
{
    const int32_t age_ms = age_of(now, seen_at);
    for (int32_t ix = 0; ix < DETECTOR_MAX; ix++) {
        const int32_t n = cabinet_input[ix];
        if (n < 0 || n >= DETECTOR_MAX) {
            continue;
        }
        const uint64_t bit = bit64((uint32_t)n);
        const uint8_t quality = (s->faulty & bit) != 0 ? INPUT_FAILED : INPUT_GOOD;
        input[ix] = (struct detector_input){ .is_occupied = (s->occupied & bit) != 0,
                                             .edge_count = s->edge_count[n],
                                             .quality = age_ms > stale_ms ? INPUT_STALE : quality,
                                             .age_ms = age_ms };
    }
}
