#define _GNU_SOURCE /* POSIX beyond C11, setgroups */

#include "test.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "peers.h"

static struct peers peers;
static char folder[64];
static char path[96];
static char text[PEERS_TEXT_BYTES];

static int open_socket(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "%s", "/tmp/kavsak-peers-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/sock", folder);
    return peers_open(&peers, path, text) == STATUS_OK ? 0 : -1;
}

static int close_socket(void **state)
{
    (void)state;
    peers_close(&peers);
    return rmdir(folder); /* fails if the socket was left behind */
}

static int client(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static uint32_t accept_one(void)
{
    uint32_t peer_ix = PEERS_MAX;
    struct peer_identity who = { .pid = 0 };
    peers_serve(&peers);
    assert_true(peers_accept(&peers, &peer_ix, &who));
    assert_int_equal(who.uid, getuid());
    assert_int_equal(who.gid, getgid());
    assert_int_equal(who.pid, getpid());
    return peer_ix;
}

static void messages_travel_both_ways_with_who_sent_them(void **state)
{
    (void)state;
    const int fd = client();
    const uint32_t peer_ix = accept_one();
    char bytes[64];
    size_t size = 0;
    assert_int_equal(peers_receive(&peers, peer_ix, bytes, sizeof bytes, &size), STATUS_AGAIN);
    assert_int_equal(send(fd, "ask", 4, 0), 4);
    peers_serve(&peers);
    assert_int_equal(peers_receive(&peers, peer_ix, bytes, sizeof bytes, &size), STATUS_OK);
    assert_string_equal(bytes, "ask");
    assert_int_equal(peers_send(&peers, peer_ix, "answer", 7), STATUS_OK);
    peers_serve(&peers);
    assert_int_equal(recv(fd, bytes, sizeof bytes, 0), 7);
    assert_string_equal(bytes, "answer");
    (void)close(fd);
}

static void what_a_leaver_said_last_is_still_heard(void **state)
{
    (void)state;
    const int fd = client();
    const uint32_t peer_ix = accept_one();
    assert_int_equal(send(fd, "bye", 4, 0), 4);
    (void)close(fd);
    peers_serve(&peers);
    peers_serve(&peers);
    char bytes[64];
    size_t size = 0;
    assert_int_equal(peers_receive(&peers, peer_ix, bytes, sizeof bytes, &size), STATUS_OK);
    assert_string_equal(bytes, "bye");
    assert_int_equal(peers_receive(&peers, peer_ix, bytes, sizeof bytes, &size), STATUS_IO);
    peers_leave(&peers, peer_ix);
    peers_serve(&peers);
    assert_int_equal(atomic_load(&peers.peer[peer_ix].place), PEER_FREE);
}

static void a_client_that_does_not_read_fills_its_own_queue_only(void **state)
{
    (void)state;
    static uint8_t bytes[PEERS_MESSAGE_BYTES];
    const int deaf = client();
    const uint32_t deaf_ix = accept_one();
    const int fd = client();
    const uint32_t peer_ix = accept_one();
    enum status status = STATUS_OK;
    for (int i = 0; i < 10000 && status == STATUS_OK; i++) {
        status = peers_send(&peers, deaf_ix, bytes, sizeof bytes);
        peers_serve(&peers);
    }
    assert_int_equal(status, STATUS_AGAIN);
    assert_int_equal(peers_send(&peers, peer_ix, "x", 1), STATUS_OK);
    peers_serve(&peers);
    assert_int_equal(recv(fd, bytes, sizeof bytes, 0), 1);
    (void)close(deaf);
    (void)close(fd);
}

static void a_newcomer_waits_while_all_places_are_taken(void **state)
{
    (void)state;
    int fd[PEERS_MAX + 1];
    uint32_t peer_ix = 0;
    struct peer_identity who;
    for (size_t i = 0; i < PEERS_MAX; i++) {
        fd[i] = client();
        peer_ix = accept_one();
    }
    fd[PEERS_MAX] = client();
    peers_serve(&peers);
    assert_false(peers_accept(&peers, &peer_ix, &who));
    peers_leave(&peers, 3);
    peers_serve(&peers);
    peers_serve(&peers);
    assert_true(peers_accept(&peers, &peer_ix, &who));
    assert_int_equal(peer_ix, 3);
    for (size_t i = 0; i <= PEERS_MAX; i++) {
        (void)close(fd[i]);
    }
}

static void a_second_daemon_is_refused_and_a_dead_ones_socket_replaced(void **state)
{
    (void)state;
    static struct peers second;
    assert_int_equal(peers_open(&second, path, text), STATUS_REFUSED);
    assert_non_null(strstr(text, "another daemon"));
    peers_close(&second);
    struct stat about;
    assert_int_equal(stat(path, &about), 0); /* the refused one removed nothing */
    assert_int_equal(about.st_mode & 07777, 0660);
    (void)close(peers.listener); /* dies without a word */
    peers.listener = -1;
    assert_int_equal(peers_open(&second, path, text), STATUS_OK);
    peers_close(&second);
}

static struct peer_identity who_comes(void)
{
    const int fd = client();
    uint32_t peer_ix = 0;
    struct peer_identity who = { .pid = 0 };
    peers_serve(&peers);
    assert_true(peers_accept(&peers, &peer_ix, &who));
    (void)close(fd);
    return who;
}

static void all_groups_of_a_client_are_known_or_said_to_be_too_many(void **state)
{
    (void)state;
    gid_t before[PEER_GROUP_MAX];
    gid_t many[PEER_GROUP_MAX + 1];
    const int count = getgroups(PEER_GROUP_MAX, before);
    if (getuid() != 0 || count < 0) {
        skip(); /* only root may choose its groups */
    }
    for (size_t i = 0; i < PEER_GROUP_MAX + 1; i++) {
        many[i] = (gid_t)(1000 + i);
    }
    assert_int_equal(setgroups(PEER_GROUP_MAX, many), 0);
    const struct peer_identity full = who_comes();
    assert_int_equal(setgroups(PEER_GROUP_MAX + 1, many), 0);
    const struct peer_identity more = who_comes();
    assert_int_equal(setgroups((size_t)count, before), 0);
    assert_int_equal(full.group_count, PEER_GROUP_MAX);
    assert_memory_equal(full.group, many, sizeof full.group);
    assert_false(full.has_more_groups);
    assert_int_equal(more.group_count, 0);
    assert_true(more.has_more_groups);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(messages_travel_both_ways_with_who_sent_them, open_socket,
                                        close_socket),
        cmocka_unit_test_setup_teardown(what_a_leaver_said_last_is_still_heard, open_socket,
                                        close_socket),
        cmocka_unit_test_setup_teardown(a_client_that_does_not_read_fills_its_own_queue_only,
                                        open_socket, close_socket),
        cmocka_unit_test_setup_teardown(a_newcomer_waits_while_all_places_are_taken, open_socket,
                                        close_socket),
        cmocka_unit_test_setup_teardown(all_groups_of_a_client_are_known_or_said_to_be_too_many,
                                        open_socket, close_socket),
        cmocka_unit_test_setup_teardown(a_second_daemon_is_refused_and_a_dead_ones_socket_replaced,
                                        open_socket, close_socket),
    };
    return RUN_TESTS(tests);
}
