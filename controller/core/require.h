/* require.h: the check that stays on in release builds. A REQUIRE states what only a bug of ours
 * can break; it ends the process, the heartbeat stops and the cabinet flashes. No input, file or
 * message may ever trip one: those are faults and travel as values. */
#ifndef KAVSAK_REQUIRE_H
#define KAVSAK_REQUIRE_H

/* The program that links core supplies this; it must not return. require.c (in controller/unit)
 * writes one line to standard error and aborts; tests may supply their own. */
_Noreturn void require_failed(const char *condition, const char *file, int line);

#define REQUIRE(condition) ((condition) ? (void)0 : require_failed(#condition, __FILE__, __LINE__))

#define MUST_CHECK __attribute__((warn_unused_result))

#endif
