#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"
#include "yaml_tree.h"

static struct yaml_doc doc;
static struct diag diag;

static enum status parse(const char *text)
{
    memset(&diag, 0, sizeof diag);
    yaml_finish(&doc);
    return yaml_parse(&doc, "test.yaml", text, strlen(text), &diag);
}

/* One finding, of this rule, there. */
static void assert_refused(const char *text, int32_t rule, int32_t line, int32_t column)
{
    assert_int_equal(parse(text), STATUS_INVALID);
    if (diag.count != 1 || diag.item[0].rule != rule || diag.item[0].line != line ||
        diag.item[0].column != column) {
        diag_print(&diag, stderr, false);
        fail_msg("'%s' should give P%03d at %d:%d only", text, rule, line, column);
    }
}

static void nodes_know_where_they_were_said(void **state)
{
    (void)state;
    assert_int_equal(parse("a: 1\nb:\n  c: [x, 'y']\n"), STATUS_OK);
    const struct yaml_node *c = yaml_get(yaml_get(doc.root, "b"), "c");
    assert_non_null(c);
    assert_int_equal(c->kind, YAML_LIST);
    assert_int_equal(c->child_count, 2);
    assert_int_equal(c->key_line, 3);
    assert_int_equal(c->key_column, 3);
    assert_string_equal(c->child->next->text, "y");
    assert_true(c->child->next->is_quoted);
    assert_int_equal(c->child->next->line, 3);
    assert_int_equal(c->child->next->column, 10);
    assert_null(yaml_get(doc.root, "c"));
    assert_null(yaml_get(NULL, "a"));
}

static void what_two_readers_read_differently_is_refused(void **state)
{
    (void)state;
    assert_refused("a: no\n", RULE_YAML_BOOLEAN, 1, 4);
    assert_refused("on: 1\n", RULE_YAML_BOOLEAN, 1, 1);
    assert_refused("a: True\n", RULE_YAML_BOOLEAN, 1, 4);
    assert_refused("a: [y]\n", RULE_YAML_BOOLEAN, 1, 5);
    assert_refused("a: 12:30\n", RULE_YAML_SEXAGESIMAL, 1, 4);
    assert_refused("a: 1:02:03\n", RULE_YAML_SEXAGESIMAL, 1, 4);
    assert_refused("a: 010\n", RULE_YAML_OCTAL, 1, 4);
    assert_refused("a: 0x1f\n", RULE_YAML_NUMBER, 1, 4);
    assert_refused("a: 1e3\n", RULE_YAML_NUMBER, 1, 4);
    assert_refused("a: 1_000\n", RULE_YAML_NUMBER, 1, 4);
    assert_refused("a: .5\n", RULE_YAML_NUMBER, 1, 4);
    assert_refused("a: 5.\n", RULE_YAML_NUMBER, 1, 4);
    assert_refused("a: +5\n", RULE_YAML_NUMBER, 1, 4);
    assert_refused("a: .inf\n", RULE_YAML_NUMBER, 1, 4);
    assert_refused("a: 2026-10-29\n", RULE_YAML_DATE, 1, 4);
    assert_refused("a: ~\n", RULE_YAML_NULL, 1, 4);
    assert_refused("a:\nb: 1\n", RULE_YAML_NULL, 1, 1);
}

static void quoted_or_plain_words_stay_what_they_are(void **state)
{
    (void)state;
    assert_int_equal(
        parse("a: 'no'\n\"12:30\": \"010\"\nb: true\nc: 0\nd: 0.5\ne: -3\nf: E4x\n"
              "g: 10-x\nh: 127.0.0.1\ni: 2026\nj: e1\nk: 1e\nl: balikesir/saat-kulesi\n"),
        STATUS_OK);
    assert_int_equal(diag.count, 0);
    assert_string_equal(yaml_get(doc.root, "12:30")->text, "010");
}

