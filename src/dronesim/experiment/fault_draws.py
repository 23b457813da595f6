"""Draws what goes wrong by chance in one replication, before it begins: in the air and on the ground."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from dronesim.faults import flight_hour_budgets, hazards, spells
from dronesim.record.incidents import COURIER_NO_SHOW, DIVERT, RETURN
from dronesim.simulation import DroneColumns, Rules, ScriptedEvent
from dronesim.simulation.trouble import LOSS
from dronesim.streams import Streams
from dronesim.units import HOUR
from dronesim.world import World


def draw_drones(rules: Rules, streams: Streams) -> DroneColumns:
    """Draw when each drone fails, and what else meets it; for a rate of 0 nothing is drawn."""
    owned, rate = sum(rules.fleet.drones) + sum(rules.fleet.spares), rules.failures_per_flight_hour
    faults, horizon = rules.faults, rules.horizon
    met = hazards(
        {
            RETURN.name: faults.returns_per_flight_hour,
            DIVERT.name: faults.diverts_per_flight_hour,
            LOSS: faults.losses_per_flight_hour,
        },
        owned,
        until_h=(horizon.end_s - horizon.start_s + horizon.drain_s) / HOUR,
        rng_for=lambda kind, drone: streams.generator(f"{kind} of drone {drone} aloft"),
    )
    if rate == 0:
        return DroneColumns(budget_h=np.full(owned, np.inf), is_loss=np.zeros(owned, dtype=np.bool_), hazards=met)
    budget_h = flight_hour_budgets(rate, owned, lambda drone: streams.generator(f"failure of drone {drone}"))
    losses = [streams.generator(f"loss of drone {drone}").random() < rules.loss_share for drone in range(owned)]
    return DroneColumns(budget_h=budget_h, is_loss=np.array(losses, dtype=np.bool_), hazards=met)


def draw_ground(rules: Rules, world: World, streams: Streams) -> tuple[ScriptedEvent, ...]:
    """Draw what goes wrong on the ground, in order of time; each site and unit has a stream of its own."""
    horizon = rules.horizon
    over_s = horizon.end_s + horizon.drain_s
    found = list(_no_shows(rules, world, streams, lasts_s=over_s - horizon.start_s))
    for fault in rules.faults.ground:
        for name, where in _places(fault.kind, rules, world):
            drawn = spells(
                every_s=fault.every_s,
                median_s=fault.median_s,
                p95_s=fault.p95_s,
                from_s=horizon.start_s,
                to_s=over_s,
                rng=streams.generator(f"{fault.kind} {name}"),
            )
            found += [
                ScriptedEvent(kind=fault.kind, at_s=at_s, duration_s=lasts_s, own=fault.own, **where)
                for at_s, lasts_s in drawn
            ]
    return tuple(sorted(found, key=lambda event: event.at_s))


def _no_shows(rules: Rules, world: World, streams: Streams, *, lasts_s: float) -> Iterator[ScriptedEvent]:
    """Draw which couriers do not come to work."""
    share = rules.faults.no_show_share
    for point, count in enumerate(rules.couriers.count if share else ()):
        for courier in range(count):
            name = f"{COURIER_NO_SHOW.name} {world.takeoff_points.ids[point]} {courier}"
            if streams.generator(name).random() < share:
                yield ScriptedEvent(
                    kind=COURIER_NO_SHOW.name, at_s=rules.horizon.start_s, duration_s=lasts_s, takeoff_point=point
                )


def _places(kind: str, rules: Rules, world: World) -> Iterator[tuple[str, dict[str, Any]]]:
    """List where a trouble may come, a row a unit: the name of its stream, and what the event says of it."""
    units = {
        "airport_closed": ("airport", world.airports.ids, (1,) * len(world.airports)),
        "cabinet_jammed": ("airport", world.airports.ids, (1,) * len(world.airports)),
        "unloader_fails": ("airport", world.airports.ids, rules.airports.unloaders),
        "takeoff_point_closed": ("takeoff_point", world.takeoff_points.ids, (1,) * len(world.takeoff_points)),
        "charger_fails": ("takeoff_point", world.takeoff_points.ids, rules.batteries.chargers),
    }
    if kind in units:
        key, ids, counts = units[kind]
        for number, (site, count) in enumerate(zip(ids, counts, strict=True)):
            yield from ((f"{site} {unit}", {key: number}) for unit in range(count))
    elif kind == "kitchen_surge":
        yield from ((merchant, {"merchant": merchant}) for merchant in world.merchants.ids)
    else:
        yield "network", {}
