/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/uprobes.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "transport/attach.h"
#include "transport/uprobe_files.h"
#include "transport/uprobe_watch.h"

/* Of 14 probes for each version of OpenSSL, and Go's for each program: 500 files. */
#define LINKS_MAX 8192

struct uprobes {
	int programs[UPROBE_PROGRAMS];
	int holds;
	uint32_t *pids;
	size_t n_pids;
	uint32_t mapping_pid; /* who maps the file that is being attached to; 0: any process may */
	struct uprobe_files *files;
	struct uprobe_watch *watch; /* NULL: what is mapped later is not seen */
	int *links;
	size_t n_links, room;
	size_t found[UPROBE_FAMILIES]; /* files */
	size_t failed;		       /* probes that could not be attached */
	int failure;		       /* errno of the first */
	char watch_err[256];
	char description[512];
};

/* ---- attaching ---- */

static void note_failure(struct uprobes *u, int error)
{
	if (!u->failed++)
		u->failure = error;
}

static void keep_link(struct uprobes *u, int link)
{
	if (u->n_links == u->room && u->room < LINKS_MAX) {
		size_t room = u->room ? 2 * u->room : 64;
		int *more = realloc(u->links, room * sizeof(*more));

		if (more) {
			u->links = more;
			u->room = room;
		}
	}
	if (u->n_links < u->room) {
		u->links[u->n_links++] = link;
		return;
	}
	close(link);
	note_failure(u, ENOMEM);
}

/* A place that has a probe, and no program yet. */
struct place {
	int event;
	enum uprobe_program program;
};

/* Entries, and one return or Go's for each of them. */
#define PLACES_MAX (UPROBE_SITES_MAX * (UPROBE_RETURNS_MAX + 1))

struct places {
	const struct uprobe_file *file;
	struct place place[PLACES_MAX];
	size_t n;
};

static void add_place(struct uprobes *u, struct places *places, enum uprobe_program program, uint64_t offset)
{
	bool on_return =
		program == UPROBE_RETURN || program == UPROBE_NEW || program == UPROBE_NGHTTP2_SUBMITTED;
	/* With one process named, others do not even hit the breakpoint. */
	int pid = u->n_pids == 1 ? (int)u->pids[0] : -1, event;

	if (u->programs[program] < 0) /* not in this run */
		return;
	event = attach_uprobe_place(places->file->fd, offset, on_return, pid);
	if (event < 0)
		note_failure(u, -event);
	else
		places->place[places->n++] = (struct place){event, program};
}

/* The return first: an entry without it is a call that never ends. */
static void add_site(struct uprobes *u, struct places *places, const struct uprobe_site *site)
{
	const struct uprobe_hook *hook = site->hook;

	if (hook->family == UPROBE_GO && hook->returns) {
		for (size_t i = 0; i < site->n_returns; i++)
			add_place(u, places, UPROBE_GO_RETURN, site->returns[i]);
	} else if (hook->returns) {
		add_place(u, places,
			  hook->family == UPROBE_NGHTTP2 ? UPROBE_NGHTTP2_SUBMITTED : UPROBE_RETURN,
			  site->entry);
	}
	add_place(u, places, hook->entry, site->entry);
}

/* While one function after the other gets its program, what a process does would be seen by half: it is not
 * looked at for so long. */
static void hold(const struct uprobes *u, bool on)
{
	if (on)
		bpf_map_update_elem(u->holds, &u->mapping_pid, &u->mapping_pid, BPF_ANY);
	else
		bpf_map_delete_elem(u->holds, &u->mapping_pid);
}

static void attach_places(struct uprobes *u, const struct places *places)
{
	hold(u, true);
	for (size_t i = 0; i < places->n; i++) {
		const struct place *p = &places->place[i];
		int ret = attach_program(p->event, u->programs[p->program]);

		if (ret == 0) {
			keep_link(u, p->event);
		} else {
			note_failure(u, -ret);
			close(p->event);
		}
	}
	hold(u, false);
}

static void attach_file(void *ctx, const struct uprobe_file *file)
{
	bool counted[UPROBE_FAMILIES] = {false};
	struct places places = {.file = file};
	struct uprobes *u = ctx;

	for (size_t i = 0; i < file->n_sites; i++) {
		enum uprobe_family family = file->sites[i].hook->family;

		add_site(u, &places, &file->sites[i]);
		u->found[family] += !counted[family] && u->programs[file->sites[i].hook->entry] >= 0;
		counted[family] = true;
	}
	attach_places(u, &places);
}

/* ---- what processes map ---- */

static bool is_wanted(const struct uprobes *u, uint32_t pid)
{
	for (size_t i = 0; i < u->n_pids; i++) {
		if (u->pids[i] == pid)
			return true;
	}
	return u->n_pids == 0;
}

