"""Compiles kernels before the first run on a machine, in several processes, and says so."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from dronesim.beside import MOST, Compiler
from dronesim.cli.output import tell

MESSAGE = "compiling the routing and clearance kernels; this happens once, later runs load them from disk ..."

UNKEPT = (
    "the kernels can't be kept for later runs ({why}): each process compiles them anew; set NUMBA_CACHE_DIR to a "
    "folder that can be written, with 10 MB free"
)


@contextmanager
def compiling_told(
    mode: str | None = None, *, is_quiet: bool = False, begun: Sequence[Compiler] = ()
) -> Iterator[None]:
    """Compile what is not in numba's cache beforehand, and tell on standard error when a kernel is compiled.

    ``mode``: that of the airspace, if it is known what days will be lived; ``begun``: processes that may compile.
    """
    from dronesim.routing.jit import announced_compiling

    is_said = compile_beforehand(mode, is_quiet=is_quiet, begun=begun)

    def say(text: str) -> None:
        if not is_quiet:
            tell(text)

    def ring() -> None:
        if not is_said:
            say(MESSAGE)

    with announced_compiling(ring, unkept=lambda why: say(UNKEPT.format(why=why))):
        yield


def compile_beforehand(mode: str | None = None, *, is_quiet: bool, begun: Sequence[Compiler] = ()) -> bool:
    """Compile the kernels of a day side by side, where many are missing and cores are there; tells whether it did."""
    from dronesim.cores import workers_for
    from dronesim.routing.compiled import FEW, compile_beside, missing_kernels

    workers = min(workers_for(None), MOST)
    rows = missing_kernels(mode) if workers > 1 else []
    if len(rows) <= FEW:
        return False
    if is_quiet:
        compile_beside(rows, workers=workers, begun=begun, done=lambda _count: None)
        return True
    tell(MESSAGE)
    if not sys.stderr.isatty():
        compile_beside(rows, workers=workers, begun=begun, done=lambda _count: None)
        return True
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{len(rows)} kernels", total=len(rows))
        compile_beside(rows, workers=workers, begun=begun, done=lambda count: bar.update(task, completed=count))
    return True
