"""Drones move as drones can, on any day: tracks without a gap, from rest to rest, within the acceleration.

No profile of the motion is assumed, and no code of the model used: only the tables, and numbers of the drone type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dronesim.aircraft import Multirotor, drone_type
from dronesim.aircraft.motion import Motion, Phase
from dronesim.airspace import HeadwayClearance
from dronesim.simulation import Outcome, SimulationInputs, SteadyRoutes, simulate
from dronesim.simulation.leg import LegMaker
from dronesim.weather import Wind
from exploring import examples
from gates import no_resource_is_overbooked
from lab import OPEN_S, StraightRoutes, lab_inputs
from oracles import legs as one_by_one
from separation import losses
from worlds import days

Floats = NDArray[np.float64]

WINDOWS_S = (0.5, 1.0, 2.0, 4.0)
ROUNDING_M = 2e-3
ROUNDED_M = 1e-5
"""Places that are one, by sums in another order."""
STRETCH = 0.01
"""A drone that strays flies a little further than it is cleared for, and so much faster."""
KNOT_S = 1.0
"""The segments of a track begin to move so much later than the drone at most, and rest so much earlier."""
BOUNDED = examples(60)


@dataclass(frozen=True)
class CrookedRoutes(StraightRoutes):
    """Ways with a few corners, another one for each pair of sites and each level, sharp ones among them."""

    def waypoints(self, level_index: int, origin: int, destination: int) -> NDArray[Any]:
        return self._crooked(self.xy[origin], self.xy[destination], (level_index, origin, destination))

    def from_point(self, level_index: int, xy: NDArray[Any], destination: int) -> NDArray[Any]:
        return self._crooked(xy, self.xy[destination], (level_index, destination))

    def length_m(self, level_index: int, origin: int, destination: int) -> float:
        return float(np.hypot(*np.diff(self.waypoints(level_index, origin, destination), axis=0).T).sum())

    def _crooked(self, first: NDArray[Any], last: NDArray[Any], key: tuple[int, ...]) -> NDArray[Any]:
        rng = np.random.default_rng(key)
        shares = np.sort(rng.uniform(0, 1, rng.integers(0, 5)))
        inner = first + shares[:, None] * (last - first) + rng.normal(0.0, rng.choice([5.0, 100.0]), (len(shares), 2))
        return np.vstack([first, inner, last])


@st.composite
def windy_days(draw: st.DrawFn, *, mode: str | None = None) -> SimulationInputs:
    """A day with trouble on crooked ways, in winds by level that change, with types that do all phases or few."""
    inputs = draw(days(mode=mode))
    levels = inputs.rules.airspace.levels_m

    def wind() -> tuple[Wind, ...]:
        speeds = st.sampled_from([0.0, 3.0, 7.0])
        return tuple(Wind(speed_mps=draw(speeds), from_deg=draw(st.floats(0, 360))) for _ in levels)

    changes = sorted(draw(st.lists(st.integers(1, 5000), max_size=2, unique=True)))
    kind = replace(
        inputs.aircraft.drone_type if draw(st.booleans()) else drone_type("hexa-2.5kg"),
        max_mps=draw(st.sampled_from([15.0, 23.0])),
        pack_wh=2000.0,
    )
    return replace(
        inputs,
        routes=SteadyRoutes(CrookedRoutes(inputs.places.xy, levels)),
        winds=((0.0, wind()), *((OPEN_S + at_s, wind()) for at_s in changes)),
        aircraft=Multirotor(kind, inputs.aircraft.handling),
    )


@dataclass(frozen=True)
class Trail:
    """One leg's track: its row, times ``(n,)`` and places ``(n, 3)`` of its knots, and the way so far ``(n,)``."""

    row: dict[str, Any]
    at_s: Floats
    place_m: Floats

    @property
    def way_m(self) -> Floats:
        steps_m = np.hypot(*np.diff(self.place_m[:, :2], axis=0).T)
        return np.concatenate([[0.0], np.cumsum(steps_m)])

    def at(self, t_s: float | Floats) -> Floats:
        """Place at one time, ``(3,)``, or at many, ``(n, 3)``."""
        return np.stack([np.interp(t_s, self.at_s, self.place_m[:, axis]) for axis in range(3)], axis=-1)


