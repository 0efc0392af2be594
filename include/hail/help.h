#ifndef HAIL_HELP_H
#define HAIL_HELP_H

#include <stdio.h>

/* Write hail's options on one screen, 24 lines of 80 columns. */
void help_print(FILE *);

#endif
