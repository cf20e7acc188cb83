#include "test.h"

#include <string.h>

#include "points.h"

struct bench {
    struct site site;
    struct points points;
    struct detector_input input[DETECTOR_MAX];
    int64_t now_ms;
};

static void bench_init(struct bench *b, int32_t max_registers)
{
    memset(b, 0, sizeof *b);
    b->site.link_count = 2;
    b->site.link[1] = (struct site_link){
        .unit = 17, .timeout_ms = 80, .stale_ms = 1000, .max_registers = max_registers
    };
    b->now_ms = 5000;
}

static struct site_point *wire(struct bench *b, int32_t detector_ix, enum point_use use,
                               enum point_area area, int32_t address)
{
    struct site_point *p = &b->site.point[b->site.point_count++];
    *p = (struct site_point){ .link_ix = 1,
                              .detector_ix = detector_ix,
                              .use = (int32_t)use,
                              .area = (int32_t)area,
                              .address = address,
                              .words = 1 };
    return p;
}

static void plan(struct bench *b)
{
    assert_int_equal(points_plan(&b->points, &b->site, 1), STATUS_OK);
}

/* The device answers read n with these values. */
static bool answer(struct bench *b, uint32_t read_ix, const uint16_t *values)
{
    struct modbus_request q;
    points_request(&b->points, read_ix, 3, &q);
    assert_int_equal(q.unit, 17);
    assert_int_equal(q.timeout_ms, 80);
    struct modbus_reply r = { .count = q.read_count, .sent_at = { .ms = b->now_ms } };
    memcpy(r.read, values, q.read_count * sizeof values[0]);
    return points_take(&b->points, read_ix, &r);
}

static const struct detector_input *look(struct bench *b, int32_t detector_ix)
{
    points_fill(&b->points, (mono_t){ .ms = b->now_ms }, b->input);
    return &b->input[detector_ix];
}

static void assert_read(const struct bench *b, uint32_t read_ix, enum modbus_function function,
                        uint16_t address, uint16_t count)
{
    assert_in_range(read_ix, 0, b->points.read_count - 1);
    assert_int_equal(b->points.read[read_ix].function, function);
    assert_int_equal(b->points.read[read_ix].address, address);
    assert_int_equal(b->points.read[read_ix].count, count);
}

/* PROCON LD220, two loops on RS-485: discrete inputs 10001 fault, 10002 detect, 10005 and 10006
 * open and short of loop 1; 10003, 10004, 10007, 10008 of loop 2; at most 8 registers a message. */
static void procon_ld220_tells_occupied_open_and_short(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b, 8);
    for (int32_t loop = 0; loop < 2; loop++) {
        (void)wire(&b, loop, POINT_FAULT, AREA_DISCRETE, 2 * loop);
        (void)wire(&b, loop, POINT_OCCUPIED, AREA_DISCRETE, 2 * loop + 1);
        (void)wire(&b, loop, POINT_OPEN, AREA_DISCRETE, 2 * loop + 4);
        (void)wire(&b, loop, POINT_SHORTED, AREA_DISCRETE, 2 * loop + 5);
    }
    plan(&b);
    assert_int_equal(b.points.read_count, 1);
    assert_read(&b, 0, MODBUS_READ_DISCRETE, 0, 8);
    assert_true(answer(&b, 0, (const uint16_t[]){ 0, 1, 0, 0, 0, 0, 0, 0 }));
    assert_true(look(&b, 0)->is_occupied);
    assert_false(look(&b, 1)->is_occupied);
    assert_int_equal(look(&b, 0)->quality, INPUT_GOOD);
    assert_true(answer(&b, 0, (const uint16_t[]){ 1, 0, 1, 0, 1, 0, 0, 1 }));
    assert_int_equal(look(&b, 0)->quality, INPUT_OPEN);
    assert_int_equal(look(&b, 1)->quality, INPUT_SHORTED);
    assert_true(answer(&b, 0, (const uint16_t[]){ 1, 0, 0, 0, 0, 0, 0, 0 }));
    assert_int_equal(look(&b, 0)->quality, INPUT_FAILED);
}

/* Moxa ioLogik E1200: inputs as one word, input register 0x30; counters from input register 0x10,
 * 32 bits, high word first. */
