"""Products of matrices whose last bits are the same on every processor."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def matrix_product(one: ArrayLike, other: ArrayLike) -> NDArray[np.float64]:
    """Multiply as ``@`` does, shapes ``(..., k)`` and ``(k,)`` or ``(k, m)``, by sums in a fixed order.

    ``@`` leaves it to a library that has other kernels for each processor, with other roundings; and the threads that
    it starts cost small products more than they bring.
    """
    left, right = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    return np.asarray(np.einsum("...k,k->..." if right.ndim == 1 else "...k,km->...m", left, right))
