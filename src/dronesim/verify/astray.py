"""Checks excursions: where flown tracks are further from their clearance than drones stray, incidents tell so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from dronesim.verify.conformance import deviations, excursions
from dronesim.verify.reading import Run
from dronesim.verify.report import NO_TRACKS, Check, at, listed, settle, skipped
from dronesim.verify.silence import Act, without
from dronesim.verify.tracks import Pieces, chord, pieces_of

_NAME: Final = "excursions"
_MARGIN_M: Final = 1e-3
_ROUNDING_S: Final = 0.01
_ROUNDING_M: Final = 0.06
"""Incidents tell how far to a tenth of a metre."""
_STRAYS: Final[Mapping[str, tuple[str, str]]] = {
    "excursion": ("navigation", "excursion_m"),
    "position_outage": ("position", "stray_max_m"),
}
"""Kinds of incidents that tell of drones astray, and which of the facts says how far they may be."""


def excursions_told(run: Run) -> Check:
    """Every stretch of a flown track beyond the track bound is told by an incident, and every incident is one."""
    if not {"flown", "cleared"} <= set(run.tables):
        return skipped(_NAME, NO_TRACKS)
    found = stretches(run)
    return settle(_NAME, len(found), [listed([*_untold(run, found), *_unflown(run, found)])])


def stretches(run: Run) -> list[Act]:
    """Find from when until when drones were beyond their track bound, where both tracks are there."""
    if not {"flown", "cleared"} <= set(run.tables):
        return []
    flown = pieces_of(run.tables["flown"])
    off = deviations(flown, pieces_of(run.tables["cleared"]))
    low, high = chord(off.start_m, off.end_m, run.facts.track_bound_m + _MARGIN_M)
    legs, from_s, length_s = excursions(off, low, high)
    drone_of = dict(zip(flown.leg.tolist(), flown.drone.tolist(), strict=True))
    columns = zip(legs.tolist(), from_s.tolist(), length_s.tolist(), strict=True)
    return [Act(drone=drone_of[leg], from_s=begin_s, to_s=begin_s + span_s) for leg, begin_s, span_s in columns]


def kept_to_paths(run: Run, pieces: Pieces) -> Pieces:
    """Give pieces without those that are beyond the track bound and told so; all where no drone goes astray."""
    told = [act for act in stretches(run) if _times_s(run, act).size] if excursion_m(run) else []
    return without(pieces, told)


def excursion_m(run: Run) -> float:
    """Give how far a drone may stray at most, by an excursion or without position; 0 where none does."""
    return max(_most_m(run, kind) for kind in _STRAYS)


def _most_m(run: Run, kind: str) -> float:
    """Give how far a drone may stray at most by a kind of incident; 0 where there are none."""
    part, key = _STRAYS[kind]
    told: Mapping[str, Any] = getattr(run.facts, part) or {}
    return 0.0 if part == "position" and not told.get("outages") else float(told.get(key, 0.0))


def _told(run: Run) -> np.ndarray:
    table = run.tables["incidents"]
    strays = np.array([str(action).startswith("strays ") for action in table["action"]], np.bool_)
    return np.flatnonzero(np.isin(table["kind"], list(_STRAYS)) & strays)


def _times_s(run: Run, act: Act) -> np.ndarray:
    """Give when excursions are told within a stretch."""
    table, rows = run.tables["incidents"], _told(run)
    times_s = table["time_s"][rows[table["drone"][rows] == act.drone]]
    return np.asarray(times_s[(times_s >= act.from_s - _ROUNDING_S) & (times_s <= act.to_s + _ROUNDING_S)])


def _untold(run: Run, found: list[Act]) -> Iterator[str]:
    for act in found:
        if not _times_s(run, act).size:
            yield (
                f"drone {act.drone} is beyond the track bound of {run.facts.track_bound_m:g} m from {at(act.from_s)} "
                f"to {at(act.to_s)}, which no incident tells"
            )


def _unflown(run: Run, found: list[Act]) -> Iterator[str]:
    """Find excursions that are told and not flown, or said to be larger than any may be."""
    table = run.tables["incidents"]
    for row in _told(run).tolist():
        drone, time_s = int(table["drone"][row]), float(table["time_s"][row])
        its = [act for act in found if act.drone == drone]
        if not any(act.from_s - _ROUNDING_S <= time_s <= act.to_s + _ROUNDING_S for act in its):
            yield f"incident {row}: drone {drone} is told to stray {at(time_s)}, its flown track does not"
        words = str(table["action"][row]).split()
        most_m = _most_m(run, str(table["kind"][row]))
        if not run.facts.track_bound_m - _ROUNDING_M < float(words[1]) < most_m + _ROUNDING_M:
            yield f"incident {row}: drone {drone} {table['action'][row]}; the most is {most_m:g} m"
