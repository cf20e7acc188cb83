#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

static struct value_tree tree;

static enum status read_text(const char *text)
{
    return json_read(text, strlen(text), &tree);
}

static void writer_makes_maps_arrays_and_values(void **state)
{
    (void)state;
    struct payload_writer w;
    char out[128];
    payload_begin(&w, &json_form, out, sizeof out);
    payload_open(&w, BOX_MAP);
    payload_key(&w, "entries");
    payload_open(&w, BOX_ARRAY);
    payload_open(&w, BOX_MAP);
    payload_key(&w, "active");
    payload_boolean(&w, true);
    payload_key(&w, "seq");
    payload_integer(&w, -7);
    payload_close(&w);
    payload_text(&w, "x");
    payload_open(&w, BOX_ARRAY);
    payload_close(&w);
    payload_close(&w);
    payload_key(&w, "full");
    payload_boolean(&w, false);
    payload_close(&w);
    assert_int_equal(payload_end(&w), STATUS_OK);
    out[w.used] = '\0';
    assert_string_equal(out,
                        "{\"entries\":[{\"active\":true,\"seq\":-7},\"x\",[]],\"full\":false}");
}

static void writer_escapes_what_json_reserves_and_replaces_bad_utf8(void **state)
{
    (void)state;
    struct payload_writer w;
    char out[128];
    payload_begin(&w, &json_form, out, sizeof out);
    payload_text(&w, "\"\\\n\x01 \xc5\x9f \xff");
    assert_int_equal(payload_end(&w), STATUS_OK);
    out[w.used] = '\0';
    assert_string_equal(out, "\"\\\"\\\\\\u000a\\u0001 \xc5\x9f \\ufffd\"");
    assert_int_equal(json_read(out, w.used, &tree), STATUS_OK);
}

static void writer_that_is_full_says_so_and_writes_no_further(void **state)
{
    (void)state;
    struct payload_writer w;
    char out[9];
    out[8] = 'z';
    payload_begin(&w, &json_form, out, 8);
    payload_text(&w, "123456");
    assert_int_equal(payload_end(&w), STATUS_OK);
    payload_begin(&w, &json_form, out, 8);
    payload_text(&w, "1234567");
    assert_int_equal(payload_end(&w), STATUS_NO_SPACE);
    assert_int_equal(out[8], 'z');
}

static void reader_finds_members(void **state)
{
    (void)state;
    int64_t n = 0;
    assert_int_equal(read_text(" {\"values\": {\"plan\": 2, \"x\": [1, 2.5, null, true]}, "
                               "\"by\": \"\\u015e\\\"a\"} \n"),
                     STATUS_OK);
    const struct value *root = value_root(&tree);
    const struct value *values = value_get(&tree, root, "values");
    assert_true(value_integer(value_get(&tree, values, "plan"), &n));
    assert_int_equal(n, 2);
    assert_string_equal(value_text(&tree, value_get(&tree, root, "by")), "\xc5\x9e\"a");
    const struct value *item = value_first(&tree, value_get(&tree, values, "x"));
    assert_int_equal(item->kind, VALUE_INTEGER);
    item = value_next(&tree, item);
    assert_int_equal(item->kind, VALUE_REAL);
    item = value_next(&tree, item);
    assert_int_equal(item->kind, VALUE_NULL);
    item = value_next(&tree, item);
    assert_int_equal(item->kind, VALUE_BOOLEAN);
    assert_null(value_next(&tree, item));
}

static void what_is_not_there_is_answered_as_not_there(void **state)
{
    (void)state;
    int64_t n = 5;
    assert_int_equal(read_text("{\"plan\":\"2\"}"), STATUS_OK);
    const struct value *root = value_root(&tree);
    assert_null(value_get(&tree, root, "pla"));
    assert_null(value_get(&tree, value_get(&tree, root, "plan"), "x"));
    assert_null(value_get(&tree, NULL, "x"));
    assert_null(value_first(&tree, NULL));
    assert_null(value_text(&tree, root));
    assert_false(value_integer(value_get(&tree, root, "plan"), &n));
    assert_int_equal(n, 5);
}

static void large_and_broken_numbers_are_no_integers(void **state)
{
    (void)state;
    int64_t n = 0;
    assert_int_equal(read_text("[9007199254740992, 9007199254740994, 1e300, 2.5]"), STATUS_OK);
    const struct value *v = value_first(&tree, value_root(&tree));
    assert_true(value_integer(v, &n));
    assert_int_equal(n, INT64_C(9007199254740992));
    for (v = value_next(&tree, v); v != NULL; v = value_next(&tree, v)) {
        assert_false(value_integer(v, &n));
    }
}

