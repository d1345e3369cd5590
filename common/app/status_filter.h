/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status_filter.h - "5xx,404,!2xx,none": which statuses pass.
 *
 * Terms without '!' are joined by OR; a term with '!' takes away.  Only '!'
 * terms: everything else passes.  "none" (or "-") is an exchange without a
 * status, so "!2xx" passes it.
 */
#ifndef L7SCOPE_STATUS_FILTER_H
#define L7SCOPE_STATUS_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More terms than anybody types. */
#define STATUS_TERMS_MAX 32

struct status_filter {
	struct status_term {
		uint16_t low, high; /* inclusive; 0, 0: no status */
		bool negated;
	} terms[STATUS_TERMS_MAX];
	size_t n;
	bool any_positive;
};

/* Adds the terms of a list; false with a sentence in err. */
bool status_filter_parse(struct status_filter *f, const char *list, char *err, size_t err_size);

/* status 0: there is none. */
bool status_filter_match(const struct status_filter *f, int status);

#endif
