#include "haild/admission.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "duration.h"

int
admission_open(struct admission *admission, const struct limits *limits,
    unsigned busy, struct reason *why)
{
	*admission = (struct admission){.limits = limits};
	if (limits_load_rules(limits, &admission->rules, why) == -1)
		return -1;
	if (limits_sources(limits) &&
	    sources_open(&admission->sources, busy, ADMISSION_IDLE) == -1)
		return reason_set(
		    why, EX_OSERR, "sources: %s", strerror(errno));
	return 0;
}

int
admission_reload(struct admission *admission, bool *changed, struct reason *why)
{
	struct rules rules;

	if (limits_check_files(admission->limits, why) == -1 ||
	    limits_load_rules(admission->limits, &rules, why) == -1)
		return -1;
	*changed = !rules_same(&rules, &admission->rules);
	rules_free(&admission->rules);
	admission->rules = rules;
	admission->turn = true;
	return 0;
}

/* Rules know IP only: a peer of another family is let in. */
static bool
permitted(const struct admission *admission, const struct address *peer)
{
	struct cidr address;

	return !cidr_of(peer, &address) ||
	    rules_permit(&admission->rules, &address);
}

/* The source of peer, made if know; NULL if not known, or not limited. */
static struct source *
source_of(struct admission *admission, const struct address *peer, bool know)
{
	struct cidr address, range;

	if (!limits_sources(admission->limits) || !cidr_of(peer, &address))
		return NULL;
	range = source_range(&address);
	return know ? sources_know(&admission->sources, &range)
		    : sources_find(&admission->sources, &range);
}

static unsigned
waiting_of(const struct source *source)
{
	return source->pins - source->live;
}

/* Is it over a limit of its own, and until when? */
static bool
over(const struct limits *limits, const struct source *source, int64_t now,
    enum cause *cause, int64_t *until)
{
	*until = NEVER;
	*cause = CAUSE_LIVE;
	if (limits->per_source != 0 && source->live >= limits->per_source)
		return true;
	if (limits->source_rate.count == 0)
		return false;
	*cause = CAUSE_SOURCE_RATE;
	*until = bucket_ready_at(&source->bucket, &limits->source_rate);
	return *until > now;
}

/* One connection more is served; source may be NULL. */
static enum verdict
admit(struct admission *admission, struct source *source, int64_t now)
{
	const struct limits *limits = admission->limits;

	if (limits->total_rate.count != 0)
		bucket_take(&admission->total, &limits->total_rate, now);
	if (source == NULL)
		return ADMIT;
	if (limits->source_rate.count != 0)
		bucket_take(&source->bucket, &limits->source_rate, now);
	source->live++;
	return ADMIT;
}

static enum verdict
refuse(struct admission *admission, enum cause cause, enum cause *told)
{
	admission->refused[cause]++;
	*told = cause;
	return REFUSE;
}

static enum verdict
have_wait(struct admission *admission, struct source *source, enum cause *cause)
{
	if (waiting_of(source) >= ADMISSION_SHARE)
		return refuse(admission, CAUSE_NO_ROOM, cause);
	sources_pin(&admission->sources, source);
	admission->waited++;
	if (++admission->waiting > admission->most_waiting)
		admission->most_waiting = admission->waiting;
	return WAIT;
}

static void
end_wait(struct admission *admission, struct source *source)
{
	admission->waiting--;
	sources_unpin(&admission->sources, source);
}

enum verdict
admission_decide(struct admission *admission, const struct address *peer,
    int64_t now, enum cause *cause)
{
	const struct limits *limits = admission->limits;
	struct source *source;
	int64_t until;

	if (!permitted(admission, peer))
		return refuse(admission, CAUSE_RULE, cause);
	source = source_of(admission, peer, false);
	/* Nobody overtakes those of the same source that wait. */
	if (source != NULL &&
	    (over(limits, source, now, cause, &until) ||
		waiting_of(source) > 0)) {
		if (limits->overload != OVERLOAD_WAIT)
			return refuse(admission, *cause, cause);
		if (!admission->hurry)
			return have_wait(admission, source, cause);
	}
	if (limits->total_rate.count != 0 &&
	    limits->overload == OVERLOAD_REFUSE &&
	    bucket_ready_at(&admission->total, &limits->total_rate) > now)
		return refuse(admission, CAUSE_TOTAL_RATE, cause);
	source = source_of(admission, peer, true);
	if (source != NULL)
		sources_pin(&admission->sources, source);
	return admit(admission, source, now);
}

int64_t
admission_opens_at(const struct admission *admission)
{
	const struct limits *limits = admission->limits;

	if (limits->total_rate.count == 0 || admission->hurry ||
	    limits->overload == OVERLOAD_REFUSE)
		return 0;
	return bucket_ready_at(&admission->total, &limits->total_rate);
}

enum verdict
admission_call(struct admission *admission, const struct address *peer,
    int64_t now, enum cause *cause, int64_t *until)
{
	struct source *source = source_of(admission, peer, false);

	if (!permitted(admission, peer)) {
		end_wait(admission, source);
		return refuse(admission, CAUSE_RULE, cause);
	}
	if (over(admission->limits, source, now, cause, until) &&
	    !admission->hurry)
		return WAIT;
	/* The pin of its wait is now that of its service. */
	admission->waiting--;
	return admit(admission, source, now);
}

void
admission_give_up(
    struct admission *admission, const struct address *peer, enum cause cause)
{
	end_wait(admission, source_of(admission, peer, false));
	admission->refused[cause]++;
}

void
admission_left(struct admission *admission, const struct address *peer)
{
	struct source *source = source_of(admission, peer, false);

	if (source == NULL)
		return;
	admission->turn = admission->turn || waiting_of(source) > 0;
	source->live--;
	sources_unpin(&admission->sources, source);
}
