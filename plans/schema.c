#include "schema.h"

#include <string.h>

#include "decimal.h"
#include "defaults.h"
#include "format.h"
#include "rules.h"

#define NAME_PATTERN "^[A-Za-z0-9_-]{1,23}$"

static void print_text(const char *text, FILE *out)
{
    (void)fputc('"', out);
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\') {
            (void)fputc('\\', out);
        }
        (void)fputc(*p, out);
    }
    (void)fputc('"', out);
}

/* A value in C units as people write it. */
static const char *written(const struct field *f, int32_t value, char *buffer, size_t size)
{
    return decimal_format(value / format_factor(f->type), format_places(f->type), 0, buffer, size);
}

static bool is_number(int32_t type)
{
    switch ((enum field_type)type) {
    case FIELD_SECONDS:
    case FIELD_MINUTES:
    case FIELD_METRES:
    case FIELD_KMH:
    case FIELD_MPS:
    case FIELD_PERCENT:
    case FIELD_PERMILLE:
    case FIELD_INT:
    case FIELD_INPUTS:
    case FIELD_SPLITS:
    case FIELD_MATRIX:
        return true;
    case FIELD_BOOL:
    case FIELD_WORD:
    case FIELD_WORDS:
    case FIELD_NAME:
    case FIELD_TEXT:
    case FIELD_REF:
    case FIELD_REFS:
    case FIELD_SHAPE:
    case FIELD_NAMED:
    case FIELD_LIST:
    case FIELD_RINGS:
    case FIELD_MODES:
    case FIELD_DAYS:
    case FIELD_DATE:
    case FIELD_INSTANT:
    case FIELD_KEYS:
        return false;
    }
    return false;
}

static bool has_constant_default(const struct field *f)
{
    return f->otherwise != FIELD_REQUIRED && f->otherwise != FIELD_BY_TYPE &&
           f->otherwise != FIELD_COMPUTED;
}

/* ---- JSON Schema ---- */

static void print_number(const struct field *f, FILE *out)
{
    char least[24];
    char most[24];
    (void)fprintf(out, "\"type\": \"%s\", \"minimum\": %s, \"maximum\": %s",
                  format_places(f->type) > 0 ? "number" : "integer",
                  written(f, f->least, least, sizeof least),
                  written(f, f->most, most, sizeof most));
}

static void print_words(const struct field *f, FILE *out)
{
    (void)fputs("\"enum\": [", out);
    for (int32_t i = 0; f->words[i] != NULL; i++) {
        (void)fprintf(out, "%s\"%s\"", i > 0 ? ", " : "", f->words[i]);
    }
    (void)fputc(']', out);
}

/* Phases are named by numbers, which YAML readers hand on as numbers. */
static void print_ref(int32_t ref, FILE *out)
{
    (void)fputs(ref == REF_PHASE ? "\"type\": [\"integer\", \"string\"]" : "\"type\": \"string\"",
                out);
}

static void print_scalar_type(const struct field *f, FILE *out)
{
    switch ((enum field_type)f->type) {
    case FIELD_BOOL:
        (void)fputs("\"type\": \"boolean\"", out);
        break;
    case FIELD_WORD:
        print_words(f, out);
        break;
    case FIELD_WORDS:
        (void)fputs("\"type\": \"array\", \"uniqueItems\": true, \"items\": {", out);
        print_words(f, out);
        (void)fputc('}', out);
        break;
    case FIELD_NAME:
        (void)fputs("\"type\": [\"string\", \"integer\"], \"pattern\": \"" NAME_PATTERN "\"", out);
        break;
    case FIELD_TEXT:
        (void)fprintf(out, "\"type\": \"string\", \"minLength\": 1, \"maxLength\": %d",
                      f->most - 1);
        break;
    case FIELD_REF:
        print_ref(f->of, out);
        break;
    case FIELD_REFS:
        (void)fprintf(out,
                      "\"type\": \"array\", \"uniqueItems\": true, \"minItems\": %d, \"items\": {",
                      f->least > 0 ? 1 : 0);
        print_ref(f->of, out);
        (void)fputc('}', out);
        break;
    case FIELD_SECONDS:
    case FIELD_MINUTES:
    case FIELD_METRES:
    case FIELD_KMH:
    case FIELD_MPS:
    case FIELD_PERCENT:
    case FIELD_PERMILLE:
    case FIELD_INT:
    case FIELD_SHAPE:
    case FIELD_NAMED:
    case FIELD_LIST:
    case FIELD_MATRIX:
    case FIELD_RINGS:
    case FIELD_SPLITS:
    case FIELD_MODES:
    case FIELD_DAYS:
    case FIELD_INPUTS:
    case FIELD_DATE:
    case FIELD_INSTANT:
    case FIELD_KEYS:
        print_number(f, out);
        break;
    }
}

