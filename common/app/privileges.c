/* SPDX-License-Identifier: Apache-2.0 */
#include "app/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "transport/compose.h"
#include "transport/probe_groups.h"

/* Older kernel headers do not name them. */
#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#endif
#ifndef CAP_BPF
#define CAP_BPF 39
#endif

static bool has(unsigned capability)
{
	return capng_have_capability(CAPNG_EFFECTIVE, capability);
}

/* Its directory is root's alone, unless somebody changed that. */
static bool tracefs_is_closed(void)
{
	struct stat st;

	return stat("/sys/kernel/tracing/events", &st) < 0 && errno == EACCES;
}

static bool needs_tracefs(const struct capture_options *options)
{
	struct kernel_types types;
	char ignored[256];
	bool from_btf;

	return compose_find_types(options, &types, &from_btf, ignored, sizeof(ignored)) == 0 &&
	       probe_uses(options, &types.tracepoints) & USE_SYSCALLS;
}

static void add(char *names, size_t size, const char *name)
{
	size_t n = strlen(names);

	snprintf(names + n, size - n, "%s%s", n ? " and " : "", name);
}

void privileges_missing(const struct capture_options *options, char *names, size_t size)
{
	names[0] = '\0';
	/* cannot tell: let the kernel decide */
	if (capng_get_caps_process())
		return;
	/* which CAP_SYS_ADMIN includes (capabilities(7)) */
	if (!has(CAP_BPF) && !has(CAP_SYS_ADMIN))
		add(names, size, "CAP_BPF");
	if (!has(CAP_PERFMON) && !has(CAP_SYS_ADMIN))
		add(names, size, "CAP_PERFMON");
	if (tracefs_is_closed() && needs_tracefs(options))
		add(names, size, "CAP_DAC_READ_SEARCH");
}

bool privileges_suffice(const struct capture_options *options, char *err, size_t err_size)
{
	char names[128];

	privileges_missing(options, names, sizeof(names));
	if (names[0])
		snprintf(err, err_size, "tracing needs %s: run it as root (sudo), or see l7scope(7)", names);
	return !names[0];
}
