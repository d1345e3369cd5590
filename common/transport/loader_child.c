/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/loader_child.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "transport/attach.h"
#include "transport/compose.h"
#include "transport/header_tree.h"
#include "transport/libbcc.h"
#include "transport/probe_groups.h"
#include "transport/second_compiler.h"
#include "transport/tracefs.h"

#define PROGRAMS_MAX	  64
#define VERIFIER_LOG_SIZE (16 << 20)

static const struct {
	const char *name;
	unsigned uses;
} maps[LOADED_MAPS] = {
	[MAP_COUNTERS] = {"counters", 0},   [MAP_CONNS] = {"conns", 0},
	[MAP_STEPS] = {"steps", 0},	    [MAP_CLOSERS] = {"closers", 0},
	[MAP_EVENTS] = {"events", 0},	    [MAP_CONTROL] = {"control", 0},
	[MAP_ROWS] = {"rows", USE_LATENCY}, [MAP_SIDE] = {"side", USE_LATENCY},
};

struct child {
	const struct capture_options *options;
	pid_t parent;
	struct libbcc bcc;
	int bcc_failed;
	char bcc_err[512];
	void *module;
	const char *tracefs;
	struct {
		const char *name;
		int fd;
	} programs[PROGRAMS_MAX];
	int n_programs;
	struct loaded loaded;
	char *err;
	size_t err_size;
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

__attribute__((format(printf, 2, 3))) static void describe(struct loaded *l, const char *format, ...)
{
	size_t n = strlen(l->description);
	va_list args;

	va_start(args, format);
	vsnprintf(l->description + n, sizeof(l->description) - n, format, args);
	va_end(args);
}

static int fail(struct child *c, const char *what, int error)
{
	if (error == EPERM || error == EACCES)
		snprintf(c->err, c->err_size, "%s: %s; run as root, or with CAP_BPF and CAP_PERFMON", what,
			 strerror(error));
	else
		snprintf(c->err, c->err_size, "%s: %s", what, strerror(error));
	return -1;
}

/* libbpf explains failures on stderr; they are reported in our own words. */
static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static void *load_bcc(void *arg)
{
	struct child *c = arg;

	c->bcc_failed = libbcc_load(&c->bcc, c->bcc_err, sizeof(c->bcc_err));
	return NULL;
}

static const struct attach_point *find_point(const char *program)
{
	for (const struct attach_point *p = probe_points; p->program; p++) {
		if (strcmp(p->program, program) == 0)
			return p;
	}
	return NULL;
}

/* A tail call goes to a program of the caller's own type. */
static enum bpf_prog_type program_type(const struct child *c, const struct attach_point *p)
{
	bool tail = p->kind == ATTACH_TAIL_CALL;
	bool raw = p->kind == ATTACH_RAW_TRACEPOINT || p->kind == ATTACH_RAW_TAIL_CALL ||
		   (tail && c->loaded.uses & (USE_SOCKETS | USE_LENGTHS));

	if (p->kind == ATTACH_KPROBE || p->kind == ATTACH_KRETPROBE || (tail && c->loaded.uses & USE_RETURNS))
		return BPF_PROG_TYPE_KPROBE;
	return raw ? BPF_PROG_TYPE_RAW_TRACEPOINT : BPF_PROG_TYPE_TRACEPOINT;
}

/* The verifier's last words, for a program it refuses. */
static void explain_refusal(struct child *c, const char *name, enum bpf_prog_type type,
			    const struct bpf_insn *insns, size_t n)
{
	char *log = calloc(1, VERIFIER_LOG_SIZE), *at;
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .log_buf = log, .log_size = VERIFIER_LOG_SIZE, .log_level = 1);
	int error;

	if (!log)
		return;
	bpf_prog_load(type, name, "GPL", insns, n, &opts);
	error = errno;
	at = log + strlen(log);
	for (int lines = 0; at > log && lines < 4; at--)
		lines += at[-1] == '\n';
	snprintf(c->err, c->err_size, "the kernel refuses program %s (%s): %s", name, strerror(error),
		 *at ? at : "no explanation");
	for (char *p = c->err; *p; p++) {
		if (*p == '\n')
			*p = ' ';
	}
	if (getenv("L7SCOPE_VERIFIER_LOG"))
		fprintf(stderr, "%s\n", log);
	free(log);
}

static int load_program(struct child *c, const char *name, const struct bpf_insn *insns, size_t n)
{
	const struct attach_point *p = find_point(name);
	int fd;

	if (!p || c->n_programs == PROGRAMS_MAX) {
		snprintf(c->err, c->err_size, "program %s has no attach point: a bug in this tool", name);
		return -1;
	}
	fd = bpf_prog_load(program_type(c, p), name, "GPL", insns, n, NULL);
	if (fd < 0) {
		int error = errno;

		if (error == EPERM)
			return fail(c, "the kernel refuses BPF programs", error);
		explain_refusal(c, name, program_type(c, p), insns, n);
		return -1;
	}
	c->programs[c->n_programs].name = name;
	c->programs[c->n_programs++].fd = fd;
	return 0;
}

