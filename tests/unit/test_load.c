#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "load.h"

static struct plan plan;
static struct site site;
static struct diag diag;

static enum status load_example(const char *name)
{
    char path[512];
    const char *source = getenv("KAVSAK_SOURCE");
    (void)snprintf(path, sizeof path, "%s/plans/examples/%s", source != NULL ? source : ".", name);
    memset(&plan, 0, sizeof plan);
    memset(&site, 0, sizeof site);
    memset(&diag, 0, sizeof diag);
    const enum status status = plan_load(path, &plan, &site, &diag);
    diag_print(&diag, stderr, false);
    return status;
}

static void saat_kulesi_is_read_completely(void **state)
{
    (void)state;
    assert_int_equal(load_example("saat-kulesi"), STATUS_OK);
    assert_int_equal(diag.count, 0);
    assert_string_equal(plan.junction_name, "saat-kulesi");
    assert_int_equal(plan.safety.sg_count, 10);
    assert_int_equal(plan.stage_count, 3);
    assert_int_equal(plan.pattern_count, 5);
    assert_int_equal(plan.detector_count, 14);
    assert_int_equal(plan.safety.intergreen_ms[0][6], 5000);
    assert_int_equal(plan.safety.ped_clear_ms[7], 10500);
    assert_true(safety_conflict(&plan.safety, 0, 4));
    assert_false(safety_conflict(&plan.safety, 0, 9));
    assert_int_equal(site.link[site.cabinet_link_ix].port, 15021);
    assert_true(site.link[site.cabinet_link_ix].is_loopback);
    assert_false(site.is_signed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(saat_kulesi_is_read_completely),
    };
    return RUN_TESTS(tests);
}
