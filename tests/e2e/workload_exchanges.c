/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workload_exchanges - a known number of plain exchanges.
 *
 *     workload_exchanges COUNT PER_CONNECTION [PLACE]
 *
 * PER_CONNECTION 0: HTTP/1.0, each connection ended by the server.
 */
#include "workload.h"

static void one_http10(struct pair *p, const char *path, size_t body)
{
	char request[128], head[128];
	int n = snprintf(request, sizeof(request), "GET %s HTTP/1.0\r\n\r\n", path);
	struct message m;

	snprintf(head, sizeof(head), "HTTP/1.0 200 OK\r\n\r\n");
	m = message_make(head, body);
	say(p->client, request, (size_t)n);
	hear(p->server, (size_t)n);
	say(p->server, m.bytes, m.n);
	close(p->server);
	hear(p->client, m.n);
	if (read(p->client, head, 1) != 0)
		workload_die("end of response");
	close(p->client);
	p->client = p->server = -1;
	expect_both("http10", p,
		    &(struct expected){.method = "GET",
				       .path = path,
				       .status = 200,
				       .req_bytes = (size_t)n,
				       .resp_bytes = m.n,
				       .extra = "\"version\":\"1.0\""});
	free(m.bytes);
}

static void one_http11(struct pair *p, const char *path, size_t body)
{
	struct message request = message_request(path, body % 300);
	struct message response = message_response(201, body);

	say(p->client, request.bytes, request.n);
	hear(p->server, request.n);
	say(p->server, response.bytes, response.n);
	hear(p->client, response.n);
	expect_both("http11", p,
		    &(struct expected){
			    .method = "POST",
			    .path = path,
			    .status = 201,
			    .req_bytes = request.n,
			    .resp_bytes = response.n,
			    .extra = "\"version\":\"1.1\",\"host\":\"workload.example\",\"tls\":false"});
	free(request.bytes);
	free(response.bytes);
}

int main(int argc, char **argv)
{
	long count = argc > 2 ? atol(argv[1]) : 0, per_connection = argc > 2 ? atol(argv[2]) : 0;
	struct pair p = {.client = -1, .server = -1};

	if (count <= 0) {
		fprintf(stderr, "usage: workload_exchanges COUNT PER_CONNECTION [PLACE]\n");
		return 2;
	}
	p.place = workload_place(argc > 3 ? argv[3] : "tcp4");
	p.listener = workload_listen(p.place, &p.port);
	for (long i = 0; i < count; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/exchange/%ld", i);
		if (p.client < 0)
			pair_connect(&p);
		if (per_connection == 0) {
			one_http10(&p, path, (size_t)i);
			continue;
		}
		one_http11(&p, path, (size_t)i);
		if ((i + 1) % per_connection == 0) {
			close(p.client);
			close(p.server);
			p.client = p.server = -1;
		}
	}
	pair_close(&p);
	return 0;
}
