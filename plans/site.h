/* site.h: where the junction is plugged in (site.yaml): Modbus links, wiring of detectors to
 * points, camera topics. Plain data, filled by plans/, read by unit, link and hal (which may
 * include this header of plans and no other). The core never sees it. */
#ifndef KAVSAK_SITE_H
#define KAVSAK_SITE_H

#include "types.h"

enum { SITE_POINT_MAX = 256, SITE_HOST_BYTES = 64, SITE_TOPIC_BYTES = 128, SITE_CAMERA_MAX = 32 };

enum link_kind { LINK_TCP, LINK_RTU, LINK_NULL };
enum link_duty { DUTY_CABINET, DUTY_DETECTORS };
enum point_area { AREA_COIL, AREA_DISCRETE, AREA_INPUT, AREA_HOLDING };
enum word_order { WORDS_BIG, WORDS_LITTLE };
enum point_use {
    POINT_OCCUPIED, /* a bit: the detector is occupied */
    POINT_FAULT,    /* a bit: the detector reports a fault */
    POINT_OPEN,     /* a bit: loop open */
    POINT_SHORTED,
    POINT_COUNT /* a 16- or 32-bit counter of actuations */
};

struct site_link {
    char name[NAME_MAX_BYTES];
    int32_t kind;               /* enum link_kind */
    int32_t duty;               /* enum link_duty */
    char host[SITE_HOST_BYTES]; /* TCP: address; RTU: device path */
    int32_t port;
    int32_t unit;
    int32_t baud, data_bits, stop_bits;
    char parity; /* 'N', 'E', 'O' */
    int32_t poll_ms;
    int32_t timeout_ms;
    int32_t max_registers; /* of one request; devices differ */
    int32_t stale_ms;
    bool insecure_ok; /* a public address was accepted by a person */
    bool is_loopback;
};

/* One point of a detector device. Detectors of the cabinet itself need none: cabinet_input says
 * which. */
struct site_point {
    int32_t link_ix;
    int32_t detector_ix;
    int32_t use;     /* enum point_use */
    int32_t area;    /* enum point_area */
    int32_t address; /* 0-based on the wire, whatever the manual counts from */
    int32_t bit;     /* of a register; 0 for bit areas */
    bool is_inverted;
    int32_t words; /* counters: 1 or 2 registers */
    int32_t order; /* enum word_order */
};

enum camera_format { CAMERA_ONVIF, CAMERA_FRIGATE };

struct site_camera { /* one zone of one camera */
    char topic[SITE_TOPIC_BYTES];
    int32_t format;             /* enum camera_format */
    char zone[NAME_MAX_BYTES];  /* ONVIF rule, or Frigate zone */
    char label[NAME_MAX_BYTES]; /* object class counted; "" any */
    int32_t detector_ix;
    int32_t max_age_ms;
};

struct site {
    char cabinet_name[NAME_MAX_BYTES];
    int32_t link_count;
    struct site_link link[LINK_MAX];
    int32_t cabinet_link_ix;
    int32_t
        cabinet_input[DETECTOR_MAX]; /* input number of the cabinet for each detector, -1 none */
    int32_t point_count;
    struct site_point point[SITE_POINT_MAX];
    int32_t camera_count;
    struct site_camera camera[SITE_CAMERA_MAX];
    bool is_signed; /* the safety file's signature is good; false is shown as UNSIGNED everywhere */
    char broker[SITE_HOST_BYTES];
    int32_t broker_port;
};

#endif
