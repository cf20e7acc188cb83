/* journal_make.h: a journal folder out of events that are known already, for kavsak log --import.
 * Writes as the daemon does, through controller/unit/journal.h; the folder is whole or not there.
 */
#ifndef KAVSAK_JOURNAL_MAKE_H
#define KAVSAK_JOURNAL_MAKE_H

#include "hires.h"

enum { JOURNAL_MAKE_SAYS_BYTES = 640 };

struct journal_make {
    const char *folder;              /* does not exist, or is empty */
    const struct hires_event *event; /* at_ms in UTC, oldest first; device: number of the junction
                                        from 1, 0 for the process */
    size_t count;
    size_t unfit; /* set: events whose parameter no record can hold */
    char says[JOURNAL_MAKE_SAYS_BYTES];
};

/* STATUS_REFUSED: there is something in the folder. STATUS_IO, STATUS_NO_SPACE: nothing is left of
 * it. says is filled. */
MUST_CHECK enum status journal_make(struct journal_make *m);

#endif
