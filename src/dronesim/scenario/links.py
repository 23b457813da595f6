"""The scenario table of the command link: when it is lost, and what drones and dispatcher do about it."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Discriminator, Field, Strict, Tag

from dronesim import comms
from dronesim.scenario.fields import Positive, Table, about
from dronesim.scenario.ground import kind_or
from dronesim.simulation.rules import LinkRules
from dronesim.units import DAY, MINUTE

LINK: Final = LinkRules()
"""A link that is never lost, and the rules where a scenario states none."""


class NoOutages(Table):
    """A link that is never lost by chance."""

    kind: Literal["none"] = about("none", "law of the outages", "a choice")


class ExponentialOutages(Table):
    """Short gaps: exponential times with and without a link."""

    kind: Literal["exponential"]
    up_s: Annotated[float, Field(ge=1.0, le=1e9)] = about(300.0, "mean time with a link, seconds")
    down_s: Annotated[float, Field(ge=0.001, le=1e9)] = about(2.0, "mean time without one, seconds")


class LognormalOutages(Table):
    """Rare outages of a whole area, some of them long."""

    kind: Literal["lognormal"]
    every_days: Annotated[float, Field(ge=0.001, le=1e6)] = about(30.0, "one outage in so many days, on average")
    median_min: Positive = about(10.0, "median of an outage, minutes")
    p95_min: Positive = about(60.0, "95th percentile of an outage, minutes")


Outages = Annotated[
    Annotated[NoOutages, Tag("none")]
    | Annotated[ExponentialOutages, Tag("exponential")]
    | Annotated[LognormalOutages, Tag("lognormal")],
    Discriminator(kind_or("none")),
]


class LinkTable(Table):
    """The command link between dispatcher and drones."""

    outages: Outages = Field(default_factory=NoOutages, description="when the link is lost by chance")
    by: Literal["district", "area"] = about(
        LINK.by, "what is lost at once: the whole district, or each of link.areas for itself", "a choice"
    )
    areas: Annotated[tuple[str, ...], Strict(False)] = about(
        (),
        'with by = "area": where it is lost by chance, each for itself: ids of link_areas of the map, or halves of the '
        'district, as "west half"; empty: each link_area of the map',
        "a choice",
    )
    hold_after_s: Annotated[float, Field(ge=1.0, le=3600.0)] = about(
        LINK.hold_after_s, "silence after which a drone's time is out, seconds", "A, PX4, COM_DL_LOSS_T"
    )
    act_after_s: Annotated[float, Field(ge=1.0, le=3600.0)] = about(
        LINK.act_after_s, "silence after which a drone that holds returns or lands, seconds; not below hold_after_s"
    )
    after: Literal["continue", "hold", "return", "land"] = about(
        LINK.after,
        "what a silent drone does when its time is out: fly on as booked; hold until the link is back; or hold, then "
        "return or land where it is",
        "a choice",
    )
    latency_s: Annotated[float, Field(ge=0.0, le=60.0)] = about(
        LINK.latency_s,
        "from an order of the dispatcher until a drone in the air obeys, seconds",
        "a choice; A: 0.05 in 3GPP",
    )


def link_rules(stated: LinkTable) -> LinkRules:
    """Settle the rules of the link in SI units."""
    return LinkRules(
        outages=outage_law(stated.outages),
        by=stated.by,
        areas=stated.areas,
        hold_after_s=stated.hold_after_s,
        act_after_s=stated.act_after_s,
        after=stated.after,
        latency_s=stated.latency_s,
    )


def outage_law(stated: NoOutages | ExponentialOutages | LognormalOutages) -> comms.OutageLaw | None:
    """Settle a law of outages in SI units, None where there are none."""
    match stated:
        case NoOutages():
            return None
        case ExponentialOutages():
            return comms.ExponentialOutages(up_s=stated.up_s, down_s=stated.down_s)
        case LognormalOutages():
            return comms.LognormalOutages(
                every_s=stated.every_days * DAY, median_s=stated.median_min * MINUTE, p95_s=stated.p95_min * MINUTE
            )
