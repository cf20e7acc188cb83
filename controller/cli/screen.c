#include "screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { ROWS_USUAL = 24 };

static volatile sig_atomic_t is_ending;

static void end(int signal_number)
{
    (void)signal_number;
    is_ending = 1;
}

static void write_whole(const char *text, size_t size)
{
    size_t done = 0;
    while (done < size) { /* ends: each turn writes something or leaves */
        const ssize_t wrote = write(STDOUT_FILENO, text + done, size - done);
        if (wrote <= 0 && errno != EINTR) {
            is_ending = 1; /* nobody looks any more */
            return;
        }
        done += wrote > 0 ? (size_t)wrote : 0;
    }
}

static void write_text(const char *text)
{
    write_whole(text, strlen(text));
}

enum status screen_open(struct screen *s)
{
    *s = (struct screen){ .is_open = false };
    if (isatty(STDOUT_FILENO) != 1) {
        return STATUS_INVALID;
    }
    const struct sigaction action = { .sa_handler = end };
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    if (isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &s->before) == 0) {
        struct termios raw = s->before;
        raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
        s->has_keys = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
    }
    write_text("\033[?1049h\033[?25l\033[?7l"); /* own screen, no cursor, no wrapping */
    s->is_open = true;
    return STATUS_OK;
}

void screen_close(struct screen *s)
{
    if (s == NULL || !s->is_open) {
        return;
    }
    write_text("\033[?7h\033[?25h\033[?1049l");
    if (s->has_keys) {
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &s->before);
    }
    s->is_open = false;
}

uint32_t screen_rows(void)
{
    struct winsize size = { .ws_row = 0 };
    (void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    return size.ws_row > 0 ? size.ws_row : ROWS_USUAL;
}

void screen_show(const struct page *p)
{
    static char out[2 * PAGE_BYTES];
    static const char home[] = "\033[H";
    static const char to_end_of_line[] = "\033[K\n";
    static const char to_end_of_screen[] = "\033[J";
    size_t used = 0;
    memcpy(out, home, sizeof home - 1);
    used += sizeof home - 1;
    for (size_t i = 0; i < p->used && used < sizeof out - 16; i++) {
        if (p->text[i] == '\n') {
            memcpy(out + used, to_end_of_line, sizeof to_end_of_line - 1);
            used += sizeof to_end_of_line - 1;
        } else {
            out[used++] = p->text[i];
        }
    }
    memcpy(out + used, to_end_of_screen, sizeof to_end_of_screen - 1);
    used += sizeof to_end_of_screen - 1;
    write_whole(out, used);
}

int screen_wait(const struct screen *s, int32_t wait_ms)
{
    struct pollfd keys = { .fd = s->has_keys ? STDIN_FILENO : -1, .events = POLLIN };
    const int ready = poll(&keys, 1, wait_ms);
    if (is_ending) {
        return 'q';
    }
    if (ready <= 0) {
        return 0;
    }
    char key = 0;
    const bool has_key = read(STDIN_FILENO, &key, 1) == 1; /* false: the terminal is gone */
    return !has_key || key == 3 || key == 'Q' ? 'q' : key;
}
