/* read.h: from the trees of four files to struct plan and struct site, by the table of format.h.
 * Reports everything that is wrong with single values and names; relations between values are rules
 * and are judged afterwards (check.h). Internal to plans/. */
#ifndef KAVSAK_READ_H
#define KAVSAK_READ_H

#include "format.h"
#include "rules.h"
#include "yaml_tree.h"

enum { NAMES_MAX = 96, KEYS_MAX = 8 };

/* The names of one kind, in the order of the file, and the nodes that define them. */
struct names {
    bool is_absent; /* their file could not be read: nothing is said about them */
    int32_t count;
    const char *name[NAMES_MAX];
    const struct yaml_node *node[NAMES_MAX];
};

struct reader {
    const struct yaml_doc *doc[FILE_COUNT];
    struct plan *plan;
    struct site *site;
    struct diag *diag;
    struct names names[REF_COUNT];
    /* Nodes of list items, for rules that need to say where. */
    const struct yaml_node *movement[MOVEMENT_MAX], *relation[RELATION_MAX], *season[SEASON_MAX],
        *special_day[SPECIAL_DAY_MAX], *one_off[ONE_OFF_MAX], *point[SITE_POINT_MAX],
        *camera[SITE_CAMERA_MAX], *input[DETECTOR_MAX];
    const struct yaml_node *step[PATTERN_MAX][PATTERN_STEP_MAX];
    int32_t reference_stage_ix[PATTERN_MAX];
    int32_t ped_length_cm[SG_MAX];
    int32_t walking_speed_cmps[SG_MAX];
    bool has_cell[SG_MAX][SG_MAX];
    const struct yaml_node *cell[SG_MAX][SG_MAX];
    bool pattern_has_rings[PATTERN_MAX];
    int32_t barrier_count;
    bool rings_are_broken; /* reported: what follows from it is not */
    int32_t key_count;     /* of signing */
    uint8_t key[KEYS_MAX][32];
};

/* Reads every scalar key of a shape into *base and reports unknown and missing keys. node may be
 * NULL (an optional mapping that is absent: defaults). Fields with a special default are left as
 * they are when their key is absent. */
void fields_read(struct reader *r, const struct yaml_node *node, enum shape shape, void *base,
                 uint32_t ix);

/* One key that the table places nowhere. False: absent or refused, *target untouched. */
bool field_read_one(struct reader *r, const struct yaml_node *node, enum shape shape,
                    const char *key, void *target);

/* The mapping or list below a key, NULL if absent or of another kind (reported), or longer than
 * allowed. */
const struct yaml_node *field_map(struct reader *r, const struct yaml_node *node, enum shape shape,
                                  const char *key);
const struct yaml_node *field_list(struct reader *r, const struct yaml_node *node, enum shape shape,
                                   const char *key);

/* Index of a name, or -1: reported under rule at the node, with the nearest name. */
int32_t name_find(struct reader *r, enum ref ref, const char *name);
int32_t name_need(struct reader *r, enum ref ref, const struct yaml_node *node, const char *name,
                  int32_t rule);
/* The nearest of words within two edits or so, NULL if none is near. */
const char *name_nearest(const char *name, const char *const *words, size_t count);

/* Number of a type, with its own messages. False: reported. */
bool number_read(struct reader *r, const struct yaml_node *node, const char *text,
                 const struct field *f, int32_t *value);
const struct field *field_find(enum shape shape, const char *key);
int32_t word_find(const char *const *words, const char *text);
bool name_is_good(const char *text);

/* Where the key of an item was said, or the item itself if it does not say it. */
struct diag_at reader_at(const struct yaml_node *item, const char *key);
/* "7.0" of 7000, in a static buffer of the caller. */
struct seconds_text {
    char s[16];
};
struct seconds_text seconds_of(int32_t ms);

/* The four files, in this order. */
void names_collect(struct reader *r);
void safety_read(struct reader *r);
void lanes_read(struct reader *r);
void plan_read(struct reader *r);
void schedule_read(struct reader *r);
void site_read(struct reader *r);

#endif
