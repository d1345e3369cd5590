# SPDX-License-Identifier: Apache-2.0
"""Client and server processes with names and users of their own, for the filters.

    python3 actors.py NAME UID server ADDRESS PORT    answers as X-Status and X-Sleep-Ms of the request say
    python3 actors.py NAME UID client                 reads lists of requests, one JSON line each, and prints
                                                      what the tool must print of them
"""
import encodings.idna  # noqa: loaded now, as another user may not read the library
import json
import os
import socket
import subprocess
import sys
import time


class Actor:
    """One such process, seen from the test; `wrap`: words before its command."""

    def __init__(self, box, name, uid, *role, wrap=()):
        self.name, self.uid = name, uid
        with open(__file__) as f:
            script = box.write("actors.py", f.read())  # the checkout may be closed to others
        self.proc = box.spawn([*wrap, sys.executable, script, name, uid, *role], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE)
        if self.proc.stdout.readline() != b"ready\n":
            raise RuntimeError("actor " + name)
        self.pid = self.proc.pid

    def play(self, items):
        self.proc.stdin.write(json.dumps(items).encode() + b"\n")
        self.proc.stdin.flush()
        return json.loads(self.proc.stdout.readline())


def sides(case, item, client, server):
    """What the tool must print of one played item, both sides. Keys with _ first are not part of records."""
    same = dict(case=case, port=item["port"], method=item["method"], path=item["path"], host=item["host"],
                status=item["status"] or None, req_bytes=item["req_bytes"], _sleep=item["sleep_ms"])
    same["reason"] = None if item["status"] else "closed"
    here, there = (item["client_address"], item["client_port"]), (item["address"], item["port"])
    for role, actor, mine, other in (("client", client, here, there), ("server", server, there, here)):
        yield dict(same, role=role, pid=actor.pid, comm=actor.name, laddr=mine[0], lport=mine[1], raddr=other[0],
                   rport=other[1], _uid=actor.uid)


def record_of(expected):
    """Without the keys that are for predicates only."""
    return {k: v for k, v in expected.items() if k[0] != "_"}


def read_head(sock):
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        piece = sock.recv(4096)
        if not piece:
            break
        data += piece
    return data.decode()


def field(head, name):
    return next(line.split(": ")[1] for line in head.split("\r\n") if line.startswith(name + ":"))


def serve(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.create_server((address, int(port)), family=family)
    print("ready", flush=True)
    while True:
        sock = listener.accept()[0]
        head = read_head(sock)
        if head:
            time.sleep(int(field(head, "X-Sleep-Ms")) / 1000)
            status = int(field(head, "X-Status"))
            if status:
                length = b"" if status == 204 else b"Content-Length: 2\r\n"
                sock.sendall(b"HTTP/1.1 %d Said\r\n%s\r\n%s" % (status, length, length and b"ok"))
        sock.close()


def ask(item):
    text = ("%(method)s %(path)s HTTP/1.1\r\nHost: %(host)s\r\n"
            "X-Status: %(status)d\r\nX-Sleep-Ms: %(sleep_ms)d\r\n\r\n" % item).encode()
    with socket.create_connection((item["address"], item["port"])) as sock:
        here = sock.getsockname()
        sock.sendall(text)
        while sock.recv(4096):
            pass
    return dict(item, client_address=here[0], client_port=here[1], client_pid=os.getpid(), req_bytes=len(text))


def play():
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps([ask(item) for item in json.loads(line)]), flush=True)


def main():
    name, uid, role = sys.argv[1:4]
    with open("/proc/self/comm", "w") as f:
        f.write(name)
    os.setgroups([])
    os.setgid(int(uid))
    os.setuid(int(uid))
    serve(*sys.argv[4:]) if role == "server" else play()


if __name__ == "__main__":
    main()
