"""The scenario table of navigation: landings that are missed, and what another pass takes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from dronesim.aircraft.navigation import miss_share
from dronesim.errors import Problem
from dronesim.scenario.fields import Table, about, table
from dronesim.scenario.ground import kind_or
from dronesim.scenario.origins import Origins
from dronesim.scenario.position import PositionTable, position_rules
from dronesim.simulation.rules import NavigationRules


class NoMisses(Table):
    """Every landing succeeds."""

    kind: Literal["none"] = about("none", "law of missed landings", "a choice")


class MissesByShare(Table):
    """A stated share of landings is missed."""

    kind: Literal["share"]
    share: Annotated[float, Field(ge=0.0, le=0.9)] = about(0.005, "share of landings that are missed, 0 to 0.9")


class MissesByPrecision(Table):
    """Landings are missed that come down beside the pad: P = exp(-R²/2σ²)."""

    kind: Literal["precision"]
    pad_radius_m: Annotated[float, Field(ge=0.1, le=10.0)] = about(0.5, "how far off its middle a pad takes, metres")
    landing_error_m: Annotated[float, Field(ge=0.01, le=10.0)] = about(
        0.1, "standard deviation of where a drone comes down, by axis, metres", "A: 0.1 by a marker, 0.89 by GNSS only"
    )


Misses = Annotated[
    Annotated[NoMisses, Tag("none")]
    | Annotated[MissesByShare, Tag("share")]
    | Annotated[MissesByPrecision, Tag("precision")],
    Discriminator(kind_or("none")),
]


class NavigationTable(Table):
    """How well drones keep to where they are to be."""

    misses: Misses = Field(default_factory=NoMisses, description="landings at airports that are missed by chance")
    go_around_s: Annotated[float, Field(ge=1.0, le=600.0)] = about(40.0, "another pass after a missed landing, seconds")
    excursions_per_h: Annotated[float, Field(ge=0.0, le=100.0)] = about(
        0.0, "how often a flight-hour a drone strays beyond its track bound"
    )
    excursion_m: Annotated[float, Field(ge=0.1, le=100.0)] = about(
        8.0, "how far it strays then, where there is room to drift there and back, metres"
    )
    position: PositionTable = table(PositionTable, "the position service, by which drones know where they are")


def navigation_rules(stated: NavigationTable) -> NavigationRules:
    """Settle the rules of navigation in SI units."""
    return NavigationRules(
        miss_share=_share(stated.misses),
        go_around_s=stated.go_around_s,
        excursions_per_h=stated.excursions_per_h,
        excursion_m=stated.excursion_m,
        position=position_rules(stated.position),
    )


def check_navigation(stated: NavigationTable, origins: Origins, *, bound_m: float, most_m: float) -> list[Problem]:
    """Find excursions that are none, or lead into obstacles or out of what a flight is cleared for."""
    if not stated.excursions_per_h or bound_m < stated.excursion_m <= most_m:
        return []
    rule = (
        f"must be above what drones stray by anyway, {bound_m:g} m, and not above {most_m:g} m, the smaller of "
        "airspace.obstacle_clearance_m and half of airspace.separation_m"
    )
    return [origins.problem(("navigation", "excursion_m"), rule, value=stated.excursion_m)]


def _share(stated: NoMisses | MissesByShare | MissesByPrecision) -> float:
    match stated:
        case NoMisses():
            return 0.0
        case MissesByShare():
            return stated.share
        case MissesByPrecision():
            return miss_share(pad_radius_m=stated.pad_radius_m, landing_error_m=stated.landing_error_m)
