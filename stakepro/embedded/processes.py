"""Which process a number in a file really is."""

import os
import subprocess
from pathlib import Path


def command_line(pid: int) -> list[str]:
    """The words a process was started with; none if it is gone, a zombie, or hidden from us."""
    proc = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self/cmdline").exists():
        try:
            return os.fsdecode(proc.read_bytes()).rstrip("\0").split("\0")
        except OSError:
            return []
    shown = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.split()


def is_postgres_of(pid: int, data: Path) -> bool:
    """Whether that process is the PostgreSQL server of that data folder (numbers are given out again)."""
    words = command_line(pid)
    if not words or Path(words[0]).name != "postgres":
        return False
    # Without /proc the words were cut at spaces; then the path as text must do.
    return str(data) in words or f"-D {data} " in " ".join(words) + " "


def dead_pid() -> int:
    """The number of a process that has just ended."""
    child = subprocess.Popen(["true"])
    child.wait()
    return child.pid
