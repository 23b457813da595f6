"""Checks that closures, failures, returns and diverts that a scenario states came, and that none came by nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from dronesim.verify.facts import Closure
from dronesim.verify.intervals import Ints, Mask
from dronesim.verify.link_reach import obeyed_by
from dronesim.verify.maps import has_map, read_map
from dronesim.verify.reading import Run
from dronesim.verify.report import Check, at, listed, settle, skipped
from dronesim.verify.silence import DOWN
from dronesim.verify.stated import Event, events_of, has_scenario, own_events_of, stated, value_at

_NAME: Final = "events as stated"
_SLACK_S: Final = 5e-4
_CLOSED, _ZONE = "airport_closed", "zone_closed"
_RATES: Final[Mapping[str, tuple[str, ...]]] = {
    _CLOSED: ("faults.airport_closed.every_h",),
    "drone_fails": ("faults.failures_per_flight_hour", "faults.losses_per_flight_hour"),
    "return": ("faults.returns_per_flight_hour",),
    "divert": ("faults.diverts_per_flight_hour",),
}
"""Kinds that are looked at here, and the keys of the scenario by which they come by chance."""
_LATER: Final = "fails at its next take-off"
_BY_SCRIPT: Final = ("nothing: no drone is in the air with a parcel", _LATER)
"""What may become of a drone that fails only where that is stated."""
_DOWN: Final = ("lost", DOWN)


def stated_events(run: Run) -> Check:
    """Every closure, failure, return and divert that is stated comes when and to whom it is, and others by chance."""
    if not has_scenario(run):
        return skipped(_NAME, "the run has not kept its scenario")
    scenario = stated(run)
    told = events_of(scenario, *_RATES)
    # what is stated for the instant in which the day closes may come or not
    events = [event for event in told if event.at_s < run.facts.closed_s]
    faults = [
        listed(_closures(run)),
        listed(text for event in events for text in _missing(run, event, beside=events)),
        listed(_by_nobody(run, scenario, told)),
        listed(_flies_on(run)),
        listed(_unmet(run, scenario)),
    ]
    rows = np.isin(run.tables["incidents"]["kind"], list(_RATES))
    return settle(_NAME, len(events) + int(rows.sum()), faults, note=f"{len(events)} of them stated")


# closures


def _is_told_closed(run: Run) -> Mask:
    table = run.tables["incidents"]
    return np.asarray((table["kind"] == _CLOSED) & (table["action"] == "closed"))


def _closures(run: Run) -> Iterator[str]:
    """Compare the closures of the facts with the incidents that tell of them, and those for zones with the map."""
    table, told = run.tables["incidents"], _is_told_closed(run)
    ours = [closure for closure in run.facts.closures if closure.cause in (_CLOSED, "")]
    told_at = sorted(zip(table["site"][told].tolist(), table["time_s"][told].tolist(), strict=True))
    known_at = sorted((closure.airport, closure.from_s) for closure in ours)
    for site, time_s in _beyond(told_at, known_at):
        yield f"{site} is told to close {at(time_s)}, and no closure of the facts begins then"
    for site, time_s in _beyond(known_at, told_at):
        yield f"facts: {site} is closed from {at(time_s)}, and no incident tells of it"
    for closure in run.facts.closures:
        if closure.cause not in (_CLOSED, _ZONE, ""):
            yield f"{_words(closure)}: {closure.cause!r} is no cause for that"
        elif not closure.from_s <= closure.to_s:
            yield f"{_words(closure)}: it ends before it begins"
    edges_s = _edges_s(run)
    if edges_s is None:
        return
    for closure in (closure for closure in run.facts.closures if closure.cause == _ZONE):
        if not (np.abs(edges_s - closure.from_s) <= _SLACK_S).any():
            yield f"{_words(closure)}: no zone of the map begins or ends when it does"


def _beyond(some: list[tuple[str, float]], others: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Give those of some sites and times, as often as they stand there, that others have not."""
    left = list(others)
    found = []
    for site, time_s in some:
        same = next((it for it in left if it[0] == site and abs(it[1] - time_s) <= _SLACK_S), None)
        if same is None:
            found.append((site, time_s))
        else:
            left.remove(same)
    return found


