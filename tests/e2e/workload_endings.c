/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workload_endings - exchanges that do not end as they should.
 *
 *     workload_endings [PLACE]
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "workload.h"

#define BODY_SAID 1000 /* what Content-Length promises */
#define BODY_SENT 400  /* what comes */

#define TRUNCATED	"\"flags\":[\"truncated\"]"
#define MAYBE_TRUNCATED "\"flags_any\":[\"truncated\"]"

static const char get[] = "GET /ending HTTP/1.1\r\nHost: workload.example\r\n\r\n";
#define GET_LEN (sizeof(get) - 1)

static struct expected unanswered(const char *reason)
{
	return (struct expected){.method = "GET", .path = "/ending", .reason = reason, .req_bytes = GET_LEN};
}

/* Makes close() send RST. */
static void reset_on_close(int fd)
{
	struct linger at_once = {.l_onoff = 1, .l_linger = 0};

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)))
		workload_die("SO_LINGER");
}

static void close_now(int *fd)
{
	close(*fd);
	*fd = -1;
}

/* Reads until the peer's end arrives, as FIN (0) or as RST (ECONNRESET). */
static void hear_the_end(int fd, int how)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		;
	if (how == 0 ? n != 0 : (n == 0 || errno != how))
		workload_die("end of the stream");
}

static void server_closes_unanswered(const char *name, struct pair *p)
{
	struct expected e = unanswered("closed");

	say(p->client, get, GET_LEN);
	hear(p->server, GET_LEN);
	close_now(&p->server);
	hear_the_end(p->client, 0);
	expect_both(name, p, &e);
}

/* Closing with unread bytes sends RST; the server never saw a request. */
static void server_closes_unread(const char *name, struct pair *p)
{
	struct expected e = unanswered("reset");

	say(p->client, get, GET_LEN);
	close_now(&p->server);
	hear_the_end(p->client, ECONNRESET);
	expect_side(name, p, "client", &e);
}

static void server_resets(const char *name, struct pair *p)
{
	struct expected client = unanswered("reset"), server = unanswered("closed");

	say(p->client, get, GET_LEN);
	hear(p->server, GET_LEN);
	reset_on_close(p->server);
	close_now(&p->server);
	hear_the_end(p->client, ECONNRESET);
	expect_side(name, p, "client", &client);
	expect_side(name, p, "server", &server);
}

/* The kernel takes the response although nobody will read it. */
static void client_closes_before_response(const char *name, struct pair *p)
{
	struct message response = message_response(200, 50);
	struct expected client = unanswered("closed"), server = unanswered(NULL);

	say(p->client, get, GET_LEN);
	hear(p->server, GET_LEN);
	close_now(&p->client);
	say(p->server, response.bytes, response.n);
	server.status = 200;
	server.resp_bytes = response.n;
	expect_side(name, p, "client", &client);
	expect_side(name, p, "server", &server);
	free(response.bytes);
}

static void client_resets(const char *name, struct pair *p)
{
	struct expected client = unanswered("closed"), server = unanswered("reset");

	say(p->client, get, GET_LEN);
	hear(p->server, GET_LEN);
	reset_on_close(p->client);
	close_now(&p->client);
	hear_the_end(p->server, ECONNRESET);
	expect_side(name, p, "client", &client);
	expect_side(name, p, "server", &server);
}

/* The server's process is killed while the request waits. */
static void server_is_killed(const char *name, struct pair *p)
{
	struct expected client = unanswered("closed"), server = client;
	int told[2];
	char byte;

	if (pipe(told))
		workload_die("pipe");
	server.pid = fork();
	if (server.pid == 0) {
		close(p->client);
		hear(p->server, GET_LEN);
		say(told[1], "", 1);
		pause();
		_exit(0);
	}
	close_now(&p->server);
	say(p->client, get, GET_LEN);
	if (read(told[0], &byte, 1) != 1)
		workload_die("server process");
	kill(server.pid, SIGKILL);
	waitpid(server.pid, NULL, 0);
	hear_the_end(p->client, 0);
	expect_side(name, p, "client", &client);
	expect_side(name, p, "server", &server);
	close(told[0]);
	close(told[1]);
}

/* A half-closed connection still carries the response. */
static void client_half_closes(const char *name, struct pair *p)
{
	struct message response = message_response(200, 50);
	struct expected e = unanswered(NULL);

	say(p->client, get, GET_LEN);
	shutdown(p->client, SHUT_WR);
	hear(p->server, GET_LEN);
	hear_the_end(p->server, 0);
	say(p->server, response.bytes, response.n);
	hear(p->client, response.n);
	e.status = 200;
	e.resp_bytes = response.n;
	expect_both(name, p, &e);
	free(response.bytes);
}

