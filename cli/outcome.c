#include "hail/outcome.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *key;
	const char *words;
	bool local;
} outcomes[OUTCOMES] = {
    [OUTCOME_OK] = {"ok", "ok", false},
    [OUTCOME_MISMATCH] = {"mismatch", "mismatch", false},
    [OUTCOME_SHORT] = {"short", "short", false},
    [OUTCOME_EXTRA] = {"extra", "extra", false},
    [OUTCOME_EMPTY] = {"empty", "empty", false},
    [OUTCOME_REFUSED] = {"refused", "refused", false},
    [OUTCOME_UNREACHABLE] = {"unreachable", "unreachable", false},
    [OUTCOME_RESET_BEFORE] = {"reset_before_greeting", "reset before greeting",
	false},
    [OUTCOME_RESET_WITHIN] = {"reset_within_greeting", "reset within greeting",
	false},
    [OUTCOME_CONNECT_TIMEOUT] = {"connect_timeout", "connect timeout", false},
    [OUTCOME_STRANDED] = {"stranded", "stranded", false},
    [OUTCOME_TOTAL_TIMEOUT] = {"total_timeout", "total timeout", false},
    [OUTCOME_NO_PORT] = {"no_port", "no local port", true},
    [OUTCOME_NO_DESCRIPTOR] = {"no_descriptor", "no descriptor", true},
    [OUTCOME_LOCAL_ERROR] = {"local_error", "other local error", true},
    [OUTCOME_ABORTED] = {"aborted", "aborted", false},
};

const char *
outcome_key(enum outcome outcome)
{
	return outcomes[outcome].key;
}

const char *
outcome_words(enum outcome outcome)
{
	return outcomes[outcome].words;
}

bool
outcome_find(const char *key, enum outcome *outcome)
{
	size_t i;

	for (i = 0; i < OUTCOMES; i++) {
		if (strcmp(key, outcomes[i].key) == 0) {
			*outcome = (enum outcome)i;
			return true;
		}
	}
	return false;
}

bool
outcome_is_local(enum outcome outcome)
{
	return outcomes[outcome].local;
}
