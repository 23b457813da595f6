"""Draws again what is out on the ground by chance: where, from when, for how long; compares it with what is told."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dronesim.units import HOUR
from dronesim.verify.drawn_again import NORMAL_P95, generator
from dronesim.verify.merchants import merchants_of
from dronesim.verify.reading import Run
from dronesim.verify.report import at
from dronesim.verify.stated import MINUTE_S, events_of, own_events_of, seconds

_SLACK_S: Final = 5e-3
_NO_SHOW: Final = "courier_no_show"
_PLACES: Final[Mapping[str, tuple[str, str]]] = {
    "airport_closed": ("airport", ""),
    "cabinet_jammed": ("airport", ""),
    "unloader_fails": ("airport", "unloader"),
    "takeoff_point_closed": ("takeoff_point", ""),
    "charger_fails": ("takeoff_point", "charger"),
    "kitchen_surge": ("merchant", ""),
    "dispatcher_outage": ("", ""),
    _NO_SHOW: ("takeoff_point", "courier"),
}
"""What comes on the ground: at which sites, and of which units of them, if not of the site as a whole."""
_BEGINS: Final = ("closed", "takes and gives nothing", "one less", "takes longer", "decides nothing")
"""What is told of an outage itself, not of drones that it meets."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Out:
    """Something is out at a site, "" for the network, from a time on, for so long; of a merchant where it names one."""

    site: str
    at_s: float
    lasts_s: float
    merchant: str = ""


def on_the_ground(run: Run, scenario: Mapping[str, Any]) -> Iterator[str]:
    """Find what fails on the ground elsewhere, at other times or for longer or shorter than drawn or stated."""
    for kind in _PLACES:
        drawn = drawn_of(run, scenario, kind)
        if drawn is not None:
            due = [*drawn, *_stated(scenario, kind)]
            yield from _begin_otherwise(run, kind, due, may_be_more=bool(own_events_of(scenario)))
            yield from _last_otherwise(run, kind, due, may_be_more=bool(own_events_of(scenario)))


# what is due


def _stated(scenario: Mapping[str, Any], kind: str) -> Iterator[Out]:
    for event in events_of(scenario, kind):
        site = "" if kind == "kitchen_surge" else str(event.keys.get(_PLACES[kind][0], ""))
        yield Out(site=site, at_s=event.at_s, lasts_s=event.to_s - event.at_s)


def drawn_of(run: Run, scenario: Mapping[str, Any], kind: str) -> list[Out] | None:
    """Draw a kind over the day, at all sites; None where its units can't be counted."""
    horizon, faults = scenario["horizon"], scenario["faults"]
    opens_s, over_s = seconds(horizon["start"]), seconds(horizon["end"]) + MINUTE_S * float(horizon["drain_max_min"])
    share, law = float(faults.get("courier_no_show_share") or 0.0), faults.get(kind, {})
    if not (share if kind == _NO_SHOW else law.get("every_h")):
        return []
    places = _streams(run, scenario, kind)
    if places is None:
        return None
    if kind == _NO_SHOW:
        away = [site for site, name in places if generator(run, name).random() < share]
        return [Out(site=site, at_s=opens_s, lasts_s=over_s - opens_s) for site in away]
    is_of_kitchens = kind == "kitchen_surge"
    return [
        Out(site="" if is_of_kitchens else site, at_s=at_s, lasts_s=lasts_s, merchant=site if is_of_kitchens else "")
        for site, name in places
        for at_s, lasts_s in _spells(generator(run, name), law, opens_s=opens_s, over_s=over_s)
    ]


def _streams(run: Run, scenario: Mapping[str, Any], kind: str) -> list[tuple[str, str]] | None:
    """Name the streams of a kind, with the site of each: one a site, or one a unit; None where that is unknown."""
    facts, (place, unit) = run.facts, _PLACES[kind]
    if place == "":
        return [("", f"{kind} network")]
    if place == "merchant":
        has_map = (run.folder / scenario["map"]).is_file()
        return [(name, f"{kind} {name}") for name, _ in merchants_of(run.folder, scenario)] if has_map else None
    sites, counts = list(facts.airports if place == "airport" else facts.takeoff_points), facts.capacity.get(unit, {})
    if unit and not set(sites) <= set(counts):
        return None
    return [(site, f"{kind} {site} {number}") for site in sites for number in range(counts[site] if unit else 1)]