/* Mappings whose keys are names. */
static void print_named(const struct field *f, FILE *out)
{
    (void)fputs("\"type\": \"object\", ", out);
    if (f->type == FIELD_NAMED || f->type == FIELD_DAYS) {
        (void)fprintf(out, "\"minProperties\": %d, \"maxProperties\": %d, ",
                      f->type == FIELD_NAMED ? f->least : 1, f->most);
    }
    (void)fputs(
        "\"propertyNames\": {\"pattern\": \"" NAME_PATTERN "\"}, \"additionalProperties\": {", out);
    if (f->type == FIELD_NAMED) {
        (void)fprintf(out, "\"$ref\": \"#/definitions/%s\"", format_shapes[f->of].name);
    } else if (f->type == FIELD_MATRIX) {
        (void)fputs("\"type\": \"object\", \"additionalProperties\": {\"oneOf\": [{", out);
        print_number(f, out);
        (void)fprintf(out, "}, {\"$ref\": \"#/definitions/%s\"}]}", format_shapes[f->of].name);
    } else if (f->type == FIELD_DAYS) {
        (void)fprintf(out,
                      "\"type\": \"object\", \"required\": [\"00:00\"], \"maxProperties\": %d, "
                      "\"propertyNames\": {\"pattern\": \"^([01][0-9]|2[0-3]):[0-5][0-9]$\"}, "
                      "\"additionalProperties\": {\"type\": \"string\"}",
                      DAY_EVENT_MAX);
    } else if (f->type == FIELD_MODES) {
        print_words(f, out);
    } else {
        print_number(f, out);
    }
    (void)fputc('}', out);
}

static void print_type(const struct field *f, FILE *out)
{
    if (f->type == FIELD_SHAPE) {
        (void)fprintf(out, "\"allOf\": [{\"$ref\": \"#/definitions/%s\"}]",
                      format_shapes[f->of].name);
    } else if (f->type == FIELD_LIST) {
        (void)fprintf(
            out,
            "\"type\": \"array\", \"minItems\": %d, \"maxItems\": %d, \"items\": {\"$ref\": "
            "\"#/definitions/%s\"}",
            f->least, f->most, format_shapes[f->of].name);
    } else if (f->type == FIELD_RINGS) {
        (void)fprintf(
            out,
            "\"type\": \"array\", \"minItems\": 1, \"maxItems\": %d, \"items\": {\"type\": "
            "\"string\", \"pattern\": \"^[0-9 |]+$\"}",
            f->most);
    } else if (f->type == FIELD_DATE) {
        (void)fputs("\"type\": \"string\", \"pattern\": \"^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$\"", out);
    } else if (f->type == FIELD_INSTANT) {
        (void)fputs("\"type\": \"string\", \"pattern\": "
                    "\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$\"",
                    out);
    } else if (f->type == FIELD_KEYS) {
        (void)fprintf(
            out,
            "\"type\": \"array\", \"minItems\": 1, \"maxItems\": %d, \"items\": {\"type\": "
            "\"string\", \"pattern\": \"^[0-9A-Fa-f]{64}$\"}",
            f->most);
    } else if (f->type == FIELD_NAMED || f->type == FIELD_MATRIX || f->type == FIELD_DAYS ||
               f->type == FIELD_MODES || f->type == FIELD_SPLITS || f->type == FIELD_INPUTS) {
        print_named(f, out);
    } else {
        print_scalar_type(f, out);
    }
}

static void print_default(const struct field *f, FILE *out)
{
    char buffer[24];
    if (!has_constant_default(f)) {
        return;
    }
    if (f->type == FIELD_BOOL) {
        (void)fprintf(out, ", \"default\": %s", f->otherwise != 0 ? "true" : "false");
    } else if (f->type == FIELD_WORD) {
        (void)fprintf(out, ", \"default\": \"%s\"", f->words[f->otherwise]);
    } else if (is_number(f->type) && f->offset != FIELD_NOWHERE && f->otherwise >= f->least) {
        (void)fprintf(out, ", \"default\": %s", written(f, f->otherwise, buffer, sizeof buffer));
    }
}

