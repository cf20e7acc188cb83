#define _GNU_SOURCE /* fmemopen */
/* The text against what a person has looked at (tests/unit/golden); KAVSAK_GOLDEN_WRITE=1 writes
 * anew. */
#include "test.h"

#include "plan_build.h"
#include "show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX_BYTES = 1 << 18, COLUMNS_MAX = 100 };

static struct plan plan;
static struct site site;
static char text[TEXT_MAX_BYTES];

static void build_site(void)
{
    memset(&site, 0, sizeof site);
    memset(site.cabinet_input, 0xff, sizeof site.cabinet_input);
    (void)snprintf(site.cabinet_name, sizeof site.cabinet_name, "%s", "cabinet");
    site.link_count = 2;
    site.link[0] = (struct site_link){ .name = "cabinet",
                                       .kind = LINK_TCP,
                                       .duty = DUTY_CABINET,
                                       .host = "127.0.0.1",
                                       .port = 1502,
                                       .unit = 1,
                                       .poll_ms = 100,
                                       .timeout_ms = 80,
                                       .max_registers = 123,
                                       .stale_ms = 1000,
                                       .is_loopback = true };
    site.link[1] = (struct site_link){ .name = "loops",
                                       .kind = LINK_RTU,
                                       .duty = DUTY_DETECTORS,
                                       .host = "/dev/ttyS1",
                                       .baud = 19200,
                                       .data_bits = 8,
                                       .stop_bits = 1,
                                       .parity = 'E',
                                       .unit = 7,
                                       .poll_ms = 200,
                                       .timeout_ms = 150,
                                       .max_registers = 16,
                                       .stale_ms = 2000 };
    site.cabinet_input[0] = 4;
    site.point[0] = (struct site_point){ .link_ix = 1,
                                         .detector_ix = 1,
                                         .use = POINT_COUNT,
                                         .area = AREA_INPUT,
                                         .address = 40,
                                         .words = 2,
                                         .order = WORDS_LITTLE };
    site.point[1] = (struct site_point){ .link_ix = 1,
                                         .detector_ix = 1,
                                         .use = POINT_OPEN,
                                         .area = AREA_DISCRETE,
                                         .address = 12,
                                         .is_inverted = true };
    site.point_count = 2;
    site.camera[0] = (struct site_camera){ .topic = "frigate/events",
                                           .format = CAMERA_FRIGATE,
                                           .zone = "north",
                                           .label = "car",
                                           .detector_ix = 2,
                                           .max_age_ms = 2500 };
    site.camera_count = 1;
    (void)snprintf(site.broker, sizeof site.broker, "%s", "127.0.0.1");
    site.broker_port = 1883;
}

static void render(void (*show)(const struct plan *, const struct site *, FILE *))
{
    memset(text, 0, sizeof text);
    FILE *out = fmemopen(text, sizeof text - 1, "w");
    assert_non_null(out);
    show(&plan, &site, out);
    assert_int_equal(fclose(out), 0);
    assert_true(strlen(text) < sizeof text - 2);
}

/* Names the first line that differs. */
static void compare(const char *want, const char *name)
{
    size_t line = 1;
    size_t start = 0;
    for (size_t i = 0; want[i] == text[i]; i++) {
        if (want[i] == '\0') {
            return;
        }
        if (want[i] == '\n') {
            line++;
            start = i + 1;
        }
    }
    fail_msg("%s, line %zu: want \"%.*s\", got \"%.*s\"", name, line,
             (int)strcspn(want + start, "\n"), want + start, (int)strcspn(text + start, "\n"),
             text + start);
}

static void assert_golden(const char *name)
{
    static char want[TEXT_MAX_BYTES];
    char path[512];
    const char *source = getenv("KAVSAK_SOURCE");
    assert_non_null(source);
    (void)snprintf(path, sizeof path, "%s/tests/unit/golden/%s", source, name);
    if (getenv("KAVSAK_GOLDEN_WRITE") != NULL) {
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        (void)fputs(text, out);
        assert_int_equal(fclose(out), 0);
    }
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    memset(want, 0, sizeof want);
    assert_true(fread(want, 1, sizeof want - 1, in) > 0);
    assert_int_equal(fclose(in), 0);
    compare(want, name);
}

static void a_staged_junction_is_drawn(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    plan.schedule.special_day[0] = (struct special_day){ 0, 10, 29, 1 };
    plan.schedule.special_day[1] = (struct special_day){ 2027, 3, 10, 1 };
    plan.schedule.special_day_count = 2;
    plan.schedule.one_off[0] =
        (struct one_off){ { INT64_C(1795500000000) }, { INT64_C(1795510800000) }, ST_FLASH };
    plan.schedule.one_off_count = 1;
    build_site();
    render(show_plan);
    assert_golden("show-staged.txt");
}

static void rings_and_barriers_are_drawn(void **state)
{
    (void)state;
    plan_build_rings(&plan);
    plan.phase[1].added_initial_ms = 1500;
    plan.phase[1].max_initial_ms = 20000;
    plan.phase[1].time_before_reduction_ms = 10000;
    plan.phase[1].time_to_reduce_ms = 15000;
    plan.phase[1].min_gap_ms = 1800;
    plan.phase[3].dynamic_max_ms = 60000;
    plan.phase[3].dynamic_step_ms = 5000;
    build_site();
    site.is_signed = true;
    render(show_plan);
    assert_golden("show-rings.txt");
}

