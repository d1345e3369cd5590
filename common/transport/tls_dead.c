/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/tls_dead.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#include "transport/uprobe_open.h"

/* as in bpf_src/maps.bpf.c */
#define KEY_NO_SOCK 2

/* Dropped by one call; the next one drops more. */
#define DROPPED_MAX 1024

static bool has_ended(uint32_t pid)
{
	int process = uprobe_open_process(pid);

	if (process < 0)
		return errno == ENOENT || errno == ESRCH;
	close(process);
	return false;
}

void tls_dead_drop(int conns, struct wire_conn *room)
{
	uint64_t key, *from = NULL, dead[DROPPED_MAX];
	size_t n = 0;

	/* they are deleted afterwards, for the key that goes leads to no next one */
	while (n < DROPPED_MAX && bpf_map_get_next_key(conns, from, &key) == 0) {
		if (key & KEY_NO_SOCK && bpf_map_lookup_elem(conns, &key, room) == 0 && has_ended(room->pid))
			dead[n++] = key;
		from = &key;
	}
	while (n)
		bpf_map_delete_elem(conns, &dead[--n]);
}
