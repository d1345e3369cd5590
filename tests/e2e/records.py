# SPDX-License-Identifier: Apache-2.0
"""Compares the records the tool printed with those the workload expects.

An expected record is a dict with the keys the workload knows:

    case                  name of the check it belongs to
    port                  the server's port: records that touch it belong to this case
    nothing               true: says only that the port belongs to the case
    role, method, ...     must be equal; None: must be null or absent
    KEY_min, KEY_max      bounds of a number
    KEY_in                one of these
    flags                 exactly these; without it the record must carry none
    flags_any             any of these, or none
"""
import datetime
import ipaddress
from collections import defaultdict

CONTROL_KEYS = {"case", "port", "nothing", "flags", "flags_any"}

# Section 6 of the design: what a record may hold, and of which kind.
TEXT, NUMBER, TRUTH, LIST, OBJECT = str, int, bool, list, dict
KNOWN_KEYS = {
    "ts": TEXT, "pid": NUMBER, "comm": TEXT, "role": TEXT, "conn": NUMBER, "laddr": TEXT, "lport": NUMBER,
    "raddr": TEXT, "rport": NUMBER, "tls": TRUTH, "version": TEXT, "stream": NUMBER, "method": TEXT,
    "scheme": TEXT, "host": TEXT, "path": TEXT, "status": NUMBER, "reason": TEXT, "req_bytes": NUMBER,
    "resp_bytes": NUMBER, "ttfb_us": NUMBER, "latency_us": NUMBER, "queue_us": NUMBER, "grpc": OBJECT,
    "headers": OBJECT, "container": TEXT, "pod": TEXT, "namespace": TEXT, "flags": LIST,
}
# Cases of workload_send and workload_recv whose bytes the socket layer's tracepoints show not at all or not as one
# call: what they moved is told as lost, or "gap".
HALF_SEEN = {"sendmmsg", "recvmmsg", "splice to a pipe"}
REASONS = {"closed", "reset", "timeout", "gap", "unseen", "unknown"}


def unsound(record):
    """Why a record cannot be right whatever the workload did, or None."""
    for key, value in record.items():
        kind = KNOWN_KEYS.get(key)
        if kind is None:
            return "unknown key %s" % key
        if value is not None and not (isinstance(value, kind) and (kind is TRUTH or not isinstance(value, bool))):
            return "%s has the wrong type: %r" % (key, value)
    get = record.get
    if get("role") not in ("client", "server"):
        return "role is %r" % get("role")
    if get("status") is None and get("reason") not in REASONS:
        return "no status, and reason is %r" % get("reason")
    if get("status") is not None and get("reason") is not None:
        return "status %r and reason %r" % (get("status"), get("reason"))
    if get("latency_us") is not None and not 0 <= (get("ttfb_us") or 0) <= get("latency_us"):
        return "ttfb_us %r, latency_us %r" % (get("ttfb_us"), get("latency_us"))
    return _unsound_text(record)


def _unsound_text(record):
    try:
        for key in ("laddr", "raddr"):
            if record.get(key) is not None:
                ipaddress.ip_address(record[key])
        stamp = datetime.datetime.strptime(record["ts"], "%Y-%m-%dT%H:%M:%S.%fZ")
    except (ValueError, KeyError) as e:
        return repr(e)
    age = datetime.datetime.utcnow() - stamp
    if not -1 < age.total_seconds() < 600:
        return "ts %s is not now" % record["ts"]
    return None


def mismatch(expected, actual):
    """What differs, as a list of words; empty when the record is the expected one."""
    wrong = []
    for key, want in expected.items():
        if key in CONTROL_KEYS:
            continue
        base, _, how = key.rpartition("_")
        if how in ("min", "max", "in"):
            got = actual.get(base)
            good = got is not None and (how != "min" or got >= want) and (how != "max" or got <= want)
            good = good and (how != "in" or got in want)
        else:
            base, got = key, actual.get(key)
            good = got == want
        if not good:
            than = {"min": ">= ", "max": "<= ", "in": "in "}.get(how, "")
            wrong.append("%s is %r, not %s%r" % (base, got, than, want))
    return wrong + _flags_mismatch(expected, actual)


def _flags_mismatch(expected, actual):
    got = set(actual.get("flags") or [])
    if "flags" in expected:
        good = got == set(expected["flags"])
    else:
        good = got <= set(expected.get("flags_any", []))
    return [] if good else ["flags are %s" % sorted(got)]


def _where(record):
    return record.get("role"), record.get("method"), record.get("path")


def brief(record):
    keys = ("case", "role", "method", "path", "status", "reason", "req_bytes", "resp_bytes", "lport", "rport", "pid",
            "comm", "flags", "latency_us", "ttfb_us")
    return " ".join("%s=%s" % (k, record[k]) for k in keys if record.get(k) not in (None, []))


class _Pool:
    """The printed records that no expected one has claimed yet."""

    def __init__(self, actual):
        self.left = {id(r): r for r in actual}
        self.by_ends, self.by_path = defaultdict(list), defaultdict(list)
        for record in actual:
            self.by_ends[_where(record), record.get("lport"), record.get("rport")].append(record)
            self.by_path[_where(record)].append(record)

    def claim(self, want):
        """Takes out a record that is the expected one; False when there is none."""
        index = self.by_path
        key = _where(want)
        if "lport" in want and "rport" in want:
            index, key = self.by_ends, (key, want["lport"], want["rport"])
        bucket = index[key]
        for i, record in enumerate(bucket):
            if id(record) in self.left and not mismatch(want, record):
                del self.left[id(record)], bucket[i]
                return True
        return False


def compare(expected, actual, show=3):
    """Pairs the lists off; returns "" when they agree, else a text with the differences."""
    pool = _Pool(actual)
    # Those that name both ends first, so that the others do not take their records.
    wants = sorted(expected, key=lambda w: not ("lport" in w and "rport" in w))
    missing = [w for w in wants if not pool.claim(w)]
    extra = list(pool.left.values())
    return _explain(expected, actual, missing, extra, show) if missing or extra else ""


def _explain(expected, actual, missing, extra, show):
    lines = ["%d expected, %d printed; %d missing, %d unexpected"
             % (len(expected), len(actual), len(missing), len(extra))]
    for want in missing[:show]:
        lines.append("missing: " + brief(want))
        near = next((r for r in extra if _where(r) == _where(want)), None)
        if near is not None:
            lines.append("  nearest differs: " + ", ".join(mismatch(want, near)))
    for record in extra[:show]:
        lines.append("unexpected: " + brief(record))
    return "\n".join(lines)


def touching(records, ports):
    """The records with one end at one of these ports."""
    return [r for r in records if r.get("lport") in ports or r.get("rport") in ports]


def judge(results, prefix, expected, actual, only=None):
    """One result per case; the case's server ports say which records are its own.

    `only` is a predicate on expected records, for a tool that ran with filters."""
    cases = defaultdict(list)
    for want in expected:
        cases[want["case"]].append(want)
    owner = {}
    for record in actual:
        for port in (record.get("lport"), record.get("rport")):
            owner.setdefault(port, []).append(record)
    for case, wants in cases.items():
        mine = {id(r): r for port in {w["port"] for w in wants} for r in owner.get(port, [])}
        wants = [w for w in wants if not w.get("nothing") and (only is None or only(w))]
        bad = next(filter(None, (unsound(r) for r in mine.values())), None)
        why = bad or compare(wants, list(mine.values()))
        results.check("%s: %s" % (prefix, case), not why, why)
