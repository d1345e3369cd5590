/* SPDX-License-Identifier: Apache-2.0 */
#include "app/pid_check.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The first PID namespace's inode (PROC_PID_INIT_INO), the same on each machine. */
#define FIRST_PID_NAMESPACE 0xeffffffcu
/* /proc/PID/status is some 1.5 KB; what is looked at comes first. */
#define STATUS_MAX 4096

/* The text of /proc/PID/status; false when there is no such process or thread. */
static bool read_status(const char *pid, char buf[STATUS_MAX])
{
	char path[64];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	n = fread(buf, 1, STATUS_MAX - 1, f);
	buf[n] = '\0';
	fclose(f);
	return n > 0;
}

/* The value after "Name:" and blanks, to the end of the text; NULL when there is none. */
static const char *status_value(const char *status, const char *name)
{
	const char *line = status;

	/* only where a line begins: a process may call itself anything */
	while (line && strncmp(line, name, strlen(name)) != 0) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	if (!line)
		return NULL;
	line += strlen(name);
	return line + strspn(line, " \t");
}

/* A kernel thread has no memory of its own, so no VmSize; nor has a zombie. */
static bool has_memory(const char *status)
{
	return status_value(status, "VmSize:");
}

/* The last number of the NSpid line: what the innermost namespace calls it. */
static uint32_t inner_pid(const char *status)
{
	const char *p = status_value(status, "NSpid:");
	uint32_t pid = 0;
	size_t numbers = 0;
	char *end;

	while (p && isdigit((unsigned char)*p)) {
		pid = (uint32_t)strtoul(p, &end, 10);
		p = end + strspn(end, " \t");
		numbers++;
	}
	return numbers > 1 ? pid : 0;
}

/* A process that another PID namespace calls `pid`, by our number; 0: there is none. */
static unsigned long find_elsewhere(uint32_t pid)
{
	char status[STATUS_MAX];
	const struct dirent *entry;
	unsigned long found = 0;
	DIR *proc = opendir("/proc");

	if (!proc)
		return 0;
	while (!found && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]) && read_status(entry->d_name, status) &&
		    inner_pid(status) == pid)
			found = strtoul(entry->d_name, NULL, 10);
	closedir(proc);
	return found;
}

/* false: we are in a namespace that does not number processes as the kernel does. */
static bool numbers_agree(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) || st.st_ino == FIRST_PID_NAMESPACE;
}

static bool fail_unknown(uint32_t pid, struct option_error *e)
{
	unsigned long other = find_elsewhere(pid);

	if (!other)
		return option_fail(e, "no process has pid %u", pid);
	return option_fail(e, "no process has pid %u; a container calls process %lu so: use -p %lu", pid,
			   other, other);
}

bool pid_check(uint32_t pid, struct option_error *e)
{
	char status[STATUS_MAX], number[16];
	const char *leader;

	snprintf(number, sizeof(number), "%u", pid);
	if (!read_status(number, status))
		return fail_unknown(pid, e);
	leader = status_value(status, "Tgid:");
	if (leader && strtoul(leader, NULL, 10) != pid)
		return option_fail(e, "%u is a thread of process %lu: use -p %lu", pid,
				   strtoul(leader, NULL, 10), strtoul(leader, NULL, 10));
	if (!has_memory(status))
		return option_fail(e,
				   "process %u is a kernel thread or a zombie and has no traffic; "
				   "for a pid inside a container use the host's number of it",
				   pid);
	if (!numbers_agree())
		return option_fail(e, "-p cannot take effect in a PID namespace, where processes have other "
				      "numbers: run this in the host's");
	return true;
}
