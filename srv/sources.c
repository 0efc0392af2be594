#include "haild/sources.h"

#include <stdlib.h>
#include <string.h>

#include "haild/unshared.h"

int
sources_open(struct sources *sources, unsigned busy, unsigned idle)
{
	const unsigned capacity = busy + idle;
	unsigned places = 2;

	while (places < capacity)
		places *= 2;
	*sources = (struct sources){
	    .at = unshared_map((capacity + 1UL) * sizeof(*sources->at)),
	    .table = unshared_map(places * sizeof(*sources->table)),
	    .mask = places - 1,
	    .capacity = capacity,
	};
	if (sources->at == NULL || sources->table == NULL)
		return -1;
	arc4random_buf(sources->key, sizeof(sources->key));
	return 0;
}

struct cidr
source_range(const struct cidr *address)
{
	return cidr_widen(address, address->version == 4 ? 32 : SOURCE_BITS_V6);
}

/* Where in the table the chain of range begins. */
static unsigned *
chain_of(struct sources *sources, const struct cidr *range)
{
	uint64_t hash;

	crypto_shorthash((unsigned char *)&hash, (const unsigned char *)range,
	    sizeof(*range), sources->key);
	return &sources->table[hash & sources->mask];
}

struct source *
sources_find(struct sources *sources, const struct cidr *range)
{
	unsigned at, search = 0;

	for (at = *chain_of(sources, range); at != 0;
	     at = sources->at[at].next) {
		if (++search > sources->longest_search)
			sources->longest_search = search;
		if (memcmp(&sources->at[at].range, range, sizeof(*range)) == 0)
			return &sources->at[at];
	}
	return NULL;
}

/* The ring of the idle: the newest behind nobody, the oldest before. */
static void
begin_idling(struct sources *sources, struct source *source)
{
	struct source *nobody = &sources->at[0];
	const unsigned self = (unsigned)(source - sources->at);

	source->older = nobody->older;
	source->newer = 0;
	sources->at[source->older].newer = self;
	nobody->older = self;
}

static void
end_idling(struct sources *sources, const struct source *source)
{
	sources->at[source->older].newer = source->newer;
	sources->at[source->newer].older = source->older;
}

static void
forget(struct sources *sources, struct source *source)
{
	const unsigned self = (unsigned)(source - sources->at);
	unsigned *link = chain_of(sources, &source->range);

	while (*link != self)
		link = &sources->at[*link].next;
	*link = source->next;
	end_idling(sources, source);
	sources->known--;
}

/* A free place: one that was never taken, or that of the longest idle. */
static struct source *
vacate(struct sources *sources)
{
	struct source *oldest;

	if (sources->used < sources->capacity)
		return &sources->at[++sources->used];
	oldest = &sources->at[sources->at[0].newer];
	forget(sources, oldest);
	return oldest;
}

struct source *
sources_know(struct sources *sources, const struct cidr *range)
{
	struct source *source = sources_find(sources, range);
	unsigned *chain;

	if (source != NULL)
		return source;
	source = vacate(sources);
	chain = chain_of(sources, range);
	*source = (struct source){.range = *range, .next = *chain};
	*chain = (unsigned)(source - sources->at);
	begin_idling(sources, source);
	sources->known++;
	return source;
}

void
sources_pin(struct sources *sources, struct source *source)
{
	if (source->pins++ == 0)
		end_idling(sources, source);
}

void
sources_unpin(struct sources *sources, struct source *source)
{
	if (--source->pins == 0)
		begin_idling(sources, source);
}
