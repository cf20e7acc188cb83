/* What every cmocka test needs, in the order cmocka wants it. */
#ifndef KAVSAK_TEST_H
#define KAVSAK_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define RUN_TESTS(tests) cmocka_run_group_tests(tests, NULL, NULL)

#endif