static void moxa_iologik_e1200_counts_high_word_first(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b, 125);
    for (int32_t n = 0; n < 2; n++) {
        wire(&b, n, POINT_OCCUPIED, AREA_INPUT, 0x30)->bit = n;
        struct site_point *count = wire(&b, n, POINT_COUNT, AREA_INPUT, 0x10 + 2 * n);
        count->words = 2;
        count->order = WORDS_BIG;
    }
    plan(&b);
    assert_int_equal(b.points.read_count, 2);
    assert_read(&b, 0, MODBUS_READ_INPUT, 0x10, 4);
    assert_read(&b, 1, MODBUS_READ_INPUT, 0x30, 1);
    assert_true(answer(&b, 0, (const uint16_t[]){ 0x0001, 0xffff, 0, 7 }));
    assert_true(answer(&b, 1, (const uint16_t[]){ 2 }));
    assert_false(look(&b, 0)->is_occupied);
    assert_true(look(&b, 1)->is_occupied);
    assert_int_equal(look(&b, 0)->edge_count, 0); /* what was before we looked is not traffic */
    assert_true(answer(&b, 0, (const uint16_t[]){ 0x0002, 0x0001, 0, 7 }));
    assert_int_equal(look(&b, 0)->edge_count, 2); /* pulses between two reads, none of them seen */
    assert_int_equal(look(&b, 1)->edge_count, 0);
}

/* Advantech ADAM-6050: inputs in the coil area from 00001; 32-bit counters low word first. */
static void advantech_adam_6050_counts_low_word_first(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b, 125);
    (void)wire(&b, 4, POINT_OCCUPIED, AREA_COIL, 0);
    struct site_point *count = wire(&b, 4, POINT_COUNT, AREA_HOLDING, 0);
    count->words = 2;
    count->order = WORDS_LITTLE;
    plan(&b);
    assert_read(&b, 0, MODBUS_READ_COILS, 0, 1);
    assert_read(&b, 1, MODBUS_READ_HOLDING, 0, 2);
    assert_true(answer(&b, 0, (const uint16_t[]){ 1 }));
    assert_true(answer(&b, 1, (const uint16_t[]){ 0xffff, 0x0001 }));
    assert_true(answer(&b, 1, (const uint16_t[]){ 0x0002, 0x0002 }));
    assert_int_equal(look(&b, 4)->edge_count, 3);
    assert_true(look(&b, 4)->is_occupied);
}

/* ADAM-4055 on RS-485: eight inputs as coils 1 to 8, wired to normally closed contacts of a loop
 * rack. */
static void advantech_adam_4055_with_closed_contacts_is_inverted(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b, 125);
    for (int32_t n = 0; n < 8; n++) {
        wire(&b, n, POINT_OCCUPIED, AREA_COIL, n)->is_inverted = true;
    }
    plan(&b);
    assert_int_equal(b.points.read_count, 1);
    assert_read(&b, 0, MODBUS_READ_COILS, 0, 8);
    assert_true(answer(&b, 0, (const uint16_t[]){ 1, 1, 1, 0, 1, 1, 1, 1 }));
    for (int32_t n = 0; n < 8; n++) {
        assert_int_equal(look(&b, n)->is_occupied, n == 3);
        assert_int_equal(look(&b, n)->edge_count, n == 3);
    }
}

/* Beckhoff BK9000: process image of the inputs from register 0, bits packed, sixteen channels a
 * word. */
static void beckhoff_bk9000_packs_its_inputs_into_the_process_image(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b, 125);
    for (int32_t n = 0; n < 32; n++) {
        wire(&b, n, POINT_OCCUPIED, AREA_INPUT, n / 16)->bit = n % 16;
    }
    plan(&b);
    assert_int_equal(b.points.read_count, 1);
    assert_read(&b, 0, MODBUS_READ_INPUT, 0, 2);
    assert_true(answer(&b, 0, (const uint16_t[]){ 0x8001, 0x0002 }));
    for (int32_t n = 0; n < 32; n++) {
        assert_int_equal(look(&b, n)->is_occupied, n == 0 || n == 15 || n == 17);
    }
}

/* WAGO 750-352: inputs from discrete 0; a card with 16-bit counters that roll over (750-404 in
 * 16-bit form). */
static void wago_750_352_counters_roll_over_and_are_lost_with_power(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b, 125);
    (void)wire(&b, 0, POINT_OCCUPIED, AREA_DISCRETE, 0);
    (void)wire(&b, 0, POINT_COUNT, AREA_INPUT, 4);
    plan(&b);
    assert_true(answer(&b, 0, (const uint16_t[]){ 0 }));
    assert_true(answer(&b, 1, (const uint16_t[]){ 65534 }));
    assert_true(answer(&b, 1, (const uint16_t[]){ 3 }));
    assert_int_equal(look(&b, 0)->edge_count, 5);
    assert_true(answer(&b, 1, (const uint16_t[]){ 40000 }));
    assert_int_equal(look(&b, 0)->edge_count,
                     5); /* nobody drives 39997 vehicles over in one poll */
    assert_true(answer(&b, 1, (const uint16_t[]){ 0 }));
    assert_true(answer(&b, 1, (const uint16_t[]){ 2 }));
    assert_int_equal(look(&b, 0)->edge_count, 7);
}

