/* SPDX-License-Identifier: Apache-2.0 */
#include "app/option_table.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "app/option_checks.h"
#include "app/options.h"
#include "app/standard_fds.h"
#include "version.h"

/* getopt_long() returns this plus the row's number: past all letters. */
#define ROW_BASE 256

struct parser {
	const struct tool *tool;
	struct options *o;
	const struct option_spec *rows[OPTION_SPECS_MAX];
	size_t n_rows;
	char letters[2 * OPTION_SPECS_MAX + 2];
	struct option longs[OPTION_SPECS_MAX + 1];
};

bool option_fail(struct option_error *e, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(e->text, sizeof(e->text), format, args);
	va_end(args);
	return false;
}

void options_init(struct options *o)
{
	*o = (struct options){.ready_fd = -1};
}

void options_release(struct options *o)
{
	exchange_filter_release(&o->filter);
	header_criteria_release(&o->header_criteria);
}

bool options_given(const struct options *o, const char *name)
{
	for (size_t i = 0; i < o->n_given; i++)
		if (strcmp(o->given[i]->name, name) == 0)
			return true;
	return false;
}

static enum options_outcome complain(const struct tool *tool, const char *text)
{
	fprintf(stderr, "%s: %s\nTry '%s --help'.\n", tool->name, text, tool->name);
	return OPTIONS_WRONG;
}

/* ---- the tables in getopt's words ---- */

static void add_row(struct parser *p, const struct option_spec *spec)
{
	size_t n = p->n_rows;

	if (n == OPTION_SPECS_MAX)
		return;
	p->rows[p->n_rows++] = spec;
	p->longs[n] = (struct option){spec->name, spec->arg ? required_argument : no_argument, NULL,
				      ROW_BASE + (int)n};
	if (spec->letter) {
		size_t end = strlen(p->letters);

		p->letters[end] = spec->letter;
		p->letters[end + 1] = spec->arg ? ':' : '\0';
	}
}

static void parser_init(struct parser *p, const struct tool *tool, struct options *o)
{
	*p = (struct parser){.tool = tool, .o = o};
	p->letters[0] = ':'; /* a missing argument returns ':' */
	for (const struct option_group *group = tool->groups; group->title; group++)
		for (const struct option_spec *spec = group->specs; spec->name; spec++)
			add_row(p, spec);
}

static const struct option_spec *find_row(const struct parser *p, int c)
{
	if (c >= ROW_BASE)
		return p->rows[c - ROW_BASE];
	for (size_t i = 0; i < p->n_rows; i++)
		if (p->rows[i]->letter == c)
			return p->rows[i];
	return NULL;
}

/* ---- parsing ---- */

static void remember(struct options *o, const struct option_spec *spec)
{
	if (!options_given(o, spec->name) && o->n_given < OPTION_SPECS_MAX)
		o->given[o->n_given++] = spec;
}

static enum options_outcome answered(const struct tool *tool)
{
	return standard_fds_finish(tool->name) ? OPTIONS_FAILED : OPTIONS_DONE;
}

static enum options_outcome apply(struct parser *p, const struct option_spec *spec, const char *value)
{
	struct option_error e;

	remember(p->o, spec);
	switch (spec->kind) {
	case OPTION_HELP:
		options_print_help(p->tool);
		return answered(p->tool);
	case OPTION_VERSION:
		printf("%s %s\n", p->tool->name, L7SCOPE_VERSION);
		return answered(p->tool);
	case OPTION_FLAG:
		*(bool *)((char *)p->o + spec->flag) = true;
		return OPTIONS_RUN;
	case OPTION_VALUE:
		break;
	}
	if (!spec->set(p->o, value, &e))
		return complain(p->tool, e.text);
	return OPTIONS_RUN;
}

/* Is `word` ("--x") the beginning of several names? */
static bool is_ambiguous(const struct parser *p, const char *word)
{
	size_t n = strcspn(word, "="), found = 0;

	for (size_t i = 0; n > 2 && i < p->n_rows; i++)
		found += strncmp(p->rows[i]->name, word + 2, n - 2) == 0;
	return found > 1;
}

/* What getopt_long() refused.  With opterr 0 it tells the option only by its
 * letter, its row, or the word before optind. */
static enum options_outcome refuse(const struct parser *p, int c, const char *word)
{
	const struct option_spec *spec = find_row(p, optopt);
	struct option_error e;

	if (c == ':')
		option_fail(&e, "%s needs a value: %s", word, spec && spec->arg ? spec->arg : "");
	else if (optopt >= ROW_BASE)
		option_fail(&e, "--%s takes no value", p->rows[optopt - ROW_BASE]->name);
	else if (optopt)
		option_fail(&e, "there is no option -%c", optopt);
	else if (is_ambiguous(p, word))
		option_fail(&e, "%s is the beginning of several options", word);
	else
		option_fail(&e, "there is no option %s", word);
	return complain(p->tool, e.text);
}

static enum options_outcome parse_positionals(struct parser *p, int argc, char **argv)
{
	const struct option_spec *spec = p->tool->positionals;
	enum options_outcome outcome = OPTIONS_RUN;
	struct option_error e;

	for (int i = optind; i < argc && outcome == OPTIONS_RUN; i++) {
		if (!spec->name) {
			option_fail(&e, "'%s' is one argument too many", argv[i]);
			return complain(p->tool, e.text);
		}
		outcome = apply(p, spec++, argv[i]);
	}
	return outcome;
}

static enum options_outcome parse_options(struct parser *p, int argc, char **argv)
{
	enum options_outcome outcome = OPTIONS_RUN;
	int c;

	opterr = 0;
	optind = 0; /* also resets glibc's state: tests parse more than once */
	while (outcome == OPTIONS_RUN && (c = getopt_long(argc, argv, p->letters, p->longs, NULL)) != -1) {
		if (c == '?' || c == ':')
			return refuse(p, c, argv[optind - 1]);
		outcome = apply(p, find_row(p, c), optarg);
	}
	return outcome;
}

enum options_outcome options_parse(const struct tool *tool, int argc, char **argv, struct options *o)
{
	enum options_outcome outcome;
	struct option_error e;
	struct parser p;

	parser_init(&p, tool, o);
	outcome = parse_options(&p, argc, argv);
	if (outcome == OPTIONS_RUN)
		outcome = parse_positionals(&p, argc, argv);
	if (outcome != OPTIONS_RUN)
		return outcome;
	if (!option_checks(o, &e) || (tool->check && !tool->check(o, &e)))
		return complain(tool, e.text);
	return OPTIONS_RUN;
}
