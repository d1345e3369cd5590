/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workload_recv - every way to receive, one by one, against plain write.
 *
 *     workload_recv [PLACE]
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "workload_ways.h"

/* The rest of a message after `done` bytes came the special way. */
static bool hear_rest(int fd, const struct message *m, ssize_t done)
{
	if (refused(done))
		return false;
	if (done < 0)
		workload_die("receive");
	hear(fd, m->n - (size_t)done);
	return true;
}

static bool recv_read(int fd, const struct message *m)
{
	hear(fd, m->n);
	return true;
}

static bool recv_bytes(int fd, const struct message *m)
{
	for (size_t i = 0; i < m->n; i++)
		hear(fd, 1);
	return true;
}

/* A read of nothing returns 0 and is no end of stream. */
static bool recv_nothing_first(int fd, const struct message *m)
{
	char byte;

	if (read(fd, &byte, 0) != 0)
		workload_die("read of nothing");
	return recv_read(fd, m);
}

/* A read into memory that cannot be written fails and eats nothing. */
static bool recv_fault_first(int fd, const struct message *m)
{
	void *hole = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (read(fd, hole, 4096) >= 0)
		workload_die("read into a hole");
	munmap(hole, 4096);
	return recv_read(fd, m);
}

static bool recv_readv(int fd, const struct message *m)
{
	struct iovec v[2] = {{m->bytes, 30}, {m->bytes + 30, m->n - 30}};

	return hear_rest(fd, m, readv(fd, v, 2));
}

static bool recv_readv_head_cut(int fd, const struct message *m)
{
	struct iovec v[SEGMENTS_MAX];
	int n = segments(v, SEGMENTS_MAX, m->bytes, m->n, 1);

	return hear_rest(fd, m, readv(fd, v, n));
}

static bool recv_preadv2(int fd, const struct message *m)
{
	struct iovec v[2] = {{m->bytes, 20}, {m->bytes + 20, m->n - 20}};

	return hear_rest(fd, m, preadv2(fd, v, 2, -1, 0));
}

static bool recv_recvfrom(int fd, const struct message *m)
{
	struct sockaddr_storage from;
	socklen_t n = sizeof(from);

	return hear_rest(fd, m, recvfrom(fd, m->bytes, m->n, 0, (struct sockaddr *)&from, &n));
}

static bool recv_waitall(int fd, const struct message *m)
{
	return hear_rest(fd, m, recv(fd, m->bytes, m->n, MSG_WAITALL));
}

/* Looked at twice, the second time further, then read. */
static bool recv_peek(int fd, const struct message *m)
{
	if (recv(fd, m->bytes, 10, MSG_PEEK) != 10 || recv(fd, m->bytes, m->head, MSG_PEEK) < 0)
		return false;
	return recv_read(fd, m);
}

static bool recv_peek_recvmsg(int fd, const struct message *m)
{
	struct iovec v = {m->bytes, m->n};
	struct msghdr msg = {.msg_iov = &v, .msg_iovlen = 1};

	if (recvmsg(fd, &msg, MSG_PEEK) < 0)
		return false;
	return recv_read(fd, m);
}

/* TCP throws the bytes away: the buffer is not written. */
static bool recv_trunc_body(int fd, const struct message *m)
{
	ssize_t done;

	hear(fd, m->head);
	done = recv(fd, NULL, m->n - m->head, MSG_TRUNC);
	return hear_rest(fd, m, done < 0 ? done : (ssize_t)m->head + done);
}

static bool recv_recvmsg(int fd, const struct message *m)
{
	struct iovec v[SEGMENTS_MAX];
	struct msghdr msg = {.msg_iov = v};

	msg.msg_iovlen = (size_t)segments(v, 7, m->bytes, m->n, 13);
	return hear_rest(fd, m, recvmsg(fd, &msg, 0));
}

static bool recv_recvmmsg(int fd, const struct message *m)
{
	struct iovec v[SEGMENTS_MAX];
	struct mmsghdr msgs[4] = {0};
	ssize_t done = 0;
	int n;

	segments(v, 8, m->bytes, m->n, 23);
	for (int i = 0; i < 4; i++)
		msgs[i].msg_hdr = (struct msghdr){.msg_iov = v + 2 * i, .msg_iovlen = 2};
	n = recvmmsg(fd, msgs, 4, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++)
		done += msgs[i].msg_len;
	return hear_rest(fd, m, n < 0 ? n : done);
}

/* Into memory that this process has not touched yet. */
static bool recv_fresh_memory(int fd, const struct message *m)
{
	char *fresh = mmap(NULL, m->n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ssize_t done = read(fd, fresh, m->n);

	munmap(fresh, m->n);
	return hear_rest(fd, m, done);
}

static bool recv_splice(int fd, const struct message *m)
{
	int pipe_fds[2];
	ssize_t done;

	if (pipe(pipe_fds))
		workload_die("pipe");
	hear(fd, m->head);
	done = splice(fd, NULL, pipe_fds[1], NULL, m->n - m->head, SPLICE_F_MOVE);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	return hear_rest(fd, m, done < 0 ? done : (ssize_t)m->head + done);
}

static const struct way ways[] = {
	{"read byte by byte", recv_bytes},
	{"read of nothing first", recv_nothing_first},
	{"read after a failed call", recv_fault_first},
	{"read into untouched memory", recv_fresh_memory},
	{"readv", recv_readv},
	{"readv, head in 70 segments", recv_readv_head_cut},
	{"preadv2 at -1", recv_preadv2},
	{"recvfrom", recv_recvfrom},
	{"recv MSG_WAITALL", recv_waitall},
	{"recv MSG_PEEK first", recv_peek},
	{"recvmsg MSG_PEEK first", recv_peek_recvmsg},
	{"recv MSG_TRUNC of the body", recv_trunc_body},
	{"recvmsg", recv_recvmsg},
	{"recvmmsg", recv_recvmmsg},
	{"splice to a pipe", recv_splice},
};

int main(int argc, char **argv)
{
	ways_run(workload_place(argc > 1 ? argv[1] : "tcp4"), ways, sizeof(ways) / sizeof(ways[0]), false);
	return 0;
}
