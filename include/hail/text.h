#ifndef HAIL_TEXT_H
#define HAIL_TEXT_H

#include <jansson.h>
#include <stdbool.h>

/*
 * Whether text has no control character, neither of ASCII nor of ISO 6429's
 * second set (U+0080 to U+009F), so that a terminal shows it and no more.
 */
bool text_is_printable(const char *text);

/*
 * Text as a JSON string of less than size bytes that place_text reads: as it
 * is, or with vis(3)'s escapes if it is not printable or not UTF-8.
 */
json_t *text_to_json(const char *text, size_t size);

#endif
