# SPDX-License-Identifier: Apache-2.0
"""Servers on one CPU and who asks them on the other: what is traced.

A load's run() is one short run; its .pid is the traced server's."""
import collections
import os
import re
import subprocess

import harness
import measure
import servers
from wrk import Wrk

SERVER_CPU, CLIENT_CPU = 0, 1
CONNECTIONS = 16
RUN_S = 1
# rate: what was done a second; cpu_us: of the traced process, for each; answered: how many
Run = collections.namedtuple("Run", "rate cpu_us answered")


class Nginx:
    """nginx, one worker, under wrk; as fast as it goes."""

    def __init__(self, box, tls=False):
        self.box, self.tls, self.name = box, tls, "nginx, TLS" if tls else "nginx"
        self.server = servers.nginx(box, "nginx-tls" if tls else "nginx", tls=tls,
                                    server="access_log off; keepalive_requests 100000000; " + servers.SAY_HELLO)
        self.pid = self.server.pid
        os.sched_setaffinity(self.pid, {SERVER_CPU})

    def run(self, seconds=RUN_S):
        before = measure.cpu_s(self.pid)
        done = Wrk(self.box, self.server.port, seconds, CONNECTIONS, cpu=CLIENT_CPU, tls=self.tls).wait()
        return Run(done.rate, (measure.cpu_s(self.pid) - before) / done.answered * 1e6, done.answered)


class H2load:
    """h2load sends a number of requests and not for a time, so that none is cut off by its end: what it counts is all
    that there was.  The number is what takes about a run's time."""

    DONE = re.compile(r"finished in .*?, ([\d.]+) req/s.*?requests: (\d+) total.*? (\d+) succeeded, (\d+) failed", re.S)

    def __init__(self, box, server, name, streams=1, http1=False):
        self.box, self.server, self.name, self.streams = box, server, name, streams
        self.pid, self.words = server.pid, ["--h1"] if http1 else ["-m", streams]
        os.sched_setaffinity(self.pid, {SERVER_CPU})
        self.n = 1000
        self.n = max(self.n, int(self.run().rate * RUN_S))

    def send(self, n, connections=CONNECTIONS, path="/index.html", rate=None):
        """(requests a second, answers); rate: so many a second, all connections together."""
        words = ["--rps", max(1, rate // connections)] if rate else []
        out = self.box.run(["taskset", "-c", CLIENT_CPU, "h2load", "-n", n, "-c", min(n, connections), *self.words, *words,
                            "http://127.0.0.1:%d%s" % (self.server.port, path)])
        done = self.DONE.search(out)
        if not done or int(done[3]) != n:
            raise harness.Gone("h2load: " + out)
        return float(done[1]), int(done[3])

    def run(self):
        before = measure.cpu_s(self.pid)
        rate, answered = self.send(self.n)
        return Run(rate, (measure.cpu_s(self.pid) - before) / answered * 1e6, answered)


def nghttpd(box):
    box.write("www/index.html", "hello\n")
    port = harness.free_port()
    return servers.Server(box, "nghttpd", ["nghttpd", "--no-tls", "-a", "127.0.0.1", "-d", box.path("www"), port], port)


class Files:
    """A process that reads and writes files, and nothing else.  Its own CPU time counts: bench_files.c."""

    pid = None

    def __init__(self, box, block):
        self.block, self.name = block, "files, %d KiB at once" % (block >> 10)
        self.path = box.write("files", b"x" * (8 << 20))

    def run(self):
        argv = ["taskset", "-c", SERVER_CPU, os.path.join(harness.BUILD, "tests/bench/bench_files"), self.path, self.block]
        out = subprocess.run(list(map(str, argv)), stdout=subprocess.PIPE, check=True).stdout
        calls, us = map(float, out.split())
        return Run(calls / us * 1e6, us / calls, calls)


class Many:
    """bench_many.c: so many open connections, spread over so many processes, both ends of each in one process.

    There are no requests but those that exchanges() asks for."""

    def __init__(self, box, connections, processes):
        argv = [os.path.join(harness.BUILD, "tests/bench/bench_many"), connections, processes]
        self.proc = box.spawn(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.said()

    def said(self):
        line = self.proc.stdout.readline()
        if not line:
            raise harness.Gone("bench_many ended")
        return float(line)

    def exchanges(self, n):
        """ns of CPU for each."""
        self.proc.stdin.write(b"%d\n" % n)
        self.proc.stdin.flush()
        return self.said()

    def end(self):
        self.proc.stdin.close()
        self.proc.wait()
