"""The key figures of one run, put together from its tables and facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dronesim.metrics.cost import cost
from dronesim.metrics.fleet import airspace, energy, fleet
from dronesim.metrics.occupancy import cabinets, resources
from dronesim.metrics.service import durations, order_counts, service, stages
from dronesim.record.tables import VERDICTS, Columns


def kpis(tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Measure a run: the content of ``kpis.json``, plain numbers and None for no data.

    ``tables`` needs orders, legs, occupancy and scans. All durations are differences of times rounded to
    whole milliseconds. Where ``facts`` have ``separation``, it was counted when the day was run.
    """
    orders, occupancy = tables["orders"], tables["occupancy"]
    counts, used = order_counts(orders), energy(tables)
    load_s = float(facts["handling"]["load_s"])
    return {
        "schema_version": 1,
        "service": service(orders, facts["service"]),
        "orders": counts,
        **durations(orders),
        "stages_s": stages(orders),
        "fleet": fleet(tables, facts),
        "energy": used,
        "airspace": airspace(tables["legs"], load_s=load_s, separation=facts.get("separation")),
        "cabinets": cabinets(occupancy, facts),
        "resources": resources(occupancy, facts),
        "codes": codes(tables["scans"]),
        "cost": cost(facts, swaps=used["swaps"], energy_wh=used["total_wh"], delivered=counts["delivered"]),
    }


def codes(scans: Columns) -> dict[str, Any]:
    """Count code scans: ``accepted``, and ``refused`` by verdict."""
    counts = {verdict: int((scans["verdict"] == verdict).sum()) for verdict in VERDICTS}
    return {"accepted": counts.pop("accepted"), "refused": counts}
