#include <inttypes.h>
#include <stdio.h>

#include "haild/admission.h"

char *
admission_explain(const struct admission *admission, const struct address *peer,
    enum cause cause, char buf[ADMISSION_STRLEN])
{
	const struct limits *limits = admission->limits;
	char name[CIDR_STRLEN] = "", rate[RATE_STRLEN];
	struct cidr address, range;

	if (cidr_of(peer, &address)) {
		range = source_range(&address);
		cidr_format(&range, name);
	}
	switch (cause) {
	case CAUSE_RULE:
		snprintf(buf, ADMISSION_STRLEN, "denied by a rule");
		break;
	case CAUSE_LIVE:
		snprintf(buf, ADMISSION_STRLEN,
		    "%s is at its limit of %u (--per-source)", name,
		    limits->per_source);
		break;
	case CAUSE_SOURCE_RATE:
		snprintf(buf, ADMISSION_STRLEN,
		    "more than %s from %s (--rate-per-source)",
		    rate_format(&limits->source_rate, rate), name);
		break;
	case CAUSE_TOTAL_RATE:
		snprintf(buf, ADMISSION_STRLEN,
		    "more than %s in all (--max-rate)",
		    rate_format(&limits->total_rate, rate));
		break;
	case CAUSE_NO_ROOM:
		snprintf(buf, ADMISSION_STRLEN,
		    "too many wait for their turn, %s", name);
		break;
	default:
		snprintf(buf, ADMISSION_STRLEN,
		    "the turn of %s did not come in time", name);
	}
	return buf;
}

static const char *const names[CAUSES] = {
    [CAUSE_RULE] = "by rule",
    [CAUSE_LIVE] = "per source",
    [CAUSE_SOURCE_RATE] = "rate per source",
    [CAUSE_TOTAL_RATE] = "max rate",
    [CAUSE_NO_ROOM] = "no room to wait",
    [CAUSE_LATE] = "waited too long",
};

char *
admission_format(const struct admission *admission, char buf[ADMISSION_STRLEN])
{
	char *to = buf, *const end = buf + ADMISSION_STRLEN;
	uint64_t refused = 0;
	const char *sign = "=";
	int cause;

	for (cause = 0; cause < CAUSES; cause++)
		refused += admission->refused[cause];
	if (refused == 0 && admission->waited == 0)
		return NULL;
	to += snprintf(to, (size_t)(end - to), "refused %" PRIu64, refused);
	for (cause = 0; cause < CAUSES; cause++) {
		if (admission->refused[cause] == 0)
			continue;
		to += snprintf(to, (size_t)(end - to), " %s %s %" PRIu64, sign,
		    names[cause], admission->refused[cause]);
		sign = "+";
	}
	snprintf(to, (size_t)(end - to),
	    "; waited %" PRIu64 ", most at once %" PRIu64 "; sources %u",
	    admission->waited, admission->most_waiting,
	    admission->sources.known);
	return buf;
}
