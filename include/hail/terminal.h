#ifndef HAIL_TERMINAL_H
#define HAIL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* The most bytes that one byte becomes. */
#define TERMINAL_EXPANSION 4

/*
 * Write a stranger's bytes as a terminal may see them: \r, \n, \t and what
 * the locale can print stay as they are; all else, of which control
 * characters are the dangerous part, is shown by vis(3), "\^[" for an escape.
 * out has room for TERMINAL_EXPANSION * length bytes; shown is set to how
 * many were written.
 * Returns how many bytes were taken: the beginning of a character whose end
 * is still to come is left, to be given again with what follows, unless these
 * are the last.
 */
size_t terminal_show(const unsigned char *bytes, size_t length, bool last,
    char *out, size_t *shown);

/* What terminal_show_byte writes at most, with its NUL. */
#define TERMINAL_BYTE_SIZE 8

/* Write a single byte so that every one is told from the others. Returns buf.
 */
char *terminal_show_byte(int byte, char buf[TERMINAL_BYTE_SIZE]);

#endif
