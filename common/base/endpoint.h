/* SPDX-License-Identifier: Apache-2.0 */
/* endpoint.h - one end of a TCP connection. */
#ifndef L7SCOPE_ENDPOINT_H
#define L7SCOPE_ENDPOINT_H

#include <stddef.h>
#include <stdint.h>

struct endpoint {
	uint8_t family;	  /* AF_INET, AF_INET6; 0 when unknown */
	uint8_t addr[16]; /* AF_INET: the first four bytes */
	uint16_t port;	  /* host order */
};

/* The longest text of an address, NUL included (INET6_ADDRSTRLEN). */
#define ENDPOINT_ADDR_LEN 46
/* "[address]:port", NUL included. */
#define ENDPOINT_TEXT_LEN (ENDPOINT_ADDR_LEN + 8)

/* Writes the address alone; "?" when the family is unknown.  Returns buf. */
char *endpoint_addr(const struct endpoint *e, char buf[ENDPOINT_ADDR_LEN]);
/* Writes "1.2.3.4:80" or "[::1]:80".  Returns buf. */
char *endpoint_text(const struct endpoint *e, char buf[ENDPOINT_TEXT_LEN]);

#endif
