#include "test.h"

#include <stdio.h>
#include <string.h>

#include "decimal.h"

static enum decimal_result parse(const char *text, int32_t places, int32_t *value)
{
    *value = -999;
    return decimal_parse(text, places, value);
}

static void every_tenth_of_an_hour_is_exact(void **state)
{
    (void)state;
    for (int32_t tenths = 0; tenths <= 36000; tenths++) {
        char text[24];
        int32_t value = 0;
        (void)snprintf(text, sizeof text, "%d.%d", tenths / 10, tenths % 10);
        assert_int_equal(parse(text, 1, &value), DECIMAL_OK);
        assert_int_equal(value, tenths);
        char back[24];
        assert_string_equal(decimal_format(tenths, 1, 1, back, sizeof back), text);
    }
}

static void missing_decimals_are_zeros(void **state)
{
    (void)state;
    int32_t value = 0;
    assert_int_equal(parse("7", 1, &value), DECIMAL_OK);
    assert_int_equal(value, 70);
    assert_int_equal(parse("7.5", 3, &value), DECIMAL_OK);
    assert_int_equal(value, 7500);
    assert_int_equal(parse("-0.5", 1, &value), DECIMAL_OK);
    assert_int_equal(value, -5);
}

static void a_comma_is_named_and_never_read(void **state)
{
    (void)state;
    int32_t value = 0;
    assert_int_equal(parse("7,5", 1, &value), DECIMAL_COMMA);
    assert_int_equal(value, -999);
    assert_int_equal(parse("1,234.5", 1, &value), DECIMAL_NOT_A_NUMBER);
}

static void more_decimals_than_a_tick_are_refused(void **state)
{
    (void)state;
    int32_t value = 0;
    assert_int_equal(parse("3.05", 1, &value), DECIMAL_TOO_PRECISE);
    assert_int_equal(parse("3.50", 1, &value), DECIMAL_TOO_PRECISE);
    assert_int_equal(parse("3.0", 0, &value), DECIMAL_TOO_PRECISE);
    assert_int_equal(value, -999);
}

static void what_does_not_fit_is_too_large(void **state)
{
    (void)state;
    int32_t value = 0;
    assert_int_equal(parse("2147483647", 0, &value), DECIMAL_OK);
    assert_int_equal(value, INT32_MAX);
    assert_int_equal(parse("2147483648", 0, &value), DECIMAL_TOO_LARGE);
    assert_int_equal(parse("214748364.8", 1, &value), DECIMAL_TOO_LARGE);
    assert_int_equal(parse("99999999999999999999999999999999", 1, &value), DECIMAL_TOO_LARGE);
}

static void anything_else_is_no_number(void **state)
{
    (void)state;
    static const char *const texts[] = { "",    "-",    ".",  "5.",   ".5", "+5",
                                         "1e3", "0x10", " 5", "5 ",   "5s", "1.2.3",
                                         "--5", "inf",  "5-", "1.,2", "٣" };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int32_t value = 0;
        assert_int_equal(parse(texts[i], 1, &value), DECIMAL_NOT_A_NUMBER);
    }
}

static void format_drops_zeros_down_to_the_least(void **state)
{
    (void)state;
    char b[24];
    assert_string_equal(decimal_format(1250, 2, 0, b, sizeof b), "12.5");
    assert_string_equal(decimal_format(1200, 2, 0, b, sizeof b), "12");
    assert_string_equal(decimal_format(1200, 2, 1, b, sizeof b), "12.0");
    assert_string_equal(decimal_format(-5, 1, 1, b, sizeof b), "-0.5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tenth_of_an_hour_is_exact),
        cmocka_unit_test(missing_decimals_are_zeros),
        cmocka_unit_test(a_comma_is_named_and_never_read),
        cmocka_unit_test(more_decimals_than_a_tick_are_refused),
        cmocka_unit_test(what_does_not_fit_is_too_large),
        cmocka_unit_test(anything_else_is_no_number),
        cmocka_unit_test(format_drops_zeros_down_to_the_least),
    };
    return RUN_TESTS(tests);
}
