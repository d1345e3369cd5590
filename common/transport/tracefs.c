/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/tracefs.h"

#include <sched.h>
#include <stddef.h>
#include <sys/mount.h>
#include <unistd.h>

#define TRACEFS	    "/sys/kernel/tracing"
#define OLD_TRACEFS "/sys/kernel/debug/tracing"

const char *tracefs_find(void)
{
	if (access(TRACEFS "/events", F_OK) == 0)
		return TRACEFS;
	return access(OLD_TRACEFS "/events", F_OK) == 0 ? OLD_TRACEFS : NULL;
}

const char *tracefs_mount_privately(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return NULL;
	if (mount("tracefs", TRACEFS, "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return NULL;
	return tracefs_find();
}
