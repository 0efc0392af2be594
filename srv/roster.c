#include "haild/roster.h"

#include <stddef.h>

#include "haild/unshared.h"

int
roster_open(struct roster *roster, unsigned capacity)
{
	unsigned i, places = 2;

	while (places < 2 * capacity)
		places *= 2;
	*roster = (struct roster){
	    .slots = unshared_map(capacity * sizeof(*roster->slots)),
	    .table = unshared_map(places * sizeof(*roster->table)),
	    .capacity = capacity,
	    .mask = places - 1,
	};
	if (roster->slots == NULL || roster->table == NULL)
		return -1;
	for (i = 0; i < capacity; i++)
		roster->slots[i].next_free = i + 1;
	return 0;
}

/* Process ids come in sequence: their low bits spread best. */
static unsigned
home(const struct roster *roster, pid_t pid)
{
	return (unsigned)pid & roster->mask;
}

/* The place in the table that holds pid, or the free one where it belongs. */
static unsigned
place_of(const struct roster *roster, pid_t pid)
{
	unsigned place = home(roster, pid);

	while (roster->table[place] != 0 &&
	    roster->slots[roster->table[place] - 1].pid != pid)
		place = (place + 1) & roster->mask;
	return place;
}

struct slot *
roster_assign(struct roster *roster)
{
	struct slot *slot;

	if (roster->free == roster->capacity)
		return NULL;
	slot = &roster->slots[roster->free];
	if (roster->free >= roster->reached)
		roster->reached = roster->free + 1;
	roster->free = slot->next_free;
	roster->alive++;
	return slot;
}

void
roster_enter(struct roster *roster, struct slot *slot, pid_t pid)
{
	slot->pid = pid;
	roster->table[place_of(roster, pid)] =
	    (unsigned)(slot - roster->slots) + 1;
}

struct slot *
roster_find(struct roster *roster, pid_t pid)
{
	unsigned place = place_of(roster, pid);

	return roster->table[place] == 0
	    ? NULL
	    : &roster->slots[roster->table[place] - 1];
}

/* Take pid out and move up what had to go past its place (linear probing). */
static void
remove_from_table(struct roster *roster, pid_t pid)
{
	unsigned hole = place_of(roster, pid), place = hole, at;

	for (;;) {
		place = (place + 1) & roster->mask;
		if (roster->table[place] == 0)
			break;
		at = home(roster, roster->slots[roster->table[place] - 1].pid);
		if (((place - at) & roster->mask) <
		    ((place - hole) & roster->mask))
			continue;
		roster->table[hole] = roster->table[place];
		hole = place;
	}
	roster->table[hole] = 0;
}

void
roster_release(struct roster *roster, struct slot *slot)
{
	if (slot->pid != 0)
		remove_from_table(roster, slot->pid);
	slot->pid = 0;
	slot->next_free = roster->free;
	roster->free = (unsigned)(slot - roster->slots);
	roster->alive--;
}
