#include "hail/place.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <vis.h>

#include "hail/text.h"

size_t
place_enter(struct place *place, const char *fmt, ...)
{
	size_t length = strlen(place->field), dot = length > 0;
	va_list args;

	/* "[3]" follows directly, a name after a dot. */
	if (fmt[0] == '[' || length + 2 > sizeof(place->field))
		dot = 0;
	if (dot)
		strlcat(place->field, ".", sizeof(place->field));
	va_start(args, fmt);
	vsnprintf(place->field + length + dot,
	    sizeof(place->field) - length - dot, fmt, args);
	va_end(args);
	return length;
}

void
place_leave(struct place *place, size_t length)
{
	place->field[length] = '\0';
}

int
place_fail(const struct place *place, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return reason_set(place->why, EX_DATAERR, "%s: %s%s%s", place->file,
	    place->field, place->field[0] != '\0' ? ": " : "", text);
}

/* What people call the type. */
static const char *
type_name(json_type type)
{
	switch (type) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "a whole number";
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "true or false";
	default:
		return "null";
	}
}

json_t *
place_expect(const struct place *place, json_t *value, json_type type)
{
	json_type is;

	if (value == NULL) {
		place_fail(place, "missing");
		return NULL;
	}
	is = json_typeof(value);
	/* A number may be written without a fraction, a flag is either. */
	if (is == type || (type == JSON_REAL && is == JSON_INTEGER) ||
	    (type == JSON_TRUE && is == JSON_FALSE))
		return value;
	place_fail(place, "must be %s, not %s", type_name(type), type_name(is));
	return NULL;
}

int
place_integer(const struct place *place, json_t *value, int64_t min,
    int64_t max, int64_t *number)
{
	if (place_expect(place, value, JSON_INTEGER) == NULL)
		return -1;
	*number = json_integer_value(value);
	if (*number < min || *number > max)
		return place_fail(place, "%lld: must be %lld to %lld",
		    (long long)*number, (long long)min, (long long)max);
	return 0;
}

int
place_text(const struct place *place, json_t *value, char *text, size_t size)
{
	if (place_expect(place, value, JSON_STRING) == NULL)
		return -1;
	if (json_string_length(value) >= size)
		return place_fail(place, "longer than %zu bytes", size - 1);
	if (!text_is_printable(json_string_value(value)))
		return place_fail(place, "holds a control character");
	strlcpy(text, json_string_value(value), size);
	return 0;
}

int
place_take_integer(struct place *place, json_t *object, const char *key,
    int64_t min, int64_t max, int64_t *number)
{
	size_t here = place_enter(place, "%s", key);

	if (place_integer(
		place, json_object_get(object, key), min, max, number) == -1)
		return -1;
	place_leave(place, here);
	json_object_del(object, key);
	return 0;
}

int
place_take_real(struct place *place, json_t *object, const char *key,
    double min, double max, double *number)
{
	size_t here = place_enter(place, "%s", key);
	json_t *value = json_object_get(object, key);

	if (place_expect(place, value, JSON_REAL) == NULL)
		return -1;
	*number = json_number_value(value);
	if (!(*number >= min && *number <= max))
		return place_fail(
		    place, "%g: must be %g to %g", *number, min, max);
	place_leave(place, here);
	json_object_del(object, key);
	return 0;
}

int
place_take_flag(
    struct place *place, json_t *object, const char *key, bool *flag)
{
	size_t here = place_enter(place, "%s", key);
	json_t *value = json_object_get(object, key);

	if (place_expect(place, value, JSON_TRUE) == NULL)
		return -1;
	*flag = json_is_true(value);
	place_leave(place, here);
	json_object_del(object, key);
	return 0;
}

int
place_take_text(struct place *place, json_t *object, const char *key,
    char *text, size_t size)
{
	size_t here = place_enter(place, "%s", key);

	if (place_text(place, json_object_get(object, key), text, size) == -1)
		return -1;
	place_leave(place, here);
	json_object_del(object, key);
	return 0;
}

int
place_nothing_else(const struct place *place, json_t *object)
{
	void *rest = json_object_iter(object);
	char shown[4 * 32 + 1];

	if (rest == NULL)
		return 0;
	/* Whoever wrote the file chose the name: make it printable. */
	strvisx(shown, json_object_iter_key(rest),
	    strnlen(json_object_iter_key(rest), 32),
	    VIS_OCTAL | VIS_TAB | VIS_NL);
	return place_fail(place, "unknown field %s", shown);
}
