#define _GNU_SOURCE /* mkdtemp */

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"
#include "load.h"
#include "prove.h"
#include "rules.h"

enum { PATH_BYTES = 512, TEXT_BYTES = 1 << 20 };

static struct plan plan;
static struct site site;
static struct diag diag;
static char scratch[PATH_BYTES];

static const char *const files[] = { "safety.yaml", "lanes.yaml", "plan.yaml", "site.yaml" };

static void example_path(char *path, const char *name, const char *file)
{
    const char *source = getenv("KAVSAK_SOURCE");
    (void)snprintf(path, PATH_BYTES, "%.200s/plans/examples/%.60s%s%.60s",
                   source != NULL ? source : ".", name, file[0] != '\0' ? "/" : "", file);
}

static enum status load(const char *path)
{
    memset(&diag, 0, sizeof diag);
    memset(&plan, 0, sizeof plan);
    memset(&site, 0, sizeof site);
    return plan_load(path, &plan, &site, &diag);
}

static void load_example(const char *name)
{
    char path[PATH_BYTES];
    example_path(path, name, "");
    const enum status status = load(path);
    diag_print(&diag, stderr, false);
    assert_int_equal(status, STATUS_OK);
    assert_int_equal(diag.count, 0);
}

static size_t read_bytes(const char *path, char *bytes)
{
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    const size_t size = fread(bytes, 1, TEXT_BYTES, f);
    assert_int_equal(fclose(f), 0);
    return size;
}

static void write_bytes(const char *file, const char *bytes, size_t size)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%.400s/%s", scratch, file);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
}

/* The junction in the scratch directory becomes a copy of an example. */
static void copy_example(const char *name)
{
    static char bytes[TEXT_BYTES];
    for (int i = 0; i < 4; i++) {
        char path[PATH_BYTES];
        example_path(path, name, files[i]);
        const size_t size = read_bytes(path, bytes);
        write_bytes(files[i], bytes, size);
    }
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%.400s/safety.yaml.sig", scratch);
    (void)unlink(path);
}

static void saat_kulesi_is_read_completely(void **state)
{
    (void)state;
    load_example("saat-kulesi");
    const struct safety *s = &plan.safety;
    assert_string_equal(plan.junction_name, "saat-kulesi");
    assert_string_equal(plan.node, "balikesir/saat-kulesi");
    assert_string_equal(plan.zone, "Europe/Istanbul");
    assert_int_equal(s->site_id, 1001);
    assert_int_equal(s->sg_count, 10);
    assert_int_equal(plan.sg_count, 10);
    assert_string_equal(plan.sg[6].name, "P1");
    assert_int_equal(plan.sg[6].phase_id, 4);
    assert_int_equal(s->intergreen_ms[0][8], 7000);
    assert_int_equal(s->intergreen_ms[0][1], NO_CONFLICT_MS);
    assert_int_equal(s->ped_clear_ms[7], 10500);
    assert_int_equal(s->ped_clear_ms[0], 0);
    assert_int_equal(s->yellow_ms[7], 0);
    assert_int_equal(s->preempt_min_green_ms[0], 7000);
    assert_int_equal(s->flash_aspect[0], ASPECT_FLASH_YELLOW);
    assert_int_equal(s->flash_aspect[6], ASPECT_DARK);
    assert_int_equal(s->lamps.output[6][LAMP_YELLOW], -1);
    assert_int_equal(s->lamps.sensed[5][LAMP_GREEN], 17);
    assert_true(safety_conflict(s, 0, 4));
    assert_false(safety_conflict(s, 0, 9)); /* permissive */
    assert_int_equal(s->intergreen_ms[0][9], 6000);
    assert_int_equal(plan.relation_count, 2);
    assert_int_equal(plan.relation[1].sg_b_ix, 5);
    assert_int_equal(plan.relation[1].time_ms, 3000);
}

