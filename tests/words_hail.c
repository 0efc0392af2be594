#include <inttypes.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <vis.h>

#include "words.h"

/* The decimal digits that every double above 0 can be written with. */
#define DECIMALS 1074

static void
add_time(struct words *words, const char *option, int64_t ns)
{
	if (ns != 0)
		words_add(words, "%s=%" PRId64 "ns", option, ns);
}

static void
add_count(struct words *words, const char *option, uint64_t count)
{
	if (count != 0)
		words_add(words, "%s=%" PRIu64, option, count);
}

static void
add_text(struct words *words, const char *option, const char *value)
{
	if (value != NULL)
		words_add(words, "%s=%s", option, value);
}

static void
add_sources(struct words *words, const struct source_list *sources)
{
	char all[ADDRESS_MAX * ADDRESS_STRLEN] = "", one[ADDRESS_STRLEN];
	size_t i;

	for (i = 0; i < sources->count; i++) {
		getnameinfo((const void *)&sources->at[i].storage,
		    sources->at[i].length, one, sizeof(one), NULL, 0,
		    NI_NUMERICHOST);
		strlcat(all, i == 0 ? "" : ",", sizeof(all));
		strlcat(all, one, sizeof(all));
	}
	if (sources->count > 0)
		words_add(words, "--source=%s", all);
}

static void
add_expectation(struct words *words, const struct expectation *expectation)
{
	const struct greeting *greeting = &expectation->greeting;
	char *text;

	if (expectation->any) {
		words_add(words, "--expect-any");
		return;
	}
	if ((text = malloc(4 * greeting->length + 1)) == NULL)
		abort();
	strvisx(text, (const char *)greeting->bytes, greeting->length,
	    VIS_OCTAL | VIS_WHITE | VIS_NOLOCALE);
	words_add(words, "--expect=%s", text);
	free(text);
}

static void
add_criteria(struct words *words, const struct criteria *criteria)
{
	const struct criterion *criterion;

	for (criterion = criteria->at;
	     criterion < criteria->at + criteria->count; criterion++) {
		if (criterion->measure == MEASURE_RATE)
			words_add(words, "--fail-above=%s=%.*f",
			    criterion->name, DECIMALS, criterion->least);
		else
			words_add(words, "--fail-above=%s=%" PRId64 "%s",
			    criterion->name, criterion->most,
			    criterion->measure == MEASURE_END ? "" : "ns");
	}
}

static void
add_load(struct words *words, const struct hail_options *options)
{
	add_count(words, "--connections", options->connections);
	add_time(words, "--duration", options->duration);
	add_count(words, "--concurrency", options->concurrency);
	if (options->rate != 0)
		words_add(words, "--rate=%.*f", DECIMALS, options->rate);
	add_count(words, "--jobs", options->jobs);
	add_time(words, "--connect-timeout", options->connect_timeout);
	add_time(words, "--first-byte-timeout", options->first_byte_timeout);
	add_time(words, "--timeout", options->timeout);
	if (options->half_close)
		words_add(words, "--half-close");
	add_sources(words, &options->sources);
	if (options->expects)
		add_expectation(words, &options->expectation);
}

void
words_of_hail(struct words *words, const struct hail_options *options)
{
	size_t i;

	add_load(words, options);
	add_text(words, "--output", options->output);
	add_text(words, "--hgrm", options->hgrm);
	if (options->format == FORMAT_JSON)
		words_add(words, "--format=json");
	add_criteria(words, &options->criteria);
	if (options->quiet)
		words_add(words, "--quiet");
	if (!options->color)
		words_add(words, "--no-color");
	if (options->task == TASK_VISIT || options->task == TASK_STORM) {
		words_of_address(words, options->host, options->port);
		return;
	}
	words_add(words, options->task == TASK_MERGE ? "--merge" : "--compare");
	words_add(words, "--");
	for (i = 0; i < options->file_count; i++)
		words_add(words, "%s", options->files[i]);
}

static bool
same_files(const struct hail_options *a, const struct hail_options *b)
{
	size_t i;

	for (i = 0; i < a->file_count && i < b->file_count; i++)
		if (!words_same(a->files[i], b->files[i]))
			return false;
	return a->file_count == b->file_count;
}

static bool
same_sources(const struct source_list *a, const struct source_list *b)
{
	size_t i;

	for (i = 0; i < a->count && i < b->count; i++)
		if (a->at[i].length != b->at[i].length ||
		    memcmp(&a->at[i].storage, &b->at[i].storage,
			a->at[i].length) != 0)
			return false;
	return a->count == b->count;
}

static bool
same_expectation(const struct expectation *a, const struct expectation *b)
{
	return a->any == b->any && a->greeting.length == b->greeting.length &&
	    (a->greeting.length == 0 ||
		memcmp(a->greeting.bytes, b->greeting.bytes,
		    a->greeting.length) == 0);
}

static bool
same_criteria(const struct criteria *a, const struct criteria *b)
{
	unsigned i;

	for (i = 0; i < a->count && i < b->count; i++)
		if (a->at[i].measure != b->at[i].measure ||
		    a->at[i].percent != b->at[i].percent ||
		    a->at[i].outcome != b->at[i].outcome ||
		    a->at[i].most != b->at[i].most ||
		    a->at[i].least != b->at[i].least ||
		    !words_same(a->at[i].name, b->at[i].name))
			return false;
	return a->count == b->count;
}

static bool
same_load(const struct hail_options *a, const struct hail_options *b)
{
	return a->connections == b->connections && a->duration == b->duration &&
	    a->concurrency == b->concurrency && a->rate == b->rate &&
	    a->jobs == b->jobs && a->connect_timeout == b->connect_timeout &&
	    a->first_byte_timeout == b->first_byte_timeout &&
	    a->timeout == b->timeout && a->half_close == b->half_close &&
	    same_sources(&a->sources, &b->sources) &&
	    a->expects == b->expects &&
	    same_expectation(&a->expectation, &b->expectation);
}

bool
words_same_hail(const struct hail_options *a, const struct hail_options *b)
{
	return a->task == b->task && words_same(a->host, b->host) &&
	    words_same(a->port, b->port) && same_load(a, b) &&
	    words_same(a->output, b->output) && words_same(a->hgrm, b->hgrm) &&
	    a->format == b->format &&
	    same_criteria(&a->criteria, &b->criteria) && a->quiet == b->quiet &&
	    a->color == b->color && same_files(a, b);
}
