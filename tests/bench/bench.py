# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks of the tools share: starts, memory, cost per call, and the rate a server keeps.

The machine's own speed changes within minutes, hence pairs of short runs: without and with a tool, in turn first one
then the other; the median of their ratios counts."""
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
import harness  # noqa: E402
import servers  # noqa: E402
from wrk import Wrk  # noqa: E402

STARTS = 11
RUN_S = 2
CONNECTIONS = 16
# The kernel takes that long to detach.
DETACH_S = 2
SERVER_CPU, CLIENT_CPU = 0, 1
CLOSING = re.compile(r"(?P<what>exchanges|blocks) (?P<seen>\d+), (?:printed|errors) \d+, (?:fields unknown \d+, )?"
                     r"lost (?P<lost>\d+)")


def cpu_s(pid):
    """CPU time of a process so far, user and system."""
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Tool:
    """One of ours, from exec to ready to its end."""

    def __init__(self, path, *args):
        reader, writer = os.pipe()
        start = time.monotonic()
        self.proc = subprocess.Popen([path, "--ready-fd", str(writer), *map(str, args)], pass_fds=[writer],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        os.close(writer)
        ready = os.read(reader, 1)
        self.ready_s = time.monotonic() - start
        os.close(reader)
        if ready != b"\n":
            sys.exit("%s: %s" % (path, self.proc.communicate()[1]))

    def resident_kb(self):
        with open("/proc/%d/status" % self.proc.pid) as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmRSS:"))

    def stop(self):
        """What it said at its end."""
        self.proc.send_signal(signal.SIGINT)
        err = self.proc.communicate()[1]
        time.sleep(DETACH_S)
        return err


class Command:
    """A peer; it says nothing when it is ready."""

    def __init__(self, argv, settle):
        self.proc = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(settle)

    def stop(self):
        self.proc.send_signal(signal.SIGINT)
        self.proc.wait()
        time.sleep(DETACH_S)
        return ""


def starts(make):
    def once():
        tool = make()
        resident = tool.resident_kb()
        tool.stop()
        return tool.ready_s, resident

    runs = [once() for _ in range(STARTS)]
    print("start to ready, median of %d       %6.0f ms   (aim 200; fastest %.0f)"
          % (STARTS, statistics.median(r[0] for r in runs) * 1e3, min(r[0] for r in runs) * 1e3))
    print("resident while tracing             %6.1f MB   (aim 16)" % (max(r[1] for r in runs) / 1024))


def peer_starts(name, argv):
    """A peer that ends by itself as soon as it runs."""
    def once():
        begin = time.monotonic()
        subprocess.run(argv, capture_output=True, check=False)
        return time.monotonic() - begin

    print("  %-32s %6.0f ms" % (name + ": run", statistics.median(once() for _ in range(3)) * 1e3), flush=True)


def calls(runs):
    """What a system call of another process costs more while the tool runs.  runs: {name: make}"""
    def once():
        out = subprocess.run(["taskset", "-c", str(CLIENT_CPU), os.path.join(harness.BUILD, "tests/bench/bench_calls")],
                             capture_output=True, text=True, check=True)
        return [int(n) for n in out.stdout.split()]

    def times(make=None):
        tool = make() if make else None
        best = [min(column) for column in zip(*(once() for _ in range(5)))]
        if tool:
            tool.stop()
        return best

    without = times()
    print("ns more per call, best of 5           untraced call   file read   socket read/write")
    for name, make in runs.items():
        print("%-34s %16d %11d %19d" % (name, *(a - b for a, b in zip(times(make), without))), flush=True)


class RunTimes:
    """The kernel takes the times of BPF programs while this is open."""

    SWITCH = "/proc/sys/kernel/bpf_stats_enabled"

    def __enter__(self):
        with open(self.SWITCH) as f:
            self.was = f.read()
        self._write("1")
        return self

    def __exit__(self, *_):
        self._write(self.was)

    def _write(self, value):
        with open(self.SWITCH, "w") as f:
            f.write(value)

    def each(self, pid, load):
        before = self.of(pid)
        answered = load.run()[2]
        return (self.of(pid) - before) / answered

    @staticmethod
    def of(pid):
        """ns that the programs attached by this process have run."""
        shown = json.loads(_bpftool("perf", "show"))
        ids = {str(p["prog_id"]) for p in shown if p["pid"] == pid}
        return sum(json.loads(_bpftool("prog", "show", "id", i)).get("run_time_ns", 0) for i in ids)


def _bpftool(*words):
    return subprocess.run(["bpftool", "-j", *words], capture_output=True, check=True).stdout


def run_times(load, runs):
    """ns that the tool's programs take per exchange: the machine's mood moves them less than rates.
    runs: {name: make}"""
    if harness.have("bpftool"):
        return
    print("ns in BPF programs per exchange (with the kernel's own cost of taking these times)")
    for name, make in runs.items():
        tool = make()
        with RunTimes() as times:
            each = [times.each(tool.proc.pid, load) for _ in range(3)]
        print("%-34s %6.0f   (fastest %.0f)" % (name, statistics.median(each), min(each)), flush=True)
        tool.stop()


class Load:
    """nginx, one worker on one CPU, and wrk on the other."""

    name, batched = "nginx", False

    def __init__(self, box):
        self.box = box
        self.server = servers.nginx(box, server="access_log off; keepalive_requests 100000000; " + servers.SAY_HELLO)
        os.sched_setaffinity(self.server.pid, {SERVER_CPU})

    def run(self):
        """(requests a second, nginx's CPU time per request, answers)"""
        before = cpu_s(self.server.pid)
        load = Wrk(self.box, self.server.port, RUN_S, CONNECTIONS, cpu=CLIENT_CPU).wait()
        return load.rate, (cpu_s(self.server.pid) - before) / load.answered, load.answered


class Http2Load:
    """nghttpd, one thread on one CPU, and h2load on the other, with so many streams at once on each connection.

    h2load sends a number of requests and not for a time, so that none is cut off by its end: what it counts is all
    that there was.  The number is what takes about a run's time."""

    name, batched = "nghttpd", True
    DONE = re.compile(r"finished in .*?, ([\d.]+) req/s.*?requests: (\d+) total.*? (\d+) succeeded, (\d+) failed", re.S)

    def __init__(self, box, streams, server=None):
        self.box, self.streams = box, streams
        self.server = server or self.start(box)
        self.n = 1000
        self.n = max(self.n, int(self.run()[0] * RUN_S))

    @staticmethod
    def start(box):
        box.write("www/index.html", "hello\n")
        port = harness.free_port()
        argv = ["taskset", "-c", SERVER_CPU, "nghttpd", "--no-tls", "-a", "127.0.0.1", "-d", box.path("www"), port]
        return servers.Server(box, "nghttpd", argv, port)

    def send(self, n, connections, path="/index.html"):
        """(requests a second, answers)"""
        out = self.box.run(["taskset", "-c", CLIENT_CPU, "h2load", "-n", n, "-c", min(n, connections), "-m", self.streams,
                            "http://127.0.0.1:%d%s" % (self.server.port, path)])
        done = self.DONE.search(out)
        if not done or int(done[3]) != n:
            sys.exit("h2load: " + out)
        return float(done[1]), int(done[3])

    def run(self):
        """As Load.run()."""
        before = cpu_s(self.server.pid)
        rate, answered = self.send(self.n, CONNECTIONS)
        return rate, (cpu_s(self.server.pid) - before) / answered, answered


class Pairs:
    """What a number of paired runs showed."""

    def __init__(self, load):
        self.server, self.batched, self.what = load.name, load.batched, "exchanges"
        self.rates, self.costs = [], []
        self.sent = self.seen = self.lost = self.short = 0
        self.cpu_s = 0.0

    def add(self, without, traced, tool_cpu_s, err, sides):
        self.rates.append(traced[0] / without[0])
        self.costs.append(traced[1] / without[1])
        closing = CLOSING.search(err)
        if not closing:
            return
        self.what, seen, lost = closing["what"], int(closing["seen"]), int(closing["lost"])
        self.sent, self.seen, self.lost = self.sent + traced[2] * sides, self.seen + seen, self.lost + lost
        # of HTTP/2 one lost event may hold many exchanges: then nobody can say how many are missing
        self.short += seen + lost < traced[2] * sides and not (lost and self.batched)
        self.cpu_s += tool_cpu_s

    def line(self, name):
        rates = sorted(self.rates)
        text = "%-34s %5.1f %% (%.1f..%.1f), %s's CPU per request %+.1f %%" % (
            name, statistics.median(rates) * 100, rates[len(rates) // 4] * 100, rates[-1 - len(rates) // 4] * 100,
            self.server, statistics.median(self.costs) * 100 - 100)
        if self.sent:
            text += "\n%-34s   %d answered, %d %s, %d lost%s; %.2f us of the tool's CPU each" % (
                "", self.sent, self.seen, self.what, self.lost, ", TOO FEW in %d runs" % self.short if self.short else "",
                self.cpu_s / max(1, self.seen) * 1e6)
        return text


def rate_kept(name, pairs, load, make, sides=1):
    """sides: on how many sides each exchange is seen; or how often it is counted."""
    found = Pairs(load)
    for i in range(pairs):
        without = load.run() if i % 2 == 0 else None
        tool = make()
        before = cpu_s(tool.proc.pid)
        traced = load.run()
        used = cpu_s(tool.proc.pid) - before
        err = tool.stop()
        found.add(without or load.run(), traced, used, err, sides)
    print(found.line(name), flush=True)


def main(run, default_pairs):
    """run(box, pairs) in a network namespace of its own."""
    os.chdir(ROOT)
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else default_pairs
    box = harness.Box(harness.Results())
    try:
        harness._ports = harness.Ports()
        harness.private_network()
        run(box, pairs)
    finally:
        box.close()
