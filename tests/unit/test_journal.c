#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal.h"
#include "journal_queue.h"
#include "journal_read.h"
#include "segment.h"
#include "sim_world.h"

enum { SEGMENTS = 4, SEGMENT_BYTES = 4096, QUEUE_BYTES = 1 << 16 };

static const char folder[] = "/journal";
static const struct sim_file_faults healthy = { .write_room = UINT64_MAX };

/* A daemon's life as far as the journal sees it. */
struct life {
    struct sim_world *sim;
    struct journal_queue *queue;
    struct journal *journal;
};

static enum status life_begin_with(struct life *l, struct sim_world *sim, size_t queue_bytes)
{
    const struct journal_config config = { .world = sim_world_of(sim),
                                           .folder = folder,
                                           .segment_count = SEGMENTS,
                                           .segment_bytes = SEGMENT_BYTES };
    l->sim = sim;
    assert_int_equal(journal_queue_create(queue_bytes, &l->queue), STATUS_OK);
    assert_int_equal(journal_create(&config, l->queue, &l->journal), STATUS_OK);
    return journal_open(l->journal, sim_world_now(sim));
}

static void life_begin(struct life *l, struct sim_world *sim)
{
    assert_int_equal(life_begin_with(l, sim, QUEUE_BYTES), STATUS_OK);
}

/* The process is gone; what it had not written or synced is gone with it. */
static void life_end(struct life *l)
{
    journal_destroy(l->journal);
    journal_queue_destroy(l->queue);
}

static uint64_t put(struct life *l, uint32_t number)
{
    const struct event e = { .code = 1002, .param = (uint16_t)number, .detail = (int32_t)number };
    return journal_put_event(l->queue, 0, (wall_t){ .ms = 1000 + (int64_t)number }, &e);
}

static void step(struct life *l)
{
    while (journal_step(l->journal, sim_world_now(l->sim))) {
    }
}

static void step_after(struct life *l, int64_t ms)
{
    sim_world_advance(l->sim, ms);
    step(l);
}

/* What a reader finds: numbers of events in order, and what gaps say. */
struct found {
    uint32_t events;
    uint32_t first, last; /* numbers of events */
    uint64_t last_seq;
    uint64_t lost;    /* by gaps of queue and disk */
    uint64_t skipped; /* numbers no record stands for */
    uint32_t crashes, stops;
    bool in_order;
};

static void note(struct found *f, const struct record *r)
{
    struct event e;
    uint64_t count = 0;
    uint32_t reason = 0;
    if (journal_is_event(r, &e)) {
        const uint32_t number = (uint32_t)e.detail;
        f->first = f->events == 0 ? number : f->first;
        f->in_order = f->in_order && (f->events == 0 || number > f->last);
        f->last = number;
        f->events++;
    } else if (journal_is_gap(r, &count, &reason)) {
        f->crashes += reason == JOURNAL_GAP_CRASH;
        f->lost += reason == JOURNAL_GAP_CRASH ? 0 : count;
    }
    f->stops += r->type == RECORD_STOP;
    f->in_order = f->in_order && r->seq > f->last_seq;
    f->last_seq = r->seq;
}

static struct found read_all(struct sim_world *sim)
{
    static struct journal_reader reader;
    struct found f = { .in_order = true };
    const enum status opened = journal_reader_open(&reader, sim_world_of(sim), folder);
    if (opened == STATUS_NOT_FOUND) {
        return f;
    }
    assert_int_equal(opened, STATUS_OK);
    struct record r;
    enum status status = journal_reader_next(&reader, &r);
    while (status == STATUS_OK) {
        note(&f, &r);
        status = journal_reader_next(&reader, &r);
    }
    assert_int_equal(status, STATUS_AGAIN);
    f.skipped = reader.skipped;
    journal_reader_close(&reader);
    return f;
}

