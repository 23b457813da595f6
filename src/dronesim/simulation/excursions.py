"""Excursions: for a while a drone strays further from its path than it is cleared for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.simulation.rules import NavigationRules
from dronesim.streams import Streams
from dronesim.units import HOUR

Floats = NDArray[np.float64]
MARGIN_M: Final = 1e-3
"""Who is so little beyond the bound is within it, by rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excursion:
    """A drone strays by ``offset_m`` at a time; it is beyond its bound from one time to another."""

    drone: int
    at_s: float
    offset_m: float
    from_s: float
    to_s: float


class Straying:
    """When drones stray beyond their bound: after exponential times in the air, of each from its own stream."""

    def __init__(self, rules: NavigationRules, streams: Streams, *, bound_m: float) -> None:
        self._rate_per_h = rules.excursions_per_h
        self.is_on = rules.excursions_per_h > 0
        self._size_m = rules.excursion_m
        self._streams = streams
        self._bound_m = bound_m
        self._rngs = dict[int, np.random.Generator]()
        self._left_s = dict[int, float]()
        self.found = list[Excursion]()

    def is_due(self, drone: int, flown_s: float) -> bool:
        """Tell whether a drone strays in a flight that lasts so long; one in which it does not is over with this."""
        if drone not in self._rngs:
            self._rngs[drone] = self._streams.generator(f"excursions of drone {drone}")
            self._left_s[drone] = self._wait_s(self._rngs[drone])
        if self._left_s[drone] <= flown_s:
            return True
        self._left_s[drone] -= flown_s
        return False

    def places(self, drone: int, flown_s: float, at_s: Floats, most_m: Floats) -> list[tuple[int, float]]:
        """Give the marks, by number, at which a drone strays in a flight in which it is due, and how far to the left.

        ``at_s`` (k,): when it passes marks, from its departure on; ``most_m`` (k,): how far off it may be at each. One
        that finds no room comes in the next flight that has some.
        """
        rng, left_s = self._rngs[drone], self._left_s[drone]
        free = (np.minimum(most_m, self._size_m) > self._bound_m + 2 * MARGIN_M).tolist()
        found = list[tuple[int, float]]()
        begun_s = 0.0
        while left_s <= flown_s - begun_s and any(free):
            begun_s += left_s
            mark = min((k for k in range(len(free)) if free[k]), key=lambda k: abs(float(at_s[k]) - begun_s))
            free[mark] = False
            found.append((mark, float(np.copysign(min(self._size_m, most_m[mark]), rng.random() - 0.5))))
            left_s = self._wait_s(rng)
        self._left_s[drone] = max(left_s - (flown_s - begun_s), 0.0)
        return found

    def _wait_s(self, rng: np.random.Generator) -> float:
        return float(rng.exponential(HOUR / self._rate_per_h))

    def note(self, drone: int, marks: list[tuple[float, float]], at_s: Floats, aside_m: Floats) -> None:
        """Note what a drone flew: ``marks`` with time and offset, and how far aside, ``(n,)``, it was at times."""
        spans = list(beyond(at_s, aside_m, bound_m=self._bound_m + MARGIN_M))
        for mark_s, offset_m in marks:
            from_s, to_s = next((span for span in spans if span[0] <= mark_s <= span[1]), (mark_s, mark_s))
            self.found.append(Excursion(drone=drone, at_s=mark_s, offset_m=abs(offset_m), from_s=from_s, to_s=to_s))


def beyond(at_s: Floats, aside_m: Floats, *, bound_m: float) -> Iterator[tuple[float, float]]:
    """Give when a drone is farther aside than its bound: ``aside_m`` (n,) at times, straight in between."""
    begins_s: float | None = None
    for row in range(len(at_s) - 1):
        for share in _cuts(float(aside_m[row]), float(aside_m[row + 1]), bound_m):
            time_s = float(at_s[row] + share * (at_s[row + 1] - at_s[row]))
            middle_m = aside_m[row] + min(share + 1e-9, 1.0) * (aside_m[row + 1] - aside_m[row])
            is_out = abs(middle_m) > bound_m
            if is_out and begins_s is None:
                begins_s = time_s
            elif not is_out and begins_s is not None:
                yield begins_s, time_s
                begins_s = None


def _cuts(low_m: float, high_m: float, bound_m: float) -> list[float]:
    """Give the shares of a straight piece at which it begins, and crosses the bound on either side."""
    step_m = high_m - low_m
    shares = [(edge_m - low_m) / step_m for edge_m in (-bound_m, bound_m)] if step_m else []
    return [0.0, *sorted(share for share in shares if 0 < share < 1)]
