/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/attach.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The number perf_event_open() knows a tracepoint by; -errno when there is none. */
static int tracepoint_id(const char *tracefs, const char *category, const char *event)
{
	char path[256], text[32];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/events/%s/%s/id", tracefs, category, event);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -EIO;
	text[n] = '\0';
	return atoi(text);
}

int attach_tracepoint(const char *tracefs, const char *category, const char *event, int prog_fd)
{
	int id = tracepoint_id(tracefs, category, event), fd, err;
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = id,
		.sample_period = 1,
		.wakeup_events = 1,
	};

	if (id < 0)
		return id;
	/* One CPU is enough: the program runs from the tracepoint itself, on every CPU
	 * (kernel/events/core.c, perf_event_set_bpf_prog()). */
	fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, PERF_EVENT_IOC_SET_BPF, prog_fd) < 0 || ioctl(fd, PERF_EVENT_IOC_ENABLE, 0) < 0) {
		err = errno;
		close(fd);
		return -err;
	}
	return fd;
}

int attach_raw_tracepoint(const char *event, int prog_fd)
{
	int fd = bpf_raw_tracepoint_open(event, prog_fd);

	return fd < 0 ? -errno : fd;
}
