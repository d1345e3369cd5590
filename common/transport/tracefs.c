/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/tracefs.h"

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRACEFS	    "/sys/kernel/tracing"
#define OLD_TRACEFS "/sys/kernel/debug/tracing"

/* Not access(): that asks for the real user, who may be nobody, with capabilities. */
static bool exists(const char *path)
{
	struct stat s;

	return stat(path, &s) == 0;
}

const char *tracefs_find(void)
{
	if (exists(TRACEFS "/events"))
		return TRACEFS;
	return exists(OLD_TRACEFS "/events") ? OLD_TRACEFS : NULL;
}

const char *tracefs_mount_privately(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return NULL;
	if (mount("tracefs", TRACEFS, "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return NULL;
	return tracefs_find();
}
