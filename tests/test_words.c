#include "words.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define ROUNDS	    3000

/* What is awkward to write on a command line. */
static const char *const texts[] = {"", "x", "-x", "--", "--help", "=", "a=b",
    "a b", "\\r\\n", "\r\n", "\xff", "10.0.0.0/8", "/etc/passwd"};

static const char *const hosts[] = {"localhost", "127.0.0.1", "::1", "a:b", "[",
    "[::", "]", "a]b", "-h", "--", "*", ":::", "\xff"};

static const char *const ports[] = {"9999", "0", "http", "", "-1", "a:b"};

static struct reason why;

#define PICK(table) table[(size_t)random() % COUNT(table)]

static bool
chance(int one_in)
{
	return random() % one_in == 0;
}

static const char *
text_or_none(void)
{
	return chance(2) ? NULL : PICK(texts);
}

/* From least to most, as many small ones as large ones. */
static int64_t
draw(int64_t least, int64_t most)
{
	const int64_t number =
	    ((int64_t)random() << 31 | random()) >> random() % 62;

	return chance(8) ? most : least + number % (most - least + 1);
}

static struct rate
draw_rate(void)
{
	static const int64_t periods[] = {
	    NS_PER_S, 60 * NS_PER_S, 3600 * NS_PER_S};

	if (chance(2))
		return (struct rate){.count = 0};
	return (struct rate){
	    .count = (unsigned)draw(1, 1000000),
	    .period = PICK(periods),
	};
}

static struct limits
draw_limits(void)
{
	struct limits limits = {
	    .word_count = (size_t)draw(0, LIMITS_RULE_WORDS),
	    .per_source = (unsigned)draw(0, 1000000),
	    .source_rate = draw_rate(),
	    .total_rate = draw_rate(),
	    .overload = (enum overload)(random() % 3),
	    .busy_message = text_or_none(),
	};
	size_t i;

	for (i = 0; i < limits.word_count; i++)
		limits.words[i] = (struct rule_word){
		    .kind = (enum rule_kind)(random() % 3),
		    .text = PICK(texts),
		};
	return limits;
}

static struct haild_options
draw_haild(void)
{
	struct haild_options options = {
	    .host = PICK(hosts),
	    .port = PICK(ports),
	    .backlog = (unsigned)draw(0, 65535),
	    .burst = (unsigned)draw(1, 1000000),
	    .max_children = (unsigned)draw(1, 1000000),
	    .max_queued = (unsigned)draw(0, 1000000),
	    .message = PICK(texts),
	    .timeout = draw(NS_PER_MS, 24 * 3600 * NS_PER_S),
	    .linger = draw(0, 24 * 3600 * NS_PER_S),
	    .limits = draw_limits(),
	    .pid_file = text_or_none(),
	    .user = text_or_none(),
	    .directory = text_or_none(),
	    .no_sandbox = chance(2),
	    .verbosity = (int)(random() % 3) - 1,
	};

	if (chance(2)) {
		options.message_file = options.message;
		options.message = NULL;
	}
	return options;
}

Test(words, haild_reads_back_the_options_that_are_written)
{
	struct haild_options options, again;
	struct words words;
	int round;

	srandom(1);
	for (round = 0; round < ROUNDS; round++) {
		words = (struct words){.count = 0};
		options = draw_haild();
		words_add(&words, "haild");
		words_of_haild(&words, &options);
		cr_assert_eq(
		    haild_options_parse(&again, words.count, words.at, &why),
		    HAILD_SERVE, "%s", why.text);
		cr_assert(words_same_haild(&options, &again));
		words_free(&words);
	}
}

static struct criteria
draw_criteria(void)
{
	static const char *const all[] = {"p0=1ns", "p99.9=50ms", "max=4h",
	    "rate=0", "rate=0.1", "rate=1000000000M", "stranded=0",
	    "refused=1000000000M"};
	struct criteria criteria = {.count = 0};
	int left;

	for (left = (int)draw(0, CRITERIA_MAX); left > 0; left--)
		cr_assert_eq(criteria_add(&criteria, PICK(all), &why), 0, "%s",
		    why.text);
	return criteria;
}

static struct source_list
draw_sources(void)
{
	struct source_list sources = {.count = 0};
	struct sockaddr_in *v4;

	for (; sources.count < ADDRESS_MAX && !chance(4); sources.count++) {
		v4 = (void *)&sources.at[sources.count].storage;
		v4->sin_family = AF_INET;
		v4->sin_addr.s_addr =
		    htonl(INADDR_LOOPBACK + (in_addr_t)random() % 1000);
		sources.at[sources.count].length = sizeof(*v4);
	}
	return sources;
}

/* Any bytes, any number of them; or any bytes at all. */
static void
draw_expectation(struct expectation *expectation)
{
	static unsigned char bytes[300];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)random();
	expectation->any = chance(4);
	if (expectation->any)
		return;
	expectation->greeting.bytes = bytes;
	expectation->greeting.length = (size_t)draw(1, sizeof(bytes));
}

/* A visit, or a storm of all that there is. */
static struct hail_options
draw_hail(void)
{
	struct hail_options options = {
	    .host = PICK(hosts),
	    .port = PICK(ports),
	    .timeout = draw(NS_PER_US, 24 * 3600 * NS_PER_S),
	    .connect_timeout = draw(NS_PER_US, 24 * 3600 * NS_PER_S),
	    .first_byte_timeout = draw(NS_PER_US, 24 * 3600 * NS_PER_S),
	    .half_close = chance(2),
	    .sources = draw_sources(),
	    .expects = true,
	    .quiet = chance(2),
	    .color = chance(2),
	};

	draw_expectation(&options.expectation);
	if (chance(4))
		return options;
	options.task = TASK_STORM;
	options.connections = (uint64_t)draw(1, 1000000000000);
	options.duration = draw(NS_PER_US, 24 * 3600 * NS_PER_S);
	options.concurrency = (uint64_t)draw(1, 1000000);
	options.rate = chance(2) ? 0 : (double)draw(1, 10000000000) / 1000;
	options.jobs = (unsigned)draw(1, 256);
	options.output = text_or_none();
	options.hgrm = text_or_none();
	options.format = chance(2) ? FORMAT_TEXT : FORMAT_JSON;
	options.criteria = draw_criteria();
	return options;
}

Test(words, hail_reads_back_the_options_that_are_written)
{
	struct hail_options options, again;
	struct words words;
	int round;

	srandom(2);
	for (round = 0; round < ROUNDS; round++) {
		words = (struct words){.count = 0};
		options = draw_hail();
		words_add(&words, "hail");
		words_of_hail(&words, &options);
		cr_assert_eq(
		    hail_options_parse(&again, words.count, words.at, &why), 0,
		    "%s", why.text);
		cr_assert(words_same_hail(&options, &again));
		hail_options_free(&again);
		words_free(&words);
	}
}

Test(words, hail_reads_back_the_files_that_are_written)
{
	char *files[] = {(char[]){"-"}, (char[]){"--merge"}, (char[]){""}};
	struct hail_options again,
	    options = {
		.task = TASK_MERGE,
		.output = "-",
		.files = files,
		.file_count = COUNT(files),
	    };
	struct words words = {.count = 0};

	words_add(&words, "hail");
	words_of_hail(&words, &options);
	cr_assert_eq(hail_options_parse(&again, words.count, words.at, &why), 0,
	    "%s", why.text);
	cr_assert(words_same_hail(&options, &again));
	words_free(&words);
}
