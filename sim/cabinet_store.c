#include "cabinet_store.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { STORE_PATH_BYTES = 512 };

enum status store_load(const char *path, struct cabinet_memory *memory)
{
    memset(memory, 0, sizeof *memory);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
    }
    unsigned boots = 0;
    unsigned conflicts = 0;
    unsigned epoch = 0;
    int latch = 0;
    const int found = fscanf(file, "kavsak-cabinet 1 boots %9u conflicts %9u epoch %5u latch %3d",
                             &boots, &conflicts, &epoch, &latch);
    (void)fclose(file);
    if (found != 4 || epoch > UINT16_MAX || latch < 0 || latch >= MONITOR_FAULT_COUNT) {
        memory->latch = MONITOR_COMMANDED;
        return STATUS_INVALID;
    }
    memory->boot_count = boots;
    memory->conflict_count = conflicts;
    memory->epoch = (uint16_t)epoch;
    memory->latch = latch;
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
