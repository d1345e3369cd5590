# SPDX-License-Identifier: Apache-2.0
"""Peers that speak TLS, what they say of their exchanges, and what the tool must tell of them: the same as of plain
text, and that it was TLS.

L7SCOPE_PLAIN=1 has all of them speak plain text, to see whether a failure is one of TLS at all.

As a program it is a client that does as it is told, see Client.
"""
import collections
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time

import harness
import http2_peers as peers
import orders
import servers
import talk

TLS = os.environ.get("L7SCOPE_PLAIN") != "1"
HOME = "127.0.0.1"
# A library that the tool has not met before is found in milliseconds; but processors may have other things to do.
FOUND_TIMEOUT_S = 30 * harness.SLOW
LOG_TIMEOUT_S = 5
# Where Debian's packages put Go's libraries.
GOPATH = "/usr/share/gocode"
# In linux/tcp.h's struct tcp_info: tcpi_bytes_received, tcpi_bytes_sent (nothing is sent again on loopback).
TCP_INFO_SIZE, TCP_INFO_RECEIVED, TCP_INFO_SENT = 256, 128, 200


# ---- what the tool must tell ----

def told(case, port, exchanges, roles=("client", "server"), tls=TLS, hidden=(), **keys):
    """What the tool must print of them, from both sides.  hidden: of those roles the process moves the ciphertext
    itself, and so only what `adopt` adds is known of its addresses."""
    expected = []
    for want in peers.told(case, port, exchanges, roles):
        want = dict(want, tls=tls, **keys)
        if want["role"] in hidden and tls:
            want.pop("lport" if want["role"] == "client" else "rport", None)
        else:
            want.update(laddr=HOME, raddr=HOME)
        expected.append(want)
    return expected


def adopt(actual, pid, role, port):
    """Records of this process that have no addresses get the server's port, so that they belong to its case."""
    for r in actual:
        if r.get("pid") == pid and r.get("role") == role and r.get("lport") is None and r.get("rport") is None:
            r["lport" if role == "server" else "rport"] = port
    return actual


def strange_ends(actual, port, exchanges):
    """Records that have addresses, but not those of one of these exchanges."""
    known = {x["lport"] for x in exchanges}
    full = [(r, r["lport"], r["rport"]) for r in actual if r.get("lport") is not None and r.get("rport") is not None]
    return [r for r, here, there in full if port in (here, there) and (here if there == port else there) not in known]


def untrue(actual, exchanges, role):
    """Of a connection of HTTP/2 that was there before: why these records of one side are not those exchanges, or ""; what
    is not known must be absent, and marked."""
    truth = {x["stream"]: x for x in exchanges}
    for r in actual:
        x = truth.pop(r.get("stream"), None)
        if not x:
            return "stream %s was not used, or is told twice: %s" % (r.get("stream"), r)
        keys = [k for k in ("method", "path", "status", "host") if r.get(k) != x[k]]
        false = [k for k in keys if r.get(k) is not None]
        if false or r["version"] != "2" or r["tls"] != TLS or r["role"] != role:
            return "%s of %s, not %s" % (false, r, x)
        if keys and "partial-headers" not in (r.get("flags") or []):
            return "%s unknown and not marked: %s" % (keys, r)
        if r["req_bytes"] < x["req_bytes_min"] or r["resp_bytes"] < x["resp_bytes_min"]:
            return "sizes of %s, not at least those of %s" % (r, x)
    return "not told: %s" % list(truth.values())[:2] if truth else ""


def until_found(snoops, pid, ask):
    """Asks until each tool tells of an exchange of this process, both of its halves."""
    end, looked = time.time() + FOUND_TIMEOUT_S, {snoop: 0 for snoop in snoops}
    waiting = set(snoops)
    while waiting:
        if time.time() > end:
            raise harness.Gone("nothing is told of process %d" % pid)
        ask()
        time.sleep(0.1)
        for snoop in list(waiting):
            lines = [line for _, line in snoop.arrivals[looked[snoop]:]]
            looked[snoop] += len(lines)
            if any(r["pid"] == pid and r["status"] == 200 for r in map(harness.strict_json, lines) if r.get("status")):
                waiting.remove(snoop)


