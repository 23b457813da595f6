"""Checks that what drones do about trouble is told in the instant of that trouble, or when they hear of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from dronesim.verify.facts import Weather
from dronesim.verify.intervals import Floats, Ints, Mask
from dronesim.verify.link_reach import obeyed_by
from dronesim.verify.maps import has_map, read_map
from dronesim.verify.reading import Run
from dronesim.verify.report import at
from dronesim.verify.weather import stops, whys

_SLACK_S: Final = 1.5e-3
_ROOTS: Final[Mapping[str, tuple[str, ...]]] = {
    "airport_closed": ("closed",),
    "cabinet_jammed": ("takes and gives nothing",),
    "unloader_fails": ("one less",),
    "unloading_overrun": ("is unloaded for longer",),
}
"""What is told of trouble at a site itself, by kind; all else of the kind comes of it."""
_AT_THE_SITE: Final = (
    *("holds", "goes on", "stays on the pad", "waits: the drone does not hear", "waits on its pad to be unloaded"),
)
"""What drones do that keep their site."""
_BY_AIR: Final = ("weather", "wind_changed")
_STOPS, _FLY = "flying stops: ", "drones may fly again"


def causes(run: Run) -> Iterator[str]:
    """Find reactions that come of nothing in their instant, and changes of the weather that are told at other times."""
    yield from _of_sites(run)
    yield from _of_the_air(run)
    yield from _of_zones(run)
    yield from _told_stops(run)


def _of_sites(run: Run) -> Iterator[str]:
    table = run.tables["incidents"]
    for kind, roots in _ROOTS.items():
        ours = table["kind"] == kind
        root = np.flatnonzero(ours & np.isin(table["action"], roots))
        rest = ours & ~np.isin(table["action"], roots)
        keeps = np.isin(table["action"], _AT_THE_SITE)
        yield from _orphans(run, np.flatnonzero(rest & ~keeps), table["time_s"][root])
        for site in sorted(set(table["site"][rest & keeps])):
            rows = np.flatnonzero(rest & keeps & (table["site"] == site))
            yield from _orphans(run, rows, table["time_s"][root[table["site"][root] == site]])


def _of_the_air(run: Run) -> Iterator[str]:
    rows = np.flatnonzero(np.isin(run.tables["incidents"]["kind"], _BY_AIR))
    yield from _orphans(run, rows, _changes_s(run))


def _of_zones(run: Run) -> Iterator[str]:
    if not has_map(run):
        return
    rows = np.flatnonzero(run.tables["incidents"]["kind"] == "zone_closed")
    if len(rows):
        zones = read_map(run).obstacles
        changes_s = np.concatenate([zones.from_s, zones.to_s, _changes_s(run)])
        yield from _orphans(run, rows, changes_s[np.isfinite(changes_s)])


def _changes_s(run: Run) -> Floats:
    """Give when wind or weather change, flying stops, or goes on."""
    told = run.facts.weather
    rows_s = [wind.from_s for wind in run.facts.winds] + [run.facts.start_s]
    if told is not None:
        rows_s += [row.from_s for row in told.rows]
        rows_s += [time_s for stop in stops(told) for time_s in stop if np.isfinite(time_s)]
    return np.array(rows_s, np.float64)


def _orphans(run: Run, rows: Ints, roots_s: Floats) -> Iterator[str]:
    """Find incidents, of some rows, that come at none of some times, nor so long after as an order may go unheard."""
    time_s = run.tables["incidents"]["time_s"][rows]
    until_s = roots_s if run.facts.link is None else np.array([obeyed_by(run, float(root_s)) for root_s in roots_s])
    for row, told_s in zip(rows.tolist(), time_s.tolist(), strict=True):
        if not ((roots_s <= told_s + _SLACK_S) & (told_s <= until_s + _SLACK_S)).any():
            yield _words(run, row)


def _words(run: Run, row: int) -> str:
    table = run.tables["incidents"]
    whom = f"drone {table['drone'][row]} " if table["drone"][row] >= 0 else ""
    return f"incident {row} ({table['kind'][row]}): {whom}{table['action'][row]} {at(table['time_s'][row])}, of nothing"


def _told_stops(run: Run) -> Iterator[str]:
    """Find stops of flying that are not told when they begin and end."""
    told = run.facts.weather
    if told is None or not told.counts_all:
        return
    table = run.tables["incidents"]
    actions = np.array([str(action) for action in table["action"]], object)
    begins = np.array([action.startswith(_STOPS) for action in actions], np.bool_) & (table["kind"] == "weather")
    flies = (actions == _FLY) & (table["kind"] == "weather")
    yield from _told_whys(run, told, begins)
    for rows, meant_s, what in ((begins, _begins_s(run, told), "flying stops"), (flies, _ends_s(run, told), _FLY)):
        told_s = np.sort(table["time_s"][rows])
        due_s = [time_s for time_s in meant_s if time_s < run.facts.closed_s - _SLACK_S]
        for time_s in due_s:
            if not (np.abs(told_s - time_s) <= _SLACK_S).any():
                yield f"{what} {at(time_s)} by the weather of the facts, and no incident tells of it"
        for time_s in told_s.tolist():
            if not (np.abs(np.array(meant_s) - time_s) <= _SLACK_S).any():
                yield f"an incident tells that {what} {at(time_s)}, which the weather of the facts does not"


def _told_whys(run: Run, told: Weather, begins: Mask) -> Iterator[str]:
    """Find stops that are told with another reason than that of the row with which they begin."""
    table = run.tables["incidents"]
    for (from_s, to_s), why in zip(stops(told), whys(told), strict=True):
        if to_s <= run.facts.start_s:
            # over before the day began: nobody tells of it
            continue
        ours = begins & (np.abs(table["time_s"] - max(from_s, run.facts.start_s)) <= _SLACK_S)
        for row in np.flatnonzero(ours & (table["action"] != f"{_STOPS}{why}")).tolist():
            yield f"incident {row}: {table['action'][row]} {at(table['time_s'][row])}, by the weather it is {why}"


def _begins_s(run: Run, told: Weather) -> list[float]:
    """Give when stops begin, in the day."""
    return [max(from_s, run.facts.start_s) for from_s, to_s in stops(told) if to_s > run.facts.start_s]


def _ends_s(run: Run, told: Weather) -> list[float]:
    """Give when stops end at which no other begins, in the day."""
    found = stops(told)
    return [to_s for _, to_s in found if to_s > run.facts.start_s and to_s not in {from_s for from_s, _ in found}]
