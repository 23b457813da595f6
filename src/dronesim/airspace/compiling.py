"""Compiles kernels with numba, behind a decorator that keeps their types.

Machine code is kept in numba's cache, which notices a change only in the file that a kernel stands in. So a
kernel calls kernels of its own file alone, and takes constants from there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(function: Kernel) -> Kernel:
    """Compile a function when it is first called; divisions follow IEEE 754 and raise nothing."""
    return cast("Kernel", numba.njit(cache=True, error_model="numpy")(function))