static void lanes_and_detectors_keep_their_units(void **state)
{
    (void)state;
    load_example("saat-kulesi");
    assert_int_equal(plan.lane[0].length_cm, 12000);
    assert_int_equal(plan.lane[0].speed_cmps, 1389); /* 50 km/h */
    assert_int_equal(plan.movement[0].share_permille, 825);
    assert_int_equal(plan.movement[1].yields_to, bit32(9));
    assert_string_equal(plan.movement[2].exit, "cay-deresi/w1");
    const struct detector *d = &plan.detector[0];
    assert_int_equal(d->fail_action, FAIL_AS_CALLED);
    assert_int_equal(d->fail_hold_ms, 10000);
    assert_int_equal(d->no_activity_ms, 360 * 60000);
    assert_int_equal(plan.detector[10].max_presence_ms, 10 * 60000);
    assert_int_equal(plan.detector[10].roles, DETECTOR_CALLS | DETECTOR_RED_LOCK);
    assert_int_equal(site.cabinet_input[13], 13);
    assert_int_equal(site.link[site.cabinet_link_ix].port, 15021);
    assert_true(site.link[site.cabinet_link_ix].is_loopback);
    assert_false(site.is_signed);
}

static void stages_patterns_and_calendar_are_read(void **state)
{
    (void)state;
    load_example("saat-kulesi");
    assert_int_equal(plan.stage[0].sg, bit32(0) | bit32(1) | bit32(7) | bit32(9));
    assert_int_equal(plan.stage[0].on_demand, bit32(7) | bit32(9));
    assert_int_equal(plan.stage[0].next, bit32(1) | bit32(2));
    const struct pattern *morning = &plan.pattern[2];
    assert_int_equal(morning->strategy, STRATEGY_COORDINATED);
    assert_int_equal(morning->offset_ms, 12000);
    assert_int_equal(morning->step[0].max_ms, 60000);
    assert_int_equal(morning->step[0].min_ms, 7000);
    assert_int_equal(plan.pattern[1].step[2].max_ms,
                     34000); /* the duration, where nothing is said */
    const struct schedule *s = &plan.schedule;
    assert_int_equal(s->day_plan[0].event_count, 6);
    assert_int_equal(s->day_plan[0].event[1].start_ms, (6 * 60 + 30) * 60000);
    assert_int_equal(s->season_count, 1);
    assert_int_equal(s->season[0].to_day, 31);
    assert_int_equal(s->special_day[1].month, 4);
    assert_int_equal(s->one_off[0].from.ms, INT64_C(1793181600000)); /* 2026-10-28T10:00Z */
    assert_int_equal(plan.ladder.fallback_pattern_ix, 1);
}

static void rings_of_cay_deresi_are_read(void **state)
{
    (void)state;
    load_example("cay-deresi");
    assert_int_equal(plan.phase_count, 8);
    assert_int_equal(plan.stage_count, 0);
    assert_int_equal(plan.phase[6].phase_id, 7);
    assert_int_equal(plan.phase[6].ring_ix, 1);
    assert_int_equal(plan.phase[6].barrier_ix, 1);
    assert_int_equal(plan.phase[0].max_green_ms[2], 15000);
    assert_int_equal(plan.phase[1].options, PHASE_DUAL_ENTRY | PHASE_ENABLED);
    assert_int_equal(plan.startup_phases, bit32(1) | bit32(5));
    assert_int_equal(plan.overlap[0].parents, bit32(0) | bit32(7));
    const struct pattern *peak = &plan.pattern[2];
    assert_int_equal(peak->split_ms[5], 48000);
    assert_int_equal(peak->split_mode[1], SPLIT_MAX_RECALL);
    assert_int_equal(peak->max_set, 1);
    assert_true(peak->force_off_is_floating);
    assert_int_equal(peak->ring[1].phase_ix[2], 6);
    assert_int_equal(plan.safety.yellow_ms[1], 4000);
}

static void pasaalani_lives_on_defaults(void **state)
{
    (void)state;
    load_example("pasaalani");
    assert_int_equal(plan.safety.min_green_ms[0], 10000);
    assert_int_equal(plan.safety.yellow_ms[0], 3000);
    assert_int_equal(plan.safety.red_yellow_ms[0], 2000);
    assert_int_equal(plan.safety.min_green_ms[3], 7000);
    assert_int_equal(plan.safety.ped_clear_ms[4], 7500);
    assert_string_equal(site.broker, "127.0.0.1");
}