static int load_first(struct child *c)
{
	size_t n = c->bcc.num_functions(c->module);

	for (size_t i = 0; i < n; i++) {
		const char *name = c->bcc.function_name(c->module, i);
		size_t size = c->bcc.function_size(c->module, name);

		if (load_program(c, name, c->bcc.function_start(c->module, name),
				 size / sizeof(struct bpf_insn)) < 0)
			return -1;
	}
	for (int i = 0; i < LOADED_MAPS; i++) {
		bool here = probe_applies(c->loaded.uses, maps[i].uses);

		c->loaded.maps[i] = here ? c->bcc.table_fd(c->module, maps[i].name) : -1;
		if (here && c->loaded.maps[i] < 0)
			return fail(c, maps[i].name, ENOENT);
	}
	return 0;
}

static int load_second(struct child *c, struct second_compiler *second)
{
	struct second_program *programs;
	int n = second_compiler_join(second, &programs, c->err, c->err_size);

	for (int i = 0; i < n; i++) {
		if (second_program_bind(&programs[i], &c->bcc, c->module) < 0)
			return fail(c, programs[i].name, ENOENT);
		if (load_program(c, programs[i].name, programs[i].insns, programs[i].n) < 0)
			return -1;
	}
	return n < 0 ? -1 : 0;
}

/* Compiles both parts at once, in this process and another, and loads them. */
static int compile_and_load(struct child *c, struct compose_input *in, const char *source_dir)
{
	struct second_compiler *second = NULL;
	char *texts[2];
	int ret = -1;

	in->parts = PART_FIRST;
	texts[0] = compose_text(in);
	in->parts = PART_SECOND;
	texts[1] = compose_text(in);
	if (!texts[0] || !texts[1]) {
		fail(c, "cannot compose the BPF text", ENOMEM);
		goto cleanup;
	}
	libbcc_shorten_kallsyms();
	second = second_compiler_start(&c->bcc, texts[1], source_dir, c->err, c->err_size);
	if (!second)
		goto cleanup;
	c->module = libbcc_compile(&c->bcc, texts[0], source_dir, c->err, c->err_size);
	if (!c->module || load_first(c) < 0 || load_second(c, second) < 0)
		goto cleanup;
	ret = 0;
cleanup:
	/* not `second`: the programs' names live there, and this process is short */
	free(texts[0]);
	free(texts[1]);
	return ret;
}

/* ... with the header tree BTF needs around it. */
static int compile_with_types(struct child *c, struct compose_input *in)
{
	char tree[HEADER_TREE_PATH_MAX];
	int ret;

	if (!in->types)
		return compile_and_load(c, in,
					c->options->headers == HEADERS_DIR ? c->options->headers_dir : NULL);
	if (header_tree_make(tree, c->err, c->err_size) < 0)
		return -1;
	ret = compile_and_load(c, in, tree);
	header_tree_remove(tree);
	return ret;
}

static int program_fd(const struct child *c, const char *name)
{
	for (int i = 0; i < c->n_programs; i++) {
		if (strcmp(c->programs[i].name, name) == 0)
			return c->programs[i].fd;
	}
	return -ENOENT;
}

static int attach_one(struct child *c, const struct attach_point *p)
{
	int prog = program_fd(c, p->program), link = -ENOENT;

	if (prog < 0)
		return prog;
	if (p->kind == ATTACH_TAIL_CALL || p->kind == ATTACH_RAW_TAIL_CALL) {
		int array = c->bcc.table_fd(c->module, p->category);
		uint32_t index = atoi(p->event);

		return array < 0 || bpf_map_update_elem(array, &index, &prog, BPF_ANY) < 0 ? -errno : 0;
	}
	if (p->kind == ATTACH_RAW_TRACEPOINT)
		link = attach_raw_tracepoint(p->event, prog);
	else if (p->kind == ATTACH_KPROBE || p->kind == ATTACH_KRETPROBE)
		link = attach_kprobe(p->event, p->kind == ATTACH_KRETPROBE, prog);
	else
		link = attach_tracepoint(c->tracefs, p->category, p->event, prog);
	if (link >= 0 && c->loaded.n_links < LOADED_LINKS_MAX)
		c->loaded.links[c->loaded.n_links++] = link;
	return link;
}

