/* SPDX-License-Identifier: Apache-2.0 */
#include "app/header_match.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/option_values.h"
#include "app/path_pattern.h"

struct header_match {
	char *name;
	char *value; /* or NULL: regex */
	struct path_pattern *regex;
};

const struct http2_block_field *header_find(const struct http2_block *block, const char *name)
{
	for (size_t i = 0; i < block->n_fields; i++)
		if (bytes_equal_nocase(block->fields[i].name, name))
			return &block->fields[i];
	return NULL;
}

struct bytes header_value(const struct http2_block *block, const char *name)
{
	const struct http2_block_field *field = header_find(block, name);

	return field ? field->value : (struct bytes){0};
}

/* RFC 9113 8.3: the names of pseudo-header fields begin with a colon. */
static bool is_name(const char *s)
{
	return value_is_token(*s == ':' ? s + 1 : s);
}

static bool take_value(struct header_match *m, const char *value, char *err, size_t err_size)
{
	if (*value == '~') {
		m->regex = path_pattern_new(value, err, err_size);
		return m->regex;
	}
	m->value = strdup(value);
	if (!m->value)
		snprintf(err, err_size, "out of memory");
	return m->value;
}

struct header_match *header_match_new(const char *text, char *err, size_t err_size)
{
	struct header_match *m = calloc(1, sizeof(*m));
	size_t n = strcspn(text, "=");

	if (!m || !(m->name = strndup(text, n))) {
		snprintf(err, err_size, "out of memory");
	} else if (text[n] != '=' || !is_name(m->name)) {
		snprintf(err, err_size, "'%s' is neither NAME=VALUE nor NAME=~REGEX", text);
	} else if (take_value(m, text + n + 1, err, err_size)) {
		return m;
	}
	header_match_free(m);
	return NULL;
}

void header_match_free(struct header_match *m)
{
	if (!m)
		return;
	path_pattern_free(m->regex);
	free(m->value);
	free(m->name);
	free(m);
}

static bool match_value(struct header_match *m, struct bytes value)
{
	if (!value.p)
		return false;
	return m->regex ? path_pattern_match(m->regex, value) : bytes_equal(value, bytes_of_str(m->value));
}

/* A name may come more than once, as cookie does (RFC 9113 8.2.3). */
bool header_match_block(struct header_match *m, const struct http2_block *block)
{
	for (size_t i = 0; i < block->n_fields; i++)
		if (bytes_equal_nocase(block->fields[i].name, m->name) &&
		    match_value(m, block->fields[i].value))
			return true;
	return false;
}

uint64_t header_match_given_up(const struct header_match *m)
{
	return m->regex ? path_pattern_given_up(m->regex) : 0;
}
