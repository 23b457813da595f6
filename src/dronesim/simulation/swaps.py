"""How long each swap of a pack takes where that scatters: drawn by drone and by the number of its swap."""

from __future__ import annotations

from collections.abc import Iterator

from dronesim.demand.draw import sample
from dronesim.simulation.rules import HandlingLaw
from dronesim.streams import Streams
from dronesim.units import to_ms

AT_ONCE = 32
"""So many swaps of a drone are drawn at once."""


class Swaps:
    """Each drone has a stream of its own, so its n-th swap takes as long whatever anybody decides.

    ``used_ms`` are the swaps that there were, by drone, in their order.
    """

    def __init__(self, law: HandlingLaw, streams: Streams) -> None:
        self._law = law
        self._streams = streams
        self._drawn: dict[int, Iterator[int]] = {}
        self.used_ms: dict[int, list[int]] = {}

    def next_ms(self, drone: int) -> int:
        """Tell how long the next swap of a drone takes."""
        if drone not in self._drawn:
            self._drawn[drone] = self._draw(drone)
        swap_ms = next(self._drawn[drone])
        self.used_ms.setdefault(drone, []).append(swap_ms)
        return swap_ms

    def _draw(self, drone: int) -> Iterator[int]:
        rng = self._streams.generator(f"swaps of drone {drone}")
        while True:
            yield from map(to_ms, sample(self._law, rng, AT_ONCE).tolist())
