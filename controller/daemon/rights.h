/* rights.h: being the only one, and being no one: locks that let one daemon alone run a state
 * directory and a junction, and the step from root to a user without rights. Taken before the first
 * tick, kept until the process ends. */
#ifndef KAVSAK_RIGHTS_H
#define KAVSAK_RIGHTS_H

#include "types.h"

enum { RIGHTS_TEXT_BYTES = 700 };

/* Locks STATE/kavsakd.lock and leaves our process number in it. STATUS_REFUSED: another daemon has
 * it. */
MUST_CHECK enum status rights_lock_state(const char *state_dir, char text[RIGHTS_TEXT_BYTES]);

/* Locks a junction's directory itself: it needs no file, so a read-only one will do. */
MUST_CHECK enum status rights_lock_junction(const char *dir, char text[RIGHTS_TEXT_BYTES]);

/* This file, or directory with the files in it, belongs to the user whom we become. */
MUST_CHECK enum status rights_give(const char *path, const char *user,
                                   char text[RIGHTS_TEXT_BYTES]);

/* Gives up root for good, in all threads. Only root may ask; user "" keeps who we are. Always
 * forbids new rights and core dumps (rules SEC-3, SEC-17). */
MUST_CHECK enum status rights_drop(const char *user, char text[RIGHTS_TEXT_BYTES]);

#endif
