#include "haild/awake.h"

#include "duration.h"

#define MOST (2 * NS_PER_S)

int64_t
awake_look(struct awake *awake, int64_t now)
{
	const int64_t passed = now - awake->looked_at;

	awake->looked_at = now;
	awake->time += passed < MOST ? passed : MOST;
	return awake->time;
}