static void what_was_put_is_read_in_order(void **state)
{
    (void)state;
    struct sim_world *sim = sim_world_create(0);
    struct life l;
    life_begin(&l, sim);
    const uint64_t first = put(&l, 1);
    assert_int_equal(put(&l, 2), first + 1);
    assert_int_equal(put(&l, 3), first + 2);
    step(&l);
    const struct found f = read_all(sim);
    assert_int_equal(f.events, 3);
    assert_true(f.in_order);
    assert_int_equal(f.last_seq, first + 2);
    life_end(&l);
    sim_world_destroy(sim);
}

static void an_orderly_end_skips_no_number_and_a_crash_does(void **state)
{
    (void)state;
    struct sim_world *sim = sim_world_create(0);
    struct life l;
    life_begin(&l, sim);
    const uint64_t before = put(&l, 1);
    journal_close(l.journal, sim_world_now(sim));
    life_end(&l);

    life_begin(&l, sim);
    const uint64_t after_stop = put(&l, 2);
    assert_int_equal(after_stop, before + 2); /* RECORD_STOP has one */
    step(&l);
    life_end(&l);
    sim_world_crash(sim, UINT64_MAX);

    life_begin(&l, sim);
    assert_int_equal(put(&l, 3), after_stop + 1 + JOURNAL_CRASH_SKIP);
    step(&l);
    const struct found f = read_all(sim);
    assert_int_equal(f.events, 3);
    assert_int_equal(f.crashes, 1);
    assert_int_equal(f.stops, 1);
    assert_int_equal(f.lost, 0);
    assert_true(f.in_order);
    life_end(&l);
    sim_world_destroy(sim);
}

/* Ten synced records, then ten that are not; power fails after every byte of them. */
static void a_crash_at_any_byte_loses_only_what_was_not_synced(void **state)
{
    (void)state;
    struct sim_world *sim = sim_world_create(0);
    struct life l;
    life_begin(&l, sim);
    for (uint32_t i = 1; i <= 10; i++) {
        (void)put(&l, i);
    }
    step_after(&l, JOURNAL_SYNC_MS);
    assert_int_equal(sim_world_unsynced_bytes(sim), 0);
    for (uint32_t i = 11; i <= 20; i++) {
        (void)put(&l, i);
    }
    step(&l);
    const uint64_t unsynced = sim_world_unsynced_bytes(sim);
    assert_true(unsynced > 10 * RECORD_HEADER_BYTES);

    for (uint64_t kept = 0; kept <= unsynced; kept++) {
        struct sim_world *crashed = sim_world_clone(sim);
        sim_world_crash(crashed, kept);
        struct life next;
        life_begin(&next, crashed);
        (void)put(&next, 21);
        step(&next);
        const struct found f = read_all(crashed);
        const uint32_t whole = (uint32_t)(kept * 10 / unsynced);
        assert_int_equal(f.events, 10 + whole + 1);
        assert_int_equal(f.first, 1);
        assert_int_equal(f.last, 21);
        assert_int_equal(f.crashes, 1);
        assert_int_equal(f.skipped, 0);
        assert_true(f.in_order);
        life_end(&next);
        sim_world_destroy(crashed);
    }
    life_end(&l);
    sim_world_destroy(sim);
}

/* Sectors reach the disk in any order, over the border of segments and in their reused ones; and
 * the tail of one crash must not come back after the next. */
static void sectors_lost_in_any_order_corrupt_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct sim_world *sim = sim_world_create(0);
        uint32_t number = 0;
        uint32_t synced = 0;
        for (uint32_t boot = 0; boot < 6; boot++) {
            struct life l;
            life_begin(&l, sim);
            for (uint32_t burst = 0; burst < 5; burst++) {
                for (uint32_t i = 0; i < 40; i++) {
                    (void)put(&l, ++number);
                }
                if (burst == 3) {
                    step_after(&l, JOURNAL_SYNC_MS);
                    synced = number;
                } else {
                    step(&l);
                }
            }
            life_end(&l);
            sim_world_crash_sectors(sim, seed * 1000 + boot);
            const struct found f = read_all(sim);
            assert_true(f.in_order);
            assert_true(f.last >= synced);
            assert_true(f.last <= number);
            assert_int_equal(f.lost, 0);
        }
        sim_world_destroy(sim);
    }
}

