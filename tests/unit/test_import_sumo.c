/* Networks of our own (tests/unit/golden), as they are and with one thing changed, become junction
 * directories that pass every check, or are named with the reason. */
#define _GNU_SOURCE /* mkdtemp, nftw */

#include "test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "import_sumo.h"
#include "load.h"
#include "sumo_map.h"

enum { TEXT_BYTES = 1 << 17, PATH_BYTES = 512, NOTE_MAX = 32 };

static char scratch[64];
static char text[TEXT_BYTES];
static struct plan plan;
static struct site site;
static struct diag diag;
static struct sumo_map map;

struct notes {
    int32_t count;
    struct import_note note[NOTE_MAX];
};

static struct notes notes;
static struct import_options options;
static int32_t made;

static void on_note(void *self, const struct import_note *note)
{
    struct notes *n = self;
    if (n->count < NOTE_MAX) {
        n->note[n->count++] = *note;
    }
}

static void read_golden(const char *name)
{
    char path[PATH_BYTES];
    const char *source = getenv("KAVSAK_SOURCE");
    (void)snprintf(path, sizeof path, "%s/tests/unit/golden/%s", source != NULL ? source : ".",
                   name);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    const size_t size = fread(text, 1, TEXT_BYTES - 1, f);
    assert_int_equal(fclose(f), 0);
    text[size] = '\0';
}

/* Every OLD becomes NEW, of one length or not; there must be one. */
static void swap(const char *old, const char *new)
{
    static char changed[TEXT_BYTES];
    const char *from = text;
    size_t at = 0;
    assert_non_null(strstr(text, old));
    while (*from != '\0') {
        const bool is_here = strncmp(from, old, strlen(old)) == 0;
        const char *put = is_here ? new : from;
        const size_t size = is_here ? strlen(new) : 1;
        assert_true(at + size < TEXT_BYTES);
        memcpy(changed + at, put, size);
        at += size;
        from += is_here ? strlen(old) : 1;
    }
    changed[at] = '\0';
    memcpy(text, changed, at + 1);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

static int clear_scratch(void **state)
{
    (void)state;
    return scratch[0] != '\0' ? nftw(scratch, remove_one, 8, FTW_DEPTH | FTW_PHYS) : 0;
}

static int make_scratch(void **state)
{
    (void)state;
    memset(&notes, 0, sizeof notes);
    options = (struct import_options){ .profile = PROFILE_BENCH,
                                       .yellow_ms = -1,
                                       .all_red_ms = -1,
                                       .min_green_ms = 5000,
                                       .places_cameras = true };
    (void)snprintf(scratch, sizeof scratch, "/tmp/kavsak-import-XXXXXX");
    return mkdtemp(scratch) == NULL ? 1 : 0;
}

static const char *in_scratch(const char *name)
{
    static char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", scratch, name);
    return path;
}

static enum status import_text(void)
{
    char net[PATH_BYTES];
    (void)snprintf(net, sizeof net, "%s/net.xml", scratch);
    FILE *f = fopen(net, "w");
    assert_non_null(f);
    assert_int_equal(fputs(text, f) >= 0 ? 0 : 1, 0);
    assert_int_equal(fclose(f), 0);
    return import_sumo(net, in_scratch("out"), &options, on_note, &notes, &made);
}

/* The directory passes what `kavsak check` asks, without a warning. */
static void load(const char *name)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/out/%s", scratch, name);
    memset(&diag, 0, sizeof diag);
    const enum status status = plan_load(path, &plan, &site, &diag);
    if (diag.count > 0) {
        fail_msg("%s:%d: P%03d: %s", diag.item[0].file, diag.item[0].line, diag.item[0].rule,
                 diag.item[0].text);
    }
    assert_int_equal(status, STATUS_OK);
    assert_int_equal(sumo_map_read(path, &plan, &map, &diag), STATUS_OK);
    assert_int_equal(diag.count, 0);
}

