/* SPDX-License-Identifier: Apache-2.0 */
#include "app/path_pattern.h"

#include <stdio.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* Steps of one match, before and with JIT.  An ordinary pattern needs a few
 * per byte of the path; this is some milliseconds at worst. */
#define MATCH_STEPS_MAX 100000
/* Kilobytes of heap that one match may take. */
#define MATCH_HEAP_KB 256

struct path_pattern {
	char *prefix; /* or NULL: a regular expression */
	pcre2_code *code;
	pcre2_match_data *match;
	pcre2_match_context *limits;
	uint64_t given_up;
};

/* Bytes, not characters: what the network sends need not be UTF-8. */
static bool compile(struct path_pattern *p, const char *text, char *err, size_t err_size)
{
	PCRE2_SIZE offset;
	int code;

	p->code =
		pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, PCRE2_NEVER_UTF, &code, &offset, NULL);
	if (!p->code) {
		PCRE2_UCHAR why[128];

		pcre2_get_error_message(code, why, sizeof(why));
		snprintf(err, err_size, "the regular expression is wrong at character %zu: %s", offset + 1,
			 (const char *)why);
		return false;
	}
	pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE); /* only faster; some kernels forbid it */
	p->match = pcre2_match_data_create_from_pattern(p->code, NULL);
	p->limits = pcre2_match_context_create(NULL);
	if (!p->match || !p->limits) {
		snprintf(err, err_size, "out of memory");
		return false;
	}
	pcre2_set_match_limit(p->limits, MATCH_STEPS_MAX);
	pcre2_set_depth_limit(p->limits, MATCH_STEPS_MAX);
	pcre2_set_heap_limit(p->limits, MATCH_HEAP_KB);
	return true;
}

static bool take_prefix(struct path_pattern *p, const char *text, char *err, size_t err_size)
{
	p->prefix = strdup(text);
	if (!p->prefix)
		snprintf(err, err_size, "out of memory");
	return p->prefix;
}

struct path_pattern *path_pattern_new(const char *text, char *err, size_t err_size)
{
	struct path_pattern *p = calloc(1, sizeof(*p));
	bool good;

	if (!p) {
		snprintf(err, err_size, "out of memory");
		return NULL;
	}
	if (text[0] == '~')
		good = compile(p, text + 1, err, err_size);
	else
		good = take_prefix(p, text, err, err_size);
	if (!good) {
		path_pattern_free(p);
		return NULL;
	}
	return p;
}

void path_pattern_free(struct path_pattern *p)
{
	if (!p)
		return;
	pcre2_match_context_free(p->limits);
	pcre2_match_data_free(p->match);
	pcre2_code_free(p->code);
	free(p->prefix);
	free(p);
}

bool path_pattern_match(struct path_pattern *p, struct bytes path)
{
	int n;

	if (p->prefix)
		return path.n >= strlen(p->prefix) && memcmp(path.p, p->prefix, strlen(p->prefix)) == 0;
	n = pcre2_match(p->code, path.n ? path.p : (PCRE2_SPTR) "", path.n, 0, 0, p->match, p->limits);
	if (n < 0 && n != PCRE2_ERROR_NOMATCH)
		p->given_up++;
	return n >= 0;
}

uint64_t path_pattern_given_up(const struct path_pattern *p)
{
	return p->given_up;
}
