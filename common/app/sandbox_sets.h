/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox_sets.h - what tools do while they run, by name. */
#ifndef L7SCOPE_SANDBOX_SETS_H
#define L7SCOPE_SANDBOX_SETS_H

/* What a tool does while it runs; beside them all may read and write what is
 * open, use memory and clocks, and end.  0: a recording is replayed. */
enum sandbox_set {
	SANDBOX_EVENTS = 1 << 0,     /* reads and empties BPF maps; forks the child that detaches */
	SANDBOX_PROCESSES = 1 << 1,  /* opens files for reading: of /proc, cgroups, the kubelet's logs */
	SANDBOX_OWNERS = 1 << 2,     /* beside: where links of /proc/PID lead to, as those of its sockets */
	SANDBOX_NAMESPACES = 1 << 3, /* asks for sockets in each network namespace (a thread enters it) */
	SANDBOX_SCREEN = 1 << 4,     /* has a terminal, which is taken before */
	SANDBOX_UPROBES = 1 << 5,    /* attaches loaded programs to files that processes map */
};
#define SANDBOX_SETS 6

#endif