static void import_and_load(const char *name)
{
    assert_int_equal(import_text(), STATUS_OK);
    load(name);
}

static bool was_told(int32_t kind, const char *part)
{
    for (int32_t i = 0; i < notes.count; i++) {
        if (notes.note[i].kind == kind && strstr(notes.note[i].text, part) != NULL) {
            return true;
        }
    }
    return false;
}

static uint32_t sg_of(const char *name)
{
    for (uint32_t i = 0; i < (uint32_t)plan.sg_count; i++) {
        if (strcmp(plan.sg[i].name, name) == 0) {
            return i;
        }
    }
    fail_msg("no group %s", name);
    return 0;
}

static int32_t lane_of(const char *name)
{
    for (int32_t i = 0; i < plan.lane_count; i++) {
        if (strcmp(plan.lane[i].name, name) == 0) {
            return i;
        }
    }
    fail_msg("no lane %s", name);
    return -1;
}

static int32_t detector_of(const char *name)
{
    for (int32_t i = 0; i < plan.detector_count; i++) {
        if (strcmp(plan.detector[i].name, name) == 0) {
            return i;
        }
    }
    fail_msg("no detector %s", name);
    return -1;
}

static const char *state_of_stage(int32_t stage_ix)
{
    static char state[SUMO_LINK_MAX + 1];
    int32_t aspect[SG_MAX];
    for (uint32_t i = 0; i < SG_MAX; i++) {
        aspect[i] = (plan.stage[stage_ix].sg & bit32(i)) != 0 ? ASPECT_GREEN : ASPECT_RED;
    }
    sumo_map_state(&map, aspect, state);
    return state;
}

static void three_arms_become_a_junction(void **state)
{
    (void)state;
    read_golden("three-arms.net.xml");
    import_and_load("c");
    assert_int_equal(made, 1);
    assert_true(was_told(IMPORT_DONE, "4 groups, 3 stages, 5 lanes"));
    assert_int_equal(plan.pattern_count, 3);
    assert_int_equal(plan.pattern[0].strategy, STRATEGY_FIXED);
    assert_int_equal(plan.pattern[0].cycle_ms, 90000);
    assert_int_equal(plan.pattern[2].strategy, STRATEGY_ADAPTIVE);
    assert_int_equal(plan.stage[0].next, 0x6);
    /* The left turn of V1 gives way to V3 and V4 while all are green; V2 waits for its stage. */
    assert_int_equal(plan.safety.intergreen_ms[sg_of("V1")][sg_of("V2")], 3000);
    assert_true(safety_conflict(&plan.safety, sg_of("V1"), sg_of("V2")));
    assert_false(safety_conflict(&plan.safety, sg_of("V1"), sg_of("V4")));
    assert_int_equal(plan.safety.intergreen_ms[sg_of("V1")][sg_of("V4")], 3000);
    assert_int_equal(plan.safety.intergreen_ms[sg_of("V2")][sg_of("V3")], NO_CONFLICT_MS);
    assert_int_equal(plan.movement[1].turn, TURN_LEFT);
    assert_int_equal(plan.movement[1].yields_to, bit32(sg_of("V3")) | bit32(sg_of("V4")));
    assert_int_equal(plan.movement[0].yields_to, 0);
}

static void stages_show_what_the_programme_showed(void **state)
{
    (void)state;
    read_golden("three-arms.net.xml");
    import_and_load("c");
    assert_string_equal(state_of_stage(0), "GgrrGGG");
    assert_string_equal(state_of_stage(1), "GGrrrrr");
    assert_string_equal(state_of_stage(2), "rrGGGrr");
}

static void a_turn_yields_until_its_foe_is_red(void **state)
{
    (void)state;
    char letters[SUMO_LINK_MAX + 1];
    int32_t aspect[SG_MAX] = { ASPECT_DARK };
    read_golden("three-arms.net.xml");
    import_and_load("c");
    aspect[sg_of("V1")] = ASPECT_GREEN;
    aspect[sg_of("V2")] = ASPECT_RED_YELLOW;
    aspect[sg_of("V3")] = ASPECT_RED;
    aspect[sg_of("V4")] = ASPECT_YELLOW;
    sumo_map_state(&map, aspect, letters);
    assert_string_equal(letters, "Gguuryy");
    aspect[sg_of("V4")] = ASPECT_RED;
    sumo_map_state(&map, aspect, letters);
    assert_string_equal(letters, "GGuurrr");
}

