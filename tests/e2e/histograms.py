# SPDX-License-Identifier: Apache-2.0
"""Reads what `httplat -j` prints and compares it with times that the workload measured itself.

A workload cannot know a duration to the microsecond, but it can bracket it: it
reads the clock before and after each of its calls, and what the tool measures
lies within the calls.  So each expected exchange is a pair (shortest, longest)
in nanoseconds, and counts, percentiles, mean and extremes are right when some
choice of one duration from each pair gives them: no tolerance is needed.
"""
import datetime
import heapq
import math

SUB_BITS, TOP_BITS = 4, 30
BUCKETS = (TOP_BITS - SUB_BITS + 1) << SUB_BITS
PERCENTILES = {"p50": 50000, "p90": 90000, "p99": 99000, "p99_9": 99900}
VALUES = ("avg", "min", "max", *PERCENTILES)
PARTS = ("queue", "read", "service", "transfer", "connect", "send", "wait", "receive")
KNOWN_KEYS = {"ts", "interval_s", "key", "other", "unit", "count", "buckets", "errors", "lost", "slo_us", "within",
              "parts", *VALUES}


def bucket(us):
    """Which bucket holds this duration: as in common/base/histogram.h, written down once more."""
    if us < 1 << SUB_BITS:
        return us
    if us >= 1 << TOP_BITS:
        return BUCKETS - 1
    exponent = us.bit_length() - 1 - SUB_BITS
    return ((exponent + 1) << SUB_BITS) + (us >> exponent) - (1 << SUB_BITS)


def low(i):
    if i < 1 << SUB_BITS:
        return i
    exponent = (i >> SUB_BITS) - 1
    return ((1 << SUB_BITS) + (i & ((1 << SUB_BITS) - 1))) << exponent


def high(i):
    return low(i + 1) - 1