static void malformed_json_is_refused_and_leaves_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "{",
        "}",
        "{{{",
        "[1,]",
        "{\"a\":}",
        "{a:1}",
        "nul",
        "1 2",
        "{\"a\":1}x",
        "\"abc",
        "\"\xff\"",
        "\"\xc0\x80\"",
        "\"\\u0000\"",
        "[1}",
        "{\"a\":1,\"a\":2}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(read_text("[1]"), STATUS_OK);
        assert_int_equal(read_text(bad[i]), STATUS_INVALID);
        assert_null(value_root(&tree));
    }
    assert_int_equal(json_read("[1]\0", 4, &tree), STATUS_INVALID);
    assert_int_equal(json_read("x", 0, &tree), STATUS_INVALID);
}

static void a_backslash_before_a_quote_does_not_end_the_text(void **state)
{
    (void)state;
    assert_int_equal(read_text("[\"\\\\\", \"\\\"[[[[[[[[[[[[[[[[[[[[[\"]"), STATUS_OK);
    assert_int_equal(read_text("\"\\"), STATUS_INVALID);
}

static void depth_is_bounded_at_its_edge(void **state)
{
    (void)state;
    char text[2 * PAYLOAD_DEPTH_MAX + 3];
    memset(text, '[', PAYLOAD_DEPTH_MAX);
    memset(text + PAYLOAD_DEPTH_MAX, ']', PAYLOAD_DEPTH_MAX);
    assert_int_equal(json_read(text, 2 * PAYLOAD_DEPTH_MAX, &tree), STATUS_OK);
    memset(text, '[', PAYLOAD_DEPTH_MAX + 1);
    memset(text + PAYLOAD_DEPTH_MAX + 1, ']', PAYLOAD_DEPTH_MAX + 1);
    assert_int_equal(json_read(text, 2 * PAYLOAD_DEPTH_MAX + 2, &tree), STATUS_INVALID);
}

static void size_and_count_are_bounded(void **state)
{
    (void)state;
    char *text = malloc(PAYLOAD_MAX_BYTES + 1);
    assert_non_null(text);
    memset(text, ' ', PAYLOAD_MAX_BYTES + 1);
    text[0] = '1';
    assert_int_equal(json_read(text, PAYLOAD_MAX_BYTES, &tree), STATUS_OK);
    assert_int_equal(json_read(text, PAYLOAD_MAX_BYTES + 1, &tree), STATUS_INVALID);
    /* A root and as many numbers as fit, then one more. */
    size_t used = 0;
    text[used++] = '[';
    for (int32_t i = 0; i < PAYLOAD_VALUE_MAX - 1; i++) {
        text[used++] = '1';
        text[used++] = ',';
    }
    text[used - 1] = ']';
    assert_int_equal(json_read(text, used, &tree), STATUS_OK);
    text[used - 1] = ',';
    text[used++] = '1';
    text[used++] = ']';
    assert_int_equal(json_read(text, used, &tree), STATUS_INVALID);
    /* The longest text of all. */
    memset(text, 'a', PAYLOAD_MAX_BYTES);
    text[0] = '"';
    text[PAYLOAD_MAX_BYTES - 1] = '"';
    assert_int_equal(json_read(text, PAYLOAD_MAX_BYTES, &tree), STATUS_OK);
    free(text);
}

static void no_single_changed_byte_trips_the_reader(void **state)
{
    (void)state;
    static const char good[] = "{\"id\":\"c1\",\"values\":{\"plan\":2},\"x\":[true,null,-1.5e3]}";
    char text[sizeof good];
    for (size_t i = 0; i + 1 < sizeof good; i++) {
        for (int32_t byte = 0; byte < 256; byte++) {
            memcpy(text, good, sizeof good);
            text[i] = (char)byte;
            const enum status status = json_read(text, sizeof good - 1, &tree);
            assert_true(status == STATUS_OK || status == STATUS_INVALID);
            assert_true((status == STATUS_OK) == (value_root(&tree) != NULL));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writer_makes_maps_arrays_and_values),
        cmocka_unit_test(writer_escapes_what_json_reserves_and_replaces_bad_utf8),
        cmocka_unit_test(writer_that_is_full_says_so_and_writes_no_further),
        cmocka_unit_test(reader_finds_members),
        cmocka_unit_test(what_is_not_there_is_answered_as_not_there),
        cmocka_unit_test(large_and_broken_numbers_are_no_integers),
        cmocka_unit_test(malformed_json_is_refused_and_leaves_nothing),
        cmocka_unit_test(a_backslash_before_a_quote_does_not_end_the_text),
        cmocka_unit_test(depth_is_bounded_at_its_edge),
        cmocka_unit_test(size_and_count_are_bounded),
        cmocka_unit_test(no_single_changed_byte_trips_the_reader),
    };
    return RUN_TESTS(tests);
}
