/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workload_processes - servers with several processes and threads: connections
 * inherited, shared, and lost by exec.
 *
 *     workload_processes [PLACE]
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>

#include "workload_numbered.h"

#define WORKERS		   3
#define WORKER_CONNECTIONS 3
#define THREADS		   4
#define THREAD_EXCHANGES   50

static void accepted_then_forked(const char *name, struct pair *p)
{
	pid_t child = fork();

	if (child == 0) {
		close(p->client);
		serve(p->server, 0, 2);
		_exit(0);
	}
	close_now(&p->server);
	exchange(name, p, 0, child);
	exchange(name, p, 1, child);
	waitpid(child, NULL, 0);
}

/* Parent and child both keep the descriptor; the parent goes on after the child has gone. */
static void shared_with_child(const char *name, struct pair *p)
{
	pid_t child = fork();

	if (child == 0) {
		serve(p->server, 0, 1);
		_exit(0);
	}
	exchange(name, p, 0, child);
	waitpid(child, NULL, 0);
	exchange(name, p, 1, 0);
}

/* The parent reads the request, a child writes the response. */
static void answered_by_child(const char *name, struct pair *p)
{
	struct message request = message_request("/sharing/both", 10), response = message_response(200, 50);
	struct expected e = {.method = "POST",
			     .path = "/sharing/both",
			     .status = 200,
			     .req_bytes = request.n,
			     .resp_bytes = response.n};

	for (int i = 0; i < 2; i++) {
		pid_t child;

		say(p->client, request.bytes, request.n);
		hear(p->server, request.n);
		child = fork();
		if (child == 0) {
			say(p->server, response.bytes, response.n);
			_exit(0);
		}
		waitpid(child, NULL, 0);
		hear(p->client, response.n);
		e.pid = 0;
		expect_side(name, p, "client", &e);
		e.pid = -1; /* either of the two */
		expect_side(name, p, "server", &e);
	}
	free(request.bytes);
	free(response.bytes);
}

/* A program that is executed does not get the socket: the connection ends, the request unanswered. */
static void closed_by_exec(const char *name, struct pair *p)
{
	struct message request = message_request("/sharing/exec", 0);
	struct expected e = {
		.method = "POST", .path = "/sharing/exec", .reason = "closed", .req_bytes = request.n};
	pid_t child = fork();
	char byte;

	if (child == 0) {
		fcntl(p->server, F_SETFD, FD_CLOEXEC);
		close(p->client);
		hear(p->server, request.n);
		execl("/bin/sleep", "sleep", "0.2", NULL);
		_exit(127);
	}
	close_now(&p->server);
	say(p->client, request.bytes, request.n);
	if (read(p->client, &byte, 1) != 0)
		workload_die("end of the stream");
	expect_side(name, p, "client", &e);
	e.pid = child;
	expect_side(name, p, "server", &e);
	waitpid(child, NULL, 0);
	free(request.bytes);
}

/* As inetd does: the connection is standard input and output of another program. */
static void inherited_by_exec(const char *name, struct pair *p)
{
	static const char script[] = "read -r a; read -r b; read -r c; printf 'HTTP/1.1 200 Said\\r\\n"
				     "Server: workload\\r\\nContent-Length: 0\\r\\n\\r\\n'";
	static const char request[] = "GET /sharing/exec HTTP/1.1\r\nHost: workload.example\r\n\r\n";
	struct message response = message_response(200, 0);
	struct expected e = {.method = "GET",
			     .path = "/sharing/exec",
			     .status = 200,
			     .req_bytes = sizeof(request) - 1,
			     .resp_bytes = response.n};
	pid_t child = fork();

	if (child == 0) {
		dup2(p->server, STDIN_FILENO);
		dup2(p->server, STDOUT_FILENO);
		execl("/bin/sh", "sh", "-c", script, NULL);
		_exit(127);
	}
	close_now(&p->server);
	say(p->client, request, sizeof(request) - 1);
	hear(p->client, response.n);
	waitpid(child, NULL, 0);
	expect_side(name, p, "client", &e);
	e.pid = child;
	e.extra = "\"comm\":\"sh\"";
	expect_side(name, p, "server", &e);
	free(response.bytes);
}

/* Workers accept on the listener they inherited and tell over a pipe which of them did. */
static void pre_forked(const char *name, struct pair *p)
{
	pid_t workers[WORKERS];
	int told[2];

	if (pipe(told))
		workload_die("pipe");
	for (int w = 0; w < WORKERS; w++) {
		workers[w] = fork();
		if (workers[w] == 0) {
			for (int i = 0; i < WORKER_CONNECTIONS; i++) {
				int fd = accept(p->listener, NULL, NULL);
				pid_t me = getpid();

				say(told[1], (char *)&me, sizeof(me));
				serve(fd, 0, 2);
				close(fd);
			}
			_exit(0);
		}
	}
	close(p->client);
	close(p->server);
	p->server = -1;
	for (int i = 0; i < WORKERS * WORKER_CONNECTIONS; i++) {
		pid_t worker;

		p->client = workload_connect(p->place, p->port);
		p->client_port = workload_port(p->client);
		if (read(told[0], &worker, sizeof(worker)) != sizeof(worker))
			workload_die("worker");
		exchange(name, p, 0, worker);
		exchange(name, p, 1, worker);
		close(p->client);
	}
	p->client = -1;
	for (int w = 0; w < WORKERS; w++)
		waitpid(workers[w], NULL, 0);
	close(told[0]);
	close(told[1]);
}

struct thread_task {
	const char *name;
	struct pair pair;
	int first;
};

static void *client_thread(void *arg)
{
	struct thread_task *task = arg;

	for (int i = 0; i < THREAD_EXCHANGES; i++)
		exchange(task->name, &task->pair, task->first + i, getpid());
	return NULL;
}

static void *server_thread(void *arg)
{
	struct thread_task *task = arg;

	serve(task->pair.server, task->first, THREAD_EXCHANGES);
	return NULL;
}

/* Clients and servers, each connection in threads of its own, all at once in one process. */
static void threaded(const char *name, struct pair *p)
{
	struct thread_task tasks[THREADS];
	pthread_t threads[2 * THREADS];

	for (int i = 0; i < THREADS; i++) {
		tasks[i] = (struct thread_task){name, *p, i * THREAD_EXCHANGES};
		pair_connect(&tasks[i].pair);
	}
	for (int i = 0; i < THREADS; i++) {
		if (pthread_create(&threads[2 * i], NULL, client_thread, &tasks[i]) ||
		    pthread_create(&threads[2 * i + 1], NULL, server_thread, &tasks[i]))
			workload_die("thread");
	}
	for (int i = 0; i < 2 * THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < THREADS; i++) {
		close(tasks[i].pair.client);
		close(tasks[i].pair.server);
	}
}

static const struct numbered_case cases[] = {
	{"accepted, then forked", accepted_then_forked},
	{"shared with a child", shared_with_child},
	{"answered by a child", answered_by_child},
	{"closed by exec", closed_by_exec},
	{"inherited by another program", inherited_by_exec},
	{"pre-forking server", pre_forked},
	{"threads", threaded},
};

int main(int argc, char **argv)
{
	numbered_run(cases, sizeof(cases) / sizeof(cases[0]), workload_place(argc > 1 ? argv[1] : "tcp4"));
	return 0;
}