def _edges_s(run: Run) -> np.ndarray | None:
    """Give when zones of the map begin and end, and the opening; None without a map."""
    if not has_map(run):
        return None
    zones = read_map(run).obstacles
    return np.concatenate([zones.from_s, zones.to_s, [run.facts.start_s]])


def _words(closure: Closure) -> str:
    return f"facts: {closure.airport} is closed from {at(closure.from_s)} to {at(closure.to_s)}"


# events


def _missing(run: Run, event: Event, *, beside: list[Event]) -> Iterator[str]:
    """Find out whether an event came: when it is stated, to whom, as it must; others are stated ``beside`` it."""
    rows = _rows_at(run, event)
    if event.drone < 0:
        # of drones that others name there may be rows of the same instant
        its = ~np.isin(run.tables["incidents"]["drone"][rows], [other.drone for other in beside if other.drone >= 0])
        rows = rows[its] if its.any() else rows
    if not len(rows):
        if not _came_down(run, event):
            yield f"{_event_words(event)}, and no incident tells of it"
        return
    if event.kind == _CLOSED:
        yield from _lasts_otherwise(run, event)
        return
    table = run.tables["incidents"]
    first = int(rows[0])
    drone, action = int(table["drone"][first]), str(table["action"][first])
    if event.drone >= 0 and not (table["drone"][rows] == event.drone).any() and not action.startswith("nothing"):
        yield f"{_event_words(event)} of drone {event.drone}, and incident {first} has it that drone {drone} {action}"
    yield from _others_were_due(run, event, drone=drone)


def _rows_at(run: Run, event: Event) -> Ints:
    """Give the incidents that may tell of an event: of its kind, at its time or when it was obeyed, at its site."""
    table, until_s = run.tables["incidents"], event.at_s
    if event.kind in ("return", "divert"):
        until_s = obeyed_by(run, event.at_s)
    rows = (table["kind"] == event.kind) & (table["time_s"] >= event.at_s - _SLACK_S)
    rows &= table["time_s"] <= until_s + _SLACK_S
    if event.kind == _CLOSED:
        rows &= _is_told_closed(run) & (table["site"] == str(event.keys["airport"]))
    elif event.drone >= 0:
        rows &= (table["drone"] == event.drone) | (table["drone"] < 0)
    return np.flatnonzero(rows)


def _came_down(run: Run, event: Event) -> bool:
    """Tell whether a drone came down before it obeyed what is stated of it, so that nothing came of that."""
    table = run.tables["incidents"]
    if event.kind not in ("return", "divert") or run.facts.link is None:
        return False
    is_down = np.isin(table["action"], _DOWN) & (table["time_s"] >= event.at_s - _SLACK_S)
    return bool((is_down & (table["time_s"] <= obeyed_by(run, event.at_s) + _SLACK_S)).any())


def _lasts_otherwise(run: Run, event: Event) -> Iterator[str]:
    airport = str(event.keys["airport"])
    ours = [it for it in run.facts.closures if it.airport == airport and abs(it.from_s - event.at_s) <= _SLACK_S]
    to_s = min(event.to_s, run.facts.closed_s)
    if not any(abs(closure.to_s - to_s) <= 2 * _SLACK_S for closure in ours):
        yield f"{_event_words(event)} until {at(to_s)}, and no closure of the facts is as long"


def _others_were_due(run: Run, event: Event, *, drone: int) -> Iterator[str]:
    """Find drones that carried a parcel in the air and were due, by a lower number, or as the one that is named."""
    legs, time_s = run.legs, event.at_s
    over_s = legs["arrived_s"] if event.kind == "divert" else legs["landed_s"]
    due = (legs["kind"] == "outbound") & (legs["outcome"] == "landed") & (legs["order"] >= 0)
    due &= (legs["departed_s"] < time_s - _SLACK_S) & (over_s > time_s + _SLACK_S)
    if event.drone >= 0:
        due &= (legs["drone"] == event.drone) & (drone < 0)
    elif drone >= 0:
        due &= legs["drone"] < drone
    if event.keys.get("airport"):
        due &= legs["to"] == str(event.keys["airport"])
    for row in np.flatnonzero(due).tolist():
        met = f"drone {drone}" if drone >= 0 else "nobody"
        yield f"{_event_words(event)} met {met}, and drone {legs['drone'][row]} was due: it carried a parcel then"


