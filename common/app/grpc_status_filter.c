/* SPDX-License-Identifier: Apache-2.0 */
#include "app/grpc_status_filter.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "http/grpc.h"

/* Seventeen statuses are defined; a program may send others, with few digits. */
#define CODE_MAX 999

/* The terms hold statuses plus one, so that 0 stands for none as in --status. */
static uint16_t to_term(int status)
{
	return (uint16_t)(status + 1);
}

/* Digits from *s on, and before end; -1: none, or too many. */
static int take_code(const char **s, const char *end)
{
	const char *p = *s;
	int code = 0;

	for (; p < end && isdigit((unsigned char)*p) && code <= CODE_MAX; p++)
		code = code * 10 + *p - '0';
	if (p == *s || code > CODE_MAX)
		return -1;
	*s = p;
	return code;
}

static bool parse_codes(const char *s, const char *end, struct status_term *term)
{
	int low = take_code(&s, end), high = low;

	if (low >= 0 && s < end && *s == '-') {
		s++;
		high = take_code(&s, end);
	}
	if (low < 0 || high < low || s != end)
		return false;
	term->low = to_term(low);
	term->high = to_term(high);
	return true;
}

static bool parse_name(struct bytes text, struct status_term *term)
{
	const char *name;

	for (int status = 0; (name = grpc_status_name(status)); status++) {
		if (bytes_equal_nocase(text, name)) {
			term->low = term->high = to_term(status);
			return true;
		}
	}
	return false;
}

static bool parse_term(const char *s, const char *end, struct status_term *term)
{
	struct bytes text;

	*term = (struct status_term){.negated = s < end && *s == '!'};
	s += term->negated;
	text = bytes_of(s, (size_t)(end - s));
	if (bytes_equal_nocase(text, "none") || bytes_equal_nocase(text, "-"))
		return true;
	return parse_name(text, term) || parse_codes(s, end, term);
}

bool grpc_status_filter_parse(struct status_filter *f, const char *list, char *err, size_t err_size)
{
	for (const char *s = list; s; s = strchr(s, ',') ? strchr(s, ',') + 1 : NULL) {
		size_t n = strcspn(s, ",");
		struct status_term term;

		if (f->n == STATUS_TERMS_MAX) {
			snprintf(err, err_size, "--grpc-status takes at most %d terms", STATUS_TERMS_MAX);
			return false;
		}
		if (!parse_term(s, s + n, &term)) {
			snprintf(err, err_size,
				 "--grpc-status: '%.*s' is no status; write 5, 1-16, UNAVAILABLE, !0 or none",
				 (int)n, s);
			return false;
		}
		f->terms[f->n++] = term;
		f->any_positive |= !term.negated;
	}
	return true;
}

bool grpc_status_filter_match(const struct status_filter *f, int status)
{
	return status_filter_match(f, status + 1);
}
