# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks share: rows, pairs of runs, and how a benchmark starts.

The machine's own speed changes by a factor of two within minutes.  Hence pairs of short runs, without and with a tool,
in turn first one and then the other, and the median of their ratios; and CPU time and the kernel's own counts rather
than rates, where they tell as much."""
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
import harness  # noqa: E402
import measure  # noqa: E402
import table  # noqa: E402

PAIRS = int(os.environ.get("PAIRS", "3"))
# Where tests/bench/run wants the rows.
ROWS = os.environ.get("L7SCOPE_BENCH_ROWS")
CLOSING = re.compile(r"(?P<what>exchanges|blocks) (?P<seen>\d+), (?:printed|errors) \d+, (?:fields unknown \d+, )?"
                     r"lost (?P<lost>\d+)")
rows = []


# ---- rows ----

def record(what, value, unit, better="less", aim=None, spread=()):
    """spread: all values, of which `value` is the median."""
    assert len(what) <= table.WHAT_MAX and all(row["what"] != what for row in rows), what
    row = dict(what=what, value=value, unit=unit, better=better, aim=aim)
    if len(spread) > 1:
        row["low"], row["high"] = quartiles(spread)
    rows.append(row)
    print(table.line(row), flush=True)
    if ROWS:
        with open(ROWS, "a") as f:
            f.write(json.dumps(row) + "\n")


def record_median(what, values, unit, better="less", aim=None):
    record(what, statistics.median(values), unit, better, aim, values)


def quartiles(values):
    ordered = sorted(values)
    return ordered[len(ordered) // 4], ordered[-1 - len(ordered) // 4]


def note(words):
    print("# " + words, flush=True)


# ---- what a tool counted ----

class Counted:
    """Over some runs: what was asked for, and what became of it.  sides: how often each is counted."""

    def __init__(self, sides=1, batched=False):
        self.sides, self.batched = sides, batched
        self.sent = self.seen = self.lost = self.uncounted = 0

    def add(self, answered, err):
        closing = CLOSING.search(err)
        if not closing:
            return
        sent, seen, lost = answered * self.sides, int(closing["seen"]), int(closing["lost"])
        self.sent, self.seen, self.lost = self.sent + sent, self.seen + seen, self.lost + lost
        # of HTTP/2 one lost event may hold many exchanges: then nobody can say how many are missing
        if not (lost and self.batched):
            self.uncounted += max(0, sent - seen - lost)

    def record(self, what):
        if self.sent:
            record(what + ": seen of sent", min(1, self.seen / self.sent), "share", "more", aim=1)
            record(what + ": missed, and not counted", self.uncounted, "", aim=0)


# ---- instructions ----

def instructions(argv, function):
    """How many a program needs within that function: the same in each run, whatever else the machine does."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["valgrind", "--tool=callgrind", "--collect-atstart=no", "--toggle-collect=%s*" % function,
                               "--callgrind-out-file=%s/out" % folder, *argv],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
    return int(re.search(r"Collected : (\d+)", done.stderr)[1])


# ---- pairs ----

def pair(load, make, i):
    """(run without, run with, the tool's CPU time meanwhile, what it said at its end), in turn."""
    without = load.run() if i % 2 == 0 else None
    tool = make()
    before = measure.cpu_s(tool.pid)
    traced = load.run()
    used = measure.cpu_s(tool.pid) - before
    err = tool.stop()
    return without or load.run(), traced, used, err


def kept(what, load, make, aim=None, pairs=None, counted=None):
    """Rows: the rate that the load kept, what its process paid for each, what the tool itself took."""
    found = []
    for i in range(pairs or PAIRS):
        found.append(pair(load, make, i))
        if counted:
            counted.add(found[-1][1].answered, found[-1][3])
    record_median("kept, %s, %s" % (load.name, what), [t.rate / w.rate * 100 for w, t, _, _ in found], "%", "more", aim)
    record_median("cost, %s, %s" % (load.name, what), [t.cpu_us - w.cpu_us for w, t, _, _ in found], "us")
    record_median("own CPU, %s, %s" % (load.name, what), [used / t.answered * 1e6 for _, t, used, _ in found], "us")


# ---- how a benchmark starts ----

def main(run):
    """run(box) in a network namespace of its own."""
    os.chdir(ROOT)
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    if os.geteuid() != 0:
        sys.exit("%s: needs root" % sys.argv[0])
    measure.adopt_orphans()
    box = harness.Box(harness.Results())
    try:
        harness._ports = harness.Ports()
        harness.private_network()
        run(box)
    finally:
        box.close()
    if not ROWS:
        print("\n" + table.text(rows, table.read("tests/bench/last.json")[0]), end="")
