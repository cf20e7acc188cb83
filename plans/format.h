/* format.h: the format of the four files as one table: every key with its type, unit, range,
 * default and meaning. The reader, `kavsak schema`, the checker's messages and docs/plan-format.md
 * are made from it. Holds no logic; what relates one key to another is a rule (rules.h). */
#ifndef KAVSAK_FORMAT_H
#define KAVSAK_FORMAT_H

#include "plan.h"
#include "site.h"

enum format_file { FILE_SAFETY, FILE_LANES, FILE_PLAN, FILE_SITE, FILE_COUNT };

/* A shape is a mapping with fixed keys. */
enum shape {
    SHAPE_SAFETY,
    SHAPE_STARTUP,
    SHAPE_GROUP,
    SHAPE_LAMPS,
    SHAPE_CELL,
    SHAPE_LANES,
    SHAPE_LANE,
    SHAPE_MOVEMENT,
    SHAPE_EXIT,
    SHAPE_DETECTOR,
    SHAPE_PLAN,
    SHAPE_STAGE,
    SHAPE_PHASE,
    SHAPE_OVERLAP,
    SHAPE_RELATION,
    SHAPE_PATTERN,
    SHAPE_STEP,
    SHAPE_SCHEDULE,
    SHAPE_WEEK,
    SHAPE_SEASON,
    SHAPE_SPECIAL_DAY,
    SHAPE_ONE_OFF,
    SHAPE_LADDER,
    SHAPE_SITE,
    SHAPE_CABINET,
    SHAPE_LINK,
    SHAPE_POINT,
    SHAPE_CAMERA,
    SHAPE_BROKER,
    SHAPE_SIGNING,
    SHAPE_COUNT
};

/* What names stand for: each kind has a table of its own. */
enum ref {
    REF_GROUP,
    REF_LANE,
    REF_DETECTOR,
    REF_STAGE,
    REF_PHASE,
    REF_OVERLAP,
    REF_PATTERN,
    REF_DAY,
    REF_WEEK,
    REF_LINK,
    REF_COUNT
};

enum field_type {
    /* Scalars, read by the table alone. */
    FIELD_SECONDS,  /* one decimal, to milliseconds */
    FIELD_MINUTES,  /* whole, to milliseconds */
    FIELD_METRES,   /* two decimals, to centimetres */
    FIELD_KMH,      /* whole, to centimetres per second */
    FIELD_MPS,      /* two decimals, to centimetres per second */
    FIELD_PERCENT,  /* whole */
    FIELD_PERMILLE, /* percent with one decimal, to thousandths */
    FIELD_INT,
    FIELD_BOOL,  /* to bool */
    FIELD_WORD,  /* one of words, to its place among them */
    FIELD_WORDS, /* list of words, to bits */
    FIELD_NAME,  /* copied; a name */
    FIELD_TEXT,  /* copied; any text without spaces and control characters */
    FIELD_REF,   /* a name of kind of, to its index */
    FIELD_REFS,  /* list of names, to a mask */
    /* Structure, read by code. */
    FIELD_SHAPE,   /* a mapping of shape of */
    FIELD_NAMED,   /* a mapping from names to shape of */
    FIELD_LIST,    /* a list of shape of */
    FIELD_MATRIX,  /* group -> group -> seconds or cell */
    FIELD_RINGS,   /* list of "1 2 | 3 4" */
    FIELD_SPLITS,  /* phase -> seconds */
    FIELD_MODES,   /* phase -> word */
    FIELD_DAYS,    /* name -> time of day -> plan */
    FIELD_INPUTS,  /* detector -> input number */
    FIELD_DATE,    /* "MM-DD" or "YYYY-MM-DD" */
    FIELD_INSTANT, /* "YYYY-MM-DDTHH:MM+03:00" */
    FIELD_KEYS     /* list of texts */
};

/* Special values of struct field.otherwise: not a constant but a rule said in the text. */
enum {
    FIELD_REQUIRED = INT32_MIN,
    FIELD_BY_TYPE = INT32_MIN + 1, /* from defaults.c, by profile and type of group */
    FIELD_COMPUTED = INT32_MIN + 2
};

/* Where the value goes: offset into the record; with a stride also ix elements further. */
enum { FIELD_NOWHERE = INT32_MAX };

struct field {
    int32_t shape; /* enum shape: the mapping it is a key of */
    const char *key;
    int32_t type; /* enum field_type */
    int32_t of;   /* enum shape or enum ref, by type */
    int32_t least,
        most; /* in the unit of C; texts: most bytes with the closing zero; lists: most items */
    int32_t otherwise; /* default in the unit of C, or one of the special values */
    int32_t offset, stride;
    const char *const *words;
    const char *text; /* what it means */
};

struct shape_text {
    const char *name;
    int32_t file; /* enum format_file */
    const char *text;
};

extern const struct field format_fields[];
extern const size_t format_field_count;
extern const struct shape_text format_shapes[SHAPE_COUNT];

const char *format_file_name(int32_t file);
int32_t format_root(int32_t file);
/* "s", "m", ... or "" */
const char *format_unit(int32_t type);
/* Decimals that people may write, and C units in the last of them (seconds: 1 and 100). */
int32_t format_places(int32_t type);
int32_t format_factor(int32_t type);
const char *format_ref_name(int32_t ref);

/* Records of keys that end in no struct of plan.h as they are. */
struct movement_exit {
    char to[2 * NAME_MAX_BYTES];
    int32_t length_cm;
    int32_t speed_cmps;
    int32_t detector_ix;
};

struct cell {
    int32_t s_ms;
    int32_t together; /* 0 never, 1 permissive */
};

extern const char *const words_profile[], *const words_sg_type[], *const words_split_mode[],
                                                                      *const words_weekday[];

#endif
