/* SPDX-License-Identifier: Apache-2.0 */
/* kernel_functions.h - functions of the running kernel as BTF knows them: what fentry and fexit need. */
#ifndef L7SCOPE_KERNEL_FUNCTIONS_H
#define L7SCOPE_KERNEL_FUNCTIONS_H

#include <stddef.h>
#include <stdint.h>

#define KERNEL_FUNCTIONS_MAX 16

struct kernel_function {
	const char *name;
	uint32_t btf_id;
	int n_arguments;
};

struct kernel_functions {
	struct kernel_function functions[KERNEL_FUNCTIONS_MAX];
	size_t n;
};

/* Those of probe_points that this kernel has.  Returns 0, or -1 with one sentence in err. */
int kernel_functions_find(struct kernel_functions *f, char *err, size_t err_size);

/* NULL: this kernel has none of that name. */
const struct kernel_function *kernel_function_find(const struct kernel_functions *f, const char *name);

#endif
