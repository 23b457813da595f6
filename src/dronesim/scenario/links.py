"""The scenario table of the command link: when it is lost, and what drones and dispatcher do about it."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Discriminator, Field, Tag

from dronesim import comms
from dronesim.errors import Problem
from dronesim.scenario.fields import Positive, Table, about
from dronesim.scenario.ground import kind_or
from dronesim.scenario.origins import Origins
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
        LINK.by, "what is lost at once: the whole district, or each link_area of the map for itself", "a choice"
    )
    hold_after_s: Annotated[float, Field(ge=1.0, le=3600.0)] = about(
        LINK.hold_after_s, "silence after which a drone's time is out, seconds", "A, PX4, COM_DL_LOSS_T"
    )
    act_after_s: Annotated[float, Field(ge=1.0, le=3600.0)] = about(
        LINK.act_after_s, "silence after which a drone that holds returns or lands, seconds"
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
        outages=_law(stated.outages),
        by=stated.by,
        hold_after_s=stated.hold_after_s,
        act_after_s=stated.act_after_s,
        after=stated.after,
        latency_s=stated.latency_s,
    )


def _law(stated: NoOutages | ExponentialOutages | LognormalOutages) -> comms.OutageLaw | None:
    match stated:
        case NoOutages():
            return None
        case ExponentialOutages():
            return comms.ExponentialOutages(up_s=stated.up_s, down_s=stated.down_s)
        case LognormalOutages():
            return comms.LognormalOutages(
                every_s=stated.every_days * DAY, median_s=stated.median_min * MINUTE, p95_s=stated.p95_min * MINUTE
            )


def check_link(stated: LinkTable, origins: Origins, *, areas: int) -> list[Problem]:
    """Find outages by areas that the map has not, and laws that can't be."""
    problems, law = [], stated.outages
    if stated.by == "area" and not areas:
        rule = "needs a feature of kind link_area on the map"
        problems.append(origins.problem(("link", "by"), rule, value=stated.by))
    if not isinstance(law, LognormalOutages):
        return problems
    if law.p95_min < law.median_min:
        rule = f"must not be below median_min, {law.median_min:g}"
        problems.append(origins.problem(("link", "outages", "p95_min"), rule, value=law.p95_min))
        return problems
    settled = link_rules(stated).outages
    if settled is not None and settled.up_s <= 0:
        rule = f"must be more than an outage lasts on average, {settled.down_s / MINUTE:.1f} min"
        problems.append(origins.problem(("link", "outages", "every_days"), rule, value=law.every_days))
    return problems
