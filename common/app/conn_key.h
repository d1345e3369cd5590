/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_key.h - what one end of a connection is found by: namespace, addresses, ports.
 *
 * The two ends of a connection within this machine have mirrored keys.  A key says
 * nothing of time: a port used again makes the same key.
 */
#ifndef L7SCOPE_CONN_KEY_H
#define L7SCOPE_CONN_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/endpoint.h"

/* Without padding, and zero where an address has fewer bytes: compared as bytes. */
struct conn_key {
	uint8_t local[16], remote[16];
	uint32_t netns;
	uint16_t local_port, remote_port;
	uint8_t local_family, remote_family;
	uint8_t zero[6];
};

#define CONN_KEY_WORDS (sizeof(struct conn_key) / sizeof(uint32_t))

struct conn_key conn_key_of(const struct endpoint *local, const struct endpoint *remote, uint32_t netns);
/* The key of the other end, were it in that namespace. */
struct conn_key conn_key_mirror(const struct conn_key *key, uint32_t netns);
/* As memcmp() has it. */
int conn_key_compare(const struct conn_key *a, const struct conn_key *b);
bool conn_key_equal(const struct conn_key *a, const struct conn_key *b);
/* 127.0.0.0/8 or ::1, which are others in each namespace. */
bool conn_key_is_loopback(const struct conn_key *key);

struct conn_hash {
	uint64_t secret[CONN_KEY_WORDS + 1];
};

/* Random: peers choose addresses and ports, and shall not choose chains. */
void conn_hash_init(struct conn_hash *h);
/* 32 bits, each of which is as good as the others. */
uint32_t conn_hash_key(const struct conn_hash *h, const struct conn_key *key);

#endif