def _spells(rng: Any, law: Mapping[str, Any], *, opens_s: float, over_s: float) -> Iterator[tuple[float, float]]:
    """Draw when something is out that works and is out by turns, and for how long."""
    every_s, median_s = HOUR * float(law["every_h"]), MINUTE_S * float(law["median_min"])
    p95_s = MINUTE_S * float(law.get("p95_min") or 0.0)
    sigma = math.log(p95_s / median_s) / NORMAL_P95 if p95_s > median_s else 0.0
    time_s = opens_s
    while True:
        time_s += float(rng.standard_exponential()) * every_s
        lasts_s = median_s * math.exp(sigma * float(rng.standard_normal()))
        if time_s >= over_s:
            return
        yield time_s, lasts_s
        time_s += lasts_s


# what is told


def _begin_otherwise(run: Run, kind: str, due: list[Out], *, may_be_more: bool) -> Iterator[str]:
    """Find outages of which no incident tells when and where they are due, and incidents of none."""
    table, closed_s = run.tables["incidents"], run.facts.closed_s
    rows = (table["kind"] == kind) & (table["drone"] < 0)
    told = [
        (str(site), float(time_s))
        for site, time_s, action in zip(table["site"][rows], table["time_s"][rows], table["action"][rows], strict=True)
        if action in _BEGINS
    ]
    left = list(told)
    for out in sorted(due):
        same = next((it for it in left if it[0] == out.site and abs(it[1] - out.at_s) <= _SLACK_S), None)
        if same is not None:
            left.remove(same)
        elif out.at_s < closed_s - _SLACK_S:
            yield f"{kind}{_where(out.site)} is drawn or stated for {at(out.at_s)}, and no incident tells of it"
    for site, time_s in () if may_be_more else left:
        yield f"{kind}{_where(site)} is told {at(time_s)}, and is neither drawn nor stated for then"


def _last_otherwise(run: Run, kind: str, due: list[Out], *, may_be_more: bool) -> Iterator[str]:
    """Find outages of the facts that last longer or shorter than any that is due there, and due ones that don't come.

    A unit may begin to be out after it is told to be, and so not before the close.
    """
    closed_s, left = run.facts.closed_s, sorted(due)
    is_late = bool(_PLACES[kind][1])
    told = sorted(_told_spells(run, kind), key=lambda spell: (spell[2] >= closed_s - _SLACK_S, *spell))
    for site, from_s, to_s in told:
        ours = (out for out in left if out.site == site and _is_same(out, from_s, to_s, closed_s, is_late=is_late))
        same = next(ours, None)
        if same is not None:
            left.remove(same)
        elif not may_be_more:
            yield f"facts: {kind}{_where(site)} from {at(from_s)} to {at(to_s)}; none is drawn or stated for so long"
    for out in left:
        if not is_late and out.at_s < closed_s - _SLACK_S:
            yield (
                f"{kind}{_where(out.site)} is drawn or stated for {out.lasts_s:.3f} s from {at(out.at_s)}, and facts "
                "have none that is as long"
            )


def _told_spells(run: Run, kind: str) -> Iterable[tuple[str, float, float]]:
    """List where, from when and until when something was out, as facts tell it."""
    if kind == "airport_closed":
        return [(it.airport, it.from_s, it.to_s) for it in run.facts.closures if it.cause in (kind, "")]
    ours = (it for it in run.facts.outages if it.cause == kind)
    return [("" if it.site == "network" else it.site, it.from_s, it.to_s) for it in ours]


def _is_same(out: Out, from_s: float, to_s: float, closed_s: float, *, is_late: bool) -> bool:
    """Tell whether an outage that is due may be what is told, which is cut off when the day closes."""
    begins = from_s >= out.at_s - _SLACK_S if is_late else abs(from_s - out.at_s) <= _SLACK_S
    lasts_s, is_cut = to_s - from_s, to_s >= closed_s - _SLACK_S
    return begins and (abs(lasts_s - out.lasts_s) <= _SLACK_S or (is_cut and out.lasts_s > lasts_s))


def _where(site: str) -> str:
    return f" at {site}" if site else ""