def rank(count, per_100000):
    return max(1, -(-count * per_100000 // 100000))


class Wrong(Exception):
    """A record cannot be right whatever the workload did."""


def need(good, *why):
    if not good:
        raise Wrong(" ".join(map(str, why)))


def check_values(row):
    """The histogram and the numbers beside it fit together; returns the row."""
    for name in ("count", "buckets"):
        need(name in row, "no", name)
    if not row["count"]:
        need(row["buckets"] == [] and all(row[k] is None for k in VALUES), "empty, but has values:", row)
        return row
    need(sum(b[2] for b in row["buckets"]) == row["count"], "buckets do not add up to the count")
    at = -1
    for lowest, highest, n in row["buckets"]:
        i = bucket(lowest)
        need(i > at and n > 0 and low(i) == lowest, "no such bucket, empty or out of order:", [lowest, highest, n])
        need(highest == high(i) or (i == BUCKETS - 1 and highest == max(high(i), row["max"])), "bad bound", highest)
        at = i
    first, last = row["buckets"][0], row["buckets"][-1]
    need(first[0] <= row["min"] <= first[1] and last[0] <= row["max"] <= last[1], "extremes out of their buckets")
    need(row["min"] <= row["avg"] <= row["max"], "avg", row["avg"], "is not between the extremes")
    check_percentiles(row)
    return row


def check_part(part):
    """A part tells its numbers, not its buckets."""
    if not part["count"]:
        need(all(part[k] is None for k in VALUES), "empty, but has values:", part)
        return
    order = [part[k] for k in ("min", *PERCENTILES, "max")]
    need(order == sorted(order) and part["min"] <= part["avg"] <= part["max"], "out of order:", part)


def check_percentiles(row):
    """Each lies in the bucket that holds its rank, and between the extremes."""
    before = row["min"]
    for name, per_100000 in PERCENTILES.items():
        left = rank(row["count"], per_100000)
        for lowest, highest, n in row["buckets"]:
            left -= n
            if left <= 0:
                break
        need(lowest <= row[name] <= highest + 1, name, row[name], "is not in", (lowest, highest))
        need(before <= row[name] <= row["max"], name, row[name], "is out of order")
        before = row[name]


def check_record(record):
    """Section 6 of the design; returns the record."""
    need(not set(record) - KNOWN_KEYS, "unknown keys", set(record) - KNOWN_KEYS)
    need(record["unit"] == "us" and isinstance(record["key"], dict), "unit or key")
    need(record.get("other", True) is True, "other is true or not there")
    need(record["interval_s"] >= 0 and record["errors"] >= 0 and record["lost"] >= 0, "negative")
    stamp = datetime.datetime.strptime(record["ts"], "%Y-%m-%dT%H:%M:%S.%fZ")
    need(-1 < (datetime.datetime.utcnow() - stamp).total_seconds() < 600, "ts", record["ts"], "is not now")
    check_values(record)
    if "slo_us" in record:
        need(0 <= record["within"] <= record["count"], "within", record["within"], "of", record["count"])
    if "parts" in record:
        need(tuple(record["parts"]) == PARTS, "parts", list(record["parts"]))
        for part in record["parts"].values():
            part is None or check_part(part)
    return record


def read(run):
    """All records of an ended run, each checked."""
    return [check_record(r) for r in run.records()]


def key_of(record):
    return "other" if record.get("other") else tuple(sorted(record["key"].items(), key=str))


def totals(records, key=None):
    """(count, errors) over all records, or those of one key."""
    mine = [r for r in records if key is None or key_of(r) == key]
    return sum(r["count"] for r in mine), sum(r["errors"] for r in mine)


def lost(records):
    """Each row tells its whole interval's loss: intervals are told apart by their start."""
    return sum({r["ts"]: r["lost"] for r in records}.values())


def merged(records):
    """Buckets of several records as one list."""
    sums = {}
    for record in records:
        for lowest, highest, n in record["buckets"]:
            sums[lowest, highest] = sums.get((lowest, highest), 0) + n
    return [[*bounds, n] for bounds, n in sorted(sums.items())]


def whole_us(pairs):
    """The tool cuts to whole microseconds."""
    return sorted((max(0, lo) // 1000, hi // 1000) for lo, hi in pairs)


def misplaced(pairs, buckets):
    """Can each pair be given one place in these buckets, none left on either side?  "" or why not.

    Both lists in order, the pair that must end first goes first: what this finds no place for, has none."""
    waiting, todo = [], whole_us(pairs)
    for lowest, highest, n in buckets:
        while todo and todo[0][0] <= highest:
            lo, hi = todo.pop(0)
            heapq.heappush(waiting, (hi, lo))
        if waiting and waiting[0][0] < lowest:
            return "none counted between %d and %d us, but one took that long" % waiting[0][::-1]
        if len(waiting) < n:
            return "%d counted in %d..%d us, but only %d can have taken that long" % (n, lowest, highest, len(waiting))
        for _ in range(n):
            heapq.heappop(waiting)
        if waiting and waiting[0][0] <= highest:
            return "too few counted up to %d us: one took %d..%d" % (highest, waiting[0][1], waiting[0][0])
    left = len(waiting) + len(todo)
    return "%d of %d are not counted" % (left, len(pairs)) if left else ""


def off_values(pairs, row):
    """Are mean, extremes and percentiles those of durations within these pairs?  "" or what is off."""
    los, his = sorted(p[0] / 1000 for p in pairs), sorted(p[1] / 1000 for p in pairs)
    bounds = {"avg": (sum(los) / len(los), sum(his) / len(his)), "min": (los[0], his[0]), "max": (los[-1], his[-1])}
    for name, per_100000 in PERCENTILES.items():
        k = rank(len(pairs), per_100000) - 1
        bounds[name] = low(bucket(max(0, int(los[k])))), high(bucket(int(his[k]))) + 1
    wrong = ["%s is %d, not %d..%d" % (name, row[name], lo, math.ceil(hi)) for name, (lo, hi) in bounds.items()
             if not math.floor(lo) <= row[name] <= math.ceil(hi)]
    return ", ".join(wrong)


def differs(pairs, row):
    """One row against the durations it must hold: "" or why it is wrong."""
    if row["count"] != len(pairs):
        return "count is %d, not %d" % (row["count"], len(pairs))
    return misplaced(pairs, row["buckets"]) or (off_values(pairs, row) if pairs else "")


def spread(pairs):
    """For the log: how well the workload knows its own durations."""
    widths = sorted((hi - lo) / 1000 for lo, hi in pairs)
    return "known to within %.0f us (median), %.0f us (worst)" % (widths[len(widths) // 2], widths[-1])