static void a_full_queue_leaves_a_gap_with_the_exact_count(void **state)
{
    (void)state;
    struct sim_world *sim = sim_world_create(0);
    struct life l;
    assert_int_equal(life_begin_with(&l, sim, 4096), STATUS_OK);
    for (uint32_t i = 1; i <= 300; i++) {
        (void)put(&l, i);
    }
    const uint64_t lost = journal_queue_lost(l.queue);
    assert_true(lost > 0 && lost < 300);
    step(&l);
    struct found f = read_all(sim);
    assert_int_equal(f.events + lost, 300);
    assert_int_equal(f.lost, lost); /* although no record came after the lost ones */
    (void)put(&l, 301);
    step(&l);
    f = read_all(sim);
    assert_int_equal(f.events + lost, 301);
    assert_int_equal(f.lost, lost);
    assert_int_equal(f.last, 301);
    struct journal_state seen;
    journal_state(l.journal, &seen);
    assert_int_equal(seen.lost, lost);
    life_end(&l);
    sim_world_destroy(sim);
}

static void a_disk_that_refuses_writes_costs_nothing_while_the_queue_holds(void **state)
{
    (void)state;
    const enum status faults[] = { STATUS_IO, STATUS_NO_SPACE, STATUS_REFUSED };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct sim_world *sim = sim_world_create(0);
        struct life l;
        struct journal_state seen;
        life_begin(&l, sim);
        (void)put(&l, 1);
        step(&l);
        struct sim_file_faults broken = healthy;
        broken.write = faults[i];
        sim_world_set_file_faults(sim, &broken);
        (void)put(&l, 2);
        step(&l);
        journal_state(l.journal, &seen);
        assert_false(seen.is_writing);
        assert_true(sim_world_logged(sim, "cannot write"));
        (void)put(&l, 3);
        step_after(&l, JOURNAL_RETRY_MS);
        journal_state(l.journal, &seen);
        assert_false(seen.is_writing);
        sim_world_set_file_faults(sim, &healthy);
        step_after(&l, JOURNAL_RETRY_MS);
        journal_state(l.journal, &seen);
        assert_true(seen.is_writing);
        assert_int_equal(seen.lost, 0);
        const struct found f = read_all(sim);
        assert_int_equal(f.events, 3);
        assert_int_equal(f.lost, 0);
        assert_true(f.in_order);
        life_end(&l);
        sim_world_destroy(sim);
    }
}

static void a_disk_dead_for_long_costs_what_the_gap_says(void **state)
{
    (void)state;
    struct sim_world *sim = sim_world_create(0);
    struct life l;
    assert_int_equal(life_begin_with(&l, sim, 4096), STATUS_OK);
    (void)put(&l, 1);
    step(&l);
    struct sim_file_faults broken = healthy;
    broken.write = STATUS_IO;
    sim_world_set_file_faults(sim, &broken);
    for (uint32_t i = 2; i <= 1000; i++) {
        (void)put(&l, i);
        step_after(&l, 10);
    }
    sim_world_set_file_faults(sim, &healthy);
    step_after(&l, JOURNAL_RETRY_MS);
    (void)put(&l, 1001);
    step_after(&l, JOURNAL_SYNC_MS);
    const struct found f = read_all(sim);
    assert_true(f.lost > 0);
    assert_int_equal(f.events + f.lost, 1001);
    assert_int_equal(f.last, 1001);
    assert_true(f.in_order);
    life_end(&l);
    sim_world_destroy(sim);
}

