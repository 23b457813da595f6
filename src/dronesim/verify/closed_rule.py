"""Checks that orders whose airport is closed, or that no drone may bring, fare by the scenario's rule for that."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from dronesim.verify.intervals import Floats
from dronesim.verify.lookup import is_set
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, Faults, at, listed, settle, skipped, where
from dronesim.verify.stated import MINUTE_S, has_scenario, stated
from dronesim.verify.wait_reasons import by_row
from dronesim.verify.weather import stops

_NAME: Final = "rule for closed airports"
_SLACK_S: Final = 5e-3
_NEAR_M: Final = 0.01
_REASONS: Final = ("airport_closed", "weather")
_BESIDE: Final = ("courier", "dispatcher", "policy", "batch")
"""What an order may wait for beside, that does not lead it anywhere."""
Spans = list[tuple[float, float]]


def closed_rule(run: Run) -> Check:
    """Orders wait for as long as the rule has it and no longer, go by road at once, or are refused, and no others."""
    if not has_scenario(run):
        return skipped(_NAME, "the run has not kept its scenario")
    table: Mapping[str, Any] = stated(run).get("airports", {})
    if not {"when_closed", "closed_wait_max_min"} <= set(table):
        return skipped(_NAME, "the scenario states no such rule")
    rule, wait_s = str(table["when_closed"]), MINUTE_S * float(table["closed_wait_max_min"])
    by_airport = {airport: _spans(run, airport) for airport in run.facts.airports}
    if not any(by_airport.values()):
        return skipped(_NAME, "no airport was ever closed, and drones might fly")
    faults = [
        *_refused(run, rule, by_airport),
        *_by_road(run, 0.0 if rule == "road" else wait_s, by_airport),
        *_too_long(run, rule, 0.0 if rule == "road" else wait_s, by_airport),
        listed(_sent_too_far(run, table, by_airport) if rule == "next" else ()),
    ]
    return settle(_NAME, len(run.orders["order"]), faults, note=f"{rule}, for {wait_s:g} s at most")


def _spans(run: Run, airport: str) -> Spans:
    """List from when until when no parcel goes to an airport, for its closure or for the weather."""
    told, ends_s = run.facts.weather, run.facts.closed_s
    shut = [] if told is None else stops(told)
    # one that outlasts the day is told until its close
    shut = shut + [
        (closure.from_s, closure.to_s if closure.to_s < ends_s else math.inf)
        for closure in run.facts.closures
        if closure.airport == airport
    ]
    found: Spans = []
    for from_s, to_s in sorted(shut):
        if found and from_s <= found[-1][1] + _SLACK_S:
            found[-1] = found[-1][0], max(found[-1][1], to_s)
        else:
            found.append((from_s, to_s))
    return found


def _shut_since(run: Run, by_airport: Mapping[str, Spans], time_s: Floats) -> tuple[Floats, Floats]:
    """Give since when and until when each order's airport was shut at a time of its own, ``(orders,)``; NaN: open."""
    since_s, until_s = np.full(len(time_s), np.nan), np.full(len(time_s), np.nan)
    airports = run.orders["airport"]
    for airport, spans in by_airport.items():
        for from_s, to_s in spans:
            inside = (airports == airport) & (time_s >= from_s - _SLACK_S) & (time_s < to_s - _SLACK_S)
            since_s[inside], until_s[inside] = from_s, to_s
    return since_s, until_s


def _refused(run: Run, rule: str, by_airport: Mapping[str, Spans]) -> Iterator[Faults]:
    """Find orders that were refused for a closure, or not, against the rule."""
    orders, facts = run.orders, run.facts
    refused = orders["end_state"] == "refused"
    for_it = refused & np.isin(orders["reason"], _REASONS)
    yield where(
        for_it & (rule != "refuse"),
        lambda row: f"order {orders['order'][row]} is refused ({orders['reason'][row]}), by the rule {rule!r}",
    )
    if rule != "refuse":
        return
    # where riders take what is refused, it is not
    by_riders = bool(facts.riders) and "refused" in (stated(run).get("riders", {}).get("takes") or ())
    since_s, _ = _shut_since(run, by_airport, orders["placed_s"])
    inside = (since_s < orders["placed_s"] - _SLACK_S) & (orders["airport"] == orders["placed_airport"])
    yield where(
        inside & ~refused & (not by_riders),
        lambda row: (
            f"order {orders['order'][row]} was placed {at(orders['placed_s'][row])}, while nothing went to "
            f"{orders['airport'][row]}, and is not refused"
        ),
    )


