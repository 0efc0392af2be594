#include "raid.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "hail/json.h"

#define WORDS_MAX 48

void
raid_start(struct raid *raid, const char *name, const char *host, unsigned port,
    char *const words[], const struct process_options *options)
{
	char *argv[WORDS_MAX] = {(char[]){BUILD "/hail"}}, port_word[16];
	char host_word[64];
	size_t count = 1;

	scratch_path(name, raid->path);
	snprintf(port_word, sizeof(port_word), "%u", port);
	strlcpy(
	    host_word, host == NULL ? "127.0.0.1" : host, sizeof(host_word));
	for (; *words != NULL; words++)
		argv[count++] = *words;
	argv[count++] = (char[]){"-o"};
	argv[count++] = raid->path;
	argv[count++] = host_word;
	argv[count++] = port_word;
	argv[count] = NULL;
	cr_assert_lt(count, WORDS_MAX);
	process_start(&raid->process, argv, options);
}

void
raid_finish(struct raid *raid)
{
	struct reason why;

	raid->status = process_wait(&raid->process);
	cr_assert_eq(json_load(&raid->result, raid->path, &why), 0,
	    "status %d, %s\n%s%s", raid->status, why.text,
	    raid->process.output[PROCESS_OUT].text,
	    raid->process.output[PROCESS_ERR].text);
	cr_assert_eq(result_balance(&raid->result, &why), 0, "%s", why.text);
}

int
raid_run(struct raid *raid, unsigned port, char *const words[])
{
	raid_start(raid, "result.json", NULL, port, words, NULL);
	raid_finish(raid);
	process_free(&raid->process);
	return raid->status;
}

void
raid_expect(const struct raid *raid, enum outcome outcome, uint64_t count,
    uint64_t planned)
{
	const struct tally *tally = &raid->result.tally;
	unsigned i;

	cr_assert_eq(raid->result.planned, planned);
	for (i = 0; i < OUTCOMES; i++) {
		if (i == outcome)
			cr_expect_eq(tally->ended[i], count, "%ju ended: %s",
			    (uintmax_t)tally->ended[i], outcome_words(i));
		else if (i == OUTCOME_OK)
			cr_expect_eq(tally->ended[i], planned - count);
		else
			cr_expect_eq(tally->ended[i], 0, "%ju ended: %s",
			    (uintmax_t)tally->ended[i], outcome_words(i));
	}
}

bool
raid_says(const struct raid *raid, const char *words)
{
	unsigned i;

	for (i = 0; i < raid->result.reason_count; i++)
		if (strstr(raid->result.reasons[i], words) != NULL)
			return true;
	return false;
}
