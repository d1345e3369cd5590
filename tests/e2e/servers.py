# SPDX-License-Identifier: Apache-2.0
"""Real servers, each with a configuration, a port and a directory of its own."""
import os
import sys

import harness

NGINX = """
daemon off;
%(processes)s
user root;
pid %(dir)s/nginx.pid;
error_log stderr warn;
events { worker_connections 4096; }
http {
    access_log %(dir)s/access.log;
    client_body_temp_path %(dir)s/body;
    proxy_temp_path %(dir)s/proxy;
    fastcgi_temp_path %(dir)s/fastcgi;
    uwsgi_temp_path %(dir)s/uwsgi;
    scgi_temp_path %(dir)s/scgi;
    keepalive_requests 1000000;
    client_max_body_size 0;
    large_client_header_buffers 8 64k;
    sendfile %(sendfile)s;
    root %(dir)s/www;
    %(http)s
    server {
        listen 127.0.0.1:%(port)d %(listen)s;
        %(server)s
    }
}
"""

APACHE = """
ServerRoot %(dir)s
PidFile %(dir)s/apache.pid
ErrorLog %(dir)s/error.log
DefaultRuntimeDir %(dir)s
ServerName localhost
Listen 127.0.0.1:%(port)d
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule http2_module /usr/lib/apache2/modules/mod_http2.so
User www-data
Group www-data
DocumentRoot %(dir)s/www
MaxKeepAliveRequests 0
KeepAliveTimeout 60
LogFormat "%%r %%>s" short
CustomLog %(dir)s/access.log short
%(extra)s
"""

HAPROXY = """
global
    nbthread 1
defaults
    mode http
    timeout connect 5s
    timeout client 20s
    timeout server 20s
frontend in
    bind 127.0.0.1:%(port)d %(bind)s
    default_backend out
backend out
    server one 127.0.0.1:%(to)d %(back)s
"""

PYTHON = """
import http.server, ssl
tls = %(tls)r
if tls:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*tls)
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "%(protocol)s"
    def do_GET(self):
        body = b"x" * 100
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_POST(self):
        left = int(self.headers["Content-Length"])
        while left:
            left -= len(self.rfile.read(min(left, 1 << 20)))
        self.do_GET()
    def log_message(self, *_):
        pass
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
    def finish_request(self, request, client):
        if not tls:
            return super().finish_request(request, client)
        with context.wrap_socket(request, server_side=True) as wrapped:
            super().finish_request(wrapped, client)
Server(("127.0.0.1", %(port)d), Handler).serve_forever()
"""

NODE = """
const server = require('%(module)s').createServer(%(options)s, (req, res) => {
    req.resume();
    req.on('end', () => {
        if (req.url.startsWith('/chunked')) { res.write('a'); res.end('b'); }
        else res.end('hello');
    });
});
server.keepAliveTimeout = 20000;
server.listen(%(port)d, '127.0.0.1');
"""


class Server:
    """One that runs: .port, .pid, .log (of requests, where it writes one)."""

    def __init__(self, box, name, argv, port, log=None):
        self.name, self.port, self.log = name, port, log
        self.err = box.path(name + ".err")
        with open(self.err, "wb") as err:
            self.proc = box.spawn(argv, stdout=err, stderr=err)
        try:
            harness.wait_port(port)
        except harness.Gone as gone:
            with open(self.err) as err:
                raise harness.Gone("%s: %s: %s" % (name, gone, err.read()[-500:]))

    @property
    def pid(self):
        return self.proc.pid

    def logged(self):
        """How many requests the server says it has answered."""
        with open(self.log, "rb") as f:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: f.read(1 << 20), b""))


def _place(box, name):
    """A directory with a document root."""
    path = box.path(name)
    box.write(name + "/www/index.html", "hello\n")
    return path


APACHE_TLS = """
LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so
SSLEngine on
SSLCertificateFile %s
SSLCertificateKeyFile %s
"""

SAY_HELLO = "location / { return 200 'hello'; }"


def nginx(box, name="nginx", workers=1, server=SAY_HELLO, http="", sendfile="on", listen="", tls=False):
    """tls: with listen="http2" it speaks both versions, as the client asks."""
    path, port = _place(box, name), harness.free_port()
    if tls:
        listen += " ssl"
        http += "ssl_certificate %s; ssl_certificate_key %s;" % certificate(box)
    processes = "worker_processes %d;" % workers if workers > 1 else "master_process off;"
    config = NGINX % dict(dir=path, port=port, processes=processes, server=server, http=http, sendfile=sendfile,
                          listen=listen)
    conf = box.write(name + "/nginx.conf", config)
    return Server(box, name, ["nginx", "-p", path, "-e", "stderr", "-c", conf], port, path + "/access.log")