static void structure_beyond_mappings_and_lists_is_refused(void **state)
{
    (void)state;
    assert_refused("a: &x 1\n", RULE_YAML_ANCHOR, 1, 4);
    assert_refused("a: !!str x\n", RULE_YAML_TAG, 1, 4);
    assert_refused("a: 1\n---\nb: 2\n", RULE_YAML_DOCUMENTS, 2, 1);
    assert_refused("a: 1\na: 2\n", RULE_YAML_DUPLICATE, 2, 1);
    assert_refused("a: 1\n\tb: 2\n", RULE_YAML_TAB, 2, 1);
    assert_refused("a: [1\n", RULE_YAML_SYNTAX, 2, 1);
    assert_refused("? [x]\n: 1\n", RULE_YAML_SYNTAX, 1, 3);
    assert_refused("", RULE_YAML_NULL, 0, 0);
    assert_refused("a: \xff\n", RULE_FILE_BYTES, 1, 1);
    assert_refused("a: \x01\n", RULE_FILE_BYTES, 1, 4);
    assert_refused("a: \"\\0\"\n", RULE_FILE_BYTES, 1, 4);
}

static void aliases_cannot_multiply(void **state)
{
    (void)state;
    assert_int_equal(parse("a: &a [x, x]\nb: [*a, *a]\nc: {<<: *a}\n"), STATUS_INVALID);
    assert_true(doc.node_count < 12);
    bool has_alias = false;
    for (uint32_t i = 0; i < diag.count; i++) {
        has_alias = has_alias || diag.item[i].rule == RULE_YAML_ALIAS;
    }
    assert_true(has_alias);
}

static void sixteen_levels_pass_and_seventeen_do_not(void **state)
{
    (void)state;
    char text[64] = "";
    for (int i = 0; i < 16; i++) {
        strcat(text, "[");
    }
    strcat(text, "1");
    for (int i = 0; i < 16; i++) {
        strcat(text, "]");
    }
    assert_int_equal(parse(text), STATUS_OK);
    char deeper[70];
    (void)snprintf(deeper, sizeof deeper, "[%s]", text);
    assert_refused(deeper, RULE_FILE_TOO_DEEP, 1, 17);
}

static void after_what_is_skipped_reading_goes_on(void **state)
{
    (void)state;
    assert_int_equal(parse("a: {b: 1, b: {c: [1, 2]}, d: 3}\ne: no\nf: 5\n"), STATUS_INVALID);
    assert_int_equal(diag.count, 2);
    assert_string_equal(yaml_get(yaml_get(doc.root, "a"), "d")->text, "3");
    assert_string_equal(yaml_get(doc.root, "f")->text, "5");
}

static void the_largest_file_is_read_and_a_byte_more_is_not(void **state)
{
    (void)state;
    char *text = malloc(YAML_FILE_MAX_BYTES + 1);
    assert_non_null(text);
    memset(text, '#', YAML_FILE_MAX_BYTES + 1);
    /* It has a size, not an end. NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
    memcpy(text, "a: 1\n", 5);
    memset(&diag, 0, sizeof diag);
    yaml_finish(&doc);
    assert_int_equal(yaml_parse(&doc, "t", text, YAML_FILE_MAX_BYTES, &diag), STATUS_OK);
    yaml_finish(&doc);
    assert_int_equal(yaml_parse(&doc, "t", text, YAML_FILE_MAX_BYTES + 1, &diag), STATUS_INVALID);
    assert_int_equal(diag.item[0].rule, RULE_FILE_TOO_LARGE);
    free(text);
}

static int finish(void **state)
{
    (void)state;
    yaml_finish(&doc);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_know_where_they_were_said),
        cmocka_unit_test(what_two_readers_read_differently_is_refused),
        cmocka_unit_test(quoted_or_plain_words_stay_what_they_are),
        cmocka_unit_test(structure_beyond_mappings_and_lists_is_refused),
        cmocka_unit_test(aliases_cannot_multiply),
        cmocka_unit_test(sixteen_levels_pass_and_seventeen_do_not),
        cmocka_unit_test(after_what_is_skipped_reading_goes_on),
        cmocka_unit_test(the_largest_file_is_read_and_a_byte_more_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, finish);
}