static void a_stub_is_judged_by_what_feeds_it(void **state)
{
    (void)state;
    read_golden("three-arms.net.xml");
    import_and_load("c");
    const struct lane *lane = &plan.lane[lane_of("s1")];
    assert_in_range(lane->length_cm, 11000, 11200);
    const int32_t stop = detector_of("s1_stop");
    assert_string_equal(map.detector[stop].lane[0], "s_in_0");
    assert_true((plan.detector[stop].roles & DETECTOR_RED_LOCK) != 0);
    assert_int_equal(plan.movement[2].lane_ix, plan.movement[3].lane_ix);
    assert_int_equal(plan.movement[2].share_permille + plan.movement[3].share_permille, 1000);
}

static void a_street_of_two_edges_is_one_lane(void **state)
{
    (void)state;
    read_golden("three-arms.net.xml");
    import_and_load("c");
    const struct sumo_detector *zone = &map.detector[detector_of("w1_cam")];
    assert_int_equal(zone->lane_count, 2);
    assert_string_equal(zone->lane[0], "w_in_0");
    assert_string_equal(zone->lane[1], "w_on_0");
    assert_string_equal(map.detector[detector_of("w1_far")].lane[0], "w_in_0");
    assert_string_equal(map.detector[detector_of("w1_mid")].lane[0], "w_on_0");
    assert_int_equal(plan.lane[lane_of("w1")].approach_deg, plan.lane[lane_of("w2")].approach_deg);
}

/* With 14 m instead of 0.2 the two lanes of the southern arm are lanes, and what they spring from
 * is seen as their approach. */
static void a_street_that_widens_is_seen_upstream(void **state)
{
    (void)state;
    read_golden("three-arms.net.xml");
    swap("speed=\"13.89\" length=\"0.20\"", "speed=\"13.89\" length=\"14.00\"");
    import_and_load("c");
    const struct detector *loop = &plan.detector[detector_of("s_feed1")];
    const struct detector *zone = &plan.detector[detector_of("s_feedcam1")];
    assert_int_equal(plan.lane[lane_of("s1")].length_cm, 1400);
    assert_int_equal(plan.lane[lane_of("s2")].length_cm, 1400);
    assert_int_equal(loop->lane_ix, lane_of("s1"));
    assert_int_equal(loop->roles, DETECTOR_COUNTS);
    assert_int_equal(loop->sg, 0);
    assert_int_equal(loop->distance_cm, 9800);
    assert_int_equal(zone->lane_ix, lane_of("s1"));
    assert_int_equal(zone->roles, DETECTOR_COUNTS | DETECTOR_QUEUE);
    assert_int_equal(zone->distance_cm, 2117); /* 7.17 m lie between the edges */
    assert_int_equal(zone->distance_cm + zone->length_cm, 10000);
    const struct sumo_detector *s = &map.detector[detector_of("s_feedcam1")];
    assert_int_equal(s->lane_count, 1);
    assert_string_equal(s->lane[0], "s_in_0");
    assert_true(s->pos_m > 25.1 && s->pos_m < 25.2);
    assert_true(s->end_pos_m > 103.9 && s->end_pos_m < 104.1);
    s = &map.detector[detector_of("s_feed1")];
    assert_string_equal(s->lane[0], "s_in_0");
    assert_true(s->pos_m > 26.1 && s->pos_m < 26.2);
}