def are_near(found_m: Floats, expected_m: Any) -> bool:
    """Nowhere apart by more than rounding."""
    return bool((np.abs(found_m - expected_m) <= ROUNDED_M).all())


def trails(outcome: Outcome, name: str) -> Iterator[Trail]:
    """The tracks of all legs, each without a gap between its segments."""
    legs = dict(outcome.tables["legs"].items())
    begins, ends = (np.column_stack([outcome.tables[name][column] for column in columns]) for columns in ENDS)
    of = outcome.tables[name]["leg"]
    order = np.argsort(of, kind="stable")
    firsts, lasts = (np.searchsorted(of[order], legs["leg"], side=side) for side in ("left", "right"))
    for row, (first, last) in enumerate(zip(firsts.tolist(), lasts.tolist(), strict=True)):
        if first == last:
            continue
        begin, end = begins[order[first:last]], ends[order[first:last]]
        assert are_near(begin[1:], end[:-1]), (name, row)
        knots = np.vstack([begin, end[-1:]])
        yield Trail({key: column[row] for key, column in legs.items()}, knots[:, 0], knots[:, 1:])


ENDS = (("t0_s", "x0_m", "y0_m", "z0_m"), ("t1_s", "x1_m", "y1_m", "z1_m"))


def second_difference_m(at_s: Floats, value_m: Floats, window_s: float, *, rests_last: bool) -> float:
    """The largest |s(t + w) − 2 s(t) + s(t − w)|, at rest before the first knot and, if so, after the last."""
    times = np.concatenate([at_s, at_s - window_s, at_s + window_s])
    if not rests_last:
        times = times[times <= at_s[-1] - window_s]
    before, here, after = (np.interp(times + step, at_s, value_m) for step in (-window_s, 0.0, window_s))
    return float(np.abs(after - 2 * here + before).max(initial=0.0))


def check_motion(inputs: SimulationInputs, outcome: Outcome) -> None:
    """Every track holds the acceleration along its way and in height."""
    a, e = inputs.aircraft.drone_type.acceleration_mps2, inputs.rules.airspace.path_error_m
    fastest_mps = inputs.aircraft.drone_type.cruise_mps
    for name in ("cleared", "flown"):
        for trail in trails(outcome, name):
            rests = trail.row["outcome"] in {"landed", "diverted"}
            for window_s in WINDOWS_S:
                allowed_m = a * window_s**2 + 4 * e + ROUNDING_M
                stretch_m = STRETCH * 2 * window_s * fastest_mps if name == "flown" else 0.0
                found_m = second_difference_m(trail.at_s, trail.way_m, window_s, rests_last=rests)
                assert found_m <= allowed_m + stretch_m, (name, window_s, found_m, allowed_m, trail.row)
                up_m = second_difference_m(trail.at_s, trail.place_m[:, 2], window_s, rests_last=rests)
                assert up_m <= allowed_m, (name, window_s, up_m, trail.row)


def check_ends(inputs: SimulationInputs, outcome: Outcome) -> None:
    """Every leg starts on its pad, is over its site when it arrives, hovers, and is down when it lands."""
    xy = dict(zip(inputs.places.ids, inputs.places.xy, strict=True))
    kind = inputs.aircraft.drone_type
    for trail in (trail for name in ("cleared", "flown") for trail in trails(outcome, name)):
        row = trail.row
        assert trail.at_s[0] == pytest.approx(row["departed_s"], abs=1e-6), row
        if row["kind"] != "divert":
            assert are_near(trail.place_m[0], [*xy[row["from"]], 0.0]), row
        if row["outcome"] == "landed":
            over_m = [*xy[row["to"]], row["level_m"]]
            assert trail.at_s[-1] == pytest.approx(row["landed_s"], abs=1e-6), row
            assert are_near(trail.place_m[-1], [*xy[row["to"]], 0.0]), row
            hovers_s = row["arrived_s"] + np.array([-row["hold_s"], 0.0, kind.approach_s])
            assert are_near(trail.at(hovers_s), over_m), row
            hovers = np.diff(trail.at_s)[(np.diff(trail.place_m[:, 2]) == 0) & (trail.place_m[1:, 2] < row["level_m"])]
            assert hovers.sum() >= kind.final_hover_s - kind.ground_s - 1e-6, row


