/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox.h - what a tool may do from now on: what it still needs.
 *
 * A tool starts with the privileges to attach probes, and then reads for hours
 * what strangers send.  In between it enters the sandbox: capabilities that are
 * not needed any more are dropped, no_new_privs is set, and a seccomp filter lets
 * through only the system calls of named sets.  Any other one ends the
 * process: it is a bug, or worse, and going on after a call that failed for no
 * reason would hide both.  SIGSYS's handler names the call first, which plain
 * SECCOMP_RET_KILL would not; the call is not executed in either case.
 *
 * Processes that were forked before (the compiler's, see transport/loader.h and
 * conn_helper.h) are not in the sandbox; those that are forked later are.
 */
#ifndef L7SCOPE_SANDBOX_H
#define L7SCOPE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "app/sandbox_sets.h"

/* Room for what is said: all capabilities and sets are far shorter. */
#define SANDBOX_TEXT_MAX 512

/*
 * To be called when all is open, and before any thread is started.  Of the
 * capabilities that the sets need those are kept that the process has.  A kernel
 * without seccomp is no failure.  In text: one line for -v without its newline, or,
 * when false, one plain sentence.
 */
bool sandbox_enter(const char *tool, unsigned sets, char text[SANDBOX_TEXT_MAX]);

/* For --check: what sandbox_enter() would say; changes nothing. */
void sandbox_describe(unsigned sets, char text[SANDBOX_TEXT_MAX]);

#endif
