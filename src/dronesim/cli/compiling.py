"""Says that kernels are being compiled, since the first run on a machine takes half a minute longer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dronesim.cli.output import tell

MESSAGE = "compiling the routing and clearance kernels; this happens once, later runs load them from disk ..."

UNKEPT = (
    "the kernels can't be kept for later runs ({why}): each process compiles them anew; set NUMBA_CACHE_DIR to a "
    "folder that can be written, with 10 MB free"
)


@contextmanager
def compiling_told(*, is_quiet: bool = False) -> Iterator[None]:
    """Tell on standard error when a kernel is not in numba's cache and is compiled now."""
    from dronesim.routing.jit import announced_compiling

    def say(text: str) -> None:
        if not is_quiet:
            tell(text)

    with announced_compiling(lambda: say(MESSAGE), unkept=lambda why: say(UNKEPT.format(why=why))):
        yield
