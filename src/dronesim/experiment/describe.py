"""What a scenario resolves to, before anything is run: fleet, walks, distances, the ceiling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dronesim.demand.facts import choice_in_words, days_in_words, moves_in_words
from dronesim.evidence import Standing, standing_content, standing_lines, standings
from dronesim.experiment.briefs import ways_in
from dronesim.experiment.compose import Setting, prepare
from dronesim.experiment.map_told import map_content, map_lines
from dronesim.experiment.reach import no_reach
from dronesim.experiment.warn import warnings_of
from dronesim.experiment.weather_told import weather_content, weather_lines
from dronesim.letters import column, column_width, counted
from dronesim.routing import describe_airways
from dronesim.simulation import SimulationInputs, unhindered_s
from dronesim.units import MINUTE, clock, in_minutes

_HOME_HEADER: Final = (
    f"{'demand':>8}{'drones':>8}{'spares':>8}{'couriers':>10}{'pads':>6}"
    f"{'packs':>7}{'chargers':>10}{'walk p50':>10}{'walk max':>10}"
)
_SITE, _LONGEST_SITE = 16, 40
"""Columns of a terminal for the names of sites: at least, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A resolved scenario, for people (``lines``) and programs (``content``)."""

    content: Mapping[str, Any]
    standings: tuple[Standing, ...]

    def lines(self) -> list[str]:
        """Show it as text."""
        content = self.content
        names = [site["id"] for group in ("takeoff_points", "airports") for site in content[group]]
        width = column_width(names, least=_SITE, most=_LONGEST_SITE)
        return [
            f"{content['name']}: fine",
            _day_line(content),
            *_policy_lines(content),
            *_demand_lines(content["demand"]),
            *weather_lines(content["weather"]),
            "",
            column("take-off point", width) + _HOME_HEADER,
            *(column(home["id"], width) + _home_line(home) for home in content["takeoff_points"]),
            "",
            f"{column('airport', width)}{'orders':>8}{'pads':>6}{'boxes':>7}{'mean flight':>13}",
            *(column(airport["id"], width) + _airport_line(airport) for airport in content["airports"]),
            "  a flight lasts from take-off to landing; it is the quickest that a drone can fly, without any queue",
            "",
            *_distance_lines(content),
            *_ceiling_lines(content),
            *_airway_lines(content),
            *map_lines(content["map"]),
            "",
            "what this rests on:",
            *standing_lines(self.standings),
        ]


def describe(setting: Setting, *, seed: int | None = None) -> Description:
    """Resolve a scenario for the day drawn with ``seed``, its own if None."""
    inputs = prepare(setting, seed=seed)
    door_s, ready_door_s = unhindered_s(inputs)
    rules, orders = inputs.rules, inputs.orders
    in_range = orders.distance_m <= rules.service.radius_m
    rests_on = standings(setting.scenario.model_dump(mode="json", exclude_none=True))
    content = {
        "name": inputs.name,
        "seed": inputs.seed,
        "policy": inputs.policy_name,
        "policy_source": None if setting.policy_source is None else setting.policy_source.content(),
        "map": map_content(setting.world),
        "orders": len(orders),
        "demand": asdict(inputs.demand),
        "open": {"from": clock(rules.horizon.start_s), "to": clock(rules.horizon.end_s)},
        "weather": weather_content(setting, inputs),
        "fleet": {"drones": sum(rules.fleet.drones), "spares": sum(rules.fleet.spares)},
        "takeoff_points": _homes(setting, inputs),
        "airports": _airports(inputs, ready_door_s),
        "distance_m": _spread(orders.distance_m),
        "route_detour": _detour(setting, inputs),
        "structure": inputs.rules.airspace.structure,
        "airways": describe_airways(setting.world.airways) if setting.world.airways else None,
        "coverage": _mean(in_range),
        "service": {"limit_s": rules.service.limit_s, "radius_m": rules.service.radius_m},
        "target": rules.service.target,
        "clock": rules.service.clock,
        "ceiling": {
            "placed": _mean(door_s[in_range] <= rules.service.limit_s),
            "ready": _mean(ready_door_s[in_range] <= rules.service.limit_s),
        },
        "unhindered_click_to_door_s": _spread(door_s[in_range & np.isfinite(door_s)]),
        "evidence": standing_content(rests_on),
        "warnings": [
            *warnings_of(setting, inputs),
            *no_reach(inputs, of=in_range & _may_fly(inputs), door_s=door_s),
        ],
    }
    return Description(content=content, standings=rests_on)


def _homes(setting: Setting, inputs: SimulationInputs) -> list[dict[str, Any]]:
    rules, orders = inputs.rules, inputs.orders
    walk_s = orders.walk_m / rules.couriers.walk_mps
    return [
        {
            "id": name,
            "demand": share,
            "drones": rules.fleet.drones[number],
            "spares": rules.fleet.spares[number],
            "couriers": rules.couriers.count[number],
            "pads": rules.takeoff_points.pads[number],
            "packs": rules.batteries.packs[number],
            "chargers": rules.batteries.chargers[number],
            "walk_s": _spread(walk_s[orders.takeoff_point == number]),
        }
        for number, (name, share) in enumerate(
            zip(setting.world.takeoff_points.ids, setting.resolved.expected_demand, strict=True)
        )
    ]


def _airports(inputs: SimulationInputs, ready_door_s: NDArray[Any]) -> list[dict[str, Any]]:
    rules, orders, homes = inputs.rules, inputs.orders, inputs.places.takeoff_points
    flight_s = ready_door_s - rules.takeoff_points.load_s - rules.airports.unload_s
    return [
        {
            "id": inputs.places.ids[homes + number],
            "orders": int((orders.airport == number).sum()),
            "pads": rules.airports.pads[number],
            "boxes": rules.airports.boxes[number],
            "flight_s": _spread(flight_s[(orders.airport == number) & np.isfinite(flight_s)]),
            "ready_to_door_s": _spread(ready_door_s[(orders.airport == number) & np.isfinite(ready_door_s)]),
        }
        for number in range(inputs.places.airports)
    ]


def _detour(setting: Setting, inputs: SimulationInputs) -> float | None:
    """Route length over straight line, mean over orders at the best level."""
    orders, homes = inputs.orders, inputs.places.takeoff_points
    best_m = (
        ways_in(setting.routes, inputs.winds)
        .at(inputs.rules.horizon.start_s)
        .takeoff_distance_m.min(axis=0)[orders.takeoff_point, orders.airport + homes]
    )
    is_flown = np.isfinite(best_m) & (orders.distance_m > 0)
    return _mean(best_m[is_flown] / orders.distance_m[is_flown])


def _may_fly(inputs: SimulationInputs) -> NDArray[np.bool_]:
    """Tell which orders come in the opening hours and are light enough, wherever they go."""
    orders, horizon = inputs.orders, inputs.rules.horizon
    is_open = (orders.placed_s >= horizon.start_s) & (orders.placed_s <= horizon.end_s)
    return np.asarray(is_open & (orders.mass_kg <= inputs.aircraft.drone_type.payload_kg))


def _spread(values: NDArray[Any]) -> dict[str, float | None]:
    if not len(values):
        return {"mean": None, "p50": None, "max": None}
    return {"mean": float(values.mean()), "p50": float(np.median(values)), "max": float(values.max())}


def _mean(values: NDArray[Any]) -> float | None:
    return float(values.mean()) if len(values) else None


def _day_line(content: Mapping[str, Any]) -> str:
    hours = f"open {content['open']['from']} to {content['open']['to']}"
    orders = f"{counted(content['orders'], 'order')} on the day drawn with seed {content['seed']}"
    return f"{hours}, policy {content['policy']}, {orders}"


def _policy_lines(content: Mapping[str, Any]) -> Sequence[str]:
    """Name the file of a policy that is not built in, which other verbs will run."""
    source = content["policy_source"]
    if source is None:
        return []
    return [
        f"policy file: {source['file']}, SHA-256 {source['sha256']}",
        "  it was read and not run; run, sweep, size, compare and bottlenecks run it, and what it imports",
    ]


def _demand_lines(demand: Mapping[str, Any]) -> Sequence[str]:
    """Say what shapes demand and is nowhere to be seen on a map."""
    days = days_in_words(demand)
    if demand["days"] != "constant":
        days += f"; the day drawn has {demand['day_factor']:.2f} times the demand stated"
    moves = [f"demand moves: {moves_in_words(demand)}"] if demand.get("moves") else []
    return [f"merchants are chosen: {choice_in_words(demand)}", f"days: {days}", *moves]


def _home_line(home: Mapping[str, Any]) -> str:
    walk = home["walk_s"]
    return (
        f"{home['demand']:>8.1%}{home['drones']:>8}{home['spares']:>8}{home['couriers']:>10}"
        f"{home['pads']:>6}{home['packs']:>7}{home['chargers']:>10}{in_minutes(walk['p50']):>10}"
        f"{in_minutes(walk['max']):>10}"
    )


def _airport_line(airport: Mapping[str, Any]) -> str:
    mean = in_minutes(airport["flight_s"]["mean"])
    return f"{airport['orders']:>8}{airport['pads']:>6}{airport['boxes']:>7}{mean:>13}"


def _distance_lines(content: Mapping[str, Any]) -> Sequence[str]:
    distance, detour = content["distance_m"], content["route_detour"]
    if distance["mean"] is None:
        return ["no orders on this day"]
    longer = "" if detour is None else f"; routes are {detour - 1:.1%} longer than the straight line"
    mean_km, most_km = distance["mean"] / 1000, distance["max"] / 1000
    return [
        f"take-off point to airport: mean {mean_km:.2f} km, max {most_km:.2f} km{longer}",
        f"coverage: {content['coverage']:.1%} of the orders lie within {content['service']['radius_m'] / 1000:g} km",
    ]


def _ceiling_lines(content: Mapping[str, Any]) -> Sequence[str]:
    ceiling = content["ceiling"]
    if ceiling["placed"] is None:
        return []
    limit, target, clock_name = content["service"]["limit_s"] / MINUTE, content["target"], content["clock"]
    lines = [
        (
            f"ceiling: with unlimited resources and no queues {ceiling['placed']:.1%} of the in-range orders would be "
            f"delivered within {limit:g} min of placing, {ceiling['ready']:.1%} within {limit:g} min of being ready"
        )
    ]
    if ceiling[clock_name] < target:
        lines.append(f"the target of {target:.0%} is above the ceiling: no fleet can meet it")
    return lines


def _airway_lines(content: Mapping[str, Any]) -> Sequence[str]:
    airways = content["airways"]
    if airways is None:
        return []
    networks = counted(airways["parts"], "separate network")
    size = f"{counted(airways['edges'], 'airway')} of {airways['length_m'] / 1000:.1f} km in {networks}"
    follows = "routes follow them" if content["structure"] == "airways" else "routes are free and do not use them"
    return [f"the map has {size}; {follows}"]
