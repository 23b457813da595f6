"""The numbers of a run's page that its key figures have not: the content of ``report.json``, beside the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from dronesim.metrics.charge import charge_left
from dronesim.metrics.hourly import hourly
from dronesim.metrics.lateness import causes, lateness
from dronesim.metrics.service import CLOCKS, door_s, is_on_time
from dronesim.metrics.waits import stage_ms, waited_ms
from dronesim.record.tables import BY_POLICY, END_STATES, Columns
from dronesim.report.rows import incident_counts
from dronesim.report.saved_run import SavedRun
from dronesim.report.trouble_rows import out_of_order
from dronesim.units import MS

LISTED_ORDERS: Final = 20
"""So many late orders are told one by one, those that were latest."""
LISTED_PAIRS: Final = 10


def page_numbers(run: SavedRun) -> dict[str, Any]:
    """Measure what the page shows beside the key figures; plain numbers, None for no data.

    - ``late``: see `dronesim.metrics.lateness`; ``late_orders``: the latest of the delivered ones, each with its
      stages;
    - ``hours``: see `dronesim.metrics.hourly`; ``charge``: see `dronesim.metrics.charge`;
    - ``shares``: end states of all placed orders, and items of the day's cost;
    - ``resources``: units, mean use weighted by units over the opening hours, the busiest site and its use;
    - ``sites``: flights with a parcel that took off or were bound there;
    - ``incidents``: counted by kind and action;
    - ``closest``: see `closest_pairs`; ``out_of_order``: closures and outages by cause.
    """
    tables, facts, kpis = run.tables, run.facts, run.kpis
    return {
        "schema_version": 1,
        "late": lateness(tables, facts),
        "late_orders": late_orders(tables, facts),
        "hours": hourly(tables, facts),
        "charge": charge_left(tables["legs"]),
        "shares": {"states": _state_shares(kpis["orders"], kpis["refusals"]), "cost": _cost_shares(kpis["cost"])},
        "resources": resource_use(kpis["resources"], facts["capacity"]),
        "sites": site_flights(tables["legs"], facts),
        "incidents": incident_counts(tables["incidents"]),
        "closest": closest_pairs(run),
        "out_of_order": out_of_order(facts),
    }


def late_orders(tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the late orders that were delivered longest after the limit, the latest first.

    ``door_s`` is on the target's clock, as ``ceiling_s`` is; ``stages_s`` has the stages that took any time, in the
    order in which they were.
    """
    orders, clock = tables["orders"], str(facts["service"]["clock"])
    taken_s = door_s(orders, clock)
    is_late = orders["in_range"] & ~is_on_time(orders, clock=clock, limit_s=float(facts["service"]["limit_s"]))
    delivered = np.flatnonzero(is_late & ~np.isnan(taken_s))
    listed = delivered[np.argsort(-taken_s[delivered], kind="stable")][:LISTED_ORDERS]
    waited = waited_ms(orders, tables["waits"])
    why, stages = causes(orders, waited, facts), stage_ms(orders, waited, listed)
    return [
        {
            "order": int(orders["order"][row]),
            "order_id": orders["order_id"][row],
            "placed_s": float(orders["placed_s"][row]),
            "delivered_s": float(orders["delivered_s"][row]),
            "takeoff_point": orders["takeoff_point"][row],
            "airport": orders["airport"][row],
            "box": int(orders["box"][row]),
            "door_s": float(taken_s[row]),
            "ceiling_s": _known(orders[CLOCKS[clock][1]][row]),
            "cause": str(why[row]),
            "stages_s": {
                stage: float(column[place] / MS)
                for stage, column in stages.items()
                if stage != "dwell" and column[place] > 0
            },
        }
        for place, row in enumerate(listed.tolist())
    ]


def resource_use(resources: Mapping[str, Any], capacity: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Sum up each resource: its units, their mean use over the opening hours, the busiest site and its use."""
    found = {}
    for name, sites in resources.items():
        known = {site: share for site, share in sites.items() if share is not None}
        units = sum(capacity[name].values())
        busy = sum(share * capacity[name][site] for site, share in known.items())
        top = max(known, key=lambda site: known[site], default=None)
        found[name] = {
            "units": units,
            "busy": busy / units if units else None,
            "busiest": top,
            "busiest_busy": None if top is None else known[top],
        }
    return found


def site_flights(legs: Columns, facts: Mapping[str, Any]) -> dict[str, int]:
    """Count by site the flights with a parcel that took off there, or for there."""
    flown = (legs["kind"] == "outbound") & ~np.isnan(legs["departed_s"])
    counts = {site["id"]: 0 for group in facts["sites"].values() for site in group}
    for column in ("from", "to"):
        for site, count in zip(*np.unique(legs[column][flown].astype(str), return_counts=True), strict=True):
            counts[str(site)] = counts.get(str(site), 0) + int(count)
    return counts


def closest_pairs(run: SavedRun) -> list[dict[str, Any]]:
    """List the pairs of drones that came closest outside of terminal areas, closest first; none without tracks."""
    if "flown" not in run.tables:
        return []
    legs = run.tables["legs"]
    drones = dict(zip(legs["leg"].tolist(), legs["drone"].tolist(), strict=True))
    return [
        {
            "time_s": meeting.time_s,
            "drones": [int(drones[leg]) for leg in meeting.legs],
            "distance_m": meeting.distance_m,
        }
        for meeting in run.meetings[:LISTED_PAIRS]
    ]


def _state_shares(counts: Mapping[str, int], refusals: Mapping[str, int]) -> dict[str, float]:
    found = {name: counts[name] for name in (*END_STATES, "elsewhere")}
    if BY_POLICY in refusals:
        found[BY_POLICY] = refusals[BY_POLICY]
    return {name: count / max(counts["placed"], 1) for name, count in found.items()}


def _cost_shares(costs: Mapping[str, Any]) -> dict[str, float | None]:
    return {name: amount / costs["total"] if costs["total"] else None for name, amount in costs["items"].items()}


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
