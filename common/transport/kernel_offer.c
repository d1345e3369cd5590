/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/kernel_offer.h"

#include <bpf/bpf.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Newer than the headers some distributions build with. */
#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#endif
#ifndef CAP_BPF
#define CAP_BPF 39
#endif

/* A directory's name, and the longest of the file names below. */
#define FILE_NAME_LEN (OFFER_PATH_LEN + 256)
/* Status lines and numbers. */
#define SMALL_FILE_MAX 4096
/* A format file is longer only by its print format, which comes after the members. */
#define FORMAT_FILE_MAX 16384
/* PROC_PID_INIT_INO of the kernel: a fixed part of its interface. */
#define INITIAL_PID_NS "pid:[4026531836]"

/* Not by access(2): that asks for the real user, without our capabilities. */
static bool exists(const char *dir, const char *file)
{
	char path[FILE_NAME_LEN];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	return stat(path, &st) == 0;
}

/* The beginning of a file, as a string.  false: it cannot be read. */
static bool read_file(const char *dir, const char *file, char *buf, size_t size)
{
	char path[FILE_NAME_LEN];
	size_t n = 0;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	while ((got = read(fd, buf + n, size - 1 - n)) > 0)
		n += (size_t)got;
	close(fd);
	buf[n] = '\0';
	return got == 0;
}

/* -1: no such file, or no number in it. */
static int read_number(const char *dir, const char *file)
{
	char buf[SMALL_FILE_MAX];

	return read_file(dir, file, buf, sizeof(buf)) && isdigit((unsigned char)buf[0]) ? atoi(buf) : -1;
}

/* 0: cannot be read. */
static uint64_t readable_size(const char *dir, const char *file)
{
	char path[FILE_NAME_LEN];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (fstat(fd, &st) != 0)
		st.st_size = 0;
	close(fd);
	return (uint64_t)st.st_size;
}

static void read_release(struct kernel_offer *o, const char *release)
{
	struct utsname uts;

	if (!release && uname(&uts) == 0)
		release = uts.release;
	snprintf(o->release, sizeof(o->release), "%s", release ? release : "");
}

/* Headers are told by what every built tree has; a leftover `build` link or
 * directory alone is common after an upgrade. */
static void read_headers(struct kernel_offer *o, const char *modules)
{
	char dir[OFFER_PATH_LEN], text[SMALL_FILE_MAX], wanted[OFFER_RELEASE_LEN + 2];

	if ((size_t)snprintf(dir, sizeof(dir), "%s/%s/build", modules, o->release) >= sizeof(dir))
		return;
	if (!exists(dir, "include/generated") && !exists(dir, "include/linux/kconfig.h"))
		return;
	memcpy(o->headers_dir, dir, sizeof(dir));
	o->headers = OFFER_HEADERS_EXACT;
	snprintf(wanted, sizeof(wanted), "\"%s\"", o->release);
	if (read_file(dir, "include/generated/utsrelease.h", text, sizeof(text)) && !strstr(text, wanted))
		o->headers = OFFER_HEADERS_OTHER;
}

static void read_kheaders(struct kernel_offer *o, const char *sys, const char *modules)
{
	static const char *const compressions[] = {"", ".xz", ".zst", ".gz"};
	char file[OFFER_RELEASE_LEN + 64];

	if (exists(sys, "kernel/kheaders.tar.xz")) {
		o->kheaders = OFFER_KHEADERS_READY;
		return;
	}
	for (size_t i = 0; i < sizeof(compressions) / sizeof(*compressions); i++) {
		snprintf(file, sizeof(file), "%s/kernel/kernel/kheaders.ko%s", o->release, compressions[i]);
		if (exists(modules, file))
			o->kheaders = OFFER_KHEADERS_MODULE;
	}
}

/* Its mount point exists also when nothing is mounted there. */
static void read_tracefs(struct kernel_offer *o, const char *sys)
{
	static const char *const places[] = {"kernel/tracing", "kernel/debug/tracing"};
	char dir[OFFER_PATH_LEN];

	for (size_t i = 0; i < sizeof(places) / sizeof(*places) && o->tracefs != OFFER_TRACEFS_READY; i++) {
		if ((size_t)snprintf(dir, sizeof(dir), "%s/%s", sys, places[i]) >= sizeof(dir))
			continue;
		/* "/.": may we search it? */
		if (exists(dir, "events/."))
			o->tracefs = OFFER_TRACEFS_READY;
		else if (errno == EACCES && o->tracefs == OFFER_TRACEFS_NOT_MOUNTED)
			o->tracefs = OFFER_TRACEFS_DENIED;
		else
			continue;
		memcpy(o->tracefs_dir, dir, sizeof(dir));
	}
}

enum offer_state kernel_offer_ring_buffer(void)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "l7scope_try", 0, 0, (uint32_t)sysconf(_SC_PAGESIZE),
				NULL);

	if (fd < 0)
		return errno == EPERM ? OFFER_TRY : OFFER_NO;
	close(fd);
	return OFFER_YES;
}

/* The file lists all modes and puts the one in force into brackets. */
static enum offer_lockdown read_lockdown(const char *sys)
{
	char text[SMALL_FILE_MAX], wanted[32];

