#include "hail/report.h"

#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "duration.h"
#include "hail/chart.h"
#include "hail/judge.h"
#include "hail/latency_table.h"

#define GREEN  "\033[1;32m"
#define RED    "\033[1;31m"
#define YELLOW "\033[1;33m"
#define PLAIN  "\033[0m"

static bool
locale_is_utf8(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool utf8;

	if (locale == (locale_t)0)
		return false;
	utf8 = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
	freelocale(locale);
	return utf8;
}

struct report_style
report_style_for(FILE *stream, bool no_color)
{
	const char *forbidden = getenv("NO_COLOR");

	if (forbidden != NULL && forbidden[0] != '\0')
		no_color = true;
	return (struct report_style){
	    .colour = !no_color && isatty(fileno(stream)),
	    .unicode = locale_is_utf8(),
	};
}

/* A line that begins with what it is about. */
static void row(FILE *stream, const char *label, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
row(FILE *stream, const char *label, const char *fmt, ...)
{
	va_list args;

	fprintf(stream, "%-11s  ", label);
	va_start(args, fmt);
	vfprintf(stream, fmt, args);
	va_end(args);
	fputc('\n', stream);
}

static void
print_verdict(
    const struct result *result, const struct report_style *style, FILE *stream)
{
	static const char *const colours[] = {GREEN, RED, YELLOW};
	unsigned i = 0;

	fprintf(stream,
	    "%s%-7s%s  %s: ", style->colour ? colours[result->verdict] : "",
	    verdict_word(result->verdict), style->colour ? PLAIN : "",
	    result->target);
	if (result->verdict == VERDICT_PASS || result->reason_count == 0)
		fprintf(stream, "%" PRIu64 " of %" PRIu64 " connections ok\n",
		    result->tally.ended[OUTCOME_OK], result->planned);
	else
		fprintf(stream, "%s\n", result->reasons[i++]);
	for (; i < result->reason_count; i++)
		fprintf(stream, "         %s\n", result->reasons[i]);
	fputc('\n', stream);
}

static void
print_connections(const struct result *result, FILE *stream)
{
	char length[DURATION_STRLEN];

	row(stream, "connections", "%" PRIu64 " in %s%s", result->planned,
	    duration_format(result->end - result->start, length),
	    result->interrupted ? ", interrupted" : "");
	if (result->tally.started < result->planned)
		row(stream, "not started", "%" PRIu64,
		    result->planned - result->tally.started);
	if (result->merged > 1)
		row(stream, "added", "%u runs", result->merged);
}

static void
print_ends(const struct tally *tally, bool colour, FILE *stream)
{
	uint64_t count, ended = tally_ended(tally);
	enum outcome order[OUTCOMES];
	const char *label = "ends";
	unsigned i;
	bool red;

	tally_worst_first(tally, order);
	for (i = 0; i < OUTCOMES; i++) {
		count = tally->ended[order[i]];
		if (count == 0)
			continue;
		red = colour && order[i] != OUTCOME_OK;
		row(stream, label, "%s%-22s%s %9" PRIu64 "  %5.1f%%",
		    red ? RED : "", outcome_words(order[i]), red ? PLAIN : "",
		    count, 100 * (double)count / (double)ended);
		label = "";
	}
}

static void
print_rate(const struct result *result, FILE *stream)
{
	double rate = result_rate(result), asked = result->rate_asked;

	if (asked > 0)
		row(stream, "rate", "%.6g/s, asked %.6g/s (%.1f%%)", rate,
		    asked, 100 * rate / asked);
	else
		row(stream, "rate", "%.6g/s", rate);
}

/* What the kernels on the way did that explains a failure. */
static void
print_kernel(const struct result *result, FILE *stream)
{
	const char *label = "kernel";
	unsigned i;

	if (result->tally.connections_retried > 0)
		row(stream, "SYN again",
		    "%" PRIu64 " times, for %" PRIu64 " connections",
		    result->tally.retried_syns,
		    result->tally.connections_retried);
	if (result->queue_known)
		row(stream, "backlog",
		    "%" PRIu64 " on each of %" PRIu64
		    " sockets, at most %" PRIu64 " waiting",
		    result->queue_backlog, result->queue_listeners,
		    result->queue_peak);
	for (i = 0; i < COUNTERS && result->counters_known; i++) {
		if (result->counters[i] == 0)
			continue;
		row(stream, label, "%-22s %9" PRId64, counter_key(i),
		    result->counters[i]);
		label = "";
	}
}

static void
print_client(const struct result *result, FILE *stream)
{
	char cpu[DURATION_STRLEN];
	int64_t length = result->end - result->start;

	if (result->tally.cpu_ns == 0 || length <= 0)
		return;
	row(stream, "client", "CPU %s (%.0f%%), %.1f MiB",
	    duration_format(result->tally.cpu_ns, cpu),
	    100 * (double)result->tally.cpu_ns / (double)length,
	    (double)result->tally.peak_memory / (1 << 20));
}

static void
print_latency(const struct result *result, enum outcome end, FILE *stream)
{
	static const char *const labels[PHASES] = {
	    "connect", "first byte", "whole"};
	const struct latency *latency = result->tally.latency[end];
	bool head = false;
	unsigned phase;

	for (phase = 0; phase < PHASES; phase++) {
		if (latency[phase].count == 0)
			continue;
		if (!head) {
			fprintf(
			    stream, "\nlatency of %s\n", outcome_words(end));
			latency_table_head(stream);
			head = true;
		}
		latency_table_row(labels[phase], &latency[phase], stream);
	}
	if (end == OUTCOME_OK && result->tally.lag.count > 0)
		latency_table_row("lag", &result->tally.lag, stream);
}

void
report_print(
    const struct result *result, const struct report_style *style, FILE *stream)
{
	const struct latency *whole =
	    &result->tally.latency[OUTCOME_OK][PHASE_WHOLE];
	unsigned end;

	print_verdict(result, style, stream);
	print_connections(result, stream);
	print_ends(&result->tally, style->colour, stream);
	print_rate(result, stream);
	print_kernel(result, stream);
	print_client(result, stream);
	for (end = 0; end < (style->verbose ? OUTCOMES : OUTCOME_OK + 1); end++)
		print_latency(result, end, stream);
	if (whole->count > 0) {
		fprintf(stream, "\nwhole of ok, up to\n");
		chart_print(whole, style->unicode, stream);
	}
}
