/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compiler.h - a process that compiles one text with libbcc.
 *
 * LLVM is what starting takes its time for: the text's parts are compiled side
 * by side, each in a process of its own, whose memory goes with it.
 */
#ifndef L7SCOPE_COMPILER_H
#define L7SCOPE_COMPILER_H

#include "transport/libbcc.h"
#include "transport/object.h"

struct compiler; /* opaque */

/* source_dir: as of libbcc_compile().  NULL with one sentence in err. */
struct compiler *compiler_start(const struct libbcc *bcc, const char *text, const char *source_dir, char *err,
				size_t err_size);
/* Waits for it, and adds what it made to the object.  0, or -1 with one sentence in err. */
int compiler_join(struct compiler *c, struct object *o, char *err, size_t err_size);
void compiler_free(struct compiler *c); /* takes NULL; ends one that was not waited for */

#endif