# ---- nginx as a witness: its log has the sizes and ends of all that it answered ----

LOG_FORMAT = "|".join(["$server_port", "$remote_port", "$request_length", "$bytes_sent", "$status", "$request_method",
                       "$request_uri", "$server_protocol", "$http_host", "$content_length"])


class Witness:
    """nginx with a port for each name: .ports.  HTTP/1 only: of HTTP/2 it does not count all bytes."""

    def __init__(self, box, names, plain=(), workers=1, name="witness", **options):
        """plain: names whose ports are without TLS.  An answer is as long as its path, so that answers can be told apart."""
        self.box, self.path = box, box.path(name + ".requests")
        self.ports = {n: harness.free_port() for n in names}
        listen = "".join("listen %s:%d%s; " % (HOME, port, " ssl" if TLS and n not in plain else "")
                         for n, port in self.ports.items())
        log = "log_format witness escape=none '%s'; " % LOG_FORMAT
        answer = "%s access_log %s witness; location / { return 200 '$uri'; }" % (listen, self.path)
        self.server = servers.nginx(box, name, tls=TLS, workers=workers, http=log, server=answer, **options)

    @property
    def pid(self):
        return self.server.pid

    def lines(self):
        if not os.path.exists(self.path):
            return []
        with open(self.path) as log:
            return [line.rstrip("\n").split("|") for line in log.read().splitlines(True) if line.endswith("\n")]

    def exchanges(self, name, pid=None, least=0):
        """Of that port; waits until there are so many."""
        end = time.time() + LOG_TIMEOUT_S
        while True:
            mine = [self.exchange(words, pid) for words in self.lines() if int(words[0]) == self.ports[name]]
            if len(mine) >= least or time.time() > end:
                return mine
            time.sleep(0.02)

    @staticmethod
    def exchange(words, pid):
        _, lport, asked, answered, status, method, path, protocol, host, body = words
        # a body that it throws away is not in its $request_length
        found = dict(lport=int(lport), req_bytes=int(asked) + int(body or 0), resp_bytes=int(answered), status=int(status),
                     method=method, path=path, version=protocol.partition("/")[2])
        if host:
            found["host"] = host
        return dict(found, pid=pid) if pid else found


# ---- clients of HTTP/1: each asks a witness so often, from start to end ----

N = 23

URLLIB = """
import ssl, sys, urllib.request
context = ssl._create_unverified_context()
for i in range(%d):
    urllib.request.urlopen("%%s/urllib/%%d" %% (sys.argv[1], i), context=context if "https" in sys.argv[1] else None).read()
""" % N

HTTP_CLIENT = """
import http.client, ssl, sys
port = int(sys.argv[2])
if sys.argv[1].startswith("https"):
    c = http.client.HTTPSConnection("127.0.0.1", port, context=ssl._create_unverified_context())
else:
    c = http.client.HTTPConnection("127.0.0.1", port)
for i in range(%d):
    c.request(*(("GET", "/get/%%d" %% i), ("HEAD", "/head"), ("PUT", "/put", b"p" * i))[i %% 3])
    c.getresponse().read()
""" % N

NODE_CLIENT = """
const url = process.argv[2], web = require(url.split(':')[0]);
const agent = new web.Agent({keepAlive: true, maxSockets: 3, rejectUnauthorized: false});
let left = %d;
for (let i = left; i > 0; i--) {
    const req = web.request(url + '/node/' + i, {agent, method: i %% 2 ? 'GET' : 'POST'}, (res) => {
        res.resume();
        res.on('end', () => { if (--left == 0) process.exit(0); });
    });
    req.on('error', () => process.exit(1));
    req.end(i %% 2 ? undefined : 'some body');
}
""" % N

# wrk knows no number of requests; one connection of one thread can count.
WRK_SCRIPT = """
local answered = 0
function response()
    answered = answered + 1
    if answered == %d then wrk.thread:stop() end
end
""" % N


