"""Runs a command and writes what it used into a file: `used.py FILE COMMAND…`.

A process of its own, because Linux counts the memory of a parent process to its child's peak."""

import json
import os
import subprocess
import sys

process = subprocess.Popen(sys.argv[2:])
_, status, used = os.wait4(process.pid, 0)
with open(sys.argv[1], "w") as file:
    json.dump({"cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss / 1024}, file)
sys.exit(os.waitstatus_to_exitcode(status))