/* The inside of one mapping. */
static void print_shape(int32_t shape, FILE *out)
{
    (void)fputs("\"type\": \"object\", \"additionalProperties\": false, \"description\": ", out);
    print_text(format_shapes[shape].text, out);
    (void)fputs(",\n   \"required\": [", out);
    const char *comma = "";
    for (size_t i = 0; i < format_field_count; i++) {
        const struct field *f = &format_fields[i];
        if (f->shape == shape && f->otherwise == FIELD_REQUIRED) {
            (void)fprintf(out, "%s\"%s\"", comma, f->key);
            comma = ", ";
        }
    }
    (void)fputs("],\n   \"properties\": {", out);
    comma = "";
    for (size_t i = 0; i < format_field_count; i++) {
        const struct field *f = &format_fields[i];
        if (f->shape == shape) {
            (void)fprintf(out, "%s\n    \"%s\": {", comma, f->key);
            print_type(f, out);
            print_default(f, out);
            (void)fputs(", \"description\": ", out);
            print_text(f->text, out);
            (void)fputc('}', out);
            comma = ",";
        }
    }
    (void)fputs("}", out);
}

void schema_print_json(int32_t file, FILE *out)
{
    (void)fprintf(
        out,
        "{\"$schema\": \"http://json-schema.org/draft-07/schema#\",\n \"title\": \"Kavsak %s\","
        "\n \"definitions\": {",
        format_file_name(file));
    const char *comma = "";
    for (int32_t shape = 0; shape < SHAPE_COUNT; shape++) {
        if (format_shapes[shape].file == file && shape != format_root(file)) {
            (void)fprintf(out, "%s\n  \"%s\": {", comma, format_shapes[shape].name);
            print_shape(shape, out);
            (void)fputc('}', out);
            comma = ",";
        }
    }
    (void)fputs("},\n ", out);
    print_shape(format_root(file), out);
    (void)fputs("}\n", out);
}

/* ---- Markdown ---- */

static const char *type_word(const struct field *f)
{
    switch ((enum field_type)f->type) {
    case FIELD_SECONDS:
    case FIELD_MINUTES:
    case FIELD_METRES:
    case FIELD_KMH:
    case FIELD_MPS:
    case FIELD_PERCENT:
    case FIELD_PERMILLE:
    case FIELD_INT:
        return "";
    case FIELD_BOOL:
        return "true or false";
    case FIELD_WORD:
        return "one of";
    case FIELD_WORDS:
        return "list of";
    case FIELD_NAME:
        return "name";
    case FIELD_TEXT:
        return "text";
    case FIELD_REF:
        return format_ref_name(f->of);
    case FIELD_REFS:
        return "list: ";
    case FIELD_SHAPE:
        return "mapping: ";
    case FIELD_NAMED:
        return "by name: ";
    case FIELD_LIST:
        return "list of ";
    case FIELD_MATRIX:
        return "group to group to seconds, or to ";
    case FIELD_RINGS:
        return "list of rings";
    case FIELD_SPLITS:
        return "phase to seconds";
    case FIELD_MODES:
        return "phase to one of";
    case FIELD_DAYS:
        return "name to time to plan";
    case FIELD_INPUTS:
        return "detector to input";
    case FIELD_DATE:
        return "date";
    case FIELD_INSTANT:
        return "instant";
    case FIELD_KEYS:
        return "list of keys";
    }
    return "";
}

static void print_kind(const struct field *f, FILE *out)
{
    char least[24];
    char most[24];
    (void)fputs(type_word(f), out);
    if (f->words != NULL) {
        for (int32_t i = 0; f->words[i] != NULL; i++) {
            (void)fprintf(out, "%s `%s`", i > 0 ? "," : "", f->words[i]);
        }
    } else if (f->type == FIELD_REFS) {
        (void)fputs(format_ref_name(f->of), out);
    } else if (f->type == FIELD_SHAPE || f->type == FIELD_NAMED || f->type == FIELD_LIST ||
               f->type == FIELD_MATRIX) {
        (void)fprintf(out, "[%s](#%s)", format_shapes[f->of].name, format_shapes[f->of].name);
    } else if (is_number(f->type)) {
        const char *unit = format_unit(f->type);
        (void)fprintf(out, "%s%s to %s%s%s", type_word(f)[0] != '\0' ? ", " : "",
                      written(f, f->least, least, sizeof least),
                      written(f, f->most, most, sizeof most), unit[0] != '\0' ? " " : "", unit);
    }
}

static void print_otherwise(const struct field *f, FILE *out)
{
    char buffer[24];
    if (f->otherwise == FIELD_REQUIRED) {
        (void)fputs("**required**", out);
    } else if (f->otherwise == FIELD_BY_TYPE) {
        (void)fputs("by type", out);
    } else if (f->otherwise == FIELD_COMPUTED) {
        (void)fputs("see text", out);
    } else if (f->type == FIELD_BOOL) {
        (void)fputs(f->otherwise != 0 ? "true" : "false", out);
    } else if (f->type == FIELD_WORD) {
        (void)fputs(f->words[f->otherwise], out);
    } else if (is_number(f->type) && f->offset != FIELD_NOWHERE && f->otherwise >= f->least) {
        (void)fputs(written(f, f->otherwise, buffer, sizeof buffer), out);
    } else {
        (void)fputs("none", out);
    }
}

