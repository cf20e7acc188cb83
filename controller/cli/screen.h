/* screen.h: a terminal taken over for a live picture and given back whatever ends it: its own
 * screen, no cursor, keys without Enter. Blocks at most as long as it is told. */
#ifndef KAVSAK_SCREEN_H
#define KAVSAK_SCREEN_H

#include <termios.h>

#include "page.h"

struct screen {
    bool is_open;
    bool has_keys; /* standard input is a terminal too */
    struct termios before;
};

/* STATUS_INVALID: standard output is no terminal. */
MUST_CHECK enum status screen_open(struct screen *s);
void screen_close(struct screen *s);

/* Lines that fit now; 24 if the terminal does not tell. */
uint32_t screen_rows(void);

/* Replaces what is shown; lines are cut at the terminal's width by the terminal itself. */
void screen_show(const struct page *p);

/* Waits for a key or a signal. Returns the key, 0 when the time is over, 'q' also for Ctrl-C and
 * SIGTERM. */
int screen_wait(const struct screen *s, int32_t wait_ms);

#endif
