/* SPDX-License-Identifier: Apache-2.0 */
#include "app/privileges.h"

#include <linux/capability.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Older kernel headers do not name them. */
#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#endif
#ifndef CAP_BPF
#define CAP_BPF 39
#endif

static bool has(const struct __user_cap_data_struct data[2], unsigned cap)
{
	return data[cap / 32].effective >> cap % 32 & 1;
}

bool privileges_suffice(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	/* cannot tell: let the kernel decide */
	if (syscall(SYS_capget, &header, data))
		return true;
	return has(data, CAP_SYS_ADMIN) || (has(data, CAP_BPF) && has(data, CAP_PERFMON));
}
