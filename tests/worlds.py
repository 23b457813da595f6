"""Random small days for property tests: networks, demands, events and policies, all of them legal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from dronesim.aircraft import Multirotor
from dronesim.dispatch import POLICIES, Assign, Decisions, DispatchView, Hold, Reposition, Ride
from dronesim.simulation import ScriptedEvent, SimulationInputs
from knowing import everything
from lab import OPEN_S, lab_inputs

LONG_DRAIN_S = 20_000.0
"""Of 150 days the last order ended within 14,000 s; epochs at an interval go on until the drain is over."""
INTERVAL_S = 30.0
"""Between the epochs of days that have an interval: most of what a day takes goes into those of its drain."""
BUILT_IN = ("nearest", "greedy", "matching")
PROCEDURE = {"takeoff_check_s": 20.0, "transition_s": 4.0, "approach_s": 8.0, "final_hover_s": 30.0}
"""Terminal procedure of a drone that does more than the type ``ideal``, which climbs, cruises and descends."""


@dataclass(frozen=True)
class Restless:
    """A legal policy without sense: assigns at random, holds, and moves drones about where it may.

    One in sixteen asks for everything that there is to know. ``is_hasty``: it also assigns orders whose parcel is not
    ready. ``homes``: it lets drones land at so many take-off points; ``is_fickle``: it recalls what it assigned, has
    packs swapped, and asks to be woken. Where it may, it refuses some orders, or has riders fetch them. What it does
    depends on the view alone.
    """

    seed: int
    is_shared: bool
    takeoff_points: int
    is_hasty: bool = False
    homes: int = 0
    is_fickle: bool = False

    def __call__(self, view: DispatchView) -> Decisions:
        rng = np.random.default_rng([self.seed, view.now_ms, len(view.waiting), len(view.free_drones)])
        decisions, free, has_sent = Decisions(), list(view.free_drones), False
        if self.seed % 16 == 0 and view.waiting:
            everything(view)
        for order in view.waiting if self.is_hasty else view.ready:
            able = [drone for drone in free if np.isfinite(view.delivery_by(order, drone))]
            if order in view.ready and rng.random() < 0.15:
                decisions.hold(order, until_s=view.now_s + rng.uniform(0.5, 300.0))
            elif np.isfinite(view.ride_by(order)) and not has_sent and rng.random() < 0.3:
                decisions.ride(order)
                has_sent = True
            elif able:
                drone = able[rng.integers(len(able))]
                near = self._near(view, order, drone, rng) if view.near_airports(order) else None
                home = self._home(view, order, drone, rng) if self.homes and near is None else None
                decisions.assign(order, drone, home=home, airport=near)
                free.remove(drone)
        if self.is_shared and self.takeoff_points > 1:
            self._wander(view, free, decisions, rng)
        if self.is_fickle:
            self._change_its_mind(view, decisions, rng)
        self._may(view, decisions, rng)
        return decisions

    def _may(self, view: DispatchView, decisions: Decisions, rng: np.random.Generator) -> None:
        if view.refusable:
            self._refuse(view, decisions, rng)
        for drone, _ in view.due_drones:
            if rng.random() < 0.5:
                decisions.keep(drone)

    def _refuse(self, view: DispatchView, decisions: Decisions, rng: np.random.Generator) -> None:
        given = {each.order for each in decisions if isinstance(each, Assign | Ride | Hold)}
        point = dict(zip(view.orders.order.tolist(), view.orders.takeoff_point.tolist(), strict=True))
        for order in view.refusable:
            if order in given or rng.random() > 0.1:
                continue
            if view.free_riders(point[order]) and rng.random() < 0.5:
                decisions.ride(order)
            else:
                decisions.refuse(order)

    def _change_its_mind(self, view: DispatchView, decisions: Decisions, rng: np.random.Generator) -> None:
        for order, _ in view.recallable:
            if rng.random() < 0.3:
                decisions.recall(order)
        given = {each.order for each in decisions if isinstance(each, Assign | Ride | Hold)}
        point = dict(zip(view.orders.order.tolist(), view.orders.takeoff_point.tolist(), strict=True))
        for order in set(view.waiting) - set(view.ready) - given:
            if view.free_riders(point[order]) and not np.isfinite(view.ride_by(order)) and rng.random() < 0.05:
                decisions.ride(order)
        if view.waiting and rng.random() < 0.3:
            decisions.wake(view.now_s + float(rng.uniform(0.5, 200.0)))
        self._swap(view, decisions, rng)

    def _swap(self, view: DispatchView, decisions: Decisions, rng: np.random.Generator) -> None:
        used = {each.drone for each in decisions if isinstance(each, Assign | Reposition)}
        place = dict(zip(view.drones.drone.tolist(), view.drones.place.tolist(), strict=True))
        charge = dict(zip(view.drones.drone.tolist(), view.drones.charge.tolist(), strict=True))
        for drone in sorted(set(view.free_drones) - used):
            is_used = charge[drone] < max(charge.values())
            if is_used and place[drone] < self.takeoff_points and rng.random() < 0.2:
                decisions.swap(drone)

    def _home(self, view: DispatchView, order: int, drone: int, rng: np.random.Generator) -> int | None:
        home = int(rng.integers(self.homes))
        return home if np.isfinite(view.delivery_by(order, drone, home=home)) else None

    def _near(self, view: DispatchView, order: int, drone: int, rng: np.random.Generator) -> int | None:
        near = view.near_airports(order)
        airport = near[rng.integers(len(near))]
        goes = rng.random() < 0.5 and np.isfinite(view.delivery_by(order, drone, airport=airport))
        return airport if goes else None

    def _wander(self, view: DispatchView, free: list[int], decisions: Decisions, rng: np.random.Generator) -> None:
        place = dict(zip(view.drones.drone.tolist(), view.drones.place.tolist(), strict=True))
        charge = dict(zip(view.drones.drone.tolist(), view.drones.charge.tolist(), strict=True))
        for drone in free:
            if charge[drone] > 0.85 and rng.random() < 0.3:
                step = 1 + int(rng.integers(self.takeoff_points - 1))
                decisions.reposition(drone, takeoff_point=(place[drone] + step) % self.takeoff_points)


@st.composite
def days(draw: st.DrawFn, *, has_trouble: bool = True, mode: str | None = None) -> SimulationInputs:
    """A day of up to 30 orders in a network of one to three take-off points and airports.

    With ``has_trouble`` come scripted events, failures, impatient customers, no-shows and bad scans; scarce
    resources are drawn either way, and so is the airspace mode where none is asked for. The day drains for so
    long that every order can end.
    """
    homes, airports = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    count, seed = draw(st.integers(0, 30)), draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    is_shared = draw(st.booleans())
    fleet = draw(st.lists(st.integers(1 if not is_shared else 0, 3), min_size=homes, max_size=homes))
    if is_shared:
        fleet[0] = max(fleet[0], 1)
    spares = draw(st.lists(st.integers(0, 1), min_size=homes, max_size=homes)) if has_trouble else [0] * homes
    rules = draw(_scarce_rules(homes=homes, airports=airports, mode=mode))
    rules["fleet"] = {"drones": tuple(fleet), "spares": tuple(spares), "is_shared": is_shared}
    if has_trouble:
        rules["events"] = tuple(draw(st.lists(_events(airports=airports, drones=sum(fleet)), max_size=4)))
        rules["recovery_s"] = draw(st.sampled_from([60.0, 3600.0]))
    policy = draw(st.sampled_from([*BUILT_IN, "restless", "hasty"]))
    procedure = draw(st.sampled_from([{}, PROCEDURE]))
    inputs = lab_inputs(
        np.sort(np.round(OPEN_S + rng.uniform(0, draw(st.sampled_from([60.0, 600.0, 5000.0])), count), 1)),
        homes_xy=tuple(rng.uniform(-600, 600, (homes, 2)).tolist()),
        airports_xy=tuple(rng.uniform((500, -1500), (3500, 1500), (airports, 2)).tolist()),
        rules=rules,
        orders=_orders(rng, count, homes=homes, airports=airports, has_trouble=has_trouble),
        policy=chosen_policy(policy, seed, is_shared=is_shared, homes=homes),
        budget_h=rng.exponential(draw(st.sampled_from([0.3, 2.0, np.inf])), sum(fleet) + sum(spares))
        if has_trouble
        else np.inf,
    )
    inputs = replace(inputs, aircraft=Multirotor(replace(inputs.aircraft.drone_type, **procedure)))
    return _named(inputs, policy, is_loss=rng.random(sum(fleet) + sum(spares)) < 0.5)


def _named(inputs: SimulationInputs, policy: str, *, is_loss: Any) -> SimulationInputs:
    return replace(inputs, policy_name=policy, drones=replace(inputs.drones, is_loss=is_loss))


def chosen_policy(name: str, seed: int, *, is_shared: bool, homes: int) -> Any:
    if name in BUILT_IN:
        return POLICIES[name]
    return Restless(seed=seed, is_shared=is_shared, takeoff_points=homes, is_hasty=name == "hasty")


@st.composite
def _scarce_rules(draw: st.DrawFn, *, homes: int, airports: int, mode: str | None) -> dict[str, Any]:
    def few(most: int) -> st.SearchStrategy[int]:
        return st.integers(1, most)

    return {
        "horizon": {"drain_s": LONG_DRAIN_S},
        "couriers": {"count": (draw(few(4)),) * homes},
        "takeoff_points": {
            "pads": (draw(few(2)),) * homes,
            "loaders": (draw(few(2)),) * homes,
            "clear_s": draw(st.sampled_from([0.0, 20.0])),
        },
        "airports": {
            "pads": (draw(few(2)),) * airports,
            "unloaders": (draw(few(2)),) * airports,
            "boxes": (draw(st.sampled_from([1, 2, 28])),) * airports,
            "hold_limit_s": draw(st.sampled_from([300.0, 7200.0])),
            "when_closed": draw(st.sampled_from(["wait", "wait", "next", "road", "refuse"])),
            "closed_wait_s": draw(st.sampled_from([60.0, 900.0, 7200.0])),
            "walk_max_m": draw(st.sampled_from([500.0, 5000.0])),
        },
        "batteries": {
            "mode": draw(st.sampled_from(["swap", "charge"])),
            "turnaround_below": draw(st.sampled_from([1.0, 1.0, 0.8, 0.0])),
            "packs": (draw(st.integers(0, 2)),) * homes,
            "chargers": (draw(few(2)),) * homes,
            "hold_allowance_s": draw(st.sampled_from([0.0, 120.0])),
        },
        "pilots": {"count": draw(few(2)), "drones_per_pilot": draw(st.sampled_from([1, 10]))},
        "dispatch": {
            "interval_s": draw(st.sampled_from([0.0, INTERVAL_S])),
            "assign_ahead_s": draw(st.sampled_from([0.0, 0.0, 120.0])),
            "queue_limit": draw(st.sampled_from([0, 0, 3])),
            "may_refuse": draw(st.sampled_from([False, False, True])),
            "may_keep_packs": draw(st.sampled_from([False, False, True])),
            "extra_walk_m": draw(st.sampled_from([0.0, 0.0, 1500.0])),
        },
        "airspace": {
            "mode": draw(st.sampled_from(["none", "headway", "strategic"] if mode is None else [mode])),
            "levels_m": draw(st.sampled_from([(60.0,), (60.0, 75.0)])),
            "lane_headway_s": draw(st.sampled_from([0.0, 20.0])),
            "route_headway_s": draw(st.sampled_from([0.0, 45.0])),
        },
    }


@st.composite
def _events(draw: st.DrawFn, *, airports: int, drones: int) -> ScriptedEvent:
    kind = draw(st.sampled_from(["airport_closed", "drone_fails", "divert"]))
    at_s = OPEN_S + draw(st.integers(0, 5000))
    airport = draw(st.integers(0 if kind == "airport_closed" else -1, airports - 1))
    if kind == "airport_closed":
        duration_s = draw(st.sampled_from([30.0, 1800.0]))
        return ScriptedEvent(kind=kind, at_s=at_s, duration_s=duration_s, airport=airport)
    return ScriptedEvent(kind=kind, at_s=at_s, airport=airport, drone=draw(st.integers(-1, drones - 1)))


def _orders(rng: np.random.Generator, count: int, *, homes: int, airports: int, has_trouble: bool) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "takeoff_point": rng.integers(0, homes, count),
        "airport": rng.integers(0, airports, count),
        "walk_m": rng.uniform(0, 150, count),
        "mass_kg": rng.uniform(0.2, 2.6, count),
        "preparation_s": rng.exponential(240, count),
        "collection_s": rng.exponential(400, count),
    }
    if has_trouble:
        columns["patience_s"] = np.where(rng.random(count) < 0.3, rng.exponential(1200, count), np.inf)
        columns["is_no_show"] = rng.random(count) < 0.1
        columns["bad_scan"] = np.where(rng.random(count) < 0.2, rng.integers(1, 4, count), 0)
    return columns


def with_events_at(inputs: SimulationInputs, times_s: Any, rng: np.random.Generator) -> SimulationInputs:
    """The same day with events of random kinds at given times."""
    airports, drones = inputs.places.airports, sum(inputs.rules.fleet.drones)
    events = tuple(
        ScriptedEvent(
            kind=str(rng.choice(["airport_closed", "airport_closed", "drone_fails", "divert"])),
            at_s=float(at_s),
            duration_s=float(rng.choice([30.0, 120.0, 1800.0])),
            airport=int(rng.integers(airports)),
            drone=int(rng.integers(-1, drones)),
        )
        for at_s in times_s
    )
    return replace(inputs, rules=replace(inputs.rules, events=events))


def moments_s(tables: Any) -> Any:
    """Times at which something happened on a day."""
    parts = [tables["orders"][name] for name in ("ready_s", "assigned_s", "loading_s", "departed_s", "delivered_s")]
    parts += [tables["legs"][name] for name in ("requested_s", "departed_s", "arrived_s", "landed_s")]
    found = np.unique(np.concatenate(parts))
    return found[np.isfinite(found)]
