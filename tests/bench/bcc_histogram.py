# SPDX-License-Identifier: Apache-2.0
"""bcc_histogram.py PID : latencies of one process by its calls, from read to write, with BCC's Python module.

httplat's job as its usual tools would do it; right only where a thread serves one request at a time."""
import signal
import sys
import time

from bcc import BPF

TEXT = """
BPF_HASH(start, u32, u64);
BPF_HISTOGRAM(us);
static int got(long ret)
{
    u64 id = bpf_get_current_pid_tgid(), now = bpf_ktime_get_ns();
    u32 tid = id;
    if (id >> 32 == PID && ret > 0)
        start.update(&tid, &now);
    return 0;
}
static int put(void)
{
    u32 tid = bpf_get_current_pid_tgid();
    u64 *since = start.lookup(&tid);
    if (!since)
        return 0;
    us.increment(bpf_log2l((bpf_ktime_get_ns() - *since) / 1000));
    start.delete(&tid);
    return 0;
}
TRACEPOINT_PROBE(syscalls, sys_exit_recvfrom) { return got(args->ret); }
TRACEPOINT_PROBE(syscalls, sys_exit_read) { return got(args->ret); }
TRACEPOINT_PROBE(syscalls, sys_enter_writev) { return put(); }
TRACEPOINT_PROBE(syscalls, sys_enter_write) { return put(); }
TRACEPOINT_PROBE(syscalls, sys_enter_sendto) { return put(); }
"""

bpf = BPF(text=TEXT.replace("PID", sys.argv[1]))
print("tracing", flush=True)
signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
time.sleep(3600)
