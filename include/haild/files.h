#ifndef HAILD_FILES_H
#define HAILD_FILES_H

#include "haild/parent.h"

/*
 * What the parent reads from files, or from words in place of them: the
 * messages and the rules. Returns 0, or -1 with a reason.
 */
int files_read(struct parent *, struct reason *);

/*
 * SIGHUP: read the message file and the files of rules again. One that is
 * bad leaves what was read before; the log says what happened.
 */
void files_read_again(struct parent *);

#endif
