/* scan.h: reads numbers out of short texts, strictly: what is not a number in its range is refused,
 * and where the text goes on is told. For event logs, and for options, control lines and recordings
 * of the emulated cabinet. Owned by nobody: it keeps nothing. */
#ifndef KAVSAK_SCAN_H
#define KAVSAK_SCAN_H

#include "types.h"

/* Decimal digits, with a sign if least is below zero; *at moves behind them. False leaves *at and
 * *value alone. */
MUST_CHECK bool scan_number(const char **at, int64_t least, int64_t most, int64_t *value);

/* Text that must be there. False leaves *at alone. */
MUST_CHECK bool scan_text(const char **at, const char *wanted);

/* A text that is a number and nothing else. */
MUST_CHECK bool scan_whole(const char *text, int64_t least, int64_t most, int64_t *value);

#endif
