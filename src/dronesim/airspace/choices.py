"""Ways to fly a sortie or a leg, from which a clearance chooses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from dronesim.airspace.calendar_kernels import PackedWays, uses_there
from dronesim.airspace.paths import Alternatives, Path4D
from dronesim.airspace.timetable import Ints, SortieRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """One way out: what a sortie on it holds until it is unloaded, from the start of loading, as in ``SortieRequest``.

    ``uses`` (n, 3), and ``stays`` (k, 3), which last so long beside what the way home adds. ``depart_ms``,
    ``deliver_ms`` and ``leave_ms`` count from the start of loading.
    """

    uses: Ints
    stays: Ints
    depart_ms: int
    deliver_ms: int
    leave_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WayHome:
    """One way home: what it holds, ``uses`` (n, 3), from leaving the airport, and how long it takes, ``home_ms``.

    ``stays_ms`` (k,): how much longer what the sortie stays on lasts for it.
    """

    uses: Ints
    stays_ms: Ints
    home_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SortieChoices:
    """All ways to fly between a take-off point and an airport and back: one a pair of levels, out and home.

    The first ``outs`` of ``ways`` lead out, the others home; there are none where flights are not kept apart in space.
    """

    ways: Alternatives
    outs: int
    packed: PackedWays
    _requests: dict[int, SortieRequest] = field(init=False, default_factory=dict, repr=False)

    def __len__(self) -> int:
        """Count the ways."""
        return len(self.packed.outs) * len(self.packed.homes)

    def request(self, number: int) -> SortieRequest:
        """Tell what one of the ways holds; that is put together once."""
        if number not in self._requests:
            self._requests[number] = self._request(*divmod(number, len(self.packed.homes)))
        return self._requests[number]

    def _request(self, out: int, back: int) -> SortieRequest:
        begin, stay, *_, leave_ms = self.packed.outs[out].tolist()
        first, last, _ = self.packed.homes[back].tolist()
        there, homeward = uses_there(self.packed, out, back), self.packed.uses[first:last]
        return SortieRequest(there=there, homeward=homeward, stays=stay - begin, leave_ms=leave_ms)


def request_of(out: WayOut, home: WayHome) -> SortieRequest:
    """Tell what a sortie holds that takes a way out and a way home."""
    return SortieRequest(
        there=np.concatenate([out.uses, _stays(out, home)]),
        homeward=home.uses,
        stays=len(out.uses),
        leave_ms=out.leave_ms,
    )


def _stays(out: WayOut, home: WayHome) -> Ints:
    stays = out.stays.copy()
    stays[:, 2] += home.stays_ms
    return stays


def sortie_choices(paths: Alternatives, outs: Sequence[WayOut], homes: Sequence[WayHome]) -> SortieChoices:
    """Put the ways to fly a sortie together, each way out with each home; worth keeping, since no time is in them.

    ``paths`` are those out and behind them those home, or none. What a way holds is there once, not once a pair,
    of which there are 144 at 12 levels.
    """
    uses = [part for out in outs for part in (out.uses, out.stays)] + [home.uses for home in homes]
    ends = np.cumsum([0, *map(len, uses)]).tolist()
    out_rows = [
        (*ends[2 * number : 2 * number + 3], out.depart_ms, out.deliver_ms, out.leave_ms)
        for number, out in enumerate(outs)
    ]
    home_ends = pairwise(ends[2 * len(outs) :])
    home_rows = [(*bounds, home.home_ms) for bounds, home in zip(home_ends, homes, strict=True)]
    packed = PackedWays(
        np.concatenate(uses),
        np.array(out_rows, dtype=np.int64),
        np.array(home_rows, dtype=np.int64),
        np.array([home.stays_ms for home in homes], dtype=np.int64),
    )
    return SortieChoices(ways=paths, outs=len(outs) if paths.paths else 0, packed=packed)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegChoice:
    """One way to fly a single leg: what it holds, as offsets from a start, its path, and when after that it departs.

    The path is None where flights are not kept apart in space.
    """

    uses: Ints
    path: Path4D | None
    depart_ms: int
