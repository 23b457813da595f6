"""A typed door to numba: kernels are compiled when first called, and kept on disk for the next process.

Only modules that are imported when a route is computed may import this one: numba takes longer to load than
``dronesim --help`` may take to answer.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import numba
from numba.core import config, event

# a .numba_config.yaml in the current folder may name a folder of compiled code, which would be run: where kernels are
# kept only the environment may say
for _name in ("NUMBA_CACHE_DIR", "NUMBA_CACHE_LOCATOR_CLASSES"):
    os.environ.setdefault(_name, "")
config.reload_config()  # type: ignore[no-untyped-call]

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile a function of numbers and arrays that Python calls, and keep it for the next process.

    A division by zero gives inf or NaN, as in numpy. Numba keeps a kernel until its file changes, so all
    functions that a kernel calls stand in the same file.
    """
    return cast(Function, numba.njit(cache=True, error_model="numpy", nogil=True)(function))


def part(function: Function) -> Function:
    """Compile a function that kernels call; it is kept with them."""
    return cast(Function, numba.njit(error_model="numpy", nogil=True, forceinline=True)(function))


def walk(function: Function) -> Function:
    """Compile a generator that kernels step through; it is kept with them.

    One with a cache of its own, compiled by two processes at once, could not be read by either.
    """
    return cast(Function, numba.njit(error_model="numpy", nogil=True)(function))


class _Bell(event.Listener):
    """Rings once, when the first kernel is compiled."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring: Callable[[], None] | None = ring

    def on_start(self, _event: object) -> None:
        if self._ring is not None:
            ring, self._ring = self._ring, None
            ring()

    def on_end(self, _event: object) -> None:
        """Nothing to do: kernels compile one inside the other."""


@contextmanager
def announced_compiling(say: Callable[[], None]) -> Iterator[None]:
    """Call ``say`` once if a kernel has to be compiled meanwhile, and not if all come from numba's cache."""
    with event.install_listener("numba:compile", _Bell(say)):
        yield
