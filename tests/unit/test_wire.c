#include "test.h"

#include "wire.h"

static void a_message_of_its_type_and_size_passes(void **state)
{
    (void)state;
    struct wire_subscribe m = { .streams = WIRE_STREAM_STATUS };
    wire_head(&m.header, WIRE_SUBSCRIBE, sizeof m, 7);
    const struct wire_header *h = NULL;
    assert_int_equal(wire_check(&m, sizeof m, &h), STATUS_OK);
    assert_int_equal(h->request, 7);
    assert_int_equal(h->type, WIRE_SUBSCRIBE);
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    struct wire_subscribe good = { .status_every_ms = 100 };
    wire_head(&good.header, WIRE_SUBSCRIBE, sizeof good, 1);
    const struct wire_header *h = NULL;
    assert_int_equal(wire_check(&good, sizeof good.header - 1, &h), STATUS_INVALID);
    assert_int_equal(wire_check(&good, sizeof good - 1, &h), STATUS_INVALID);
    struct wire_subscribe m = good;
    m.header.magic++;
    assert_int_equal(wire_check(&m, sizeof m, &h), STATUS_INVALID);
    m = good;
    m.header.version++;
    assert_int_equal(wire_check(&m, sizeof m, &h), STATUS_INVALID);
    m = good;
    m.header.type = WIRE_STATUS;
    assert_int_equal(wire_check(&m, sizeof m, &h), STATUS_INVALID);
    m.header.type = WIRE_TYPE_COUNT;
    assert_int_equal(wire_check(&m, sizeof m, &h), STATUS_NOT_FOUND);
    m.header.type = 0;
    assert_int_equal(wire_check(&m, sizeof m, &h), STATUS_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_of_its_type_and_size_passes),
        cmocka_unit_test(anything_else_is_refused),
    };
    return RUN_TESTS(tests);
}
