/* files.h: file operations of struct world as the disk does them: for the journal's thread and for
 * tools that read journals. A handle is a file descriptor. Every call may wait for the disk, so no
 * tick makes one. */
#ifndef KAVSAK_FILES_H
#define KAVSAK_FILES_H

#include "world.h"

/* Fills the file_ entries; they ignore self. */
void files_fill_world(struct world *world);

#endif