def check_holdings(inputs: SimulationInputs, outcome: Outcome) -> None:
    """A drone holds its pad in the column over it, and lanes while it is in them."""
    radius_m, is_strict = inputs.rules.airspace.terminal_radius_m, inputs.rules.airspace.mode != "none"
    xy = dict(zip(inputs.places.ids, inputs.places.xy, strict=True))
    held, troubled = holdings(outcome), met(outcome)
    for trail in trails(outcome, "cleared"):
        row = trail.row
        if row["outcome"] not in {"landed", "diverted"}:
            continue
        is_from_pad = row["kind"] != "divert"
        up_s = trail.at_s[np.argmax(trail.place_m[:, 2] >= row["level_m"] - 1e-9)]
        sinks_s = trail.at_s[np.flatnonzero(trail.place_m[:, 2] >= row["level_m"] - 1e-9)[-1]]
        if is_from_pad:
            holds(held, "pad", row["from"], row["drone"], row["departed_s"], up_s)
        if row["leg"] in troubled or row["outcome"] != "landed":
            continue
        holds(held, "pad", row["to"], row["drone"], sinks_s, row["landed_s"])
        if is_strict:
            times = np.linspace(up_s, sinks_s, 400)
            places = trail.at(times)[:, :2]
            is_away = np.hypot(*(places - xy[row["from"]]).T) >= radius_m
            left_s = times[max(int(np.argmax(is_away)) - 1, 0)] if is_away.any() else row["arrived_s"] - row["hold_s"]
            is_out = np.hypot(*(places - xy[row["to"]]).T) >= radius_m
            last_out = len(times) - int(np.argmax(is_out[::-1]))
            # of two sites so near that each lies in the area of the other, the first one counts until it flies off
            off_s = up_s + (inputs.aircraft.drone_type.transition_s + KNOT_S if is_from_pad else 0.0)
            entered_s = times[min(last_out, len(times) - 1)] if is_out.any() else off_s
            if is_from_pad:
                holds(held, "departure_lane", row["from"], row["drone"], up_s + KNOT_S, left_s)
            if not row["hold_s"]:
                holds(held, "arrival_lane", row["to"], row["drone"], entered_s, sinks_s - KNOT_S)


def met(outcome: Outcome) -> set[int]:
    """Legs that trouble has met, those that began with it left out."""
    legs = outcome.tables["legs"]
    return set(outcome.tables["incidents"]["leg"].tolist()) - set(legs["leg"][legs["kind"] == "divert"].tolist())


Held = dict[tuple[str, str, int], list[tuple[float, float]]]


def holdings(outcome: Outcome) -> Held:
    """Times from and to of what each drone held, by resource, site and drone, in order."""
    table = outcome.tables["occupancy"]
    found: Held = {}
    keys = zip(table["resource"].tolist(), table["site"].tolist(), table["holder"].tolist(), strict=True)
    for key, from_s, to_s in zip(keys, table["from_s"].tolist(), table["to_s"].tolist(), strict=True):
        found.setdefault(key, []).append((from_s, to_s))
    return {key: sorted(times) for key, times in found.items()}


def holds(held: Held, resource: str, site: str, drone: int, from_s: float, to_s: float) -> None:
    """One holding after the other covers a time."""
    reached_s = from_s
    for begin_s, end_s in held.get((resource, site, drone), ()):
        if begin_s <= reached_s + 2e-3:
            reached_s = max(reached_s, end_s)
    assert reached_s >= to_s - 2e-3, (resource, site, drone, from_s, to_s, reached_s)


CHECKS = (check_motion, check_ends, check_holdings)


