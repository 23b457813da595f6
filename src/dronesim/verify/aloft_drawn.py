"""Draws again what meets drones in the air by chance, and sees that each of it came when it was due, and no other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from dronesim.units import HOUR
from dronesim.verify.drawn_again import generator
from dronesim.verify.intervals import Ints
from dronesim.verify.link_reach import obeyed_by
from dronesim.verify.reading import Run
from dronesim.verify.report import at
from dronesim.verify.silence import DOWN
from dronesim.verify.stated import Event, events_of, own_events_of
from dronesim.verify.upkeep import aloft_by_drone

_SLACK_S: Final = 5e-3
_EDGE_S: Final = 2e-3
"""Times aloft are whole milliseconds: so near to the end of a leg, what is due may come in the next one."""
_FAILS: Final = "drone_fails"
_COMES_DOWN: Final = ("lost", DOWN)
_UNHEARD: Final = "waits: the drone does not hear"
_LATER: Final = "fails at its next take-off"
_TURNS: Final[Mapping[str, str]] = {"return": "returns_per_flight_hour", "divert": "diverts_per_flight_hour"}
"""What has drones in the air do something else, again and again, and its rate."""
_STAY_BOUND: Final = ("holds", "goes on")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """Something is to meet a drone after a time aloft: at one of these times of day; how it ends, if a fall.

    ``is_sure``: it is, before the day is over.
    """

    aloft_s: float
    at_s: tuple[float, ...]
    is_sure: bool
    ends: str = ""

    def is_met(self, time_s: float, until_s: float) -> bool:
        """Tell whether something of a time is it, if it may be late by so much as until another."""
        return self.at_s[0] - _SLACK_S <= time_s <= until_s + _SLACK_S


class _Day:
    """What a day's tables tell of drones in the air, by drone."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._aloft = aloft_by_drone(run)
        table = run.tables["incidents"]
        self.told = defaultdict[tuple[str, int], list[tuple[float, str]]](list)
        """By kind and drone, -1 for nobody: when what was told."""
        for kind in (*_TURNS, _FAILS):
            for row in np.flatnonzero(table["kind"] == kind).tolist():
                row_of = float(table["time_s"][row]), str(table["action"][row])
                self.told[kind, int(table["drone"][row])].append(row_of)
        self.ended_s = defaultdict[int, list[float]](list)
        """By drone: when it came down, or flew home in silence, of itself, and may not have heard before it landed."""
        ends = np.isin(table["action"], _COMES_DOWN) | ((table["kind"] == "link_loss") & (table["action"] == "returns"))
        for row in np.flatnonzero(ends).tolist():
            self.ended_s[int(table["drone"][row])].append(float(table["time_s"][row]))
        self._carries = _carries(run)

    def flown_s(self, drone: int) -> float:
        """Give how long a drone was aloft."""
        spans = self._aloft.get(drone)
        return 0.0 if spans is None else float((spans[1] - spans[0]).sum())

    def due(self, drone: int, aloft_s: float, ends: str = "") -> _Due | None:
        """Say when something is due after so long aloft; None where the drone never flew for so long."""
        times_s = [self._when_s(drone, aloft_s + edge_s) for edge_s in (-_EDGE_S, _EDGE_S)]
        known_s = tuple(time_s for time_s in times_s if time_s is not None)
        if not known_s:
            return None
        is_sure = len(known_s) == len(times_s) and max(known_s) < self.run.facts.closed_s - _SLACK_S
        return _Due(aloft_s=aloft_s, at_s=known_s, is_sure=is_sure, ends=ends)

    def _when_s(self, drone: int, aloft_s: float) -> float | None:
        """Give the time of day at which a drone had been aloft for so long."""
        spans = self._aloft.get(drone)
        if spans is None:
            return None
        flown_s = np.cumsum(spans[1] - spans[0])
        leg = int(np.searchsorted(flown_s, aloft_s, side="right"))
        return float(spans[1][leg] - (flown_s[leg] - aloft_s)) if leg < len(flown_s) else None

    def is_bound(self, kind: str, drone: int, time_s: float) -> bool:
        """Tell whether a drone was on its way with a parcel at a time, and could have been led elsewhere."""
        legs, rows = self.run.legs, self._carries.get(drone)
        if rows is None:
            return False
        is_way = (legs["departed_s"][rows] < time_s - _SLACK_S) & (legs["arrived_s"][rows] > time_s + _SLACK_S)
        is_open = legs["kind"][rows] == "outbound"
        if kind == "return":
            is_open |= legs["to"][rows] != legs["from"][rows]
        return bool((is_way & is_open).any())


def _carries(run: Run) -> dict[int, Ints]:
    """Give the legs that were flown with a parcel, and landed, by drone."""
    legs = run.legs
    rows = np.flatnonzero((legs["order"] >= 0) & (legs["outcome"] == "landed"))
    rows = rows[np.argsort(legs["drone"][rows], kind="stable")]
    drones, begins = np.unique(legs["drone"][rows], return_index=True)
    return dict(zip(drones.tolist(), np.split(rows, begins[1:]), strict=False))


def in_the_air(run: Run, scenario: Mapping[str, Any]) -> Iterator[str]:
    """Find drones that fail, turn back, divert or are lost at other flight-hours than drawn, or not at all."""
    day = _Day(run)
    yield from _falls(day, scenario)
    for kind, key in _TURNS.items():
        rate = float(scenario["faults"].get(key) or 0.0)
        if rate:
            yield from _turns(day, scenario, kind, rate)
    for (kind, drone), rows in day.told.items():
        for time_s, action in rows:
            if kind == "divert" and action in _STAY_BOUND:
                yield f"drone {drone} is to divert {at(time_s)}, and {action}"


# who comes down


