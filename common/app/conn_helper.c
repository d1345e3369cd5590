/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/source.h"

/* The longest that a request waits while a capture is open. */
#define POLL_MS 20
/* Messages handed over by one poll, so that keys have their turn. */
#define MESSAGES_PER_POLL 4096

struct request {
	uint32_t serial; /* counted up by the one who asks */
	uint16_t lport, rport;
};

enum kind { STARTED, FAILED, EVENT };

struct message {
	uint32_t serial; /* of the request that it belongs to */
	uint32_t kind;
	union {
		char error[OPTION_ERROR_MAX];
		struct {
			struct wire_event event;
			uint8_t data[WIRE_DATA_MAX];
		} piece;
	} u;
};

#define HEAD (offsetof(struct message, u))

/* ---- the process ---- */

struct process {
	struct options options; /* its lists are the tool's */
	int sock;
	uint32_t serial;
	struct source *source; /* NULL: nothing is captured */
};

/* Who asked does not read any more: there is nobody to work for. */
static void tell(const struct process *p, struct message *m, size_t n)
{
	m->serial = p->serial;
	if (send(p->sock, m, n, MSG_NOSIGNAL) < 0)
		_exit(0);
}

static void on_event(void *ctx, const struct wire_event *event, const uint8_t *data)
{
	struct message m = {.kind = EVENT, .u.piece.event = *event};

	if (event->len)
		memcpy(m.u.piece.data, data, event->len);
	tell(ctx, &m, offsetof(struct message, u.piece.data) + event->len);
}

static void end_capture(struct process *p)
{
	char ignored[OPTION_ERROR_MAX];

	source_close(p->source, ignored, sizeof(ignored));
	p->source = NULL;
}

static void begin_capture(struct process *p, const struct request *r)
{
	struct message m = {.kind = STARTED};

	p->options.capture.filter.lports[0] = r->lport;
	p->options.capture.filter.rports[0] = r->rport;
	p->source = source_open(&p->options, m.u.error, sizeof(m.u.error));
	if (!p->source)
		m.kind = FAILED;
	tell(p, &m, sizeof(m));
}

static void take_request(struct process *p)
{
	struct request r;
	ssize_t n = recv(p->sock, &r, sizeof(r), 0);

	if (n < 0 && errno == EINTR)
		return;
	if (n != sizeof(r))
		_exit(0);
	end_capture(p);
	p->serial = r.serial;
	if (r.lport || r.rport)
		begin_capture(p, &r);
}

/* Until a request comes; -1: no capture is open, wait for ever. */
static bool wait_request(const struct process *p, int timeout_ms)
{
	struct pollfd fd = {.fd = p->sock, .events = POLLIN};

	return poll(&fd, 1, timeout_ms) > 0;
}

_Noreturn static void serve(struct process *p)
{
	for (;;) {
		struct message m = {.kind = FAILED};

		if (wait_request(p, p->source ? 0 : -1)) {
			take_request(p);
		} else if (p->source && source_poll(p->source, POLL_MS, on_event, p) < 0) {
			snprintf(m.u.error, sizeof(m.u.error), "%s", source_error(p->source));
			tell(p, &m, sizeof(m));
			end_capture(p);
		}
		while (waitpid(-1, NULL, WNOHANG) > 0) /* those that detach */
			;
	}
}

/* What the tool has open is none of its business, and would live on in it. */
static int keep_only(int sock)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	if (sock != STDERR_FILENO + 1)
		dup2(sock, STDERR_FILENO + 1);
	closefrom(STDERR_FILENO + 2);
	return STDERR_FILENO + 1;
}

_Noreturn static void run(const struct options *options, int sock, pid_t parent)
{
	static const char *const groups[] = {"plain_http", NULL};
	static struct process p; /* large */

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	prctl(PR_SET_NAME, "conntop-helper");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	signal(SIGINT, SIG_IGN); /* Ctrl-C reaches all processes of the terminal */
	signal(SIGQUIT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	p.sock = keep_only(sock);
	p.options = *options;
	p.options.record = NULL;
	p.options.capture.groups = groups;
	p.options.capture.filter = (struct capture_filter){.n_lports = 1, .n_rports = 1};
	serve(&p);
}

/* ---- the one who asks ---- */

struct conn_helper {
	int sock;
	uint32_t serial;
	bool started;
	char error[OPTION_ERROR_MAX];
};

struct conn_helper *conn_helper_new(const struct options *options)
{
	struct conn_helper *h = calloc(1, sizeof(*h));
	int socks[2];
	pid_t parent = getpid(), pid;

	if (!h || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0) {
		free(h);
		return NULL;
	}
	pid = fork();
	if (pid == 0)
		run(options, socks[1], parent);
	close(socks[1]);
	h->sock = socks[0];
	if (pid > 0)
		return h;
	conn_helper_free(h);
	return NULL;
}

/* It ends when it notices; nobody has to wait for it. */
void conn_helper_free(struct conn_helper *h)
{
	if (!h)
		return;
	close(h->sock);
	free(h);
}

static void fail(struct conn_helper *h, const char *why)
{
	h->started = false;
	snprintf(h->error, sizeof(h->error), "%s", why);
}

void conn_helper_ask(struct conn_helper *h, uint16_t lport, uint16_t rport)
{
	struct request r = {.serial = ++h->serial, .lport = lport, .rport = rport};

	h->started = false;
	h->error[0] = '\0';
	if (send(h->sock, &r, sizeof(r), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		fail(h, "the process that traces single connections has ended");
}

static void take(struct conn_helper *h, struct message *m, size_t n, capture_event_fn *fn, void *ctx)
{
	if (n < HEAD || m->serial != h->serial)
		return;
	if (m->kind == STARTED)
		h->started = true;
	else if (m->kind == FAILED)
		fail(h, m->u.error);
	else if (n == offsetof(struct message, u.piece.data) + m->u.piece.event.len)
		fn(ctx, &m->u.piece.event, m->u.piece.data);
}

void conn_helper_poll(struct conn_helper *h, capture_event_fn *fn, void *ctx)
{
	struct message m;

	for (int i = 0; i < MESSAGES_PER_POLL && !h->error[0]; i++) {
		ssize_t n = recv(h->sock, &m, sizeof(m), MSG_DONTWAIT);

		if (n == 0)
			fail(h, "the process that traces single connections has ended");
		if (n <= 0)
			return;
		take(h, &m, (size_t)n, fn, ctx);
	}
}

bool conn_helper_started(const struct conn_helper *h)
{
	return h->started;
}

const char *conn_helper_error(const struct conn_helper *h)
{
	return h->error;
}
