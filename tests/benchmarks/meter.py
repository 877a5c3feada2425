"""Run a command, and write its cost as JSON to the file that is the first argument.

The memory is that of the largest process. This program is a process of its own, because Linux counts the memory of a process as
the memory of the processes that it starts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path


def main(report: str, *command: str) -> None:
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout
    output = process.stdout.read()
    unused, status, usage = os.wait4(process.pid, 0)
    cost = {
        "seconds": time.perf_counter() - start,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss / 1024,
        "status": os.waitstatus_to_exitcode(status),
        "output": output.decode(errors="replace")[-3000:],
    }
    Path(report).write_text(json.dumps(cost))


if __name__ == "__main__":
    main(*sys.argv[1:])
