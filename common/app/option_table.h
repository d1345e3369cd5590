/* SPDX-License-Identifier: Apache-2.0 */
/*
 * option_table.h - one table drives parsing, --help and the test of the man page.
 *
 * A tool lists groups of options: those of common_options.h and its own.
 * Everything about an option is in its row.
 */
#ifndef L7SCOPE_OPTION_TABLE_H
#define L7SCOPE_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>

/* Room for one sentence with a file name in it. */
#define OPTION_ERROR_MAX 512
/* Options and positionals of one tool. */
#define OPTION_SPECS_MAX 80

struct options; /* options.h */

struct option_error {
	char text[OPTION_ERROR_MAX]; /* one sentence without a full stop */
};

/* Stores one value; false with e filled.  `value` lives as long as argv. */
typedef bool option_set_fn(struct options *o, const char *value, struct option_error *e);

enum option_kind {
	OPTION_VALUE = 0, /* set() gets the argument */
	OPTION_FLAG,	  /* takes none; sets the bool at `flag` */
	OPTION_HELP,
	OPTION_VERSION,
};

struct option_spec {
	const char *name; /* without the dashes; a positional's own name; NULL ends a table */
	char letter;	  /* 0: none */
	enum option_kind kind;
	const char *arg;  /* how --help calls the argument; NULL: takes none */
	const char *help; /* lines separated by \n */
	option_set_fn *set;
	size_t flag; /* offsetof(struct options, member) */
};

struct option_group {
	const char *title; /* NULL ends the list; "": goes on under the title above */
	const struct option_spec *specs;
};

struct tool {
	const char *name;
	const char *summary; /* one or more lines */
	const struct option_group *groups;
	const struct option_spec *positionals; /* in order, all optional; ends with name NULL */
	const char *examples;		       /* "    httpsnoop -p 181   # only PID 181\n"... */
	/* What no single option can see; may be NULL. */
	bool (*check)(const struct options *o, struct option_error *e);
};

/* What to do next; those that are not negative are exit statuses. */
enum options_outcome {
	OPTIONS_RUN = -1,
	OPTIONS_DONE = 0,   /* --help or --version answered */
	OPTIONS_FAILED = 1, /* the answer could not be written */
	OPTIONS_WRONG = 2,  /* usage error printed */
};

/* Parses and checks; prints what is wrong to stderr. */
enum options_outcome options_parse(const struct tool *tool, int argc, char **argv, struct options *o);

/* printf into e; returns false, so that a set function can return it. */
bool option_fail(struct option_error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The text of --help, to stdout. */
void options_print_help(const struct tool *tool);

#endif
