/* grants.h: which local users and groups may do what over the socket, from the user database, once
 * at start: root and whoever started the daemon may all; members of the groups kavsak-technician,
 * kavsak-operator, kavsak-engineer and kavsak-safety what their group says (who is a member is
 * asked of the kernel when one connects); user kavsak-link feeds cameras and carries commands.
 * Everyone else who can open the socket only observes. */
#ifndef KAVSAK_GRANTS_H
#define KAVSAK_GRANTS_H

#include "server.h"

/* Returns how many were filled. Groups that this machine does not have are left out. */
uint32_t grants_fill(struct server_grant grant[SERVER_GRANT_MAX]);

#endif
