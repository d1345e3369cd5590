# SPDX-License-Identifier: Apache-2.0
"""What the programs test_httplat_* share: several runs of the tool over the same traffic, and their judgement."""
import os

import harness
import histograms

# Counting in the kernel, by the best probes it has and by those that all kernels have; and (as soon as a path
# matters) from parsed messages. All must agree.
WAYS = {"kernel": [], "tracepoint": ["--probes", "tracepoint"], "parsed": ["--path", "~."]}


# Starting is work for a CPU: more at once only make each other late.
STARTING = 2 * os.cpu_count()


def start(box, runs):
    """{name: options} -> {name: run}, all ready."""
    tools, starting = {}, []
    for name, options in runs.items():
        tools[name] = box.httplat(*options, wait=False)
        starting.append(tools[name])
        if len(starting) == STARTING:
            starting.pop(0).wait_ready()
    for tool in starting:
        tool.wait_ready()
    return tools


def end(tools, settle=harness.SETTLE_S):
    harness.end_all(tools.values(), settle)


def records(box, name, run, may_lose=False):
    """The records of an ended run, each sound; None (and a failure) when not.  A loss is a failure, too."""
    try:
        found = histograms.read(run)
    except (histograms.Wrong, KeyError, ValueError, TypeError) as e:
        box.fail(name, "%r in what it printed; %s" % (e, run.stderr[-300:]))
        return None
    lossless = histograms.lost(found) == 0 and "lost 0" in run.stderr
    if run.proc.returncode or not (lossless or may_lose):
        box.fail(name, "status %d, lost %d; %s" % (run.proc.returncode, histograms.lost(found), run.stderr[-300:]))
    return found


def judge(box, name, run, pairs, errors=0, quiet=False):
    """The run's one record holds exactly these durations."""
    found = records(box, name, run)
    if found is None:
        return
    if len(found) != 1:
        box.fail(name, "%d records, not 1" % len(found))
        return
    row = found[0]
    why = histograms.differs(pairs, row)
    if row["errors"] != errors:
        why = "errors is %d, not %d; %s" % (row["errors"], errors, why)
    box.check(name, not why, why)
    if pairs and not quiet:
        print("# %s: %d durations, %s" % (name, len(pairs), histograms.spread(pairs)))


def rows_by(found, name):
    """{value of that key, or "other": record}; each key once."""
    rows = {"other" if r.get("other") else r["key"].get(name): r for r in found}
    histograms.need(len(rows) == len(found), "a key occurs twice")
    return rows


class Addresses:
    """Two loopback addresses for each case, so that `--by peer` tells the cases apart: the peer of case k's server
    is its client, and the other way round."""

    def __init__(self):
        self.net = "127.%d." % (100 + harness.slot())
        self.cases = 0

    def options(self, role):
        return ["--peer", self.net + "0.0/16", "-r", role, "--by", "peer", "--top", 250]

    def next(self):
        """Keywords for a Talk."""
        self.cases += 1
        return dict(address=self.of("server", self.cases), client_address=self.of("client", self.cases))

    def of(self, role, case):
        return "%s%d.%d" % (self.net, case, 1 if role == "server" else 2)

    def row_of(self, rows, role, case):
        return rows.get(self.of("client" if role == "server" else "server", case))


def judge_cases(box, prefix, found, role, addresses, cases):
    """cases: (name, pairs, errors), in the order of their addresses; each is one row of `found`.  errors None: not
    judged."""
    rows = rows_by(found, "peer")
    for i, (name, pairs, errors) in enumerate(cases, 1):
        if errors is None:
            continue
        row = addresses.row_of(rows, role, i)
        if row is None:
            why = "" if not pairs and not errors else "no row"
        else:
            why = histograms.differs(pairs, row)
        if row and row["errors"] != errors:
            why = "errors is %d, not %d; %s" % (row["errors"], errors, why)
        box.check("%s: %s" % (prefix, name), not why, why)
    box.check(prefix + ": nothing else", len(rows) <= len(cases) and "other" not in rows, list(rows))
