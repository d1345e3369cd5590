/* SPDX-License-Identifier: Apache-2.0 */
#include "base/endpoint.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

_Static_assert(ENDPOINT_ADDR_LEN >= INET6_ADDRSTRLEN, "room for every address");

/* Decimal digits without a NUL; returns their end.  Endpoints are printed
 * for each exchange, and snprintf costs more than all the rest of it. */
static char *put_decimal(char *p, unsigned value)
{
	char digits[10];
	int n = 0;

	do {
		digits[n++] = '0' + value % 10;
		value /= 10;
	} while (value);
	while (n)
		*p++ = digits[--n];
	return p;
}

static void put_ipv4(char *p, const uint8_t addr[4])
{
	for (int i = 0; i < 4; i++) {
		if (i)
			*p++ = '.';
		p = put_decimal(p, addr[i]);
	}
	*p = '\0';
}

char *endpoint_addr(const struct endpoint *e, char buf[ENDPOINT_ADDR_LEN])
{
	if (e->family == AF_INET)
		put_ipv4(buf, e->addr);
	else if (e->family != AF_INET6 || !inet_ntop(AF_INET6, e->addr, buf, ENDPOINT_ADDR_LEN))
		memcpy(buf, "?", sizeof("?"));
	return buf;
}

char *endpoint_text(const struct endpoint *e, char buf[ENDPOINT_TEXT_LEN])
{
	char *p = buf;

	if (e->family == AF_INET6)
		*p++ = '[';
	endpoint_addr(e, p);
	p += strlen(p);
	if (e->family == AF_INET6)
		*p++ = ']';
	*p++ = ':';
	*put_decimal(p, e->port) = '\0';
	return buf;
}
