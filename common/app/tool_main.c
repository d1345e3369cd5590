/* SPDX-License-Identifier: Apache-2.0 */
#include "app/tool_main.h"

#include "app/clock.h"
#include "app/standard_fds.h"

int tool_main(const struct tool_main *m, int argc, char **argv)
{
	uint64_t started_ns = clock_process_start_ns();
	struct options o;
	int status;

	standard_fds_hold();
	options_init(&o);
	if (m->defaults)
		m->defaults(&o);
	status = options_parse(m->tool, argc, argv, &o);
	if (status == OPTIONS_RUN) {
		if (m->apply)
			m->apply(&o);
		status = run_source(m->tool->name, &o, m->run, started_ns);
	}
	options_release(&o);
	return status;
}
