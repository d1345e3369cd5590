# SPDX-License-Identifier: Apache-2.0
"""A terminal that a tool writes to, and bytes that must never get there raw."""
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading

import harness

# No control bytes but the ends of lines, in a file and on a terminal.
RAW = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")
HOSTILE = [b"\x1b]0;owned\x07", b"\x1b[31mred", b"\x9b31m", b"\xc2\x9b31m", b"\xff\xfe", b"\x08\x08\x08",
           b"\xe2\x80\xae", b"\t"]


class Terminal:
    """The tool writing to a terminal of 80 columns."""

    def __init__(self, box, *options, tool=harness.TOOL):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        attributes = termios.tcgetattr(slave)
        attributes[1] &= ~termios.OPOST  # as written
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        ready, ready_w = os.pipe()
        self.proc = box.spawn([tool, "--ready-fd", str(ready_w), *options], stdout=slave, stderr=subprocess.DEVNULL,
                              pass_fds=[ready_w])
        os.close(ready_w)
        os.close(slave)
        os.read(ready, 1)
        os.close(ready)
        self.out, self.reader = b"", threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        try:
            while piece := os.read(self.master, 65536):
                self.out += piece
        except OSError:  # the other end is closed
            pass

    def stop(self):
        self.proc.send_signal(signal.SIGINT)
        self.proc.wait(harness.STOP_TIMEOUT_S)
        self.reader.join()
        os.close(self.master)
        return self.out
