#include "topic.h"

#include <string.h>

#include "test.h"

static const char node[] = "balikesir/saat-kulesi";

static void topics_are_node_type_code_channel(void **state)
{
    (void)state;
    char text[TOPIC_BYTES];
    topic_write(text, node, &(struct topic){ .type = TOPIC_PRESENCE }, DOTS_KEPT);
    assert_string_equal(text, "balikesir/saat-kulesi/presence");
    topic_write(text, node,
                &(struct topic){ .type = TOPIC_STATUS, .code = "tlc.groups", .channel = "live" },
                DOTS_KEPT);
    assert_string_equal(text, "balikesir/saat-kulesi/status/tlc.groups/live");
    topic_write(text, node, &(struct topic){ .type = TOPIC_CHANNEL, .code = "tlc.plan" },
                DOTS_KEPT);
    assert_string_equal(text, "balikesir/saat-kulesi/channel/tlc.plan");
}

static void underscores_replace_dots_of_codes_and_not_of_nodes(void **state)
{
    (void)state;
    char text[TOPIC_BYTES];
    topic_write(text, "a.b/c", &(struct topic){ .type = TOPIC_RESULT, .code = "tlc.plan.set" },
                DOTS_TO_UNDERSCORES);
    assert_string_equal(text, "a.b/c/result/tlc_plan_set");
    assert_true(topic_is_code("tlc_plan_set", "tlc.plan.set", DOTS_TO_UNDERSCORES));
    assert_false(topic_is_code("tlc_plan_set", "tlc.plan.set", DOTS_KEPT));
    assert_false(topic_is_code("tlc.plan.set", "tlc.plan.set", DOTS_TO_UNDERSCORES));
    assert_false(topic_is_code("tlc.plan.sets", "tlc.plan.set", DOTS_KEPT));
    assert_false(topic_is_code("tlc.plan", "tlc.plan.set", DOTS_KEPT));
}

static void topics_of_this_node_are_taken_apart(void **state)
{
    (void)state;
    struct topic_parts p;
    assert_true(topic_read("balikesir/saat-kulesi/command/tlc.plan.set", node, &p));
    assert_int_equal(p.type, TOPIC_COMMAND);
    assert_string_equal(p.code, "tlc.plan.set");
    assert_string_equal(p.channel, "");
    assert_true(topic_read("balikesir/saat-kulesi/throttle/tlc.groups/live", node, &p));
    assert_int_equal(p.type, TOPIC_THROTTLE);
    assert_string_equal(p.channel, "live");
    assert_true(topic_read("balikesir/saat-kulesi/presence", node, &p));
}

static void topics_of_other_forms_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "balikesir",
        "balikesir/saat-kulesi",
        "balikesir/saat-kulesi/",
        "balikesir/saat-kulesi/dance/tlc.plan",
        "balikesir/saat-kulesi/command",
        "balikesir/saat-kulesi/command/",
        "balikesir/saat-kulesi/throttle/tlc.groups/",
        "balikesir/saat-kulesi/throttle/tlc.groups/live/more",
        "balikesir/saat-kulesi2/command/tlc.plan.set",
        "balikesir/pasaalani/command/tlc.plan.set",
        "balikesir/saat-kulesi/command/a-code-that-is-longer-than-any-code-can-ever-be-in-here",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct topic_parts p;
        assert_false(topic_read(bad[i], node, &p));
    }
}

static void node_ids_are_plain_levels(void **state)
{
    (void)state;
    assert_true(topic_node_is_good("tlc-001"));
    assert_true(topic_node_is_good("dk/cph/tlc-001"));
    static const char *const bad[] = { "",          "/a",        "a/",          "a//b",
                                       "a/+",       "a/#",       "a b",         "a/presence",
                                       "command/x", "a/b/c/d/e", "\xc4\xb1zmir" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(topic_node_is_good(bad[i]));
    }
    char longest[TOPIC_NODE_BYTES + 1];
    memset(longest, 'a', sizeof longest);
    longest[TOPIC_NODE_BYTES] = '\0';
    assert_false(topic_node_is_good(longest));
    longest[TOPIC_NODE_BYTES - 1] = '\0';
    assert_true(topic_node_is_good(longest));
}

static void answers_go_nowhere_where_they_would_be_heard_as_questions(void **state)
{
    (void)state;
    assert_true(topic_may_answer("tcc/result/tlc.plan.set", node));
    assert_true(topic_may_answer("balikesir/saat-kulesi/result/tlc.plan.set", node));
    assert_true(topic_may_answer("balikesir/saat-kulesi2/command/x", node));
    assert_false(topic_may_answer("", node));
    assert_false(topic_may_answer("tcc/+/x", node));
    assert_false(topic_may_answer("tcc/#", node));
    assert_false(topic_may_answer("$SYS/x", node));
    assert_false(topic_may_answer("balikesir/saat-kulesi/command/tlc.plan.set", node));
    assert_false(topic_may_answer("balikesir/saat-kulesi/presence", node));
    assert_false(topic_may_answer("balikesir/saat-kulesi/status/tlc.groups/live", node));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topics_are_node_type_code_channel),
        cmocka_unit_test(underscores_replace_dots_of_codes_and_not_of_nodes),
        cmocka_unit_test(topics_of_this_node_are_taken_apart),
        cmocka_unit_test(topics_of_other_forms_are_refused),
        cmocka_unit_test(node_ids_are_plain_levels),
        cmocka_unit_test(answers_go_nowhere_where_they_would_be_heard_as_questions),
    };
    return RUN_TESTS(tests);
}
