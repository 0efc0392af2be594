#include "haild/waiting.h"

bool
waiting_add(
    struct waiting *waiting, const struct connection *connection, int64_t until)
{
	if (waiting->count == waiting->places)
		return false;
	waiting->at[waiting->count++] = (struct waiting_one){
	    .connection = *connection,
	    .until = until,
	};
	return true;
}

void
waiting_close_ranks(struct waiting *waiting)
{
	unsigned from, to = 0;

	for (from = 0; from < waiting->count; from++)
		if (waiting->at[from].connection.descriptor != -1)
			waiting->at[to++] = waiting->at[from];
	waiting->count = to;
}
