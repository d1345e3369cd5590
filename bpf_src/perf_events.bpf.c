/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * perf_events.bpf.c - events reach user space through a perf buffer for each
 * CPU: where the kernel has no ring buffers, or where that is asked for.
 *
 * Here, too, an event wakes nobody: see common/transport/perf_reader.c.
 */

BPF_PERF_OUTPUT(events);
BPF_PERF_OUTPUT(control);

/* Both return 0, or it is lost: for the caller to count. */
INLINE int put_event(void *ctx, void *event, u64 size)
{
	return events.perf_submit(ctx, event, size);
}

INLINE int put_control(void *ctx, void *event, u64 size)
{
	return control.perf_submit(ctx, event, size);
}