def _falls(day: _Day, scenario: Mapping[str, Any]) -> Iterator[str]:
    """Find drones that fail or are lost at other flight-hours than drawn, or do not, or fare otherwise than drawn."""
    faults = scenario["faults"]
    rates = [float(faults.get(key) or 0.0) for key in ("failures_per_flight_hour", "losses_per_flight_hour")]
    events, is_free = events_of(scenario, _FAILS), bool(own_events_of(scenario))
    for drone in range(day.run.facts.owned if any(rates) else 0):
        due = list(_falls_due(day, drone, *rates, loss_share=float(faults["loss_share"])))
        told = day.told.get((_FAILS, drone), [])
        falls = [(time_s, action) for time_s, action in told if action in _COMES_DOWN]
        for one in due:
            met = [action for time_s, action in falls if one.is_met(time_s, one.at_s[-1])]
            if not met and one.is_sure:
                yield f"drone {drone} is to fail after {one.aloft_s:.2f} s aloft, {at(one.at_s[-1])}, and does not"
            if met and one.ends not in met:
                yield f"drone {drone} fails {at(one.at_s[-1])}: {met[0]}, drawn to be {one.ends}"
        is_to_fail = any(action == _LATER for _, action in told)
        for time_s, action in falls:
            is_due = any(one.is_met(time_s, one.at_s[-1]) for one in due)
            is_told = action == _COMES_DOWN[0] and (is_to_fail or _is_stated(day, events, drone, time_s))
            if not is_due and not is_told and not is_free:
                yield f"drone {drone} fails {at(time_s)}, and is neither drawn nor stated to"


def _falls_due(day: _Day, drone: int, failures: float, losses: float, *, loss_share: float) -> Iterator[_Due]:
    """Draw when a drone fails, once, and is lost, of itself."""
    found = list[_Due | None]()
    if failures:
        aloft_s = float(generator(day.run, f"failure of drone {drone}").standard_exponential()) / failures * HOUR
        is_loss = generator(day.run, f"loss of drone {drone}").random() < loss_share
        found.append(day.due(drone, aloft_s, _COMES_DOWN[not is_loss]))
    found += [day.due(drone, aloft_s, _COMES_DOWN[0]) for aloft_s in _arrivals_s(day, "loss", drone, losses)]
    yield from (one for one in found if one is not None)


# who turns back or diverts


def _turns(day: _Day, scenario: Mapping[str, Any], kind: str, rate: float) -> Iterator[str]:
    """Find returns or diverts that were due and did not come, that came to nothing though they could, or of nothing."""
    events, to_nobody = [*events_of(scenario, kind), *own_events_of(scenario)], day.told.get((kind, -1), [])
    windows = list[tuple[float, float]]()
    for drone in range(day.run.facts.owned):
        arrivals_s = _arrivals_s(day, kind, drone, rate)
        due = [one for aloft_s in arrivals_s if (one := day.due(drone, aloft_s)) is not None]
        until_s = [obeyed_by(day.run, one.at_s[-1]) for one in due]
        windows += [(one.at_s[0], over_s) for one, over_s in zip(due, until_s, strict=True)]
        told = day.told.get((kind, drone), [])
        for one, over_s in zip(due, until_s, strict=True):
            met = [it for it in (*told, *to_nobody) if one.is_met(it[0], over_s)]
            yield from _came(day, kind, drone, one, over_s, met)
        for time_s, action in told:
            is_due = any(one.is_met(time_s, over_s) for one, over_s in zip(due, until_s, strict=True))
            if not is_due and not _is_stated(day, events, drone, time_s):
                yield f"drone {drone}: a {kind} is told {at(time_s)} ({action}), and none is drawn or stated for then"
    for time_s, _ in to_nobody:
        is_due = any(from_s - _SLACK_S <= time_s <= over_s + _SLACK_S for from_s, over_s in windows)
        if not is_due and not _is_stated(day, events, -1, time_s):
            yield f"a {kind} of nobody is told {at(time_s)}, and none is drawn or stated for then"


def _came(day: _Day, kind: str, drone: int, due: _Due, over_s: float, met: list[tuple[float, str]]) -> Iterator[str]:
    """Find out whether what was due came, by ``over_s``, of what is told by then; and came to something if it could."""
    words = f"drone {drone}: a {kind} is drawn after {due.aloft_s:.2f} s aloft, {at(due.at_s[-1])}"
    done = [(time_s, action) for time_s, action in met if action != _UNHEARD]
    has_ended = any(due.is_met(time_s, over_s) for time_s in day.ended_s.get(drone, []))
    if not done and due.is_sure and over_s < day.run.facts.closed_s and not has_ended:
        yield f"{words}, and {'nothing comes of it' if met else 'none is told'}"
    if done and all(action.startswith("nothing") and day.is_bound(kind, drone, time_s) for time_s, action in done):
        yield f"{words}, and it is told that {done[0][1]}; it was on its way with a parcel"


def _arrivals_s(day: _Day, kind: str, drone: int, rate_per_h: float) -> Iterator[float]:
    """Draw when something meets a drone again and again, in seconds aloft, for as long as it was."""
    if not rate_per_h:
        return
    rng, flown_s, at_s = generator(day.run, f"{kind} of drone {drone} aloft"), day.flown_s(drone), 0.0
    while (at_s := at_s + float(rng.standard_exponential()) / rate_per_h * HOUR) < flown_s + _SLACK_S:
        yield at_s


def _is_stated(day: _Day, events: list[Event], drone: int, time_s: float) -> bool:
    """Tell whether an event may have met a drone, or nobody, by a time."""
    return any(
        event.drone in (-1, drone) or drone < 0
        for event in events
        if event.at_s - _SLACK_S <= time_s <= obeyed_by(day.run, event.at_s) + _SLACK_S
    )
