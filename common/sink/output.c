/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A terminal that says it can be written to takes what it has room for, and a write of more blocks.  Opened
 * anew, so that whoever shares it is not made non-blocking. */
static int open_anew(int terminal)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", terminal);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void output_init(struct output *o, int fd, const volatile sig_atomic_t *stopping)
{
	struct stat st;

	*o = (struct output){.fd = fd, .own_fd = -1, .stopping = stopping};
	o->trickle = fstat(fd, &st) || !S_ISREG(st.st_mode);
	o->terminal = isatty(fd);
	if (o->terminal)
		o->own_fd = open_anew(fd);
	if (o->own_fd >= 0)
		o->fd = o->own_fd;
}

void output_release(struct output *o)
{
	text_release(&o->pending);
	if (o->own_fd >= 0)
		close(o->own_fd);
}

static bool is_stopping(const struct output *o)
{
	return o->stopping && *o->stopping;
}

/* Until fd takes PIPE_BUF bytes without blocking.  false: gave up. */
static bool wait_writable(struct output *o)
{
	struct pollfd p = {.fd = o->fd, .events = POLLOUT};
	bool stopping;
	int n;

	do {
		stopping = is_stopping(o);
		n = poll(&p, 1, stopping ? OUTPUT_STOP_WAIT_MS : -1);
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		o->error = ETIMEDOUT;
	else if (n < 0)
		o->error = errno;
	return n > 0;
}

static ssize_t write_some(struct output *o, const char *p, size_t n)
{
	if (o->trickle) {
		if (!wait_writable(o))
			return -1;
		if (n > PIPE_BUF)
			n = PIPE_BUF;
	}
	return write(o->fd, p, n);
}

bool output_flush(struct output *o)
{
	size_t done = 0;

	if (o->pending.failed)
		o->error = o->error ? o->error : ENOMEM;
	while (!o->error && done < o->pending.n) {
		ssize_t n = write_some(o, o->pending.p + done, o->pending.n - done);

		if (n >= 0)
			done += (size_t)n;
		else if (!o->error && errno != EINTR && errno != EAGAIN)
			o->error = errno;
	}
	text_clear(&o->pending);
	return o->error == 0;
}

void output_end_record(struct output *o)
{
	if (o->pending.n >= OUTPUT_FLUSH_AT)
		output_flush(o);
}

void output_check_reader(struct output *o)
{
	struct pollfd p = {.fd = o->fd};

	if (!o->error && poll(&p, 1, 0) == 1 && p.revents & POLLERR)
		o->error = EPIPE;
}

unsigned output_columns(const struct output *o)
{
	struct winsize size;

	return o->terminal && ioctl(o->fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