class Asked:
    """What clients are given."""

    def __init__(self, box, port):
        self.box, self.port = box, port
        self.url = peers.url_of(port, tls=TLS)

    def urls(self, path, n=N):
        return ["%s%s/%s" % (self.url, path, "u" * i) for i in range(n)]

    def words(self, n=N):
        """As a file: so many requests, the last of which closes."""
        heads = ["GET /words/%s HTTP/1.1\r\nHost: words.example\r\n%s\r\n"
                 % ("w" * i, "Connection: close\r\n" if i == n - 1 else "") for i in range(n)]
        return self.box.write("words", "".join(heads))


# name: (program, argv, file for its stdin or None, exit statuses); those that end in " tls" have no plain form
CLIENTS = {
    "curl": ("curl", lambda a: ["curl", "-ksS", "--http1.1", "-o", "/dev/null", a.url + "/curl/[1-%d]" % N]),
    "curl POST": ("curl", lambda a: ["curl", "-ksS", "--http1.1", "-o", "/dev/null", "-d", "x" * 3000,
                                     a.url + "/post/[1-%d]" % N]),
    "wget": ("wget", lambda a: ["wget", "-q", "--no-check-certificate", "-O", "/dev/null", *a.urls("/wget")]),
    "urllib": ("python3", lambda a: [sys.executable, "-c", URLLIB, a.url]),
    "http.client": ("python3", lambda a: [sys.executable, "-c", HTTP_CLIENT, a.url, a.port]),
    "wrk": ("wrk", lambda a: ["wrk", "-t1", "-c1", "-d5", "-s", a.box.write("count.lua", WRK_SCRIPT), a.url + "/wrk"]),
    "ab": ("ab", lambda a: ["ab", "-q", "-n", N, "-c", 5, a.url + "/ab"]),
    "ab -k": ("ab", lambda a: ["ab", "-q", "-k", "-n", N, "-c", 3, a.url + "/ab-k"]),
    "h2load --h1": ("h2load", lambda a: ["h2load", "--h1", "-n", N, "-c", 3, a.url + "/h2load"]),
    "node": ("node", lambda a: ["node", a.box.write("client.js", NODE_CLIENT), a.url]),
    "openssl s_client tls": ("openssl", lambda a: ["openssl", "s_client", "-quiet", "-connect", "%s:%d" % (HOME, a.port)]),
    "gnutls-cli tls": ("gnutls-cli", lambda a: ["gnutls-cli", "--insecure", "--logfile=/dev/null", "-p", a.port, HOME]),
    "tstclnt tls": ("tstclnt", lambda a: ["tstclnt", "-h", HOME, "-p", a.port, "-D", "-o"]),
    "git tls": ("git", lambda a: ["git", "-c", "http.sslVerify=false", "ls-remote", a.url + "/git"]),
}
READ_WORDS = {"openssl s_client tls", "gnutls-cli tls", "tstclnt tls"}
# git's own transport programs make the connection, and it does not find a repository there.
STARTS_OTHERS = FAILS = ASK_AS_THEY_LIKE = {"git tls"}
# These encrypt into memory, and write that to the socket later.
IN_MEMORY = {"node"}


