#define _GNU_SOURCE /* mkstemp */

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "xml.h"

struct seen {
    int32_t opened, closed;
    int32_t stop_at; /* 0: never */
    char names[128];
    char id[64];
};

static char path[64];
static char error[XML_ERROR_BYTES];

static bool on_open(void *self, const char *element, const char *const *attributes)
{
    struct seen *s = self;
    const char *id = xml_get(attributes, "id");
    s->opened++;
    (void)snprintf(s->names + strlen(s->names), sizeof s->names - strlen(s->names), "%s ", element);
    if (id != NULL) {
        (void)snprintf(s->id, sizeof s->id, "%s", id);
    }
    assert_null(xml_get(attributes, "nothing"));
    return s->stop_at == 0 || s->opened < s->stop_at;
}

static void on_close(void *self, const char *element)
{
    (void)element;
    ((struct seen *)self)->closed++;
}

static enum status read_bytes(const char *bytes, size_t size, struct seen *s)
{
    const struct xml_handler handler = { .open = on_open, .close = on_close, .self = s };
    (void)snprintf(path, sizeof path, "/tmp/kavsak-xml-XXXXXX");
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), (ssize_t)size);
    assert_int_equal(close(fd), 0);
    const enum status status = xml_read(path, &handler, error);
    (void)unlink(path);
    return status;
}

static enum status read_text(const char *text, struct seen *s)
{
    memset(s, 0, sizeof *s);
    return read_bytes(text, strlen(text), s);
}

static void elements_come_in_order(void **state)
{
    (void)state;
    struct seen s;
    assert_int_equal(read_text("<?xml version=\"1.0\"?><net><!-- x --><edge id=\"a&amp;b\"/>"
                               "<lane/></net>",
                               &s),
                     STATUS_OK);
    assert_string_equal(s.names, "net edge lane ");
    assert_string_equal(s.id, "a&b");
    assert_int_equal(s.opened, s.closed);
}

static void a_handler_may_stop(void **state)
{
    (void)state;
    struct seen s = { .stop_at = 2 };
    const char *text = "<a><b/><c/></a>";
    assert_int_equal(read_bytes(text, strlen(text), &s), STATUS_REFUSED);
    assert_int_equal(s.opened, 2);
}

static void what_is_not_xml_is_named_with_its_line(void **state)
{
    (void)state;
    struct seen s;
    assert_int_equal(read_text("<net>\n<edge></net>", &s), STATUS_INVALID);
    assert_non_null(strstr(error, ":2: not XML"));
    assert_int_equal(read_text("", &s), STATUS_INVALID);
    assert_int_equal(read_text("junction: a\n", &s), STATUS_INVALID);
    assert_int_equal(read_text("<net><edge>", &s), STATUS_INVALID);
}

static void nothing_outside_the_file_is_fetched(void **state)
{
    (void)state;
    struct seen s;
    (void)read_text("<!DOCTYPE net [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>"
                    "<net><edge id=\"q\"/>&x;</net>",
                    &s);
    assert_string_equal(s.id, "q");
    /* A laugh of a billion is stopped by the library itself. */
    assert_int_equal(
        read_text("<!DOCTYPE n [<!ENTITY a \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\">"
                  "<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">"
                  "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">"
                  "<!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\">"
                  "<!ENTITY e \"&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;\">"
                  "<!ENTITY f \"&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;\">"
                  "]><n>&f;</n>",
                  &s),
        STATUS_INVALID);
}

static void packed_files_read_like_plain_ones(void **state)
{
    (void)state;
    struct seen s = { .stop_at = 0 };
    const struct xml_handler handler = { .open = on_open, .close = on_close, .self = &s };
    (void)snprintf(path, sizeof path, "/tmp/kavsak-xml-XXXXXX");
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    gzFile file = gzdopen(fd, "wb");
    assert_non_null(file);
    assert_true(gzputs(file, "<net><edge id=\"packed\"/></net>") > 0);
    assert_int_equal(gzclose(file), Z_OK);
    assert_int_equal(xml_read(path, &handler, error), STATUS_OK);
    assert_string_equal(s.id, "packed");
    /* Cut off in the middle it is an error, not an end. */
    assert_int_equal(truncate(path, 25), 0);
    assert_int_not_equal(xml_read(path, &handler, error), STATUS_OK);
    (void)unlink(path);
}

static void a_missing_file_says_why(void **state)
{
    (void)state;
    struct seen s = { .stop_at = 0 };
    const struct xml_handler handler = { .open = on_open, .close = NULL, .self = &s };
    assert_int_equal(xml_read("/tmp/kavsak-there-is-no-such-file", &handler, error), STATUS_IO);
    assert_non_null(strstr(error, "No such file"));
    assert_int_equal(xml_read("/tmp", &handler, error), STATUS_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_come_in_order),
        cmocka_unit_test(a_handler_may_stop),
        cmocka_unit_test(what_is_not_xml_is_named_with_its_line),
        cmocka_unit_test(nothing_outside_the_file_is_fetched),
        cmocka_unit_test(packed_files_read_like_plain_ones),
        cmocka_unit_test(a_missing_file_says_why),
    };
    return RUN_TESTS(tests);
}
