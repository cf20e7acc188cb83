/* Rules of site.yaml: links, sources of detectors, and what a real cabinet demands. */
#include <arpa/inet.h>
#include <string.h>

#include "check.h"

static const struct yaml_node *link_node(const struct reader *r, int32_t ix)
{
    return r->names[REF_LINK].node[ix];
}

/* Private, shared (RFC 6598), link-local and loopback addresses are not reachable from the
 * internet. */
static bool four_is_private(uint32_t a)
{
    return (a >> 24) == 10 || (a >> 24) == 127 || (a >> 20) == 0xac1 || (a >> 16) == 0xc0a8 ||
           (a >> 16) == 0xa9fe || (a >> 22) == 0x191;
}

static void check_host(struct reader *r, int32_t ix)
{
    const struct site_link *l = &r->site->link[ix];
    const struct yaml_node *n = link_node(r, ix);
    struct in_addr four;
    struct in6_addr six;
    bool is_private = false;
    if (inet_pton(AF_INET, l->host, &four) == 1) {
        is_private = four_is_private(ntohl(four.s_addr));
    } else if (inet_pton(AF_INET6, l->host, &six) == 1) {
        is_private = IN6_IS_ADDR_LOOPBACK(&six) || IN6_IS_ADDR_LINKLOCAL(&six) ||
                     (six.s6_addr[0] & 0xfe) == 0xfc;
    } else {
        diag_rule(r->diag, RULE_HOST_NOT_NUMERIC, reader_at(n, "host"), "'%s' is not an IP address",
                  l->host);
        return;
    }
    if (!is_private && !l->insecure_ok) {
        diag_rule(r->diag, RULE_HOST_PUBLIC, reader_at(n, "host"), "%s is a public address",
                  l->host);
    }
}

static void check_link_kind(struct reader *r, int32_t ix)
{
    static const char *const rtu_keys[] = { "device",    "baud",      "parity",
                                            "data_bits", "stop_bits", NULL };
    static const char *const tcp_keys[] = { "host", "port", NULL };
    const struct site_link *l = &r->site->link[ix];
    const struct yaml_node *n = link_node(r, ix);
    const bool is_tcp = l->kind == LINK_TCP;
    const bool is_rtu = l->kind == LINK_RTU;
    if ((is_tcp || is_rtu) && l->host[0] == '\0' &&
        yaml_get(n, is_tcp ? "host" : "device") == NULL) {
        diag_rule(r->diag, RULE_LINK_INCOMPLETE, yaml_key_at(n), "link %s needs %s", l->name,
                  is_tcp ? "host" : "device");
    } else if (is_tcp && l->host[0] != '\0') {
        check_host(r, ix);
    }
    if (is_rtu && l->baud == 0 && yaml_get(n, "baud") == NULL) {
        diag_rule(r->diag, RULE_LINK_INCOMPLETE, yaml_key_at(n), "link %s needs baud", l->name);
    }
    const char *const *strange[2] = { is_rtu ? NULL : rtu_keys, is_tcp ? NULL : tcp_keys };
    for (uint32_t k = 0; k < 2; k++) {
        for (const char *const *key = strange[k]; key != NULL && *key != NULL; key++) {
            const struct yaml_node *found = yaml_get(n, *key);
            if (found != NULL) {
                diag_rule(r->diag, RULE_LINK_INCOMPLETE, yaml_key_at(found),
                          "'%s' does not belong to a link of this kind", *key);
            }
        }
    }
}

static void check_link_times(struct reader *r, int32_t ix)
{
    const struct site_link *l = &r->site->link[ix];
    const struct yaml_node *n = link_node(r, ix);
    if (l->timeout_ms > l->poll_ms) {
        diag_rule(r->diag, RULE_LINK_TIMES, reader_at(n, "timeout_ms"),
                  "link %s: an answer may take %d ms, but the next poll comes after %d", l->name,
                  l->timeout_ms, l->poll_ms);
    }
    if (l->stale_ms <= l->poll_ms) {
        diag_rule(r->diag, RULE_LINK_TIMES, reader_at(n, "stale_s"),
                  "link %s: values are stale before the next poll", l->name);
    }
    if (l->duty == DUTY_CABINET && l->poll_ms != TICK_MS) {
        diag_rule(r->diag, RULE_LINK_TIMES, reader_at(n, "poll_s"),
                  "link %s: a cabinet is written in each tick, poll_s: 0.1", l->name);
    }
    if (l->duty == DUTY_CABINET && l->kind == LINK_RTU && l->baud > 0 && l->baud < 38400) {
        diag_rule(r->diag, RULE_BAUD_LOW, reader_at(n, "baud"), "link %s carries lamps at %d baud",
                  l->name, l->baud);
    }
}

static void check_endpoints(struct reader *r, int32_t ix)
{
    const struct site_link *l = &r->site->link[ix];
    for (int32_t k = 0; k < ix; k++) {
        const struct site_link *other = &r->site->link[k];
        const bool is_same = l->kind != LINK_NULL && other->kind == l->kind &&
                             strcmp(other->host, l->host) == 0 && l->host[0] != '\0' &&
                             other->unit == l->unit &&
                             (l->kind == LINK_RTU || other->port == l->port);
        if (is_same) {
            diag_rule(r->diag, RULE_ENDPOINT_TWICE, yaml_key_at(link_node(r, ix)),
                      "links %s and %s reach the same device", other->name, l->name);
        }
    }
}