/* Reads the few words of a monitor file that matter here: a parser apart from both others. */
static void monitor_files_agree_with_the_safety_files(void **state)
{
    (void)state;
    static const char *const names[] = { "saat-kulesi", "cay-deresi", "pasaalani" };
    for (int k = 0; k < 3; k++) {
        load_example(names[k]);
        char path[PATH_BYTES];
        char line[256];
        bool guarded[SG_MAX + 1][SG_MAX + 1] = { { false } };
        int channels = 0;
        example_path(path, names[k], "monitor.conf");
        FILE *f = fopen(path, "r");
        assert_non_null(f);
        while (fgets(line, sizeof line, f) != NULL) {
            unsigned long long hash = 0;
            int first = 0;
            int at = 0;
            if (sscanf(line, "hash %16llx", &hash) == 1) {
                assert_int_equal(hash, plan.safety_hash);
            } else if (sscanf(line, "site %8d", &first) == 1) {
                assert_int_equal(first, plan.safety.site_id);
            } else if (sscanf(line, "channel %8d red %8d", &first, &at) == 2) {
                channels++;
                assert_int_equal(plan.safety.lamps.output[first - 1][LAMP_RED], at);
            } else if (sscanf(line, "conflict %8d%n", &first, &at) == 1) {
                int foe = 0;
                int step = 0;
                for (const char *p = line + at; sscanf(p, "%8d%n", &foe, &step) == 1; p += step) {
                    guarded[first][foe] = true;
                    guarded[foe][first] = true;
                }
            }
        }
        assert_int_equal(fclose(f), 0);
        assert_int_equal(channels, plan.sg_count);
        for (uint32_t a = 0; a < (uint32_t)plan.sg_count; a++) {
            for (uint32_t b = 0; b < (uint32_t)plan.sg_count; b++) {
                assert_int_equal(guarded[a + 1][b + 1],
                                 a != b && safety_conflict(&plan.safety, a, b));
            }
        }
    }
}

static void a_byte_more_changes_the_hashes(void **state)
{
    (void)state;
    static char bytes[TEXT_BYTES];
    copy_example("pasaalani");
    assert_int_equal(load(scratch), STATUS_OK);
    const uint64_t safety_hash = plan.safety_hash;
    const uint64_t plan_hash = plan.plan_hash;
    char path[PATH_BYTES];
    example_path(path, "pasaalani", "lanes.yaml");
    size_t size = read_bytes(path, bytes);
    bytes[size++] = '\n';
    write_bytes("lanes.yaml", bytes, size);
    assert_int_equal(load(scratch), STATUS_OK);
    assert_true(plan.safety_hash == safety_hash);
    assert_true(plan.plan_hash != plan_hash);
    example_path(path, "pasaalani", "safety.yaml");
    size = read_bytes(path, bytes);
    bytes[size++] = '\n';
    write_bytes("safety.yaml", bytes, size);
    assert_int_equal(load(scratch), STATUS_OK);
    assert_true(plan.safety_hash != safety_hash);
}

static void hash_is_blake2b_of_the_bytes(void **state)
{
    (void)state;
    /* BLAKE2b-256 of "abc" begins with bddd813c634239723. */
    const struct digest_piece abc = { .bytes = "abc", .size = 3 };
    assert_true(digest_init());
    assert_true(digest_pieces(&abc, 1) == UINT64_C(0xbddd813c63423972));
}

/* A signed file may drive a real cabinet; the same bytes changed may not. */
static void a_signature_opens_the_street(void **state)
{
    (void)state;
    static char bytes[TEXT_BYTES];
    static const uint8_t seed[32] = { 1, 2, 3 };
    uint8_t key[DIGEST_KEY_BYTES];
    uint8_t secret[64];
    uint8_t signature[DIGEST_SIGNATURE_BYTES];
    char text[600];
    copy_example("pasaalani");
    assert_true(digest_init());
    digest_keys(seed, key, secret);
    char path[PATH_BYTES];
    example_path(path, "pasaalani", "safety.yaml");
    const size_t size = read_bytes(path, bytes);
    digest_sign(bytes, size, secret, signature);
    size_t used = (size_t)snprintf(
        text, sizeof text,
        "cabinet: {name: x, inputs: {w1_far: 0, e1_far: 1, s1_stop: 2, b1: 3, b2: 4, w1_stop: 5,\n"
        "  e1_stop: 6, w1_up: 7, e1_up: 8, s1_far: 9}}\n"
        "links: {c: {duty: cabinet, host: 10.1.2.3}}\nsigning: {keys: [\"");
    for (size_t i = 0; i < sizeof key; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%02x", key[i]);
    }
    used += (size_t)snprintf(text + used, sizeof text - used, "\"]}\n");
    write_bytes("site.yaml", text, used);
    assert_int_equal(load(scratch), STATUS_REFUSED);
    assert_int_equal(diag.item[0].rule, RULE_UNSIGNED);
    used = 0;
    for (size_t i = 0; i < sizeof signature; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%02x", signature[i]);
    }
    write_bytes("safety.yaml.sig", text, used);
    assert_int_equal(load(scratch), STATUS_OK);
    assert_true(site.is_signed);
    bytes[3] = 'x'; /* a letter of the first comment */
    write_bytes("safety.yaml", bytes, size);
    assert_int_equal(load(scratch), STATUS_INVALID);
    assert_int_equal(diag.item[0].rule, RULE_SIGNATURE_BAD);
}

