"""The scenario table of the position service: when it is out, and how drones fly and land without it."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Discriminator, Field, Strict, Tag

from dronesim.scenario import links
from dronesim.scenario.fields import Positive, Share, Table, about
from dronesim.scenario.ground import kind_or
from dronesim.simulation.rules import PositionRules

RULES: Final = PositionRules()
"""A service that is never out, and the rules where a scenario states none."""


class NoOutages(links.NoOutages):
    """A position service that is never out by chance."""


class ExponentialOutages(links.ExponentialOutages):
    """Exponential times with and without the service."""

    up_s: Annotated[float, Field(ge=1.0, le=1e9)] = about(36_000.0, "mean time with the position service, seconds")
    down_s: Annotated[float, Field(ge=0.001, le=1e9)] = about(300.0, "mean time without it, seconds")


class LognormalOutages(links.LognormalOutages):
    """Rare outages, some of them long."""

    every_days: Annotated[float, Field(ge=0.001, le=1e6)] = about(30.0, "one outage in so many days, on average")
    median_min: Positive = about(10.0, "median of an outage, minutes")
    p95_min: Positive = about(60.0, "95th percentile of an outage, minutes")


Outages = Annotated[
    Annotated[NoOutages, Tag("none")]
    | Annotated[ExponentialOutages, Tag("exponential")]
    | Annotated[LognormalOutages, Tag("lognormal")],
    Discriminator(kind_or("none")),
]


class PositionTable(Table):
    """The position service, by which drones know where they are."""

    outages: Outages = Field(default_factory=NoOutages, description="when it is out by chance")
    areas: Annotated[tuple[str, ...], Strict(False)] = about(
        (),
        "where it is out by chance, each for itself: ids of link_areas of the map, or halves of the district, as "
        '"west half"; empty: the whole district at once',
        "a choice",
    )
    drift_mps: Annotated[float, Field(ge=0.0, le=10.0)] = about(
        RULES.drift_mps,
        "how much the standard deviation of a drone's offset grows in a second without position, metres per second",
        "E, assumption: 1 to 2 % of the way, by cameras and inertia",
    )
    stray_max_m: Annotated[float, Field(ge=0.1, le=100.0)] = about(
        RULES.stray_max_m, "how far it drifts at most, where there is room to drift there and back, metres"
    )
    miss_share: Share = about(
        RULES.miss_share, "share of landings at airports that are missed without position, 0 to 1"
    )


def position_rules(stated: PositionTable) -> PositionRules:
    """Settle the rules of the position service in SI units."""
    return PositionRules(
        outages=links.outage_law(stated.outages),
        areas=stated.areas,
        drift_mps=stated.drift_mps,
        stray_max_m=stated.stray_max_m,
        miss_share=stated.miss_share,
    )
