"""The scenario table of handling times that scatter: boxing, loading, unloading and swapping packs."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Annotated, Final, Literal

from pydantic import Discriminator, Field, Tag

from dronesim.demand.specs import Lognormal, Uniform
from dronesim.errors import Problem
from dronesim.scenario.fields import Seconds, Table, about
from dronesim.scenario.ground import kind_or
from dronesim.scenario.origins import Origins
from dronesim.simulation.rules import HandlingLaw, HandlingRules


class ConstantSeconds(Table):
    """Always as long as is stated."""

    kind: Literal["constant"] = about("constant", "law of the handling time", "a choice")


class LognormalSeconds(Table):
    """Lognormal about what is stated, which is the mean."""

    kind: Literal["lognormal"]
    sd_s: Annotated[float, Field(gt=0.0, le=3600.0)] = about(10.0, "standard deviation, seconds")


class UniformSeconds(Table):
    """Uniform about what is stated, which is the mean."""

    kind: Literal["uniform"]
    spread_s: Seconds = about(15.0, "longest and shortest are so much above and below the mean, seconds")


HandlingTime = Annotated[
    Annotated[ConstantSeconds, Tag("constant")]
    | Annotated[LognormalSeconds, Tag("lognormal")]
    | Annotated[UniformSeconds, Tag("uniform")],
    Discriminator(kind_or("constant")),
]


class HandlingTable(Table):
    """How handling times scatter about what is stated elsewhere, which is their mean and what is booked."""

    boxing: HandlingTime = Field(default_factory=ConstantSeconds, description="boxing, about couriers.boxing_s")
    load: HandlingTime = Field(default_factory=ConstantSeconds, description="loading, about takeoff_points.load_s")
    unload: HandlingTime = Field(default_factory=ConstantSeconds, description="unloading, about airports.unload_s")
    swap: HandlingTime = Field(default_factory=ConstantSeconds, description="swaps, about batteries.swap_s")


MEANS: Final = {
    "boxing": ("couriers", "boxing_s"),
    "load": ("takeoff_points", "load_s"),
    "unload": ("airports", "unload_s"),
    "swap": ("batteries", "swap_s"),
}
"""What is scattered by the keys of `handling`, and where its mean is stated."""


def handling_means_s(scenario: object) -> dict[str, float]:
    """Give the mean of each law, seconds, from where a scenario states it."""
    return {name: float(attrgetter(".".join(place))(scenario)) for name, place in MEANS.items()}


def handling_rules(stated: HandlingTable, *, means_s: Mapping[str, float]) -> HandlingRules:
    """Settle the laws of handling times; None for what takes always the same."""
    return HandlingRules(**{name: _law(getattr(stated, name), mean_s) for name, mean_s in means_s.items()})


def check_handling(
    stated: HandlingTable, origins: Origins, *, means_s: Mapping[str, float], swaps: bool
) -> list[Problem]:
    """Find laws about a mean of nothing, or wider than that, and a law of swaps where nobody swaps packs."""
    problems = []
    for name, mean_s in means_s.items():
        law, place = getattr(stated, name), ".".join(MEANS[name])
        if isinstance(law, ConstantSeconds):
            continue
        if mean_s <= 0:
            rule = f"scatters about {place}, which is 0 s: state a time above 0 there"
            problems.append(origins.problem(("handling", name), rule))
        elif isinstance(law, UniformSeconds) and law.spread_s > mean_s:
            rule = f"must not be above {place}, {mean_s:g} s"
            problems.append(origins.problem(("handling", name, "spread_s"), rule, value=law.spread_s))
        if name == "swap" and not swaps:
            rule = 'has no effect where batteries.mode is "charge"'
            problems.append(origins.problem(("handling", name), rule))
    return problems


def _law(stated: ConstantSeconds | LognormalSeconds | UniformSeconds, mean_s: float) -> HandlingLaw | None:
    match stated:
        case ConstantSeconds():
            return None
        case LognormalSeconds():
            return Lognormal(mean=mean_s, sd=stated.sd_s) if mean_s > 0 else None
        case UniformSeconds():
            return Uniform(low=mean_s - stated.spread_s, high=mean_s + stated.spread_s)
