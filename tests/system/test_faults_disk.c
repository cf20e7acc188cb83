/* test_faults_disk: put before libc (LD_PRELOAD), makes the disk under the journal fail as the word
 * in the file $FAULTS_DISK says: full (writing and reserving: ENOSPC), read-only (EROFS), broken
 * (writing: EIO), unsynced (syncing: EIO). No file, no fault. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORD_BYTES = 32, PATH_BYTES = 512 };

typedef ssize_t write_at(int fd, const void *bytes, size_t size, off_t at);
typedef int sync_it(int fd);
typedef int reserve_it(int fd, off_t at, off_t size);

ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at);
int fdatasync(int fd);
int posix_fallocate64(int fd, off_t at, off_t size);

/* dlsym speaks of objects, we need functions: POSIX promises that both are as wide. */
static void find(const char *name, void *function)
{
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(function, &found, sizeof found);
}

static int is_journal(int fd)
{
    char link[64];
    char path[PATH_BYTES] = "";
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    return readlink(link, path, sizeof path - 1) > 0 && strstr(path, "segment-") != NULL;
}

/* The fault that holds now, for this file. */
static void read_fault(int fd, char word[WORD_BYTES])
{
    word[0] = '\0';
    const char *path = getenv("FAULTS_DISK");
    const int file = path != NULL && is_journal(fd) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0) {
        const ssize_t got = read(file, word, WORD_BYTES - 1);
        word[got > 0 ? got : 0] = '\0';
        word[strcspn(word, "\n")] = '\0';
        (void)close(file);
    }
}

static int write_error(int fd)
{
    char word[WORD_BYTES];
    read_fault(fd, word);
    if (strcmp(word, "full") == 0) {
        return ENOSPC;
    }
    if (strcmp(word, "read-only") == 0) {
        return EROFS;
    }
    return strcmp(word, "broken") == 0 ? EIO : 0;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at)
{
    write_at *real = NULL;
    const int error = write_error(fd);
    find("pwrite64", &real);
    if (error != 0) {
        errno = error;
        return -1;
    }
    return real(fd, bytes, size, at);
}

int fdatasync(int fd)
{
    sync_it *real = NULL;
    char word[WORD_BYTES];
    read_fault(fd, word);
    find("fdatasync", &real);
    if (strcmp(word, "unsynced") == 0) {
        errno = EIO;
        return -1;
    }
    return real(fd);
}

int posix_fallocate64(int fd, off_t at, off_t size)
{
    reserve_it *real = NULL;
    const int error = write_error(fd);
    find("posix_fallocate64", &real);
    return error == ENOSPC || error == EROFS ? error : real(fd, at, size);
}
