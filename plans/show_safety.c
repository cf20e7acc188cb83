/* Signal groups, the intergreen matrix and the way out of flash. */
#include "show_parts.h"

enum { MATRIX_COLUMNS = 12 }; /* side by side within 100 columns */

static void show_groups(const struct plan *p, FILE *out)
{
    const struct safety *s = &p->safety;
    (void)fprintf(out, "\nSignal groups (seconds)\n-----------------------\n");
    (void)fprintf(out,
                  "   #  name             type         min flash yell r-yel clear  minred maxred  "
                  "flash   R/Y/G\n");
    for (int32_t i = 0; i < p->sg_count; i++) {
        (void)fprintf(out, "  %2" PRId32 "  ", i + 1);
        show_cell(out, p->sg[i].name, 17);
        show_cell(out, show_sg_type(s->sg_type[i]), 11);
        show_time(out, s->min_green_ms[i], 5);
        show_time(out, s->green_flash_ms[i], 6);
        show_time(out, s->yellow_ms[i], 5);
        show_time(out, s->red_yellow_ms[i], 6);
        show_time(out, s->ped_clear_ms[i], 6);
        show_time(out, s->min_red_ms[i], 8);
        show_time(out, s->max_red_ms[i], 7);
        (void)fprintf(out, "  ");
        show_cell(out, show_flash(s->flash_aspect[i]), 8);
        for (int32_t lamp = 0; lamp < LAMP_COUNT; lamp++) {
            const int32_t output = s->lamps.output[i][lamp];
            (void)fputs(lamp > 0 ? "/" : "", out);
            if (output >= 0) {
                (void)fprintf(out, "%" PRId32, output);
            } else {
                (void)fprintf(out, "-");
            }
        }
        (void)fprintf(out, "\n");
    }
    (void)fprintf(out, "  start-up: flash %s s, ", seconds_text(s->startup_flash_ms).s);
    if (s->startup_yellow_ms > 0) {
        (void)fprintf(out, "yellow %s s, ", seconds_text(s->startup_yellow_ms).s);
    }
    (void)fprintf(out, "all red %s s\n", seconds_text(s->startup_all_red_ms).s);
}

/* Columns have the numbers of the groups; the rows say whose they are. */
static void show_matrix_head(int32_t from, int32_t until, FILE *out)
{
    (void)fprintf(out, "  end of green \\ start ");
    for (int32_t j = from; j < until; j++) {
        (void)fprintf(out, "%6" PRId32, j + 1);
    }
    (void)fprintf(out, "\n");
}

/* "p12.0": the mark stands before the number, so that no line ends in a blank. */
static void show_entry(const struct safety *s, int32_t from, int32_t to, FILE *out)
{
    const bool is_permissive = ((uint32_t)s->permissive[from] & bit32((uint32_t)to)) != 0;
    char text[20];
    if (from == to) {
        (void)snprintf(text, sizeof text, "\\");
    } else if (s->intergreen_ms[from][to] < 0) {
        (void)snprintf(text, sizeof text, ".");
    } else {
        (void)snprintf(text, sizeof text, "%s%s", is_permissive ? "p" : "",
                       seconds_text(s->intergreen_ms[from][to]).s);
    }
    (void)fprintf(out, "%6s", text);
}

static void show_matrix_part(const struct plan *p, int32_t from, int32_t until, FILE *out)
{
    show_matrix_head(from, until, out);
    for (int32_t i = 0; i < p->sg_count; i++) {
        (void)fprintf(out, "  %2" PRId32 "  ", i + 1);
        show_cell(out, p->sg[i].name, 17);
        for (int32_t j = from; j < until; j++) {
            show_entry(&p->safety, i, j, out);
        }
        (void)fprintf(out, "\n");
    }
}

static void show_matrix(const struct plan *p, FILE *out)
{
    (void)fprintf(out, "\nIntergreens (seconds; . no conflict, p may be green together)\n"
                       "---------------------------------------------------------------\n");
    for (int32_t from = 0; from < p->sg_count; from += MATRIX_COLUMNS) {
        show_matrix_part(p, from, min_i32(from + MATRIX_COLUMNS, p->sg_count), out);
    }
}

static void show_relations(const struct plan *p, FILE *out)
{
    if (p->relation_count == 0) {
        return;
    }
    (void)fprintf(out, "\nRelations\n---------\n");
    for (int32_t i = 0; i < p->relation_count; i++) {
        const struct relation *r = &p->relation[i];
        const char *a = p->sg[r->sg_a_ix].name;
        const char *b = p->sg[r->sg_b_ix].name;
        const struct seconds_text time = seconds_text(r->time_ms);
        switch ((enum relation_kind)r->kind) {
        case RELATION_EARLY_START:
            (void)fprintf(out, "  %s turns green %s s before %s\n", a, time.s, b);
            break;
        case RELATION_SAME_START:
            (void)fprintf(out, "  %s and %s turn green together\n", a, b);
            break;
        case RELATION_FOLLOW_ON:
            (void)fprintf(out, "  %s stays green %s s after %s\n", b, time.s, a);
            break;
        }
    }
}

void show_safety(const struct plan *p, FILE *out)
{
    show_groups(p, out);
    show_matrix(p, out);
    show_relations(p, out);
}
