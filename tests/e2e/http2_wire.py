# SPDX-License-Identifier: Apache-2.0
"""Frames of HTTP/2 made by hand, and a scripted conversation of them.

Header blocks are what the cases say they are, representation by representation (RFC 7541, 6); there is no encoder with
a mind of its own.  How much of a message is on the wire is added up from the frames that were sent."""
import collections
import os

import harness
import records
from talk import Talk

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITIZED = 0x01, 0x01, 0x04, 0x08, 0x20
NO_ERROR, INTERNAL_ERROR, REFUSED_STREAM, CANCEL = 0, 2, 7, 8
HEADER_TABLE_SIZE, MAX_FRAME_SIZE = 1, 5
# Kinds that carry a message: their payloads are its size.
MESSAGE = {DATA, HEADERS, CONTINUATION}
# RFC 7541, appendix A
STATIC = {(":method", "GET"): 2, (":method", "POST"): 3, (":path", "/"): 4, (":scheme", "http"): 6,
          (":status", "200"): 8, (":status", "204"): 9, (":status", "404"): 13}
FIRST_DYNAMIC = 62


def frame(kind, stream, payload=b"", flags=0):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def walk(data):
    """(kind, stream, length) of each frame."""
    while data:
        length = int.from_bytes(data[:3], "big")
        yield data[3], int.from_bytes(data[5:9], "big") & 0x7fffffff, length
        data = data[9 + length:]


# ---- header blocks ----

def integer(value, bits, first=0):
    """RFC 7541, 5.1; `first`: the bits before it in its first byte."""
    limit = (1 << bits) - 1
    if value < limit:
        return bytes([first | value])
    out, value = [first | limit], value - limit
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes(out + [value])


def text(value):
    value = value.encode()
    return integer(len(value), 7) + value


def indexed(index):
    return integer(index, 7, 0x80)


def literal(name, value):
    return b"\x00" + text(name) + text(value)


def never(name, value):
    return b"\x10" + text(name) + text(value)


def inserted(name, value):
    """Becomes number FIRST_DYNAMIC of the table."""
    return b"\x40" + text(name) + text(value)


def table_size(size):
    return integer(size, 5, 0x20)


def block(*fields):
    """Each a (name, value), from the static table when it is there, else literal; or bytes as they are."""
    out = b""
    for field in fields:
        out += field if isinstance(field, bytes) else indexed(STATIC[field]) if field in STATIC else literal(*field)
    return out


def asks(path, *more, method="GET"):
    return block((":method", method), (":scheme", "http"), (":path", path), (":authority", "frames.example"), *more)


def says(status=200, *more):
    return block((":status", str(status)), *more)


# ---- frames ----

