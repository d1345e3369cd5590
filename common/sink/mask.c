/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/mask.h"

#include <ctype.h>

/* Longer parameter names are not taken for secrets. */
#define NAME_MAX_LEN 64

void masker_init(struct masker *m, bool show_secrets)
{
	*m = (struct masker){.show_secrets = show_secrets};
}

void masker_release(struct masker *m)
{
	text_release(&m->scratch);
}

static bool is_one_of(struct bytes name, const char *const *list)
{
	for (; *list; list++)
		if (bytes_equal_nocase(name, *list))
			return true;
	return false;
}

/* ---- names of query parameters ---- */

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Undoes percent-encoding, since the server will.  Returns the length, 0 when
 * the name is too long to matter. */
static size_t decode_name(struct bytes in, uint8_t out[NAME_MAX_LEN])
{
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++, n++) {
		if (n == NAME_MAX_LEN)
			return 0;
		out[n] = in.p[i];
		if (in.p[i] == '%' && i + 2 < in.n && hex_digit(in.p[i + 1]) >= 0 &&
		    hex_digit(in.p[i + 2]) >= 0) {
			out[n] = (uint8_t)(hex_digit(in.p[i + 1]) << 4 | hex_digit(in.p[i + 2]));
			i += 2;
		}
	}
	return n;
}

/* Where the last word begins: in access_token, x-amz-signature, apiKey, user[password]. */
static size_t last_word(const uint8_t *name, size_t n)
{
	for (size_t i = n - 1; i > 0; i--) {
		if (!isalnum(name[i - 1]))
			return i;
		if (isupper(name[i]) && islower(name[i - 1]))
			return i;
	}
	return 0;
}

struct word {
	const char *text;
	size_t n;
};

#define WORD(text)                                                                                           \
	{                                                                                                    \
		text, sizeof(text) - 1                                                                       \
	}

/* Compares the last byte first: that is where nearly all names differ. */
static bool ends_with(struct bytes name, const struct word *word)
{
	return name.n >= word->n && (name.p[name.n - 1] | 0x20) == word->text[word->n - 1] &&
	       strncasecmp((const char *)name.p + name.n - word->n, word->text, word->n) == 0;
}

static bool name_says_secret(struct bytes encoded)
{
	/* these say it also inside a word, as in csrftoken */
	static const struct word endings[] = {WORD("token"),  WORD("secret"),	  WORD("password"),
					      WORD("passwd"), WORD("passphrase"), WORD("signature"),
					      WORD("apikey"), WORD("credential"), WORD("credentials")};
	/* these only as a word of their own: not in monkey, bypass */
	static const struct word words[] = {WORD("key"),  WORD("sig"),	WORD("pwd"),
					    WORD("pass"), WORD("auth"), WORD("jwt")};
	uint8_t name[NAME_MAX_LEN];
	size_t n = decode_name(encoded, name), from;

	while (n && !isalnum(name[n - 1]))
		n--;
	if (n == 0)
		return false;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (ends_with(bytes_of(name, n), &endings[i]))
			return true;
	from = last_word(name, n);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (n - from == words[i].n && ends_with(bytes_of(name + from, n - from), &words[i]))
			return true;
	return false;
}

/* ---- targets ---- */

/* Inlined with a constant set, this is a few comparisons. */
static inline bool is_in(uint8_t c, const char *set)
{
	for (; *set; set++)
		if (c == (uint8_t)*set)
			return true;
	return false;
}

/* The position of the first of `set` at or after `from`; in.n when there is none. */
static inline size_t find_any(struct bytes in, size_t from, const char *set)
{
	while (from < in.n && !is_in(in.p[from], set))
		from++;
	return from;
}

static bool has(struct bytes in, char c)
{
	return in.n && memchr(in.p, c, in.n);
}

static void put_slice(struct text *t, struct bytes in, size_t from, size_t to)
{
	text_put_bytes(t, bytes_of(in.p + from, to - from));
}

/* What separates parameters; '?' again, since a value may be a URL. */
static bool is_separator(uint8_t c)
{
	return c == '&' || c == ';' || c == '?' || c == '#';
}

/* The position of '?' or '#'; in.n when there is none. */
static size_t query_start(struct bytes in)
{
	const uint8_t *fragment = memchr(in.p, '#', in.n);
	size_t n = fragment ? (size_t)(fragment - in.p) : in.n;
	const uint8_t *query = memchr(in.p, '?', n);

	return query ? (size_t)(query - in.p) : n;
}

/* A parameter "name=value" whose value is a secret: the value is in[from..to). */
struct secret {
	size_t from, to;
};

