#ifndef HAIL_DELIVER_H
#define HAIL_DELIVER_H

#include "hail/options.h"
#include "hail/result.h"
#include "reason.h"

/*
 * Find out before a long run whether its files can be written; leaves no
 * trace. Returns 0, or -1 with a reason that names the file.
 */
int deliver_try(const struct hail_options *, struct reason *);

/*
 * Bring a judged result to where the options want it: first the files, which
 * must not be lost if stdout is stuck, then stdout, for people or as JSON.
 * Blocks as long as stdout does.
 * Returns 0, or -1 with a reason: what json_save and hgrm_save say, or
 * EX_IOERR for stdout.
 */
int
deliver(const struct hail_options *, const struct result *, struct reason *);

/* Make sure that what was printed has left; 0, or -1 with EX_IOERR. */
int deliver_flush(struct reason *);

#endif
