/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workload_send - every way to send, one by one, against plain read.
 *
 *     workload_send [PLACE]
 */
#include <fcntl.h>
#include <linux/errqueue.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

#include "workload_ways.h"

/* The rest of a message after `done` bytes went the special way. */
static bool say_rest(int fd, const struct message *m, ssize_t done)
{
	if (refused(done))
		return false;
	if (done < 0)
		workload_die("send");
	say(fd, m->bytes + done, m->n - (size_t)done);
	return true;
}

static bool send_write(int fd, const struct message *m)
{
	return say_rest(fd, m, write(fd, m->bytes, m->n));
}

static bool send_bytes(int fd, const struct message *m)
{
	for (size_t i = 0; i < m->n; i++)
		say(fd, m->bytes + i, 1);
	return true;
}

static bool send_writev(int fd, const struct message *m)
{
	struct iovec v[2] = {{m->bytes, m->head}, {m->bytes + m->head, m->n - m->head}};

	return say_rest(fd, m, writev(fd, v, 2));
}

/* The head lies in more than 40 segments. */
static bool send_writev_head_cut(int fd, const struct message *m)
{
	struct iovec v[SEGMENTS_MAX];
	int n = segments(v, SEGMENTS_MAX, m->bytes, m->n, 1);

	return say_rest(fd, m, writev(fd, v, n));
}

static bool send_writev_body_cut(int fd, const struct message *m)
{
	struct iovec v[SEGMENTS_MAX];
	int n = segments(v, 60, m->bytes, m->n, m->head / 2 + 1);

	return say_rest(fd, m, writev(fd, v, n));
}

static bool send_writev_empty_segments(int fd, const struct message *m)
{
	struct iovec v[6] = {{NULL, 0}, {m->bytes, 9}, {NULL, 0}, {m->bytes, 0}, {m->bytes + 9, m->n - 9},
			     {NULL, 0}};

	return say_rest(fd, m, writev(fd, v, 6));
}

/* The second segment cannot be read: the call moves the first only. */
static bool send_writev_fault(int fd, const struct message *m)
{
	void *hole = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec v[2] = {{m->bytes, 40}, {hole, 100}};
	ssize_t done = writev(fd, v, 2);

	munmap(hole, 4096);
	if (done < 0 && errno == EFAULT)
		done = 0;
	return say_rest(fd, m, done);
}

static bool send_pwritev2(int fd, const struct message *m)
{
	struct iovec v[2] = {{m->bytes, 20}, {m->bytes + 20, m->n - 20}};

	return say_rest(fd, m, pwritev2(fd, v, 2, -1, 0));
}

static bool send_sendto(int fd, const struct message *m)
{
	return say_rest(fd, m, sendto(fd, m->bytes, m->n, MSG_NOSIGNAL, NULL, 0));
}

static bool send_more(int fd, const struct message *m)
{
	return say_rest(fd, m, send(fd, m->bytes, m->head, MSG_MORE));
}

static bool send_sendmsg(int fd, const struct message *m)
{
	struct iovec v[SEGMENTS_MAX];
	struct msghdr msg = {.msg_iov = v};

	msg.msg_iovlen = (size_t)segments(v, 5, m->bytes, m->n, 31);
	return say_rest(fd, m, sendmsg(fd, &msg, 0));
}

/* The completion is read from the error queue: a receive call that returns 0 and is no end of stream. */
static bool send_zerocopy(int fd, const struct message *m)
{
	struct iovec v = {m->bytes, m->n};
	struct msghdr msg = {.msg_iov = &v, .msg_iovlen = 1}, done_msg = {0};
	struct pollfd wait = {.fd = fd, .events = 0};
	char control[128];
	int on = 1;
	ssize_t done;

	if (setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)))
		return false;
	done = sendmsg(fd, &msg, MSG_ZEROCOPY);
	if (!say_rest(fd, m, done))
		return false;
	poll(&wait, 1, 200);
	done_msg.msg_control = control;
	done_msg.msg_controllen = sizeof(control);
	if (recvmsg(fd, &done_msg, MSG_ERRQUEUE | MSG_DONTWAIT) < 0 && errno != EAGAIN)
		workload_die("error queue");
	return true;
}

