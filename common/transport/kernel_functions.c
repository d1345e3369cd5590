/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/kernel_functions.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "transport/probe_groups.h"

static void find_one(struct kernel_functions *f, const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
	const struct btf_type *function = id > 0 ? btf__type_by_id(btf, id) : NULL;
	const struct btf_type *proto = function ? btf__type_by_id(btf, function->type) : NULL;

	if (proto && btf_is_func_proto(proto) && f->n < KERNEL_FUNCTIONS_MAX)
		f->functions[f->n++] = (struct kernel_function){name, id, btf_vlen(proto)};
}

int kernel_functions_find(struct kernel_functions *f, char *err, size_t err_size)
{
	struct btf *btf = btf__load_vmlinux_btf();

	f->n = 0;
	if (!btf) {
		snprintf(err, err_size, "fentry probes need the kernel's BTF, which cannot be read: %s",
			 strerror(errno));
		return -1;
	}
	for (const struct attach_point *p = probe_points; p->program; p++) {
		if (p->kind == ATTACH_FENTRY && !kernel_function_find(f, p->event))
			find_one(f, btf, p->event);
	}
	btf__free(btf);
	return 0;
}

const struct kernel_function *kernel_function_find(const struct kernel_functions *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->functions[i].name, name) == 0)
			return &f->functions[i];
	}
	return NULL;
}
