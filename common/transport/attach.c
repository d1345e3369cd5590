/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/attach.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The number in a file; -errno. */
static int read_number(const char *path)
{
	char text[32];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -EIO;
	text[n] = '\0';
	return atoi(text);
}

/* The number perf_event_open() knows a tracepoint by; -errno when there is none. */
static int tracepoint_id(const char *tracefs, const char *category, const char *event)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/events/%s/%s/id", tracefs, category, event);
	return read_number(path);
}

static int open_event(struct perf_event_attr *attr, int pid)
{
	/* One CPU is enough: the program runs from the probe itself, on every CPU
	 * (kernel/events/core.c, perf_event_set_bpf_prog()). */
	int fd = syscall(SYS_perf_event_open, attr, pid, pid < 0 ? 0 : -1, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int attach_program(int event, int prog_fd)
{
	if (ioctl(event, PERF_EVENT_IOC_SET_BPF, prog_fd) < 0 || ioctl(event, PERF_EVENT_IOC_ENABLE, 0) < 0)
		return -errno;
	return 0;
}

/* The perf event, with the program on it; -errno. */
static int open_with_program(struct perf_event_attr *attr, int prog_fd)
{
	int fd = open_event(attr, -1), ret;

	if (fd < 0)
		return fd;
	ret = attach_program(fd, prog_fd);
	if (ret < 0)
		close(fd);
	return ret < 0 ? ret : fd;
}

int attach_tracepoint(const char *tracefs, const char *category, const char *event, int prog_fd)
{
	int id = tracepoint_id(tracefs, category, event);
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = id,
		.sample_period = 1,
		.wakeup_events = 1,
	};

	return id < 0 ? id : open_with_program(&attr, prog_fd);
}

/* The bit of perf_event_attr.config that asks for the return is told by the event source's "format"
 * folder; it is 0 since there are such events (kernel/trace/trace_event_perf.c). */
#define CONFIG_RETURN 1

int attach_kprobe(const char *function, bool on_return, int prog_fd)
{
	int type = read_number("/sys/bus/event_source/devices/kprobe/type");
	struct perf_event_attr attr = {
		.type = (uint32_t)type,
		.size = sizeof(attr),
		.config = on_return ? CONFIG_RETURN : 0,
		.kprobe_func = (uint64_t)(uintptr_t)function,
		.sample_period = 1,
		.wakeup_events = 1,
	};

	return type < 0 ? type : open_with_program(&attr, prog_fd);
}

static int uprobe_type(void)
{
	return read_number("/sys/bus/event_source/devices/uprobe/type");
}

bool attach_uprobe_possible(void)
{
	return uprobe_type() >= 0;
}

int attach_uprobe_place(int file_fd, uint64_t offset, bool on_return, int pid)
{
	int type = uprobe_type();
	char path[32];
	struct perf_event_attr attr = {
		.type = (uint32_t)type,
		.size = sizeof(attr),
		.config = on_return ? CONFIG_RETURN : 0,
		.uprobe_path = (uint64_t)(uintptr_t)path,
		.probe_offset = offset,
		.sample_period = 1,
		.wakeup_events = 1,
	};

	/* the name that its process knows it by may mean another file here, or none */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file_fd);
	return type < 0 ? type : open_event(&attr, pid);
}

int attach_raw_tracepoint(const char *event, int prog_fd)
{
	int fd = bpf_raw_tracepoint_open(event, prog_fd);

	return fd < 0 ? -errno : fd;
}
