#include "detector_link.h"

#include <stdlib.h>
#include <string.h>

enum { POLL_DEFAULT_MS = TICK_MS };

enum status detector_link_create(struct detector_link *d, const struct site *site,
                                 int32_t site_link_ix, uint32_t link_ix)
{
    memset(d, 0, sizeof *d);
    d->link_ix = link_ix;
    d->site = &site->link[site_link_ix];
    d->points = calloc(1, sizeof *d->points);
    return d->points != NULL ? points_plan(d->points, site, site_link_ix) : STATUS_NO_SPACE;
}

void detector_link_destroy(struct detector_link *d)
{
    free(d->points);
    d->points = NULL;
}

static void receive(struct detector_link *d, const struct world *world, mono_t now)
{
    struct modbus_reply reply;
    if (!world->modbus_take(world->self, d->link_ix, &reply)) {
        return;
    }
    if (!d->is_under_way || reply.ticket != d->ticket) {
        d->late++;
        return;
    }
    d->is_under_way = false;
    if (reply.done_at.ms > now.ms) {
        reply.done_at = now; /* complete a moment after this step read its clock */
    }
    if (points_take(d->points, d->read_ix, &reply)) {
        d->ok++;
    } else {
        d->failed++;
    }
    d->read_ix++;
}

static bool is_due(struct detector_link *d, mono_t now)
{
    if (d->read_ix < d->points->read_count) {
        return true;
    }
    const int32_t poll_ms = d->site->poll_ms > 0 ? d->site->poll_ms : POLL_DEFAULT_MS;
    if (d->has_begun && mono_since_ms(now, d->round_at) < poll_ms) {
        return false;
    }
    d->has_begun = true;
    d->round_at = now;
    d->read_ix = 0;
    return true;
}

void detector_link_step(struct detector_link *d, const struct world *world, mono_t now)
{
    receive(d, world, now);
    if (d->points->read_count == 0 || d->is_under_way || !is_due(d, now)) {
        return;
    }
    struct modbus_request request;
    points_request(d->points, d->read_ix, d->ticket + 1, &request);
    if (world->modbus_submit(world->self, d->link_ix, &request) == STATUS_OK) {
        d->ticket++;
        d->is_under_way = true;
    } else {
        d->late++;
    }
}
