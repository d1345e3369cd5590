/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/loader_child.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "transport/compiler.h"
#include "transport/compose.h"
#include "transport/header_tree.h"
#include "transport/libbcc.h"
#include "transport/loader_build.h"
#include "transport/object_cache.h"
#include "transport/probe_groups.h"
#include "transport/tracefs.h"

/* One for each processor of a small machine; the second is one large program that takes as long as all the
 * rest. */
#define PARTS 2
static const enum piece_parts parts[PARTS] = {PART_FIRST, PART_SECOND};

struct child {
	struct build build;
	struct kernel_types types;
	struct tracepoint_layout layout;
	bool from_btf;
	bool from_cache;
	/* loaded in a thread, while other things are looked up */
	pthread_t thread;
	bool loading;
	struct libbcc bcc;
	int bcc_failed;
	char bcc_err[512];
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/* libbpf explains failures on stderr; they are reported in our own words. */
static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

/* ---- compiling ---- */

static void *load_bcc(void *arg)
{
	struct child *c = arg;

	c->bcc_failed = libbcc_load(&c->bcc, c->bcc_err, sizeof(c->bcc_err));
	return NULL;
}

/* Not when it is probably not needed: it is large. */
static void begin_to_load_bcc(struct child *c)
{
	c->loading = !object_cache_exists() && pthread_create(&c->thread, NULL, load_bcc, c) == 0;
}

static int finish_loading_bcc(struct child *c)
{
	if (c->loading)
		pthread_join(c->thread, NULL);
	else
		load_bcc(c);
	c->loading = false;
	if (c->bcc_failed)
		snprintf(c->build.err, c->build.err_size, "%s", c->bcc_err);
	return c->bcc_failed ? -1 : 0;
}

static int compose_parts(struct child *c, char *texts[PARTS])
{
	struct compose_input in = {
		.options = c->build.options,
		.layout = c->layout,
		.uses = c->build.loaded.uses,
		.types = c->from_btf ? &c->types : NULL,
	};

	for (int i = 0; i < PARTS; i++) {
		in.parts = parts[i];
		texts[i] = compose_text(&in);
		if (!texts[i])
			return build_fail(&c->build, "cannot compose the BPF text", ENOMEM);
	}
	return 0;
}

static int compile_at_once(struct child *c, char *const texts[PARTS], const char *source_dir)
{
	struct compiler *compilers[PARTS] = {NULL};
	struct build *b = &c->build;
	int ret = -1;

	libbcc_shorten_kallsyms();
	for (int i = 0; i < PARTS; i++) {
		compilers[i] = compiler_start(&c->bcc, texts[i], source_dir, b->err, b->err_size);
		if (!compilers[i])
			goto cleanup;
	}
	for (int i = 0; i < PARTS; i++) {
		if (compiler_join(compilers[i], b->object, b->err, b->err_size) < 0)
			goto cleanup;
	}
	ret = 0;
cleanup:
	for (int i = 0; i < PARTS; i++)
		compiler_free(compilers[i]);
	return ret;
}

/* ... with the header tree BTF needs around it. */
static int compile_with_types(struct child *c, char *const texts[PARTS])
{
	const struct capture_options *o = c->build.options;
	char tree[HEADER_TREE_PATH_MAX];
	int ret;

	if (finish_loading_bcc(c) < 0)
		return -1;
	if (!c->from_btf)
		return compile_at_once(c, texts, o->headers == HEADERS_DIR ? o->headers_dir : NULL);
	if (header_tree_make(tree, c->build.err, c->build.err_size) < 0)
		return -1;
	ret = compile_at_once(c, texts, tree);
	header_tree_remove(tree);
	return ret;
}

/* What kernel headers say is not in the text: only what comes from BTF is kept for the next start. */
static int make_object(struct child *c)
{
	char *texts[PARTS] = {NULL}, *key = NULL;
	int ret = -1;

	c->build.object = calloc(1, sizeof(*c->build.object));
	if (!c->build.object) {
		build_fail(&c->build, "the compile child", ENOMEM);
		goto cleanup;
	}
	if (compose_parts(c, texts) < 0)
		goto cleanup;
	if (c->from_btf && asprintf(&key, "%s%s", texts[0], texts[1]) < 0)
		key = NULL;
	c->from_cache = key && object_cache_get(key, c->build.object);
	ret = c->from_cache ? 0 : compile_with_types(c, texts);
	if (ret == 0 && key && !c->from_cache)
		object_cache_put(key, c->build.object);
cleanup:
	for (int i = 0; i < PARTS; i++)
		free(texts[i]);
	free(key);
	return ret;
}

/* ---- all of it ---- */

/* Tracepoints are found, and their records laid out, by tracefs. */
static int prepare_tracepoints(struct child *c)
{
	struct build *b = &c->build;

	b->tracefs = tracefs_find();
	if (!b->tracefs)
		b->tracefs = tracefs_mount_privately();
	if (!b->tracefs) {
		snprintf(b->err, b->err_size,
			 "the tracing file system is not mounted: run 'mount -t tracefs tracefs "
			 "/sys/kernel/tracing' as root");
		return -1;
	}
	if (b->loaded.uses & USE_LENGTHS)
		return tracepoint_layout_read_lengths(b->tracefs, &c->layout, b->err, b->err_size);
	return tracepoint_layout_measure(b->tracefs, &c->layout, b->err, b->err_size);
}

static void set_numbers(struct build *b, pid_t self)
{
	const struct capture_filter *f = &b->options->filter;

	b->numbers[NUMBER_SELF] = self;
	memcpy(b->numbers + 1, f->pids, f->n_pids * sizeof(f->pids[0]));
	b->n_numbers = 1 + f->n_pids;
}

static int prepare(struct child *c, pid_t self)
{
	struct build *b = &c->build;

	c->layout = TRACEPOINT_LAYOUT_USUAL;
	header_tree_remove_stale();
	set_numbers(b, self);
	if (compose_find_types(b->options, &c->types, &c->from_btf, b->err, b->err_size) < 0)
		return -1;
	b->loaded.uses = probe_uses(b->options, &c->types.tracepoints);
	if (b->loaded.uses & USE_SOCKETS && !probe_offers_sockets(&c->types.tracepoints)) {
		snprintf(b->err, b->err_size,
			 "this kernel's socket layer has no such tracepoints (Linux 6.16 has): use "
			 "--probes=auto or "
			 "tracepoint");
		return -1;
	}
	if (b->loaded.uses & USE_FENTRY && kernel_functions_find(&b->functions, b->err, b->err_size) < 0)
		return -1;
	return b->loaded.uses & (USE_SYSCALLS | USE_LENGTHS) ? prepare_tracepoints(c) : 0;
}

static int child_work(struct child *c, pid_t parent)
{
	double start = now_ms(), prepared, made, loaded;
	struct build *b = &c->build;

	libbpf_set_print(silent);
	begin_to_load_bcc(c);
	if (prepare(c, parent) < 0)
		return -1;
	prepared = now_ms();
	if (make_object(c) < 0)
		return -1;
	made = now_ms();
	if (build_load(b) < 0)
		return -1;
	loaded = now_ms();
	if (build_attach(b) < 0)
		return -1;
	build_describe(b, "types: %s\n", c->from_btf ? "BTF of the running kernel" : "kernel headers");
	build_describe(b, "probes: %s, %d attached\n", probe_words(b->loaded.uses), b->loaded.n_links);
	build_describe(b, "transport: %s buffer%s\n", b->loaded.uses & USE_PERF ? "perf" : "ring",
		       b->loaded.uses & USE_EVENTS ? "" : " for HTTP/2, the kernel counts HTTP/1");
	build_describe(b, "start: prepare %.0f ms, %s %.0f ms, load %.0f ms, attach %.0f ms\n",
		       prepared - start, c->from_cache ? "found compiled" : "compile", made - prepared,
		       loaded - made, now_ms() - loaded);
	return 0;
}

/* ---- the answer ---- */

static int send_answer(int sock, const struct answer *a, const int *fds, int n_fds)
{
	char control[CMSG_SPACE(sizeof(int) * LOADED_FDS_MAX)] = {0};
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
	const struct loaded *l = &c.build.loaded;
	int fds[LOADED_FDS_MAX], n = 0;

	c.build.options = options;
	c.build.err = a.err;
	c.build.err_size = sizeof(a.err);
	/* a killed tool must not leave its compiler running */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	a.ok = child_work(&c, parent) == 0;
	a.loaded = *l;
	for (int i = 0; a.ok && i < LOADED_MAPS; i++) {
		if (l->maps[i] >= 0)
			fds[n++] = l->maps[i];
	}
	for (int i = 0; a.ok && i < l->n_links; i++)
		fds[n++] = l->links[i];
	for (int i = 0; a.ok && i < l->n_programs; i++)
		fds[n++] = l->programs[i];
	for (int i = 0; a.ok && l->uses & USE_TLS && i < UPROBE_PROGRAMS; i++) {
		if (l->uprobes[i] >= 0)
			fds[n++] = l->uprobes[i];
	}
	if (send_answer(sock, &a, fds, n) < 0)
		_exit(1);
	_exit(a.ok ? 0 : 1);
}
