"""How hard the fleet works, what energy it takes and how long legs wait for their clearance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.metrics.occupancy import covered_s
from dronesim.metrics.staffing import shifts_at, staffed_s
from dronesim.metrics.statistics import Floats, elapsed_s, mean_and_p95, ratio
from dronesim.record.columns import differ, is_text, part_of
from dronesim.record.kpis import AirspaceKpis, EnergyKpis, FleetKpis
from dronesim.record.tables import Columns
from dronesim.units import HOUR


def sortie_intervals(legs: Columns, closed_s: float, *, stays: bool = False) -> tuple[Floats, Floats]:
    """Give when each sortie began and ended, in seconds; two arrays of shape ``(sorties,)``.

    Legs that never departed are left out; a leg without a sortie number (-1) stands alone. A sortie lasts
    from its first ``departed_s`` to the last time known of its legs (departed, arrived or landed), or to
    ``closed_s`` if one of them is still open, or it landed away from home and did not leave again; not where it
    ``stays`` there.
    """
    has_departed = ~np.isnan(legs["departed_s"])
    leg = legs if has_departed.all() else part_of(legs, np.flatnonzero(has_departed))
    count, index = _numbered(np.where(leg["sortie"] < 0, -1 - leg["leg"], leg["sortie"]))
    start_s, end_s = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(start_s, index, leg["departed_s"])
    last_s = np.fmax(np.fmax(leg["departed_s"], leg["arrived_s"]), leg["landed_s"])
    last_s[is_text(leg, "outcome", "open")] = closed_s
    np.maximum.at(end_s, index, last_s)
    # only a leg that is bound for an airport ends elsewhere than its sortie began
    landed_away = (
        is_text(leg, "kind", "outbound", "divert") & is_text(leg, "outcome", "landed") & differ(leg, "to", "from")
    )
    is_away = np.zeros(count, dtype=np.bool_)
    is_away[index[landed_away]] = True
    is_away[index[is_text(leg, "kind", "return")]] = False
    is_away &= not stays
    end_s[is_away] = closed_s
    return start_s, end_s


def _numbered(keys: NDArray[np.int64]) -> tuple[int, NDArray[np.int64]]:
    """Number keys from 0 in their order; gives how many there are, and that of each row.

    Those of a day lie close together, and need not be sorted.
    """
    if not len(keys):
        return 0, keys
    least = keys.min()
    if keys.max() - least > 2 * len(keys):
        found, index = np.unique(keys, return_inverse=True)
        return len(found), index
    is_there = np.zeros(keys.max() - least + 1, dtype=np.bool_)
    is_there[keys - least] = True
    number = np.cumsum(is_there) - 1
    return int(number[-1]) + 1, number[keys - least]


def stays_there(facts: Mapping[str, Any]) -> bool:
    """Tell whether drones end at the airports where they were unloaded."""
    return bool(facts["fleet"].get("ends") == "where it is")


def fleet(tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> FleetKpis:
    """Measure the use of the fleet.

    - ``owned``, ``drones`` (available): as stated in the facts;
    - ``sorties``: distinct sortie numbers with an outbound leg;
    - ``utilization`` = time in sorties (see `sortie_intervals`; deadheads are sorties too), clipped to
      opening hours, of all drones / (available drones x opening hours, or their shifts in these);
    - ``deadhead_share`` = distance of deadhead legs / distance of all legs;
    - ``lost``, ``down``: drones that were lost in the air, or failed and landed away from a pad; None for none;
    - ``orders_per_drone_hour`` = delivered orders / that.
    """
    legs, horizon = tables["legs"], facts["horizon"]
    start_s, end_s = sortie_intervals(legs, float(horizon["closed_s"]), stays=stays_there(facts))
    drone_s = _in_service_s(facts)
    is_outbound, is_deadhead = is_text(legs, "kind", "outbound"), is_text(legs, "kind", "deadhead")
    delivered = (~np.isnan(tables["orders"]["delivered_s"])).sum()
    return FleetKpis(
        owned=int(facts["fleet"]["owned"]),
        drones=int(facts["fleet"]["drones"]),
        lost=int(is_text(legs, "outcome", "lost").sum()) or None,
        down=int(is_text(legs, "outcome", "down").sum()) or None,
        sorties=_numbered(legs["sortie"][is_outbound])[0],
        utilization=ratio(covered_s(start_s, end_s, horizon).sum(), drone_s),
        deadhead_share=ratio(np.nansum(legs["distance_m"][is_deadhead]), np.nansum(legs["distance_m"])),
        orders_per_drone_hour=ratio(delivered, drone_s / HOUR),
    )


def _in_service_s(facts: Mapping[str, Any]) -> float:
    """Add up the time in which drones were in service within the opening hours."""
    horizon, fleet, shifts = facts["horizon"], facts["fleet"], shifts_at(facts, "drone")
    all_day = fleet["drones"] - sum(fleet["by_takeoff_point"][site] for site in shifts)
    parts = (staffed_s(steps, from_s=horizon["start_s"], to_s=horizon["end_s"]) for steps in shifts.values())
    return float(all_day * (horizon["end_s"] - horizon["start_s"]) + sum(parts))


def energy(tables: Mapping[str, Columns], *, pack_wh: float) -> EnergyKpis:
    """Measure energy, swaps and wear.

    ``total_wh``: energy of all legs; ``wh_per_order`` = total_wh / delivered orders; ``swaps``: rows of the
    pack occupancy less the distinct drones in it, that is how often a drone got another pack; ``full_cycles`` =
    total_wh / the nameplate energy of a pack, ``pack_wh``: a pack wears by what is drawn from it.
    """
    occupancy = tables["occupancy"]
    holders = part_of(occupancy, np.flatnonzero(is_text(occupancy, "resource", "pack")))["holder"]
    total_wh = float(np.nansum(tables["legs"]["energy_wh"]))
    delivered = (~np.isnan(tables["orders"]["delivered_s"])).sum()
    return EnergyKpis(
        wh_per_order=ratio(total_wh, delivered),
        swaps=len(holders) - len(np.unique(holders)),
        total_wh=total_wh,
        full_cycles=total_wh / pack_wh,
    )


def airspace(legs: Columns, *, load_s: float, separation: Mapping[str, Any] | None) -> AirspaceKpis:
    """Measure the waits for clearance and report the separation found by whoever looked at the flown paths.

    ``clearance_wait_s``: over all legs that departed, departed - requested, less the loading time for
    outbound legs, at least 0. ``losses_of_separation`` and ``min_separation_m``, outside terminal areas, and
    ``terminal_meetings`` and ``least_terminal_m``, of pairs below the minima within one, are None unless given.
    """
    found = separation or {}
    return AirspaceKpis(
        clearance_wait_s=mean_and_p95(clearance_delay_s(legs, load_s=load_s)),
        losses_of_separation=found.get("losses_of_separation"),
        min_separation_m=found.get("min_separation_m"),
        terminal_meetings=found.get("terminal_meetings"),
        least_terminal_m=found.get("least_terminal_m"),
    )


def clearance_delay_s(legs: Columns, *, load_s: float) -> Floats:
    """Seconds from asking until take-off, less the loading for outbound legs; shape ``(legs,)``, NaN on the ground."""
    wait_s = elapsed_s(since_s=legs["requested_s"], until_s=legs["departed_s"])
    delay_s: Floats = np.maximum(0.0, wait_s - np.where(is_text(legs, "kind", "outbound"), load_s, 0.0))
    return delay_s
