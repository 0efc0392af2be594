#ifndef HAIL_NUMBER_H
#define HAIL_NUMBER_H

#include <stdint.h>

#include "reason.h"

/*
 * Read a decimal number with an optional k (a thousand) or M (a million):
 * "64", "10k", "1.5M". Returns 0, or -1 with a reason that repeats text
 * (EX_USAGE): not a number, not a whole one, or outside [min, max].
 */
int number_parse(
    const char *text, uint64_t min, uint64_t max, uint64_t *, struct reason *);

/* The same for what need not be whole: "0.5", "2.5k". */
int number_parse_fraction(
    const char *text, double min, double max, double *, struct reason *);

#endif
