"""Ways to fly a sortie or a leg, from which a clearance chooses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dronesim.airspace.paths import Alternatives, Path4D, alternatives
from dronesim.airspace.timetable import Ints, PackedWays, SortieRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class SortieChoice:
    """One way to fly a sortie: which of the ways out and home it takes, what it holds, and how long it takes.

    ``depart_ms`` and ``deliver_ms`` count from the start of loading, ``home_ms`` from leaving the airport.
    """

    out: int
    home: int
    request: SortieRequest
    depart_ms: int
    deliver_ms: int
    home_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SortieChoices:
    """All ways to fly between a take-off point and an airport and back: one a pair of levels, out and home.

    The first ``outs`` of ``ways`` lead out, the others home; there are none where flights are not kept apart in space.
    """

    ways: Alternatives
    outs: int
    choices: tuple[SortieChoice, ...]
    packed: PackedWays


def sortie_choices(
    ways_out: Sequence[Path4D], ways_home: Sequence[Path4D], choices: Sequence[SortieChoice]
) -> SortieChoices:
    """Put the ways to fly a sortie together; worth keeping, since they do not depend on the time of day."""
    uses, rows, begin = list[Ints](), list[tuple[int, ...]](), 0
    for choice in choices:
        request = choice.request
        middle = begin + len(request.there)
        end = middle + len(request.homeward)
        times = (choice.depart_ms, choice.deliver_ms, request.leave_ms, choice.home_ms)
        rows.append((choice.out, choice.home, begin, begin + request.stays, middle, end, *times))
        uses += [request.there, request.homeward]
        begin = end
    packed = PackedWays(uses=np.concatenate(uses), rows=np.array(rows, dtype=np.int64))
    ways = alternatives([*ways_out, *ways_home])
    return SortieChoices(ways=ways, outs=len(ways_out), choices=tuple(choices), packed=packed)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegChoice:
    """One way to fly a single leg: what it holds, as offsets from a start, its path, and when after that it departs.

    The path is None where flights are not kept apart in space.
    """

    uses: Ints
    path: Path4D | None
    depart_ms: int
