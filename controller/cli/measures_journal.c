/* Our own journal as an event log, and our own detectors in the words of others. */
#include "measures_io.h"

#include <string.h>

#include "cli.h"
#include "files.h"
#include "journal_read.h"
#include "load.h"

enum {
    PROCESS_IX = 0xffff,
    /* Where a detector stands says what it can tell: arrivals upstream, presence at the line. A
     * zone of less than four metres counts vehicles but sees through the gaps of a queue. */
    UPSTREAM_CM = 2000,
    ZONE_CM = 400
};

int measures_read_journal(struct measures_input *in, const char *folder, int32_t device)
{
    static struct journal_reader reader;
    static struct world world;
    files_fill_world(&world);
    enum status status = journal_reader_open(&reader, &world, folder);
    bool has_room = true;
    while (status == STATUS_OK && has_room) {
        struct record record;
        struct event event;
        status = journal_reader_next(&reader, &record);
        if (status != STATUS_OK || record.junction == PROCESS_IX ||
            !journal_is_event(&record, &event)) {
            continue;
        }
        const struct hires_event e = { .at_ms = record.at.ms,
                                       .device = record.junction + 1,
                                       .param = hires_param_of(&event),
                                       .code = event.code };
        if (device == MEASURES_ANY_DEVICE || device == e.device) {
            has_room = measures_keep_event(in, &e);
        }
    }
    journal_reader_close(&reader);
    if (status != STATUS_AGAIN) {
        (void)fprintf(stderr, "kavsak measures: %s: %s\n", folder,
                      status == STATUS_NOT_FOUND ? "no journal there"
                      : has_room                 ? "cannot be read"
                                                 : "more events than fit");
        return CLI_IO;
    }
    return CLI_FINE;
}

static enum measures_function function_of(const struct detector *d)
{
    if (d->type == DETECTOR_BUTTON || d->type == DETECTOR_PRIORITY ||
        (d->roles & DETECTOR_EXIT) != 0 || d->lane_ix < 0) {
        return MEASURES_OTHER;
    }
    if (d->distance_cm >= UPSTREAM_CM) {
        return MEASURES_ADVANCE;
    }
    return d->length_cm >= ZONE_CM ? MEASURES_PRESENCE : MEASURES_COUNT_LINE;
}

/* Who only counts names no groups: they are those of the movements of his lane. */
static sg_mask_t groups_of(const struct plan *plan, const struct detector *d)
{
    sg_mask_t groups = d->sg;
    for (int32_t i = 0; i < plan->movement_count && d->sg == 0; i++) {
        groups |= plan->movement[i].lane_ix == d->lane_ix ? plan->movement[i].sg : 0;
    }
    return groups;
}

int measures_read_junction(struct measures_input *in, const char *directory, int32_t device,
                           char name[NAME_MAX_BYTES])
{
    static struct plan plan;
    static struct site site;
    static struct diag diag;
    const enum status status = plan_load(directory, &plan, &site, &diag);
    if (status != STATUS_OK) {
        diag_print(&diag, stderr, false);
        (void)fprintf(stderr, "kavsak measures: %s: not a junction that can be read\n", directory);
        return status == STATUS_INVALID ? CLI_FINDINGS : CLI_IO;
    }
    memcpy(name, plan.junction_name, NAME_MAX_BYTES);
    bool has_room = true;
    for (int32_t i = 0; i < plan.detector_count && has_room; i++) {
        const struct detector *d = &plan.detector[i];
        uint32_t phases = 0;
        for (sg_mask_t left = groups_of(&plan, d); left != 0; left &= left - 1) {
            const uint32_t phase = (uint32_t)plan.sg[lowest_bit(left)].phase_id;
            if ((phases & bit32(phase - 1)) == 0) {
                const struct measures_detector role = { .device = device,
                                                        .channel = d->number,
                                                        .phase = (int32_t)phase,
                                                        .function = (int32_t)function_of(d) };
                has_room = has_room && measures_keep_detector(in, &role);
            }
            phases |= bit32(phase - 1);
        }
    }
    if (!has_room) {
        (void)fprintf(stderr, "kavsak measures: %s: no space for its detectors\n", directory);
    }
    return has_room ? CLI_FINE : CLI_IO;
}
