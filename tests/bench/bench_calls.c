/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_calls - nanoseconds of CPU per system call: one that is not traced, a read of
 * a file, and a one-byte write and read of a stream socket (not HTTP).
 * Run it without and with a tool tracing.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 100000

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(void)
{
	int zero = open("/dev/zero", O_RDONLY), pair[2];
	double start, untraced, file, sock;
	char byte;

	if (zero < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return 1;
	start = now_ns();
	for (int i = 0; i < ROUNDS; i++)
		syscall(SYS_getppid);
	untraced = now_ns();
	for (int i = 0; i < ROUNDS; i++) {
		if (read(zero, &byte, 1) != 1)
			return 1;
	}
	file = now_ns();
	for (int i = 0; i < ROUNDS; i++) {
		if (write(pair[0], &byte, 1) != 1 || read(pair[1], &byte, 1) != 1)
			return 1;
	}
	sock = now_ns();
	printf("%.0f %.0f %.0f\n", (untraced - start) / ROUNDS, (file - untraced) / ROUNDS,
	       (sock - file) / ROUNDS / 2);
	return 0;
}
