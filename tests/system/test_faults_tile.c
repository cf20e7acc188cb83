/* test_faults_tile: does a journal account for every number? test_faults_tile FOLDER prints how
 * many records there are and each gap with its count; exit 0: records and gaps follow each other
 * without a hole; 1: numbers are missing; 3: unreadable. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "journal_read.h"

_Noreturn void require_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "bug: %s (%s:%d)\n", condition, file, line);
    abort();
}

int main(int argc, char **argv)
{
    static struct journal_reader reader;
    static struct world world;
    if (argc != 2) {
        (void)fprintf(stderr, "usage: test_faults_tile FOLDER\n");
        return 2;
    }
    files_fill_world(&world);
    if (journal_reader_open(&reader, &world, argv[1]) != STATUS_OK) {
        (void)fprintf(stderr, "%s is no journal\n", argv[1]);
        return 3;
    }
    struct record r;
    uint64_t records = 0;
    uint64_t missing = 0;
    uint64_t next = 0;
    while (journal_reader_next(&reader, &r) == STATUS_OK) {
        uint64_t count = 1;
        uint32_t reason = 0;
        missing += next != 0 && r.seq != next ? r.seq - next : 0;
        if (journal_is_gap(&r, &count, &reason)) {
            (void)printf("gap of %" PRIu64 " at %" PRIu64 ", reason %u\n", count, r.seq, reason);
        }
        records++;
        next = r.seq + count;
    }
    journal_reader_close(&reader);
    (void)printf("%" PRIu64 " records, %" PRIu64 " numbers unaccounted for\n", records, missing);
    return missing > 0 ? 1 : 0;
}