static int attach_all(struct child *c)
{
	for (const struct attach_point *p = probe_points; p->program; p++) {
		char what[128];
		int result;

		if (!probe_applies(c->loaded.uses, p->uses))
			continue;
		result = attach_one(c, p);
		if (result >= 0) {
			c->loaded.measures_queue |= strcmp(p->program, "on_data_ready") == 0;
			continue;
		}
		if (p->optional) {
			describe(&c->loaded, "not attached: %s (%s)\n", p->event, strerror(-result));
			continue;
		}
		snprintf(what, sizeof(what), "cannot attach %s to %s", p->program,
			 p->event ? p->event : p->category);
		return fail(c, what, -result);
	}
	return 0;
}

/* Syscall tracepoints are found, and their records laid out, by tracefs. */
static int prepare_syscalls(struct child *c, struct tracepoint_layout *layout)
{
	char why[512] = "";

	c->tracefs = tracefs_find();
	if (!c->tracefs)
		c->tracefs = tracefs_mount_privately();
	if (!c->tracefs) {
		snprintf(c->err, c->err_size,
			 "the tracing file system is not mounted: run 'mount -t tracefs tracefs "
			 "/sys/kernel/tracing' as root");
		return -1;
	}
	if (tracepoint_layout_measure(c->tracefs, layout, why, sizeof(why)) < 0) {
		snprintf(c->err, c->err_size, "%s", why);
		return -1;
	}
	return 0;
}

static int prepare(struct child *c, struct kernel_types *types, struct tracepoint_layout *layout,
		   bool *from_btf)
{
	header_tree_remove_stale();
	if (compose_find_types(c->options, types, from_btf, c->err, c->err_size) < 0)
		return -1;
	c->loaded.uses = probe_uses(c->options, &types->tracepoints);
	return c->loaded.uses & USE_SYSCALLS ? prepare_syscalls(c, layout) : 0;
}

static int child_work(struct child *c)
{
	struct kernel_types types;
	struct tracepoint_layout layout = TRACEPOINT_LAYOUT_USUAL;
	double start = now_ms(), prepared, loaded;
	pthread_t thread;
	bool from_btf = false;
	struct compose_input in;
	int threaded = pthread_create(&thread, NULL, load_bcc, c) == 0, prepare_failed;

	libbpf_set_print(silent);
	prepare_failed = prepare(c, &types, &layout, &from_btf);
	if (threaded)
		pthread_join(thread, NULL);
	else
		load_bcc(c);
	if (prepare_failed)
		return -1;
	if (c->bcc_failed) {
		snprintf(c->err, c->err_size, "%s", c->bcc_err);
		return -1;
	}
	in = (struct compose_input){
		.options = c->options,
		.self_pid = c->parent,
		.layout = layout,
		.uses = c->loaded.uses,
		.types = from_btf ? &types : NULL,
	};
	prepared = now_ms();
	if (compile_with_types(c, &in) < 0)
		return -1;
	loaded = now_ms();
	if (attach_all(c) < 0)
		return -1;
	describe(&c->loaded, "types: %s\n", from_btf ? "BTF of the running kernel" : "kernel headers");
	describe(&c->loaded, "probes: %s, %d attached\n", probe_words(c->loaded.uses), c->loaded.n_links);
	describe(&c->loaded, "transport: %s\n",
		 c->loaded.uses & USE_EVENTS ? "ring buffer"
					     : "ring buffer for HTTP/2, the kernel counts HTTP/1");
	describe(&c->loaded, "start: prepare %.0f ms, compile and load %.0f ms, attach %.0f ms\n",
		 prepared - start, loaded - prepared, now_ms() - loaded);
	return 0;
}

static int send_answer(int sock, const struct answer *a, const int *fds, int n_fds)
{
	char control[CMSG_SPACE(sizeof(int) * (LOADED_MAPS + LOADED_LINKS_MAX))] = {0};
	struct iovec iov = {(void *)a, sizeof(*a)};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

	if (n_fds) {
		struct cmsghdr *h = (struct cmsghdr *)control;

		m.msg_control = control;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		memcpy(CMSG_DATA(h), fds, sizeof(int) * n_fds);
	}
	return sendmsg(sock, &m, MSG_NOSIGNAL) == sizeof(*a) ? 0 : -1;
}

void loader_child_main(const struct capture_options *options, pid_t parent, int sock)
{
	static struct child c;
	static struct answer a; /* large */
	int fds[LOADED_MAPS + LOADED_LINKS_MAX], n = 0;

	c.options = options;
	c.parent = parent;
	c.err = a.err;
	c.err_size = sizeof(a.err);
	/* a killed tool must not leave its compiler running */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	a.ok = child_work(&c) == 0;
	a.loaded = c.loaded;
	for (int i = 0; a.ok && i < LOADED_MAPS; i++) {
		if (c.loaded.maps[i] >= 0)
			fds[n++] = c.loaded.maps[i];
	}
	for (int i = 0; a.ok && i < c.loaded.n_links; i++)
		fds[n++] = c.loaded.links[i];
	if (send_answer(sock, &a, fds, n) < 0)
		_exit(1);
	_exit(a.ok ? 0 : 1);
}
