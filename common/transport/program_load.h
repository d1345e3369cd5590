/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program_load.h - compiled programs go into the kernel: once, or once for
 * each kind, function or type of caller that needs a program of its own.
 */
#ifndef L7SCOPE_PROGRAM_LOAD_H
#define L7SCOPE_PROGRAM_LOAD_H

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/object.h"

struct load_how {
	enum bpf_prog_type type;
	enum bpf_attach_type attach_type; /* BPF_PROG_TYPE_TRACING: BPF_TRACE_FENTRY, _FEXIT */
	uint32_t btf_id;		  /* ... of the function */
	const int *map_fds;		  /* in the order of the object's maps */
	int own_steps;			  /* instead of the map "steps"; 0: not */
	int own_runs;			  /* instead of the map "runs"; 0: not */
	uint32_t kind;			  /* what KIND() of the BPF text is to be */
	const uint32_t *numbers;	  /* what NUMBER(i) is to be */
	size_t n_numbers;
};

/* program: index in the object.  Returns the program's descriptor, or -errno with one sentence in err. */
int program_load(const struct object *o, int program, const struct load_how *how, char *err, size_t err_size);

/*
 * Loads the programs that calls go on in (ATTACH_TAIL_CALL, array "steps") once
 * more, for callers of how->type, since a tail call goes to a program of the
 * caller's own type.  uses: USE_* of the run.  Returns their own array's
 * descriptor, or -errno with one sentence in err.
 */
int program_steps_load(const struct object *o, unsigned uses, const struct load_how *how, char *err,
		       size_t err_size);

#endif
