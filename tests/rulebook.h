#ifndef TESTS_RULEBOOK_H
#define TESTS_RULEBOOK_H

#include <stdio.h>

#include "haild/rules.h"

/*
 * Rules by the book: what the contract of rules.h says, done in the slowest
 * and surest way, to hold the rules themselves against.
 */

/* Is this address let in, if these rules were given? */
bool rulebook_permits(
    const struct rule *given, size_t count, const struct cidr *address);

/* Write them as a file that rules_read reads. */
void rulebook_write(const struct rule *given, size_t count, FILE *);

#endif