def headers(stream, fields, end=False, pad=None, priority=None, pieces=1):
    """HEADERS and, cut into more pieces, CONTINUATIONs."""
    size = -(-len(fields) // pieces) if pieces > 1 else len(fields)
    cut = [fields[i * size:(i + 1) * size] for i in range(pieces)]
    flags = (END_STREAM if end else 0) | (END_HEADERS if pieces == 1 else 0)
    first = (priority or b"") + cut[0]
    flags |= PRIORITIZED if priority else 0
    if pad is not None:
        first, flags = bytes([pad]) + first + bytes(pad), flags | PADDED
    out = frame(HEADERS, stream, first, flags)
    for i, piece in enumerate(cut[1:], 2):
        out += frame(CONTINUATION, stream, piece, END_HEADERS if i == pieces else 0)
    return out


def data(stream, content=b"", end=True, pad=None):
    flags = END_STREAM if end else 0
    if pad is not None:
        content, flags = bytes([pad]) + content + bytes(pad), flags | PADDED
    return frame(DATA, stream, content, flags)


def promise(stream, promised, fields, pieces=1):
    size = -(-len(fields) // pieces)
    out = frame(PUSH_PROMISE, stream, promised.to_bytes(4, "big") + fields[:size], END_HEADERS if pieces == 1 else 0)
    for i in range(1, pieces):
        out += frame(CONTINUATION, stream, fields[i * size:(i + 1) * size], END_HEADERS if i == pieces - 1 else 0)
    return out


def reset(stream, code):
    return frame(RST_STREAM, stream, code.to_bytes(4, "big"))


def goaway(last, code=NO_ERROR, debug=b""):
    return frame(GOAWAY, 0, last.to_bytes(4, "big") + code.to_bytes(4, "big") + debug)


def settings(**values):
    ids = {"table": HEADER_TABLE_SIZE, "frame": MAX_FRAME_SIZE}
    return frame(SETTINGS, 0, b"".join(ids[k].to_bytes(2, "big") + v.to_bytes(4, "big") for k, v in values.items()))


# ---- a conversation ----

class Talk2(Talk):
    """`ask` and `answer` take frames; sizes of the messages are counted by stream."""

    def begin(self, cut=None, cut_preface=None, **values):
        self.req_bytes, self.resp_bytes = collections.Counter(), collections.Counter()
        self.move(self.client, self.server, PREFACE, cut_preface)
        self.move(self.client, self.server, settings(**values), cut)
        self.move(self.server, self.client, settings(**values) + frame(SETTINGS, 0, flags=ACK), cut)
        self.move(self.client, self.server, frame(SETTINGS, 0, flags=ACK), cut)
        return self

    @staticmethod
    def count(sizes, frames):
        """A promise's frames are none of the stream they are on."""
        before = None
        for kind, stream, length in walk(frames):
            promise_goes_on = kind == CONTINUATION and before == PUSH_PROMISE
            if kind in MESSAGE and not promise_goes_on:
                sizes[stream] += length
            before = before if promise_goes_on else kind

    def ask(self, data, cut=None):
        self.count(self.req_bytes, data)
        return super().ask(data, cut)

    def answer(self, data, cut=None):
        self.count(self.resp_bytes, data)
        return super().answer(data, cut)

    def told(self, stream, path, status=200, method="GET", **keys):
        """The tool must print this exchange."""
        self.expect(**{**dict(version="2", stream=stream, method=method, path=path, status=status, scheme="http",
                              host="frames.example", req_bytes=self.req_bytes[stream],
                              resp_bytes=self.resp_bytes[stream]), **keys})


def each_part(frames):
    """Cuts into calls: each frame's header, then each frame's payload."""
    out = []
    while frames:
        size = 9 + int.from_bytes(frames[:3], "big")
        out += [frames[:9]] + ([frames[9:size]] if size > 9 else [])
        frames = frames[size:]
    return out


# ---- cases ----

# Each way sees all of it.
WAYS = {"default": [], "tracepoint": ["--probes", "tracepoint"]}


def play(run, talk, cut=None):
    """The case, all its calls cut in this way when it does not cut them itself."""
    if cut:
        plain_ask, plain_answer = talk.ask, talk.answer
        talk.ask = lambda frames, own=None: plain_ask(frames, own or cut)
        talk.answer = lambda frames, own=None: plain_answer(frames, own or cut)
    talk.begin(cut, frame=1 << 20)
    run(talk)


class Cases:
    """A test program's; `body` is what the simple exchanges carry."""

    def __init__(self, body):
        self.body, self.cases = body, []

    def case(self, name):
        def add(run):
            self.cases.append((name, run))
            return run

        return add

    def simple(self, talk, stream=1, path="/plain", status=200, cut=None):
        talk.ask(headers(stream, asks(path), end=True), cut)
        talk.answer(headers(stream, says(status)) + data(stream, self.body), cut)
        talk.told(stream, path, status)

    def judge(self, box, prefix):
        """Plays them all before a tool for each way."""
        expected = []
        snoops = {way: box.snoop("-p", os.getpid(), *options, wait=False) for way, options in WAYS.items()}
        for snoop in snoops.values():
            snoop.wait_ready()
        for name, run in self.cases:
            with Talk2(name) as talk:
                play(run, talk)
                expected += talk.nothing()
        harness.end_all(snoops.values())
        for way, snoop in snoops.items():
            records.judge(box.results, "%s, %s" % (prefix, way), expected, snoop.records())
            box.check("%s, %s: nothing lost" % (prefix, way), ", lost 0," in snoop.stderr, snoop.stderr)
