/* Tables as comma-separated lines, or as one object of JSON. */
#include "measures_io.h"

#include <inttypes.h>
#include <stdlib.h>

#include "hires_time.h"

/* As few digits as make the same number again. */
static void write_real(FILE *file, double value)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) <= value && strtod(text, NULL) >= value) {
            break;
        }
    }
    (void)fputs(text, file);
}

static void write_cell(const struct measures_output *out, enum measures_kind kind,
                       const union measures_cell *cell)
{
    const char *const quote = out->is_json ? "\"" : "";
    char time[HIRES_TIME_BYTES];
    switch (kind) {
    case MEASURES_TIME:
        hires_time_text(cell->whole, true, time);
        (void)fprintf(out->file, "%s%s%s", quote, time, quote);
        break;
    case MEASURES_WHOLE:
        (void)fprintf(out->file, "%" PRId64, cell->whole);
        break;
    case MEASURES_REAL:
        write_real(out->file, cell->real);
        break;
    case MEASURES_WORD:
        (void)fprintf(out->file, "%s%s%s", quote, measures_word(cell->whole), quote);
        break;
    case MEASURES_ROLE:
        (void)fprintf(out->file, "%s%s%s", quote, measures_function_name(cell->whole), quote);
        break;
    }
}

void measures_write_begin(struct measures_output *out, const char *table)
{
    const char *const quote = out->is_json ? "\"" : "";
    out->rows = 0;
    if (out->is_json) {
        (void)fprintf(out->file, "{\"table\":\"%s\",\"columns\":[", table);
    }
    for (uint32_t i = 0; i < out->column_count; i++) {
        (void)fprintf(out->file, "%s%s%s%s", i > 0 ? "," : "", quote, out->column[i].name, quote);
    }
    (void)fputs(out->is_json ? "],\"rows\":[" : "\n", out->file);
}

void measures_write_row(void *output, const struct measures_row *row)
{
    struct measures_output *out = output;
    if (row->cell[0].whole < out->from_ms || row->cell[0].whole >= out->until_ms) {
        return;
    }
    if (out->is_json) {
        (void)fputs(out->rows > 0 ? ",[" : "[", out->file);
    }
    for (uint32_t i = 0; i < out->column_count; i++) {
        if (i > 0) {
            (void)fputc(',', out->file);
        }
        write_cell(out, out->column[i].kind, &row->cell[i]);
    }
    (void)fputs(out->is_json ? "]" : "\n", out->file);
    out->rows++;
}

bool measures_write_end(struct measures_output *out)
{
    if (out->is_json) {
        (void)fputs("]}\n", out->file);
    }
    return fflush(out->file) == 0 && ferror(out->file) == 0;
}
