#include "cabinet_store.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "scan.h"

enum { STORE_PATH_BYTES = 512 };

static bool read_memory(const char *line, struct cabinet_memory *memory)
{
    const char *at = line;
    int64_t boots = 0;
    int64_t conflicts = 0;
    int64_t epoch = 0;
    int64_t latch = 0;
    const bool good = scan_text(&at, "kavsak-cabinet 1 boots ") &&
                      scan_number(&at, 0, UINT32_MAX, &boots) && scan_text(&at, " conflicts ") &&
                      scan_number(&at, 0, UINT32_MAX, &conflicts) && scan_text(&at, " epoch ") &&
                      scan_number(&at, 0, UINT16_MAX, &epoch) && scan_text(&at, " latch ") &&
                      scan_number(&at, 0, MONITOR_FAULT_COUNT - 1, &latch) && scan_text(&at, "\n");
    if (good) {
        *memory = (struct cabinet_memory){ .boot_count = (uint32_t)boots,
                                           .conflict_count = (uint32_t)conflicts,
                                           .epoch = (uint16_t)epoch,
                                           .latch = (int32_t)latch };
    }
    return good;
}

enum status store_load(const char *path, struct cabinet_memory *memory)
{
    memset(memory, 0, sizeof *memory);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
    }
    char line[128] = "";
    const bool good = fgets(line, sizeof line, file) != NULL && read_memory(line, memory);
    (void)fclose(file);
    if (!good) {
        memory->latch = MONITOR_COMMANDED;
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

enum status store_save(const char *path, const struct cabinet_memory *memory)
{
    char fresh[STORE_PATH_BYTES];
    const int size = snprintf(fresh, sizeof fresh, "%s.new", path);
    if (size < 0 || (size_t)size >= sizeof fresh) {
        return STATUS_INVALID;
    }
    FILE *file = fopen(fresh, "we");
    if (file == NULL) {
        return STATUS_IO;
    }
    bool good =
        fprintf(file, "kavsak-cabinet 1 boots %u conflicts %u epoch %u latch %d\n",
                memory->boot_count, memory->conflict_count, memory->epoch, (int)memory->latch) > 0;
    good = fflush(file) == 0 && good;
    good = fdatasync(fileno(file)) == 0 && good;
    good = fclose(file) == 0 && good;
    return good && rename(fresh, path) == 0 ? STATUS_OK : STATUS_IO;
}

static const char *note_word(enum cabinet_note note)
{
    switch (note) {
    case NOTE_LAMP:
        return "lamp";
    case NOTE_INPUT:
        return "input";
    case NOTE_LEASE:
        return "lease";
    case NOTE_FLASH:
        return "flash";
    case NOTE_RELEASED:
        return "released";
    case NOTE_TRIP:
        return "trip";
    case NOTE_SWITCH:
        return "switch";
    case NOTE_RESET:
        return "reset";
    case NOTE_BOOT:
        return "boot";
    case NOTE_COUNT:
        break;
    }
    return "unknown";
}

void store_log(FILE *file, int64_t mono_ms, int64_t wall_ms, int32_t cabinet,
               enum cabinet_note note, int32_t number, int32_t value)
{
    (void)fprintf(file, "%" PRId64 " %" PRId64 " %d %s %d %d\n", mono_ms, wall_ms, (int)cabinet,
                  note_word(note), (int)number, (int)value);
}
