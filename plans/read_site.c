/* site.yaml to struct site: links, inputs of the cabinet, points, cameras, broker. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "digest.h"
#include "read.h"

static void read_link(struct reader *r, uint32_t ix)
{
    struct site_link *l = &r->site->link[ix];
    const struct yaml_node *node = r->names[REF_LINK].node[ix];
    (void)snprintf(l->name, sizeof l->name, "%s", r->names[REF_LINK].name[ix]);
    l->duty = DUTY_DETECTORS;
    fields_read(r, node, SHAPE_LINK, l, 0);
    int32_t parity = 1;
    (void)field_read_one(r, node, SHAPE_LINK, "parity", &parity);
    l->parity = "NEO"[parity];
    if (l->kind == LINK_RTU) {
        l->host[0] = '\0';
        (void)field_read_one(r, node, SHAPE_LINK, "device", l->host);
    }
    struct in_addr four;
    struct in6_addr six;
    l->is_loopback = l->kind == LINK_NULL;
    if (l->kind == LINK_TCP && inet_pton(AF_INET, l->host, &four) == 1) {
        l->is_loopback = (ntohl(four.s_addr) >> 24) == 127;
    } else if (l->kind == LINK_TCP && inet_pton(AF_INET6, l->host, &six) == 1) {
        l->is_loopback = IN6_IS_ADDR_LOOPBACK(&six) != 0;
    }
}

static void read_inputs(struct reader *r, const struct yaml_node *cabinet)
{
    struct site *site = r->site;
    for (uint32_t i = 0; i < DETECTOR_MAX; i++) {
        site->cabinet_input[i] = -1;
    }
    const struct yaml_node *inputs = field_map(r, cabinet, SHAPE_CABINET, "inputs");
    for (const struct yaml_node *n = inputs != NULL ? inputs->child : NULL; n != NULL;
         n = n->next) {
        const int32_t ix = name_need(r, REF_DETECTOR, n, n->key, RULE_SOURCE_UNKNOWN);
        if (n->kind != YAML_SCALAR) {
            diag_rule(r->diag, RULE_VALUE_SHAPE, yaml_at(n), "inputs: a number is wanted");
        } else if (ix >= 0 && !n->is_refused &&
                   number_read(r, n, n->text, field_find(SHAPE_CABINET, "inputs"),
                               &site->cabinet_input[ix])) {
            r->input[ix] = n;
        }
    }
}

static void read_points(struct reader *r, const struct yaml_node *root)
{
    struct site *site = r->site;
    const struct yaml_node *list = field_list(r, root, SHAPE_SITE, "points");
    for (const struct yaml_node *n = list != NULL ? list->child : NULL; n != NULL; n = n->next) {
        struct site_point *point = &site->point[site->point_count];
        r->point[site->point_count] = n;
        point->link_ix = -1;
        point->detector_ix = -1;
        fields_read(r, n, SHAPE_POINT, point, 0);
        int32_t base = 0;
        (void)field_read_one(r, n, SHAPE_POINT, "base", &base);
        if (base > point->address) {
            diag_rule(r->diag, RULE_POINT_FORM, reader_at(n, "address"),
                      "address 0, but the manual counts from 1");
        } else {
            point->address -= base;
        }
        site->point_count++;
    }
}

static void read_cameras(struct reader *r, const struct yaml_node *root)
{
    struct site *site = r->site;
    const struct yaml_node *list = field_list(r, root, SHAPE_SITE, "cameras");
    for (const struct yaml_node *n = list != NULL ? list->child : NULL; n != NULL; n = n->next) {
        struct site_camera *camera = &site->camera[site->camera_count];
        r->camera[site->camera_count] = n;
        camera->detector_ix = -1;
        fields_read(r, n, SHAPE_CAMERA, camera, 0);
        site->camera_count++;
    }
}

static void read_keys(struct reader *r, const struct yaml_node *signing)
{
    const struct yaml_node *list = field_list(r, signing, SHAPE_SIGNING, "keys");
    for (const struct yaml_node *n = list != NULL ? list->child : NULL; n != NULL; n = n->next) {
        if (!digest_hex(n->text, strlen(n->text), r->key[r->key_count], DIGEST_KEY_BYTES)) {
            diag_rule(r->diag, RULE_TEXT_BAD, yaml_at(n), "keys: a key has 64 hexadecimal digits");
        } else {
            r->key_count++;
        }
    }
}

void site_read(struct reader *r)
{
    struct site *site = r->site;
    const struct yaml_node *root = r->doc[FILE_SITE]->root;
    const struct yaml_node *cabinet = field_map(r, root, SHAPE_SITE, "cabinet");
    fields_read(r, root, SHAPE_SITE, site, 0);
    if (cabinet != NULL) {
        fields_read(r, cabinet, SHAPE_CABINET, site, 0);
    }
    site->link_count = r->names[REF_LINK].count;
    site->cabinet_link_ix = -1;
    for (int32_t ix = 0; ix < site->link_count; ix++) {
        read_link(r, (uint32_t)ix);
        if (site->link[ix].duty == DUTY_CABINET && site->cabinet_link_ix < 0) {
            site->cabinet_link_ix = ix;
        }
    }
    read_inputs(r, cabinet);
    read_points(r, root);
    read_cameras(r, root);
    const struct yaml_node *broker = field_map(r, root, SHAPE_SITE, "broker");
    if (broker != NULL) {
        fields_read(r, broker, SHAPE_BROKER, site, 0);
    } else {
        (void)snprintf(site->broker, sizeof site->broker, "127.0.0.1");
        site->broker_port = 1883;
    }
    const struct yaml_node *signing = field_map(r, root, SHAPE_SITE, "signing");
    if (signing != NULL) {
        fields_read(r, signing, SHAPE_SIGNING, site, 0);
        read_keys(r, signing);
    }
}
