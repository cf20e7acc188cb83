/* The street and its wires: lanes, detectors, links. */
#include "show_parts.h"

void show_street(const struct plan *p, FILE *out)
{
    if (p->lane_count == 0) {
        return;
    }
    (void)fprintf(out, "\nLanes and movements\n-------------------\n");
    for (int32_t i = 0; i < p->lane_count; i++) {
        const struct lane *l = &p->lane[i];
        (void)fprintf(out, "  ");
        show_cell(out, l->name, 14);
        (void)fprintf(
            out, "%" PRId32 " m, %" PRId32 " km/h, one vehicle in %s s, from %" PRId32 " deg%s\n",
            l->length_cm / 100, (l->speed_cmps * 36 + 500) / 1000,
            seconds_text(l->saturation_headway_ms).s, l->approach_deg,
            l->turn_on_red ? ", turns on red" : "");
        for (int32_t k = 0; k < p->movement_count; k++) {
            const struct movement *m = &p->movement[k];
            if (m->lane_ix != i) {
                continue;
            }
            (void)fprintf(out, "    -> %s %" PRId32 ".%" PRId32 " %%, with %s", show_turn(m->turn),
                          m->share_permille / 10, m->share_permille % 10,
                          show_groups_of(p, m->sg).s);
            if (m->yields_to != 0) {
                (void)fprintf(out, ", yields to %s", show_groups_of(p, m->yields_to).s);
            }
            (void)fprintf(out, "%s%s", m->exit[0] != '\0' ? ", to " : "", m->exit);
            const bool is_seen = m->exit_detector_ix >= 0;
            (void)fprintf(out, "%s%s\n", is_seen ? ", exit seen by " : "",
                          is_seen ? p->detector[m->exit_detector_ix].name : "");
        }
    }
}

static void show_point(const struct site *site, const struct site_point *t, FILE *out)
{
    static const char *const area[] = { "coil", "discrete", "input", "holding" };
    static const char *const use[] = { "occupied", "fault", "open", "shorted", "count" };
    (void)fprintf(out, "      %s: link \"%s\", %s %" PRId32, use[t->use],
                  site->link[t->link_ix].name, area[t->area], t->address);
    if (t->use == POINT_COUNT) {
        (void)fprintf(out, ", %" PRId32 " words%s", t->words,
                      t->words == 2 && t->order == WORDS_LITTLE ? ", low word first" : "");
    } else if (t->area == AREA_INPUT || t->area == AREA_HOLDING) {
        (void)fprintf(out, ".%" PRId32, t->bit);
    }
    (void)fprintf(out, "%s\n", t->is_inverted ? ", inverted" : "");
}

static void show_wiring(const struct site *site, int32_t detector_ix, FILE *out)
{
    if (site->cabinet_input[detector_ix] >= 0) {
        (void)fprintf(out, "      occupied: input %" PRId32 " of the cabinet\n",
                      site->cabinet_input[detector_ix]);
    }
    for (int32_t i = 0; i < site->point_count; i++) {
        if (site->point[i].detector_ix == detector_ix) {
            show_point(site, &site->point[i], out);
        }
    }
    for (int32_t i = 0; i < site->camera_count; i++) {
        const struct site_camera *c = &site->camera[i];
        if (c->detector_ix == detector_ix) {
            (void)fprintf(out, "      camera: %s, zone \"%s\"%s%s, %s, at most %s s old\n",
                          c->topic, c->zone, c->label[0] != '\0' ? ", " : "", c->label,
                          c->format == CAMERA_ONVIF ? "onvif" : "frigate",
                          seconds_text(c->max_age_ms).s);
        }
    }
}

static void show_timing(const struct plan *p, const struct detector *d, FILE *out)
{
    if (d->delay_ms > 0) {
        (void)fprintf(out, ", delay %s s", seconds_text(d->delay_ms).s);
    }
    if (d->extend_ms > 0) {
        (void)fprintf(out, ", extend %s s", seconds_text(d->extend_ms).s);
    }
    if (d->queue_limit_ms > 0) {
        (void)fprintf(out, ", ignored after %s s of green", seconds_text(d->queue_limit_ms).s);
    }
    if (d->switch_sg != 0) {
        (void)fprintf(out, ", switches to %s", show_groups_of(p, d->switch_sg).s);
    }
}

