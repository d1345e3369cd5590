/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/target.h"

static bool is_scheme_char(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
	       c == '-' || c == '.';
}

/* Length of "scheme://" at the front; 0: there is none. */
static size_t scheme_len(struct bytes b)
{
	size_t n = 0;

	while (n < b.n && is_scheme_char(b.p[n]))
		n++;
	return n && b.n - n >= 3 && memcmp(b.p + n, "://", 3) == 0 ? n + 3 : 0;
}

static size_t authority_len(struct bytes b)
{
	size_t n = 0;

	while (n < b.n && b.p[n] != '/' && b.p[n] != '?' && b.p[n] != '#')
		n++;
	return n;
}

static struct bytes without_user(struct bytes authority)
{
	for (size_t i = authority.n; i > 0; i--) {
		if (authority.p[i - 1] == '@')
			return bytes_from(authority, i);
	}
	return authority;
}

struct target_parts target_split(struct bytes target)
{
	struct target_parts parts = {.path = target};
	struct bytes rest;
	size_t scheme, n;

	if (target.n && target.p[0] == '/')
		return parts;
	scheme = scheme_len(target);
	if (!scheme)
		return parts;
	rest = bytes_of(target.p + scheme, target.n - scheme);
	n = authority_len(rest);
	parts.authority = without_user(bytes_of(rest.p, n));
	parts.path = n < rest.n ? bytes_from(rest, n) : bytes_of("/", 1);
	return parts;
}
