# SPDX-License-Identifier: Apache-2.0
"""gRPC peers in four languages, the calls they make, and what the tool must tell of them.

A peer is `server PORT` or `client PORT`; with files of a certificate and its key behind that, those of python and Go
speak TLS.  A client reads one call a line,

    METHOD REQUESTS SIZE ANSWERS ANSWER_SIZE STATUS WAIT_MS DEADLINE_MS CANCEL_MS MESSAGE

"& " before it: the next is made at once, too.  METHOD being Unary, Collect (client-streaming), Expand (server-streaming) or Chat (both); 0: no deadline, not cancelled;
MESSAGE that of the status, in hexadecimal digits or "-".  Its first request is the text "ANSWERS ANSWER_SIZE STATUS
WAIT_MS MESSAGE ", filled up to SIZE bytes; from that the server knows what to do.  Expand and Chat answer before they
wait, the others after.

Both print one line of JSON for each call: method, status and message as their library told them, and how many messages
of how many bytes they handed to it and got from it.
"""
import json
import os
import subprocess
import sys
import time

import harness
import records

PEERS = os.path.join(harness.HERE, "grpc_peers")
SERVICE = "l7scope.Echo"
OK, CANCELLED, DEADLINE_EXCEEDED = 0, 1, 4
# What servers say whose own clock ends a call: gRPC's C library, Node, Go.
DEADLINE_MESSAGES = {"Deadline Exceeded", "Deadline exceeded", "context deadline exceeded"}
LOG_TIMEOUT_S = 5
# What comes besides messages: the header block.
HEAD_MAX = 1000
MODES = {"Unary": "unary", "Collect": "client-streaming", "Expand": "server-streaming", "Chat": "bidi-streaming"}


# ---- what is called ----

class Call:
    """One call; `name` says what it is a case of."""

    def __init__(self, name, method, requests=1, size=40, answers=1, answer_size=30, status=OK, message="", wait_ms=0,
                 deadline_ms=0, cancel_ms=0):
        self.name, self.method, self.deadline_ms = name, method, deadline_ms
        self.is_cut = bool(deadline_ms or cancel_ms) and wait_ms > 0
        self.line = " ".join(map(str, [method, requests, size, answers, answer_size, status, wait_ms, deadline_ms,
                                       cancel_ms, message.encode().hex() or "-"]))


# Spaces, a percent sign, a quote and what is not ASCII: grpc-message is percent-encoded.
WORDS = "nicht da: 100 %, \u00e4 \u2014 \"\u007e\""

CALLS = [
    Call("unary", "Unary"),
    Call("client-streaming", "Collect", requests=5),
    Call("server-streaming", "Expand", answers=7),
    Call("bidi", "Chat", requests=6, answers=6),
    Call("bidi, more asked than answered", "Chat", requests=6, answers=4),
    Call("error", "Unary", status=5, message="no such thing"),
    Call("error with an encoded message", "Unary", status=7, message=WORDS),
    Call("error without a message", "Unary", status=14),
    Call("error after several requests", "Collect", requests=3, status=9, message="no"),
    Call("error after answers", "Expand", answers=3, status=13, message="broke"),
    Call("error at once of a stream", "Expand", answers=0, status=3, message="bad"),
    Call("error of a bidi stream", "Chat", requests=3, answers=3, status=2, message=WORDS),
    Call("empty messages", "Chat", requests=3, answers=3, answer_size=0),
    Call("1,000 small messages", "Chat", requests=1000, size=20, answers=1000, answer_size=20),
    Call("1,000 small answers", "Expand", size=20, answers=1000, answer_size=20),
    Call("1,000 small requests", "Collect", requests=1000, size=20),
    Call("1 MB each way", "Unary", size=1000000, answer_size=1000000),
    Call("1 MB messages", "Chat", requests=3, size=1000000, answers=3, answer_size=1000001),
    Call("deadline that is met", "Unary", deadline_ms=20000),
    Call("deadline exceeded", "Unary", wait_ms=3000, deadline_ms=150),
    Call("deadline exceeded amid a stream", "Expand", answers=3, wait_ms=3000, deadline_ms=150),
    Call("cancelled", "Unary", wait_ms=3000, cancel_ms=150),
    Call("cancelled amid a stream", "Expand", answers=3, wait_ms=3000, cancel_ms=150),
    Call("after all that", "Unary"),
]

# Made at once: each of its own size, some longer than a frame, or than what may be under way without leave.
CROWD = [Call("at once", method, requests=n if method in ("Collect", "Chat") else 1, size=100 * n + 20000 * (n % 5 == 0),
              answers=n if method in ("Expand", "Chat") else 1, answer_size=90 * n + 30000 * (n % 7 == 0))
         for n in range(2, 22) for method in MODES]


# ---- peers ----

def python_with_grpc():
    """Debian's package is for Debian's python."""
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.call([python, "-c", "import grpc"], stderr=subprocess.DEVNULL) == 0:
            return python
    return None


