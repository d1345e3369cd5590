/* SPDX-License-Identifier: Apache-2.0 */
/* tool_main.h - what main() of every tool is. */
#ifndef L7SCOPE_TOOL_MAIN_H
#define L7SCOPE_TOOL_MAIN_H

#include "app/option_table.h"
#include "app/options.h"
#include "app/run_loop.h"

struct tool_main {
	const struct tool *tool;
	/* Before the command line is read: what this tool's defaults are; may be NULL. */
	void (*defaults)(struct options *o);
	/* After it was read, and found right: what follows from it; may be NULL. */
	void (*apply)(struct options *o);
	run_source_fn *run;
};

/* Returns the exit status. */
int tool_main(const struct tool_main *m, int argc, char **argv);

#endif
