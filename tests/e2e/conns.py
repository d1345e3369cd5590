# SPDX-License-Identifier: Apache-2.0
"""Connections with known bytes and requests, made by processes of their own, and what conntop said of them.

A Peer is such a process, that a test tells what to do (orders.py): `peer.do("listen", "a", "127.0.0.1", 20000)`.  One
long interval that ends with the tool is one in which everything happened.
"""
import collections
import contextlib
import os
import random
import resource
import socket
import struct
import sys
import time

import harness
import orders
from talk import request, response

CONNTOP = os.path.join(harness.BUILD, "conntop")
# Ends with the tool.
ONE_INTERVAL = 600
# So many connections to one address find ports among those that a test has.
HELD_A_LISTENER = 500


# ---- in whatever process ----

def listen(address, port, backlog=1024):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    sock.listen(backlog)
    return sock


def call(address, port, source=None):
    """Connected; source: (address, port) of its own."""
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    if source:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(tuple(source))
    sock.connect((address, port))
    return sock


def hear(sock, n):
    while n:
        got = len(sock.recv(min(n, 65536)))
        if not got:
            raise EOFError("the other end closed")
        n -= got


def say(sender, receiver, n):
    """In pieces that fit any buffer."""
    while n:
        step = min(n, 30000)
        sender.sendall(b"x" * step)
        hear(receiver, step)
        n -= step


def exchange(client, server, status=200, wait=0):
    """One of HTTP/1, answered after so many seconds; returns how many bytes were asked and answered."""
    asked, answered = request("/"), response(status)
    client.sendall(asked)
    hear(server, len(asked))
    time.sleep(wait)
    server.sendall(answered)
    hear(client, len(answered))
    return len(asked), len(answered)


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def end_of(sock):
    """How conntop names this end: local address and port, remote ones."""
    return sock.getsockname()[:2] + sock.getpeername()[:2]


def mirror(end):
    return end[2:] + end[:2]


def netns_of(pid):
    return os.stat("/proc/%s/ns/net" % pid).st_ino


class Truth(collections.defaultdict):
    """{end: [received, sent]}"""

    def __init__(self):
        super().__init__(lambda: [0, 0])

    def add(self, end, there, back):
        """Of both ends; `end` is the caller's."""
        for which, received, sent in ((end, back, there), (mirror(end), there, back)):
            self[which][0] += received
            self[which][1] += sent


# ---- processes ----

