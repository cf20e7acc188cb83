/* mkdtemp */
#define _GNU_SOURCE

#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "packed.h"

enum { MANY = 300000 };

static char folder[64], path[96];
static uint8_t bytes[MANY], back[MANY + 1];

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/kavsak-packed-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/file", folder);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)((i * i) >> 7);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static int32_t files_there(void)
{
    int32_t count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        count += e->d_name[0] != '.' ? 1 : 0;
    }
    (void)closedir(dir);
    return count;
}

static void what_is_put_is_read_back(void **state)
{
    (void)state;
    static const enum packing any[] = { PACKING_NONE, PACKING_GZIP, PACKING_ZLIB };
    static const size_t steps[] = { 1, 4096, 65536, MANY };
    for (size_t i = 0; i < 3; i++) {
        struct packed_out *out = packed_create(path, any[i]);
        assert_non_null(out);
        packed_put(out, bytes, 1000);
        packed_put(out, bytes + 1000, sizeof bytes - 1000);
        assert_int_equal(packed_finish(out, true), STATUS_OK);
        for (size_t k = 0; k < 4; k++) {
            struct packed_file *f = packed_open(path);
            assert_non_null(f);
            size_t size = 0;
            size_t got = 1;
            while (got > 0) {
                const size_t left = sizeof back - size;
                assert_int_equal(
                    packed_read(f, back + size, steps[k] < left ? steps[k] : left, &got),
                    STATUS_OK);
                size += got;
            }
            packed_close(f);
            assert_int_equal(size, sizeof bytes);
            assert_memory_equal(bytes, back, sizeof bytes);
        }
    }
    assert_int_equal(files_there(), 1);
}

static void nothing_is_left_of_what_went_wrong(void **state)
{
    (void)state;
    struct packed_out *out = packed_create(path, PACKING_GZIP);
    assert_non_null(out);
    packed_put(out, "old", 3);
    assert_int_equal(packed_finish(out, true), STATUS_OK);
    out = packed_create(path, PACKING_NONE);
    assert_non_null(out);
    packed_put(out, bytes, sizeof bytes);
    assert_int_equal(files_there(), 2); /* the one beside it */
    assert_int_equal(packed_finish(out, false), STATUS_OK);
    assert_int_equal(files_there(), 1); /* the old one */
    struct packed_file *f = packed_open(path);
    assert_non_null(f);
    size_t got = 0;
    assert_int_equal(packed_read(f, back, sizeof back, &got), STATUS_OK);
    assert_int_equal(got, 3);
    packed_close(f);
    char nowhere[160];
    (void)snprintf(nowhere, sizeof nowhere, "%s/no/where", folder);
    assert_null(packed_create(nowhere, PACKING_NONE));
    assert_int_equal(errno, ENOENT);
    assert_null(packed_open(nowhere));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_put_is_read_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_left_of_what_went_wrong, set_up, tear_down),
    };
    return RUN_TESTS(tests);
}