def leaves_queue_s(run: Run) -> Floats:
    """Give when each order left the queue at its take-off point."""
    table, left_s = by_row(run).tables["waits"], run.orders["ready_s"].copy()
    known = table["reason"] != "courier"
    np.fmax.at(left_s, table["order"][known], table["to_s"][known])
    return np.asarray(left_s)


def _by_road(run: Run, wait_s: float, by_airport: Mapping[str, Spans]) -> Iterator[Faults]:
    """Find orders that went by road for a closure before they had waited for as long as they are to."""
    orders, left_s = run.orders, leaves_queue_s(run)
    gone = (orders["end_state"] == "ground") & np.isin(orders["reason"], _REASONS) & is_set(left_s)
    since_s, _ = _shut_since(run, by_airport, left_s - 2 * _SLACK_S)
    since_s = np.fmax(since_s, orders["ready_s"])
    too_soon = gone & (left_s < since_s + wait_s - 2 * _SLACK_S)
    yield where(
        too_soon,
        lambda row: (
            f"order {orders['order'][row]} goes by road {at(left_s[row])}, shut off since {at(since_s[row])}; it is to "
            f"wait for {wait_s:g} s"
        ),
    )


def _too_long(run: Run, rule: str, wait_s: float, by_airport: Mapping[str, Spans]) -> Iterator[Faults]:
    """Find orders that stayed for longer than they are to, where nothing else could be done with them.

    Told of those that waited for nothing else, and that were sent nowhere else; and on days on which riders take no
    more than the rule gives them, for one that is theirs waits for them, whatever it is told to wait for.
    """
    if run.facts.riders and set(stated(run).get("riders", {}).get("takes") or ()) - {"closed"}:
        return
    orders, left_s, ready_s = run.orders, leaves_queue_s(run), run.orders["ready_s"]
    waits = orders["airport"] == orders["placed_airport"]
    table = by_row(run).tables["waits"]
    waits[table["order"][~np.isin(table["reason"], (*_REASONS, *_BESIDE))]] = False
    due_s = np.full(len(ready_s), np.nan)
    for airport, spans in by_airport.items():
        for from_s, to_s in spans:
            over_s = np.fmax(ready_s, from_s) + wait_s
            ours = waits & (orders["airport"] == airport) & (ready_s < to_s - _SLACK_S)
            ours &= (over_s < min(to_s, run.facts.closed_s) - _SLACK_S) & (left_s > over_s + 2 * _SLACK_S)
            due_s[ours] = np.fmin(due_s[ours], over_s[ours])
    yield where(
        is_set(due_s),
        lambda row: (
            f"order {orders['order'][row]} waits until {at(left_s[row])}, shut off; it is to go by road "
            f"{at(due_s[row])} ({rule})"
        ),
    )


def _sent_too_far(run: Run, table: Mapping[str, Any], by_airport: Mapping[str, Spans]) -> Iterator[str]:
    """Find orders sent to another airport past a nearer one that was open all day, and to which drones flew as much.

    Told where ways stay as they are all day, and policies send orders nowhere.
    """
    orders, legs, facts = run.orders, run.legs, run.facts
    changes = len(facts.winds) > 1 or facts.weather is not None or facts.ageing is not None
    if changes or facts.extra_walk_m or (run.tables["incidents"]["kind"] == "zone_closed").any():
        return
    places = {name: np.array(place) for name, place in facts.airports.items()}
    flown_kg = dict[tuple[str, str], float]()
    out = np.flatnonzero((legs["kind"] == "outbound") & (legs["order"] >= 0))
    for row, mass_kg in zip(out.tolist(), orders["mass_kg"][legs["order"][out]].tolist(), strict=True):
        way = str(legs["from"][row]), str(legs["to"][row])
        flown_kg[way] = max(flown_kg.get(way, 0.0), mass_kg)
    for row in np.flatnonzero(orders["airport"] != orders["placed_airport"]).tolist():
        own = places[orders["placed_airport"][row]]
        far_m = {name: float(np.hypot(*(place - own))) for name, place in places.items()}
        sent_m = far_m[orders["airport"][row]]
        nearer = [name for name, metres in far_m.items() if 0 < metres < sent_m - _NEAR_M]
        point, mass_kg = str(orders["takeoff_point"][row]), float(orders["mass_kg"][row])
        if any(by_airport[name] for name in nearer):
            continue
        for name in nearer:
            if far_m[name] <= float(table["walk_max_m"]) and flown_kg.get((point, name), -1.0) >= mass_kg:
                yield (
                    f"order {orders['order'][row]} is sent to {orders['airport'][row]}, {sent_m:.0f} m from its own "
                    f"airport; {name} is {far_m[name]:.0f} m from there, open, and flown to"
                )