static void a_failed_sync_takes_back_what_came_after_the_last_one(void **state)
{
    (void)state;
    struct sim_world *sim = sim_world_create(0);
    struct life l;
    life_begin(&l, sim);
    (void)put(&l, 1);
    step_after(&l, JOURNAL_SYNC_MS);
    (void)put(&l, 2);
    (void)put(&l, 3);
    struct sim_file_faults broken = healthy;
    broken.sync = STATUS_IO;
    sim_world_set_file_faults(sim, &broken);
    step_after(&l, JOURNAL_SYNC_MS);
    sim_world_set_file_faults(sim, &healthy);
    step_after(&l, JOURNAL_RETRY_MS);
    (void)put(&l, 4);
    step_after(&l, JOURNAL_SYNC_MS);
    const struct found f = read_all(sim);
    assert_int_equal(f.events, 2);
    assert_int_equal(f.lost, 2);
    assert_int_equal(f.last, 4);
    assert_true(f.in_order);
    life_end(&l);
    sim_world_destroy(sim);
}

/* A disk that takes a part of a write and then is full. */
static void a_torn_write_is_written_again_whole(void **state)
{
    (void)state;
    for (uint64_t room = 0; room < 200; room++) {
        struct sim_world *sim = sim_world_create(0);
        struct life l;
        life_begin(&l, sim);
        (void)put(&l, 1);
        step(&l);
        struct sim_file_faults full = healthy;
        full.write_room = room;
        sim_world_set_file_faults(sim, &full);
        for (uint32_t i = 2; i <= 6; i++) {
            (void)put(&l, i);
        }
        step(&l);
        sim_world_set_file_faults(sim, &healthy);
        step_after(&l, JOURNAL_RETRY_MS);
        const struct found f = read_all(sim);
        assert_int_equal(f.events, 6);
        assert_int_equal(f.lost, 0);
        assert_true(f.in_order);
        life_end(&l);
        sim_world_destroy(sim);
    }
}

static void the_oldest_segment_is_reused(void **state)
{
    (void)state;
    struct sim_world *sim = sim_world_create(0);
    struct life l;
    life_begin(&l, sim);
    for (uint32_t i = 1; i <= 2000; i++) {
        (void)put(&l, i);
        step(&l);
    }
    const struct found f = read_all(sim);
    const uint32_t record_bytes = RECORD_HEADER_BYTES + 12 + RECORD_CRC_BYTES;
    assert_int_equal(f.last, 2000);
    assert_true(f.events >= (SEGMENTS - 1) * (SEGMENT_BYTES / record_bytes - 4));
    assert_int_equal(f.last - f.first + 1, f.events);
    assert_int_equal(f.skipped, 0);
    uint64_t size = 0;
    assert_null(sim_world_file(sim, "/journal/segment-0004.kvj", &size));
    life_end(&l);
    sim_world_destroy(sim);
}

static void a_journal_that_cannot_be_opened_numbers_above_the_old_one(void **state)
{
    (void)state;
    struct sim_world *sim = sim_world_create(0);
    struct life l;
    life_begin(&l, sim);
    const uint64_t old = put(&l, 1);
    journal_close(l.journal, sim_world_now(sim));
    life_end(&l);
    struct sim_file_faults broken = healthy;
    broken.open = STATUS_IO;
    sim_world_set_file_faults(sim, &broken);
    assert_int_equal(life_begin_with(&l, sim, QUEUE_BYTES), STATUS_IO);
    assert_true(sim_world_logged(sim, "cannot open"));
    assert_true(put(&l, 2) > old + JOURNAL_CRASH_SKIP);
    step_after(&l, JOURNAL_RETRY_MS);
    sim_world_set_file_faults(sim, &healthy);
    step_after(&l, JOURNAL_RETRY_MS);
    const struct found f = read_all(sim);
    assert_int_equal(f.events, 2);
    assert_int_equal(f.lost, 0);
    assert_true(f.in_order);
    assert_true(f.skipped > 0);
    life_end(&l);
    sim_world_destroy(sim);
}

