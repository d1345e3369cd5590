# SPDX-License-Identifier: Apache-2.0
"""OpenSSL by its own functions, through ctypes: what programs in C do, and python's module does not.

The library is mapped when Native is made, by dlopen()."""
import ctypes
import os
import select
import socket

WANT_READ, WANT_WRITE = 2, 3
CTRL_MODE, PARTIAL_WRITE, MOVING_BUFFER = 33, 1, 2
# So small that a write of some 100 kB needs many attempts.
SMALL_BUFFER = 4096
PIECE = 16384

POINTERS = ("TLS_client_method", "SSL_CTX_new", "SSL_new", "BIO_new_socket")


class Native:
    def __init__(self, path="libssl.so.3"):
        self.lib = ctypes.CDLL(path, mode=os.RTLD_LOCAL)
        for name in POINTERS:
            getattr(self.lib, name).restype = ctypes.c_void_p
        self.context = ctypes.c_void_p(self.lib.SSL_CTX_new(ctypes.c_void_p(self.lib.TLS_client_method())))


class Connection:
    """how: "fd" or "bio", which binds the socket to the library; small: its socket has a tiny buffer."""

    def __init__(self, native, port, how="fd", small=False):
        self.lib, self.retries = native.lib, {WANT_READ: 0, WANT_WRITE: 0}
        self.ssl = ctypes.c_void_p(self.lib.SSL_new(native.context))
        self.sock = socket.socket()
        if small:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BUFFER)
        self.sock.connect(("127.0.0.1", port))
        self.sock.setblocking(False)
        if how == "fd":
            self.lib.SSL_set_fd(self.ssl, self.sock.fileno())
        else:
            bio = ctypes.c_void_p(self.lib.BIO_new_socket(self.sock.fileno(), 0))
            self.lib.SSL_set_bio(self.ssl, bio, bio)
        self.lib.SSL_set_connect_state(self.ssl)
        self.until_done(lambda: self.lib.SSL_do_handshake(self.ssl))

    def until_done(self, call):
        """Again, with the same arguments, as long as the library wants that."""
        while True:
            got = call()
            if got > 0:
                return got
            why = self.lib.SSL_get_error(self.ssl, got)
            if why not in self.retries:
                raise OSError("the library says %d" % why)
            self.retries[why] += 1
            ways = ([self.sock], []) if why == WANT_READ else ([], [self.sock])
            select.select(*ways, [], 10)

    def write(self, data, how):
        """how: "whole", "partial", "ex" """
        if how == "partial":
            self.lib.SSL_ctrl(self.ssl, CTRL_MODE, ctypes.c_long(PARTIAL_WRITE | MOVING_BUFFER), None)
        done = 0
        while done < len(data):
            piece, n = ctypes.create_string_buffer(data[done:], len(data) - done), ctypes.c_size_t(0)
            if how == "ex":
                self.until_done(lambda: self.lib.SSL_write_ex(self.ssl, piece, ctypes.c_size_t(len(piece)),
                                                              ctypes.byref(n)))
                done += n.value
            else:
                done += self.until_done(lambda: self.lib.SSL_write(self.ssl, piece, len(piece)))

    def read(self, how, peek=False):
        """With `peek` all that is read has been looked at before, some of it twice."""
        buffer, n = ctypes.create_string_buffer(PIECE), ctypes.c_size_t(0)
        size = ctypes.c_size_t(PIECE)
        if how == "ex":
            if peek:
                self.until_done(lambda: self.lib.SSL_peek_ex(self.ssl, buffer, ctypes.c_size_t(10), ctypes.byref(n)))
                self.until_done(lambda: self.lib.SSL_peek_ex(self.ssl, buffer, size, ctypes.byref(n)))
            self.until_done(lambda: self.lib.SSL_read_ex(self.ssl, buffer, size, ctypes.byref(n)))
            return buffer.raw[:n.value]
        if peek:
            self.until_done(lambda: self.lib.SSL_peek(self.ssl, buffer, 10))
            self.until_done(lambda: self.lib.SSL_peek(self.ssl, buffer, PIECE))
        got = self.until_done(lambda: self.lib.SSL_read(self.ssl, buffer, PIECE))
        return buffer.raw[:got]

    def close(self):
        self.lib.SSL_shutdown(self.ssl)
        self.lib.SSL_free(self.ssl)
        self.sock.close()

    # as exchange() of tls_peers wants it of a socket

    def getsockname(self):
        return self.sock.getsockname()

    def getpeername(self):
        return self.sock.getpeername()


class Way:
    """A connection, and the functions that are used on it: looks like a socket."""

    def __init__(self, connection, how, peek):
        self.connection, self.how, self.peek = connection, how, peek
        self.getsockname, self.getpeername = connection.getsockname, connection.getpeername

    def sendall(self, data):
        self.connection.write(data, self.how)

    def recv(self, _):
        return self.connection.read(self.how, self.peek)
