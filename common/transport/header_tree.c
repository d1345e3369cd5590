/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/header_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define TREE_PREFIX "l7scope-headers-"
/* A tree that has been made so long ago has been locked since. */
#define LOCKED_AFTER_S 5

/* Where a tree may be: the first that can be written. */
static const char *const places[] = {"/tmp", "/dev/shm", "/run", NULL};

/* libbcc's helpers.h and its copy of uapi/linux/bpf.h need just these. */
static const char types_h[] =
	"#ifndef L7SCOPE_TYPES_H\n#define L7SCOPE_TYPES_H\n"
	"typedef unsigned char __u8; typedef signed char __s8; typedef unsigned short __u16; typedef short "
	"__s16;\n"
	"typedef unsigned int __u32; typedef int __s32; typedef unsigned long long __u64; typedef long long "
	"__s64;\n"
	"typedef __u8 u8; typedef __s8 s8; typedef __u16 u16; typedef __s16 s16;\n"
	"typedef __u32 u32; typedef __s32 s32; typedef __u64 u64; typedef __s64 s64;\n"
	"typedef __u8 uint8_t; typedef __u16 uint16_t; typedef __u32 uint32_t; typedef __u64 uint64_t;\n"
	"typedef __s8 int8_t; typedef __s16 int16_t; typedef __s32 int32_t; typedef __s64 int64_t;\n"
	"typedef __u16 __le16, __be16, __sum16; typedef __u32 __le32, __be32, __wsum; typedef __u64 __le64, "
	"__be64;\n"
	"typedef unsigned long size_t, uintptr_t; typedef _Bool bool; typedef int pid_t;\n"
	"#define __aligned_u64 __u64 __attribute__((aligned(8)))\n"
	"#define inline inline __attribute__((always_inline))\n"
	"#define __user\n#define NULL ((void *)0)\n#define true 1\n#define false 0\n"
	"#define CONFIG_BPF_SYSCALL 1\n#define PAGE_SIZE 4096\n"
	"struct pt_regs { unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, "
	"orig_ax,\n"
	"\tip, cs, flags, sp, ss; };\n"
	"#endif\n";

static const char *const folders[] = {"",
				      "/include",
				      "/include/linux",
				      "/include/uapi",
				      "/include/uapi/linux",
				      "/include/asm",
				      "/include/generated",
				      NULL};
static const char *const empty_files[] = {
	"linux/kconfig.h",
	"linux/log2.h",
	"linux/bpf_common.h",
	"uapi/linux/bpf.h",
	"uapi/linux/types.h",
	"uapi/linux/bpf_common.h",
	"uapi/linux/if_packet.h",
	"uapi/linux/if_ether.h",
	"uapi/linux/ptrace.h",
	"asm/page.h",
	NULL,
};

static int write_file(const char *tree, const char *name, const char *text)
{
	char path[HEADER_TREE_PATH_MAX + 64];
	FILE *f;
	int bad;

	snprintf(path, sizeof(path), "%s/include/%s", tree, name);
	f = fopen(path, "we");
	if (!f)
		return -1;
	bad = fputs(text, f) == EOF;
	return fclose(f) != 0 || bad ? -1 : 0;
}

static int fill_tree(const char *tree)
{
	char path[HEADER_TREE_PATH_MAX + 64], version[128];
	struct utsname u;
	unsigned a = 0, b = 0, c = 0;

	for (int i = 1; folders[i]; i++) {
		snprintf(path, sizeof(path), "%s%s", tree, folders[i]);
		if (mkdir(path, 0700) < 0)
			return -1;
	}
	for (int i = 0; empty_files[i]; i++) {
		if (write_file(tree, empty_files[i], "") < 0)
			return -1;
	}
	uname(&u);
	sscanf(u.release, "%u.%u.%u", &a, &b, &c);
	snprintf(version, sizeof(version),
		 "#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + (c))\n#define "
		 "LINUX_VERSION_CODE %u\n",
		 (a << 16) + (b << 8) + (c > 255 ? 255 : c));
	return write_file(tree, "linux/version.h", version) < 0 ||
			       write_file(tree, "linux/types.h", types_h) < 0
		       ? -1
		       : 0;
}

/* As long as this process lives. */
static void lock_tree(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		flock(fd, LOCK_SH);
}

int header_tree_make(char path[HEADER_TREE_PATH_MAX], char *err, size_t err_size)
{
	const char *own = getenv("TMPDIR");

	for (int i = own && *own ? -1 : 0; i < 0 || places[i]; i++) {
		int n = snprintf(path, HEADER_TREE_PATH_MAX, "%s/" TREE_PREFIX "%d-XXXXXX",
				 i < 0 ? own : places[i], getpid());

		if (n >= HEADER_TREE_PATH_MAX || !mkdtemp(path))
			continue;
		lock_tree(path);
		if (fill_tree(path) == 0)
			return 0;
		header_tree_remove(path);
	}
	snprintf(err, err_size,
		 "cannot write a temporary directory in /tmp, /dev/shm or /run: %s; set TMPDIR",
		 strerror(errno));
	return -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void header_tree_remove(const char *path)
{
	/* FTW_PHYS: never follow a link out of the tree */
	nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static bool is_locked(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool locked = fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0;

	if (fd >= 0)
		close(fd);
	return locked;
}

/* A tree of ours whose maker is gone.  Its number may be another process's by now, or mean nothing here
 * (another PID namespace): nobody who lives has a tree unlocked for long. */
static bool is_stale(const char *place, const char *name)
{
	char path[HEADER_TREE_PATH_MAX + 300];
	struct stat st;
	int pid;

	if (strncmp(name, TREE_PREFIX, strlen(TREE_PREFIX)) != 0 ||
	    sscanf(name + strlen(TREE_PREFIX), "%d-", &pid) != 1)
		return false;
	snprintf(path, sizeof(path), "%s/%s", place, name);
	if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
		return false;
	if (is_locked(path))
		return false;
	return (kill(pid, 0) < 0 && errno == ESRCH) || time(NULL) - st.st_mtime > LOCKED_AFTER_S;
}

static void remove_stale_in(const char *place)
{
	DIR *dir = opendir(place);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		char path[HEADER_TREE_PATH_MAX + 300];

		if (!is_stale(place, e->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", place, e->d_name);
		header_tree_remove(path);
	}
	if (dir)
		closedir(dir);
}

void header_tree_remove_stale(void)
{
	const char *own = getenv("TMPDIR");

	if (own && *own)
		remove_stale_in(own);
	for (int i = 0; places[i]; i++)
		remove_stale_in(places[i]);
}
