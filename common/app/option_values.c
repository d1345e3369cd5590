/* SPDX-License-Identifier: Apache-2.0 */
#include "app/option_values.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#define ITEM_MAX 256
/* Bits of a v4-mapped address before the IPv4 part. */
#define MAPPED_BITS 96

static bool is_digit(char c)
{
	return isdigit((unsigned char)c);
}

/* Digits from *s on; false when there are none or the number is above max. */
static bool take_digits(const char **s, uint64_t max, uint64_t *out)
{
	const char *p = *s;

	*out = 0;
	for (; is_digit(*p); p++) {
		unsigned digit = (unsigned)(*p - '0');

		if (digit > max || *out > (max - digit) / 10)
			return false;
		*out = *out * 10 + digit;
	}
	if (p == *s)
		return false;
	*s = p;
	return true;
}

bool value_u64(const char *s, uint64_t max, uint64_t *out)
{
	return take_digits(&s, max, out) && *s == '\0';
}

bool value_decimal(const char *s, uint64_t unit, uint64_t *out)
{
	uint64_t fraction = 0;

	*out = 0;
	if (*s != '.' && !take_digits(&s, VALUE_DECIMAL_MAX, out))
		return false;
	*out *= unit;
	if (*s == '.') {
		if (!is_digit(*++s))
			return false;
		for (unit /= 10; is_digit(*s); s++, unit /= 10)
			fraction += (uint64_t)(*s - '0') * unit;
	}
	*out += fraction;
	return *s == '\0';
}

bool value_is_token(const char *s)
{
	return *s && s[strspn(s, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
}

bool value_uid(const char *s, uint32_t *uid)
{
	const struct passwd *user;
	uint64_t number;

	/* the highest one means "none" to the kernel */
	if (value_u64(s, UINT32_MAX - 1, &number)) {
		*uid = (uint32_t)number;
		return true;
	}
	user = is_digit(*s) ? NULL : getpwnam(s);
	if (user)
		*uid = user->pw_uid;
	return user;
}

/* ---- networks ---- */

static void clear_host_bits(struct capture_cidr *c)
{
	for (unsigned bit = c->prefix; bit < 8 * sizeof(c->addr); bit++)
		c->addr[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
}

static void unmap(struct capture_cidr *c)
{
	static const uint8_t mapped[MAPPED_BITS / 8] = {[10] = 0xff, [11] = 0xff};

	if (c->family != AF_INET6 || c->prefix < MAPPED_BITS || memcmp(c->addr, mapped, sizeof(mapped)) != 0)
		return;
	c->family = AF_INET;
	c->prefix -= MAPPED_BITS;
	memmove(c->addr, c->addr + sizeof(mapped), 4);
	memset(c->addr + 4, 0, sizeof(c->addr) - 4);
}

bool value_cidr(const char *s, struct capture_cidr *out)
{
	const char *slash = strchr(s, '/');
	size_t n = slash ? (size_t)(slash - s) : strlen(s);
	char addr[INET6_ADDRSTRLEN];
	uint64_t bits;

	*out = (struct capture_cidr){0};
	if (n >= sizeof(addr))
		return false;
	memcpy(addr, s, n);
	addr[n] = '\0';
	if (inet_pton(AF_INET, addr, out->addr) == 1)
		out->family = AF_INET;
	else if (inet_pton(AF_INET6, addr, out->addr) == 1)
		out->family = AF_INET6;
	else
		return false;
	bits = out->family == AF_INET ? 32 : 128;
	if (slash && !value_u64(slash + 1, bits, &bits))
		return false;
	out->prefix = (uint8_t)bits;
	clear_host_bits(out);
	unmap(out);
	return true;
}

/* ---- lists ---- */

bool value_list(const char *s, value_item_fn *item, void *ctx)
{
	for (;;) {
		size_t n = strcspn(s, ",");
		char copy[ITEM_MAX];

		if (n == 0 || n >= sizeof(copy))
			return false;
		memcpy(copy, s, n);
		copy[n] = '\0';
		if (!item(ctx, copy))
			return false;
		if (!s[n])
			return true;
		s += n + 1;
	}
}
