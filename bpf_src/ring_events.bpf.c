/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * ring_events.bpf.c - events reach user space through ring buffers.
 *
 * perf_events.bpf.c has the same functions for kernels without.  No event wakes
 * the reader (waking costs more than all the rest): user space looks every few
 * milliseconds.
 */

BPF_RINGBUF_OUTPUT(events, RING_PAGES);
BPF_RINGBUF_OUTPUT(control, CONTROL_PAGES);

/* Both return 0, or it is lost: for the caller to count. */
INLINE int put_event(void *ctx, void *event, u64 size)
{
	return events.ringbuf_output(event, size, BPF_RB_NO_WAKEUP);
}

INLINE int put_control(void *ctx, void *event, u64 size)
{
	return control.ringbuf_output(event, size, BPF_RB_NO_WAKEUP);
}