static void where_less_than_10_m_remain_nothing_feeds(void **state)
{
    (void)state;
    read_golden("three-arms.net.xml");
    swap("speed=\"13.89\" length=\"0.20\"", "speed=\"13.89\" length=\"83.00\"");
    import_and_load("c");
    for (int32_t i = 0; i < plan.detector_count; i++) {
        assert_null(strstr(plan.detector[i].name, "feed"));
    }
}

static void no_detector_is_further_than_100_m(void **state)
{
    (void)state;
    read_golden("three-arms.net.xml");
    import_and_load("c");
    for (int32_t i = 0; i < plan.detector_count; i++) {
        const struct detector *d = &plan.detector[i];
        assert_true(d->distance_cm + d->length_cm <= 10000);
        assert_true(map.detector[i].lane_count > 0);
    }
    for (int32_t m = 0; m < plan.movement_count; m++) {
        const int32_t exit = plan.movement[m].exit_detector_ix;
        assert_true(exit >= 0 && (plan.detector[exit].roles & DETECTOR_EXIT) != 0);
    }
}

static void without_cameras_there_are_loops_only(void **state)
{
    (void)state;
    read_golden("three-arms.net.xml");
    options.places_cameras = false;
    import_and_load("c");
    assert_true(plan.detector_count > 0);
    for (int32_t i = 0; i < plan.detector_count; i++) {
        assert_int_equal(plan.detector[i].type, DETECTOR_LOOP);
    }
}

static void two_lights_know_each_other(void **state)
{
    (void)state;
    read_golden("two-lights.net.xml");
    import_and_load("A0");
    assert_int_equal(made, 2);
    int32_t led = 0;
    for (int32_t m = 0; m < plan.movement_count; m++) {
        led += strcmp(plan.movement[m].exit, "B0/w1") == 0 ? 1 : 0;
        assert_true(plan.movement[m].exit[0] == '\0' || plan.movement[m].exit_length_cm == 13560);
    }
    assert_int_equal(led, 3);
}

static void crossings_become_pedestrian_groups(void **state)
{
    (void)state;
    read_golden("two-lights.net.xml");
    import_and_load("A0");
    const uint32_t p1 = sg_of("P1");
    assert_int_equal(plan.safety.sg_type[p1], SG_PEDESTRIAN);
    /* 6.4 m at 1.2 m/s. */
    assert_int_equal(plan.safety.ped_clear_ms[p1], 5400);
    assert_int_equal(plan.safety.intergreen_ms[p1][sg_of("V1")], 5400);
    assert_true((plan.stage[0].recall & RECALL_PED) != 0);
    /* The phase in which people clear the crossing is no stage. */
    assert_int_equal(plan.stage_count, 2);
}

static void conflicting_greens_are_split(void **state)
{
    (void)state;
    read_golden("three-arms.net.xml");
    swap("\"rrGGGrr\"", "\"rrGGGGG\"");
    swap("\"rryyyrr\"", "\"rryyyyy\"");
    import_and_load("c");
    assert_true(was_told(IMPORT_REPAIRED, "split into 2 stages"));
    assert_int_equal(plan.pattern[0].cycle_ms, 90000);
    assert_int_equal(plan.pattern[0].step_count, 4);
}

static void a_light_without_yellow_gets_one(void **state)
{
    (void)state;
    read_golden("three-arms.net.xml");
    swap("\"rryyyrr\"", "\"rrrrrrr\"");
    import_and_load("c");
    assert_true(was_told(IMPORT_REPAIRED, "V2 closes without yellow"));
    assert_int_equal(plan.safety.yellow_ms[sg_of("V2")], 3000);
}

static void all_red_of_the_programme_is_kept(void **state)
{
    (void)state;
    read_golden("three-arms.net.xml");
    swap("<phase duration=\"37\"",
         "<phase duration=\"2\" state=\"rrrrrrr\"/><phase duration=\"37\"");
    import_and_load("c");
    assert_int_equal(plan.safety.intergreen_ms[sg_of("V1")][sg_of("V2")], 5000);
    assert_int_equal(plan.pattern[0].cycle_ms, 92000);
}