def apache(box, name="apache", extra="", tls=False):
    path, port = _place(box, name), harness.free_port()
    for file in ("error.log", "access.log"):
        box.write(name + "/" + file, "")
    if tls:
        extra += APACHE_TLS % certificate(box)
    conf = box.write(name + "/apache.conf", APACHE % dict(dir=path, port=port, extra=extra))
    return Server(box, name, ["apache2", "-X", "-f", conf], port, path + "/access.log")


def haproxy(box, to, name="haproxy", bind="", back="", tls=False):
    """bind, back: words behind the addresses that it listens at and passes on to."""
    port = harness.free_port()
    if tls:
        bind += " ssl crt %s alpn h2,http/1.1" % certificate_with_key(box)
    conf = box.write(name + "/haproxy.cfg", HAPROXY % dict(port=port, to=to, bind=bind, back=back))
    return Server(box, name, ["haproxy", "-db", "-f", conf], port)


def python_http(box, name="python", protocol="HTTP/1.1", tls=False):
    port = harness.free_port()
    files = certificate(box) if tls else None
    script = box.write(name + ".py", PYTHON % dict(port=port, protocol=protocol, tls=files))
    return Server(box, name, [sys.executable, script], port)


def node_tls(box, tls):
    """The options of node's servers."""
    words = "cert: fs.readFileSync('%s'), key: fs.readFileSync('%s')" % certificate(box) if tls else ""
    return "{%s}" % words.replace("fs.", "require('fs').")


def node(box, name="node", tls=False):
    port = harness.free_port()
    words = dict(port=port, module="https" if tls else "http", options=node_tls(box, tls))
    script = box.write(name + ".js", NODE % words)
    return Server(box, name, ["node", script], port)


def redis(box, name="redis"):
    path, port = _place(box, name), harness.free_port()
    argv = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", path]
    return Server(box, name, argv, port)


def certificate(box):
    """Paths of the test's self-signed certificate and its key."""
    crt, key = box.path("tls.crt"), box.path("tls.key")
    if not os.path.exists(crt):
        box.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                 "-keyout", key, "-out", crt, "-days", "2", "-subj", "/CN=localhost",
                 "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        os.chmod(key, 0o644)
    return crt, key


def certificate_with_key(box):
    """Both in one file."""
    texts = []
    for path in certificate(box):
        with open(path) as f:
            texts.append(f.read())
    return box.write("tls.pem", "".join(texts))


# ---- HTTP/2; nginx has it on ports of its own: listen="http2" ----

HTTP2_APACHE = "Protocols h2 h2c http/1.1\nH2MaxSessionStreams 1000"

# Answers as the query says: ?status=N&bytes=N.  Writes what it knows of each exchange, one JSON object a line.
NODE_HTTP2 = """
const http2 = require('http2'), fs = require('fs');
const log = fs.openSync('%(log)s', 'w');
const server = http2.%(create)s(%(options)s);
server.on('stream', (stream, fields, flags, raw) => {
    const {remotePort} = stream.session.socket;
    const path = fields[':path'], asked = new URL(path, 'http://x').searchParams;
    const status = Number(asked.get('status') || (path.startsWith('/missing') ? 404 : 200));
    let received = 0;
    stream.on('data', (piece) => { received += piece.length; });
    stream.on('end', () => {
        const body = Buffer.alloc(Number(asked.get('bytes') || 6), 120);
        stream.respond({':status': status, 'content-type': 'text/plain'});
        stream.end(body);
        fs.writeSync(log, JSON.stringify({rport: remotePort, stream: stream.id, method: fields[':method'], path,
                                          host: fields[':authority'], status, received, sent: body.length,
                                          fields: raw}) + '\\n');
    });
});
server.listen(%(port)d, '127.0.0.1');
"""


def nghttpd(box, name="nghttpd", options=(), files=None, tls=False):
    """With -v among the options its .err has all frames.  files: {name below the document root: bytes}."""
    path, port = _place(box, name), harness.free_port()
    for file, content in (files or {}).items():
        box.write(name + "/www/" + file, content)
    argv = ["nghttpd", "-a", "127.0.0.1", "-d", path + "/www", *options]
    if tls:
        crt, key = certificate(box)
        argv += [port, key, crt]
    else:
        argv += ["--no-tls", port]
    return Server(box, name, argv, port)


def node_http2(box, name="node2", tls=False):
    port, log = harness.free_port(), box.path(name + ".log")
    words = dict(port=port, log=log, create="createSecureServer" if tls else "createServer", options=node_tls(box, tls))
    script = box.write(name + ".js", NODE_HTTP2 % words)
    return Server(box, name, ["node", script], port, log)


def haproxy_http2(box, to, name, back=""):
    """back="proto h2": speaks it to the server behind, too."""
    return haproxy(box, to, name, bind="proto h2", back=back)
