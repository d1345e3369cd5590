# SPDX-License-Identifier: Apache-2.0
"""What a process has cost, as the kernel counts it; and processes that trace: ours, and peers."""
import contextlib
import ctypes
import os
import re
import signal
import struct
import subprocess
import sys
import time

import harness

PR_SET_CHILD_SUBREAPER = 36
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x00020000, 0x4000, 0x40000
SYS_BPF, BPF_ATTR_SIZE = 321, 128  # x86-64
BPF_PROG_GET_NEXT_ID, BPF_PROG_GET_FD_BY_ID, BPF_ENABLE_STATS = 11, 13, 32
# Where a tool keeps what it compiled: common/transport/object_cache.c.
CACHE = "/run/l7scope"
READY_S = 30
libc = ctypes.CDLL(None, use_errno=True)


# ---- of a process ----

def cpu_s(pid):
    """CPU time of its threads so far."""
    total = 0
    for task in os.listdir("/proc/%d/task" % pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            with open("/proc/%d/task/%s/schedstat" % (pid, task)) as f:
                total += int(f.read().split()[0])
    return total / 1e9


def memory_mb(pid, which="VmRSS"):
    """VmRSS now, VmHWM at most so far."""
    with open("/proc/%d/status" % pid) as f:
        return next(int(line.split()[1]) for line in f if line.startswith(which + ":")) / 1024


def _fdinfo(pid):
    """One dict for each descriptor."""
    for fd in os.listdir("/proc/%d/fdinfo" % pid):
        with contextlib.suppress(FileNotFoundError):
            with open("/proc/%d/fdinfo/%s" % (pid, fd)) as f:
                yield dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def maps_mb(pid):
    """Memory of the BPF maps that it holds."""
    maps = {info["map_id"]: int(info["memlock"]) for info in _fdinfo(pid) if "map_id" in info}
    return sum(maps.values()) / (1 << 20)


def bpf_time(pid):
    """(ns, runs) of the BPF programs that it holds, while the kernel counts: see Counting."""
    programs = {info["prog_id"]: info for info in _fdinfo(pid) if "run_time_ns" in info}
    return (sum(int(info["run_time_ns"]) for info in programs.values()),
            sum(int(info["run_cnt"]) for info in programs.values()))


def _bpf(command, *numbers):
    """(what the call returns, its argument's numbers afterwards)"""
    attr = ctypes.create_string_buffer(struct.pack("%dI" % len(numbers), *numbers), BPF_ATTR_SIZE)
    result = libc.syscall(SYS_BPF, command, attr, BPF_ATTR_SIZE)
    return result, struct.unpack_from("%dI" % len(numbers), attr)


def programs():
    """Ids of all BPF programs of the machine: what is new is a tool's while nobody else starts one."""
    found, last = set(), 0
    while (answer := _bpf(BPF_PROG_GET_NEXT_ID, last, 0))[0] == 0:
        last = answer[1][1]
        found.add(last)
    return found


def verified(ids):
    """How many instructions the kernel's verifier has gone through for these: most of what loading takes."""
    total = 0
    for fd in (_bpf(BPF_PROG_GET_FD_BY_ID, i, 0)[0] for i in ids):
        if fd >= 0:
            with open("/proc/self/fdinfo/%d" % fd) as f:
                total += sum(int(line.split()[1]) for line in f if line.startswith("verified_insns:"))
            os.close(fd)
    return total


class Counting:
    """The kernel times BPF programs while this is open; it ends with this process, however that ends."""

    def __enter__(self):
        self.fd = _bpf(BPF_ENABLE_STATS, 0)[0]
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), "BPF_ENABLE_STATS")

    def __exit__(self, *_):
        os.close(self.fd)


# ---- processes that trace ----

def adopt_orphans():
    """What a tool leaves behind to detach its probes becomes a child of ours, so that it can be waited for."""
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def wait_for_orphans(name):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, ChildProcessError):
            with open("/proc/%s/stat" % pid) as f:
                comm, rest = f.read().split("(", 1)[1].rsplit(")", 1)
            if comm == name[:15] and int(rest.split()[1]) == os.getpid():
                os.waitpid(int(pid), 0)


def _hide_cache():
    """In a mount namespace of its own, an empty /run.  Runs between fork and exec."""
    if (libc.unshare(CLONE_NEWNS) or libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None)
            or libc.mount(b"tmpfs", os.path.dirname(CACHE).encode(), b"tmpfs", 0, None)):
        os._exit(111)


class Tool:
    """One of ours, from exec to ready to its end.  out: a path, else nowhere; cold: nothing compiled is found."""

    def __init__(self, name, *args, out=os.devnull, cold=False):
        self.name, self.err = name, ""
        reader, writer = os.pipe()
        begin_reader, begin_writer = os.pipe()

        def before_exec():
            if cold:
                _hide_cache()
            os.write(begin_writer, b"%.9f" % time.monotonic())

        with open(out, "wb") as stdout:
            argv = [os.path.join(harness.BUILD, name), "--ready-fd", str(writer), *map(str, args)]
            self.proc = subprocess.Popen(argv, pass_fds=[writer], stdout=stdout, stderr=subprocess.PIPE, text=True,
                                         stdin=subprocess.DEVNULL, preexec_fn=before_exec)
        os.close(writer)
        os.close(begin_writer)
        ready = os.read(reader, 1)
        self.ready_s = time.monotonic() - float(os.read(begin_reader, 64) or 0)
        os.close(reader)
        os.close(begin_reader)
        if ready != b"\n":
            sys.exit("%s %s: %s" % (name, " ".join(map(str, args)), self.proc.communicate()[1]))

    @property
    def pid(self):
        return self.proc.pid

    def stop(self):
        """What it said on stderr; all its probes are gone then."""
        if self.proc.poll() is None:
            self.proc.send_signal(signal.SIGINT)
            self.err = self.proc.communicate()[1]
            wait_for_orphans(self.name)
        return self.err


class Peer:
    """A program of others'.  ready: what it says, on stdout or stderr, when it traces.

    .said: the file with all it said."""

    def __init__(self, box, argv, ready):
        self.said = box.path("peer.out")
        start = time.monotonic()
        with open(self.said, "wb") as out:
            self.proc = box.spawn(argv, stdout=out, stderr=out)
        while not re.search(ready, self.text()):
            if self.proc.poll() is not None or time.monotonic() - start > READY_S:
                raise harness.Gone("%s: %s" % (argv[0], self.text()[-300:]))
            time.sleep(0.002)
        self.ready_s = time.monotonic() - start

    @property
    def pid(self):
        return self.proc.pid

    def text(self):
        with open(self.said, errors="replace") as f:
            return f.read(1 << 16)

    def lines(self, words):
        """How many lines of all that it said have them."""
        with open(self.said, "rb") as f:
            return sum(words in line for line in f)

    def stop(self):
        if self.proc.poll() is None:
            os.killpg(self.proc.pid, signal.SIGINT)
            self.proc.wait()
        return ""
