#define _GNU_SOURCE
#include "test.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "screen.h"

enum { TURNS_MAX = 200, TURN_MS = 20, BYTES = 4096 };

/* Looks until it is told to quit, as kavsak status --watch does, in a process of its own. */
static pid_t look(int *terminal, bool has_keys)
{
    *terminal = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(*terminal >= 0 && grantpt(*terminal) == 0 && unlockpt(*terminal) == 0);
    const int other_end = open(ptsname(*terminal), O_RDWR | O_NOCTTY);
    assert_true(other_end >= 0);
    const pid_t child = fork();
    if (child == 0) {
        (void)close(*terminal);
        (void)dup2(has_keys ? other_end : open("/dev/null", O_RDONLY), STDIN_FILENO);
        (void)dup2(other_end, STDOUT_FILENO);
        (void)close(other_end);
        static struct page page;
        struct screen screen;
        page_clear(&page);
        page_add(&page, "picture\n");
        int key = screen_open(&screen) == STATUS_OK ? 0 : -1;
        for (int32_t turn = 0; turn < TURNS_MAX && key == 0; turn++) {
            screen_show(&page);
            key = screen_wait(&screen, TURN_MS);
        }
        screen_close(&screen);
        _exit(key == 'q' ? 0 : 1);
    }
    (void)close(other_end);
    struct pollfd shown = { .fd = *terminal, .events = POLLIN };
    char bytes[BYTES];
    assert_int_equal(poll(&shown, 1, TURNS_MAX * TURN_MS), 1);
    assert_true(read(*terminal, bytes, sizeof bytes) > 0);
    return child;
}

static void assert_quits(pid_t child)
{
    int result = -1;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 0);
}

static void q_ends_the_picture(void **state)
{
    (void)state;
    int terminal = -1;
    const pid_t child = look(&terminal, true);
    assert_int_equal(write(terminal, "q", 1), 1);
    assert_quits(child);
    (void)close(terminal);
}

static void a_signal_ends_the_picture(void **state)
{
    (void)state;
    int terminal = -1;
    const pid_t child = look(&terminal, true);
    assert_int_equal(kill(child, SIGTERM), 0);
    assert_quits(child);
    (void)close(terminal);
}

/* A window that is closed sends its signal only to the foreground of its own session. */
static void a_terminal_that_goes_away_ends_the_picture(void **state)
{
    (void)state;
    int terminal = -1;
    const pid_t child = look(&terminal, true);
    (void)close(terminal);
    assert_quits(child);
}

static void a_terminal_without_keys_that_goes_away_does_too(void **state)
{
    (void)state;
    int terminal = -1;
    const pid_t child = look(&terminal, false);
    (void)close(terminal);
    assert_quits(child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(q_ends_the_picture),
        cmocka_unit_test(a_signal_ends_the_picture),
        cmocka_unit_test(a_terminal_that_goes_away_ends_the_picture),
        cmocka_unit_test(a_terminal_without_keys_that_goes_away_does_too),
    };
    return RUN_TESTS(tests);
}
