"""Lives of a ledger that end by SIGKILL at each system call in turn. A program of its own, as it forks and traces.

Every life does the same entries, with the same ids, on what the lives before it have left. Standard output gets one
line of JSON for each life: the call it died at (null: it came to its end), what had been promised when it died, the
pulses that had been sent to the game, and the ledger's rows afterwards.
"""

import asyncio
import ctypes
import json
import os
import shutil
import signal
import sqlite3
import sys
from itertools import count
from pathlib import Path
from typing import Any

from devices.arcade.coins.ledger import Ledger

PTRACE_TRACEME = 0
PTRACE_SYSCALL = 24
PTRACE_SETOPTIONS = 0x4200
TRACE_SYSGOOD_AND_CLONE = 0x1 | 0x8
SYSCALL_STOP = signal.SIGTRAP | 0x80
TRACING = {SYSCALL_STOP, signal.SIGTRAP, signal.SIGSTOP}
"""Stops that tracing makes; other signals are the life's own."""
WALL = 0x40000000
"""Wait for threads as for processes."""

libc = ctypes.CDLL(None, use_errno=True)


def ptrace(request: int, pid: int, data: int = 0) -> None:
    if libc.ptrace(request, pid, None, ctypes.c_void_p(data)) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")


async def life(folder: Path, promise: int) -> None:
    def promised(what: str) -> None:
        os.write(promise, what.encode() + b"\n")

    async with Ledger(folder) as ledger:
        for n in range(3):
            promised(f"inserting coin {n}")
            await ledger.insert(f"coin {n}", 2, pulses=2)
            promised(f"coin {n}")
        if await ledger.spend("turn 0", 3):
            promised("turn 0")
        for _ in range(await ledger.take_pulses(2)):
            promised("pulse")
        await ledger.refund("turn 0")
        promised("refund 0")


def born(folder: Path, promise: int) -> int:
    """The process id of a new life, stopped before its first step."""
    pid = os.fork()
    if pid == 0:
        libc.ptrace(PTRACE_TRACEME, 0, None, None)
        os.kill(os.getpid(), signal.SIGSTOP)
        asyncio.run(life(folder, promise))
        os._exit(0)
    os.waitpid(pid, WALL)
    ptrace(PTRACE_SETOPTIONS, pid, TRACE_SYSGOOD_AND_CLONE)
    return pid


def die_at(pid: int, call: int) -> bool:
    """Let it live until system call number `call`, entered or left, in whichever of its threads; whether it died."""
    ptrace(PTRACE_SYSCALL, pid)
    while True:
        thread, status = os.waitpid(-1, WALL)
        if not os.WIFSTOPPED(status):
            if thread == pid:
                return ended(status)
            continue
        reason = os.WSTOPSIG(status)
        if reason == SYSCALL_STOP:
            call -= 1
        if call < 0:
            os.kill(pid, signal.SIGKILL)
            while os.waitpid(-1, WALL)[0] != pid:
                pass
            return True
        ptrace(PTRACE_SYSCALL, thread, 0 if reason in TRACING else reason)


def ended(status: int) -> bool:
    if status != 0:
        raise SystemExit(f"a life ended by itself, with status {status}")
    return False


def rows(folder: Path) -> list[Any]:
    """What is in the ledger, read from a copy: the next life finds everything as it was left."""
    if not (folder / "coins.sqlite").exists():
        return []
    copy = folder.with_name("copy")
    shutil.copytree(folder, copy)
    db = sqlite3.connect(copy / "coins.sqlite")
    try:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'entry'").fetchone():
            return []
        return db.execute("SELECT kind, id, credits, pulses FROM entry ORDER BY number").fetchall()
    finally:
        db.close()
        shutil.rmtree(copy)


def one_life(folder: Path, call: int) -> bool:
    reading, writing = os.pipe()
    died = die_at(born(folder, writing), call)
    os.close(writing)
    with os.fdopen(reading) as promises:
        promised = promises.read().split("\n")[:-1]
    told = {"died_at": call if died else None, "promised": promised, "rows": rows(folder)}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    return died


def main(folder: Path) -> None:
    """Each ledger has one life that is killed, and one that comes to its end."""
    for call in count():
        if not one_life(folder / str(call), call):
            return
        one_life(folder / str(call), sys.maxsize)
        shutil.rmtree(folder / str(call))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
