/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded by scripts/with-headers: uname() with the release of $FAKE_RELEASE. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

int uname(struct utsname *name)
{
	const char *release = getenv("FAKE_RELEASE");
	int ret = (int)syscall(SYS_uname, name);

	if (ret == 0 && release)
		snprintf(name->release, sizeof(name->release), "%s", release);
	return ret;
}
