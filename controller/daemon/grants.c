#include "grants.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

static const struct {
    const char *group;
    int32_t role;
} group_role[] = {
    { "kavsak-technician", ROLE_TECHNICIAN },
    { "kavsak-operator", ROLE_OPERATOR },
    { "kavsak-engineer", ROLE_ENGINEER },
    { "kavsak-safety", ROLE_SAFETY_ENGINEER },
};

enum { GROUPS = sizeof group_role / sizeof group_role[0] };
_Static_assert(3 + GROUPS <= SERVER_GRANT_MAX, "three users and every group have room");

uint32_t grants_fill(struct server_grant grant[SERVER_GRANT_MAX])
{
    uint32_t count = 0;
    grant[count++] =
        (struct server_grant){ .id = 0, .role = ROLE_SAFETY_ENGINEER, .may_feed = true };
    if (getuid() != 0) {
        grant[count++] =
            (struct server_grant){ .id = getuid(), .role = ROLE_SAFETY_ENGINEER, .may_feed = true };
    }
    const struct passwd *link = getpwnam("kavsak-link");
    if (link != NULL) {
        grant[count++] =
            (struct server_grant){ .id = link->pw_uid, .role = ROLE_ENGINEER, .may_feed = true };
    }
    for (size_t i = 0; i < GROUPS; i++) {
        const struct group *group = getgrnam(group_role[i].group);
        if (group != NULL) {
            grant[count++] = (struct server_grant){ .is_group = true,
                                                    .id = group->gr_gid,
                                                    .role = group_role[i].role };
        }
    }
    return count;
}
