/* link_world.h: struct world as kavsak-link has it: the kernel's clocks, one socket to the daemon
 * as its client, MQTT, stderr, systemd. Modbus and files are other people's: their entries are
 * NULL. One thread, main's. */
#ifndef KAVSAK_LINK_WORLD_H
#define KAVSAK_LINK_WORLD_H

#include "mqtt.h"
#include "world.h"

enum { LINK_CONNECT_PAUSE_MS = 500 };

struct link_world {
    struct world world;
    const char *socket_path;
    int fd; /* to the daemon; -1 none */
    mono_t tried_at;
    struct mqtt *mqtt; /* set by main once it exists */
    int notify_fd;     /* to systemd; -1 nobody listens */
};

void link_world_init(struct link_world *w, const char *socket_path);
void link_world_finish(struct link_world *w);

mono_t link_world_now(void);

#endif
