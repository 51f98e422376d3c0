"""What every benchmark needs: a database, processes, and the CPU and memory that they used."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.support.postgresql import PostgreSQL

POSTGRESQL_SETTINGS = "max_connections = 100\nfsync = on\nsynchronous_commit = on\nshared_buffers = 256MB\n"


@dataclass(frozen=True)
class Ground:
    """Where a benchmark runs: a folder, a database, and the process id of the database server if it has one."""

    folder: Path
    database_url: str
    server: psutil.Process | None


@contextmanager
def ground(kind: str) -> Iterator[Ground]:
    """Yield a fresh ``sqlite`` or ``postgresql`` database in a folder of its own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="samenspraak-bench-")))
        if kind == "sqlite":
            yield Ground(folder, f"sqlite:///{folder / 'bench.sqlite3'}", None)
            return
        server = PostgreSQL(folder / "pg", POSTGRESQL_SETTINGS)
        stack.callback(server.stop)
        yield Ground(folder, server.create("bench"), psutil.Process(server.pid))


@contextmanager
def process(
    *arguments: str, environment: Mapping[str, str] | None = None, quiet: bool = False
) -> Iterator[subprocess.Popen[str]]:
    """Run ``python -m …`` for as long as the block lasts."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SAMENSPRAAK_")}
    child = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL if quiet else subprocess.PIPE,
        text=True,
        env={**clean, **(environment or {})},
    )
    try:
        yield child
    finally:
        child.terminate()
        child.wait(20)


def line(child: subprocess.Popen[str]) -> str:
    """Return the next line that a process wrote."""
    assert child.stdout is not None
    return child.stdout.readline().strip()


def cpu_seconds(root: psutil.Process | None) -> float:
    """Return the CPU seconds of a process and those below it, living or reaped."""
    if root is None:
        return 0.0
    try:
        times = root.cpu_times()
        children = root.children()
    except psutil.NoSuchProcess:
        return 0.0  # ended meanwhile, so that its parent has counted it
    total = float(times.user + times.system + times.children_user + times.children_system)
    return total + sum(cpu_seconds(child) for child in children)


def peak_mb(root: psutil.Process) -> float:
    """Return the most memory that a process and those below it had, in MB, each at its own peak."""
    total = 0.0
    for one in (root, *root.children(recursive=True)):
        for text in Path(f"/proc/{one.pid}/status").read_text().splitlines():
            if text.startswith("VmHWM:"):
                total += int(text.split()[1]) / 1024
    return total


def resident_mb(root: psutil.Process) -> float:
    """Return the memory of a process and those below it now, in MB, what they share counted once."""
    return sum(float(one.memory_full_info().pss) for one in (root, *root.children(recursive=True))) / 1_048_576
