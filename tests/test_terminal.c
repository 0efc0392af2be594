#include "hail/terminal.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <locale.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

struct terminal_row {
	char bytes[32];
	char shown[64];
};

ParameterizedTestParameters(terminal, only_what_is_harmless_stays)
{
	static struct terminal_row rows[] = {
	    {"Thank you for connection\r\n", "Thank you for connection\r\n"},
	    {"a\tb", "a\tb"}, {"back\\slash", "back\\slash"},
	    {"\033[31mred", "\\^[[31mred"}, {"\a\b\177", "\\^G\\^H\\^?"},
	    {"gr\303\274n", "gr\303\274n"}, /* u umlaut */
	    {"\302\233", "\\M-B\\M^["},	    /* CSI of ISO 6429, in UTF-8 */
	    {"\233"
	     "31m",
		"\\M^[31m"},			 /* and as a byte */
	    {"\342\200\250", "\\M-b\\M^@\\M-("}, /* line separator */
	    {"\303(", "\\M-C("},		 /* half a character */
	    {"\355\240\200", "\\M-m\\240\\M^@"}, /* a surrogate */
	};

	return cr_make_param_array(struct terminal_row, rows, COUNT(rows));
}

ParameterizedTest(
    struct terminal_row *row, terminal, only_what_is_harmless_stays)
{
	char out[sizeof(row->bytes) * TERMINAL_EXPANSION];
	size_t length = strlen(row->bytes), shown;

	setlocale(LC_CTYPE, "C.UTF-8");
	cr_expect_eq(terminal_show((unsigned char *)row->bytes, length, true,
			 out, &shown),
	    length);
	cr_expect_eq(shown, strlen(row->shown));
	cr_expect_eq(memcmp(out, row->shown, shown), 0, "%.*s, not %s",
	    (int)shown, out, row->shown);
}

Test(terminal, a_character_that_is_cut_waits_for_its_end)
{
	const unsigned char bytes[] = {'a', 0xe2, 0x82, 0xac}; /* a, Euro */
	char out[sizeof(bytes) * TERMINAL_EXPANSION];
	size_t shown;

	setlocale(LC_CTYPE, "C.UTF-8");
	cr_expect_eq(terminal_show(bytes, 3, false, out, &shown), 1);
	cr_expect_eq(shown, 1);
	cr_expect_eq(terminal_show(bytes + 1, 3, false, out, &shown), 3);
	cr_expect_eq(shown, 3);
	cr_expect_eq(memcmp(out, bytes + 1, 3), 0);
}

Test(terminal, a_nul_and_every_other_byte_fit_the_room)
{
	unsigned char bytes[256];
	char out[sizeof(bytes) * TERMINAL_EXPANSION];
	size_t i, shown;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	setlocale(LC_CTYPE, "C");
	cr_expect_eq(terminal_show(bytes, 256, true, out, &shown), 256);
	cr_expect_leq(shown, sizeof(out));
	for (i = 0; i < shown; i++)
		cr_expect((out[i] >= ' ' && out[i] <= '~') || out[i] == '\t' ||
			out[i] == '\n' || out[i] == '\r',
		    "byte %d reaches the terminal", out[i]);
}

Test(terminal, nothing_is_written_behind_the_room)
{
	const unsigned char bytes[] = {0xa0, 0xa0};
	char out[sizeof(bytes) * TERMINAL_EXPANSION + 1];
	size_t shown;

	out[sizeof(out) - 1] = '!';
	cr_expect_eq(terminal_show(bytes, 2, true, out, &shown), 2);
	cr_expect_eq(shown, sizeof(out) - 1);
	cr_expect_eq(memcmp(out, "\\240\\240!", sizeof(out)), 0);
}

struct byte_row {
	int byte;
	char shown[TERMINAL_BYTE_SIZE];
};

ParameterizedTestParameters(terminal, a_single_byte_is_always_visible)
{
	static struct byte_row rows[] = {
	    {'a', "a"},
	    {' ', " "},
	    {'\\', "\\\\"},
	    {'\n', "\\n"},
	    {'\r', "\\r"},
	    {'\t', "\\t"},
	    {'\0', "\\0"},
	    {033, "\\^["},
	    {0377, "\\M^?"},
	};

	return cr_make_param_array(struct byte_row, rows, COUNT(rows));
}

ParameterizedTest(
    struct byte_row *row, terminal, a_single_byte_is_always_visible)
{
	char shown[TERMINAL_BYTE_SIZE];

	cr_expect_str_eq(terminal_show_byte(row->byte, shown), row->shown);
}