@BOUNDED
@given(windy_days())
def test_drones_move_as_they_can_on_any_day(inputs: SimulationInputs) -> None:
    outcome = simulate(inputs, has_tracks=True)
    for check in CHECKS:
        check(inputs, outcome)
    no_resource_is_overbooked(inputs, outcome)


@BOUNDED
@given(windy_days(mode="strategic"))
def test_no_wind_and_no_bend_loses_separation(inputs: SimulationInputs) -> None:
    assert losses(inputs, simulate(inputs, has_tracks=True)) == []


# faults that these checks must see


def plain_day() -> SimulationInputs:
    """Twenty flights with all phases on crooked ways, in a wind."""
    inputs = lab_inputs(OPEN_S + np.arange(20) * 60.0, rules={"fleet": {"drones": (8,)}})
    return replace(
        inputs,
        routes=SteadyRoutes(CrookedRoutes(inputs.places.xy, inputs.rules.airspace.levels_m)),
        winds=((0.0, (Wind(speed_mps=6.0, from_deg=200.0),)),),
        aircraft=Multirotor(replace(drone_type("hexa-2.5kg"), max_mps=12.0)),
    )


def failing_checks(inputs: SimulationInputs) -> set[Callable[..., None]]:
    outcome = simulate(inputs, has_tracks=True)
    failing = set()
    for check in CHECKS:
        try:
            check(inputs, outcome)
        except AssertionError:
            failing.add(check)
    return failing


def test_a_plain_day_passes() -> None:
    assert failing_checks(plain_day()) == set()


def at_mean_speed(motion: Motion) -> Motion:
    return Motion(phases=(Phase(motion.duration_s, motion.length_m / motion.duration_s, 0.0),), error_m=motion.error_m)


def test_a_path_at_mean_speed_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Multirotor.cruise

    def cruise(self: Multirotor, waypoints: Any, wind: Any = (0.0, 0.0)) -> Any:
        found = honest(self, waypoints, wind)
        return None if found is None else found._replace(motion=at_mean_speed(found.motion))

    monkeypatch.setattr(Multirotor, "cruise", cruise)
    monkeypatch.setattr("dronesim.simulation.planner.plan_legs", one_by_one.plan_legs)
    assert check_motion in failing_checks(plain_day())


def test_a_hover_that_is_spread_over_the_descent_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Multirotor.descent
    monkeypatch.setattr(Multirotor, "descent", lambda self, level_m: at_mean_speed(honest(self, level_m)))
    assert check_ends in failing_checks(plain_day())


def test_a_jump_of_speed_where_the_wind_comes_from_another_side_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def jumping(lengths_m: Any, speeds_mps: Any, *, error_m: float, **_: Any) -> Motion:
        phases = tuple(Phase(m / mps, mps, 0.0) for m, mps in zip(lengths_m, speeds_mps, strict=True) if mps > 0)
        return Motion(phases=phases, error_m=error_m)

    monkeypatch.setattr("dronesim.aircraft.model.motion_along", jumping)
    monkeypatch.setattr("dronesim.simulation.planner.plan_legs", one_by_one.plan_legs)
    assert check_motion in failing_checks(plain_day())


@pytest.mark.parametrize("lane", ["departure", "arrival"])
def test_a_lane_that_is_given_back_early_is_seen(monkeypatch: pytest.MonkeyPatch, lane: str) -> None:
    honest = getattr(HeadwayClearance, lane)

    def early(self: HeadwayClearance, site: int, *, offset_ms: int, for_ms: int) -> Any:
        (use,) = honest(self, site, offset_ms=offset_ms, for_ms=for_ms)
        return (use._replace(hold_ms=1000),) if hasattr(use, "_replace") else ((*use[:2], 1000),)

    monkeypatch.setattr(HeadwayClearance, lane, early)
    assert check_holdings in failing_checks(plain_day())


def test_a_pad_that_is_given_back_in_the_climb_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = LegMaker.made

    def early(self: LegMaker, *args: Any, **named: Any) -> Any:
        plan = honest(self, *args, **named)
        return replace(plan, climb_ms=plan.climb_ms // 3)

    monkeypatch.setattr(LegMaker, "made", early)
    assert check_holdings in failing_checks(plain_day())
