#ifndef HAIL_VISIT_H
#define HAIL_VISIT_H

#include "address.h"
#include "hail/options.h"
#include "reason.h"

/*
 * Connect to the first of targets that answers, read to the end and write
 * what comes to stdout as it comes, byte for byte (to a terminal through
 * terminal.h; nothing with -q). Blocks, no longer than the timeouts of the
 * options and stdout say.
 * Returns 0, or -1 with a reason that names the address: it did not answer,
 * did not greet, did not come to an end, or came with other bytes than those
 * expected (status 1); stdout took no more (EX_IOERR).
 */
int visit(const struct hail_options *, const struct address_list *targets,
    struct reason *);

#endif
