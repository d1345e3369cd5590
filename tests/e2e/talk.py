# SPDX-License-Identifier: Apache-2.0
"""A scripted conversation: both ends of a connection in this process.

Each `ask` and `answer` is written by one end and read by the other before it
returns, cut into calls as the case wants.  The exchanges that the tool must
print of it are collected in `expected`.
"""
import os
import socket

import harness

CRLF = b"\r\n"


def head(start, *fields):
    """A message head: start line, fields, empty line."""
    return CRLF.join([start.encode()] + [f.encode() for f in fields]) + CRLF + CRLF


def request(path, *fields, method="GET", body=b"", version="1.1"):
    if body:
        fields += ("Content-Length: %d" % len(body),)
    return head("%s %s HTTP/%s" % (method, path, version), "Host: talk.example", *fields) + body


def response(status=200, *fields, body=b"", version="1.1", length=True):
    if length:
        fields += ("Content-Length: %d" % len(body),)
    return head("HTTP/%s %d Said" % (version, status), "Server: talk", *fields) + body


def chunked(*chunks, trailers=(), extension=""):
    """The body, with its end and trailers."""
    text = b"".join(b"%x%s\r\n%s\r\n" % (len(c), extension.encode(), c) for c in chunks)
    return text + b"0\r\n" + b"".join(t.encode() + CRLF for t in trailers) + CRLF


def each(n):
    """Cuts into calls of n bytes."""
    return lambda data: [data[i:i + n] for i in range(0, len(data), n)]


def vectors(n, at_most):
    """Cuts into calls (sendmsg, recvmsg) of at_most buffers of n bytes."""

    def cut(data):
        pieces = each(n)(data)
        return [pieces[i:i + at_most] for i in range(0, len(pieces), at_most)]

    return cut


def after(*places):
    """Cuts behind each of these byte strings' first occurrence."""

    def cut(data):
        ends = sorted(data.index(p) + len(p) for p in places)
        return [data[a:b] for a, b in zip([0] + ends, ends + [len(data)]) if a < b]

    return cut


class Talk:
    def __init__(self, case, address="127.0.0.1", client_address=None, listener=None):
        self.case = case
        self.expected = []
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = listener or socket.create_server((address, harness.free_port()), family=family)
        self.port = self.listener.getsockname()[1]
        self.client_address = client_address
        self.connect()

    def connect(self):
        source = (self.client_address, 0) if self.client_address else None
        self.client = socket.create_connection(self.listener.getsockname()[:2], source_address=source)
        self.server = self.listener.accept()[0]
        for end in (self.client, self.server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for size in (socket.SO_SNDBUF, socket.SO_RCVBUF):  # one thread: a call must not wait for its reader
                end.setsockopt(socket.SOL_SOCKET, size, 1 << 20)
        self.client_port = self.client.getsockname()[1]

    def close(self):
        for end in (self.client, self.server, self.listener):
            end.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @staticmethod
    def move(source, target, data, cut=None):
        """Sends in the calls that `cut` makes; each is read before the next is written."""
        for piece in cut(data) if cut else [data]:
            if isinstance(piece, list):
                size = sum(map(len, piece))
                if source.sendmsg(piece) != size or target.recvmsg_into([bytearray(len(p)) for p in piece])[0] != size:
                    raise EOFError("a call was not carried out whole")
                continue
            source.sendall(piece)
            left = len(piece)
            while left:
                got = len(target.recv(min(left, 65536)))
                if not got:
                    raise EOFError("the other end closed")
                left -= got

    def ask(self, data, cut=None):
        self.move(self.client, self.server, data, cut)
        return len(data)

    def answer(self, data, cut=None):
        self.move(self.server, self.client, data, cut)
        return len(data)

    def expect(self, roles=("client", "server"), **keys):
        """The tool must print this of the connection now open."""
        for role in roles:
            mine, other = (self.client_port, self.port) if role == "client" else (self.port, self.client_port)
            record = dict(case=self.case, port=self.port, role=role, lport=mine, rport=other, pid=os.getpid())
            record.setdefault("reason", None)
            record.update(keys)
            self.expected.append(record)

    def exchange(self, asked, answered, ask_cut=None, answer_cut=None, **keys):
        """One request, one response; what they are is read off their start lines."""
        method, path, _ = asked.split(CRLF, 1)[0].decode().split(" ")
        status = int(answered[len("HTTP/1.1 "):][:3])
        sizes = dict(req_bytes=self.ask(asked, ask_cut), resp_bytes=self.answer(answered, answer_cut))
        self.expect(**{**dict(method=method, path=path, status=status), **sizes, **keys})

    def nothing(self):
        """The tool must print nothing but what was expected so far."""
        self.expected.append(dict(case=self.case, port=self.port, nothing=True))
        return self.expected
