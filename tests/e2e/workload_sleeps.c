/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workload_sleeps - a server that sleeps known times, and its client: two
 * processes, a thread for each end of each connection.
 *
 *     workload_sleeps CONNECTIONS COUNT:SERVICE[:QUEUE[:SEND[:TRANSFER]]]...
 *
 * COUNT exchanges in each of which the server thinks SERVICE us between request
 * and response, leaves the request unread for QUEUE us, the client pauses SEND
 * us within the request and the server TRANSFER us within the response.  All are
 * shuffled and spread over the connections, each of which takes the next one
 * when it is free.
 *
 * Prints {"port", "server", "client"} (process ids) and waits for a line on
 * standard input.  Then, for each end of each exchange, one line: the clock
 * (CLOCK_MONOTONIC, ns) before and after the calls that moved the first and the
 * last byte in ("in") and out ("out"), so that what a tool measures lies
 * between; "connect" for the first exchange of a client's connection.
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>

#include "workload.h"

#define CONNECTIONS_MAX 64 /* the listener's backlog */
#define EXCHANGES_MAX	100000
#define ASK_BODY	100
#define ANSWER_BODY	1000
/* Up to the end of the number in the request line; then the rest. */
#define ASK_NUMBER "POST /sleep/%08d"
#define ASK_REST   " HTTP/1.1\r\nHost: sleeps.example\r\nContent-Length: 100\r\n\r\n"
#define ANSWER	   "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"

struct plan {
	long service, queue, send, transfer; /* us */
};

/* The clock before and after a call. */
struct span {
	int64_t before, after;
};

struct seen {
	struct span connect, in_first, in_last, out_first, out_last;
	bool there;
};

static struct plan plans[EXCHANGES_MAX];
static struct seen seen[EXCHANGES_MAX];
static int n_plans, n_connections;
static bool any_queue;
static atomic_int next_plan;
static struct pair at = {.client = -1, .server = -1};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void think(long us)
{
	struct timespec t = {us / 1000000, us % 1000000 * 1000};

	if (us > 0)
		nanosleep(&t, NULL);
}

static struct span timed_say(int fd, const char *bytes, size_t n)
{
	struct span s = {.before = now_ns()};

	say(fd, bytes, n);
	s.after = now_ns();
	return s;
}

/* Says the message, its second half after a pause when there is one to make. */
static void say_in_halves(int fd, const char *m, size_t n, long pause, struct seen *to)
{
	size_t half = pause ? n - ASK_BODY : n;

	to->out_first = to->out_last = timed_say(fd, m, half);
	if (!pause)
		return;
	think(pause);
	to->out_last = timed_say(fd, m + half, n - half);
}

/* Waits for the bytes before it reads, so that the call itself is short.  false: the peer closed. */
static bool timed_hear(int fd, char *to, size_t n, struct seen *when)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	bool first = true;

	while (n > 0) {
		struct span s;
		ssize_t got;

		poll(&ready, 1, -1);
		s.before = now_ns();
		got = read(fd, to, n);
		s.after = now_ns();
		if (got <= 0)
			return false;
		if (first)
			when->in_first = s;
		when->in_last = s;
		first = false;
		to += got;
		n -= (size_t)got;
	}
	return true;
}

static size_t ask_make(char *to, size_t size, int number)
{
	int n = snprintf(to, size, ASK_NUMBER ASK_REST, number);

	message_fill(to + n, ASK_BODY);
	return (size_t)n + ASK_BODY;
}

/* ---- the server ---- */

/* Which exchange waits to be read: looked at without reading it. */
static int peek_number(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	char head[sizeof("POST /sleep/12345678")] = "";
	int number = -1;

	poll(&ready, 1, -1);
	if (recv(fd, head, sizeof(head) - 1, MSG_PEEK) <= 0 || sscanf(head, ASK_NUMBER, &number) != 1)
		return -1;
	return number;
}

static bool serve_one(int fd, size_t ask_n, const struct message *answer)
{
	struct seen when = {.there = true};
	char ask[512];
	int number = any_queue ? peek_number(fd) : -1;

	if (number >= 0)
		think(plans[number].queue);
	if (!timed_hear(fd, ask, ask_n, &when))
		return false;
	ask[ask_n] = 0;
	if (sscanf(ask, ASK_NUMBER, &number) != 1)
		workload_die("request");
	think(plans[number].service);
	say_in_halves(fd, answer->bytes, answer->n, plans[number].transfer, &when);
	seen[number] = when;
	return true;
}

