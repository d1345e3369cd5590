/* SPDX-License-Identifier: Apache-2.0 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "transport/attach.h"
#include "transport/loader_build.h"
#include "transport/probe_groups.h"
#include "transport/program_load.h"

static bool keep_link(struct build *b, int link)
{
	if (link < 0 || b->loaded.n_links == LOADED_LINKS_MAX)
		return false;
	b->loaded.links[b->loaded.n_links++] = link;
	return true;
}

/* Its program has the function's own type of arguments, and so have those that it goes on in. */
static int attach_function(struct build *b, const struct attach_point *p)
{
	int program = object_find_program(b->object, p->program);
	const struct kernel_function *f = kernel_function_find(&b->functions, p->event);
	struct load_how how = {
		.type = BPF_PROG_TYPE_TRACING,
		.attach_type = p->kind == ATTACH_FEXIT ? BPF_TRACE_FEXIT : BPF_TRACE_FENTRY,
		.map_fds = b->map_fds,
		.numbers = b->numbers,
		.n_numbers = b->n_numbers,
	};
	int fd, link;

	if (!f || program < 0)
		return -ENOENT;
	how.btf_id = f->btf_id;
	if (p->kind == ATTACH_FEXIT) {
		how.own_steps = program_steps_load(b->object, b->loaded.uses, &how, b->err, b->err_size);
		if (!keep_link(b, how.own_steps))
			return how.own_steps;
		how.kind = f->n_arguments;
	}
	fd = program_load(b->object, program, &how, b->err, b->err_size);
	if (fd < 0)
		return fd;
	link = attach_raw_tracepoint(NULL, fd);
	build_keep_program(b, fd);
	return link;
}

static int attach_tail_call(struct build *b, const struct attach_point *p, int prog)
{
	int array = object_find_map(b->object, p->category);
	uint32_t index = atoi(p->event);

	return array < 0 || bpf_map_update_elem(b->map_fds[array], &index, &prog, BPF_ANY) < 0 ? -errno : 0;
}

static int attach_one(struct build *b, const struct attach_point *p)
{
	int program = object_find_program(b->object, p->program), prog = program < 0 ? -1 : b->fds[program];

	if (program < 0)
		return -ENOENT;
	switch (p->kind) {
	case ATTACH_TAIL_CALL:
	case ATTACH_RAW_TAIL_CALL:
		return attach_tail_call(b, p, prog);
	case ATTACH_RAW_TRACEPOINT:
		return attach_raw_tracepoint(p->event, prog);
	case ATTACH_KPROBE:
	case ATTACH_KRETPROBE:
		return attach_kprobe(p->event, p->kind == ATTACH_KRETPROBE, prog);
	case ATTACH_FENTRY:
	case ATTACH_FEXIT:
		return attach_function(b, p);
	case ATTACH_UPROBE: /* when a library is found */
		return 0;
	default:
		return attach_tracepoint(b->tracefs, p->category, p->event, prog);
	}
}

static int tell_all_attached(struct build *b)
{
	int map = object_find_map(b->object, "all_attached");
	uint32_t zero = 0, yes = 1;

	if (map < 0 || bpf_map_update_elem(b->map_fds[map], &zero, &yes, BPF_ANY) < 0)
		return build_fail(b, "cannot start the probes", map < 0 ? ENOENT : errno);
	return 0;
}

int build_attach(struct build *b)
{
	for (const struct attach_point *p = probe_points; p->program; p++) {
		char what[128];
		int result;

		if (!probe_applies(b->loaded.uses, p->uses))
			continue;
		result = attach_one(b, p);
		if (result > 0)
			keep_link(b, result);
		if (result >= 0) {
			b->loaded.measures_queue |= strcmp(p->program, "on_data_ready") == 0;
			continue;
		}
		if (p->optional) {
			*b->err = '\0';
			if (p->kind != ATTACH_FEXIT && p->kind != ATTACH_KRETPROBE) /* its entry was told */
				build_describe(b, "not attached: %s (%s)\n", p->event, strerror(-result));
			continue;
		}
		if (p->kind == ATTACH_FENTRY || p->kind == ATTACH_FEXIT) {
			snprintf(b->err, b->err_size,
				 "this kernel cannot put fentry probes on its functions (%s): use "
				 "--probes=auto or tracepoint",
				 strerror(-result));
			return -1;
		}
		if (*b->err) /* said already */
			return -1;
		snprintf(what, sizeof(what), "cannot attach %s to %s", p->program,
			 p->event ? p->event : p->category);
		return build_fail(b, what, -result);
	}
	return tell_all_attached(b);
}
