/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/http2_report.h"

#include "exchange/http2_grpc.h"
#include "exchange/report.h"

/* RFC 9113 8.3.1: :authority stands for Host; 8.5: CONNECT has nothing else, unless
 * it is an extended one (RFC 8441). */
static void fill_target(struct exchange *x, const struct head_copy *head)
{
	bool connect = bytes_equal(head->method, bytes_of_str("CONNECT"));

	x->scheme = head->scheme;
	if (connect && !head->target.n)
		x->target = x->path = head->authority;
	else
		x->path = head->target;
	if (head->authority.n)
		x->host = head->authority;
}

void http2_report(const struct pairing *pr, const struct http2_stream *s, unsigned missing)
{
	struct http2_grpc_text text;
	struct grpc_call call;
	struct exchange x;

	report_fill(&x, s->c, &s->pair); /* its host is that of the Host field */
	x.version_major = 2;
	x.version_minor = 0;
	x.stream = (int32_t)s->id;
	x.missing |= missing;
	if (!s->upgraded)
		fill_target(&x, &s->pair.message[HTTP1_REQUEST].head);
	if (s->grpc == HTTP2_GRPC_YES) {
		http2_grpc_fill(&call, s, &text);
		x.grpc = &call;
		if (text.cut)
			x.missing |= MISSING_PARTIAL_HEADERS;
	}
	pr->on_exchange(pr->ctx, &x);
}
