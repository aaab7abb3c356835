"""Prints, as JSON, the processes below a pid and that pid itself: run where a node runs.

Usage: ``python -c SOURCE PID``. Reads /proc alone, so that it needs nothing but a Python.
"""

import contextlib
import json
import os
import sys

found = {}
for entry in filter(str.isdigit, os.listdir("/proc")):
    with contextlib.suppress(OSError):
        with open("/proc/%s/stat" % entry) as file:
            head, _, rest = file.read().rpartition(")")
        with open("/proc/%s/cmdline" % entry, "rb") as file:
            words = file.read().decode(errors="replace").split("\0")[:-1]
        state, parent = rest.split()[:2]
        found[int(entry)] = {
            "pid": int(entry),
            "ppid": int(parent),
            "name": head.partition("(")[2],
            "status": state,
            "cmdline": words,
        }
below = {int(sys.argv[1])}
while True:
    more = {pid for pid in found if found[pid]["ppid"] in below} - below
    if not more:
        break
    below |= more
living = [found[pid] for pid in sorted(below & set(found)) if found[pid]["status"] != "Z"]
print(json.dumps([p for p in living if p["pid"] != os.getpid()]))
