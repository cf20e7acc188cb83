/* test_faults_judge: reads what the lamps of an emulated cabinet really did (docs/cabinet.md,
 * section 6) and has the oracle judge it by the laws and the safety file.
 *   test_faults_judge DIRECTORY LOG [FROM:TO]...
 * LOG: of one life of the cabinet's process, from the first line on.
 * FROM:TO (monotonic milliseconds): a lamp was broken on purpose, what it shows is not judged. Exit
 * 0: lawful; 1: the first violations are printed; 2 usage; 3 a file is unreadable. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cabinet.h"
#include "cabinet_emu.h"
#include "load.h"
#include "oracle.h"
#include "scan.h"

enum { PAUSE_MAX = 32, LINE_BYTES = 256, TOLD_MAX = 10, WORD_BYTES = 16 };

struct pause {
    int64_t from_ms, to_ms;
};

struct entry { /* one line of the log */
    int64_t mono_ms;
    char word[WORD_BYTES];
    int32_t number, value;
};

struct judge {
    const struct safety *safety;
    struct oracle oracle;
    size_t pause_count;
    struct pause pause[PAUSE_MAX];
    struct lamp_image lamps;
    bool is_changed, is_police;
    bool is_unseen; /* what is lit since a pause or the police */
    int64_t at_ms;  /* of the lamps */
    int64_t changes, flashes, greens, violations;
    bool was_flash, was_green[SG_MAX];
};

_Noreturn void require_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "bug: %s (%s:%d)\n", condition, file, line);
    abort();
}

static bool is_paused(const struct judge *j, int64_t at_ms)
{
    for (size_t i = 0; i < j->pause_count; i++) {
        if (at_ms >= j->pause[i].from_ms && at_ms <= j->pause[i].to_ms) {
            return true;
        }
    }
    return false;
}

/* Cabinet and controller flash alike: every group in its flash aspect. In service never. */
static bool is_flash(const struct safety *s, const int32_t aspect[SG_MAX])
{
    for (int32_t i = 0; i < s->sg_count; i++) {
        if (aspect[i] != s->flash_aspect[i]) {
            return false;
        }
    }
    return true;
}

static void count(struct judge *j, const int32_t aspect[SG_MAX], bool flash)
{
    j->changes++;
    j->flashes += flash && !j->was_flash ? 1 : 0;
    j->was_flash = flash;
    for (int32_t i = 0; i < j->safety->sg_count; i++) {
        const bool green = aspect[i] == ASPECT_GREEN;
        j->greens += green && !j->was_green[i] ? 1 : 0;
        j->was_green[i] = green;
    }
}

/* All lines of one moment are one change of the lamps. */
static void see(struct judge *j)
{
    if (!j->is_changed) {
        return;
    }
    j->is_changed = false;
    const struct safety *s = j->safety;
    int32_t aspect[SG_MAX];
    lamps_to_aspects(&s->lamps, s->sg_type, s->sg_count, &j->lamps, aspect);
    const bool flash = is_flash(s, aspect);
    count(j, aspect, flash);
    if (j->is_police || is_paused(j, j->at_ms)) {
        oracle_forget(&j->oracle);
        j->is_unseen = true;
        return;
    }
    j->is_unseen = false;
    const char *why = oracle_see(&j->oracle, (mono_t){ .ms = j->at_ms }, aspect, flash);
    if (why != NULL && ++j->violations <= TOLD_MAX) {
        (void)printf("%" PRId64 " ms: %s\n", j->at_ms, why);
    }
}

/* What was lit when a pause ended is looked at then, not when it next changes. */
static void resume(struct judge *j, int64_t now_ms)
{
    for (size_t i = 0; i < j->pause_count && j->is_unseen; i++) {
        if (j->pause[i].to_ms >= j->at_ms && j->pause[i].to_ms + 1 < now_ms) {
            j->at_ms = j->pause[i].to_ms + 1;
            j->is_changed = true;
            see(j);
        }
    }
}

static void set_lamp(struct judge *j, int32_t n, int32_t value)
{
    const uint32_t bit = bit32((uint32_t)n % 32);
    uint32_t *on = &j->lamps.on[n / 32];
    uint32_t *flash = &j->lamps.flash[n / 32];
    *on = value > 0 ? *on | bit : *on & ~bit;
    *flash = value > 1 ? *flash | bit : *flash & ~bit;
    j->is_changed = true;
}

static void take(struct judge *j, const struct entry *e)
{
    if (e->mono_ms != j->at_ms) {
        see(j);
        resume(j, e->mono_ms);
        j->at_ms = e->mono_ms;
    }
    if (strcmp(e->word, "lamp") == 0 && e->number >= 0 && e->number < LAMP_MAX) {
        set_lamp(j, e->number, e->value);
    }
    if (strcmp(e->word, "switch") == 0 && e->number == SWITCH_POLICE) {
        j->is_police = e->value == 1; /* all red by hand: L10 */
        oracle_forget(&j->oracle);
    }
}

static bool read_entry(const char *line, struct entry *e)
{
    int64_t wall = 0;
    int32_t cabinet = 0;
    memset(e, 0, sizeof *e);
    return sscanf(line, "%19" SCNd64 " %19" SCNd64 " %9" SCNd32 " %15s %9" SCNd32 " %9" SCNd32,
                  &e->mono_ms, &wall, &cabinet, e->word, &e->number, &e->value) == 6;
}

static bool read_log(struct judge *j, FILE *file)
{
    char line[LINE_BYTES];
    while (fgets(line, sizeof line, file) != NULL) {
        struct entry e;
        if (!read_entry(line, &e)) {
            (void)fprintf(stderr, "no line of a log: %s", line);
            return false;
        }
        take(j, &e);
    }
    see(j);
    return ferror(file) == 0;
}

static bool read_pause(struct judge *j, const char *text)
{
    const char *at = text;
    struct pause p = { 0 };
    if (j->pause_count == PAUSE_MAX || !scan_number(&at, 0, INT64_MAX, &p.from_ms) ||
        !scan_text(&at, ":") || !scan_whole(at, 0, INT64_MAX, &p.to_ms)) {
        return false;
    }
    j->pause[j->pause_count++] = p;
    return true;
}

int main(int argc, char **argv)
{
    static struct judge judge;
    static struct plan plan;
    static struct site site;
    static struct diag diag;
    bool good = argc >= 3;
    for (int i = 3; good && i < argc; i++) {
        good = read_pause(&judge, argv[i]);
    }
    if (!good) {
        (void)fprintf(stderr, "usage: test_faults_judge DIRECTORY LOG [FROM:TO]...\n");
        return 2;
    }
    FILE *log = fopen(argv[2], "re");
    if (log == NULL || plan_load(argv[1], &plan, &site, &diag) != STATUS_OK) {
        diag_print(&diag, stderr, false);
        (void)fprintf(stderr, "%s or %s cannot be read\n", argv[1], argv[2]);
        return 3;
    }
    judge.safety = &plan.safety;
    oracle_init(&judge.oracle, &plan.safety, ORACLE_NOT_JUDGED);
    good = read_log(&judge, log);
    (void)fclose(log);
    (void)printf("%" PRId64 " changes of lamps, %" PRId64 " greens, %" PRId64
                 " times to flash: %" PRId64 " violations\n",
                 judge.changes, judge.greens, judge.flashes, judge.violations);
    return good ? (judge.violations > 0 ? 1 : 0) : 3;
}
