/* grants.h: which local users may do what over the socket, from the user database, once at start:
 * root and whoever started the daemon may all; members of the groups kavsak-technician,
 * kavsak-operator, kavsak-engineer and kavsak-safety what their group says; user kavsak-link feeds
 * cameras and carries commands. Everyone else who can open the socket only observes. */
#ifndef KAVSAK_GRANTS_H
#define KAVSAK_GRANTS_H

#include "server.h"

/* Returns how many were filled; *left_out counts those that had no room. */
uint32_t grants_fill(struct server_grant grant[SERVER_GRANT_MAX], uint32_t *left_out);

#endif