static void options_win_over_the_network(void **state)
{
    (void)state;
    read_golden("three-arms.net.xml");
    options.yellow_ms = 4000;
    options.all_red_ms = 2000;
    import_and_load("c");
    assert_int_equal(plan.safety.yellow_ms[0], 4000);
    assert_int_equal(plan.safety.intergreen_ms[sg_of("V2")][sg_of("V1")], 6000);
    assert_int_equal(plan.pattern[0].cycle_ms, 90000);
}

static void the_street_profile_passes_too(void **state)
{
    (void)state;
    read_golden("two-lights.net.xml");
    options.profile = PROFILE_TR;
    import_and_load("A0");
    assert_int_equal(plan.safety.profile, PROFILE_TR);
    assert_true(plan.safety.red_yellow_ms[0] >= 1000);
    assert_int_equal(plan.safety.ped_clear_ms[sg_of("P1")], 6400);
}

static void the_offset_is_kept(void **state)
{
    (void)state;
    read_golden("three-arms.net.xml");
    swap("programID=\"0\" offset=\"0\"", "programID=\"0\" offset=\"10\"");
    import_and_load("c");
    /* Green of the first stage begins 10 s after midnight, 3 s after its step. */
    assert_int_equal(plan.pattern[0].offset_ms, 83000);
}

static void right_on_red_shows_its_letter(void **state)
{
    (void)state;
    read_golden("three-arms.net.xml");
    swap("\"GgrrGGG\"", "\"GgsrGGG\"");
    swap("\"ygrryyy\"", "\"ygsryyy\"");
    swap("\"GGrrrrr\"", "\"GGsrrrr\"");
    swap("\"yyrrrrr\"", "\"yysrrrr\"");
    import_and_load("c");
    assert_string_equal(state_of_stage(1), "GGsrrrr");
    assert_true(plan.lane[lane_of("s1")].turn_on_red);
}

static void a_link_that_is_never_green_is_told(void **state)
{
    (void)state;
    read_golden("three-arms.net.xml");
    swap("\"GgrrGGG\"", "\"GgrrGGr\"");
    swap("\"ygrryyy\"", "\"ygrryyr\"");
    import_and_load("c");
    assert_true(was_told(IMPORT_WARNING, "link 6 is never green"));
    assert_int_equal(map.sg_of_link[6], SUMO_CONST_RED);
}

static void a_light_with_nothing_to_choose_is_left_out(void **state)
{
    (void)state;
    read_golden("three-arms.net.xml");
    swap("\"GGrrrrr\"", "\"GgrrGGG\"");
    swap("\"rrGGGrr\"", "\"GgrrGGG\"");
    assert_int_equal(import_text(), STATUS_OK);
    assert_int_equal(made, 0);
    assert_true(was_told(IMPORT_LEFT_OUT, "one stage only"));
}

static void unknown_letters_leave_a_light_out(void **state)
{
    (void)state;
    read_golden("three-arms.net.xml");
    swap("\"GgrrGGG\"", "\"GgrrGxG\"");
    assert_int_equal(import_text(), STATUS_OK);
    assert_int_equal(made, 0);
    assert_true(was_told(IMPORT_LEFT_OUT, "unknown letter 'x'"));
    notes.count = 0;
    read_golden("three-arms.net.xml");
    swap("\"GgrrGGG\"", "\"GgrrG\"");
    assert_int_equal(import_text(), STATUS_OK);
    assert_true(was_told(IMPORT_LEFT_OUT, "5 letters for 7 links"));
}

static void a_network_without_lights_is_said_so(void **state)
{
    (void)state;
    (void)snprintf(text, sizeof text,
                   "<net><edge id=\"a\"><lane id=\"a_0\" index=\"0\"/></edge></net>");
    assert_int_equal(import_text(), STATUS_NOT_FOUND);
    assert_true(was_told(IMPORT_LEFT_OUT, "no traffic lights"));
}

