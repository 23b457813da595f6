"""Processes that compile kernels beside this one: begun before it has loaded what it takes to know of kernels."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    import subprocess

Compiler: TypeAlias = "subprocess.Popen[str]"

MOST: Final = 4
"""More would wait for the dearest kernel."""
_KEPT: Final = "*.nbi"
"""Numba keeps an index of each kernel that is on disk."""


def begin() -> Compiler:
    """Start a process that compiles what it is asked for."""
    import subprocess

    words = [sys.executable, "-P", "-m", "dronesim.routing.compiled"]
    pipe = subprocess.PIPE
    return subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)


@contextmanager
def begun_if_first() -> Iterator[list[Compiler]]:
    """Give processes that have begun, where nothing was ever compiled on this machine and cores are there; else none.

    Whoever ends the block leaves none of them at work.
    """
    processes = list[Compiler]()
    try:
        if is_first():
            from dronesim.cores import workers_for

            workers = min(workers_for(None), MOST)
            with suppress(OSError):
                processes.extend(begin() for _ in range(workers if workers > 1 else 0))
        yield processes
    finally:
        end(processes)


def is_first() -> bool:
    """Tell whether no kernel of any version was ever kept: where the environment says, or beside the program.

    It is a guess that loads nothing: where it is wrong, processes begin a second later, or in vain.
    """
    if os.environ.get("NUMBA_DISABLE_JIT", "0") != "0":
        return False
    named = os.environ.get("NUMBA_CACHE_DIR")
    if named:
        return not any(Path(named).glob(f"*/{_KEPT}"))
    own = Path(__file__).parent
    return os.access(own, os.W_OK) and not any(own.glob(f"*/__pycache__/{_KEPT}"))


def end(processes: list[Compiler]) -> None:
    """End processes, whatever they are at."""
    for process in processes:
        process.kill()
    for process in processes:
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
