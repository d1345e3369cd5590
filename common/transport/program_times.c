/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/program_times.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "transport/probe_groups.h"

static bool always_on(void)
{
	int fd = open("/proc/sys/kernel/bpf_stats_enabled", O_RDONLY | O_CLOEXEC);
	char digit = '0';
	bool on = fd >= 0 && read(fd, &digit, 1) == 1 && digit == '1';

	if (fd >= 0)
		close(fd);
	return on;
}

int program_times_begin(char *err, size_t err_size)
{
	int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);

	if (fd >= 0)
		return fd;
	if (always_on())
		return -1;
	if (errno == EPERM)
		snprintf(err, err_size,
			 "--stats needs CAP_SYS_ADMIN: run it as root (sudo), or first set "
			 "kernel.bpf_stats_enabled=1");
	else
		snprintf(err, err_size, "the kernel does not time BPF programs: %s", strerror(errno));
	return PROGRAM_TIMES_REFUSED;
}

/* The kernel keeps only the beginning of a name. */
static const char *whole_name(const char *name)
{
	size_t n = strlen(name);

	if (n < BPF_OBJ_NAME_LEN - 1)
		return name;
	for (const struct attach_point *p = probe_points; p->program; p++) {
		if (strncmp(p->program, name, n) == 0)
			return p->program;
	}
	return name;
}

static struct capture_program *find(struct capture_program *list, size_t *n, const char *name)
{
	for (size_t i = 0; i < *n; i++) {
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	}
	if (*n == CAPTURE_PROGRAMS_MAX)
		return NULL;
	list[*n] = (struct capture_program){0};
	snprintf(list[*n].name, sizeof(list[*n].name), "%s", name);
	return &list[(*n)++];
}

size_t program_times_add(struct capture_program *list, size_t n, const int *programs, size_t n_programs)
{
	for (size_t i = 0; i < n_programs; i++) {
		struct bpf_prog_info info = {0};
		struct capture_program *row;
		uint32_t size = sizeof(info);

		if (bpf_obj_get_info_by_fd(programs[i], &info, &size) < 0)
			continue;
		row = find(list, &n, whole_name(info.name));
		if (!row)
			continue;
		row->runs += info.run_cnt;
		row->ns += info.run_time_ns;
	}
	return n;
}
