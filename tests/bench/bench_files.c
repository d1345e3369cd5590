/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_files - a process that only reads and writes files: copies one, again
 * and again, in blocks.
 *
 *     bench_files FILE BLOCK
 *
 * Prints how many calls it made, and how many microseconds of CPU they took.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define CPU_US	  800000.0
#define BLOCK_MAX (1 << 20)

static char block[BLOCK_MAX];

static double cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* Returns how many calls that were. */
static long copy(int from, int to, size_t size)
{
	long calls = 0;
	ssize_t n;

	lseek(from, 0, SEEK_SET);
	lseek(to, 0, SEEK_SET);
	while ((n = read(from, block, size)) > 0) {
		if (write(to, block, (size_t)n) != n)
			exit(1);
		calls += 2;
	}
	return calls;
}

int main(int argc, char **argv)
{
	size_t size = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	int from = argc == 3 ? open(argv[1], O_RDONLY) : -1, to = memfd_create("bench_files", 0);
	double start, us = 0;
	long calls = 0;

	if (from < 0 || to < 0 || size < 1 || size > BLOCK_MAX)
		return 1;
	copy(from, to, size); /* once for the page cache */
	start = cpu_us();
	while (us < CPU_US) {
		calls += copy(from, to, size);
		us = cpu_us() - start;
	}
	printf("%ld %.0f\n", calls, us);
	return 0;
}
