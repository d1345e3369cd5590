# SPDX-License-Identifier: Apache-2.0
"""A process that does what it is told, one JSON line each way."""
import json
import os
import select
import subprocess
import sys

import harness

ANSWER_TIMEOUT_S = 30 * harness.SLOW


class Helper:
    """.pid; do(verb, ...) returns what the method of that name in the process does."""

    def __init__(self, box, argv, name):
        self.name = name
        self.proc = box.spawn(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.pid = self.answer()

    def start(self, verb, *args, **options):
        """Without its answer."""
        self.proc.stdin.write(json.dumps([verb, args, options]).encode() + b"\n")
        self.proc.stdin.flush()

    def answer(self):
        if not select.select([self.proc.stdout], [], [], ANSWER_TIMEOUT_S)[0]:
            raise harness.Gone("%s does not answer" % self.name)
        line = self.proc.stdout.readline()
        if not line:
            raise harness.Gone("%s ended" % self.name)
        good, said = json.loads(line)
        if not good:
            raise harness.Gone("%s says %s" % (self.name, said))
        return said

    def do(self, verb, *args, **options):
        self.start(verb, *args, **options)
        return self.answer()


def obey(hands):
    """The process's side: until its input ends."""
    print(json.dumps([True, os.getpid()]), flush=True)
    for line in sys.stdin:
        verb, args, options = json.loads(line)
        try:
            said = [True, getattr(hands, verb)(*args, **options)]
        except Exception as e:
            said = [False, repr(e)]
        print(json.dumps(said), flush=True)
