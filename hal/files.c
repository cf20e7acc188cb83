#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status status_of(int error)
{
    if (error == 0) {
        return STATUS_OK;
    }
    if (error == ENOENT) {
        return STATUS_NOT_FOUND;
    }
    return error == ENOSPC || error == EDQUOT || error == EFBIG ? STATUS_NO_SPACE : STATUS_IO;
}

static enum status files_open(void *self, const char *path, enum file_open how, int *handle)
{
    (void)self;
    const int flags = how == FILE_READ ? O_RDONLY : O_RDWR | O_CREAT;
    *handle = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0640);
    return *handle >= 0 ? STATUS_OK : status_of(errno);
}

static enum status files_reserve(void *self, int handle, uint64_t bytes)
{
    (void)self;
    return status_of(posix_fallocate(handle, 0, (off_t)bytes));
}

static enum status files_write(void *self, int handle, uint64_t at, const void *bytes, size_t size)
{
    (void)self;
    const uint8_t *from = bytes;
    size_t done = 0;
    while (done < size) { /* ends: every turn writes at least one byte or returns */
        const ssize_t wrote = pwrite(handle, from + done, size - done, (off_t)(at + done));
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            return wrote < 0 ? status_of(errno) : STATUS_IO;
        }
        done += (size_t)wrote;
    }
    return STATUS_OK;
}

static enum status files_read(void *self, int handle, uint64_t at, void *bytes, size_t room,
                              size_t *size)
{
    (void)self;
    uint8_t *to = bytes;
    size_t done = 0;
    while (done < room) { /* ends: every turn reads at least one byte or leaves */
        const ssize_t got = pread(handle, to + done, room - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return status_of(errno);
        }
        if (got == 0) {
            break;
        }
        done += (size_t)got;
    }
    *size = done;
    return STATUS_OK;
}

static enum status files_size(void *self, int handle, uint64_t *bytes)
{
    (void)self;
    struct stat about;
    if (fstat(handle, &about) != 0) {
        return status_of(errno);
    }
    *bytes = (uint64_t)about.st_size;
    return STATUS_OK;
}

static enum status files_sync(void *self, int handle)
{
    (void)self;
    return fdatasync(handle) == 0 ? STATUS_OK : status_of(errno);
}

static void files_close(void *self, int handle)
{
    (void)self;
    (void)close(handle);
}

static enum status sync_folder_of(const char *path)
{
    char copy[PATH_MAX_BYTES];
    const int length = snprintf(copy, sizeof copy, "%s", path);
    if (length < 0 || (size_t)length >= sizeof copy) {
        return STATUS_IO;
    }
    const int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return status_of(errno);
    }
    const enum status status = fsync(fd) == 0 ? STATUS_OK : status_of(errno);
    (void)close(fd);
    return status;
}

static enum status files_rename(void *self, const char *from, const char *to)
{
    (void)self;
    return rename(from, to) == 0 ? sync_folder_of(to) : status_of(errno);
}

static enum status files_remove(void *self, const char *path)
{
    (void)self;
    return unlink(path) == 0 ? STATUS_OK : status_of(errno);
}

/* The cursor counts entries; a folder that changes between two calls may repeat or skip a name,
 * which a journal that alone writes its folder does not do. */
static enum status files_list(void *self, const char *folder, uint32_t *cursor, char *name,
                              size_t room)
{
    (void)self;
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        return status_of(errno);
    }
    enum status status = STATUS_NOT_FOUND;
    uint32_t ix = 0;
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (ix++ < *cursor) {
            continue;
        }
        *cursor = ix;
        const size_t length = strlen(entry->d_name);
        const bool is_dots = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        if (!is_dots && length < room) {
            memcpy(name, entry->d_name, length + 1);
            status = STATUS_OK;
            break;
        }
    }
    (void)closedir(dir);
    return status;
}

void files_fill_world(struct world *world)
{
    world->file_open = files_open;
    world->file_reserve = files_reserve;
    world->file_write = files_write;
    world->file_read = files_read;
    world->file_size = files_size;
    world->file_sync = files_sync;
    world->file_close = files_close;
    world->file_rename = files_rename;
    world->file_remove = files_remove;
    world->file_list = files_list;
}