void schema_print_keys(FILE *out)
{
    for (int32_t shape = 0; shape < SHAPE_COUNT; shape++) {
        const struct shape_text *s = &format_shapes[shape];
        if (shape == format_root(s->file)) {
            (void)fprintf(out, "## %s\n\n", format_file_name(s->file));
        } else {
            (void)fprintf(out, "### %s\n\n", s->name);
        }
        (void)fprintf(out, "%s\n\n| key | value | default | meaning |\n|---|---|---|---|\n",
                      s->text);
        for (size_t i = 0; i < format_field_count; i++) {
            const struct field *f = &format_fields[i];
            if (f->shape != shape) {
                continue;
            }
            (void)fprintf(out, "| `%s` | ", f->key);
            print_kind(f, out);
            (void)fputs(" | ", out);
            print_otherwise(f, out);
            (void)fputs(" | ", out);
            for (const char *p = f->text; *p != '\0'; p++) {
                (void)fprintf(out, *p == '|' ? "\\%c" : "%c", *p);
            }
            (void)fputs(" |\n", out);
        }
        (void)fputc('\n', out);
    }
}

static void print_ms(int32_t ms, FILE *out)
{
    char buffer[24];
    (void)fprintf(out, " %s |", decimal_format(ms / 100, 1, 1, buffer, sizeof buffer));
}

void schema_print_defaults(FILE *out)
{
    (void)fputs("| profile | type | minimum green or walk | green flash | yellow | red-yellow | "
                "minimum red |\n"
                "|---|---|---|---|---|---|---|\n",
                out);
    for (int32_t profile = PROFILE_TR; profile <= PROFILE_BENCH; profile++) {
        for (int32_t type = 0; type < SG_TYPE_COUNT; type++) {
            const struct group_defaults *d = defaults_of(profile, type);
            (void)fprintf(out, "| %s | %s |", words_profile[profile], words_sg_type[type]);
            print_ms(d->min_green_ms, out);
            print_ms(d->green_flash_ms, out);
            print_ms(d->yellow_ms, out);
            print_ms(d->red_yellow_ms, out);
            print_ms(d->min_red_ms, out);
            (void)fputc('\n', out);
        }
    }
    (void)fputs(
        "\n| profile | least yellow | least green | least walk | red-yellow, 0 or from | to | "
        "start-up "
        "flash | start-up yellow | walking speed, m/s |\n|---|---|---|---|---|---|---|---|---|\n",
        out);
    for (int32_t profile = PROFILE_TR; profile <= PROFILE_BENCH; profile++) {
        const struct profile_limits *l = defaults_limits(profile);
        char speed[24];
        (void)fprintf(out, "| %s |", words_profile[profile]);
        print_ms(l->yellow_least_ms, out);
        print_ms(l->green_least_ms, out);
        print_ms(l->walk_least_ms, out);
        print_ms(l->red_yellow_least_ms, out);
        print_ms(l->red_yellow_most_ms, out);
        print_ms(l->flash_least_ms, out);
        print_ms(l->startup_yellow_least_ms, out);
        (void)fprintf(out, " %s |\n",
                      decimal_format(l->walking_speed_cmps, 2, 1, speed, sizeof speed));
    }
}

void schema_print_rules(FILE *out, bool is_markdown)
{
    size_t count = 0;
    const struct rule_text *rules = rules_all(&count);
    if (is_markdown) {
        (void)fputs("| rule | | what holds | what to do |\n|---|---|---|---|\n", out);
    }
    for (size_t i = 0; i < count; i++) {
        const struct rule_text *t = &rules[i];
        const char *level = t->level == DIAG_ERROR ? "error" : "warning";
        if (!is_markdown) {
            (void)fprintf(out, "P%03d  %-7s  %s\n               %s\n", t->rule, level, t->demand,
                          t->cure);
            continue;
        }
        (void)fprintf(out, "| P%03d | %s | ", t->rule, level);
        const char *const texts[2] = { t->demand, t->cure };
        for (uint32_t k = 0; k < 2; k++) {
            for (const char *p = texts[k]; *p != '\0'; p++) {
                (void)fprintf(out, *p == '|' || *p == '*' ? "\\%c" : "%c", *p);
            }
            (void)fputs(" | ", out);
        }
        (void)fputc('\n', out);
    }
}
