# SPDX-License-Identifier: Apache-2.0
"""When the bytes of an exchange moved, as far as its two ends know; what durations follow from that.

A span is (before, after): the clock read before and after one call, in
nanoseconds of CLOCK_MONOTONIC.  A duration between two calls is a pair
(shortest, longest), see histograms.py.
"""
import json
import subprocess
import time

from talk import Talk

now = time.monotonic_ns


def between(first, second):
    """From some time in the first call to some time in the second."""
    return max(0, second[0] - first[1]), max(0, second[1] - first[0])


class Side:
    """One end of one exchange: the spans of its four calls (two may be the same one)."""

    def __init__(self, role, ask_first, ask_last, answer_first, answer_last, connect=None, ready=None):
        self.role = role
        self.ask_first, self.ask_last = ask_first, ask_last
        self.answer_first, self.answer_last = answer_first, answer_last
        self.connect = connect  # client: of connect(), for the first exchange only
        self.ready = ready  # server: of the client's first write, which made the request readable

    @property
    def total(self):
        return between(self.ask_first, self.answer_last)

    @property
    def ttfb(self):
        return between(self.ask_first, self.answer_first)

    def parts(self):
        """{name: pair}; only those this side has."""
        asking, answering = ("read", "transfer") if self.role == "server" else ("send", "receive")
        found = {asking: between(self.ask_first, self.ask_last),
                 "service" if self.role == "server" else "wait": between(self.ask_last, self.answer_first),
                 answering: between(self.answer_first, self.answer_last)}
        if self.ready:
            found["queue"] = between(self.ready, self.ask_first)
        if self.connect:
            found["connect"] = 0, self.connect[1] - self.connect[0]
        return found


class Calls:
    """Spans of the calls of one kind, by the bytes of the stream that they moved."""

    def __init__(self):
        self.moved, self.spans = 0, []

    def add(self, n, before, after):
        self.moved += n
        self.spans.append((self.moved, (before, after)))

    def at(self, position):
        """Of the call that moved this byte."""
        return next(span for end, span in self.spans if position < end)


class TimedTalk(Talk):
    """A Talk that knows the span of each call, and of each exchange its bytes in both streams."""

    def connect(self):
        super().connect()
        self.calls = {(end, kind): Calls() for end in (self.client, self.server) for kind in ("out", "in")}
        self.sides = {"client": [], "server": []}
        self.asked = self.answered = 0  # bytes of the messages that end() was told of
        self.before_ask = 0

    def send(self, end, data):
        before = now()
        end.sendall(data)
        self.calls[end, "out"].add(len(data), before, now())

    def move(self, source, target, data, cut=None):
        for piece in cut(data) if cut else [data]:
            self.send(source, piece)
            left = len(piece)
            while left:
                before = now()
                got = len(target.recv(min(left, 65536)))
                if not got:
                    raise EOFError("the other end closed")
                self.calls[target, "in"].add(got, before, now())
                left -= got

    def done(self, asked, answered, skip=0, roles=("client", "server")):
        """The next `asked` bytes and the next `answered` bytes (behind `skip`: interim responses) were an
        exchange, which is to be counted on these sides."""
        for role in roles:
            end, ask, answer = (self.client, "out", "in") if role == "client" else (self.server, "in", "out")
            asks, answers = self.calls[end, ask], self.calls[end, answer]
            first = self.answered + skip
            self.sides[role].append(Side(role, asks.at(self.asked), asks.at(self.asked + asked - 1),
                                         answers.at(first), answers.at(first + answered - 1)))
        self.asked += asked
        self.answered += skip + answered

    def exchange(self, asked, answered, ask_cut=None, answer_cut=None, **_):
        self.ask(asked, ask_cut)
        self.answer(answered, answer_cut)
        self.done(len(asked), len(answered))


class Sleeps:
    """One run of workload_sleeps, held before its first byte: .port, .pid by role; go() returns {role: [Side]}."""

    def __init__(self, box, connections, *plan):
        argv = box.workload_argv("workload_sleeps", connections, *plan)
        self.proc = box.spawn(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        said = json.loads(self.proc.stdout.readline())
        self.port, self.pid = said["port"], {role: said[role] for role in ("client", "server")}

    def go(self):
        out = self.proc.communicate(b"\n", timeout=60)[0]
        if self.proc.returncode:
            raise RuntimeError("workload_sleeps ended with %d" % self.proc.returncode)
        return self._sides([json.loads(line) for line in out.splitlines()])

    @staticmethod
    def _sides(lines):
        asked = {line["id"]: line["out"][0] for line in lines if line["role"] == "client"}
        found = {"client": [], "server": []}
        for line in lines:
            ask, answer = ("out", "in") if line["role"] == "client" else ("in", "out")
            found[line["role"]].append(Side(line["role"], *line[ask], *line[answer], connect=line.get("connect"),
                                            ready=asked[line["id"]] if line["role"] == "server" else None))
        return found