def _by_nobody(run: Run, scenario: Mapping[str, Any], events: list[Event]) -> Iterator[str]:
    """Find incidents that neither are stated nor come by chance."""
    table = run.tables["incidents"]
    own = own_events_of(scenario)
    for kind, rates in _RATES.items():
        ours = [event for event in events if event.kind == kind] + own
        windows = [(event.at_s, obeyed_by(run, event.at_s)) for event in ours]
        rows = table["kind"] == kind
        if any(value_at(scenario, rate) for rate in rates):
            rows &= np.isin(table["action"], _BY_SCRIPT)
        elif kind == _CLOSED:
            rows &= _is_told_closed(run)
            if int(rows.sum()) > len(ours):
                yield f"{kind}: {int(rows.sum())} incidents, stated {len(ours)} times, and the scenario draws none"
        for row in np.flatnonzero(rows & ~_follows(run, kind)).tolist():
            time_s = float(table["time_s"][row])
            if not any(from_s - _SLACK_S <= time_s <= to_s + _SLACK_S for from_s, to_s in windows):
                yield f"incident {row}: {kind} {at(time_s)}, which is not stated, and the scenario draws none"


def _follows(run: Run, kind: str) -> Mask:
    """Tell which incidents come of one that was before: a failure at the next take-off, what a closure brings."""
    table = run.tables["incidents"]
    if kind == _CLOSED:
        return np.asarray(~_is_told_closed(run))
    later = set(table["drone"][(table["kind"] == kind) & (table["action"] == _LATER)].tolist())
    return np.asarray(np.isin(table["drone"], list(later)) & (table["action"] == "lost"))


def _unmet(run: Run, scenario: Mapping[str, Any]) -> Iterator[str]:
    """Compare the events that met nobody, as facts list them, with what incidents tell of all that are stated."""
    table, closed_s = run.tables["incidents"], run.facts.closed_s
    is_nobody = np.array([action.startswith("nothing") for action in table["action"].tolist()], np.bool_)
    is_nobody &= table["drone"] < 0
    met, late = list[tuple[str, float]](), list[tuple[str, float]]()
    for event in events_of(scenario):
        (late if event.at_s >= closed_s else met).append((event.kind, event.at_s))
    told = [(str(row["kind"]), float(row["at_s"])) for row in run.facts.unmet]
    idle = sorted(zip(table["kind"][is_nobody].tolist(), table["time_s"][is_nobody].tolist(), strict=True))
    nobody = [one for one in idle if _beyond([one], met) == []]
    for kind, at_s in _beyond(told, [*nobody, *late]):
        yield f"facts: {kind} at {at(at_s)} is told to have met nobody, and that is not so"
    for kind, at_s in _beyond([*nobody, *(one for one in late if one[1] > closed_s + _SLACK_S)], told):
        yield f"{kind} is stated for {at(at_s)} and met nobody, and facts do not tell"


def _flies_on(run: Run) -> Iterator[str]:
    """Find drones that were to fail at their next take-off, and landed; of one as the day ends nothing is told."""
    table, legs = run.tables["incidents"], run.legs
    departed_s = np.where(legs["departed_s"] < run.facts.closed_s - _SLACK_S, legs["departed_s"], np.nan)
    for row in np.flatnonzero((table["kind"] == "drone_fails") & (table["action"] == _LATER)).tolist():
        its = np.flatnonzero((legs["drone"] == table["drone"][row]) & (departed_s >= table["time_s"][row]))
        if len(its) and legs["outcome"][its[np.argmin(departed_s[its])]] not in ("lost", "down"):
            yield f"incident {row}: drone {table['drone'][row]} {_LATER}, and does not"


def _event_words(event: Event) -> str:
    where = f" at {event.keys['airport']}" if event.keys.get("airport") else ""
    return f"{event.kind}{where} is stated for {at(event.at_s)}"
