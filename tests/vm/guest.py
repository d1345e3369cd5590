# SPDX-License-Identifier: Apache-2.0
"""What the tests that run in guests share.  Their tools are those of tests/e2e."""
import glob
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

import harness  # noqa: E402  (it lies where the line above says)

# Under emulation a compilation takes 10 s of a processor, one with real headers 30 s; the machine may be busy besides.
harness.READY_TIMEOUT_S = 90 * harness.SLOW
TOOLS = ("httpsnoop", "httplat", "http2hdr", "conntop")
# --check reads what is there and compiles nothing
CHECK_TIMEOUT_S = 10 * harness.SLOW


def tool(name):
    return os.path.join(harness.BUILD, name)


def run_command(argv, timeout=CHECK_TIMEOUT_S):
    """(exit status, stdout, stderr) of a command that ends by itself."""
    done = subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=timeout)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def probes():
    """Kinds that this version of the tools has."""
    fentry = check("httpsnoop")[1].get("fentry", [""])[0]
    return ["tracepoint", "kprobe"] + (["fentry"] if "--probes=fentry" in fentry else [])


def offers_sockets():
    """Tracepoints of the socket layer that tell enough: since Linux 6.16."""
    return check("httpsnoop", "--probes", "socket")[0] == 0


def skipped_runs(run):
    """How often the kernel has skipped a program of this tool, since on that processor another thread was inside it
    (bpf_prog_info.recursion_misses): possible where tracepoints run programs with preemption on, as since 7.x."""
    maps = set()
    for path in glob.glob("/proc/%d/fdinfo/*" % run.pid):
        with open(path, encoding="ascii") as f:
            maps.update(map(int, re.findall(r"^map_id:\t(\d+)$", f.read(), re.M)))
    status, out, err = run_command(["bpftool", "-j", "prog", "show"])
    if status:
        raise harness.Gone("bpftool: " + err)
    return sum(p.get("recursion_misses", 0) for p in json.loads(out) if maps.intersection(p.get("map_ids", ())))


def check(name, *options, wrap=()):
    """What --check says: (exit status, {first column: [second, ...]})."""
    status, out, err = run_command([*wrap, tool(name), "--check", *options])
    told = {}
    for line in (out + err).splitlines():
        told.setdefault(line[:18].strip(), []).append(line[18:])
    return status, told


def refused(box, case, words, wrap=(), options=()):
    """A run fails at once, in one sentence; --check knows it, too."""
    status, out, err = run_command([*wrap, tool("httpsnoop"), "-d", "0.1", *options], harness.READY_TIMEOUT_S)
    good = status == 1 and not out and err.count("\n") == 1 and words in err
    box.check("%s: refused in one sentence" % case, good, "status %d: %s%s" % (status, out, err))
    status, told = check("httpsnoop", *options, wrap=wrap)
    box.check("%s: --check says so" % case, status == 1 and told.get("result") == ["cannot trace"],
              "status %d: %s" % (status, told))


def works(box, case, wrap=(), options=()):
    """It starts all the same, and says nothing of it."""
    status, _, err = run_command([*wrap, tool("httpsnoop"), "-d", "0.1", *options], harness.READY_TIMEOUT_S)
    box.check("%s: starts all the same" % case, status == 0, "status %d: %s" % (status, err))
    status, told = check("httpsnoop", *options, wrap=wrap)
    box.check("%s: --check says so" % case, status == 0, "status %d: %s" % (status, told))