static void foreign_files_are_refused(void **state)
{
    (void)state;
    (void)snprintf(text, sizeof text, "<additional><tlLogic id=\"a\"/></additional>");
    assert_int_equal(import_text(), STATUS_INVALID);
    assert_true(was_told(IMPORT_LEFT_OUT, "first element is <additional>"));
    (void)snprintf(text, sizeof text, "junction: a\n");
    assert_int_equal(import_text(), STATUS_INVALID);
    assert_int_equal(import_sumo(in_scratch("nothing"), "/tmp", &options, on_note, &notes, &made),
                     STATUS_IO);
}

static void what_is_there_is_not_overwritten(void **state)
{
    (void)state;
    read_golden("three-arms.net.xml");
    assert_int_equal(import_text(), STATUS_OK);
    assert_int_equal(import_text(), STATUS_REFUSED);
    assert_int_equal(made, 0);
    assert_true(was_told(IMPORT_LEFT_OUT, "is there already"));
    load("c");
}

/* Nonsense in any attribute may leave a light out, but never ends in a crash or in a directory that
 * does not pass. */
static void torn_networks_never_crash(void **state)
{
    (void)state;
    static char whole[TEXT_BYTES];
    read_golden("three-arms.net.xml");
    memcpy(whole, text, sizeof whole);
    uint32_t seed = 7;
    const size_t size = strlen(whole);
    for (int32_t i = 0; i < 300; i++) {
        memcpy(text, whole, size + 1);
        for (int32_t k = 0; k < 4; k++) {
            seed = seed * 1664525U + 1013904223U;
            const size_t at = (seed >> 8) % size;
            if (strchr("<>\"/=&", text[at]) == NULL) {
                static const char letters[] = "0123456789Ggyrs_-. ";
                text[at] = letters[(seed >> 3) % (sizeof letters - 1)];
            }
        }
        notes.count = 0;
        if (import_text() == STATUS_OK && made == 1) {
            for (int32_t n = 0; n < notes.count; n++) {
                if (notes.note[n].kind == IMPORT_DONE) {
                    char name[32];
                    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(notes.note[n].text, ":"),
                                   notes.note[n].text);
                    char path[PATH_BYTES];
                    (void)snprintf(path, sizeof path, "%s/out/%s", scratch, name);
                    memset(&diag, 0, sizeof diag);
                    assert_int_equal(plan_load(path, &plan, &site, &diag), STATUS_OK);
                    assert_int_equal(sumo_map_read(path, &plan, &map, &diag), STATUS_OK);
                }
            }
        }
        (void)nftw(in_scratch("out"), remove_one, 8, FTW_DEPTH | FTW_PHYS);
    }
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, make_scratch, clear_scratch)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(three_arms_become_a_junction),
        CASE(stages_show_what_the_programme_showed),
        CASE(a_turn_yields_until_its_foe_is_red),
        CASE(a_stub_is_judged_by_what_feeds_it),
        CASE(a_street_of_two_edges_is_one_lane),
        CASE(a_street_that_widens_is_seen_upstream),
        CASE(where_less_than_10_m_remain_nothing_feeds),
        CASE(no_detector_is_further_than_100_m),
        CASE(without_cameras_there_are_loops_only),
        CASE(two_lights_know_each_other),
        CASE(crossings_become_pedestrian_groups),
        CASE(conflicting_greens_are_split),
        CASE(a_light_without_yellow_gets_one),
        CASE(all_red_of_the_programme_is_kept),
        CASE(options_win_over_the_network),
        CASE(the_street_profile_passes_too),
        CASE(the_offset_is_kept),
        CASE(right_on_red_shows_its_letter),
        CASE(a_link_that_is_never_green_is_told),
        CASE(a_light_with_nothing_to_choose_is_left_out),
        CASE(unknown_letters_leave_a_light_out),
        CASE(a_network_without_lights_is_said_so),
        CASE(foreign_files_are_refused),
        CASE(what_is_there_is_not_overwritten),
        CASE(torn_networks_never_crash),
    };
    return RUN_TESTS(tests);
}
