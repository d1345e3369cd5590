/* SPDX-License-Identifier: Apache-2.0 */
#include "app/container_host.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

/* A dozen v1 hierarchies, each with a nested Kubernetes path of 300 bytes, take
 * 4 KiB; the v2 line comes last, so a cut file would lose it first. */
#define CGROUP_FILE_MAX 16384
/* 52 numbers and a 15-byte name. */
#define STAT_FILE_MAX 2048
/* File handle type of kernfs, whose one u64 is the cgroup's id (linux/exportfs.h). */
#define FILEID_KERNFS 0xfe

static uint64_t coarse_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static bool exists_in(const char *dir, const char *file)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	return access(path, F_OK) == 0;
}

/* systemd's hybrid set-up mounts v2 beside the v1 hierarchies, as "unified". */
static void find_v2(struct container_host *h)
{
	struct statfs fs;

	h->pure_v2 = exists_in(h->roots.cgroup, "cgroup.controllers");
	if (h->pure_v2)
		snprintf(h->v2_dir, sizeof(h->v2_dir), "%s", h->roots.cgroup);
	else if (exists_in(h->roots.cgroup, "unified/cgroup.controllers"))
		snprintf(h->v2_dir, sizeof(h->v2_dir), "%s/unified", h->roots.cgroup);
	else
		return;
	h->v2_fd = open(h->v2_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (h->v2_fd >= 0 && (fstatfs(h->v2_fd, &fs) != 0 || fs.f_type != CGROUP2_SUPER_MAGIC)) {
		close(h->v2_fd);
		h->v2_fd = -1;
	}
}

void container_host_init(struct container_host *h, const struct container_roots *roots)
{
	struct container_roots r = roots ? *roots : (struct container_roots){.proc = NULL};

	memset(h, 0, sizeof(*h));
	h->v2_fd = -1;
	h->roots.proc = r.proc ? r.proc : "/proc";
	h->roots.cgroup = r.cgroup ? r.cgroup : "/sys/fs/cgroup";
	h->roots.log_containers = r.log_containers ? r.log_containers : "/var/log/containers";
	h->roots.log_pods = r.log_pods ? r.log_pods : "/var/log/pods";
	h->roots.now_ns = r.now_ns ? r.now_ns : coarse_now_ns;
	container_names_init(&h->names, h->roots.log_containers, h->roots.log_pods);
	find_v2(h);
}

void container_host_release(struct container_host *h)
{
	if (h->v2_fd >= 0)
		close(h->v2_fd);
	h->v2_fd = -1;
	container_names_release(&h->names);
}

uint64_t container_host_now(const struct container_host *h)
{
	return h->roots.now_ns();
}

/* A NUL is put behind the bytes.  Returns their number; -1: cannot be read. */
static ssize_t read_of_pid(const struct container_host *h, uint32_t pid, const char *file, char *buf,
			   size_t size)
{
	char path[PATH_MAX];
	size_t n = 0;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "%s/%" PRIu32 "/%s", h->roots.proc, pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while ((got = read(fd, buf + n, size - 1 - n)) > 0)
		n += (size_t)got;
	close(fd);
	buf[n] = '\0';
	return got < 0 ? -1 : (ssize_t)n;
}

uint64_t container_host_start_time(const struct container_host *h, uint32_t pid)
{
	char buf[STAT_FILE_MAX], *at;

	if (read_of_pid(h, pid, "stat", buf, sizeof(buf)) < 0)
		return 0;
	/* Field 22 (proc(5)).  The name, field 2, may hold anything, ')' too. */
	at = strrchr(buf, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at, NULL, 10) : 0;
}

/* The inode number of a cgroup's directory is the cgroup's id.  0: unknown;
 * a path that begins with "/.." lies outside of what our mount shows. */
static uint64_t v2_id_of(const struct container_host *h, struct bytes path)
{
	char dir[2 * PATH_MAX];
	struct stat st;

	if (!h->v2_dir[0] || path.n == 0 || path.n >= PATH_MAX ||
	    (path.n >= 3 && memcmp(path.p, "/..", 3) == 0))
		return 0;
	snprintf(dir, sizeof(dir), "%s%.*s", h->v2_dir, (int)path.n, (const char *)path.p);
	return stat(dir, &st) == 0 ? st.st_ino : 0;
}

bool container_host_process(const struct container_host *h, uint32_t pid, struct container_process *out)
{
	char buf[CGROUP_FILE_MAX];
	struct container_cgroups cgroups;
	ssize_t n;

	/* Before the cgroups: should the pid be reused in between, the start time does not fit any
	 * more and the answer is thrown away at the next check. */
	out->start = container_host_start_time(h, pid);
	n = out->start ? read_of_pid(h, pid, "cgroup", buf, sizeof(buf)) : -1;
	if (n < 0)
		return false;
	cgroups = container_cgroups_parse(bytes_of(buf, (size_t)n));
	out->path = cgroups.path;
	out->by_v2 = cgroups.by_v2;
	out->v2_id = v2_id_of(h, cgroups.v2_path);
	return true;
}

/* The directory's name as our mount shows it; false: none there. */
static bool path_of_cgroup(const struct container_host *h, uint64_t v2_id, char *path, size_t size)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(v2_id)];
	} u = {.handle = {.handle_bytes = sizeof(v2_id), .handle_type = FILEID_KERNFS}};
	char link[sizeof("/proc/self/fd/") + 3 * sizeof(int)];
	ssize_t n;
	int fd;

	memcpy(u.handle.f_handle, &v2_id, sizeof(v2_id));
	fd = open_by_handle_at(h->v2_fd, &u.handle, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, size - 1);
	close(fd);
	if (n < 0)
		return false;
	path[n] = '\0';
	return true;
}

bool container_host_cgroup(const struct container_host *h, uint64_t v2_id, struct container_path *out)
{
	size_t root = strlen(h->v2_dir);
	char path[PATH_MAX];

	if (h->v2_fd < 0 || !path_of_cgroup(h, v2_id, path, sizeof(path)))
		return false;
	/* In a container our mount may show only a part of the tree. */
	if (strncmp(path, h->v2_dir, root) != 0 || (path[root] != '/' && path[root] != '\0'))
		return false;
	*out = container_path_parse(bytes_of_str(path + root));
	return true;
}
