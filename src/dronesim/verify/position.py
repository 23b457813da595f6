"""Checks the position service: who drifted or missed a landing was without it, and nobody lands without it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import shapely

from dronesim.verify.landings_drawn import blind_left
from dronesim.verify.reading import Run
from dronesim.verify.report import NO_TRACKS, Check, at, listed, settle, skipped
from dronesim.verify.silence import ROUNDING_S, Outage, outages_in, spells_in
from dronesim.verify.stated import has_scenario

_NAME: Final = "position service"
_KIND: Final = "position_outage"
_BEGINS: Final = "no position in "
_STRAYS: Final = "strays "
_BORDER_M: Final = 0.01
"""Borders of areas are told to a millimetre."""


def position_service(run: Run) -> Check:
    """Outages are told; drones that drifted or missed a landing were in one, and nobody lands in one who may not."""
    if run.facts.position is None:
        return skipped(_NAME, "the position service is never out")
    if "cleared" not in run.tables:
        return skipped(_NAME, NO_TRACKS)
    outages = outages_in(run.facts.position, key="position")
    words = [*_untold(run, outages), *_strayed_with(run, outages), *_missed_with(run, outages), *_landed(run, outages)]
    note = f"{len(outages)} outages"
    return settle(_NAME, len(_rows(run)) + len(run.legs["leg"]), [listed(words)], note=note)


def _rows(run: Run) -> list[int]:
    return list(np.flatnonzero(run.tables["incidents"]["kind"] == _KIND).tolist())


def _is_begin(action: str) -> bool:
    return action.startswith(_BEGINS)


def _untold(run: Run, outages: list[Outage]) -> Iterator[str]:
    """Find outages of which no incident tells, and incidents of which there is none."""
    table = run.tables["incidents"]
    told = [
        (str(table["action"][row]).removeprefix(_BEGINS), float(table["time_s"][row]))
        for row in _rows(run)
        if _is_begin(str(table["action"][row]))
    ]
    for outage in outages:
        if not any(name == outage.name and abs(time_s - outage.from_s) < ROUNDING_S for name, time_s in told):
            yield f"no incident tells that there is no position in {outage.name} {at(outage.from_s)}"
    for name, time_s in told:
        spans = [(it.from_s, it.to_s) for it in outages if it.name == name]
        if not any(from_s - ROUNDING_S < time_s < to_s + ROUNDING_S for from_s, to_s in spans):
            yield f"{name} is told to be without position {at(time_s)}, where no outage is"


def _strayed_with(run: Run, outages: list[Outage]) -> Iterator[str]:
    """Find drones that are told to drift while they have a position."""
    table, lost = run.tables["incidents"], spells_in(run, outages)
    for row in _rows(run):
        drone, time_s = int(table["drone"][row]), float(table["time_s"][row])
        inside = (lost.drone == drone) & (lost.from_s - ROUNDING_S <= time_s) & (time_s <= lost.to_s + ROUNDING_S)
        if str(table["action"][row]).startswith(_STRAYS) and not inside.any():
            yield f"incident {row}: drone {drone} is told to drift without position {at(time_s)}, and has one"


def _missed_with(run: Run, outages: list[Outage]) -> Iterator[str]:
    """Find landings that are told to be missed for want of a position at sites that have one."""
    table, sites = run.tables["incidents"], run.facts.airports
    for row in _rows(run):
        action, time_s = str(table["action"][row]), float(table["time_s"][row])
        if _is_begin(action) or action.startswith(_STRAYS):
            continue
        site = _bound_for(run, int(table["drone"][row]), time_s)
        if site not in sites or not _may_be_out(outages, sites[site], time_s):
            yield f"incident {row}: drone {table['drone'][row]} {action} {at(time_s)} as if it had no position"


def _bound_for(run: Run, drone: int, time_s: float) -> str:
    """Name the site for which a drone with a parcel had last departed, or turned away in the air, before a time."""
    legs = run.legs
    rows = np.flatnonzero((legs["drone"] == drone) & (legs["departed_s"] < time_s) & (legs["order"] >= 0))
    return str(legs["to"][rows[np.argmax(legs["departed_s"][rows])]]) if len(rows) else ""


def _may_be_out(outages: list[Outage], place: tuple[float, float], time_s: float) -> bool:
    return any(
        it.from_s - ROUNDING_S <= time_s <= it.to_s + ROUNDING_S and _covers(it.area, place, _BORDER_M)
        for it in outages
    )


def _covers(area: Any, place: tuple[float, float], margin_m: float) -> bool:
    """Tell whether an area has a place in it, or would if its border were farther out by a margin."""
    point = shapely.Point(place)
    if area is None:
        return True
    return bool(area.distance(point) <= margin_m if margin_m >= 0 else area.buffer(margin_m).covers(point))


def _landed(run: Run, outages: list[Outage]) -> Iterator[str]:
    """Find legs with a parcel that landed at an airport without position, where such a landing is to be missed."""
    legs, share = run.legs, float((run.facts.position or {})["miss_share"])
    if share < 1 and not (share and has_scenario(run)):
        return
    lands = (legs["outcome"] == "landed") & (legs["order"] >= 0) & np.isin(legs["to"], list(run.facts.airports))
    if share < 1:
        lands &= blind_left(run)[legs["order"]] > 0
    for row in np.flatnonzero(lands).tolist():
        site, time_s = str(legs["to"][row]), float(legs["arrived_s"][row])
        place = run.facts.airports[site]
        for it in outages:
            if it.from_s + ROUNDING_S < time_s < it.to_s - ROUNDING_S and _covers(it.area, place, -_BORDER_M):
                yield f"leg {legs['leg'][row]} lands at {site} {at(time_s)}, where there is no position in {it.name}"


def position_figures(run: Run) -> dict[str, Any]:
    """Give what incidents and outages tell of the position service."""
    if run.facts.position is None:
        return {}
    told: Mapping[str, Any] = run.facts.position
    actions = [str(run.tables["incidents"]["action"][row]) for row in _rows(run)]
    ends = [action for action in actions if not _is_begin(action) and not action.startswith(_STRAYS)]
    found = {
        "outages": len(told["outages"]),
        "outage_s": math.fsum(outage["to_s"] - outage["from_s"] for outage in told["outages"]),
        "strays": sum(action.startswith(_STRAYS) for action in actions),
        "misses": len(ends),
        "go_arounds": ends.count("makes another pass"),
    }
    return {f"position.{name}": value for name, value in found.items()}
