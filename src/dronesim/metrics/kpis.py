"""The key figures of one run, put together from its tables and facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dronesim.metrics.cost import cost
from dronesim.metrics.exposure import noise, risk
from dronesim.metrics.fleet import airspace, energy, fleet
from dronesim.metrics.links import link
from dronesim.metrics.navigation import navigation
from dronesim.metrics.occupancy import cabinets, resources
from dronesim.metrics.packs import packs
from dronesim.metrics.position import position
from dronesim.metrics.service import durations, extra_walk, order_counts, refusals, service
from dronesim.metrics.upkeep import upkeep
from dronesim.metrics.waits import reasons, stages, waited_ms
from dronesim.metrics.weather import weather
from dronesim.record.columns import is_text
from dronesim.record.kpis import CodeKpis, Kpis
from dronesim.record.tables import VERDICTS, Columns


def kpis(tables: Mapping[str, Columns], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Measure a run: the content of ``kpis.json``, plain numbers and None for no data.

    ``tables`` needs orders, legs, occupancy, waits, scans and incidents. All durations are differences of times
    rounded to whole milliseconds. Where ``facts`` have ``separation``, it was counted when the day was run.
    """
    orders, occupancy = tables["orders"], tables["occupancy"]
    counts, used = order_counts(orders), energy(tables, pack_wh=float(facts["aircraft"]["pack_wh"]))
    load_s = float(facts["handling"]["load_s"])
    rides = int(is_text(occupancy, "resource", "rider").sum())
    waited = waited_ms(orders, tables["waits"])
    to_door_s, ready_to_door_s, to_collect_s = durations(orders)
    measured = Kpis(
        service=service(tables, facts),
        orders=counts,
        refusals=refusals(orders, by_policy=bool(facts.get("dispatch", {}).get("may_refuse"))),
        click_to_door_s=to_door_s,
        ready_to_door_s=ready_to_door_s,
        click_to_collect_s=to_collect_s,
        stages_s=stages(orders, waited),
        waits=reasons(waited),
        fleet=fleet(tables, facts),
        energy=used,
        airspace=airspace(tables["legs"], load_s=load_s, separation=facts.get("separation")),
        cabinets=cabinets(occupancy, facts),
        resources=resources(occupancy, facts),
        codes=codes(tables["scans"]),
        cost=cost(facts, used=used, delivered=counts["delivered"], rides=rides),
        extra_walk=extra_walk(orders, facts),
        link=link(tables, facts),
        navigation=navigation(tables, facts),
        position=position(tables, facts),
        risk=risk(facts.get("risk")),
        noise=noise(facts.get("noise")),
        packs=packs(tables["legs"], facts),
        upkeep=upkeep(tables, facts),
        weather=weather(tables, facts),
    )
    return measured.content()


def codes(scans: Columns) -> CodeKpis:
    """Count code scans: ``accepted``, and ``refused`` by verdict."""
    counts = {verdict: int(is_text(scans, "verdict", verdict).sum()) for verdict in VERDICTS}
    return CodeKpis(accepted=counts.pop("accepted"), refused=counts)
