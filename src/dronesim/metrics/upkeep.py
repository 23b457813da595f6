"""Inspections and repairs of a day, and how many drones are to be owned for as many to be in service."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from dronesim.metrics.aloft import aloft_s
from dronesim.metrics.occupancy import covered_s
from dronesim.metrics.statistics import ratio
from dronesim.record.kpis import UpkeepKpis
from dronesim.record.tables import Columns
from dronesim.units import HOUR
from dronesim.wear import CareLaw


def upkeep(tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> UpkeepKpis | None:
    """Measure upkeep; None where nobody inspects.

    - ``inspections``, ``repairs``: that began in this day; ``in_repair_at_opening``: drones in a repair of before;
    - ``in_service``: available drones less those in inspection or repair, on average over opening hours;
    - ``sorties_per_day`` (deadheads are sorties too), ``flight_h_per_day`` (aloft, however a leg ends) of a drone in
      service: what a scenario's ``maintenance`` should expect;
    - ``days_between_inspections`` at that use; None where nobody flew;
    - ``needed_owned`` = available drones x (1 + days in inspection and repair for each day in service at that use)
      + spares: with so many as many are in service on average as are available by name.
    """
    told = facts.get("maintenance")
    if told is None:
        return None
    law, horizon, fleet = _law(told), facts["horizon"], facts["fleet"]
    open_s = horizon["end_s"] - horizon["start_s"]
    stays, before = told["stays"], sum(days > 0 for days in told["in_repair_days"])
    kinds = [stay["kind"] for stay in stays]
    from_s = np.array([stay["from_s"] for stay in stays], dtype=np.float64)
    until_s = np.array([math.inf if stay["to_s"] is None else stay["to_s"] for stay in stays], dtype=np.float64)
    in_service = fleet["drones"] - float(covered_s(from_s, until_s, horizon).sum()) / open_s
    legs = tables["legs"]
    sorties = ratio(len(np.unique(legs["sortie"][legs["sortie"] >= 0])), in_service)
    flight_h = ratio(float(aloft_s(tables, facts).sum()) / HOUR, in_service)
    a_day = law.inspections_per_day(sorties or 0.0, HOUR * (flight_h or 0.0))
    out = sum(law.out_of_service(a_day, open_s))
    return UpkeepKpis(
        inspections=kinds.count("inspection"),
        repairs=kinds.count("repair") - before,
        in_repair_at_opening=before,
        in_service=in_service,
        sorties_per_day=sorties,
        flight_h_per_day=flight_h,
        days_between_inspections=ratio(1.0, a_day),
        needed_owned=None if sorties is None else fleet["drones"] * (1 + out) + fleet["spares"],
    )


def _law(told: Mapping[str, Any]) -> CareLaw:
    """Give the rules of upkeep; what does not count is reached never."""
    known = {field.name: told[field.name] for field in fields(CareLaw)}
    return CareLaw(**{name: math.inf if value is None else value for name, value in known.items()})