/* Another part of the program gives the connection up without closing it. */
static void client_shuts_down(const char *name, struct pair *p)
{
	struct expected e = unanswered("closed");

	say(p->client, get, GET_LEN);
	hear(p->server, GET_LEN);
	shutdown(p->client, SHUT_RDWR);
	hear_the_end(p->server, 0);
	close_now(&p->server);
	expect_both(name, p, &e);
}

static void response_cut(const char *name, struct pair *p)
{
	struct message response = message_response(200, BODY_SAID);
	struct expected e = unanswered(NULL);

	e.status = 200;
	e.resp_bytes = response.head + BODY_SENT;
	e.extra = TRUNCATED;
	say(p->client, get, GET_LEN);
	hear(p->server, GET_LEN);
	say(p->server, response.bytes, e.resp_bytes);
	close_now(&p->server);
	hear(p->client, e.resp_bytes);
	hear_the_end(p->client, 0);
	expect_both(name, p, &e);
	free(response.bytes);
}

/* The client leaves in the middle: the server had written all, the client had read some. */
static void client_leaves_amid_response(const char *name, struct pair *p)
{
	struct message response = message_response(200, BODY_SAID);
	struct expected client = unanswered(NULL), server;

	client.status = 200;
	server = client;
	say(p->client, get, GET_LEN);
	hear(p->server, GET_LEN);
	say(p->server, response.bytes, response.n);
	hear(p->client, response.head + BODY_SENT);
	close_now(&p->client);
	hear_the_end(p->server, ECONNRESET);
	client.resp_bytes = response.head + BODY_SENT;
	client.extra = TRUNCATED;
	server.resp_bytes = response.n;
	expect_side(name, p, "client", &client);
	expect_side(name, p, "server", &server);
	free(response.bytes);
}

static void request_cut(const char *name, struct pair *p)
{
	struct message request = message_request("/ending", BODY_SAID);
	struct expected e = unanswered("closed");

	e.method = "POST";
	e.req_bytes = request.head + BODY_SENT;
	e.extra = MAYBE_TRUNCATED;
	say(p->client, request.bytes, e.req_bytes);
	hear(p->server, e.req_bytes);
	close_now(&p->client);
	hear_the_end(p->server, 0);
	close_now(&p->server);
	expect_both(name, p, &e);
	free(request.bytes);
}

/* The server refuses the upload before it has read it all. */
static void answer_before_the_body(const char *name, struct pair *p)
{
	struct message request = message_request("/ending", BODY_SAID), response = message_response(413, 20);
	struct expected e = unanswered(NULL);

	e.method = "POST";
	e.status = 413;
	e.req_bytes = request.head + BODY_SENT;
	e.resp_bytes = response.n;
	e.extra = MAYBE_TRUNCATED;
	say(p->client, request.bytes, e.req_bytes);
	hear(p->server, e.req_bytes);
	say(p->server, response.bytes, response.n);
	close_now(&p->server);
	hear(p->client, response.n);
	expect_both(name, p, &e);
	free(request.bytes);
	free(response.bytes);
}

/* Two requests on the way, one response: the second ends with the connection. */
static void pipelined_second_unanswered(const char *name, struct pair *p)
{
	struct message response = message_response(200, 10);
	struct expected first = unanswered(NULL), second = unanswered("closed");

	say(p->client, get, GET_LEN);
	say(p->client, get, GET_LEN);
	hear(p->server, 2 * GET_LEN);
	say(p->server, response.bytes, response.n);
	close_now(&p->server);
	hear(p->client, response.n);
	hear_the_end(p->client, 0);
	first.status = 200;
	first.resp_bytes = response.n;
	expect_both(name, p, &first);
	expect_both(name, p, &second);
	free(response.bytes);
}

/* Only part of a head: not a request yet, so there is nothing to tell. */
static void head_cut(const char *name, struct pair *p)
{
	say(p->client, get, GET_LEN / 2);
	hear(p->server, GET_LEN / 2);
	close_now(&p->client);
	hear_the_end(p->server, 0);
	expect_nothing(name, p);
}

static const struct {
	const char *name;
	void (*run)(const char *name, struct pair *p);
} endings[] = {
	{"server closes without an answer", server_closes_unanswered},
	{"server closes without reading", server_closes_unread},
	{"server resets", server_resets},
	{"client closes before the response", client_closes_before_response},
	{"client resets before the response", client_resets},
	{"server process is killed", server_is_killed},
	{"client half-closes and is answered", client_half_closes},
	{"client shuts down before the response", client_shuts_down},
	{"response cut short", response_cut},
	{"client leaves amid the response", client_leaves_amid_response},
	{"request cut short", request_cut},
	{"answered before the body was read", answer_before_the_body},
	{"pipelined, the second unanswered", pipelined_second_unanswered},
	{"head cut short", head_cut},
};

int main(int argc, char **argv)
{
	const struct place *place = workload_place(argc > 1 ? argv[1] : "tcp4");

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		struct pair p = pair_open(place);

		endings[i].run(endings[i].name, &p);
		pair_close(&p);
	}
	return 0;
}
