/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse_bench.h - how the benchmarks of parsers measure: a number of inputs,
 * and who parses them, in turn, the best of some runs.
 *
 *     bench_X                    prints rows: name, tab, value, tab, unit
 *     bench_X WORKLOAD WHO       one run of that, for callgrind; prints the bytes
 *
 * What is measured runs within parse_timed(), which is callgrind's mark, too.
 */
#ifndef L7SCOPE_PARSE_BENCH_H
#define L7SCOPE_PARSE_BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The best counts: others work on this machine, too. */
#define PARSE_RUNS 15
#define PARSE_WHO  3

struct parse_workload {
	const char *name;
	size_t bytes, fields; /* that one run parses */
	void *input;
};

/* Parses it all. */
typedef void parse_fn(const struct parse_workload *w);

struct parse_who {
	const char *name; /* NULL: no more */
	parse_fn *run;
};

/* What was parsed is used for something, and all have to agree on it. */
static uint64_t parse_checksum;

static inline void parse_fail(const char *what)
{
	fprintf(stderr, "%s\n", what);
	exit(1);
}

static inline double parse_cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

__attribute__((noinline)) static void parse_timed(const struct parse_who *who, const struct parse_workload *w)
{
	who->run(w);
	__asm__ volatile(""); /* not a jump: it returns here */
}

static inline void parse_row(const char *parser, const struct parse_workload *w, const char *who, double s)
{
	printf("%s, %s, %s\t%.4f\tGB/s\n", parser, w->name, who, (double)w->bytes / s / 1e9);
	printf("%s, %s, %s: fields\t%.2f\tM fields/s\n", parser, w->name, who, (double)w->fields / s / 1e6);
}

static inline void parse_measure(const char *parser, const struct parse_workload *w,
				 const struct parse_who *whos)
{
	double best[PARSE_WHO] = {0};

	for (int run = 0; run < PARSE_RUNS; run++) {
		uint64_t first = 0;

		for (int i = 0; i < PARSE_WHO && whos[i].name; i++) {
			double start = parse_cpu_s();

			parse_checksum = 0;
			parse_timed(&whos[i], w);
			start = parse_cpu_s() - start;
			if (run == 0 || start < best[i])
				best[i] = start;
			if (i == 0)
				first = parse_checksum;
			else if (parse_checksum != first)
				parse_fail("they found different things");
		}
	}
	for (int i = 0; i < PARSE_WHO && whos[i].name; i++)
		parse_row(parser, w, whos[i].name, best[i]);
}

static inline int parse_once(const struct parse_workload *w, const struct parse_who *whos, const char *who)
{
	for (int i = 0; i < PARSE_WHO && whos[i].name; i++) {
		if (strcmp(whos[i].name, who) != 0)
			continue;
		parse_timed(&whos[i], w);
		printf("%zu\n", w->bytes);
		return 0;
	}
	return 1;
}

/* All of a program's main(), once its workloads are made. */
static inline int parse_main(int argc, char **argv, const char *parser, const struct parse_workload *w,
			     size_t n, const struct parse_who *whos)
{
	for (size_t i = 0; i < n; i++) {
		if (argc < 3)
			parse_measure(parser, &w[i], whos);
		else if (strcmp(w[i].name, argv[1]) == 0)
			return parse_once(&w[i], whos, argv[2]);
	}
	return argc < 3 ? 0 : 1;
}

#endif