static void check_cabinet_link(struct reader *r)
{
    const struct site *site = r->site;
    int32_t cabinets = 0;
    for (int32_t i = 0; i < site->link_count; i++) {
        cabinets += site->link[i].duty == DUTY_CABINET ? 1 : 0;
    }
    const struct yaml_node *links = yaml_get(r->doc[FILE_SITE]->root, "links");
    if (links != NULL && cabinets != 1) {
        diag_rule(r->diag, RULE_CABINET_LINK, yaml_key_at(links), "%d links have duty: cabinet",
                  cabinets);
    }
    if (site->cabinet_link_ix < 0 || site->link[site->cabinet_link_ix].is_loopback) {
        return;
    }
    const struct diag_at at = yaml_key_at(link_node(r, site->cabinet_link_ix));
    if (!site->is_signed) {
        diag_rule(r->diag, RULE_UNSIGNED, at,
                  "safety.yaml is not signed, and this is a real cabinet: look at 'kavsak show', "
                  "then sign it with 'kavsak sign'");
    }
    if (r->plan->safety.profile == PROFILE_BENCH) {
        diag_rule(r->diag, RULE_BENCH_ON_STREET, at, "profile bench on a real cabinet");
    }
}

/* Every detector has one source: an input of the cabinet, a device, or cameras. */
static void check_sources(struct reader *r)
{
    const struct plan *p = r->plan;
    const struct site *site = r->site;
    for (int32_t d = 0; d < p->detector_count; d++) {
        bool has_point = false;
        bool has_camera = false;
        const struct yaml_node *where = r->input[d];
        for (int32_t i = 0; i < site->point_count; i++) {
            if (site->point[i].detector_ix == d) {
                has_point = true;
                where = r->point[i];
            }
        }
        for (int32_t i = 0; i < site->camera_count; i++) {
            if (site->camera[i].detector_ix == d) {
                has_camera = true;
                where = r->camera[i];
            }
        }
        const int32_t sources =
            (site->cabinet_input[d] >= 0 ? 1 : 0) + (has_point ? 1 : 0) + (has_camera ? 1 : 0);
        const struct yaml_node *node = r->names[REF_DETECTOR].node[d];
        if (sources == 0) {
            diag_rule(r->diag, RULE_NO_SOURCE, yaml_key_at(node), "site.yaml gives %s no source",
                      p->detector[d].name);
        } else if (sources > 1) {
            diag_rule(r->diag, RULE_TWO_SOURCES, yaml_key_at(where),
                      "%s has more than one kind of source", p->detector[d].name);
        }
        if (sources > 0 && has_camera != (p->detector[d].type == DETECTOR_CAMERA)) {
            diag_rule(r->diag, RULE_CAMERA_TYPE, reader_at(node, "type"),
                      "%s is %sa camera detector, but its source is %sa camera",
                      p->detector[d].name, has_camera ? "not " : "", has_camera ? "" : "not ");
        }
    }
}

static void check_inputs(struct reader *r)
{
    const struct site *site = r->site;
    for (int32_t d = 0; d < DETECTOR_MAX; d++) {
        for (int32_t k = 0; k < d; k++) {
            if (site->cabinet_input[d] >= 0 && site->cabinet_input[d] == site->cabinet_input[k]) {
                diag_rule(r->diag, RULE_INPUT_TWICE, yaml_at(r->input[d]),
                          "input %d feeds %s and %s", site->cabinet_input[d],
                          r->plan->detector[k].name, r->plan->detector[d].name);
            }
        }
    }
}

static bool points_meet(const struct site_point *a, const struct site_point *b)
{
    if (a->link_ix != b->link_ix || a->area != b->area || a->link_ix < 0) {
        return false;
    }
    if (a->use == POINT_COUNT || b->use == POINT_COUNT) {
        const int32_t end_a = a->address + (a->use == POINT_COUNT ? a->words : 1);
        const int32_t end_b = b->address + (b->use == POINT_COUNT ? b->words : 1);
        return a->address < end_b && b->address < end_a;
    }
    return a->address == b->address && a->bit == b->bit;
}

static void check_points(struct reader *r)
{
    const struct site *site = r->site;
    for (int32_t i = 0; i < site->point_count; i++) {
        const struct site_point *pt = &site->point[i];
        const struct yaml_node *n = r->point[i];
        const bool is_bits = pt->area == AREA_COIL || pt->area == AREA_DISCRETE;
        if (is_bits && pt->bit != 0) {
            diag_rule(r->diag, RULE_POINT_FORM, reader_at(n, "bit"),
                      "this area has no registers, and so no bits in them");
        }
        if (is_bits && pt->use == POINT_COUNT) {
            diag_rule(r->diag, RULE_POINT_FORM, reader_at(n, "use"),
                      "a counter needs registers: area input or holding");
        }
        if (pt->use != POINT_COUNT &&
            (yaml_get(n, "words") != NULL || yaml_get(n, "order") != NULL)) {
            diag_rule(r->diag, RULE_POINT_FORM,
                      reader_at(n, yaml_get(n, "words") != NULL ? "words" : "order"),
                      "words and order belong to use: count");
        }
        for (int32_t k = 0; k < i; k++) {
            if (points_meet(pt, &site->point[k])) {
                diag_rule(r->diag, RULE_POINT_TWICE, reader_at(n, "address"),
                          "this point is used already");
                break;
            }
        }
    }
}

void check_site(struct reader *r)
{
    const struct site *site = r->site;
    for (int32_t i = 0; i < site->link_count; i++) {
        check_link_kind(r, i);
        check_link_times(r, i);
        check_endpoints(r, i);
    }
    check_cabinet_link(r);
    check_sources(r);
    check_inputs(r);
    check_points(r);
    for (int32_t i = 0; i < site->camera_count; i++) {
        if (strpbrk(site->camera[i].topic, "+#") != NULL) {
            diag_rule(r->diag, RULE_TOPIC_BAD, reader_at(r->camera[i], "topic"),
                      "'%.60s' has a wildcard", site->camera[i].topic);
        }
    }
}