class Hands:
    """What a Peer can be told to do: sockets have names; a pair has two, NAME and NAME-served."""

    def __init__(self):
        self.has = {}

    def listen(self, name, address, port):
        self.has[name] = listen(address, port)

    def call(self, name, address, port, source=None):
        self.has[name] = call(address, port, source)
        return end_of(self.has[name])

    def accept(self, name, listener):
        self.has[name] = self.has[listener].accept()[0]
        return end_of(self.has[name])

    def pair(self, name, listener, source=None):
        """Returns the caller's end."""
        end = self.call(name, *self.has[listener].getsockname()[:2], source)
        self.accept(name + "-served", listener)
        return end

    def pairs(self, name, listener, count):
        return [self.pair("%s%d" % (name, i), listener) for i in range(count)]

    def say(self, name, there, back):
        """Both ends of a pair are here."""
        client, server = self.has[name], self.has[name + "-served"]
        say(client, server, there)
        say(server, client, back)

    def exchanges(self, name, count, status=200, wait=0):
        """Returns what was asked and answered, in bytes."""
        client, server = self.has[name], self.has[name + "-served"]
        sizes = [exchange(client, server, status, wait) for _ in range(count)]
        return [sum(n) for n in zip(*sizes)] if sizes else [0, 0]

    def send(self, name, n):
        self.has[name].sendall(b"x" * n)

    def hear(self, name, n):
        hear(self.has[name], n)

    def wait(self, names, seconds):
        """A request on each pair at once, answered so much later."""
        asked, answered = request("/"), response(200)
        pairs = [(self.has[name], self.has[name + "-served"]) for name in names]
        for client, server in pairs:
            client.sendall(asked)
            hear(server, len(asked))
        time.sleep(seconds)
        for client, server in pairs:
            server.sendall(answered)
            hear(client, len(answered))

    def ask(self, name, count=1, status=200):
        """What its server is to serve() with the same count and status; returns the bytes of both ways."""
        asked, answered = request("/"), response(status)
        for _ in range(count):
            self.has[name].sendall(asked)
            hear(self.has[name], len(answered))
        return [count * len(asked), count * len(answered)]

    def serve(self, name, count=1, status=200, wait=0):
        for _ in range(count):
            hear(self.has[name], len(request("/")))
            time.sleep(wait)
            self.has[name].sendall(response(status))

    def short(self, listener, count, there, back):
        """One after the other; returns the callers' ends."""
        ends = []
        for _ in range(count):
            ends.append(self.pair("short", listener))
            self.say("short", there, back)
            self.close("short", "short-served")
        return ends

    def hold(self, name, port, count, most=0):
        """Pairs, by 500 a listener; pair i has moved i % (most + 1) bytes each way."""
        for i in range(count):
            if i % HELD_A_LISTENER == 0:
                self.listen("holds", "127.0.1.%d" % (i // HELD_A_LISTENER + 1), port)
            self.pair("%s%d" % (name, i), "holds")
            self.say("%s%d" % (name, i), i % (most + 1), i % (most + 1))

    def keep_busy(self, names, seconds, most):
        """Of each pair in turn; returns what moved there, and what back."""
        moved, end = {name: [0, 0] for name in names}, time.time() + seconds
        while time.time() < end:
            for name in names:
                for way in (0, 1):
                    n = random.randrange(1, most)
                    self.say(name, *((n, 0) if way == 0 else (0, n)))
                    moved[name][way] += n
        return moved

    def close(self, *names):
        for name in names:
            self.has.pop(name).close()

    def reset(self, name):
        reset(self.has.pop(name))


class Peer(orders.Helper):
    """wrap: what it is started by; name: what it is called."""

    def __init__(self, box, name="peer", wrap=()):
        super().__init__(box, [*wrap, sys.executable, os.path.abspath(__file__), name], name)

    def open(self, *args):
        """A pair; its caller's end."""
        return tuple(self.do("pair", *args))


def in_new_network(*addresses):
    """What a Peer is started by to have a network of its own, with these addresses on its loopback."""
    script = "ip link set lo up" + "".join(" && ip addr add %s dev lo" % a for a in addresses) + " && exec \"$@\""
    return ["unshare", "-n", "sh", "-c", script, "sh"]


def _obey(name):
    with open("/proc/self/comm", "w", encoding="ascii") as f:
        f.write(name)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    orders.obey(Hands())


# ---- what conntop said ----

def conntop(box, *options, interval=ONE_INTERVAL, **more):
    return box.snoop(*options, interval, tool=CONNTOP, **more)


def start_all(box, runs):
    """{name: options} -> {name: run}, all ready; a few at a time, as starting is work for a CPU."""
    started, waiting = {}, []
    for name, options in runs.items():
        more = {"json_mode": "-t" not in options and "--dot" not in options}
        started[name] = conntop(box, *options, wait=False, **more)
        waiting.append(started[name])
        if len(waiting) > 2 * os.cpu_count():
            waiting.pop(0).wait_ready()
    for run in waiting:
        run.wait_ready()
    return started


def end_of_record(r):
    return r.get("laddr"), r.get("lport"), r.get("raddr"), r.get("rport")


class Seen:
    """Sums over all intervals of each end in one network namespace; .last: its last record."""

    KEYS = ("rx_bytes", "tx_bytes", "reqs", "errors")

    def __init__(self, records, netns=None):
        self.sums = collections.defaultdict(collections.Counter)
        self.last = {}
        self.records = collections.defaultdict(list)
        for r in records:
            if netns is not None and r.get("netns") != netns:
                continue
            end = end_of_record(r)
            self.last[end] = r
            self.records[end].append(r)
            self.sums[end]["closed"] += bool(r.get("closed"))
            for key in self.KEYS:
                self.sums[end][key] += r.get(key) or 0

    def bytes_of(self, end):
        return (self.sums[end]["rx_bytes"], self.sums[end]["tx_bytes"]) if end in self.sums else None

    def wrong_bytes(self, truth):
        """truth: {end: (received, sent)}; returns what differs, to be read."""
        return ["%s:%d -> %s:%d moved %s, printed %s" % (*end, tuple(moved), self.bytes_of(end))
                for end, moved in truth.items() if self.bytes_of(end) != tuple(moved)]


def ended_well(box, name, run):
    """What is lost is printed, not judged: it is about the whole machine, on which others may do what they like."""
    box.check(name + ": ends with 0", run.proc.returncode == 0 and ", lost " in run.stderr, run.stderr)
    if ", lost 0\n" not in run.stderr:
        print("# %s: %s" % (name, run.stderr.strip().replace("\n", "; ")))


def cpu_seconds(pid):
    with contextlib.suppress(OSError):
        with open("/proc/%d/stat" % pid, encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0


if __name__ == "__main__":
    _obey(sys.argv[1])
