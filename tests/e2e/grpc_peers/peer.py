# SPDX-License-Identifier: Apache-2.0
"""Python's gRPC peer; what it reads and prints is told in grpc_calls.py."""
import json
import sys
import threading
from concurrent import futures

import grpc

SERVICE = "/l7scope.Echo/"
CODES = {code.value[0]: code for code in grpc.StatusCode}
printing = threading.Lock()
TLS = []  # certificate, key
for path in sys.argv[3:]:
    with open(path, "rb") as f:
        TLS.append(f.read())


class Log:
    def __init__(self, name):
        self.line = dict(method=SERVICE + name, sent=0, sent_bytes=0, received=0, received_bytes=0)

    def send(self, message):
        self.line["sent"] += 1
        self.line["sent_bytes"] += len(message)
        return message

    def receive(self, message):
        self.line["received"] += 1
        self.line["received_bytes"] += len(message)

    def end(self, status, message):
        with printing:
            print(json.dumps(dict(self.line, status=status, message=(message or "").encode().hex())), flush=True)


# ---- server ----

class Order:
    def __init__(self, message):
        answers, size, self.code, self.wait_ms, details = message.split(b" ")[:5]
        self.answers, self.body = int(answers), b"y" * int(size)
        self.details = "" if details == b"-" else bytes.fromhex(details.decode()).decode()

    def wait(self, context):
        """False: the client does not want the answer any more."""
        gone = threading.Event()
        return context.add_callback(gone.set) and not gone.wait(int(self.wait_ms) / 1000)


def serve_call(name, requests, context):
    """Yields the answers."""
    log, order = Log(name), None
    for message in requests:
        log.receive(message)
        order = order or Order(message)
        if name == "Chat" and log.line["sent"] < order.answers:
            yield log.send(order.body)
    if name == "Expand":
        for _ in range(order.answers):
            yield log.send(order.body)
    if not order.wait(context):
        log.end(1, "")
        return
    last = [log.send(order.body)] if name in ("Unary", "Collect") and order.code == b"0" else []
    log.end(int(order.code), order.details)
    yield from last
    if order.code != b"0":
        context.abort(CODES[int(order.code)], order.details)


class Handlers(grpc.GenericRpcHandler):
    def service(self, details):
        name = details.method.rpartition("/")[2]

        def one(requests, context):
            return next(serve_call(name, requests, context), None)

        return {
            "Unary": grpc.unary_unary_rpc_method_handler(lambda r, c: one([r], c)),
            "Collect": grpc.stream_unary_rpc_method_handler(one),
            "Expand": grpc.unary_stream_rpc_method_handler(lambda r, c: serve_call(name, [r], c)),
            "Chat": grpc.stream_stream_rpc_method_handler(lambda r, c: serve_call(name, r, c)),
        }.get(name)


def serve(address):
    server = grpc.server(futures.ThreadPoolExecutor(50))
    server.add_generic_rpc_handlers((Handlers(),))
    if TLS:
        server.add_secure_port(address, grpc.ssl_server_credentials([(TLS[1], TLS[0])]))
    else:
        server.add_insecure_port(address)
    server.start()
    server.wait_for_termination()


# ---- client ----

def begin(channel, name, messages, timeout):
    if name == "Unary":
        return channel.unary_unary(SERVICE + name).future(next(messages), timeout=timeout)
    if name == "Collect":
        return channel.stream_unary(SERVICE + name).future(messages, timeout=timeout)
    if name == "Expand":
        return channel.unary_stream(SERVICE + name)(next(messages), timeout=timeout)
    return channel.stream_stream(SERVICE + name)(messages, timeout=timeout)


def finish(call, name, log):
    try:
        for message in [call.result()] if name in ("Unary", "Collect") else call:
            log.receive(message)
    except (grpc.RpcError, grpc.FutureCancelledError):
        pass
    log.end(call.code().value[0], call.details())


def perform(channel, line):
    name, n, size, answers, answer_size, code, wait, deadline, cancel, message = line.split()
    log, size = Log(name), int(size)

    def messages():
        yield log.send(" ".join([answers, answer_size, code, wait, message, ""]).encode().ljust(size, b"x"))
        for _ in range(1, int(n)):
            yield log.send(b"x" * size)

    call = begin(channel, name, messages(), int(deadline) / 1000 or None)
    if int(cancel):
        threading.Timer(int(cancel) / 1000, call.cancel).start()
    finish(call, name, log)


def ask(address):
    with grpc.secure_channel(address, grpc.ssl_channel_credentials(TLS[0])) if TLS \
            else grpc.insecure_channel(address) as channel:
        threads = []
        for line in sys.stdin:
            if line.startswith("& "):
                threads.append(threading.Thread(target=perform, args=(channel, line[2:])))
                threads[-1].start()
            else:
                perform(channel, line)
        for thread in threads:
            thread.join()


(serve if sys.argv[1] == "server" else ask)("127.0.0.1:" + sys.argv[2])
