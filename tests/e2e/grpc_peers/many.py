# SPDX-License-Identifier: Apache-2.0
"""many.py PORT AT_ONCE [PAUSE_MS]: a client that makes many calls at once on one connection.

Reads calls as peer.py's client does; an empty line ends a batch.  All calls of a batch are made, AT_ONCE at a time, and
as each ends its line is printed, see grpc_calls.py; then an empty line.  PAUSE_MS pass before each request of a call
but its first.
"""
import json
import sys
import threading
import time
from concurrent import futures

import grpc

SERVICE = "/l7scope.Echo/"
printing = threading.Lock()
pause_s = int(sys.argv[3]) / 1000 if len(sys.argv) > 3 else 0


class Call:
    def __init__(self, line):
        self.name, n, size, *self.order, self.message = line.split()
        self.n, self.size = int(n), int(size)
        self.log = dict(method=SERVICE + self.name, sent=0, sent_bytes=0, received=0, received_bytes=0)

    def messages(self):
        # answers, their size, status, time to wait; deadline and cancelling are not for us
        first = " ".join(self.order[:4] + [self.message, ""]).encode()
        for i in range(self.n):
            time.sleep(pause_s if i else 0)
            message = b"x" * self.size if i else first.ljust(self.size, b"x")
            self.log["sent"] += 1
            self.log["sent_bytes"] += len(message)
            yield message

    def begin(self, channel):
        path = SERVICE + self.name
        if self.name == "Unary":
            return channel.unary_unary(path).future(next(self.messages()))
        if self.name == "Collect":
            return channel.stream_unary(path).future(self.messages())
        if self.name == "Expand":
            return channel.unary_stream(path)(next(self.messages()))
        return channel.stream_stream(path)(self.messages())

    def perform(self, channel):
        call = self.begin(channel)
        try:
            for message in [call.result()] if self.name in ("Unary", "Collect") else call:
                self.log["received"] += 1
                self.log["received_bytes"] += len(message)
        except grpc.RpcError:
            pass
        self.log.update(status=call.code().value[0], message=(call.details() or "").encode().hex())
        with printing:
            print(json.dumps(self.log), flush=True)


def batches():
    lines = []
    for line in map(str.strip, sys.stdin):
        if line:
            lines.append(line)
        else:
            yield lines
            lines = []


def main():
    port, at_once = sys.argv[1:3]
    with grpc.insecure_channel("127.0.0.1:" + port) as channel, futures.ThreadPoolExecutor(int(at_once)) as pool:
        for lines in batches():
            for done in [pool.submit(Call(line).perform, channel) for line in lines]:
                done.result()
            print(flush=True)


main()
