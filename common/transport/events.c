/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/events.h"

#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

/* The BPF side is compiled by another compiler, for another machine: every
 * member must lie where wire.h says, without padding. */
#define FIELD_AT(member, offset)                                                                             \
	_Static_assert(offsetof(struct wire_event, member) == (offset), "layout of wire_event." #member)

FIELD_AT(conn, 0);
FIELD_AT(sock, 8);
FIELD_AT(pos, 16);
FIELD_AT(pre_skip, 24);
FIELD_AT(post_skip, 32);
FIELD_AT(entry_ns, 40);
FIELD_AT(exit_ns, 48);
FIELD_AT(cgroup, 56);
FIELD_AT(pid, 64);
FIELD_AT(tid, 68);
FIELD_AT(uid, 72);
FIELD_AT(netns, 76);
FIELD_AT(msg, 80);
FIELD_AT(len, 84);
FIELD_AT(flags, 86);
FIELD_AT(kind, 88);
FIELD_AT(dir, 89);
FIELD_AT(close_reason, 90);
FIELD_AT(family, 91);
FIELD_AT(lport, 92);
FIELD_AT(rport, 94);
FIELD_AT(laddr, 96);
FIELD_AT(raddr, 112);
FIELD_AT(comm, 128);
FIELD_AT(total_rx, 144);
FIELD_AT(total_tx, 152);
_Static_assert(sizeof(struct wire_field) == 8, "size of wire_field");
_Static_assert(sizeof(struct wire_event) == 160, "size of wire_event");
_Static_assert(WIRE_DATA_MAX <= UINT16_MAX, "wire_event.len holds WIRE_DATA_MAX");

static bool positions_valid(const struct wire_event *e)
{
	uint64_t data_end = e->pos + e->len;

	return e->pre_skip <= e->pos && data_end >= e->pos && data_end + e->post_skip >= data_end;
}

static bool data_valid(const struct wire_event *e, size_t room)
{
	bool addressed = e->family == AF_INET || e->family == AF_INET6;

	return (addressed || (e->family == 0 && e->flags & WIRE_F_TLS)) && e->len <= WIRE_DATA_MAX &&
	       e->len <= room && positions_valid(e);
}

static bool fields_valid(const uint8_t *p, size_t n)
{
	struct wire_field field;
	size_t whole;

	for (; n; p += whole, n -= whole) {
		if (n < sizeof(field))
			return false;
		memcpy(&field, p, sizeof(field));
		whole = sizeof(field) + field.name + field.value;
		if (!field.name || whole > n)
			return false;
	}
	return true;
}

static bool headers_valid(const struct wire_event *e, const uint8_t *data, size_t room)
{
	if (e->flags & WIRE_F_UNFIT)
		return e->len == 0;
	return e->len && e->len <= WIRE_HEADERS_MAX && e->len <= room && e->msg && e->msg <= INT32_MAX &&
	       fields_valid(data, e->len);
}

bool wire_event_valid(const void *raw, size_t n)
{
	struct wire_event e;

	if (n < sizeof(e))
		return false;
	memcpy(&e, raw, sizeof(e));
	if (e.dir != WIRE_RX && e.dir != WIRE_TX)
		return false;
	switch (e.kind) {
	case WIRE_DATA:
		return data_valid(&e, n - sizeof(e));
	case WIRE_HEADERS:
		return headers_valid(&e, (const uint8_t *)raw + sizeof(e), n - sizeof(e));
	case WIRE_GONE:
		return e.len == 0 && (e.family == AF_INET || e.family == AF_INET6);
	case WIRE_CLOSE:
		return e.len == 0 && e.close_reason <= WIRE_CLOSE_RESET_AFTER_END;
	default:
		return false;
	}
}
