"""Which places lie near which."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def near_to(xy: NDArray[Any], *, within_m: float) -> list[list[int]]:
    """List for each place, ``(n, 2)`` in metres, the others within a distance, nearest first."""
    away_m = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    return [
        [other for other in np.argsort(row, kind="stable").tolist() if other != number and row[other] <= within_m]
        for number, row in enumerate(away_m)
    ]
