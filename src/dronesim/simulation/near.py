"""Which places lie near which."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.geometry import pairs_within


def near_to(xy: NDArray[Any], *, within_m: float) -> list[list[int]]:
    """List for each place, ``(n, 2)`` in metres, the others within a distance, nearest first."""
    pairs, apart_m = pairs_within(np.asarray(xy, dtype=np.float64), within_m)
    place, other = np.concatenate([pairs, pairs[:, ::-1]]).T
    order = np.lexsort((other, np.tile(apart_m, 2), place))
    ends = np.cumsum(np.bincount(place, minlength=len(xy)))[:-1]
    return [near.tolist() for near in np.split(other[order], ends)] if len(xy) else []
