/* SPDX-License-Identifier: Apache-2.0 */
#include "app/status_filter.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Three digits, the last two may be 'x'; from 1 to 5 only the first is defined
 * (RFC 9110 15), but private ones up to 999 are seen. */
static bool parse_code(const char *s, size_t n, struct status_term *term)
{
	if (n != 3 || s[0] < '1' || s[0] > '9')
		return false;
	term->low = (uint16_t)((s[0] - '0') * 100);
	if (tolower((unsigned char)s[1]) == 'x' && tolower((unsigned char)s[2]) == 'x') {
		term->high = term->low + 99;
		return true;
	}
	if (!isdigit((unsigned char)s[1]) || !isdigit((unsigned char)s[2]))
		return false;
	term->low += (uint16_t)((s[1] - '0') * 10 + s[2] - '0');
	term->high = term->low;
	return true;
}

static bool parse_term(const char *s, size_t n, struct status_term *term)
{
	*term = (struct status_term){0};
	if (n && s[0] == '!') {
		term->negated = true;
		s++;
		n--;
	}
	if ((n == 1 && s[0] == '-') || (n == 4 && strncasecmp(s, "none", 4) == 0))
		return true;
	return parse_code(s, n, term);
}

bool status_filter_parse(struct status_filter *f, const char *list, char *err, size_t err_size)
{
	for (const char *s = list; s; s = strchr(s, ',') ? strchr(s, ',') + 1 : NULL) {
		size_t n = strcspn(s, ",");
		struct status_term term;

		if (f->n == STATUS_TERMS_MAX) {
			snprintf(err, err_size, "--status takes at most %d terms", STATUS_TERMS_MAX);
			return false;
		}
		if (!parse_term(s, n, &term)) {
			snprintf(err, err_size, "--status: '%.*s' is no status; write 404, 5xx, !2xx or none",
				 (int)n, s);
			return false;
		}
		f->terms[f->n++] = term;
		f->any_positive |= !term.negated;
	}
	return true;
}

bool status_filter_match(const struct status_filter *f, int status)
{
	bool wanted = !f->any_positive;

	for (size_t i = 0; i < f->n; i++) {
		const struct status_term *term = &f->terms[i];

		if (status < term->low || status > term->high)
			continue;
		if (term->negated)
			return false;
		wanted = true;
	}
	return wanted;
}
