/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "transport/loader_build.h"
#include "transport/probe_groups.h"
#include "transport/program_load.h"

static const struct {
	const char *name;
	unsigned uses;
} maps[LOADED_MAPS] = {
	[MAP_COUNTERS] = {"counters", 0},
	[MAP_CONNS] = {"conns", 0},
	[MAP_STEPS] = {"steps", 0},
	[MAP_CLOSERS] = {"closers", 0},
	[MAP_EVENTS] = {"events", 0},
	[MAP_CONTROL] = {"control", 0},
	[MAP_ROWS] = {"rows", USE_LATENCY},
	[MAP_SIDE] = {"side", USE_LATENCY},
	[MAP_TLS_HOLDS] = {"tls_holds", USE_TLS},
	[MAP_TLS_STEPS] = {NULL, USE_TLS}, /* see keep_uprobes() */
	[MAP_HEADERS_HOOKS] = {"headers_hooks", USE_HEADERS},
};

void build_describe(struct build *b, const char *format, ...)
{
	size_t n = strlen(b->loaded.description);
	va_list args;

	va_start(args, format);
	vsnprintf(b->loaded.description + n, sizeof(b->loaded.description) - n, format, args);
	va_end(args);
}

int build_fail(struct build *b, const char *what, int error)
{
	if (error == EPERM || error == EACCES)
		snprintf(b->err, b->err_size, "%s: %s; run as root, or with CAP_BPF and CAP_PERFMON", what,
			 strerror(error));
	else
		snprintf(b->err, b->err_size, "%s: %s", what, strerror(error));
	return -1;
}

void build_keep_program(struct build *b, int fd)
{
	if (b->loaded.n_programs < LOADED_PROGRAMS_MAX)
		b->loaded.programs[b->loaded.n_programs++] = fd;
}

static int make_maps(struct build *b)
{
	const char *failed = "";

	if (object_create_maps(b->object, b->map_fds, &failed) < 0)
		return build_fail(b, failed, errno);
	for (int i = 0; i < LOADED_MAPS; i++) {
		bool wanted = maps[i].name && probe_applies(b->loaded.uses, maps[i].uses);
		int map = wanted ? object_find_map(b->object, maps[i].name) : -1;

		b->loaded.maps[i] = map < 0 ? -1 : b->map_fds[map];
		if (map < 0 && wanted)
			return build_fail(b, maps[i].name, ENOENT);
	}
	return 0;
}

static const struct attach_point *find_point(unsigned uses, const char *program)
{
	for (const struct attach_point *p = probe_points; p->program; p++) {
		if (probe_applies(uses, p->uses) && strcmp(p->program, program) == 0)
			return p;
	}
	return NULL;
}

/* Some that others go on in are at attach points, too. */
static bool is_attached(unsigned uses, const char *program)
{
	for (const struct attach_point *p = probe_points; p->program; p++) {
		if (p->kind != ATTACH_TAIL_CALL && p->kind != ATTACH_RAW_TAIL_CALL &&
		    probe_applies(uses, p->uses) && strcmp(p->program, program) == 0)
			return true;
	}
	return false;
}

/* A tail call goes to a program of the caller's own type. */
static enum bpf_prog_type program_type(unsigned uses, const struct attach_point *p)
{
	bool tail = p->kind == ATTACH_TAIL_CALL;
	bool raw = p->kind == ATTACH_RAW_TRACEPOINT || p->kind == ATTACH_RAW_TAIL_CALL ||
		   (tail && uses & USE_SOCKETS);

	if (p->kind == ATTACH_KPROBE || p->kind == ATTACH_KRETPROBE || (tail && uses & USE_RETURNS))
		return BPF_PROG_TYPE_KPROBE;
	return raw ? BPF_PROG_TYPE_RAW_TRACEPOINT : BPF_PROG_TYPE_TRACEPOINT;
}

/* Those of functions and libraries have an instance for each of their places. */
static bool loaded_where_attached(const struct attach_point *p)
{
	return p->kind == ATTACH_FENTRY || p->kind == ATTACH_FEXIT || p->kind == ATTACH_UPROBE;
}

