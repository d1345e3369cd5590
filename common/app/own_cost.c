/* SPDX-License-Identifier: Apache-2.0 */
#include "app/own_cost.h"

#include <inttypes.h>
#include <sys/resource.h>

static void print_program(const struct capture_program *p, FILE *out)
{
	fprintf(out, "stats: %-20s %12" PRIu64 " %12.3f %8.0f\n", p->name, p->runs, (double)p->ns / 1e6,
		p->runs ? (double)p->ns / (double)p->runs : 0);
}

static double seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static void print_processes(const char *name, int who, FILE *out)
{
	struct rusage u;

	if (getrusage(who, &u) == 0)
		fprintf(out, "stats: %s: CPU %.3f s user, %.3f s system; memory at most %.1f MB\n", name,
			seconds(&u.ru_utime), seconds(&u.ru_stime), (double)u.ru_maxrss / 1024);
}

void own_cost_print(const char *tool, struct source *source, FILE *out)
{
	struct capture_program programs[CAPTURE_PROGRAMS_MAX], all = {.name = "all"};
	size_t n = source_programs(source, programs);

	fprintf(out, "stats: %-20s %12s %12s %8s\n", "BPF PROGRAM", "RUNS", "TIME(ms)", "NS/RUN");
	for (size_t i = 0; i < n; i++) {
		if (programs[i].runs)
			print_program(&programs[i], out);
		all.runs += programs[i].runs;
		all.ns += programs[i].ns;
	}
	print_program(&all, out);
	print_processes(tool, RUSAGE_SELF, out);
	print_processes("to start", RUSAGE_CHILDREN, out);
}
