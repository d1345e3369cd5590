/* SPDX-License-Identifier: Apache-2.0 */
/* The text of --help, from the option tables. */
#include "app/option_table.h"

#include <stdio.h>
#include <string.h>

/* The explanations begin here; an option that is longer gets a line of its own. */
#define HELP_COLUMN 29

/* The lines of an explanation, the first at column `at`. */
static void print_explanation(const char *help, int at)
{
	for (;;) {
		size_t n = strcspn(help, "\n");

		printf("%*s%.*s\n", at < HELP_COLUMN ? HELP_COLUMN - at : 0, "", (int)n, help);
		if (!help[n])
			return;
		help += n + 1;
		at = 0;
	}
}

static void print_row(const struct option_spec *spec)
{
	char left[128];
	int n;

	if (spec->letter)
		n = snprintf(left, sizeof(left), "  -%c, --%s", spec->letter, spec->name);
	else
		n = snprintf(left, sizeof(left), "      --%s", spec->name);
	if (spec->arg)
		n += snprintf(left + n, sizeof(left) - (size_t)n, " %s", spec->arg);
	fputs(left, stdout);
	if (n + 2 > HELP_COLUMN) {
		putchar('\n');
		n = 0;
	}
	print_explanation(spec->help, n);
}

/* Each argument only after the one before it: "[interval [count]]". */
static void print_usage(const struct tool *tool)
{
	const struct option_spec *spec;

	printf("usage: %s [options]", tool->name);
	for (spec = tool->positionals; spec->name; spec++)
		printf(" [%s", spec->name);
	for (spec = tool->positionals; spec->name; spec++)
		putchar(']');
	putchar('\n');
}

void options_print_help(const struct tool *tool)
{
	const struct option_spec *spec;

	print_usage(tool);
	printf("\n%s\n", tool->summary);
	if (tool->positionals->name)
		printf("\narguments:\n");
	for (spec = tool->positionals; spec->name; spec++)
		print_explanation(spec->help, printf("  %s", spec->name));
	for (const struct option_group *group = tool->groups; group->title; group++) {
		if (*group->title)
			printf("\n%s:\n", group->title);
		for (spec = group->specs; spec->name; spec++)
			print_row(spec);
	}
	printf("\nEXAMPLES:\n%s", tool->examples);
}