/* When it counts as failed, and what then. */
static void show_faults(const struct detector *d, FILE *out)
{
    (void)fprintf(out, "      failed:");
    if (d->no_activity_ms > 0) {
        (void)fprintf(out, " unchanged for %" PRId32 " min,", d->no_activity_ms / 60000);
    }
    if (d->max_presence_ms > 0) {
        (void)fprintf(out, " on for %" PRId32 " min,", d->max_presence_ms / 60000);
    }
    if (d->erratic_per_min > 0) {
        (void)fprintf(out, " over %" PRId32 " a minute,", d->erratic_per_min);
    }
    if (d->stale_ms > 0) {
        (void)fprintf(out, " silent for %s s\n", seconds_text(d->stale_ms).s);
    } else {
        (void)fprintf(out, " silent too long\n");
    }
    (void)fprintf(out, "      then %s", show_failure(d->fail_action));
    if (d->fail_hold_ms > 0) {
        (void)fprintf(out, " and held %s s in green", seconds_text(d->fail_hold_ms).s);
    }
    (void)fprintf(out, "; trusted again after %" PRId32 " good actuations and %s s\n",
                  d->restore_actuations, seconds_text(d->restore_ms).s);
}

void show_detectors(const struct plan *p, const struct site *site, FILE *out)
{
    if (p->detector_count == 0) {
        return;
    }
    (void)fprintf(out, "\nDetectors\n---------\n");
    for (int32_t i = 0; i < p->detector_count; i++) {
        const struct detector *d = &p->detector[i];
        (void)fprintf(out, "  %2" PRId32 "  ", d->number);
        show_cell(out, d->name, 17);
        show_cell(out, show_detector_type(d->type), 9);
        (void)fprintf(out, "for %s", show_groups_of(p, d->sg).s);
        if (d->lane_ix >= 0) {
            (void)fprintf(out, ", lane %s, %" PRId32 ".%" PRId32 " m before the line",
                          p->lane[d->lane_ix].name, d->distance_cm / 100,
                          d->distance_cm % 100 / 10);
        }
        (void)fprintf(out, "\n      %s", show_roles(d->roles).s);
        show_timing(p, d, out);
        (void)fprintf(out, "\n");
        show_faults(d, out);
        show_wiring(site, i, out);
    }
}

void show_links(const struct site *site, FILE *out)
{
    static const char *const kind[] = { "Modbus TCP", "Modbus RTU", "simulator" };
    (void)fprintf(out, "\nLinks\n-----\n%s", site->link_count == 0 ? "  none\n" : "");
    for (int32_t i = 0; i < site->link_count; i++) {
        const struct site_link *l = &site->link[i];
        (void)fprintf(out, "  %s: %s, %s", l->name, kind[l->kind],
                      l->duty == DUTY_CABINET ? "the cabinet" : "detectors");
        if (l->kind == LINK_TCP) {
            (void)fprintf(out, ", %s port %" PRId32 "%s", l->host, l->port,
                          l->is_loopback ? " (loopback)" : "");
        } else if (l->kind == LINK_RTU) {
            (void)fprintf(out, ", %s %" PRId32 " %" PRId32 "%c%" PRId32, l->host, l->baud,
                          l->data_bits, l->parity, l->stop_bits);
        }
        (void)fprintf(out,
                      "\n      unit %" PRId32 ", every %" PRId32 " ms, timeout %" PRId32
                      " ms, stale after %" PRId32 " ms, at most %" PRId32 " registers%s\n",
                      l->unit, l->poll_ms, l->timeout_ms, l->stale_ms, l->max_registers,
                      l->insecure_ok ? ", public address accepted" : "");
    }
    if (site->broker[0] != '\0') {
        (void)fprintf(out, "  broker: %s port %" PRId32 "\n", site->broker, site->broker_port);
    }
}
