"""Where sites can stand: off buildings and closed zones, chosen near demand where no file names them."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.exchange.features import point
from dronesim.exchange.maps.account import Account, refuse
from dronesim.exchange.maps.globe import middle_of, wrapped
from dronesim.exchange.placement import place_sites, sample
from dronesim.geometry.areas import local_areas
from dronesim.geometry.projection import LocalFrame

Floats = NDArray[np.float64]

CLEAR_M: Final = 15.0
"""So far from buildings a placed site stands where it can (E, an assumption)."""
STEP_M: Final = 15.0
STEPS: Final = 14
DIRECTIONS: Final = 12
SAMPLES: Final = 2000


class Ground:
    """Buildings and zones that close the ground, in local metres."""

    def __init__(self, features: Sequence[Any], frame: LocalFrame) -> None:
        self._frame = frame
        self._roofs = self._tree([each for each in features if _kind(each) == "building"])
        self._closed = self._tree([each for each in features if _closes_the_ground(each)])

    def is_closed(self, lonlat: Floats) -> NDArray[np.bool_]:
        """Tell which places in degrees ``(n, 2)`` lie in a zone that closes the ground all day."""
        found = np.zeros(len(lonlat), dtype=np.bool_)
        for row, place in enumerate(self._frame.to_local(lonlat)):
            found[row] = len(self._closed.query(shapely.Point(place), predicate="intersects")) > 0
        return found

    def free_near(self, lonlat: Floats) -> Floats:
        """Give the nearest place that is clear of buildings and zones, both ``(2,)``; the place itself if none is."""
        middle = self._frame.to_local(lonlat[None])
        angle = np.arange(DIRECTIONS) * (2 * np.pi / DIRECTIONS)
        ring = np.column_stack([np.cos(angle), np.sin(angle)])
        for step in range(STEPS):
            for place in middle + ring * step * STEP_M:
                if self._is_free(shapely.Point(place)):
                    return np.asarray(wrapped(self._frame.to_lonlat(place[None]))[0])
        return lonlat

    def _is_free(self, spot: Any) -> bool:
        near = self._roofs.query(spot, predicate="dwithin", distance=CLEAR_M)
        return len(near) == 0 and len(self._closed.query(spot, predicate="dwithin", distance=CLEAR_M)) == 0

    def _tree(self, features: Sequence[Any]) -> shapely.STRtree:
        shapes = np.array([shapely.geometry.shape(each["geometry"]) for each in features], dtype=object)
        return shapely.STRtree(local_areas(shapes, self._frame))


def placed(
    kind: str, demand: Sequence[Any], ground: Ground, *, count: int, seed: int, taken: Counter[str]
) -> list[Any]:
    """Place sites of a kind near the k-means centres of demand, off buildings and closed zones."""
    lonlat = np.array([each["geometry"]["coordinates"] for each in demand], dtype=np.float64).reshape(-1, 2)
    weight = np.array([each["properties"].get("weight", 1.0) for each in demand], dtype=np.float64)
    is_open = ~ground.is_closed(lonlat) & (weight > 0)
    if not is_open.any():
        what = "take-off points" if kind == "takeoff_point" else "airports"
        rule = f"no place is left for {what}: all demand lies in zones that close the ground; name them with --sites"
        raise refuse("placement of sites", rule, key=kind)
    lonlat, weight = lonlat[is_open], weight[is_open]
    middle = middle_of(lonlat)
    frame = LocalFrame(float(middle[0]), float(middle[1]))
    xy = frame.to_local(lonlat)
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed)))
    spots, first = np.unique(np.round(xy, 1), axis=0, return_index=True)
    many = min(count, len(spots))
    chosen = place_sites(sample(rng, xy, weight, count=SAMPLES), spots, count=many, seed=seed, key=f"{kind}s")
    letter = "T" if kind == "takeoff_point" else "A"
    names = (name for name in (f"{letter}{n:02}" for n in itertools.count(1)) if name not in taken)
    features = []
    for row, name in zip(chosen.tolist(), names, strict=False):
        features.append(point(ground.free_near(lonlat[first[row]]), id=name, kind=kind))
    taken.update(each["properties"]["id"] for each in features)
    return features


def outside_closed(features: list[Any], ground: Ground, account: Account) -> list[Any]:
    """Leave out sites that stand in a zone which closes the ground all day, and say which."""
    lonlat = np.array([each["geometry"]["coordinates"] for each in features], dtype=np.float64).reshape(-1, 2)
    is_closed = ground.is_closed(lonlat).tolist()
    for each, is_out in zip(features, is_closed, strict=True):
        if is_out:
            account.dropped["sites inside a zone that closes the ground"] += 1
            account.note(f"site {each['properties']['id']} lies inside a zone that closes the ground: left out")
    return [each for each, is_out in zip(features, is_closed, strict=True) if not is_out]


def _kind(feature: Any) -> str:
    return str(feature["properties"]["kind"])


def _closes_the_ground(feature: Any) -> bool:
    stated = feature["properties"]
    return (
        _kind(feature) == "no_fly" and stated.get("floor_m", 0.0) <= 0.0 and "from" not in stated and "to" not in stated
    )
