#ifndef HAIL_PLAN_H
#define HAIL_PLAN_H

#include "address.h"
#include "hail/options.h"
#include "hail/result.h"
#include "hail/worker.h"

/*
 * Make the plan of a whole run from what the user asked for, and from the
 * descriptors that a process may have. connections is UINT64_MAX when -d
 * decides alone. options and targets must outlive it.
 * Returns how many workers are to share it.
 */
unsigned plan_draw(struct worker_plan *, const struct hail_options *,
    const struct address_list *targets, uint64_t descriptors);

/* Enter in a zeroed result what was planned: all that is known beforehand. */
void plan_describe(const struct worker_plan *, unsigned jobs,
    const struct hail_options *, struct result *);

#endif
