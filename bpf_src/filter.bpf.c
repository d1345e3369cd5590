/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * filter.bpf.c - whose traffic, decided before anything is looked at.
 *
 * The FILTER_* macros are written by the composer from the command line
 * (common/transport/compose.c): each is an expression, 1 when not asked for.
 * NUMBER(0) is the tool's own process, which is never traced; NUMBER(i) are
 * the pids of FILTER_PID.
 */

INLINE int caller_wanted(u32 pid)
{
	if (pid == NUMBER(0) || !FILTER_PID(pid))
		return 0;
#ifdef FILTER_UID
	{
		u32 uid = bpf_get_current_uid_gid();

		if (!FILTER_UID(uid))
			return 0;
	}
#endif
#ifdef FILTER_CGROUP
	{
		u64 cgroup = bpf_get_current_cgroup_id();

		if (!FILTER_CGROUP(cgroup))
			return 0;
	}
#endif
#ifdef FILTER_COMM
	{
		u64 comm[2] = {};

		bpf_get_current_comm(comm, sizeof(comm));
		if (!FILTER_COMM(comm[0], comm[1]))
			return 0;
	}
#endif
	return 1;
}

/* Set when the last probe is attached (common/transport/loader_attach.c).  The kernel may take a second for
 * some thirty of them: reads that are followed while writes are not yet would look like requests whose
 * answers were lost. */
BPF_ARRAY(all_attached, u32, 1);

INLINE int is_attached(void)
{
	u32 zero = 0, *yes = all_attached.lookup(&zero);

	return yes && *yes;
}

/* Whether its role is wanted is looked at when a start line proves it (begin_message()):
 * what is turned away here is looked at again with every call. */
INLINE int conn_wanted(struct wire_conn *c)
{
	if (!FILTER_LPORT(c->lport) || !FILTER_RPORT(c->rport))
		return 0;
	if (!FILTER_FAMILY(c->family))
		return 0;
#ifdef FILTER_PEER
	{
		u32 *a = (u32 *)c->raddr;

		if (!FILTER_PEER(c->family, a[0], a[1], a[2], a[3]))
			return 0;
	}
#endif
	return 1;
}