	if (!read_file(sys, "kernel/security/lockdown", text, sizeof(text)))
		return OFFER_LOCKDOWN_UNKNOWN;
	for (int l = OFFER_LOCKDOWN_NONE; l <= OFFER_LOCKDOWN_CONFIDENTIALITY; l++) {
		snprintf(wanted, sizeof(wanted), "[%s]", offer_lockdown_name((enum offer_lockdown)l));
		if (strstr(text, wanted))
			return (enum offer_lockdown)l;
	}
	return OFFER_LOCKDOWN_UNKNOWN;
}

static uint64_t read_capabilities(const char *proc)
{
	static const char field[] = "\nCapEff:";
	char text[SMALL_FILE_MAX];
	const char *at;

	if (!read_file(proc, "self/status", text, sizeof(text)))
		return 0;
	at = strstr(text, field);
	return at ? strtoull(at + strlen(field), NULL, 16) : 0;
}

static bool in_initial_pid_ns(const char *proc)
{
	char path[FILE_NAME_LEN], target[64];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/self/ns/pid", proc);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	return strcmp(target, INITIAL_PID_NS) == 0;
}

void kernel_offer_read(struct kernel_offer *o, const struct kernel_offer_roots *roots)
{
	const char *proc = roots && roots->proc ? roots->proc : "/proc";
	const char *sys = roots && roots->sys ? roots->sys : "/sys";
	const char *modules = roots && roots->modules ? roots->modules : "/lib/modules";

	memset(o, 0, sizeof(*o));
	read_release(o, roots ? roots->release : NULL);
	o->btf_size = readable_size(sys, "kernel/btf/vmlinux");
	read_headers(o, modules);
	read_kheaders(o, sys, modules);
	read_tracefs(o, sys);
	o->kprobe_type = read_number(sys, "bus/event_source/devices/kprobe/type");
	o->uprobe_type = read_number(sys, "bus/event_source/devices/uprobe/type");
	o->fentry = o->btf_size ? OFFER_TRY : OFFER_NO;
	o->ring_buffer = kernel_offer_ring_buffer();
	o->lockdown = read_lockdown(sys);
	o->capabilities = read_capabilities(proc);
	o->unprivileged_bpf_disabled = read_number(proc, "sys/kernel/unprivileged_bpf_disabled");
	o->initial_pid_ns = in_initial_pid_ns(proc);
}

bool kernel_offer_has_capability(const struct kernel_offer *o, int capability)
{
	return capability >= 0 && capability < 64 && (o->capabilities >> capability & 1);
}

bool kernel_offer_may_trace(const struct kernel_offer *o)
{
	return kernel_offer_has_capability(o, CAP_SYS_ADMIN) ||
	       (kernel_offer_has_capability(o, CAP_BPF) && kernel_offer_has_capability(o, CAP_PERFMON));
}

/* false: tracefs is not there, or the names are too long for any tracepoint. */
static bool event_dir(const struct kernel_offer *o, const char *category, const char *name,
		      char dir[OFFER_PATH_LEN])
{
	int n;

	if (o->tracefs != OFFER_TRACEFS_READY)
		return false;
	n = snprintf(dir, OFFER_PATH_LEN, "%s/events/%s/%s", o->tracefs_dir, category, name);
	return n > 0 && n < OFFER_PATH_LEN;
}

bool tracepoint_exists(const struct kernel_offer *o, const char *category, const char *name)
{
	char dir[OFFER_PATH_LEN];

	return event_dir(o, category, name, dir) && read_number(dir, "id") >= 0;
}

size_t kernel_offer_tracepoints(const struct kernel_offer *o, struct tracepoint_query *queries, size_t n)
{
	size_t missing = 0;

	for (size_t i = 0; i < n; i++) {
		queries[i].present = tracepoint_exists(o, queries[i].category, queries[i].name);
		missing += !queries[i].present;
	}
	return missing;
}

/* Is this the name that a declaration of n characters declares?  It comes last,
 * but for the bounds of an array: "__u8 saddr[4]". */
static bool declares(const char *declaration, size_t n, const char *name)
{
	size_t begin;

	if (n && declaration[n - 1] == ']') {
		while (n && declaration[n - 1] != '[')
			n--;
		n -= n > 0;
	}
	begin = n;
	while (begin && (isalnum((unsigned char)declaration[begin - 1]) || declaration[begin - 1] == '_'))
		begin--;
	return n - begin == strlen(name) && memcmp(declaration + begin, name, n - begin) == 0;
}

bool tracepoint_field_parse(const char *format, const char *field, struct tracepoint_field *out)
{
	static const char start[] = "\n\tfield:";
	int is_signed;

	for (const char *at = strstr(format, start); at; at = strstr(at, start)) {
		const char *end;

		at += strlen(start);
		end = strchr(at, ';');
		if (!end || !declares(at, (size_t)(end - at), field))
			continue;
		if (sscanf(end, "; offset:%d; size:%d; signed:%d;", &out->offset, &out->size, &is_signed) !=
		    3)
			return false;
		out->is_signed = is_signed != 0;
		return true;
	}
	return false;
}

int tracepoint_field_offset(const struct kernel_offer *o, const char *category, const char *name,
			    const char *field)
{
	char dir[OFFER_PATH_LEN], format[FORMAT_FILE_MAX];
	struct tracepoint_field found;

	if (!event_dir(o, category, name, dir) || !read_file(dir, "format", format, sizeof(format)))
		return -1;
	return tracepoint_field_parse(format, field, &found) ? found.offset : -1;
}

const char *offer_lockdown_name(enum offer_lockdown lockdown)
{
	static const char *const names[] = {"unknown", "none", "integrity", "confidentiality"};

	return names[lockdown];
}
