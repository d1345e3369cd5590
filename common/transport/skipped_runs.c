/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/skipped_runs.h"

#include <bpf/bpf.h>

uint64_t skipped_runs(const int *programs, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		struct bpf_prog_info info = {0};
		uint32_t size = sizeof(info);

		if (bpf_obj_get_info_by_fd(programs[i], &info, &size) == 0)
			sum += info.recursion_misses;
	}
	return sum;
}