static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	struct message answer = message_make(ANSWER, ANSWER_BODY);
	char ask[512];
	size_t ask_n = ask_make(ask, sizeof(ask), 0);

	while (serve_one(fd, ask_n, &answer))
		;
	close(fd);
	free(answer.bytes);
	return NULL;
}

/* ---- the client ---- */

static void ask_one(int fd, int number, struct span connect, size_t answer_n)
{
	struct seen when = {.there = true, .connect = connect};
	char ask[512], answer[2048];
	size_t n = ask_make(ask, sizeof(ask), number);

	say_in_halves(fd, ask, n, plans[number].send, &when);
	if (!timed_hear(fd, answer, answer_n, &when))
		workload_die("answer");
	seen[number] = when;
}

static void *ask_all(void *unused)
{
	struct span connect = {.before = now_ns()};
	int fd = workload_connect(at.place, at.port), number;

	connect.after = now_ns();
	workload_no_delay(fd);
	while ((number = atomic_fetch_add(&next_plan, 1)) < n_plans) {
		ask_one(fd, number, connect, sizeof(ANSWER) - 1 + ANSWER_BODY);
		connect = (struct span){0, 0};
	}
	close(fd);
	return unused;
}

/* ---- both ---- */

static void print_span(const char *before, struct span s)
{
	printf("%s[%lld,%lld]", before, (long long)s.before, (long long)s.after);
}

static void print_seen(const char *role)
{
	for (int i = 0; i < n_plans; i++) {
		const struct seen *s = &seen[i];

		if (!s->there)
			workload_die("an exchange is missing");
		printf("{\"role\":\"%s\",\"id\":%d,\"service\":%ld", role, i, plans[i].service);
		print_span(",\"in\":[", s->in_first);
		print_span(",", s->in_last);
		print_span("],\"out\":[", s->out_first);
		print_span(",", s->out_last);
		printf("]");
		if (s->connect.after)
			print_span(",\"connect\":", s->connect);
		printf("}\n");
	}
	fflush(stdout);
}

static void in_threads(void *(*run)(void *))
{
	pthread_t threads[CONNECTIONS_MAX];

	for (int i = 0; i < n_connections; i++) {
		int fd = run == serve ? accept(at.listener, NULL, NULL) : 0;

		if (fd < 0)
			workload_die("accept");
		if (run == serve)
			workload_no_delay(fd);
		pthread_create(&threads[i], NULL, run, (void *)(intptr_t)fd);
	}
	for (int i = 0; i < n_connections; i++)
		pthread_join(threads[i], NULL);
}

static void plan_add(const char *spec)
{
	struct plan p = {0};
	int count = 0;

	if (sscanf(spec, "%d:%ld:%ld:%ld:%ld", &count, &p.service, &p.queue, &p.send, &p.transfer) < 2 ||
	    count <= 0 || count > EXCHANGES_MAX - n_plans) {
		fprintf(stderr, "bad plan %s\n", spec);
		exit(2);
	}
	any_queue |= p.queue > 0;
	while (count-- > 0)
		plans[n_plans++] = p;
}

/* The same order in each run. */
static void shuffle(void)
{
	srand(7);
	for (int i = n_plans - 1; i > 0; i--) {
		int other = rand() % (i + 1);
		struct plan p = plans[i];

		plans[i] = plans[other];
		plans[other] = p;
	}
}

static void run_server(void)
{
	in_threads(serve);
	print_seen("server");
	exit(0);
}

int main(int argc, char **argv)
{
	pid_t server;

	n_connections = argc > 2 ? atoi(argv[1]) : 0;
	if (n_connections <= 0 || n_connections > CONNECTIONS_MAX) {
		fprintf(stderr,
			"usage: workload_sleeps CONNECTIONS COUNT:SERVICE[:QUEUE[:SEND[:TRANSFER]]]...\n");
		return 2;
	}
	for (int i = 2; i < argc; i++)
		plan_add(argv[i]);
	shuffle();
	at.place = workload_place("tcp4");
	at.listener = workload_listen(at.place, &at.port);
	server = fork();
	if (server < 0)
		workload_die("fork");
	if (server == 0)
		run_server();
	close(at.listener);
	printf("{\"port\":%u,\"server\":%d,\"client\":%d}\n", at.port, server, getpid());
	fflush(stdout);
	getchar();
	in_threads(ask_all);
	if (waitpid(server, NULL, 0) < 0)
		workload_die("wait");
	print_seen("client");
	return 0;
}
