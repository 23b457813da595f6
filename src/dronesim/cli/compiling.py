"""Says that kernels are being compiled, since the first run on a machine takes half a minute longer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dronesim.cli.output import tell

MESSAGE = "compiling the routing and clearance kernels; this happens once, later runs load them from disk ..."


@contextmanager
def compiling_told(*, is_quiet: bool = False) -> Iterator[None]:
    """Tell on standard error when a kernel is not in numba's cache and is compiled now."""
    from dronesim.routing.jit import announced_compiling

    with announced_compiling(lambda: None if is_quiet else tell(MESSAGE)):
        yield