static void only_points_that_touch_are_read_together(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b, 125);
    (void)wire(&b, 0, POINT_OCCUPIED, AREA_DISCRETE, 9);
    (void)wire(&b, 1, POINT_OCCUPIED, AREA_DISCRETE, 7);
    (void)wire(&b, 2, POINT_OCCUPIED, AREA_DISCRETE, 8);
    (void)wire(&b, 3, POINT_OCCUPIED, AREA_DISCRETE, 11);
    (void)wire(&b, 4, POINT_OCCUPIED, AREA_COIL, 12);
    plan(&b);
    assert_int_equal(b.points.read_count, 3);
    assert_read(&b, 0, MODBUS_READ_COILS, 12, 1);
    assert_read(&b, 1, MODBUS_READ_DISCRETE, 7, 3);
    assert_read(&b, 2, MODBUS_READ_DISCRETE, 11, 1);
}

static void no_read_is_longer_than_the_device_takes_and_no_counter_is_cut(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b, 5);
    for (int32_t n = 0; n < 6; n++) {
        wire(&b, n, POINT_COUNT, AREA_INPUT, 2 * n)->words = 2;
    }
    plan(&b);
    assert_int_equal(b.points.read_count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_read(&b, i, MODBUS_READ_INPUT, (uint16_t)(4 * i), 4);
    }
}

static void points_of_other_links_are_left_alone(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b, 125);
    wire(&b, 0, POINT_OCCUPIED, AREA_COIL, 0)->link_ix = 0;
    (void)wire(&b, 1, POINT_OCCUPIED, AREA_COIL, 1);
    plan(&b);
    assert_int_equal(b.points.read_count, 1);
    b.input[0].edge_count = 77;
    assert_true(answer(&b, 0, (const uint16_t[]){ 1 }));
    assert_true(look(&b, 1)->is_occupied);
    assert_int_equal(b.input[0].edge_count, 77);
}

static void knowledge_is_absent_then_good_then_stale(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b, 125);
    (void)wire(&b, 0, POINT_OCCUPIED, AREA_COIL, 0);
    (void)wire(&b, 0, POINT_FAULT, AREA_COIL, 9);
    plan(&b);
    assert_int_equal(look(&b, 0)->quality, INPUT_ABSENT);
    assert_true(answer(&b, 0, (const uint16_t[]){ 1 }));
    assert_int_equal(look(&b, 0)->quality, INPUT_ABSENT); /* half heard */
    assert_true(answer(&b, 1, (const uint16_t[]){ 0 }));
    assert_int_equal(look(&b, 0)->quality, INPUT_GOOD);
    b.now_ms += 600;
    assert_true(answer(&b, 0, (const uint16_t[]){ 1 }));
    b.now_ms += 400;
    assert_int_equal(look(&b, 0)->quality, INPUT_GOOD);
    assert_int_equal(look(&b, 0)->age_ms, 1000); /* of the older point */
    b.now_ms += 1;
    assert_int_equal(look(&b, 0)->quality, INPUT_STALE);
    assert_true(look(&b, 0)->is_occupied);
    assert_true(answer(&b, 1, (const uint16_t[]){ 0 }));
    assert_int_equal(look(&b, 0)->quality, INPUT_GOOD);
}

static void a_faulty_answer_changes_nothing(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b, 125);
    (void)wire(&b, 0, POINT_OCCUPIED, AREA_COIL, 0);
    plan(&b);
    assert_true(answer(&b, 0, (const uint16_t[]){ 0 }));
    b.now_ms += 500;
    struct modbus_reply r = { .status = STATUS_TIMEOUT, .count = 1, .read = { 1 } };
    assert_false(points_take(&b.points, 0, &r));
    r.status = STATUS_OK;
    r.count = 0;
    assert_false(points_take(&b.points, 0, &r));
    assert_false(look(&b, 0)->is_occupied);
    assert_int_equal(look(&b, 0)->age_ms, 500);
}

