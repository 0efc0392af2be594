#ifndef HAILD_ADMISSION_H
#define HAILD_ADMISSION_H

#include "haild/limits.h"
#include "haild/sources.h"

/* How many idle sources are remembered, for the rate of each. */
#define ADMISSION_IDLE 65536

/* The most connections of one source that may wait at a time. */
#define ADMISSION_SHARE 64

/* What is to be done with a connection that came. */
enum verdict {
	ADMIT,	/* serve it; admission_left when that is over */
	WAIT,	/* keep it; admission_call until its turn has come */
	REFUSE, /* hang up */
};

/* Why it is not to be served at once, or not at all. */
enum cause {
	CAUSE_RULE,	   /* it is denied */
	CAUSE_LIVE,	   /* its source has as many as it may have */
	CAUSE_SOURCE_RATE, /* its source comes too often */
	CAUSE_TOTAL_RATE,  /* all together come too often */
	CAUSE_NO_ROOM,	   /* it should wait, and there is no room */
	CAUSE_LATE,	   /* it has waited too long */
	CAUSES
};

/*
 * The policy: who may come in, and how many, how often. It knows nothing of
 * sockets; of time only what it is told (monotonic ns).
 */
struct admission {
	const struct limits *limits;
	struct rules rules;
	struct sources sources; /* only with limits per source */
	struct bucket total;
	bool turn;  /* one that waits may have its turn: look */
	bool hurry; /* nobody is to wait any more: haild stops */
	uint64_t refused[CAUSES];
	uint64_t waited, most_waiting, waiting;
};

/* What admission_format writes at most, with its NUL. */
#define ADMISSION_STRLEN 400

/*
 * Begin, with the rules that limits names; limits stay the caller's and must
 * last. busy is how many connections there can be, served or waiting.
 * Returns 0, or -1 with a reason.
 */
int admission_open(
    struct admission *, const struct limits *, unsigned busy, struct reason *);

/*
 * Read the rules again; did they change? Returns 0, or -1 with a reason and
 * the old rules.
 */
int admission_reload(struct admission *, bool *changed, struct reason *);

/*
 * Decide about a new connection. cause is filled unless ADMIT. Only from
 * admission_opens_at on.
 */
enum verdict admission_decide(struct admission *, const struct address *peer,
    int64_t now, enum cause *cause);

/*
 * The instant from which a connection may be taken in: before, there is no
 * place for it in --max-rate. 0: always.
 */
int64_t admission_opens_at(const struct admission *);

/*
 * Has the turn of one that waits come? Ask in the order in which they came.
 * ADMIT and REFUSE (by a new rule) end its wait; after WAIT ask again when
 * admission->turn is set, and at until, which may be NEVER. Only from
 * admission_opens_at on.
 */
enum verdict admission_call(struct admission *, const struct address *peer,
    int64_t now, enum cause *cause, int64_t *until);

/* One that waits will not be served after all, because of cause. */
void
admission_give_up(struct admission *, const struct address *peer, enum cause);

/* One that was admitted is over. */
void admission_left(struct admission *, const struct address *peer);

/* Why, for people: "10.0.0.1 is at its limit of 5". Returns buf. */
char *admission_explain(const struct admission *, const struct address *peer,
    enum cause, char buf[ADMISSION_STRLEN]);

/*
 * "refused 3 = by rule 2 + per source 1; ..." without what is 0. Returns
 * buf, or NULL if nobody was refused and nobody had to wait.
 */
char *admission_format(const struct admission *, char buf[ADMISSION_STRLEN]);

#endif
