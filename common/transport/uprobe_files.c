/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/uprobe_files.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "transport/uprobe_look.h"
#include "transport/uprobe_names.h"
#include "transport/uprobe_open.h"
#include "transport/uprobe_scan.h"
#include "transport/uprobe_seen.h"

/* So long the kernel's name of a file is believed without a look at the file: a thousand processes with one
 * library cost one look, and a library that took the inode of a deleted one is missed for no longer. */
#define BELIEVED_NS 1000000000ull
struct uprobe_files {
	struct uprobe_seen seen;
};

/* One search. */
struct search {
	struct uprobe_files *files;
	uprobe_file_fn *fn;
	void *ctx;
	uint64_t now_ns;
	int process; /* /proc/PID, so that all is of one process, even when its number is given to another */
	int looked_at;
};

static void search_init(struct search *s, struct uprobe_files *f, uprobe_file_fn *fn, void *ctx)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	*s = (struct search){.files = f, .fn = fn, .ctx = ctx, .process = -1};
	s->now_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- one open file ---- */

struct open_file {
	int fd;
	struct stat st;
	const char *path;
	const struct uprobe_library *library; /* NULL: the executable of a process */
};

static const struct uprobe_seen_entry *find(const struct search *s, struct uprobe_seen_key key)
{
	return uprobe_seen_find(&s->files->seen, &key);
}

/* Of a file that has been met under the same device and inode. */
static const struct uprobe_seen_entry *find_by_stat(const struct search *s, const struct stat *st)
{
	const struct uprobe_seen_entry *e = find(s, uprobe_name_with_hooks(st));

	return e ? e : find(s, uprobe_name_without_hooks(st));
}

/* The file is known as `as`. */
static bool remember(struct search *s, struct uprobe_seen_key key, const struct uprobe_seen_entry *as)
{
	struct uprobe_seen_entry *e = uprobe_seen_add(&s->files->seen, &key);

	if (!e)
		return false;
	e->dev = as->dev;
	e->inode = as->inode;
	e->told = as->told;
	e->checked_ns = s->now_ns;
	return true;
}

static bool remember_by_stat(struct search *s, const struct stat *st, const struct uprobe_seen_entry *as)
{
	return remember(s, as->told ? uprobe_name_with_hooks(st) : uprobe_name_without_hooks(st), as);
}

static void tell(struct search *s, const struct uprobe_file *file)
{
	if (file->n_sites || file->why_not)
		s->fn(s->ctx, file);
}

/* One that is not known.  What cannot be remembered is not told: it would be told again and again. */
static bool look_at_new(struct search *s, const struct open_file *open_file, struct uprobe_seen_entry *as)
{
	struct uprobe_file file = {.fd = open_file->fd};
	const struct stat *st = &open_file->st;
	char why[UPROBE_WHY_LEN];

	file.dev = as->dev = st->st_dev;
	file.inode = as->inode = st->st_ino;
	snprintf(file.path, sizeof(file.path), "%s", open_file->path);
	uprobe_look(&file, open_file->library, why);
	s->looked_at++;
	as->told = file.n_sites > 0;
	if (!remember_by_stat(s, st, as))
		return false;
	if (uprobe_is_on_overlay(file.fd))
		remember(s, uprobe_name_below_overlay(st), as);
	tell(s, &file);
	return true;
}

/* as: as which file it is, or was, told.  false: out of memory. */
static bool look_at(struct search *s, const struct open_file *file, struct uprobe_seen_entry *as)
{
	const struct uprobe_seen_entry *known = find_by_stat(s, &file->st);

	if (!known && uprobe_is_on_overlay(file->fd))
		known = find(s, uprobe_name_below_overlay(&file->st));
	if (!known)
		return look_at_new(s, file, as);
	*as = *known;
	return remember_by_stat(s, &file->st, as);
}

/* ---- a library ---- */

static bool is_believed(const struct search *s, const struct uprobe_mapping *m)
{
	const struct uprobe_seen_entry *e = find(s, uprobe_name_of_mapping(m->dev, m->inode));

	return e && s->now_ns - e->checked_ns < BELIEVED_NS;
}

/* Once for each time that it is tried, not for each process. */
static void tell_unopened(struct search *s, const struct uprobe_mapping *m,
			  const struct uprobe_library *library)
{
	struct uprobe_file file = {.dev = m->dev, .inode = m->inode, .fd = -1};
	struct uprobe_seen_entry as = {.dev = m->dev, .inode = m->inode};
	bool known = find(s, uprobe_name_of_mapping(m->dev, m->inode)) != NULL;

	if (!remember(s, uprobe_name_of_mapping(m->dev, m->inode), &as) || known || !library->certain)
		return;
	snprintf(file.path, sizeof(file.path), "%s", m->path);
	file.why_not = "it may not be opened";
	tell(s, &file);
}

/* false: it could not be opened. */
static bool look_at_library(struct search *s, const struct uprobe_mapping *m,
			    const struct uprobe_library *library)
{
	struct open_file file = {.path = m->path, .library = library};
	struct uprobe_seen_entry as = {0};

	if (is_believed(s, m))
		return true;
	if (s->process < 0)
		file.fd = uprobe_open_without_process(m, &file.st);
	else
		file.fd = uprobe_open_mapping(s->process, m, &file.st);
	if (file.fd < 0 && (errno == EACCES || errno == EPERM))
		tell_unopened(s, m, library);
	if (file.fd < 0)
		return false;
	if (look_at(s, &file, &as))
		remember(s, uprobe_name_of_mapping(m->dev, m->inode), &as);
	close(file.fd);
	return true;
}