static bool send_sendmmsg(int fd, const struct message *m)
{
	struct iovec v[SEGMENTS_MAX];
	struct mmsghdr msgs[5] = {0};
	ssize_t done = 0;
	int n;

	segments(v, 10, m->bytes, m->n, 17);
	for (int i = 0; i < 5; i++)
		msgs[i].msg_hdr = (struct msghdr){.msg_iov = v + 2 * i, .msg_iovlen = 2};
	n = sendmmsg(fd, msgs, 5, 0);
	for (int i = 0; i < n; i++)
		done += msgs[i].msg_len;
	return say_rest(fd, m, n < 0 ? n : done);
}

/* An unlinked file that holds these bytes. */
static int file_of(const char *bytes, size_t n)
{
	int file = memfd_create("body", 0);

	if (file < 0 || write(file, bytes, n) != (ssize_t)n || lseek(file, 0, SEEK_SET))
		workload_die("memfd");
	return file;
}

static bool send_file(int fd, const struct message *m, int flags)
{
	int file = file_of(m->bytes + m->head, m->n - m->head);
	ssize_t done;

	if (send(fd, m->bytes, m->head, flags) != (ssize_t)m->head)
		workload_die("head");
	done = sendfile(fd, file, NULL, m->n - m->head);
	close(file);
	return say_rest(fd, m, done < 0 ? done : (ssize_t)m->head + done);
}

static bool send_sendfile(int fd, const struct message *m)
{
	return send_file(fd, m, 0);
}

static bool send_sendfile_more(int fd, const struct message *m)
{
	return send_file(fd, m, MSG_MORE);
}

/* The message lies in pages of a file that this process has not touched yet. */
static bool send_mapped_file(int fd, const struct message *m)
{
	int file = file_of(m->bytes, m->n);
	char *map = mmap(NULL, m->n, PROT_READ, MAP_PRIVATE, file, 0);
	ssize_t done = write(fd, map, m->n);

	munmap(map, m->n);
	close(file);
	return say_rest(fd, m, done);
}

static bool send_splice(int fd, const struct message *m)
{
	int pipe_fds[2];
	ssize_t done;

	if (pipe(pipe_fds))
		workload_die("pipe");
	say(fd, m->bytes, m->head);
	say(pipe_fds[1], m->bytes + m->head, m->n - m->head);
	done = splice(pipe_fds[0], NULL, fd, NULL, m->n - m->head, SPLICE_F_MOVE);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	return say_rest(fd, m, done < 0 ? done : (ssize_t)m->head + done);
}

static const struct way ways[] = {
	{"write", send_write},
	{"write byte by byte", send_bytes},
	{"write from untouched memory", send_mapped_file},
	{"writev", send_writev},
	{"writev, head in 70 segments", send_writev_head_cut},
	{"writev, 60 segments", send_writev_body_cut},
	{"writev, empty segments", send_writev_empty_segments},
	{"writev, second segment unreadable", send_writev_fault},
	{"pwritev2 at -1", send_pwritev2},
	{"sendto", send_sendto},
	{"send MSG_MORE", send_more},
	{"sendmsg", send_sendmsg},
	{"sendmsg MSG_ZEROCOPY", send_zerocopy},
	{"sendmmsg", send_sendmmsg},
	{"sendfile", send_sendfile},
	{"sendfile after MSG_MORE", send_sendfile_more},
	{"splice from a pipe", send_splice},
};

int main(int argc, char **argv)
{
	ways_run(workload_place(argc > 1 ? argv[1] : "tcp4"), ways, sizeof(ways) / sizeof(ways[0]), true);
	return 0;
}
