"""What other tables tell of why riders went, and of orders that waited for one."""

from __future__ import annotations

from typing import Final

import numpy as np

from dronesim.verify.capacity import ends
from dronesim.verify.facts import Steps
from dronesim.verify.intervals import Floats
from dronesim.verify.lookup import is_set
from dronesim.verify.reading import BUILT_IN, Run, read_scenario
from dronesim.verify.report import Faults, at, where
from dronesim.verify.riders import left_s
from dronesim.verify.wait_reasons import Found, idle_surely, stands_free_at

_SLACK_S: Final = 2e-3


def riderless(run: Run) -> Found:
    """Nobody waits for a rider while one stands ready; not told of dispatchers that decide in batches."""
    table = run.tables["waits"]
    rows = np.flatnonzero(table["reason"] == "rider")
    if run.facts.interval_s or not len(rows):
        return "riders", 0, Faults()
    point = run.orders["takeoff_point"][table["order"][rows]]
    spans = zip(point.tolist(), table["from_s"][rows].tolist(), table["to_s"][rows].tolist(), strict=True)
    free_s = np.array([_free_s(run, site, from_s, to_s) for site, from_s, to_s in spans])
    return (
        "riders",
        len(rows),
        where(
            free_s > _SLACK_S,
            lambda i: (
                f"order {table['order'][rows[i]]} waits for a rider from {at(table['from_s'][rows[i]])} to "
                f"{at(table['to_s'][rows[i]])}: of that time one is there for {free_s[i]:.3f} s"
            ),
        ),
    )


def _free_s(run: Run, site: str, from_s: float, to_s: float) -> float:
    """Tell for how long of a time some rider of a take-off point is on shift and not out."""
    table, units = run.occupancy, run.facts.capacity.get("rider", {}).get(site, 0)
    steps: Steps = run.facts.shifts.get("rider", {}).get(site, ((-np.inf, units),))
    out = (table["resource"] == "rider") & (table["site"] == site)
    begin, end, unit = table["from_s"][out], ends(run)[out], table["unit"][out]
    marks = np.unique(np.clip(np.concatenate([begin, end, [time_s for time_s, _ in steps]]), from_s, to_s))
    marks = np.unique(np.concatenate([marks, [from_s, to_s]]))
    return float(
        sum(
            until_s - since_s
            for since_s, until_s in zip(marks[:-1].tolist(), marks[1:].tolist(), strict=True)
            if _is_there(steps, units, begin, end, unit, (since_s + until_s) / 2)
        )
    )


def _is_there(steps: Steps, units: int, begin: Floats, end: Floats, unit: np.ndarray, time_s: float) -> bool:
    count = next((number for since_s, number in reversed(steps) if since_s <= time_s), 0)
    out = set(unit[(begin <= time_s) & (time_s < end)].tolist())
    return any(number not in out for number in range(min(count, units)))


def late_rides(run: Run) -> Found:
    """No rider takes a parcel that a drone beside it would bring in time.

    Told on days without incidents, of drones that are tied to their take-off points and turned around after each
    return, of policies that send no riders, and where riders take nothing that drones were refused. What a drone in
    the air was expected to do, no table tells.
    """
    orders, ridden_s = run.orders, left_s(run)
    idle = idle_surely(run)
    rows = np.flatnonzero(is_set(ridden_s) & is_set(orders["ceiling_ready_s"]))
    if idle is None or run.facts.ageing is not None or not len(rows) or not _goes_by_the_rule(run):
        return "rides", 0, Faults()
    there_s = ridden_s[rows] + orders["ceiling_ready_s"][rows]
    in_time = there_s <= orders["placed_s"][rows] + run.facts.limit_s - _SLACK_S
    is_beside = stands_free_at(run, idle, orders["takeoff_point"][rows], ridden_s[rows])
    return (
        "rides",
        len(rows),
        where(
            in_time & is_beside,
            lambda i: (
                f"order {orders['order'][rows[i]]}: a rider took it {at(ridden_s[rows[i]])}, and a drone beside it "
                f"would have been there {at(there_s[i])}, in time"
            ),
        ),
    )


def _goes_by_the_rule(run: Run) -> bool:
    """Tell whether riders take but what is late, on a day whose wind, weather and zones stay as they are."""
    facts = run.facts
    # the policies that ship leave riders to the rule for them
    if facts.policy not in BUILT_IN or len(facts.winds) > 1 or facts.closures or facts.weather is not None:
        return False
    if not (run.folder / "scenario.toml").is_file():
        return False
    takes = read_scenario(run.folder).get("riders", {}).get("takes", ())
    return "refused" not in takes
