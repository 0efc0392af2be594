#include "hail/text.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <locale.h>
#include <stdio.h>

struct text_row {
	char text[24];
	bool printable;
	char written[32];
};

ParameterizedTestParameters(text, only_printable_text_is_written_as_it_is)
{
	static struct text_row rows[] = {
	    {"", true, ""},
	    {"plain text", true, "plain text"},
	    {"caf\u00e9 \u4f60", true, "caf\u00e9 \u4f60"},
	    {"a\nb", false, "a\\012b"},
	    {"\033[2J", false, "\\033[2J"},
	    {"del\x7f", false, "del\\177"},
	    {"\xc2\x9b"
	     "2J",
		false, "\\302\\2332J"},
	    {"\xff", true, "\\377"},
	    {"half\xe2\x82", true, "half\\342\\202"},
	    {"caf\u00e9\n", false, "caf\\303\\251\\012"},
	};

	return cr_make_param_array(
	    struct text_row, rows, sizeof(rows) / sizeof(rows[0]));
}

static void
expect_in_locale(const char *locale, const struct text_row *row)
{
	json_t *string;

	setlocale(LC_CTYPE, locale);
	string = text_to_json(row->text, 32);
	cr_expect_eq(text_is_printable(row->text), row->printable);
	cr_assert_not_null(string);
	cr_expect_str_eq(json_string_value(string), row->written, "%s", locale);
	json_decref(string);
}

ParameterizedTest(
    struct text_row *row, text, only_printable_text_is_written_as_it_is)
{
	expect_in_locale("C", row);
	expect_in_locale("C.UTF-8", row);
}

Test(text, escapes_are_cut_to_what_can_be_read_back)
{
	json_t *string = text_to_json("\001\002\003\004", 10);

	cr_assert_not_null(string);
	cr_expect_str_eq(json_string_value(string), "\\001\\002\\");
	json_decref(string);
}
