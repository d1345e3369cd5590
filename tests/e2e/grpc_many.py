# SPDX-License-Identifier: Apache-2.0
"""The client of grpc_peers/many.py: batches of gRPC calls on one connection, many at once."""
import json
import os
import subprocess

import grpc_calls
import harness


class Client:
    """One connection, which begins with the first call; each request but a call's first waits pause_ms."""

    def __init__(self, box, port, at_once, pause_ms=0):
        argv = [grpc_calls.python_with_grpc(), os.path.join(grpc_calls.PEERS, "many.py"), port, at_once, pause_ms]
        self.proc = box.spawn(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=grpc_calls.environment())

    def start(self, calls):
        self.proc.stdin.write(b"".join(call.line.encode() + b"\n" for call in calls) + b"\n")
        self.proc.stdin.flush()

    def finish(self):
        """What it says of the calls that were started, as they ended."""
        lines = []
        for line in self.proc.stdout:
            if line == b"\n":
                return lines
            lines.append(json.loads(line))
        raise harness.Gone("the client ended")

    def play(self, calls):
        self.start(calls)
        return self.finish()

    def close(self):
        self.proc.stdin.close()
        self.proc.wait(10)


def present(box, name):
    """The languages there are peers of; the others are said to be skipped."""
    found = []
    for language in ("cpp", "go", "node", "python"):
        argv, why = grpc_calls.command(language)
        if argv:
            found.append(language)
        else:
            box.skip("%s: %s" % (name, language), why)
    return found
