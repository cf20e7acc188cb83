#include "rights.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status fail(char text[RIGHTS_TEXT_BYTES], enum status status, const char *what,
                        const char *path)
{
    (void)snprintf(text, RIGHTS_TEXT_BYTES, "%s '%s': %s", what, path, strerror(errno));
    return status;
}

/* The descriptor is kept open on purpose: the lock lives as long as the process. */
static enum status lock_kept(int fd, const char *path, char text[RIGHTS_TEXT_BYTES])
{
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        return STATUS_OK;
    }
    if (errno != EWOULDBLOCK) {
        return fail(text, STATUS_IO, "cannot lock", path);
    }
    char owner[32] = "";
    const ssize_t got = pread(fd, owner, sizeof owner - 1, 0);
    owner[got > 0 ? strcspn(owner, "\n") : 0] = '\0';
    (void)snprintf(text, RIGHTS_TEXT_BYTES, "'%s' belongs to another running kavsakd%s%s", path,
                   owner[0] != '\0' ? ", process " : "", owner);
    return STATUS_REFUSED;
}

enum status rights_lock_state(const char *state_dir, char text[RIGHTS_TEXT_BYTES])
{
    char path[512];
    if (mkdir(state_dir, 0750) != 0 && errno != EEXIST) {
        return fail(text, STATUS_IO, "cannot make state directory", state_dir);
    }
    const int length = snprintf(path, sizeof path, "%s/kavsakd.lock", state_dir);
    if (length < 0 || (size_t)length >= sizeof path) {
        (void)snprintf(text, RIGHTS_TEXT_BYTES, "the path of the state directory is too long");
        return STATUS_IO;
    }
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd < 0) {
        return fail(text, STATUS_IO, "cannot open", path);
    }
    const enum status status = lock_kept(fd, state_dir, text);
    if (status != STATUS_OK) {
        (void)close(fd);
        return status;
    }
    char pid[32];
    const int size = snprintf(pid, sizeof pid, "%d\n", (int)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)size, 0) != size) {
        return fail(text, STATUS_IO, "cannot write", path);
    }
    return STATUS_OK;
}

enum status rights_lock_junction(const char *dir, char text[RIGHTS_TEXT_BYTES])
{
    const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return fail(text, STATUS_IO, "cannot open junction directory", dir);
    }
    const enum status status = lock_kept(fd, dir, text);
    if (status != STATUS_OK) {
        (void)close(fd);
    }
    return status;
}

static const struct passwd *user_find(const char *user, char text[RIGHTS_TEXT_BYTES])
{
    errno = 0;
    const struct passwd *entry = getpwnam(user);
    if (entry == NULL) {
        (void)snprintf(text, RIGHTS_TEXT_BYTES, "there is no user '%s'", user);
    }
    return entry;
}

static bool give_files_in(const char *folder, const struct passwd *owner)
{
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        return errno == ENOTDIR; /* a file has nothing inside */
    }
    bool ok = true;
    for (const struct dirent *entry = readdir(dir); ok && entry != NULL; entry = readdir(dir)) {
        const bool is_dots = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        ok = is_dots || fchownat(dirfd(dir), entry->d_name, owner->pw_uid, owner->pw_gid,
                                 AT_SYMLINK_NOFOLLOW) == 0;
    }
    (void)closedir(dir);
    return ok;
}

enum status rights_give(const char *path, const char *user, char text[RIGHTS_TEXT_BYTES])
{
    const struct passwd *entry = user_find(user, text);
    if (entry == NULL) {
        return STATUS_NOT_FOUND;
    }
    return lchown(path, entry->pw_uid, entry->pw_gid) == 0 && give_files_in(path, entry)
               ? STATUS_OK
               : fail(text, STATUS_IO, "cannot give away", path);
}

static enum status become(const char *user, char text[RIGHTS_TEXT_BYTES])
{
    const struct passwd *entry = user_find(user, text);
    if (entry == NULL) {
        return STATUS_NOT_FOUND;
    }
    const uid_t uid = entry->pw_uid;
    const gid_t gid = entry->pw_gid;
    if (initgroups(user, gid) != 0 || setresgid(gid, gid, gid) != 0 ||
        setresuid(uid, uid, uid) != 0) {
        return fail(text, STATUS_REFUSED, "cannot become user", user);
    }
    if (uid != 0 && setuid(0) == 0) {
        (void)snprintf(text, RIGHTS_TEXT_BYTES, "root rights came back after becoming '%s'", user);
        return STATUS_REFUSED;
    }
    return STATUS_OK;
}

enum status rights_drop(const char *user, char text[RIGHTS_TEXT_BYTES])
{
    if (user[0] != '\0') {
        const enum status status = become(user, text);
        if (status != STATUS_OK) {
            return status;
        }
    }
    const struct rlimit no_core = { .rlim_cur = 0, .rlim_max = 0 };
    if (setrlimit(RLIMIT_CORE, &no_core) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return fail(text, STATUS_REFUSED, "cannot give up rights of", "this process");
    }
    return STATUS_OK;
}
