/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/http2_grpc.h"

#include "exchange/connection.h"
#include "http/grpc.h"

static enum http2_grpc by_content_type(const struct http2_fields *fields)
{
	struct bytes type = http2_fields_value(fields, "content-type");

	if (type.p)
		return grpc_content_type(type) ? HTTP2_GRPC_YES : HTTP2_GRPC_NO;
	return http2_fields_complete(fields) ? HTTP2_GRPC_NO : HTTP2_GRPC_UNKNOWN;
}

/* The request decides when it can.  A response of another type does not make a
 * call something else: a proxy may have answered. */
void http2_grpc_detect(struct http2_stream *s, enum http1_kind kind, const struct http2_fields *fields)
{
	enum http2_grpc found = by_content_type(fields);

	if (kind == HTTP1_REQUEST && s->grpc != HTTP2_GRPC_YES) {
		s->grpc = found;
	} else if (found == HTTP2_GRPC_YES && s->grpc != HTTP2_GRPC_YES) {
		/* of what came before nothing was counted */
		s->messages[HTTP1_REQUEST].lost |= s->grpc == HTTP2_GRPC_NO;
		s->grpc = HTTP2_GRPC_YES;
	}
}

static struct bytes value_in(const struct header_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++) {
		if (bytes_equal(list->fields[i].name, bytes_of_str(name)))
			return list->fields[i].value;
	}
	return (struct bytes){0};
}

/* Of the trailers or, where there is nothing else, of the response's head
 * ("Trailers-Only"). */
static struct bytes trailer(const struct http2_stream *s, const char *name)
{
	struct bytes value = value_in(&s->pair.trailers.fields, name);

	return value.p ? value : value_in(&s->pair.message[HTTP1_RESPONSE].head.fields, name);
}

/* Is it known that there was no grpc-status? */
static bool all_seen(const struct http2_stream *s)
{
	const struct message *resp = &s->pair.message[HTTP1_RESPONSE];

	return resp->ended && !s->resp_unknown && !s->lost[HTTP1_RESPONSE] && s->pair.status;
}

static void fill_status(struct grpc_call *g, const struct http2_stream *s)
{
	struct bytes value = trailer(s, "grpc-status");

	g->status = -1;
	if (value.p) {
		g->status = grpc_status_parse(value);
		return;
	}
	if (s->reset && !s->pair.message[HTTP1_RESPONSE].ended && !s->lost[HTTP1_RESPONSE])
		g->status = grpc_status_of_rst(s->rst_code);
	else if (all_seen(s))
		g->status = grpc_status_of_http(s->pair.status);
	g->status_derived = g->status >= 0;
}

static void fill_message(struct grpc_call *g, const struct http2_stream *s, struct http2_grpc_text *text)
{
	struct bytes value = trailer(s, "grpc-message");

	text->cut = false;
	if (!value.n)
		return;
	g->message = grpc_message_decode(value, text->message, sizeof(text->message));
	text->cut = value.n > sizeof(text->message) && g->message.n == sizeof(text->message);
}

/* One message and one message is a unary call, as far as can be seen; none at all
 * tells nothing. */
static enum grpc_mode observed(const struct http2_stream *s, int64_t requests, int64_t responses)
{
	bool over = s->pair.message[HTTP1_REQUEST].ended && s->pair.message[HTTP1_RESPONSE].ended;

	if (requests > 1 && responses > 1)
		return GRPC_BIDI_STREAM;
	if (!over || requests < 1 || responses < 1)
		return GRPC_MODE_UNKNOWN;
	if (requests > 1)
		return GRPC_CLIENT_STREAM;
	return responses > 1 ? GRPC_SERVER_STREAM : GRPC_UNARY;
}

static int64_t exact(const struct grpc_counter *c)
{
	return c->lost ? -1 : (int64_t)c->messages;
}

void http2_grpc_fill(struct grpc_call *g, const struct http2_stream *s, struct http2_grpc_text *text)
{
	const struct head_copy *request = &s->pair.message[HTTP1_REQUEST].head;
	enum http1_kind out = s->c->role == ROLE_CLIENT ? HTTP1_REQUEST : HTTP1_RESPONSE;
	const struct grpc_counter *sent = &s->messages[out], *received = &s->messages[!out];

	*g = (struct grpc_call){
		.sent = exact(sent),
		.received = exact(received),
		.sent_bytes = sent->bytes,
		.received_bytes = received->bytes,
		.timeout_ns = grpc_timeout_ns(value_in(&request->fields, "grpc-timeout")),
	};
	if (!grpc_split_path(request->target, &g->service, &g->method))
		g->service = g->method = (struct bytes){0};
	g->mode = observed(s, exact(&s->messages[HTTP1_REQUEST]), exact(&s->messages[HTTP1_RESPONSE]));
	fill_status(g, s);
	fill_message(g, s, text);
}