/* The first one at or after `at`, in a query that begins at `query`. */
static bool find_secret(struct bytes in, size_t query, size_t at, struct secret *found)
{
	const uint8_t *equals;

	for (; at < in.n && (equals = memchr(in.p + at, '=', in.n - at)); at = found->from) {
		size_t name = (size_t)(equals - in.p);

		found->from = found->to = name + 1;
		while (name > query + 1 && !is_separator(in.p[name - 1]) && in.p[name - 1] != '=')
			name--;
		if (!name_says_secret(bytes_of(in.p + name, found->from - 1 - name)))
			continue;
		while (found->to < in.n && !is_separator(in.p[found->to]))
			found->to++;
		if (found->to > found->from)
			return true;
	}
	return false;
}

/* Copies a query from its '?' on. */
static void put_query(struct text *t, struct bytes in, size_t query)
{
	struct secret secret;
	size_t at = query;

	while (find_secret(in, query, at, &secret)) {
		put_slice(t, in, at, secret.from);
		text_put_str(t, MASK_TEXT);
		at = secret.to;
	}
	put_slice(t, in, at, in.n);
}

/* Where the authority begins: after "scheme://" or "//"; 0 for authority-form
 * (CONNECT); in.n for a path, which has none. */
static size_t authority_start(struct bytes in)
{
	size_t slash = find_any(in, 0, "/?#");

	if (slash == in.n)
		return 0;
	if (in.p[slash] != '/' || slash + 1 >= in.n || in.p[slash + 1] != '/')
		return in.n;
	/* "//x" in a request line is an ordinary path (RFC 9112 3.2.1) */
	return slash > 0 && in.p[slash - 1] == ':' ? slash + 2 : in.n;
}

/* Where the user information lies before the query: [*from, *to) with the '@' at *to. */
static bool find_user(struct bytes in, size_t query, size_t *from, size_t *to)
{
	size_t start, end;

	if (!has(in, '@'))
		return false;
	start = authority_start(in);
	end = start < query ? find_any(bytes_of(in.p, query), start, "/") : start;
	while (end > start && in.p[end - 1] != '@')
		end--;
	*from = start;
	*to = end - 1;
	return end > start;
}

struct bytes mask_target(struct masker *m, struct bytes target)
{
	size_t query, from, to;
	struct secret secret;
	bool has_user;

	/* nothing that could be a parameter's value or user information: most targets end here */
	if (m->show_secrets || (!has(target, '=') && !has(target, '@')))
		return target;
	query = query_start(target);
	has_user = find_user(target, query, &from, &to);
	if (!has_user && !find_secret(target, query, query, &secret))
		return target;
	text_clear(&m->scratch);
	if (has_user) {
		put_slice(&m->scratch, target, 0, from);
		text_put_str(&m->scratch, MASK_TEXT);
		put_slice(&m->scratch, target, to, query);
	} else {
		put_slice(&m->scratch, target, 0, query);
	}
	put_query(&m->scratch, target, query);
	return m->scratch.failed ? bytes_of_str(MASK_TEXT) : text_bytes(&m->scratch);
}

struct bytes mask_authority(struct masker *m, struct bytes authority)
{
	size_t at = authority.n;

	if (m->show_secrets)
		return authority;
	while (at > 0 && authority.p[at - 1] != '@')
		at--;
	if (at == 0)
		return authority;
	text_clear(&m->scratch);
	text_put_str(&m->scratch, MASK_TEXT "@");
	text_put_bytes(&m->scratch, bytes_from(authority, at));
	return m->scratch.failed ? bytes_of_str(MASK_TEXT) : text_bytes(&m->scratch);
}

/* ---- headers ---- */

static bool is_secret_header(struct bytes name)
{
	static const char *const names[] = {"authorization", "proxy-authorization", "cookie",
					    "set-cookie",    "x-api-key",	    NULL};

	return is_one_of(name, names);
}

/* Fields whose value is a URL, or in case of the pseudo-header a target. */
static bool holds_target(struct bytes name)
{
	static const char *const names[] = {
		"location",	  "content-location", "referer",	 "link", "refresh", ":path",
		"x-original-url", "x-rewrite-url",    "x-forwarded-uri", NULL};

	return is_one_of(name, names);
}

static bool holds_authority(struct bytes name)
{
	return bytes_equal_nocase(name, ":authority") || bytes_equal_nocase(name, "host");
}

struct bytes mask_header(struct masker *m, const struct header_field *field)
{
	if (m->show_secrets || !field->value.p)
		return field->value;
	/* a name that is not known could be one of the secret ones */
	if (field->sensitive || !field->name.p || is_secret_header(field->name))
		return bytes_of_str(MASK_TEXT);
	if (holds_authority(field->name))
		return mask_authority(m, field->value);
	return holds_target(field->name) ? mask_target(m, field->value) : field->value;
}
