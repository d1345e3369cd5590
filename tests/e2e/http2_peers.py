# SPDX-License-Identifier: Apache-2.0
"""Clients of HTTP/2, and what they and nghttpd say themselves about the exchanges they had.

Each client returns a list of exchanges: dicts with the keys of the tool's records that the client knows.  `told` makes
of them what the tool must print on both sides.
"""
import collections
import json
import re
import subprocess

import harness
import records

# Of HTTP/2 only: a response was seen, but its status is in a table from before (l7scope(7)).

PRIOR, UPGRADE = "--http2-prior-knowledge", "--http2"

FRAME = re.compile(r"^(?:\[id=(\d+)\] )?\[ *[\d.]+\] (send|recv) (\w+) frame "
                   r"<length=(\d+), flags=0x\w+, stream_id=(\d+)>")
FIELD = re.compile(r"^(?:(?:\[id=\d+\] )?\[ *[\d.]+\] recv \(stream_id=\d+\)| {10}) ?(:[a-z]+): (.*)$")
PROMISED = re.compile(r"promised_stream_id=(\d+)")
HAS_BODY = {"HEADERS", "DATA"}


def run(box, argv):
    """A client from start to end: (pid, what it printed)."""
    proc = box.spawn(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    out = proc.communicate(timeout=60)[0].decode()
    if proc.returncode:
        raise harness.Gone("%s ended with %d: %s" % (argv[0], proc.returncode, out[-500:]))
    return proc.pid, out


def url_of(port, path="", tls=False):
    return "%s://127.0.0.1:%d%s" % ("https" if tls else "http", port, path)


# Of what a peer says: known of one side only, or not in the tool's records.
ONE_SIDED = {"pid", "lport", "rport", "received", "sent", "fields"}


def told(case, port, exchanges, roles=("client", "server")):
    """What the tool must print: the client's exchanges, seen from both sides."""
    expected = []
    for x in exchanges:
        known = {k: v for k, v in x.items() if k not in ONE_SIDED}
        known = dict(dict(case=case, port=port, version="2"), **known)
        ends = {"client": {"rport": port}, "server": {"lport": port}}
        if "lport" in x:
            ends["client"]["lport"] = ends["server"]["rport"] = x["lport"]
        if "pid" in x:
            ends["client"]["pid"] = x["pid"]
        expected += [dict(known, role=role, **ends[role]) for role in roles]
    return expected


# ---- nghttp and nghttpd: they print every frame, and its size ----

class Frames:
    """Reads a log of nghttp -v or nghttpd -v: {(connection, stream): exchange}, sizes being those of the frames."""

    def __init__(self, text, asks):
        self.asks = asks  # what a client of this program sends: "send" in nghttp's log, "recv" in nghttpd's
        self.streams = collections.OrderedDict()
        self.pending = {}  # recv: fields come before their frame; send: behind it
        self.now = None
        for line in text.splitlines():
            self.take(line)

    def stream(self, conn, number):
        return self.streams.setdefault((conn, int(number)), dict(stream=int(number), req_bytes=0, resp_bytes=0))

    def take(self, line):
        frame, field, promised = FRAME.match(line), FIELD.match(line), PROMISED.search(line)
        if frame:
            self.frame(*frame.groups())
        elif field:
            target = self.now if line.startswith(" ") else self.pending
            if target is not None:
                target[field[1]] = field[2]
        elif promised and self.now is not None:
            pushed = self.stream(self.conn, promised[1])
            pushed.update(self.named(self.promise), req_bytes=self.promise_bytes)
            self.now = _Renamed(pushed)

    @staticmethod
    def named(fields):
        found = {k[1:]: v for k, v in fields.items() if k in (":method", ":path", ":status", ":scheme")}
        if ":authority" in fields:
            found["host"] = fields[":authority"]
        if "status" in found:
            found["status"] = int(found["status"])
        return found

    def frame(self, conn, way, kind, length, number):
        self.conn, self.now = conn, None
        if kind == "PUSH_PROMISE":
            self.promise, self.promise_bytes, self.now = self.pending, int(length), {}
            self.pending = {}
        elif kind in HAS_BODY:
            stream = self.stream(conn, number)
            stream["req_bytes" if way == self.asks else "resp_bytes"] += int(length)
            stream.update(self.named(self.pending))
            self.pending = {}
            if way == "send" and kind == "HEADERS":
                self.now = _Renamed(stream)

    def exchanges(self):
        return list(self.streams.values())


class _Renamed(dict):
    """Writes fields through to the stream under the records' names."""

    def __init__(self, stream):
        super().__init__()
        self.stream = stream

    def __setitem__(self, key, value):
        self.stream.update(Frames.named({key: value}))


def nghttp(box, port, paths, *options, tls=False):
    """With -d FILE among the options each request has that body."""
    pid, out = run(box, ["nghttp", "-n", "-v", "-y", *options, *(url_of(port, p, tls) for p in paths)])
    found = {x["stream"]: dict(x, pid=pid) for x in Frames(out, "send").exchanges()}
    if "-u" in options:
        head = re.search(r"HTTP Upgrade request\n(.*?\n\r?\n)", out, re.S)[1]
        found[1].update(method=head.split()[0], path=head.split()[1], req_bytes=len(head))
    for x in found.values():
        if "status" not in x:  # pushed: it does not wait for these, and leaves them unread
            del x["resp_bytes"]
    return list(found.values())


def served_by_nghttpd(server):
    """The exchanges its log tells of, without ports."""
    with open(server.err) as log:
        return Frames(log.read(), "recv").exchanges()


def served_by_node(server):
    """The exchanges in its log; `fields`: what each request had, in order."""
    with open(server.log) as log:
        for line in log:
            x = json.loads(line)
            pairs = list(zip(x["fields"][::2], x["fields"][1::2]))
            yield dict(x, lport=x["rport"], req_bytes_min=x["received"] + 1, resp_bytes_min=x["sent"] + 1, fields=pairs)


# ---- curl: knows its port, streams and statuses, and how long bodies are ----

WORDS = "%{stderr}done %{local_port} %{http_code} %{size_upload} %{size_download} %{size_request} %{http_version}\\n"


def curl(box, port, paths, *options, how=PRIOR, tls=False):
    """Transfers one after the other, each on a connection of its own (this curl stumbles over its own second stream).
    With --data-binary @FILE they are POSTs."""
    found = []
    for path in paths:
        pid, out = run(box, ["curl", "-ksSv", UPGRADE if tls else how, "-w", WORDS, "-o", "/dev/null", *options,
                             url_of(port, path, tls)])
        lport, status, up, down, asked, version = re.search(r"^done (.*)$", out, re.M)[1].split()
        if version != "2":
            raise harness.Gone("curl spoke HTTP/" + version)
        sizes = dict(req_bytes_min=int(up) + 1)
        if how == UPGRADE and not tls:  # its request is an HTTP/1 message, whose size curl knows
            sizes = dict(req_bytes=int(asked) + int(up))
        found.append(dict(sizes, pid=pid, lport=int(lport), stream=1, status=int(status), path=path,
                          method="POST" if "--data-binary" in options else "GET", host="127.0.0.1:%d" % port,
                          resp_bytes_min=int(down) + 1))
    return found


# ---- h2load: counts, and sums of bytes ----

class H2load:
    """.count answers, .resp_bytes the sum of all HEADERS and DATA payloads."""

    def __init__(self, box, port, requests, clients=1, streams=1, options=(), path="/index.html", tls=False):
        argv = ["h2load", "-n", requests, "-c", clients, "-m", streams, *options]
        self.proc = box.spawn([*argv, url_of(port, path, tls)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.requests, self.clients, self.path, self.method = requests, clients, path, "GET"
        if "-d" in options:
            self.method = "POST"

    @property
    def pid(self):
        return self.proc.pid

    def wait(self):
        self.out = self.proc.communicate(timeout=90)[0].decode()
        done = re.search(r"requests: \d+ total, \d+ started, (\d+) done, (\d+) succeeded", self.out)
        if self.proc.returncode or not done or int(done[2]) != self.requests:
            raise harness.Gone("h2load: " + self.out[-500:])
        self.count = int(done[1])
        traffic = re.search(r"traffic: .* \((\d+)\) headers .* \((\d+)\) data", self.out)
        self.resp_bytes = int(traffic[1]) + int(traffic[2])
        return self

    def exchanges(self, **keys):
        """Alike but for the stream: h2load gives each connection its share, the first ones one more."""
        share, more = divmod(self.requests, self.clients)
        counts = [share + (i < more) for i in range(self.clients)]
        return [dict(pid=self.pid, stream=2 * i + 1, method=self.method, path=self.path, status=200, **keys)
                for n in counts for i in range(n)]


# ---- what must hold whatever the peers were ----

def counts_differ(expected, actual, keys):
    """Of many that are alike: "" when each kind occurs as often."""
    want, got = (collections.Counter(tuple(r.get(k) for k in keys) for r in rows) for rows in (expected, actual))
    if want == got:
        return ""
    return "%d missing: %s; %d unexpected: %s" % (
        sum((want - got).values()), list(want - got)[:3], sum((got - want).values()), list(got - want)[:3])


def by_stream(found):
    """{(client's port, server's port, stream): {role: record}}"""
    pairs = collections.defaultdict(dict)
    for r in found:
        ends = (r["lport"], r["rport"]) if r["role"] == "client" else (r["rport"], r["lport"])
        if r["role"] in pairs[(*ends, r.get("stream"))]:
            raise harness.Gone("stream %s of %s twice: %s" % (r.get("stream"), ends, json.dumps(r)))
        pairs[(*ends, r.get("stream"))][r["role"]] = r
    return pairs


SAME = ("version", "method", "scheme", "host", "path", "status", "req_bytes", "resp_bytes")


def sides_differ(found):
    """Why the two sides' records do not agree, exchange by exchange; "" when they do."""
    try:
        pairs = by_stream(found)
    except harness.Gone as e:
        return str(e)
    for where, sides in pairs.items():
        if len(sides) != 2:
            return "%s: only the %s's" % (where, "".join(sides))
        differ = [(k, *(sides[role].get(k) for role in ("client", "server"))) for k in SAME
                  if sides["client"].get(k) != sides["server"].get(k)]
        if differ:
            return "%s: %s is %r at the client, %r at the server" % (where, *differ[0])
    return ""


# ---- a client that keeps its connection ----

KEEPER = """
const http2 = require('http2'), readline = require('readline');
const session = http2.connect(process.argv[2], {rejectUnauthorized: false});
function ask(item) {
    return new Promise((resolve, reject) => {
        const stream = session.request({':method': item.method, ':path': item.path, ...item.fields},
                                       {endStream: !item.body});
        const told = {stream: 0, method: item.method, path: item.path,
                      lport: session.socket.localPort, sent: item.body, received: 0};
        stream.on('ready', () => { told.stream = stream.id; });
        stream.on('response', (fields) => { told.status = fields[':status']; });
        stream.on('data', (piece) => { told.received += piece.length; });
        stream.on('end', () => { told.stream = stream.id; resolve(told); });
        stream.on('error', reject);
        if (item.body) stream.end(Buffer.alloc(item.body, 98));
    });
}
async function play(round) {
    const told = [];
    if (round.at_once) return Promise.all(round.items.map(ask));
    for (const item of round.items) told.push(await ask(item));
    return told;
}
readline.createInterface({input: process.stdin}).on('line', async (line) => {
    console.log(JSON.stringify(await play(JSON.parse(line))));
});
session.on('connect', () => console.log('ready'));
session.on('error', () => process.exit(1));
"""


class Keeper:
    """node's client with one connection that stays open from round to round."""

    def __init__(self, box, port, tls=False):
        self.port = port
        script = box.write("keeper.js", KEEPER)
        self.proc = box.spawn(["node", script, url_of(port, tls=tls)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.proc.stdout.readline() != b"ready\n":
            raise harness.Gone("node's client could not connect")

    @property
    def pid(self):
        return self.proc.pid

    def play(self, items, at_once=False):
        """items: (method, path, body's length, fields); returns the exchanges, in this order."""
        round_ = [dict(zip(("method", "path", "body", "fields"), item)) for item in items]
        self.proc.stdin.write(json.dumps(dict(items=round_, at_once=at_once)).encode() + b"\n")
        self.proc.stdin.flush()
        return [self.exchange(told) for told in json.loads(self.proc.stdout.readline())]

    def exchange(self, told):
        return dict(pid=self.pid, host="127.0.0.1:%d" % self.port, req_bytes_min=told.pop("sent") + 1,
                    resp_bytes_min=told.pop("received") + 1, **told)
