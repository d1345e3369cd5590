/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_many - exchanges over a great number of open connections.
 *
 *     bench_many CONNECTIONS PROCESSES
 *
 * Each process has both ends of its share of the connections, and plays both
 * parts: no wait, no wake-up, no event loop is between the calls.  Prints a line
 * when all are open.  Then each line on standard input is a number of exchanges,
 * made on one connection after the other, one process after the other; the
 * answer is the nanoseconds of CPU that each took.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Fewer than one address has ports for others to connect from; then the next address listens. */
#define PER_ADDRESS   1000
#define FIRST_ADDRESS 0x7f010000u /* 127.1.PROCESS.LISTENER */
#define PORT	      8080
#define ROOM	      1024
/* What is not a connection. */
#define OTHER_FDS 256

static const char get[] = "GET /many/connections HTTP/1.1\r\nHost: bench.example\r\n"
			  "User-Agent: bench_many\r\nAccept: */*\r\n\r\n";
static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";

struct pair {
	int client, server;
};

struct process {
	int to, from; /* pipes */
	long share;
};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int listen_at(const struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	/* those of the run before may be in TIME_WAIT */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (const struct sockaddr *)at, sizeof(*at)) < 0 || listen(fd, 16) < 0)
		fail("listen");
	return fd;
}

static struct pair open_pair(int listener, const struct sockaddr_in *at)
{
	struct pair p = {.client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};

	if (p.client < 0 || connect(p.client, (const struct sockaddr *)at, sizeof(*at)) < 0)
		fail("connect");
	p.server = accept(listener, NULL, NULL);
	if (p.server < 0)
		fail("accept");
	return p;
}

static void open_pairs(struct pair *pairs, long n, long process)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(PORT)};

	for (long first = 0; first < n; first += PER_ADDRESS) {
		int listener;

		at.sin_addr.s_addr = htonl((uint32_t)(FIRST_ADDRESS + process * 256 + first / PER_ADDRESS));
		listener = listen_at(&at);
		for (long i = first; i < n && i < first + PER_ADDRESS; i++)
			pairs[i] = open_pair(listener, &at);
		close(listener);
	}
}

static void move(int from, int to, const char *text, size_t n)
{
	char room[ROOM];

	if (write(from, text, n) != (ssize_t)n || read(to, room, sizeof(room)) != (ssize_t)n)
		fail("exchange");
}

/* ---- one process of many ---- */

static void serve(long process, long share, int in, int out)
{
	struct pair *pairs = calloc((size_t)share, sizeof(*pairs));
	long n, at = 0;
	double ns = 0;

	if (!pairs)
		fail("memory");
	open_pairs(pairs, share, process);
	while (write(out, &ns, sizeof(ns)) == sizeof(ns) && read(in, &n, sizeof(n)) == sizeof(n)) {
		ns = cpu_ns();
		for (long i = 0; i < n; i++, at = (at + 1) % share) {
			move(pairs[at].client, pairs[at].server, get, sizeof(get) - 1);
			move(pairs[at].server, pairs[at].client, ok, sizeof(ok) - 1);
		}
		ns = cpu_ns() - ns;
	}
	exit(0);
}

static struct process start(long process, long share)
{
	int to[2], from[2];

	if (pipe(to) < 0 || pipe(from) < 0)
		fail("pipe");
	if (fork() == 0) {
		close(to[1]);
		close(from[0]);
		serve(process, share, to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	return (struct process){to[1], from[0], share};
}

static double answer(const struct process *p)
{
	double ns;

	if (read(p->from, &ns, sizeof(ns)) != sizeof(ns))
		fail("a process ended");
	return ns;
}

/* ---- all of them ---- */

static double exchanges(const struct process *list, long processes, long n)
{
	double ns = 0;

	for (long i = 0; i < processes; i++) {
		long share = n / processes + (i < n % processes);

		if (write(list[i].to, &share, sizeof(share)) != sizeof(share))
			fail("pipe");
		ns += answer(&list[i]);
	}
	return ns / (double)n;
}

int main(int argc, char **argv)
{
	long connections = argc == 3 ? atol(argv[1]) : 0, processes = argc == 3 ? atol(argv[2]) : 0, n;
	struct rlimit files;
	struct process *list = calloc((size_t)processes + 1, sizeof(*list));

	if (connections < processes || processes < 1 || !list)
		return 1;
	files.rlim_cur = files.rlim_max = (rlim_t)(connections / processes * 2 + OTHER_FDS + processes * 2);
	if (setrlimit(RLIMIT_NOFILE, &files) < 0)
		fail("setrlimit");
	for (long i = 0; i < processes; i++) {
		list[i] = start(i, connections / processes);
		answer(&list[i]);
	}
	printf("0\n");
	fflush(stdout);
	while (scanf("%ld", &n) == 1) {
		printf("%.0f\n", exchanges(list, processes, n));
		fflush(stdout);
	}
	return 0;
}