static int load_programs(struct build *b)
{
	for (uint32_t i = 0; i < b->object->n_programs; i++) {
		const char *name = b->object->programs[i].name;
		const struct attach_point *a = find_point(b->loaded.uses, name);
		struct load_how how = {
			.map_fds = b->map_fds, .numbers = b->numbers, .n_numbers = b->n_numbers};

		b->fds[i] = -1;
		if (!a) {
			snprintf(b->err, b->err_size, "program %s has no attach point: a bug in this tool",
				 name);
			return -1;
		}
		if (loaded_where_attached(a))
			continue;
		how.type = program_type(b->loaded.uses, a);
		b->fds[i] = program_load(b->object, i, &how, b->err, b->err_size);
		if (b->fds[i] < 0)
			return -1;
		if (is_attached(b->loaded.uses, name))
			build_keep_program(b, b->fds[i]);
	}
	return 0;
}

/* ---- the programs for TLS libraries, loaded beside the others: the kernel's verifier takes its time ---- */

struct uprobe_build {
	const struct build *build;
	int steps;
	int programs[UPROBE_PROGRAMS];
	char err[1024];
	char no_headers[256]; /* why there are none of those for header lists */
};

/* Without them all else works.  A kernel may refuse them that takes the others. */
static void give_up_headers(struct uprobe_build *u)
{
	for (int i = UPROBE_HEADERS; i < UPROBE_PROGRAMS; i++) {
		if (u->programs[i] >= 0)
			close(u->programs[i]);
		u->programs[i] = -1;
	}
	snprintf(u->no_headers, sizeof(u->no_headers), "%.200s", u->err);
}

static int load_uprobes(struct uprobe_build *u)
{
	const struct build *b = u->build;
	int last = b->loaded.uses & USE_HEADERS ? UPROBE_PROGRAMS : UPROBE_HEADERS;
	struct load_how how = {
		.type = BPF_PROG_TYPE_KPROBE,
		.map_fds = b->map_fds,
		.numbers = b->numbers,
		.n_numbers = b->n_numbers,
	};

	/* the kernel may preempt these, by which the others must not find their scratch memory in use */
	how.own_runs = object_create_map(b->object, object_find_map(b->object, "runs"));
	if (how.own_runs < 0) {
		snprintf(u->err, sizeof(u->err), "cannot make a BPF map: %s", strerror(errno));
		return -1;
	}
	how.own_steps = program_steps_load(b->object, b->loaded.uses, &how, u->err, sizeof(u->err));
	u->steps = how.own_steps;
	for (int i = 0; i < UPROBE_PROGRAMS; i++)
		u->programs[i] = -1;
	for (int i = 0; u->steps >= 0 && i < last; i++) {
		int program = object_find_program(b->object, uprobe_program_functions[i]);

		how.kind = i;
		if (program >= 0)
			u->programs[i] = program_load(b->object, program, &how, u->err, sizeof(u->err));
		if (u->programs[i] >= 0)
			continue;
		if (i < UPROBE_HEADERS)
			return -1;
		give_up_headers(u);
		break;
	}
	return u->steps;
}

static void *run_load_uprobes(void *arg)
{
	return load_uprobes(arg) < 0 ? arg : NULL;
}

static int keep_uprobes(struct build *b, const struct uprobe_build *u, bool failed)
{
	if (failed) {
		snprintf(b->err, b->err_size, "%s", u->err);
		return -1;
	}
	if (*u->no_headers)
		build_describe(b, "header lists: not taken: %s\n", u->no_headers);
	memcpy(b->loaded.uprobes, u->programs, sizeof(u->programs));
	b->loaded.maps[MAP_TLS_STEPS] = u->steps;
	return 0;
}

int build_load(struct build *b)
{
	struct uprobe_build uprobes = {.build = b};
	bool threaded = false, wanted = b->loaded.uses & USE_TLS;
	void *failed = NULL;
	pthread_t thread;
	int ret;

	if (make_maps(b) < 0)
		return -1;
	if (wanted)
		threaded = pthread_create(&thread, NULL, run_load_uprobes, &uprobes) == 0;
	ret = load_programs(b);
	if (threaded)
		pthread_join(thread, &failed);
	else if (wanted && ret == 0)
		failed = run_load_uprobes(&uprobes);
	if (ret == 0 && wanted)
		ret = keep_uprobes(b, &uprobes, failed != NULL);
	return ret;
}