def command(language):
    """(argv, None), or (None, why not)."""
    if language == "python":
        python = python_with_grpc()
        return ([python, os.path.join(PEERS, "peer.py")], None) if python else (None, "python3-grpcio is not installed")
    if language == "node":
        missing = harness.have("node")
        if missing or not os.path.exists(os.path.join(harness.WORKLOADS, "node_modules", "@grpc", "grpc-js")):
            return None, (missing or "@grpc/grpc-js") + " is not installed"
        return ["node", os.path.join(PEERS, "peer.js")], None
    program = os.path.join(harness.WORKLOADS, "grpc_peer_" + language)
    return ([program], None) if os.path.exists(program) else (None, "the peer could not be built")


def environment():
    """grpc asks proxies, even for this machine."""
    kept = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    return dict(kept, NODE_PATH=os.path.join(harness.WORKLOADS, "node_modules"), no_proxy="*")


class Pair:
    """A server and a client of it on one connection; .played: [(call, the client's line, the server's line)]"""

    tls = None  # the server's certificate and key, where peers know how to use them

    def __init__(self, box, argv, name):
        self.box, self.argv, self.name = box, argv, name
        self.port, self.played, self.crowd, self.client = harness.free_port(), [], [], None
        self.log = box.path(name + ".log")
        with open(self.log, "wb") as log:
            self.server = box.spawn([*argv, "server", self.port, *(self.tls or ())], stdout=log, env=environment())
        harness.wait_port(self.port)

    def connect(self):
        """Not before the first call: some clients connect as soon as they run."""
        self.client = self.box.spawn([*self.argv, "client", self.port, *(self.tls or ())], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     env=environment())

    def served(self, n):
        """The server's line n; it may be written after the client's."""
        end = time.time() + LOG_TIMEOUT_S
        while time.time() < end:
            with open(self.log) as log:
                lines = log.read().split("\n")
            if len(lines) > n + 1:
                return json.loads(lines[n])
            time.sleep(0.01)
        raise harness.Gone("%s: the server has not logged call %d" % (self.name, n))

    def play(self, calls):
        if not self.client:
            self.connect()
        for call in calls:
            self.client.stdin.write(call.line.encode() + b"\n")
            self.client.stdin.flush()
            asked = json.loads(self.client.stdout.readline())
            self.played.append((call, asked, self.served(len(self.played))))

    def play_at_once(self, calls):
        """Behind all others; .crowd: the client's lines."""
        self.client.stdin.write(b"".join(b"& %s\n" % call.line.encode() for call in calls))
        self.client.stdin.flush()
        self.crowd = [json.loads(self.client.stdout.readline()) for _ in calls]

    def close(self):
        """Ends the client, and with it the connection."""
        self.client.stdin.close()
        self.client.wait(10)


# ---- what the tool must tell ----

def peers_agree(call, asked, served):
    """Is what the two ends say of the call the same?  If not the test itself is wrong."""
    mirror = [("sent", "received"), ("sent_bytes", "received_bytes"), ("received", "sent"), ("received_bytes", "sent_bytes")]
    same = all(asked[a] == served[b] for a, b in mirror)
    wanted = {CANCELLED, DEADLINE_EXCEEDED} if call.is_cut else {served["status"]}
    return same and asked["status"] in wanted


def told(call, line, role, asked):
    """What the tool must tell of this side: a set says that any of it will do, None that it is absent."""
    grpc = {k: line[k] for k in ("sent", "sent_bytes", "received", "received_bytes")}
    answers = asked["received"]
    message = bytes.fromhex(asked["message"]).decode()
    grpc.update(service=SERVICE, method=call.method, status={asked["status"]}, message={message or None},
                mode={MODES[call.method] if answers else None})
    if call.is_cut:
        # RST_STREAM says CANCEL for both; a server with a clock of its own may be the first, and say so in trailers
        grpc.update(status={asked["status"], CANCELLED}, mode={None, MODES[call.method]})
        grpc["message"] |= DEADLINE_MESSAGES | {None}
    elif asked["status"] == OK:
        grpc.update(message={None, "OK"})  # some say so
    bytes_of = {"req": (asked["sent"], asked["sent_bytes"]), "resp": (asked["received"], asked["received_bytes"])}
    wanted = dict(role=role, version="2", method="POST", path="/%s/%s" % (SERVICE, call.method), grpc=grpc)
    for way, (n, size) in bytes_of.items():
        wanted[way + "_bytes"] = range(size + 5 * n, size + 5 * n + HEAD_MAX)
    return wanted


def differs(wanted, record, late):
    """Why the record is not the wanted one, or "".  late: what is unknown may be absent."""
    for key, want in wanted.items():
        got = record.get(key)
        if isinstance(want, dict):
            why = differs(want, got or {}, late)
            if why:
                return "%s of %s" % (why, key)
        elif late and got is None:
            continue
        elif not (got in want if isinstance(want, (set, range)) else got == want):
            return "%s is %r, not %r" % (key, got, want)
    return ""


def status_differs(call, asked, record):
    """The HTTP status; there is none when the call ended before a response began."""
    got = record.get("status"), record.get("reason")
    if got == (200, None) or (call.is_cut and not asked["received"] and got == (None, "reset")):
        return ""
    return "status is %r, reason %r" % got


