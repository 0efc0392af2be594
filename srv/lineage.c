#include "haild/lineage.h"

#include <string.h>
#include <unistd.h>

int
lineage_next(const struct lineage *lineage)
{
	return lineage->dead_count > 0 ? lineage->dead[0].channel
				       : lineage->channel;
}

bool
lineage_has_place(const struct lineage *lineage)
{
	return lineage->dead_count < LINEAGE_DEAD;
}

void
lineage_put_aside(struct lineage *lineage, uint64_t accepted)
{
	if (lineage->channel == -1)
		return;
	lineage->dead[lineage->dead_count++] = (struct ancestor){
	    .channel = lineage->channel,
	    .accepted = accepted,
	};
	lineage->channel = -1;
}

uint64_t
lineage_close_next(struct lineage *lineage, uint64_t accepted)
{
	const struct ancestor oldest = lineage->dead[0];

	if (lineage->dead_count == 0) {
		close(lineage->channel);
		lineage->channel = -1;
		return accepted;
	}
	close(oldest.channel);
	lineage->dead_count--;
	memmove(&lineage->dead[0], &lineage->dead[1],
	    lineage->dead_count * sizeof(oldest));
	return oldest.accepted;
}
