"""Holds all threads of a process as a debugger does: it neither wakes by SIGCONT nor ends by SIGTERM, only by SIGKILL.

    hang.py PID [SECONDS]        says `held`; lets go at its own end
"""

import ctypes
import os
import sys
import time

SEIZE, INTERRUPT = 0x4206, 0x4207
ALL_THREADS, NO_WAIT = 0x40000000, 1


def main(pid, seconds=3600.0):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long] * 4
    held = set()
    # Until a look finds no new thread: those that are held start none.
    while True:
        new = {int(thread) for thread in os.listdir(f"/proc/{pid}/task")} - held
        if not new:
            break
        for thread in new:
            if libc.ptrace(SEIZE, thread, 0, 0) == 0 and libc.ptrace(INTERRUPT, thread, 0, 0) == 0:
                os.waitpid(thread, ALL_THREADS)
            held.add(thread)
    print("held", flush=True)
    end = time.monotonic() + seconds
    while time.monotonic() < end and os.path.exists(f"/proc/{pid}"):
        try:
            ended, _status = os.waitpid(-1, ALL_THREADS | NO_WAIT)
        except ChildProcessError:
            break
        if ended == 0:
            time.sleep(0.05)


if __name__ == "__main__":
    main(int(sys.argv[1]), *map(float, sys.argv[2:]))
