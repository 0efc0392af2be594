#ifndef HAIL_JUDGE_H
#define HAIL_JUDGE_H

#include "hail/criteria.h"
#include "hail/result.h"

/*
 * Decide the verdict, and replace the reasons of the result by what decided
 * it, the most important first; whoever explains further does so afterwards.
 *
 * INVALID if this machine was the limit: ends that are local beyond what is
 * tolerated, connections that were aborted or never started, a start that
 * lagged behind the rate asked by more than 1 %, an interrupt, or no
 * connection at all. Otherwise FAIL if an end but ok happened beyond what is
 * tolerated or a criterion is not met. Otherwise PASS.
 */
void judge(struct result *, const struct criteria *);

/* PASS, FAIL, INVALID. */
const char *verdict_word(enum verdict);

/*
 * The exit status that says it: 0 PASS, 1 FAIL, 75 (EX_TEMPFAIL) INVALID.
 * That a run was interrupted (130) is its caller's to say.
 */
int verdict_status(enum verdict);

#endif
