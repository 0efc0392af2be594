#ifndef HAIL_STORM_H
#define HAIL_STORM_H

#include "address.h"
#include "hail/evidence.h"
#include "hail/options.h"
#include "hail/result.h"
#include "reason.h"

/*
 * Open the connections that options ask for, to the first of targets that
 * answers, and account for every one of them in a zeroed result: all but the
 * verdict, of which evidence is kept. Blocks for as long as that takes, which
 * the deadlines of the connections bound; SIGINT, SIGTERM and SIGHUP end it
 * in order (result.interrupted). Shows progress on stderr if that is a
 * terminal.
 * Returns 0, or -1 with a reason (EX_OSERR) if it could not begin.
 */
int storm_run(const struct hail_options *, const struct address_list *targets,
    struct result *, struct evidence *, struct reason *);

#endif