static enum status plan_one(struct site_point p, int32_t max_registers)
{
    struct bench b;
    bench_init(&b, max_registers);
    p.link_ix = 1;
    b.site.point[0] = p;
    b.site.point_count = 1;
    return points_plan(&b.points, &b.site, 1);
}

static void impossible_points_are_refused(void **state)
{
    (void)state;
    const struct site_point good = {
        .use = POINT_COUNT, .area = AREA_INPUT, .address = 65534, .words = 2
    };
    assert_int_equal(plan_one(good, 2), STATUS_OK);
    assert_int_equal(plan_one(good, 1), STATUS_INVALID);
    struct site_point p = good;
    p.address = 65535;
    assert_int_equal(plan_one(p, 2), STATUS_INVALID);
    p = good;
    p.words = 3;
    assert_int_equal(plan_one(p, 8), STATUS_INVALID);
    p = good;
    p.area = AREA_COIL;
    assert_int_equal(plan_one(p, 8), STATUS_INVALID);
    p = good;
    p.detector_ix = DETECTOR_MAX;
    assert_int_equal(plan_one(p, 8), STATUS_INVALID);
    p = (struct site_point){ .use = POINT_OCCUPIED, .area = AREA_HOLDING, .bit = 16 };
    assert_int_equal(plan_one(p, 8), STATUS_INVALID);
    p.bit = 15;
    assert_int_equal(plan_one(p, 8), STATUS_OK);
    p.area = AREA_DISCRETE;
    assert_int_equal(plan_one(p, 8), STATUS_INVALID);
    p.bit = 0;
    p.address = -1;
    assert_int_equal(plan_one(p, 8), STATUS_INVALID);
}

static void as_many_points_as_a_site_has_fit(void **state)
{
    (void)state;
    static struct bench b;
    bench_init(&b, 125);
    for (int32_t n = 0; n < SITE_POINT_MAX; n++) {
        (void)wire(&b, n % DETECTOR_MAX, POINT_OCCUPIED, AREA_DISCRETE, 2 * (SITE_POINT_MAX - n));
    }
    plan(&b);
    assert_int_equal(b.points.read_count, SITE_POINT_MAX);
}

static void inputs_of_the_cabinet_need_no_points(void **state)
{
    (void)state;
    struct cabinet_state s = { .occupied = bit64(63), .faulty = bit64(2) };
    s.edge_count[63] = 9;
    int32_t cabinet_input[DETECTOR_MAX];
    for (int32_t i = 0; i < DETECTOR_MAX; i++) {
        cabinet_input[i] = -1;
    }
    cabinet_input[0] = 63;
    cabinet_input[1] = 2;
    struct detector_input input[DETECTOR_MAX] = { [2] = { .edge_count = 5 } };
    const mono_t seen_at = { .ms = 1000 };
    points_fill_cabinet(&s, cabinet_input, seen_at, 500, (mono_t){ .ms = 1500 }, input);
    assert_true(input[0].is_occupied);
    assert_int_equal(input[0].edge_count, 9);
    assert_int_equal(input[0].quality, INPUT_GOOD);
    assert_int_equal(input[0].age_ms, 500);
    assert_int_equal(input[1].quality, INPUT_FAILED);
    assert_int_equal(input[2].edge_count, 5);
    points_fill_cabinet(&s, cabinet_input, seen_at, 500, (mono_t){ .ms = 1501 }, input);
    assert_int_equal(input[0].quality, INPUT_STALE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(procon_ld220_tells_occupied_open_and_short),
        cmocka_unit_test(moxa_iologik_e1200_counts_high_word_first),
        cmocka_unit_test(advantech_adam_6050_counts_low_word_first),
        cmocka_unit_test(advantech_adam_4055_with_closed_contacts_is_inverted),
        cmocka_unit_test(beckhoff_bk9000_packs_its_inputs_into_the_process_image),
        cmocka_unit_test(wago_750_352_counters_roll_over_and_are_lost_with_power),
        cmocka_unit_test(only_points_that_touch_are_read_together),
        cmocka_unit_test(no_read_is_longer_than_the_device_takes_and_no_counter_is_cut),
        cmocka_unit_test(points_of_other_links_are_left_alone),
        cmocka_unit_test(knowledge_is_absent_then_good_then_stale),
        cmocka_unit_test(a_faulty_answer_changes_nothing),
        cmocka_unit_test(impossible_points_are_refused),
        cmocka_unit_test(as_many_points_as_a_site_has_fit),
        cmocka_unit_test(inputs_of_the_cabinet_need_no_points),
    };
    return RUN_TESTS(tests);
}