def run_client(box, name, port):
    """Its pid, or None when another process is the client."""
    asked = Asked(box, port)
    argv = CLIENTS[name][1](asked)
    words = open(asked.words()) if name in READ_WORDS else subprocess.DEVNULL
    proc = box.spawn(argv, stdin=words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    out = proc.communicate(timeout=60)[0].decode("utf-8", "replace")
    if proc.returncode and name not in FAILS:
        raise harness.Gone("%s ended with %d: %s" % (name, proc.returncode, out[-400:]))
    return None if name in STARTS_OTHERS else proc.pid


# ---- curl, which knows the sizes of its own exchanges: for servers that keep no log of them ----

WORDS = "%{method} %{url_effective} %{http_code} %{size_request} %{size_upload} %{size_header} %{size_download} " \
        "%{local_port} %{http_version}\\n"


def curl(box, port, path, *options, n=1, tls=TLS):
    """n transfers of HTTP/1.1 on one connection, to path/1 and so on."""
    url = peers.url_of(port, path + ("/[1-%d]" % n if n > 1 else ""), tls)
    proc = box.spawn(["curl", "-ksS", "--http1.1", "-o", "/dev/null", "-w", WORDS, *options, url],
                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = proc.communicate(timeout=60)
    if proc.returncode:
        raise harness.Gone("curl ended with %d: %s" % (proc.returncode, err.decode()[-300:]))
    return [curl_exchange(line.split(), proc.pid) for line in out.decode().splitlines() if " " in line]


def curl_exchange(words, pid):
    method, url, status, asked, up, head, down, lport, version = words
    host, _, path = url.partition("://")[2].partition("/")
    if int(asked) < int(up):  # else the body is in it, as it went with the head
        asked = int(asked) + int(up)
    return dict(pid=pid, lport=int(lport), method=method, path="/" + path, host=host, status=int(status),
                version=version, req_bytes=int(asked), resp_bytes=int(head) + int(down))


# ---- both ends in this process ----

class TlsTalk(talk.Talk):
    """A Talk over TLS: what is said is said inside."""

    def __init__(self, box, case, tls=TLS, **options):
        self.tls = tls
        if tls:
            self.contexts = contexts(box)
        super().__init__(case, **options)

    def connect(self):
        super().connect()
        if not self.tls:
            return
        asking, answering = self.contexts
        wrapped = {}

        def serve():
            wrapped["server"] = answering.wrap_socket(self.server, server_side=True)

        thread = threading.Thread(target=serve)
        thread.start()
        self.client = asking.wrap_socket(self.client)
        thread.join()
        self.server = wrapped["server"]

    def expect(self, roles=("client", "server"), **keys):
        super().expect(roles, **{**dict(tls=self.tls, laddr=HOME, raddr=HOME), **keys})


def contexts(box):
    """(client's, server's)"""
    import ssl  # not before it is needed: tests have clients that load it late

    answering = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    answering.load_cert_chain(*servers.certificate(box))
    asking = ssl.create_default_context()
    asking.check_hostname, asking.verify_mode = False, ssl.CERT_NONE
    return asking, answering


# ---- a client that does as it is told, when it is told ----

class Hands:
    """What a Client can be told; connections have names."""

    def __init__(self):
        self.has, self.library = {}, None

    @staticmethod
    def load():
        """Only now is the library mapped."""
        import ssl
        return [ssl.OPENSSL_VERSION, libraries("self")]

    def open(self, name, port, tls):
        sock = socket.create_connection((HOME, port))
        if tls:
            import ssl
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            sock = context.wrap_socket(sock)
        self.has[name] = sock

    def ask(self, name, path, body=0, method=None):
        """One exchange, all of it."""
        return exchange(self.has[name], path, body, method)

    def wire(self, name):
        """(its end: local address and port, remote ones; [received, sent]): bytes as TCP counts them."""
        sock = self.has[name]
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_SIZE)
        moved = [struct.unpack_from("Q", info, at)[0] for at in (TCP_INFO_RECEIVED, TCP_INFO_SENT)]
        return [sock.getsockname() + sock.getpeername(), moved]

    def native(self, name, port, bind="fd", small=False):
        """A connection by the library's own functions, see tls_native."""
        import tls_native
        if not self.library:
            self.library = tls_native.Native()
        self.has[name] = tls_native.Connection(self.library, port, bind, small)

    def ask_native(self, name, path, body=0, how="whole", peek=False):
        """(the exchange, how often a call had to be made again)"""
        import tls_native
        connection = self.has[name]
        before = dict(connection.retries)
        told = exchange(tls_native.Way(connection, how, peek), path, body)
        return [told, {why: n - before[why] for why, n in connection.retries.items()}]

    def close(self, name):
        self.has.pop(name).close()


def exchange(sock, path, body=0, method=None):
    """Asks and reads the answer, which has a Content-Length; returns what the records must say."""
    method = method or ("POST" if body else "GET")
    peer = "%s:%d" % sock.getpeername()[:2]
    length = "Content-Length: %d\r\n" % body if body else ""
    asked = ("%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (method, path, peer, length)).encode() + b"x" * body
    sock.sendall(asked)
    got = b""
    while b"\r\n\r\n" not in got:
        got += heard(sock)
    head, _, rest = got.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    size = len(rest)
    while method != "HEAD" and size < int(fields[b"content-length"]):
        size += len(heard(sock))
    return dict(lport=sock.getsockname()[1], method=method, path=path, host=peer, status=int(head.split()[1]),
                version="1.1", req_bytes=len(asked), resp_bytes=len(head) + 4 + size)


def heard(sock):
    piece = sock.recv(65536)
    if not piece:
        raise EOFError("the server closed")
    return piece


def libraries(pid):
    """The TLS libraries that a process has mapped."""
    with open("/proc/%s/maps" % pid) as maps:
        paths = {line.split(None, 5)[5].strip() for line in maps if len(line.split(None, 5)) == 6}
    return sorted(p for p in paths if "/libssl" in p or "libgnutls" in p or "libnspr" in p)


class Client(orders.Helper):
    """A process of python's.  wrap: words before its command."""

    def __init__(self, box, wrap=(), python=sys.executable):
        super().__init__(box, [*wrap, python, os.path.abspath(__file__)], "the client")

    def ask(self, *args, **options):
        return dict(self.do("ask", *args, **options), pid=self.pid)


class Piped:
    """A program that sends what it reads, and keeps its connection: .pid."""

    def __init__(self, box, argv):
        self.proc = box.spawn(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @property
    def pid(self):
        return self.proc.pid

    def ask(self, witness, name, path, n=1):
        """One by one, each when the one before is answered; the exchanges are the witness's."""
        for i in range(n):
            before = len(witness.exchanges(name))
            self.proc.stdin.write(("GET %s/%s HTTP/1.1\r\nHost: piped.example\r\n\r\n" % (path, "p" * i)).encode())
            self.proc.stdin.flush()
            if len(witness.exchanges(name, least=before + 1)) == before:
                raise harness.Gone("%s: request %d is not answered" % (name, i))


def piped_argv(name, port):
    """Of those of CLIENTS that can be used so."""
    return {"openssl": ["openssl", "s_client", "-quiet", "-connect", "%s:%d" % (HOME, port)],
            "gnutls-cli": ["gnutls-cli", "--insecure", "--logfile=/dev/null", "-p", port, HOME],
            "tstclnt": ["tstclnt", "-h", HOME, "-p", port, "-D", "-o"]}[name]


# ---- libraries of one's own ----

def library(name):
    """Where the loader finds it."""
    out = subprocess.run(["ldconfig", "-p"], stdout=subprocess.PIPE, check=True).stdout.decode()
    paths = [line.split(" => ")[1] for line in out.splitlines() if line.split(" ")[0].strip() == name]
    return os.path.realpath(paths[0]) if paths else None


def private_openssl(box, name):
    """A directory with copies of OpenSSL's libraries; None: there are none to copy."""
    sources = {n: library(n) for n in ("libssl.so.3", "libcrypto.so.3")}
    if None in sources.values():
        return None
    for n, source in sources.items():
        with open(source, "rb") as f:
            box.write(name + "/" + n, f.read())
    return box.path(name)


def small_root(box, name, program):
    """A directory that holds a program and what it needs, to be the root of a process; returns the program's path there."""
    source = shutil.which(program)
    out = box.run(["ldd", source])
    files = [word for line in out.splitlines() for word in line.split() if word.startswith("/")] + [source]
    for path in files:
        target = box.path(name) + path
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy(path, target)
    return source


def go_build(box, source, name, options, **environment):
    """Compiles one file, or several; the program's path."""
    out = box.path(name)
    sources = [source] if isinstance(source, str) else source
    box.run(["go", "build", "-p", "2", *options, "-o", out, *sources], timeout=100, env=dict(
        os.environ, GO111MODULE="off", GOFLAGS="", GOTOOLCHAIN="local", GOPATH=GOPATH,
        GOCACHE=os.path.join(harness.WORKLOADS, "go-cache"), **environment))
    return out


def with_libraries(directory):
    """Words before a command: it takes its libraries from there first."""
    return ["env", "LD_LIBRARY_PATH=" + directory]


def counted(actual, *keys):
    return collections.Counter(tuple(r.get(k) for k in keys) for r in actual)


if __name__ == "__main__":
    orders.obey(Hands())
