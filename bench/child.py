"""Run one command and print as JSON what it cost: exit code, CPU and elapsed seconds, peak memory in bytes.

A process of its own, as small as Python gets: a child's peak memory counts from that of its parent on.
Standard output of the command goes to OUTPUT, its standard error to OUTPUT.stderr.

    python -I -S child.py OUTPUT COMMAND...
"""

import json
import os
import sys
import time

output, command = sys.argv[1], sys.argv[2:]
flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
began = time.monotonic()
pid = os.posix_spawnp(
    command[0],
    command,
    os.environ,
    file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, output, flags, 0o644),
        (os.POSIX_SPAWN_OPEN, 2, f"{output}.stderr", flags, 0o644),
    ],
)
_, status, used = os.wait4(pid, 0)
print(
    json.dumps(
        {
            "code": os.waitstatus_to_exitcode(status),
            "cpu": used.ru_utime + used.ru_stime,
            "elapsed": time.monotonic() - began,
            "memory": used.ru_maxrss * 1024,
        }
    )
)
