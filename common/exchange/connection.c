/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/connection.h"

#include <stdlib.h>
#include <string.h>

static void half_init(struct half *h)
{
	byte_stream_init(&h->bytes);
	/* the first message may have any number: what came before was not seen */
	h->unnumbered = h->hole = true;
}

static struct endpoint endpoint_from(uint8_t family, const uint8_t addr[16], uint16_t port)
{
	struct endpoint e = {.family = family, .port = port};

	memcpy(e.addr, addr, sizeof(e.addr));
	return e;
}

struct connection *connection_new(const struct wire_event *event, uint64_t number)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->id = event->conn;
	c->sock = event->sock;
	c->number = number;
	c->local = endpoint_from(event->family, event->laddr, event->lport);
	c->remote = endpoint_from(event->family, event->raddr, event->rport);
	c->netns = event->netns;
	c->role = event->flags & WIRE_F_SERVER ? ROLE_SERVER : ROLE_CLIENT;
	c->tls = event->flags & WIRE_F_TLS;
	c->joined = event->flags & WIRE_F_JOINED;
	half_init(&c->half[HTTP1_REQUEST]);
	half_init(&c->half[HTTP1_RESPONSE]);
	return c;
}

void connection_free(struct connection *c)
{
	free(c);
}
