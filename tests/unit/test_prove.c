#include "test.h"

#include "plan_build.h"
#include "prove.h"

#include <stdio.h>

static struct plan plan;
static struct prove_result result;

static void print_findings(void)
{
    for (uint32_t i = 0; i < result.count && i < PROVE_FINDING_MAX; i++) {
        (void)fprintf(stderr, "# %d: %s\n", (int)result.finding[i].kind, result.finding[i].text);
    }
}

static void assert_proved(void)
{
    plan_prove(&plan, &result);
    if (result.count != 0) {
        print_findings();
    }
    assert_int_equal(result.count, 0);
}

static void good_plans_pass(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    assert_proved();
    plan_build_rings(&plan);
    assert_proved();
    assert_int_equal(result.states, 16); /* two barrier groups of 3 x 3 - 1 */
    assert_int_equal(result.transitions, 8 * 7 * 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_plans_pass),
    };
    return RUN_TESTS(tests);
}
