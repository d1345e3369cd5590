/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workload_bombs - processes that come and go as fast as they can.
 *
 *     workload_bombs DEPTH EXECS LIVES
 *
 * A tree of forks of that depth, each of whose processes has a connection and an exchange of its own; one
 * process that executes itself so often, with an exchange on the same connection each time; and so many
 * processes, one after the other, that all have the same number, with names of their own.
 */
#include <errno.h>
#include <linux/sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "workload.h"

/* Somebody else may have taken the number meanwhile. */
#define TRIES 100

static void exchange(const char *name, const struct pair *p, const char *path, const char *extra)
{
	struct message request = message_request(path, 5), response = message_response(201, 7);
	struct expected e = {.method = "POST",
			     .path = path,
			     .status = 201,
			     .req_bytes = request.n,
			     .resp_bytes = response.n,
			     .extra = extra};

	say(p->client, request.bytes, request.n);
	hear(p->server, request.n);
	say(p->server, response.bytes, response.n);
	hear(p->client, response.n);
	expect_both(name, p, &e);
	free(request.bytes);
	free(response.bytes);
}

/* ---- forks ---- */

/* Listeners of one port, told apart by their address. */
static void on_own_connection(uint16_t port, int number)
{
	char address[32], path[32];
	struct place place = {.name = "own",
			      .domain = AF_INET,
			      .bind_to = address,
			      .connect_to = address,
			      .shown = address};
	struct pair p = {.place = &place, .port = port};
	struct sockaddr_storage at, from;
	socklen_t n;

	snprintf(address, sizeof(address), "127.1.%d.%d", number / 250 + 1, number % 250 + 1);
	snprintf(path, sizeof(path), "/fork/%d", number);
	n = workload_address(&place, address, port, &at);
	p.listener = socket(AF_INET, SOCK_STREAM, 0);
	if (p.listener < 0 || bind(p.listener, (struct sockaddr *)&at, n) || listen(p.listener, 1))
		workload_die("listen");
	p.client = socket(AF_INET, SOCK_STREAM, 0);
	workload_address(&place, address, 0, &from);
	if (p.client < 0 || bind(p.client, (struct sockaddr *)&from, n) ||
	    connect(p.client, (struct sockaddr *)&at, n))
		workload_die("connect");
	p.client_port = workload_port(p.client);
	p.server = accept(p.listener, NULL, NULL);
	exchange("fork bomb", &p, path, NULL);
	pair_close(&p);
}

static void fork_tree(uint16_t port, int number, int depth)
{
	int status;

	for (int i = 0; i < 2 && depth > 0; i++) {
		pid_t child = fork();

		if (child < 0)
			workload_die("fork");
		if (child == 0) {
			fork_tree(port, 2 * number + i, depth - 1);
			_exit(0);
		}
	}
	on_own_connection(port, number);
	while (wait(&status) > 0) {
		if (status)
			_exit(1);
	}
}

/* ---- exec ---- */

static void exec_again(char *self, int left, struct pair *p)
{
	char numbers[5][16];
	char *argv[] = {self, "again", numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], NULL};
	int values[] = {left, p->client, p->server, p->port, p->client_port};

	for (int i = 0; i < 5; i++)
		snprintf(numbers[i], sizeof(numbers[i]), "%d", values[i]);
	execv("/proc/self/exe", argv);
	workload_die("exec");
}

static void go_on(char **argv)
{
	struct pair p = {.place = workload_place("tcp4"),
			 .client = atoi(argv[3]),
			 .server = atoi(argv[4]),
			 .listener = -1,
			 .port = (uint16_t)atoi(argv[5]),
			 .client_port = (uint16_t)atoi(argv[6])};
	int left = atoi(argv[2]);
	char path[32];

	snprintf(path, sizeof(path), "/exec/%d", left);
	exchange("exec bomb", &p, path, NULL);
	if (left)
		exec_again(argv[0], left - 1, &p);
}

static void exec_chain(char *self, int times)
{
	struct pair p = pair_open(workload_place("tcp4"));
	pid_t child = fork();
	int status;

	if (child == 0)
		exec_again(self, times - 1, &p);
	waitpid(child, &status, 0);
	if (status)
		workload_die("exec bomb");
	pair_close(&p);
}

/* ---- one number ---- */

/* As fork(); number: 0, or the child's. */
static pid_t fork_as(pid_t number)
{
	struct clone_args args = {.exit_signal = SIGCHLD};

	if (number) {
		args.set_tid = (uintptr_t)&number;
		args.set_tid_size = 1;
	}
	for (int i = 0; i < TRIES; i++) {
		pid_t child = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

		if (child >= 0 || errno != EEXIST)
			return child;
		usleep(10000);
	}
	return -1;
}

static void one_life(struct pair *p, int life)
{
	char name[16], path[32], extra[48];

	snprintf(name, sizeof(name), "life-%d", life);
	snprintf(path, sizeof(path), "/life/%d", life);
	snprintf(extra, sizeof(extra), "\"comm\":\"%s\"", name);
	prctl(PR_SET_NAME, name);
	pair_connect(p);
	exchange("one pid, many processes", p, path, extra);
}

static void same_pid(int lives)
{
	struct pair p = {.place = workload_place("tcp4"), .client = -1, .server = -1};
	pid_t number = 0;

	p.listener = workload_listen(p.place, &p.port);
	for (int i = 0; i < lives; i++) {
		pid_t child = fork_as(number);
		int status;

		if (child == 0) {
			one_life(&p, i);
			_exit(0);
		}
		if (child < 0) /* taken, or not allowed: the test counts the lives */
			break;
		number = child;
		waitpid(child, &status, 0);
		if (status)
			workload_die("one life");
	}
	close(p.listener);
}

int main(int argc, char **argv)
{
	if (argc == 7)
		go_on(argv);
	if (argc != 4)
		return argc == 7 ? 0 : 2;
	fork_tree(workload_next_port(), 1, atoi(argv[1]));
	exec_chain(argv[0], atoi(argv[2]));
	same_pid(atoi(argv[3]));
	return 0;
}
