#ifndef HAIL_OPTION_H
#define HAIL_OPTION_H

#include <getopt.h>

#include "hail/options.h"
#include "reason.h"

/* What getopt_long(3) is to look for. */
extern const char hail_option_letters[];
extern const struct option hail_option_words[];

/*
 * Enter one option, with its value in optarg, as getopt_long(3) returned it;
 * word is what the user typed, for the options that it did not understand.
 * Returns 0, or -1 with a reason that repeats the user's words (EX_USAGE; of
 * --expect-file what greeting_from_file says).
 */
int hail_option_take(
    struct hail_options *, int option, const char *word, struct reason *);

#endif
