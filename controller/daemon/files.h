/* files.h: file operations as in world.h, for the journal's thread. A handle is a file descriptor. Every call
 * may wait for the disk, so the tick makes none of them. */
#ifndef KAVSAK_FILES_H
#define KAVSAK_FILES_H

#include "world.h"

/* Fills the file_ entries; they ignore self. */
void files_fill_world(struct world *world);

#endif
