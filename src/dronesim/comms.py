"""The command link between dispatcher and drones: when it is lost, where, and which flights are silent then."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import NormalDist
from typing import Any, Final, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Spell: TypeAlias = tuple[float, float]

EVERYWHERE: Final = -1
"""Stands for the whole district where an area is asked for."""
_STILL_M: Final = 1e-6
_P95: Final = NormalDist().inv_cdf(0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExponentialOutages:
    """Times with and without a link, both exponential, by their means in s."""

    up_s: float
    down_s: float

    def draw_down_s(self, rng: np.random.Generator) -> float:
        """Draw how long an outage lasts."""
        return float(rng.exponential(self.down_s))

    def draw_rest_s(self, rng: np.random.Generator) -> float:
        """Draw how long an outage goes on that is met at any time: an exponential one has no memory."""
        return self.draw_down_s(rng)


@dataclass(frozen=True, slots=True, kw_only=True)
class LognormalOutages:
    """Exponential times with a link; outages are lognormal, by median and 95th percentile in s.

    ``every_s``: mean time from the beginning of one outage to that of the next.
    """

    every_s: float
    median_s: float
    p95_s: float

    @property
    def sigma(self) -> float:
        """Standard deviation of the logarithm."""
        return math.log(self.p95_s / self.median_s) / _P95

    @property
    def down_s(self) -> float:
        """Mean of an outage."""
        return self.median_s * math.exp(self.sigma**2 / 2)

    @property
    def up_s(self) -> float:
        """Mean time with a link."""
        return self.every_s - self.down_s

    def draw_down_s(self, rng: np.random.Generator) -> float:
        """Draw how long an outage lasts."""
        return float(rng.lognormal(math.log(self.median_s), self.sigma))

    def draw_rest_s(self, rng: np.random.Generator) -> float:
        """Draw how long an outage goes on that is met at any time: long ones are met more often.

        The length-biased lognormal is one with its logarithm higher by σ²; what is left of it is uniform.
        """
        return float(rng.lognormal(math.log(self.median_s) + self.sigma**2, self.sigma) * rng.random())


OutageLaw: TypeAlias = ExponentialOutages | LognormalOutages


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Nobody is reached in an area, by its number or ``EVERYWHERE``, from one time to another, in s."""

    area: int
    from_s: float
    to_s: float


class OutageCalendar:
    """Outages in order of their beginning, to be looked up by time."""

    def __init__(self, outages: Iterable[Outage]) -> None:
        self._outages = sorted(outages, key=lambda outage: (outage.from_s, outage.area))
        self._from_s = [outage.from_s for outage in self._outages]
        self._over_s = list(accumulate((outage.to_s for outage in self._outages), max))
        self.is_everywhere = all(outage.area == EVERYWHERE for outage in self._outages)
        """Whether none of them is of a part of the district alone."""
        self._united = united((outage.from_s, outage.to_s) for outage in self._outages)
        self._begins_s, self._ends_s = ([spell[end] for spell in self._united] for end in (0, 1))

    def between(self, from_s: float, to_s: float) -> list[Outage]:
        """Give those of which a part lies between two times."""
        first, last = bisect_right(self._over_s, from_s), bisect_left(self._from_s, to_s)
        return [outage for outage in self._outages[first:last] if outage.to_s > from_s]

    def spells_between(self, from_s: float, to_s: float) -> list[Spell]:
        """Give when there is any outage between two times, wherever it is; those that touch are one."""
        return [(max(from_s, begins_s), min(to_s, ends_s)) for begins_s, ends_s in self._met_between(from_s, to_s)]

    def longest_between(self, from_s: float, to_s: float) -> float:
        """Tell how long the longest of the spells lasts that are met between two times, before and after them too."""
        return max((ends_s - begins_s for begins_s, ends_s in self._met_between(from_s, to_s)), default=0.0)

    def _met_between(self, from_s: float, to_s: float) -> list[Spell]:
        return self._united[bisect_right(self._ends_s, from_s) : bisect_left(self._begins_s, to_s)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkArea:
    """A part of the district in which the link is lost as a whole: a shapely polygon in local metres.

    ``is_drawn``: it is a feature of the map, and no half that every district has.
    """

    name: str
    polygon: Any
    is_drawn: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDay:
    """The areas of a district, and the outages that were drawn for a day."""

    areas: tuple[LinkArea, ...] = ()
    outages: tuple[Outage, ...] = ()


def draw_outages(law: OutageLaw, *, from_s: float, to_s: float, rng: np.random.Generator) -> list[Spell]:
    """Draw the outages between two times, as pairs of begin and end; the day meets the link in its long run."""
    spells, at_s = list[Spell](), from_s
    if rng.random() * (law.up_s + law.down_s) < law.down_s:
        at_s += law.draw_rest_s(rng)
        spells.append((from_s, min(at_s, to_s)))
    while (at_s := at_s + float(rng.exponential(law.up_s))) < to_s:
        begins_s, at_s = at_s, at_s + law.draw_down_s(rng)
        spells.append((begins_s, min(at_s, to_s)))
    return spells


def united(spells: Iterable[Spell]) -> list[Spell]:
    """Unite spells that overlap or touch; gives them in order."""
    found = list[Spell]()
    for begins_s, ends_s in sorted(spells):
        if found and begins_s <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], ends_s)
        elif ends_s > begins_s:
            found.append((begins_s, ends_s))
    return found


def silent_spells(at_s: Floats, places_m: Floats, *, outages: OutageCalendar, areas: Sequence[LinkArea]) -> list[Spell]:
    """Find when a drone is silent that is at places, ``(n, 2)``, at times, ``(n,)``, and flies straight in between.

    It is while it is in an area that has an outage; times in s.
    """
    met = outages.between(float(at_s[0]), float(at_s[-1]))
    stays = {area: list(_stays(at_s, places_m, area, areas)) for area in {outage.area for outage in met}}
    return united(
        (max(enters_s, outage.from_s), min(leaves_s, outage.to_s))
        for outage in met
        for enters_s, leaves_s in stays[outage.area]
        if enters_s < outage.to_s and leaves_s > outage.from_s
    )


def _stays(at_s: Floats, places_m: Floats, area: int, areas: Sequence[LinkArea]) -> Iterator[Spell]:
    """Give when a drone is in an area, a spell a straight piece."""
    if area == EVERYWHERE:
        yield float(at_s[0]), float(at_s[-1])
        return
    polygon = areas[area].polygon
    lines = np.asarray(shapely.linestrings(np.stack([places_m[:-1], places_m[1:]], axis=1)), dtype=object)
    lengths_m = shapely.length(lines)
    stands = lengths_m < _STILL_M
    for row in np.flatnonzero(stands & shapely.covers(polygon, shapely.points(places_m[:-1]))).tolist():
        yield float(at_s[row]), float(at_s[row + 1])
    for row in np.flatnonzero(~stands & shapely.intersects(lines, polygon)).tolist():
        for part in shapely.get_parts(shapely.intersection(lines[row], polygon)):
            if not shapely.is_empty(part):
                ends = shapely.points(shapely.get_coordinates(part))
                shares = shapely.line_locate_point(lines[row], ends) / lengths_m[row]
                span_s = at_s[row + 1] - at_s[row]
                yield float(at_s[row] + shares.min() * span_s), float(at_s[row] + shares.max() * span_s)