def flags_differ(call, record, late, is_first):
    """What is told first of a connection that was there before is flagged so; in all some fields may be unknown."""
    flags = set(record.get("flags") or [])
    allowed = {"truncated"} if call.is_cut else set()
    wanted = {"joined"} if late and is_first else set()
    good = wanted <= flags <= wanted | allowed | ({"partial-headers", "source:uprobe"} if late else set())
    return "" if good else "flags are %s" % sorted(flags)


def deadline_differs(call, record, late):
    """grpc-timeout may be less than was asked for, by the time it took to send it, and is often rounded up."""
    got = (record.get("grpc") or {}).get("timeout_us")
    if got is None and (late or not call.deadline_ms):
        return ""
    good = got is not None and call.deadline_ms * 500 <= got <= call.deadline_ms * 1100
    return "" if good else "timeout_us is %r, asked for %d ms" % (got, call.deadline_ms)


def judge_call(pair, i, role, record, late, is_first):
    call, asked, served = pair.played[i]
    wanted = told(call, asked if role == "client" else served, role, asked)
    wanted["pid"] = (pair.client if role == "client" else pair.server).pid
    wanted["stream"] = 2 * i + 1
    wanted["host"], wanted["tls"] = "127.0.0.1:%d" % pair.port, bool(pair.tls)
    return (records.unsound(record) or differs(wanted, record, late) or status_differs(call, asked, record)
            or flags_differ(call, record, late, is_first) or deadline_differs(call, record, late))


def judge(box, pair, actual, first=0):
    """Calls from the one numbered `first`: those before were made before the tool was there."""
    late = first > 0
    for call, asked, served in pair.played:
        if not peers_agree(call, asked, served):
            box.fail("%s: %s: the peers agree" % (pair.name, call.name), "%s\n%s" % (asked, served))
    for role in ("client", "server"):
        mine = sorted((r for r in records.touching(actual, {pair.port}) if r["role"] == role
                       and r["stream"] < 2 * len(pair.played)), key=lambda r: r["stream"])
        n = len(pair.played) - first
        box.check("%s: %s: as many calls" % (pair.name, role), len(mine) == n, "%d, not %d" % (len(mine), n))
        by_stream = {r["stream"]: r for r in mine}
        told_first = next((r for r in actual if any(r is m for m in mine)), None)
        for i in range(first, len(pair.played)):
            record = by_stream.get(2 * i + 1)
            why = judge_call(pair, i, role, record, late, record is told_first) if record else "not told"
            box.check("%s: %s: %s" % (pair.name, role, pair.played[i][0].name), not why, "%s\n%s" % (why, record))
        if late:
            print("# %s: %s: %s" % (pair.name, role, known(mine)))


def summed_up(method, counts, swap):
    """One call as the client, or with `swap` the server, would name it."""
    ways = [("sent", "received"), ("received", "sent")]
    names = [name + end for name in ways[swap] for end in ("", "_bytes")]
    return (method, *(counts.get(name) for name in names))


def judge_crowd(box, pair, actual):
    """Calls at once: which got which stream is not known, but each has sizes of its own."""
    wanted = sorted(summed_up(x["method"], x, False) for x in pair.crowd)
    for role in ("client", "server"):
        mine = [r for r in records.touching(actual, {pair.port}) if r["role"] == role
                and r["stream"] > 2 * len(pair.played)]
        found = sorted(summed_up(r.get("path"), r.get("grpc") or {}, role == "server") for r in mine)
        differ = sorted(set(wanted) ^ set(found), key=str)
        box.check("%s: %s: %d calls at once" % (pair.name, role, len(wanted)), found == wanted,
                  "%d told; wrong or missing: %s" % (len(found), differ[:6]))
        modes = [r for r in mine if (r.get("grpc") or {}).get("mode") != MODES[r["path"].rpartition("/")[2]]
                 or r["grpc"].get("status") != OK or r.get("flags")]
        box.check("%s: %s: calls at once: mode, status, flags" % (pair.name, role), not modes, modes[:2])


def known(mine):
    """How much of what may be unknown was told."""
    grpc = [r["grpc"] for r in mine if r.get("grpc")]
    shares = [("paths", sum(r.get("path") is not None for r in mine)), ("gRPC", len(grpc))]
    shares += [(k, sum(k in g for g in grpc)) for k in ("status", "sent", "received", "mode")]
    return "of %d known: " % len(mine) + ", ".join("%s %d" % share for share in shares)


def test(box, language):
    """A pair whose connection begins under the tool's eyes, and one that was there before."""
    argv, why = command(language)
    if not argv:
        return box.skip("grpc: " + language, why)
    pair, older = Pair(box, argv, language), Pair(box, argv, language + ", joined late")
    older.play(CALLS[:4])
    snoop = box.snoop()
    pair.play(CALLS)
    older.play(CALLS)
    pair.play_at_once(CROWD)
    pair.close()
    older.close()
    actual = snoop.stop()
    judge(box, pair, actual)
    judge_crowd(box, pair, actual)
    judge(box, older, actual, first=4)
    return box.check("%s: nothing lost" % language, ", lost 0," in snoop.stderr, snoop.stderr)