static void a_reader_follows_the_writer(void **state)
{
    (void)state;
    static struct journal_reader reader;
    struct sim_world *sim = sim_world_create(0);
    struct life l;
    life_begin(&l, sim);
    (void)put(&l, 1);
    step(&l);
    assert_int_equal(journal_reader_open(&reader, sim_world_of(sim), folder), STATUS_OK);
    struct found f = { .in_order = true };
    for (uint32_t i = 2; i <= 1500; i++) {
        struct record r;
        enum status status = journal_reader_next(&reader, &r);
        for (; status == STATUS_OK; status = journal_reader_next(&reader, &r)) {
            note(&f, &r);
        }
        assert_int_equal(status, STATUS_AGAIN);
        assert_int_equal(f.events, i - 1);
        (void)put(&l, i);
        step(&l);
    }
    assert_true(f.in_order);
    assert_int_equal(reader.skipped, 0);
    journal_reader_close(&reader);
    life_end(&l);
    sim_world_destroy(sim);
}

static void a_reader_left_behind_jumps_and_says_how_far(void **state)
{
    (void)state;
    static struct journal_reader reader;
    struct sim_world *sim = sim_world_create(0);
    struct life l;
    life_begin(&l, sim);
    (void)put(&l, 1);
    step(&l);
    assert_int_equal(journal_reader_open(&reader, sim_world_of(sim), folder), STATUS_OK);
    struct record r;
    assert_int_equal(journal_reader_next(&reader, &r), STATUS_OK);
    for (uint32_t i = 2; i <= 2000; i++) {
        (void)put(&l, i);
        step(&l);
    }
    struct found f = { .in_order = true };
    while (journal_reader_next(&reader, &r) == STATUS_OK) {
        note(&f, &r);
    }
    assert_true(f.in_order);
    assert_int_equal(f.last, 2000);
    assert_true(reader.skipped > 0);
    assert_int_equal(1 + reader.skipped + f.events, 2000);
    journal_reader_close(&reader);
    life_end(&l);
    sim_world_destroy(sim);
}

static void seeking_finds_number_and_time(void **state)
{
    (void)state;
    static struct journal_reader reader;
    struct sim_world *sim = sim_world_create(0);
    struct life l;
    life_begin(&l, sim);
    uint64_t seq[301];
    for (uint32_t i = 1; i <= 300; i++) {
        seq[i] = put(&l, i);
        step(&l);
    }
    assert_int_equal(journal_reader_open(&reader, sim_world_of(sim), folder), STATUS_OK);
    for (uint32_t i = 1; i <= 300; i++) {
        struct record r;
        assert_int_equal(journal_reader_seek(&reader, seq[i]), STATUS_OK);
        assert_int_equal(journal_reader_next(&reader, &r), STATUS_OK);
        assert_int_equal(r.seq, seq[i]);
        const wall_t at = { .ms = 1000 + (int64_t)i };
        assert_int_equal(journal_reader_seek_time(&reader, at), STATUS_OK);
        assert_int_equal(journal_reader_next(&reader, &r), STATUS_OK);
        assert_int_equal(r.at.ms, at.ms);
    }
    struct record r;
    assert_int_equal(journal_reader_seek(&reader, seq[300] + 1), STATUS_OK);
    assert_int_equal(journal_reader_next(&reader, &r), STATUS_AGAIN);
    journal_reader_close(&reader);
    life_end(&l);
    sim_world_destroy(sim);
}

static void an_empty_folder_is_not_found(void **state)
{
    (void)state;
    static struct journal_reader reader;
    struct sim_world *sim = sim_world_create(0);
    assert_int_equal(journal_reader_open(&reader, sim_world_of(sim), folder), STATUS_NOT_FOUND);
    sim_world_destroy(sim);
}

