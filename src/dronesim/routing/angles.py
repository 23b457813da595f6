"""The diamond: directions as numbers that need no trigonometry, in 512 bins.

A vector's diamond angle is the place where its ray meets the unit diamond |x| + |y| = 1, from 0 (east) over 128
(north) up to 512: it grows with the angle. The bins of this angle begin at straight rays, so what holds on both
rays of a bin can be shown to hold between them. Distances go with it: |x| + |y| is linear along a straight edge
within one bin, where the Euclidean norm is not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BINS = 512
QUARTER = BINS // 4


def _rays() -> NDArray[np.float64]:
    """Points of the diamond at which its bins begin, ``(BINS + 1, 2)``; the last is the first again."""
    turned = np.arange(BINS + 1) / QUARTER
    x = np.abs((turned + 2) % 4 - 2)
    y = np.abs((turned + 1) % 4 - 2)
    return np.column_stack([1 - x, 1 - y])


RAYS = _rays()
