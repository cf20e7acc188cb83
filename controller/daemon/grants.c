#include "grants.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

enum { MEMBERS_MAX = 64 };

static const struct {
    const char *group;
    int32_t role;
} group_role[] = {
    { "kavsak-technician", ROLE_TECHNICIAN },
    { "kavsak-operator", ROLE_OPERATOR },
    { "kavsak-engineer", ROLE_ENGINEER },
    { "kavsak-safety", ROLE_SAFETY_ENGINEER },
};

struct list {
    struct server_grant *grant;
    uint32_t count, left_out;
};

static void add(struct list *list, const struct server_grant *grant)
{
    if (list->count < SERVER_GRANT_MAX) {
        list->grant[list->count++] = *grant;
    } else {
        list->left_out++;
    }
}

/* SO_PEERCRED tells a client's first group only, so members are listed by user as well. */
static void add_group(struct list *list, const char *name, int32_t role)
{
    const struct group *group = getgrnam(name);
    if (group == NULL) {
        return;
    }
    add(list, &(struct server_grant){ .is_group = true, .id = group->gr_gid, .role = role });
    for (uint32_t i = 0; i < MEMBERS_MAX && group->gr_mem[i] != NULL; i++) {
        const struct passwd *user = getpwnam(group->gr_mem[i]);
        if (user != NULL) {
            add(list, &(struct server_grant){ .id = user->pw_uid, .role = role });
        }
    }
}

uint32_t grants_fill(struct server_grant grant[SERVER_GRANT_MAX], uint32_t *left_out)
{
    struct list list = { .grant = grant };
    add(&list, &(struct server_grant){ .id = 0, .role = ROLE_SAFETY_ENGINEER, .may_feed = true });
    if (getuid() != 0) {
        add(&list, &(struct server_grant){
                       .id = getuid(), .role = ROLE_SAFETY_ENGINEER, .may_feed = true });
    }
    const struct passwd *link = getpwnam("kavsak-link");
    if (link != NULL) {
        add(&list,
            &(struct server_grant){ .id = link->pw_uid, .role = ROLE_ENGINEER, .may_feed = true });
    }
    for (size_t i = 0; i < sizeof group_role / sizeof group_role[0]; i++) {
        add_group(&list, group_role[i].group, group_role[i].role);
    }
    *left_out = list.left_out;
    return list.count;
}