static void nothing_there_is_an_io_error(void **state)
{
    (void)state;
    assert_int_equal(load("/nonexistent"), STATUS_IO);
    assert_int_equal(diag.errors, 4);
    char path[600];
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_int_equal(load(path), STATUS_IO);
}

static uint32_t random_next(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

/* What remains of a plan that was accepted must be provable: mutations that pass are still safe. */
static void mutated_files_never_crash_and_never_half_load(void **state)
{
    (void)state;
    static const char *const pieces[] = { "\n",          ": ", "[",  "]",    "{",   "}", "-1",
                                          "99999999999", "V1", "P1", "A",    "\"",  "'", "&a ",
                                          "*a",          "#",  ",",  "\t",   "é",   "0", "no",
                                          "|",           "- ", "2",  "main", "\xff" };
    static const char *const names[] = { "saat-kulesi", "cay-deresi", "pasaalani" };
    static char bytes[TEXT_BYTES];
    uint32_t seed = 20261123;
    int accepted = 0;
    for (int round = 0; round < 600; round++) {
        const char *name = names[round / 200];
        const char *file = files[random_next(&seed) % 4];
        if (round % 200 == 0) {
            copy_example(name);
        }
        char path[PATH_BYTES];
        example_path(path, name, file);
        size_t size = read_bytes(path, bytes);
        const uint32_t edits = 1 + random_next(&seed) % 4;
        for (uint32_t e = 0; e < edits; e++) {
            const char *piece = pieces[random_next(&seed) % (sizeof pieces / sizeof pieces[0])];
            const size_t at = random_next(&seed) % size;
            const size_t cut = random_next(&seed) % 4;
            const size_t length = strlen(piece);
            const size_t gone = at + cut <= size ? cut : size - at;
            memmove(bytes + at + length, bytes + at + gone, size - at - gone);
            /* Bytes, not a string. NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
            memcpy(bytes + at, piece, length);
            size = size - gone + length;
        }
        write_bytes(file, bytes, size);
        memset(&diag, 0, sizeof diag);
        memset(&plan, 0x5a, sizeof plan);
        const enum status status = plan_load(scratch, &plan, &site, &diag);
        assert_int_equal(status == STATUS_OK, diag.errors == 0);
        assert_int_equal(status == STATUS_OK, plan.sg_count != 0x5a5a5a5a);
        accepted += status == STATUS_OK ? 1 : 0;
        size = read_bytes(path, bytes);
        write_bytes(file, bytes, size);
    }
    assert_true(accepted > 0 && accepted < 600);
}

static int make_scratch(void **state)
{
    (void)state;
    const char *build = getenv("KAVSAK_BUILD");
    (void)snprintf(scratch, sizeof scratch, "%.400s/load-XXXXXX", build != NULL ? build : "/tmp");
    return mkdtemp(scratch) != NULL ? 0 : -1;
}

static int remove_scratch(void **state)
{
    (void)state;
    static const char *const all[] = { "safety.yaml", "lanes.yaml", "plan.yaml", "site.yaml",
                                       "safety.yaml.sig" };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        char path[PATH_BYTES];
        (void)snprintf(path, sizeof path, "%.400s/%s", scratch, all[i]);
        (void)unlink(path);
    }
    return rmdir(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(saat_kulesi_is_read_completely),
        cmocka_unit_test(lanes_and_detectors_keep_their_units),
        cmocka_unit_test(stages_patterns_and_calendar_are_read),
        cmocka_unit_test(rings_of_cay_deresi_are_read),
        cmocka_unit_test(pasaalani_lives_on_defaults),
        cmocka_unit_test(monitor_files_agree_with_the_safety_files),
        cmocka_unit_test(a_byte_more_changes_the_hashes),
        cmocka_unit_test(hash_is_blake2b_of_the_bytes),
        cmocka_unit_test(a_signature_opens_the_street),
        cmocka_unit_test(nothing_there_is_an_io_error),
        cmocka_unit_test(mutated_files_never_crash_and_never_half_load),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