static void lines_fit_a_terminal_and_end_clean(void **state)
{
    (void)state;
    for (int32_t kind = 0; kind < 2; kind++) {
        if (kind == 0) {
            plan_build_staged(&plan);
        } else {
            plan_build_rings(&plan);
        }
        build_site();
        render(show_plan);
        for (const char *line = text; *line != '\0';) {
            const size_t length = strcspn(line, "\n");
            if (length > COLUMNS_MAX || (length > 0 && line[length - 1] == ' ')) {
                fail_msg("too long or ends in a space: \"%.*s\"", (int)length, line);
            }
            line += length + 1;
        }
    }
}

static void unsigned_is_said_and_signed_too(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    build_site();
    render(show_plan);
    assert_non_null(strstr(text, "UNSIGNED"));
    site.is_signed = true;
    render(show_plan);
    assert_null(strstr(text, "UNSIGNED"));
    assert_null(strstr(text, "street-legal"));
    plan.safety.profile = PROFILE_BENCH;
    render(show_plan);
    assert_non_null(strstr(text, "not street-legal"));
}

static void bars_show_what_the_steps_say(void **state)
{
    (void)state;
    static struct show_bars bars;
    plan_build_staged(&plan);
    assert_true(show_read_bars(&plan, ST_FIXED, &bars));
    assert_int_equal(bars.cell_ms, 2000);
    assert_int_equal(bars.cell_count, 45);
    for (uint32_t g = 0; g < ST_SG_COUNT; g++) {
        assert_int_equal(strlen(bars.row[g]), 45);
    }
    assert_int_equal(bars.row[ST_N][19], '#');
    assert_int_equal(bars.row[ST_N][20], '\\');
    assert_int_equal(bars.row[ST_E][19], '.');
    assert_int_equal(bars.row[ST_E][0], '*');
    assert_false(show_read_bars(&plan, ST_ACTUATED, &bars));
}

static void long_and_short_cycles_have_bars_too(void **state)
{
    (void)state;
    static struct show_bars bars;
    const int32_t cycles_ms[] = { 100, 36000, 36100, 1000000, 3600000, 7200100 };
    for (size_t i = 0; i < sizeof cycles_ms / sizeof cycles_ms[0]; i++) {
        plan_build_staged(&plan);
        plan.pattern[ST_FIXED].step_count = 1;
        plan.pattern[ST_FIXED].step[0].duration_ms = cycles_ms[i];
        plan.pattern[ST_FIXED].cycle_ms = cycles_ms[i];
        assert_true(show_read_bars(&plan, ST_FIXED, &bars));
        assert_in_range(bars.cell_count, 1, SHOW_CELL_MAX);
        assert_true((int64_t)bars.cell_ms * bars.cell_count >= cycles_ms[i]);
    }
}

static void names_in_turkish_keep_their_columns(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    (void)snprintf(plan.sg[ST_N].name, sizeof plan.sg[ST_N].name, "%s", "kuzey_şişli");
    build_site();
    render(show_plan);
    const char *line = strstr(text, "   1  kuzey_şişli");
    assert_non_null(line);
    assert_int_equal(strstr(line, "vehicle") - line, 6 + 17 + 2); /* two letters of two bytes */
}

static void findings_of_the_prover_are_shown(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    build_site();
    plan.safety.max_red_ms[ST_W] = 60000;
    render(show_plan);
    assert_non_null(strstr(text, "error: pattern \"fixed 90\""));
}

/* No JSON library here: brackets and quotes must balance, and a quote in a name must not end a
 * string. */
static void json_is_well_formed(void **state)
{
    (void)state;
    plan_build_rings(&plan);
    build_site();
    (void)snprintf(plan.junction_name, sizeof plan.junction_name, "%s", "a \"b\" \\ c");
    render(show_plan_json);
    int32_t depth = 0;
    bool in_string = false;
    for (const char *c = text; *c != '\0'; c++) {
        if (in_string && *c == '\\') {
            c++;
        } else if (*c == '"') {
            in_string = !in_string;
        } else if (!in_string && (*c == '{' || *c == '[')) {
            depth++;
        } else if (!in_string && (*c == '}' || *c == ']')) {
            depth--;
            assert_true(depth >= 0);
        }
        assert_true(in_string || *c != ',' || (c[1] == '\n' && c[2] != ']' && c[2] != '}'));
    }
    assert_int_equal(depth, 0);
    assert_false(in_string);
    assert_non_null(strstr(text, "\"junction\":\"a \\\"b\\\" \\\\ c\""));
    assert_non_null(strstr(text, "\"split_ms\":35000"));
    assert_non_null(strstr(text, "\"is_signed\":false"));
}

static void the_text_kept_is_the_text_printed(void **state)
{
    (void)state;
    plan_build_staged(&plan);
    build_site();
    FILE *out = fmemopen(text, sizeof text, "w");
    assert_non_null(out);
    show_plan(&plan, &site, out);
    assert_int_equal(fclose(out), 0);
    char *kept = show_plan_text(&plan, &site);
    assert_non_null(kept);
    assert_string_equal(kept, text);
    free(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_staged_junction_is_drawn),
        cmocka_unit_test(rings_and_barriers_are_drawn),
        cmocka_unit_test(lines_fit_a_terminal_and_end_clean),
        cmocka_unit_test(unsigned_is_said_and_signed_too),
        cmocka_unit_test(bars_show_what_the_steps_say),
        cmocka_unit_test(long_and_short_cycles_have_bars_too),
        cmocka_unit_test(names_in_turkish_keep_their_columns),
        cmocka_unit_test(findings_of_the_prover_are_shown),
        cmocka_unit_test(the_text_kept_is_the_text_printed),
        cmocka_unit_test(json_is_well_formed),
    };
    return RUN_TESTS(tests);
}
