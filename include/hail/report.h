#ifndef HAIL_REPORT_H
#define HAIL_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "hail/result.h"

/* How a report looks. Zeroes: plain ASCII without colour. */
struct report_style {
	bool colour;
	bool unicode; /* bars of eighths of a block */
	bool verbose; /* also the latency of what did not end well */
};

/*
 * What suits stream: colour on a terminal, unless no_color or the variable
 * NO_COLOR (https://no-color.org) says no; unicode in a UTF-8 locale.
 */
struct report_style report_style_for(FILE *stream, bool no_color);

/*
 * Print the result for people: the verdict and why, then what ended how,
 * rates and latencies. The texts in the result are trusted to be printable:
 * json_load saw to it, and so must who fills a result.
 */
void
report_print(const struct result *, const struct report_style *, FILE *stream);

#endif
