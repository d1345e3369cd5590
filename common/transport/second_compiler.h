/* SPDX-License-Identifier: Apache-2.0 */
/*
 * second_compiler.h - compiles one part of the text in a process of its own,
 * beside the other: LLVM is what starting takes its time for, and two cores
 * are there.
 *
 * The part's programs come back as instructions; where they refer to a map,
 * they are bound to the first part's maps (the second's own are dropped).
 */
#ifndef L7SCOPE_SECOND_COMPILER_H
#define L7SCOPE_SECOND_COMPILER_H

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "transport/libbcc.h"

#define SECOND_PROGRAMS_MAX 8
/* Twice what the largest program has now. */
#define SECOND_INSNS_MAX 8192

struct second_program {
	char name[32];
	uint32_t n;
	struct bpf_insn insns[SECOND_INSNS_MAX]; /* map references: index into second_maps */
};

struct second_compiler; /* opaque */

/* The maps all parts of the text declare; ends with NULL. */
extern const char *const second_maps[];

/* libbcc must be loaded.  NULL with one sentence in err. */
struct second_compiler *second_compiler_start(const struct libbcc *bcc, const char *text,
					      const char *source_dir, char *err, size_t err_size);
/* Waits for it.  Returns the number of programs and points *programs at them (valid
 * until free), or -1 with one sentence in err. */
int second_compiler_join(struct second_compiler *s, struct second_program **programs, char *err,
			 size_t err_size);
void second_compiler_free(struct second_compiler *s);

/* Binds a program's map references to these maps of the first part.  0, or -1
 * when one of them is not there. */
int second_program_bind(struct second_program *p, const struct libbcc *bcc, void *first_module);

#endif