static void on_mapped(void *ctx, const struct uprobe_mapped *mapped)
{
	struct uprobes *u = ctx;

	if (!is_wanted(u, mapped->pid))
		return;
	u->mapping_pid = mapped->pid;
	uprobe_files_of_mapping(u->files, mapped, attach_file, u);
}

static void scan(struct uprobes *u)
{
	u->mapping_pid = 0;
	uprobe_files_scan(u->files, u->n_pids ? u->pids : NULL, u->n_pids, attach_file, u);
}

void uprobes_poll(struct uprobes *u)
{
	struct pollfd ready = {.fd = u->watch ? uprobe_watch_fd(u->watch) : -1, .events = POLLIN};

	if (ready.fd < 0 || poll(&ready, 1, 0) <= 0)
		return;
	if (uprobe_watch_drain(u->watch, on_mapped, u) > 0)
		scan(u); /* some were lost */
}

/* ---- life ---- */

static void allow_more_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= LINKS_MAX)
		return;
	limit.rlim_cur = limit.rlim_max < LINKS_MAX ? limit.rlim_max : LINKS_MAX;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static bool copy_pids(struct uprobes *u, const struct uprobes_input *in)
{
	u->n_pids = in->n_pids;
	u->pids = calloc(in->n_pids + 1, sizeof(*u->pids));
	if (u->pids && in->n_pids)
		memcpy(u->pids, in->pids, in->n_pids * sizeof(*u->pids));
	return u->pids != NULL;
}

struct uprobes *uprobes_new(const struct uprobes_input *in, char *err, size_t err_size)
{
	struct uprobes *u;

	if (!attach_uprobe_possible()) {
		snprintf(err, err_size, "this kernel has no uprobes");
		return NULL;
	}
	u = calloc(1, sizeof(*u));
	if (!u || !copy_pids(u, in) || !(u->files = uprobe_files_new())) {
		snprintf(err, err_size, "out of memory");
		uprobes_free(u);
		return NULL;
	}
	memcpy(u->programs, in->programs, sizeof(u->programs));
	u->holds = in->holds;
	allow_more_descriptors();
	/* first the watch: what is mapped during the scan is seen by one of them */
	u->watch = uprobe_watch_new(u->watch_err, sizeof(u->watch_err));
	scan(u);
	return u;
}

size_t uprobes_take_links(struct uprobes *u, int **links)
{
	size_t n = u->n_links;

	*links = u->links;
	u->links = NULL;
	u->n_links = u->room = 0;
	uprobe_watch_free(u->watch);
	u->watch = NULL;
	return n;
}

void uprobes_free(struct uprobes *u)
{
	if (!u)
		return;
	for (size_t i = 0; i < u->n_links; i++)
		close(u->links[i]);
	free(u->links);
	free(u->pids);
	uprobe_watch_free(u->watch);
	uprobe_files_free(u->files);
	free(u);
}

/* ---- words ---- */

const char *uprobes_description(const struct uprobes *u)
{
	struct uprobes *w = (struct uprobes *)u; /* the text alone is written */
	FILE *f = fmemopen(w->description, sizeof(w->description), "w");
	const char *separator = "";

	if (!f)
		return "";
	fputs("TLS: ", f);
	for (int i = 0; i < UPROBE_FAMILIES; i++) {
		if (!u->found[i])
			continue;
		fprintf(f, "%s%s in %zu file%s", separator, uprobe_family_names[i], u->found[i],
			u->found[i] == 1 ? "" : "s");
		separator = ", ";
	}
	fprintf(f, *separator ? ", %zu probes" : "no library in use yet", u->n_links);
	if (u->failed)
		fprintf(f, ", %zu could not be attached (%s)", u->failed, strerror(u->failure));
	if (!u->watch)
		fprintf(f, "; libraries loaded later are not seen: %s", u->watch_err);
	fputc('\n', f);
	fclose(f);
	return w->description;
}

struct printing {
	bool headers, any;
};

static void print_file(void *ctx, const struct uprobe_file *file)
{
	struct printing *p = ctx;

	p->any = true;
	printf("TLS               %s%s%s\n", file->path, *file->version ? ", " : "", file->version);
	for (size_t i = 0; i < file->n_sites; i++) {
		const struct uprobe_hook *hook = file->sites[i].hook;

		if (hook->entry < UPROBE_HEADERS || p->headers)
			printf("                  %s: %s\n", uprobe_family_names[hook->family],
			       hook->function);
	}
	if (file->why_not)
		printf("                  not: %s\n", file->why_not);
}

void uprobes_print_check(uint32_t pid, bool headers)
{
	struct uprobe_files *files = uprobe_files_new();
	struct printing printing = {.headers = headers};

	if (files && uprobe_files_of_process(files, pid, print_file, &printing) < 0)
		printf("TLS               process %u cannot be looked at: %s\n", pid, strerror(errno));
	else if (!printing.any)
		printf("TLS               process %u maps no TLS library that is known\n", pid);
	uprobe_files_free(files);
}
