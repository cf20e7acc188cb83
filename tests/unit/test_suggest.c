#include "test.h"

#include "suggest.h"

static const char *const words[] = { "status", "log", "cmd", "show", "check" };

static const char *near(const char *typed)
{
    return suggest(typed, words, sizeof words / sizeof words[0]);
}

static void distances_count_single_changes(void **state)
{
    (void)state;
    assert_int_equal(suggest_distance("stage", "stage"), 0);
    assert_int_equal(suggest_distance("stge", "stage"), 1);
    assert_int_equal(suggest_distance("sttage", "stage"), 1);
    assert_int_equal(suggest_distance("stbge", "stage"), 1);
    assert_int_equal(suggest_distance("satge", "stage"), 1);
    assert_int_equal(suggest_distance("", "log"), 3);
    assert_int_equal(suggest_distance("kitten", "sitting"), 3);
    assert_int_equal(suggest_distance("a word that is far too long to be a command", "log"),
                     SUGGEST_WORD_MAX);
}

static void a_slip_finds_its_word(void **state)
{
    (void)state;
    assert_string_equal(near("statsu"), "status");
    assert_string_equal(near("shwo"), "show");
    assert_string_equal(near("chekc"), "check");
    assert_string_equal(near("stat"), "status");
}

static void nonsense_finds_nothing(void **state)
{
    (void)state;
    assert_null(near("x"));
    assert_null(near("frobnicate"));
    assert_null(near(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_count_single_changes),
        cmocka_unit_test(a_slip_finds_its_word),
        cmocka_unit_test(nonsense_finds_nothing),
    };
    return RUN_TESTS(tests);
}
