/* SPDX-License-Identifier: Apache-2.0 */
#include "app/conn_key.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

_Static_assert(sizeof(struct conn_key) == 48, "no padding, whole words");

#define IPV4_BYTES 4

static uint8_t put_address(uint8_t to[16], const struct endpoint *e)
{
	memcpy(to, e->addr, e->family == AF_INET ? IPV4_BYTES : sizeof(e->addr));
	return e->family;
}

struct conn_key conn_key_of(const struct endpoint *local, const struct endpoint *remote, uint32_t netns)
{
	struct conn_key key = {.netns = netns, .local_port = local->port, .remote_port = remote->port};

	key.local_family = put_address(key.local, local);
	key.remote_family = put_address(key.remote, remote);
	return key;
}

struct conn_key conn_key_mirror(const struct conn_key *key, uint32_t netns)
{
	struct conn_key mirror = {
		.netns = netns,
		.local_port = key->remote_port,
		.remote_port = key->local_port,
		.local_family = key->remote_family,
		.remote_family = key->local_family,
	};

	memcpy(mirror.local, key->remote, sizeof(mirror.local));
	memcpy(mirror.remote, key->local, sizeof(mirror.remote));
	return mirror;
}

int conn_key_compare(const struct conn_key *a, const struct conn_key *b)
{
	return memcmp(a, b, sizeof(*a));
}

bool conn_key_equal(const struct conn_key *a, const struct conn_key *b)
{
	return conn_key_compare(a, b) == 0;
}

bool conn_key_is_loopback(const struct conn_key *key)
{
	if (key->remote_family == AF_INET)
		return key->remote[0] == IN_LOOPBACKNET;
	return key->remote_family == AF_INET6 && memcmp(key->remote, &in6addr_loopback, 16) == 0;
}

void conn_hash_init(struct conn_hash *h)
{
	/* without random numbers (early at boot): where memory lies is a secret, too */
	if (getrandom(h->secret, sizeof(h->secret), GRND_NONBLOCK) == (ssize_t)sizeof(h->secret))
		return;
	for (size_t i = 0; i <= CONN_KEY_WORDS; i++)
		h->secret[i] = ((uintptr_t)h + 2 * i + 1) * 0x9e3779b97f4a7c15u;
}

/*
 * Multilinear over 2^64, of which the upper half is taken: whatever two keys are,
 * they share it only by chance (Lemire and Kaser 2014, "Strongly universal string
 * hashing is fast").
 */
uint32_t conn_hash_key(const struct conn_hash *h, const struct conn_key *key)
{
	uint32_t words[CONN_KEY_WORDS];
	uint64_t sum = h->secret[CONN_KEY_WORDS];

	memcpy(words, key, sizeof(words));
	for (size_t i = 0; i < CONN_KEY_WORDS; i++)
		sum += h->secret[i] * words[i];
	return (uint32_t)(sum >> 32);
}