static void on_mapping(void *ctx, const struct uprobe_mapping *m)
{
	struct uprobe_library library;

	if (uprobe_library_of(m->path, &library))
		look_at_library(ctx, m, &library);
}

/* false: errno. */
static bool look_at_libraries(struct search *s)
{
	int fd = openat(s->process, "maps", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	uprobe_mappings_read(fd, on_mapping, s);
	close(fd);
	return true;
}

/* ---- the executable ---- */

static void look_at_executable(struct search *s, int fd, const char *path)
{
	struct open_file file = {.fd = fd, .path = path};
	struct uprobe_seen_entry as = {0};

	if (fstat(fd, &file.st) == 0 && S_ISREG(file.st.st_mode))
		look_at(s, &file, &as);
}

/* st: of the executable of s->process. */
static void look_at_own_executable(struct search *s, const struct stat *st)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	if (find_by_stat(s, st))
		return;
	fd = openat(s->process, "exe", O_RDONLY | O_CLOEXEC);
	n = readlinkat(s->process, "exe", path, sizeof(path) - 1);
	if (fd < 0)
		return;
	path[n > 0 ? n : 0] = '\0';
	uprobe_path_cut_deleted(path);
	look_at_executable(s, fd, path);
	close(fd);
}

/* ---- a process ---- */

/* false: errno. */
static bool look_at_process(struct search *s)
{
	struct stat st;

	if (fstatat(s->process, "exe", &st, 0) < 0)
		return errno == ENOENT; /* a thread of the kernel, or one that has ended and waits */
	look_at_own_executable(s, &st);
	return look_at_libraries(s);
}

static int search_process(struct search *s, uint64_t pid)
{
	bool done;
	int error;

	s->process = uprobe_open_process(pid);
	if (s->process < 0)
		return -1;
	done = look_at_process(s);
	error = errno;
	close(s->process);
	s->process = -1;
	errno = error;
	return done ? s->looked_at : -1;
}

int uprobe_files_of_process(struct uprobe_files *f, pid_t pid, uprobe_file_fn *fn, void *ctx)
{
	struct search s;

	search_init(&s, f, fn, ctx);
	return search_process(&s, (uint64_t)pid);
}

/* ---- all processes ---- */

static void search_all(struct search *s)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;
	uint64_t self = (uint64_t)getpid();

	if (!dir)
		return;
	while ((entry = readdir(dir)) != NULL) {
		uint64_t pid = strtoull(entry->d_name, NULL, 10);

		if (pid && pid != self)
			search_process(s, pid);
	}
	closedir(dir);
}

void uprobe_files_scan(struct uprobe_files *f, const uint32_t *pids, size_t n_pids, uprobe_file_fn *fn,
		       void *ctx)
{
	struct search s;

	search_init(&s, f, fn, ctx);
	if (!pids)
		search_all(&s);
	for (size_t i = 0; pids && i < n_pids; i++)
		if (pids[i] != (uint32_t)getpid())
			search_process(&s, pids[i]);
}

/* ---- one mapping ---- */

static void look_at_mapped_library(struct search *s, const struct uprobe_mapping *m,
				   const struct uprobe_library *library)
{
	/* deleted, or hidden behind another file: its place in memory is needed */
	if (!look_at_library(s, m, library) && s->process >= 0)
		look_at_libraries(s);
}

static void look_at_mapped_executable(struct search *s, const struct uprobe_mapping *m)
{
	struct stat st;
	int fd;

	if (s->process >= 0) {
		if (fstatat(s->process, "exe", &st, 0) == 0 && uprobe_is_mapped(&st, m->dev, m->inode))
			look_at_own_executable(s, &st);
		return;
	}
	fd = uprobe_open_without_process(m, &st);
	if (fd < 0)
		return;
	look_at_executable(s, fd, m->path);
	close(fd);
}

int uprobe_files_of_mapping(struct uprobe_files *f, const struct uprobe_mapped *mapped, uprobe_file_fn *fn,
			    void *ctx)
{
	const struct uprobe_mapping m = {.dev = mapped->dev, .inode = mapped->inode, .path = mapped->path};
	struct uprobe_library library;
	bool by_name = uprobe_library_of(m.path, &library);
	struct search s;

	if (!by_name && uprobe_is_library(m.path))
		return 0;
	search_init(&s, f, fn, ctx);
	if (by_name && is_believed(&s, &m))
		return 0;
	s.process = uprobe_open_process((uint64_t)mapped->pid);
	if (by_name)
		look_at_mapped_library(&s, &m, &library);
	else
		look_at_mapped_executable(&s, &m);
	if (s.process < 0)
		return s.looked_at ? s.looked_at : -1;
	close(s.process);
	return s.looked_at;
}

/* ---- lifetime ---- */

struct uprobe_files *uprobe_files_new(void)
{
	return calloc(1, sizeof(struct uprobe_files));
}

void uprobe_files_free(struct uprobe_files *f)
{
	if (!f)
		return;
	uprobe_seen_release(&f->seen);
	free(f);
}

void uprobe_files_forget(struct uprobe_files *f, dev_t dev, ino_t inode)
{
	uprobe_seen_forget(&f->seen, dev, inode);
}
