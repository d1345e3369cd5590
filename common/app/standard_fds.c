/* SPDX-License-Identifier: Apache-2.0 */
#include "app/standard_fds.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Longer than any answer (the BPF text is the longest), so that it is written
 * when standard_fds_finish() can see why it failed. */
#define STDOUT_BUFFER (256 * 1024)

void standard_fds_hold(void)
{
	static char buffer[STDOUT_BUFFER]; /* glibc ignores the size when it allocates itself */
	int fd;

	/* open() takes the lowest free number */
	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
}

int standard_fds_finish(const char *tool)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	if (errno == EPIPE)
		return 0;
	fprintf(stderr, "%s: cannot write: %s\n", tool, strerror(errno ? errno : EIO));
	return 1;
}
