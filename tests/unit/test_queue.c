#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "queue.h"

static void messages_come_out_whole_and_in_order(void **state)
{
    (void)state;
    struct queue q;
    assert_int_equal(queue_create(&q, 4, 16), STATUS_OK);
    assert_true(queue_put(&q, "one", 4));
    assert_true(queue_put(&q, "three", 6));
    char bytes[16];
    size_t size = 0;
    assert_true(queue_take(&q, bytes, sizeof bytes, &size));
    assert_int_equal(size, 4);
    assert_string_equal(bytes, "one");
    assert_true(queue_take(&q, bytes, sizeof bytes, &size));
    assert_int_equal(size, 6);
    assert_string_equal(bytes, "three");
    assert_false(queue_take(&q, bytes, sizeof bytes, &size));
    queue_destroy(&q);
}

static void a_full_queue_refuses_and_keeps_what_it_has(void **state)
{
    (void)state;
    struct queue q;
    assert_int_equal(queue_create(&q, 2, 4), STATUS_OK);
    const uint32_t a = 1;
    const uint32_t b = 2;
    assert_true(queue_put(&q, &a, sizeof a));
    assert_true(queue_put(&q, &b, sizeof b));
    assert_false(queue_put(&q, &a, sizeof a));
    uint32_t out = 0;
    size_t size = 0;
    assert_true(queue_take(&q, &out, sizeof out, &size));
    assert_int_equal(out, 1);
    assert_true(queue_put(&q, &a, sizeof a));
    assert_true(queue_take(&q, &out, sizeof out, &size));
    assert_int_equal(out, 2);
    queue_destroy(&q);
}

static void what_is_larger_than_a_slot_or_the_room_is_refused(void **state)
{
    (void)state;
    struct queue q;
    assert_int_equal(queue_create(&q, 2, 4), STATUS_OK);
    assert_false(queue_put(&q, "12345", 5));
    assert_true(queue_put(&q, "1234", 4));
    char small[3];
    size_t size = 0;
    assert_false(queue_take(&q, small, sizeof small, &size));
    assert_non_null(queue_peek(&q, &size));
    assert_int_equal(size, 4);
    queue_clear(&q);
    assert_null(queue_peek(&q, &size));
    queue_destroy(&q);
}

static void counters_may_roll_over(void **state)
{
    (void)state;
    struct queue q;
    assert_int_equal(queue_create(&q, 2, 4), STATUS_OK);
    atomic_store(&q.put_count, UINT32_MAX);
    atomic_store(&q.take_count, UINT32_MAX);
    for (uint32_t i = 0; i < 5; i++) {
        uint32_t out = 99;
        size_t size = 0;
        assert_true(queue_put(&q, &i, sizeof i));
        assert_true(queue_take(&q, &out, sizeof out, &size));
        assert_int_equal(out, i);
    }
    queue_destroy(&q);
}

enum { RACE_COUNT = 200000 };

static void *produce(void *argument)
{
    struct queue *q = argument;
    for (uint32_t i = 0; i < RACE_COUNT;) {
        if (queue_put(q, &i, sizeof i)) {
            i++;
        } else {
            (void)sched_yield();
        }
    }
    return NULL;
}

static void two_threads_lose_and_double_nothing(void **state)
{
    (void)state;
    struct queue q;
    pthread_t producer;
    assert_int_equal(queue_create(&q, 8, sizeof(uint32_t)), STATUS_OK);
    assert_int_equal(pthread_create(&producer, NULL, produce, &q), 0);
    for (uint32_t wanted = 0; wanted < RACE_COUNT;) {
        uint32_t got = 0;
        size_t size = 0;
        if (queue_take(&q, &got, sizeof got, &size)) {
            assert_int_equal(got, wanted);
            wanted++;
        } else {
            (void)sched_yield();
        }
    }
    assert_int_equal(pthread_join(producer, NULL), 0);
    queue_destroy(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_out_whole_and_in_order),
        cmocka_unit_test(a_full_queue_refuses_and_keeps_what_it_has),
        cmocka_unit_test(what_is_larger_than_a_slot_or_the_room_is_refused),
        cmocka_unit_test(counters_may_roll_over),
        cmocka_unit_test(two_threads_lose_and_double_nothing),
    };
    return RUN_TESTS(tests);
}
