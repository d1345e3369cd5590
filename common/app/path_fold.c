/* SPDX-License-Identifier: Apache-2.0 */
#include "app/path_fold.h"

#include <string.h>

/* RFC 9562 4: hex digits but for these places. */
#define UUID_LEN 36

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_uuid(struct bytes s)
{
	if (s.n != UUID_LEN)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (s.p[i] != '-')
				return false;
		} else if (!is_digit(s.p[i]) && !is_hex_letter(s.p[i])) {
			return false;
		}
	}
	return true;
}

static bool is_number(struct bytes s)
{
	size_t digits = 0, letters = 0;

	for (size_t i = 0; i < s.n; i++) {
		digits += is_digit(s.p[i]);
		letters += is_hex_letter(s.p[i]);
	}
	if (digits == 0 || digits + letters < s.n)
		return false;
	return letters == 0 || s.n >= PATH_FOLD_HEX_MIN;
}

struct bytes path_without_query(struct bytes path)
{
	size_t n = 0;

	while (n < path.n && path.p[n] != '?' && path.p[n] != '#')
		n++;
	return bytes_of(path.p, n);
}

/* Up to the next slash. */
static struct bytes first_segment(struct bytes path)
{
	const uint8_t *slash = path.n ? memchr(path.p, '/', path.n) : NULL;

	return slash ? bytes_of(path.p, (size_t)(slash - path.p)) : path;
}

static size_t put(char *to, size_t room, struct bytes from)
{
	size_t n = from.n < room ? from.n : room;

	if (n)
		memcpy(to, from.p, n);
	return n;
}

struct bytes path_fold(struct bytes path, char *to, size_t size)
{
	struct bytes rest = path_without_query(path);
	size_t n = 0;

	for (;;) {
		struct bytes segment = first_segment(rest);
		bool id = is_number(segment) || is_uuid(segment);

		n += put(to + n, size - n, id ? bytes_of("*", 1) : segment);
		if (segment.n == rest.n)
			return bytes_of(to, n);
		n += put(to + n, size - n, bytes_of("/", 1));
		rest = bytes_from(rest, segment.n + 1);
	}
}
