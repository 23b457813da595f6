"""How far days differ from their outlines: what earlier runs taught, sharpened by finished days nearby.

The level of real days less that of their outlines, in units of a spread that is wide where levels are in between, is
taken for a Gaussian process over the sliders: its mean and its reach are those of random settings that were run once
(``prior.json``, which ``benchmarks/planner.py`` writes), and finished days of the same study bend it near where they
are (Rasmussen and Williams 2006, Gaussian processes for machine learning, section 2.2).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NARROWEST: Final = 0.03
WIDTH: Final = 0.5
"""The spread at a level p is NARROWEST + WIDTH p (1 - p): a minute moves most where orders are just in time."""
LENGTH: Final = 0.5
"""Settings this far apart tell half of each other: doublings of a number, quarters of the wind's reach."""
OTHER_POLICY: Final = 0.35
"""So far apart are two dispatch policies."""
DAY_NOISE: Final = 0.015
"""Standard deviation of one day's level about its outline, from day to day."""
_NORMAL: Final = 1.96
# the first five are assumptions (E) that were looked at on the settings the prior comes from


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What random settings taught: ``bias`` and ``reach`` in spreads; ``settings`` of them were run.

    The level of 95 % of them lay within ``reach`` spreads of the outline's, corrected by the bias. That is one number
    for policies that go by age, ``by_age``; for those that save what can still be on time it is ``saves``, and
    ``saves_short`` more for each 1 of level that is missing for want of drones.
    """

    by_age: float
    saves: float
    saves_short: float
    reach: float
    settings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a setting is among all: ``numbers`` as doublings by key, ``wind_mps``, and the ``policy``."""

    numbers: tuple[float, ...]
    wind_mps: float
    policy: str

    def distance(self, other: Place) -> float:
        """Tell how far apart two settings are, in doublings."""
        steps = [mine - yours for mine, yours in zip(self.numbers, other.numbers, strict=True)]
        steps += [(self.wind_mps - other.wind_mps) / 2.0, 0.0 if self.policy == other.policy else OTHER_POLICY]
        return math.hypot(*steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What outlines tell: mean ``level``, what is ``missing`` for want of drones, and the policy's kind, ``saves``."""

    level: float
    missing: float
    saves: bool

    @property
    def width(self) -> float:
        """The spread of real days about it."""
        return spread(self.level)

    def bias(self, prior: Prior) -> float:
        """Give the expected gap, in spreads."""
        return prior.saves + prior.saves_short * self.missing if self.saves else prior.by_age


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A setting of which ``days`` days were run: their mean level less that of their outlines is ``gap``."""

    place: Place
    shape: Shape
    gap: float
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A level of 0 to 1 that is estimated, with its 95 % band."""

    mean: float
    low: float
    high: float

    def content(self) -> dict[str, float | None]:
        """Give it for JSON."""
        return {name: None if math.isnan(value) else round(value, 5) for name, value in self._items()}

    def _items(self) -> list[tuple[str, float]]:
        return [("mean", self.mean), ("low", self.low), ("high", self.high)]


@cache
def shipped_prior() -> Prior:
    """Read the prior that ships."""
    stated = json.loads(files("dronesim.serving").joinpath("prior.json").read_text(encoding="utf-8"))
    return Prior(**{name: stated[name] for name in Prior.__dataclass_fields__})


def spread(level: float) -> float:
    """Give the spread at an outline's level."""
    return NARROWEST + WIDTH * level * (1.0 - level)


def guess(shape: Shape, place: Place, seen: Sequence[Seen], *, prior: Prior) -> Guess:
    """Estimate the level of real days from that of their outlines, NaN for days without orders."""
    if math.isnan(shape.level):
        return Guess(mean=math.nan, low=math.nan, high=math.nan)
    shift, share = _condition(place, seen, prior)
    mean = shape.level + shape.width * (shape.bias(prior) + shift)
    half = shape.width * prior.reach * math.sqrt(share)
    # where drones never fly there is nothing to be wrong about but that
    if shape.level == 0.0:
        mean = 0.0
    low, middle, high = (min(max(value, 0.0), 1.0) for value in (mean - half, mean, mean + half))
    return Guess(mean=middle, low=low, high=high)


def _condition(place: Place, seen: Sequence[Seen], prior: Prior) -> tuple[float, float]:
    """Give what the gap is beyond its bias, in spreads, and the part of the prior's variance that is left."""
    if not seen:
        return 0.0, 1.0
    sd = prior.reach / _NORMAL
    widths = np.array([each.shape.width for each in seen])
    noise = (DAY_NOISE / widths / sd) ** 2 / np.array([each.days for each in seen])
    among = np.array([[_kernel(one.place, two.place) for two in seen] for one in seen]) + np.diag(noise)
    near = np.array([_kernel(place, each.place) for each in seen])
    rest = np.array([each.gap for each in seen]) / widths - np.array([each.shape.bias(prior) for each in seen])
    weights = np.linalg.solve(among, near)
    return float(weights @ rest), max(1.0 - float(weights @ near), 0.0)


def _kernel(one: Place, two: Place) -> float:
    return math.exp(-math.log(2.0) * (one.distance(two) / LENGTH) ** 2)


def place_of(values: Mapping[str, Any], own: Mapping[str, Any], *, wind: str, policy: str) -> Place:
    """Place a setting: ``values`` by key, with ``own`` of the scenario for those that are not moved."""
    moved = {**own, **values}
    numbers = [key for key in sorted(own) if key not in (wind, policy)]
    return Place(
        numbers=tuple(math.log2(max(float(moved[key]), 1e-9) / max(float(own[key]), 1e-9)) for key in numbers),
        wind_mps=float(moved.get(wind) or 0.0),
        policy=str(moved.get(policy, "")),
    )
