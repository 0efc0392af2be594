#include "haild/roster.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Process ids that meet in the table: so many places, so many for each. */
#define PLACES 6
#define ROUNDS 6
#define PIDS   (PLACES * ROUNDS)

/* The same in the plainest way: who is alive, and in which slot. */
struct model {
	struct roster roster;
	pid_t pids[PIDS];
	struct slot *slots[PIDS]; /* NULL: not alive */
	unsigned alive;
};

/*
 * Half of the places are the last of the table, so that those who meet there
 * go on at its start.
 */
static void
choose_pids(struct model *model)
{
	const pid_t size = 8 * ((pid_t)model->roster.mask + 1);
	pid_t i;

	for (i = 0; i < PIDS; i++)
		model->pids[i] =
		    size * (1 + i / PLACES) + i % PLACES - PLACES / 2;
}

static struct slot *
assign(struct model *model)
{
	struct slot *slot = roster_assign(&model->roster);

	cr_assert_eq(slot == NULL, model->alive == model->roster.capacity);
	cr_assert(slot == NULL || slot->pid == 0, "it is taken");
	model->alive += slot != NULL;
	return slot;
}

static void
release(struct model *model, struct slot *slot)
{
	roster_release(&model->roster, slot);
	model->alive--;
}

/* One that is born, one that dies, or a fork that failed. */
static void
step(struct model *model)
{
	const size_t i = (size_t)random() % PIDS;
	struct slot *slot;

	if (model->slots[i] != NULL) {
		release(model, model->slots[i]);
		model->slots[i] = NULL;
		return;
	}
	slot = assign(model);
	if (slot == NULL)
		return;
	if (random() % 8 == 0) {
		release(model, slot);
		return;
	}
	roster_enter(&model->roster, slot, model->pids[i]);
	slot->peer.length = (socklen_t)i;
	model->slots[i] = slot;
}

static void
assert_same(struct model *model)
{
	size_t i;

	cr_assert_eq(model->roster.alive, model->alive);
	for (i = 0; i < PIDS; i++) {
		cr_assert_eq(roster_find(&model->roster, model->pids[i]),
		    model->slots[i], "pid %d", (int)model->pids[i]);
		cr_assert(model->slots[i] == NULL ||
		    (model->slots[i]->pid == model->pids[i] &&
			model->slots[i]->peer.length == i));
	}
}

struct capacity_row {
	unsigned capacity;
};

ParameterizedTestParameters(roster, whoever_comes_and_goes_all_are_found)
{
	static struct capacity_row rows[] = {
	    {1}, {2}, {3}, {4}, {7}, {8}, {20}, {PIDS}, {100}};

	return cr_make_param_array(struct capacity_row, rows, COUNT(rows));
}

ParameterizedTest(
    struct capacity_row *row, roster, whoever_comes_and_goes_all_are_found)
{
	struct model model = {.alive = 0};
	int i;

	srandom(row->capacity);
	cr_assert_eq(roster_open(&model.roster, row->capacity), 0, "%m");
	choose_pids(&model);
	assert_same(&model);
	for (i = 0; i < 20000; i++) {
		step(&model);
		assert_same(&model);
	}
}

Test(roster, there_are_as_many_slots_as_asked_for_and_each_once)
{
	static bool seen[1000];
	struct roster roster;
	struct slot *slot;
	unsigned i;

	cr_assert_eq(roster_open(&roster, 1000), 0, "%m");
	for (i = 0; i < 1000; i++) {
		slot = roster_assign(&roster);
		cr_assert_not_null(slot, "%u", i);
		cr_assert_not(seen[slot - roster.slots]);
		seen[slot - roster.slots] = true;
	}
	cr_expect_null(roster_assign(&roster));
	cr_expect_eq(roster.alive, 1000);
}

/* Nobody is found by the pid of a slot that is free: 0 names no child. */
Test(roster, one_that_was_not_born_is_nobody)
{
	struct roster roster;

	cr_assert_eq(roster_open(&roster, 4), 0, "%m");
	roster_release(&roster, roster_assign(&roster));
	cr_assert_not_null(roster_assign(&roster));
	cr_expect_null(roster_find(&roster, 0));
	cr_expect_null(roster_find(&roster, -1));
}

/* As the kernel gives them out, up to the largest there is. */
Test(roster, pids_in_sequence_each_have_a_place_of_their_own)
{
	const pid_t last = 1 << 22, first = last - 10000;
	struct roster roster;
	unsigned slot;
	pid_t pid;

	cr_assert_eq(roster_open(&roster, 10000), 0, "%m");
	for (pid = first; pid < last; pid++)
		roster_enter(&roster, roster_assign(&roster), pid);
	for (pid = first; pid < last; pid++) {
		slot = roster.table[(unsigned)pid & roster.mask] - 1;
		cr_assert_eq(roster.slots[slot].pid, pid);
	}
}
