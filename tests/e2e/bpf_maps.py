# SPDX-License-Identifier: Apache-2.0
"""What the kernel's maps of a tool hold."""
import json
import os
import re
import subprocess


class Maps:
    """The tool's own maps: the ids are in its /proc/PID/fdinfo."""

    def __init__(self, snoop):
        self.ids = set()
        where = "/proc/%d/fdinfo/" % snoop.pid
        for fd in os.listdir(where):
            with open(where + fd) as f:
                found = re.search(r"^map_id:\s*(\d+)", f.read(), re.M)
            if found:
                self.ids.add(int(found.group(1)))

    @staticmethod
    def bpftool(*words):
        out = subprocess.run(["bpftool", "-j", *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return json.loads(out.stdout or b"[]")

    def hashes(self):
        """{name: id} of those that are filled and emptied as traffic passes."""
        shown = [self.bpftool("map", "show", "id", i) for i in self.ids]
        return {m.get("name", str(m["id"])): m["id"] for m in shown if "hash" in m.get("type", "")}

    def count(self, map_id):
        dump = self.bpftool("map", "dump", "id", map_id)
        return len(dump) if isinstance(dump, list) else 0