static void a_spoilt_record_ends_its_segment_and_no_more(void **state)
{
    (void)state;
    struct sim_world *sim = sim_world_create(0);
    struct life l;
    life_begin(&l, sim);
    for (uint32_t i = 1; i <= 250; i++) {
        (void)put(&l, i);
        step(&l);
    }
    const struct found before = read_all(sim);
    assert_int_equal(before.events, 250);
    uint64_t size = 0;
    uint8_t *bytes = sim_world_file(sim, "/journal/segment-0000.kvj", &size);
    assert_non_null(bytes);
    bytes[JOURNAL_HEADER_BYTES + 2000] ^= 1;
    const struct found after = read_all(sim);
    assert_int_equal(after.events + after.skipped, 250);
    assert_true(after.skipped > 0);
    assert_int_equal(after.last, 250);
    assert_true(after.in_order);
    life_end(&l);
    sim_world_destroy(sim);
}

static void names_of_other_files_are_not_segments(void **state)
{
    (void)state;
    uint32_t number = 0;
    assert_true(segment_number("segment-0007.kvj", &number));
    assert_int_equal(number, 7);
    assert_false(segment_number("segment-0007.kvj.bak", &number));
    assert_false(segment_number("segment-9999.kvj", &number));
    assert_false(segment_number("segment-.kvj", &number));
    assert_false(segment_number("segment--001.kvj", &number));
    assert_false(segment_number("", &number));
}

static void a_queue_carries_records_of_every_size_round_its_ring(void **state)
{
    (void)state;
    struct journal_queue *q = NULL;
    assert_int_equal(journal_queue_create(5000, &q), STATUS_INVALID);
    assert_int_equal(journal_queue_create(4096, &q), STATUS_OK);
    uint8_t payload[RECORD_PAYLOAD_MAX_BYTES];
    uint8_t back[RECORD_PAYLOAD_MAX_BYTES];
    for (uint32_t size = 0; size <= RECORD_PAYLOAD_MAX_BYTES; size++) {
        memset(payload, (int)(size & 0xff), sizeof payload);
        const struct record in = { .type = RECORD_INPUT,
                                   .payload_bytes = (uint16_t)size,
                                   .payload = payload };
        assert_int_equal(journal_put(q, &in), size);
        struct record out;
        assert_true(journal_queue_peek(q, &out, back));
        assert_int_equal(out.payload_bytes, size);
        assert_int_equal(out.seq, size);
        assert_memory_equal(back, payload, size);
        journal_queue_drop(q);
        assert_false(journal_queue_peek(q, &out, back));
    }
    assert_int_equal(journal_queue_lost(q), 0);
    journal_queue_destroy(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_read_in_order),
        cmocka_unit_test(an_orderly_end_skips_no_number_and_a_crash_does),
        cmocka_unit_test(a_crash_at_any_byte_loses_only_what_was_not_synced),
        cmocka_unit_test(sectors_lost_in_any_order_corrupt_nothing),
        cmocka_unit_test(a_full_queue_leaves_a_gap_with_the_exact_count),
        cmocka_unit_test(a_disk_that_refuses_writes_costs_nothing_while_the_queue_holds),
        cmocka_unit_test(a_disk_dead_for_long_costs_what_the_gap_says),
        cmocka_unit_test(a_failed_sync_takes_back_what_came_after_the_last_one),
        cmocka_unit_test(a_torn_write_is_written_again_whole),
        cmocka_unit_test(the_oldest_segment_is_reused),
        cmocka_unit_test(a_journal_that_cannot_be_opened_numbers_above_the_old_one),
        cmocka_unit_test(a_reader_follows_the_writer),
        cmocka_unit_test(a_reader_left_behind_jumps_and_says_how_far),
        cmocka_unit_test(seeking_finds_number_and_time),
        cmocka_unit_test(an_empty_folder_is_not_found),
        cmocka_unit_test(a_spoilt_record_ends_its_segment_and_no_more),
        cmocka_unit_test(names_of_other_files_are_not_segments),
        cmocka_unit_test(a_queue_carries_records_of_every_size_round_its_ring),
    };
    return RUN_TESTS(tests);
}
