"""The independent checker knows how drones move: planted faults of motion, lanes and pads, each seen where it lies."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dronesim.verify import Check, verify_run
from dronesim.verify.climbs import climb_s, from_rest_s, least_time_s, sink_s
from dronesim.verify.facts_reading import read_facts
from dronesim.verify.paths import Paths, second_differences, value_at
from dronesim.verify.winds import ground_mps
from oracles.handmade_flight import AIRCRAFT, downward, lasts_s, upward
from oracles.handmade_run import (
    ACROSS_S,
    APPROACH_S,
    FACTS,
    HEADWAY_S,
    LEVEL_M,
    retold,
    tampered,
    track_of,
    write_handmade_run,
)

Row = dict[str, Any]
Change = Callable[[list[Row]], object]

MOTION, HEIGHTS = "motion along the track", "climbs and descents"
LANES, BOOKINGS, TIMES = "lanes of terminal areas", "bookings cover their use", "times and holds"


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_handmade_run(tmp_path_factory.mktemp("run") / "tracked", has_tracks=True)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_handmade_run(tmp_path_factory.mktemp("run") / "plain")


def checks(folder: Path) -> dict[str, Check]:
    return {check.name: check for check in verify_run(folder).checks}


def unclean(folder: Path) -> dict[str, str]:
    """What each check that is not clean says."""
    return {name: "\n".join(check.violations) for name, check in checks(folder).items() if not check.is_clean}


def of_leg(rows: list[Row], leg: int) -> list[Row]:
    return [row for row in rows if row["leg"] == leg]


def cruise_of(rows: list[Row], leg: int) -> list[Row]:
    """The segments of a leg that lead somewhere."""
    return [row for row in of_leg(rows, leg) if (row["x0_m"], row["y0_m"]) != (row["x1_m"], row["y1_m"])]


def replace(rows: list[Row], old: list[Row], new: list[Row]) -> None:
    rows[:] = [row for row in rows if row not in old] + new


def one_piece(pieces: list[Row]) -> Row:
    """Join segments to one at their mean speed."""
    return {**pieces[0], **{name: value for name, value in pieces[-1].items() if name[1] == "1"}}


# planted faults


def mean_speed(rows: list[Row]) -> None:
    """The cruise of leg 0 takes as long as before, at one speed all along."""
    cruise = cruise_of(rows, 0)
    replace(rows, cruise, [one_piece(cruise)])


def jump_in_speed(rows: list[Row]) -> None:
    """In the middle of its cruise leg 0 does the way of 10 s in 5 s, and of 5 s in 10 s."""
    cruise = max(cruise_of(rows, 0), key=lambda row: row["t1_s"] - row["t0_s"])
    half_m, t = (cruise["x1_m"] - cruise["x0_m"]) / 2, (cruise["t0_s"] + cruise["t1_s"]) / 2
    parts = [{**cruise, "t1_s": t - 3.0, "x1_m": cruise["x0_m"] + half_m}]
    parts.append({**cruise, "t0_s": t - 3.0, "x0_m": cruise["x0_m"] + half_m})
    replace(rows, [cruise], parts)


def bend_at_full_speed(rows: list[Row]) -> None:
    """Leg 5 takes its bend of 80 degrees without slowing down, and hovers over the site for the time it gained."""
    old = of_leg(rows, 5)
    leg = {"leg": 5, "drone": 0, "from": "A2", "to": "T1", "level_m": LEVEL_M, "kind": "return", "outcome": "landed"}
    new = track_of({**leg, "departed_s": old[0]["t0_s"]}, is_slowed=False)
    gained_s = old[-1]["t1_s"] - new[-1]["t1_s"]
    sinks = next(i for i, row in enumerate(new) if (row["x1_m"], row["y1_m"]) == (0.0, 0.0)) + 1
    for row in new[sinks + 1 :]:
        row["t0_s"] += gained_s
    for row in new[sinks:]:
        row["t1_s"] += gained_s
    replace(rows, old, new)


def late_arrival(rows: list[Row]) -> None:
    """Leg 0 moves off 4 s later, and its last metres are flown while it should hover over its site."""
    leg, cruise = of_leg(rows, 0), cruise_of(rows, 0)
    waits = next(row for row in leg if row["t1_s"] == cruise[0]["t0_s"])
    hovers = [row for row in leg if row["t0_s"] >= cruise[-1]["t1_s"] and row["z1_m"] == LEVEL_M]
    replace(rows, hovers, [one_piece(hovers)])
    for row in cruise:
        row.update(t0_s=row["t0_s"] + 4.0, t1_s=row["t1_s"] + 4.0)
    waits["t1_s"] += 4.0
    rows[-1]["t0_s"] += 4.0


def hover_spread(rows: list[Row]) -> None:
    """Leg 0 comes down evenly from its arrival to its landing."""
    cruise = cruise_of(rows, 0)
    down = [row for row in of_leg(rows, 0) if row["t0_s"] >= cruise[-1]["t1_s"]]
    replace(rows, down, [one_piece(down)])


def no_transition(rows: list[Row]) -> None:
    """Leg 0 moves off as soon as it is up, and hovers on its way for as long."""
    cruise = cruise_of(rows, 0)
    hover = next(row for row in of_leg(rows, 0) if row["t1_s"] == cruise[0]["t0_s"])
    span_s = hover["t1_s"] - hover["t0_s"]
    for row in cruise:
        row["t0_s"] -= span_s
        row["t1_s"] -= span_s
    last = cruise[-1]
    place = {"x0_m": last["x1_m"], "y0_m": last["y1_m"], "z0_m": last["z1_m"]}
    wait = {**last, **place, "t0_s": last["t1_s"], "t1_s": last["t1_s"] + span_s}
    replace(rows, [hover], [wait])


def climb_in_one_go(rows: list[Row]) -> None:
    """Leg 0 rises in a straight line, without its slow beginning."""
    up = [row for row in of_leg(rows, 0) if row["z1_m"] > row["z0_m"]]
    replace(rows, up, [one_piece(up)])


def dip(rows: list[Row]) -> None:
    """Leg 0 flies 5 m below its level in the middle of its cruise."""
    cruise = cruise_of(rows, 0)
    low = cruise[len(cruise) // 2]
    low["z1_m"] -= 5.0
    next(row for row in cruise if row["t0_s"] == low["t1_s"])["z0_m"] -= 5.0


FAULTS: dict[Change, tuple[set[str], str]] = {
    mean_speed: ({MOTION}, "in 1 s and 1 s it goes ways that differ by 14.18 m; 4.20 m are allowed"),
    jump_in_speed: ({MOTION}, "the wind triangle gives 15.00 m/s there at most"),
    bend_at_full_speed: ({MOTION}, "it turns by "),
    late_arrival: ({MOTION}, "m are left of its track when it arrives"),
    hover_spread: ({HEIGHTS}, "the final hover takes 0.71 s, at least 10.00 s"),
    no_transition: ({HEIGHTS}, "the transition from climb to cruise takes 1.06 s"),
    climb_in_one_go: ({HEIGHTS}, "its slow climb takes"),
    dip: ({HEIGHTS}, "cruises 5.00 m off its level 60 m"),
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_planted_fault_of_motion_is_seen_where_it_lies(fault: Change, tracked: Path, tmp_path: Path) -> None:
    one = tampered(tracked, tmp_path / "one", table="cleared", change=fault)
    found = unclean(tampered(one, tmp_path / "two", table="flown", change=fault))
    names, says = FAULTS[fault]
    assert names <= set(found) <= names | {LANES, TIMES}, found
    assert says in "\n".join(found[name] for name in names)


@pytest.mark.parametrize("fault", [mean_speed, hover_spread], ids=lambda fault: fault.__name__)
def test_flown_tracks_are_checked_as_cleared_ones_are(fault: Change, tracked: Path, tmp_path: Path) -> None:
    found = unclean(tampered(tracked, tmp_path / "copy", table="flown", change=fault))
    assert FAULTS[fault][0] <= set(found)
    assert all("flown: leg 0" in found[name] for name in FAULTS[fault][0])


def test_a_run_without_tracks_says_that_motion_was_not_checked(plain: Path) -> None:
    found = checks(plain)
    for name in (MOTION, HEIGHTS):
        assert found[name].verdict == "skipped"
        assert found[name].note == "the run has no tracks; dronesim run --tracks writes them"
    assert "by legs alone, as the run has no tracks" in found[LANES].note


def test_the_note_tells_what_was_allowed_and_how_near_motion_came(tracked: Path) -> None:
    note = checks(tracked)[MOTION].note
    assert note.startswith("a 2.6 m/s², paths within e 0.4 m of the motion")
    assert "the wind of its take-off; 1 bends, corners cut by at most 3 m" in note


def test_paths_that_lie_e_off_the_motion_are_within_the_law(tracked: Path, tmp_path: Path) -> None:
    """Leg 0 is written down 0.4 m behind where it is, all the way between its first and its last metres."""

    def lag(rows: list[Row]) -> None:
        for row in cruise_of(rows, 0):
            for end in "01":
                if 1.0 < row[f"x{end}_m"] < 1499.0:
                    row[f"x{end}_m"] -= 0.4

    one = tampered(tracked, tmp_path / "one", table="cleared", change=lag)
    assert unclean(tampered(one, tmp_path / "two", table="flown", change=lag)) == {}


# wind


def wind(**levels: list[float]) -> Callable[[Row], object]:
    """Let it blow at some times, given as ``at_<second>``, at all levels."""
    rows = [(float(name.removeprefix("at_")), velocity) for name, velocity in levels.items()]
    told = [{"from_s": s, "levels": [[LEVEL_M, *velocity], [75.0, *velocity]]} for s, velocity in rows]
    return lambda facts: facts.update(wind=told)


@pytest.mark.parametrize(
    ("blows", "broken"),
    [
        (wind(at_0=[-3.0, 0.0]), {"leg 0"}),  # to the west: leg 0 leads east, leg 1 west
        (wind(at_0=[0.0, 0.0], at_36400=[-3.0, 0.0], at_36500=[0.0, 0.0]), set()),  # over before the day begins
        (wind(at_0=[0.0, 0.0], at_36600=[-3.0, 0.0]), set()),  # calm when leg 0 took off
        (wind(at_0=[-3.0, 0.0], at_36600=[0.0, 0.0]), {"leg 0"}),  # a leg ends in the wind it took off in
        (wind(at_0=[0.0, 0.0], at_36600=[3.0, 0.0]), {"leg 1"}),  # booked in the calm before, but taken off after it
        (wind(at_0=[16.0, 16.0]), {"leg 0", "leg 1"}),  # across by more than the drone can fly
    ],
)
def test_segments_keep_the_wind_triangle_under_a_wind_in_force(
    blows: Callable[[Row], object], broken: set[str], tracked: Path, tmp_path: Path
) -> None:
    copy = retold(tracked, tmp_path / "copy", file="facts.json", change=blows)
    violations = "\n".join(checks(copy)[MOTION].violations)
    assert {leg for leg in ("leg 0", "leg 1") if f"{leg} of drone 0" in violations} >= broken
    assert broken or not violations or "leg 0 of" not in violations


def test_a_wind_that_is_not_told_for_a_level_forbids_it(tracked: Path, tmp_path: Path) -> None:
    def forget(facts: Row) -> None:
        facts["wind"] = [{"from_s": 0.0, "levels": [[75.0, 0.0, 0.0]]}]

    assert {MOTION, "flights"} <= set(unclean(retold(tracked, tmp_path / "copy", file="facts.json", change=forget)))


def test_the_wind_triangle_gives_the_known_ground_speeds() -> None:
    course = np.array([[1.0, 0.0]] * 4)
    winds = np.array([[-5.0, 0.0], [0.0, 5.0], [0.0, -16.0], [5.0, 0.0]])
    assert ground_mps(course, winds, 15.0).tolist() == pytest.approx([10.0, math.sqrt(200), -math.inf, 20.0])


def test_a_drone_with_a_top_speed_holds_its_cruise_over_ground(tracked: Path, tmp_path: Path) -> None:
    """Wind of 3 m/s from ahead or behind changes nothing as long as the top speed makes up for it."""

    def blow(facts: Row, *, max_mps: float) -> None:
        wind(at_0=[-3.0, 0.0])(facts)
        facts["aircraft"]["max_mps"] = max_mps

    for max_mps, is_clean in ((18.5, True), (17.5, False)):
        change = lambda facts, most=max_mps: blow(facts, max_mps=most)  # noqa: E731
        copy = retold(tracked, tmp_path / str(max_mps), file="facts.json", change=change)
        assert checks(copy)[MOTION].is_clean == is_clean


# legs that are broken off


def break_off(rows: list[Row], leg: int, keep: Callable[[Row], bool]) -> None:
    replace(rows, of_leg(rows, leg), [row for row in of_leg(rows, leg) if keep(row)])


def test_no_rest_is_asked_where_a_leg_is_broken_off(tracked: Path, tmp_path: Path) -> None:
    """Leg 6 is cut off at full speed; were it called landed, it would be a stop from 15 m/s."""

    def cut(rows: list[Row]) -> None:
        break_off(rows, 6, lambda row: row["x1_m"] < 500.0)

    def land(rows: list[Row]) -> None:
        rows[6].update(outcome="landed", arrived_s=rows[7]["departed_s"], landed_s=rows[7]["departed_s"])

    copy = tampered(tracked, tmp_path / "one", table="cleared", change=cut)
    copy = tampered(copy, tmp_path / "two", table="flown", change=cut)
    found = checks(copy)
    assert found[MOTION].is_clean
    assert found[HEIGHTS].is_clean
    landed = checks(tampered(copy, tmp_path / "three", table="legs", change=land))
    assert any("leg 6 of drone 1" in text for text in landed[MOTION].violations)


def test_legs_broken_off_in_their_descent_are_checked_like_others(tracked: Path, tmp_path: Path) -> None:
    def fall(rows: list[Row]) -> None:
        rows[8].update(outcome="down", arrived_s=None, landed_s=None)

    def cut(rows: list[Row]) -> None:
        break_off(rows, 8, lambda row: row["z1_m"] > 30.0 or row["z0_m"] < row["z1_m"])

    copy = tampered(tracked, tmp_path / "one", table="legs", change=fall)
    for table in ("cleared", "flown"):
        copy = tampered(copy, tmp_path / table, table=table, change=cut)
    check = checks(copy)[HEIGHTS]
    assert check.is_clean, check.violations
    assert check.examined == 18


# lanes and pads


def use(resource: str, nth: int, **shifts: float) -> Change:
    """Shift the begin or the end of the nth use of a resource."""

    def change(rows: list[Row]) -> None:
        row = [row for row in rows if row["resource"] == resource][nth]
        row.update({name: row[name] + by for name, by in shifts.items()})

    return change


BOOKED: dict[str, tuple[Change, str, str]] = {
    "a lane taken after the climb": (use("departure_lane", 0, from_s=2.0), LANES, "departure_lane at T1 is used by"),
    "a lane given back too early": (use("departure_lane", 0, to_s=-5.0), LANES, "is held for 15.000 s"),
    "a lane given back a moment too early": (use("departure_lane", 0, to_s=-0.01), LANES, "is held for 19.990 s"),
    "an arrival lane taken a moment too late": (use("arrival_lane", 0, from_s=0.01), LANES, "is held for 19.990 s"),
    "a lane given back under the drone": (use("departure_lane", 0, to_s=-12.0), LANES, "is used by its legs from"),
    "a lane taken over the airport only": (use("arrival_lane", 0, from_s=6.0), LANES, "arrival_lane at A1 is used by"),
    "a lane given back in the approach": (use("arrival_lane", 0, to_s=-9.0), LANES, "arrival_lane at A1 is used by"),
    "a pad given back while it climbs": (use("pad", 0, to_s=-10.0), BOOKINGS, "used the pad at T1"),
    "a pad taken while it sinks": (use("pad", 4, from_s=10.0), BOOKINGS, "used the pad at A1"),
    "a pad left while it climbs home": (use("pad", 4, to_s=-10.0), BOOKINGS, "used the pad at A1"),
    "a pad given back on landing": (use("pad", 5, to_s=-HEADWAY_S), BOOKINGS, "used the pad at T1"),
    "a pad given back a moment too early": (use("pad", 5, to_s=-0.01), BOOKINGS, "used the pad at T1"),
    "a loader who leaves a moment too early": (use("loader", 0, to_s=-0.01), BOOKINGS, "used the loader at T1"),
    "an unloader who comes a moment too late": (use("unloader", 0, from_s=0.01), BOOKINGS, "used the unloader at A1"),
    "a pilot who comes a moment after the check": (use("pilot", 0, from_s=0.01), BOOKINGS, "used the pilot at network"),
    "a pilot who leaves a moment before it is down": (use("pilot", 0, to_s=-0.01), BOOKINGS, "used the pilot"),
}


@pytest.mark.parametrize("name", BOOKED)
def test_lanes_and_pads_are_held_for_as_long_as_drones_are_there(name: str, plain: Path, tmp_path: Path) -> None:
    change, check, says = BOOKED[name]
    found = unclean(tampered(plain, tmp_path / "copy", table="occupancy", change=change))
    assert says in found[check]


def test_the_pilot_of_a_drone_stays_with_it_while_it_is_unloaded(plain: Path, tmp_path: Path) -> None:
    """Each leg of the first sortie has its pilot, and nobody has the drone on the airport's pad."""

    def leave(rows: list[Row]) -> None:
        pilot, unloader = (next(row for row in rows if row["resource"] == name) for name in ("pilot", "unloader"))
        rows.append({**pilot, "from_s": unloader["to_s"]})
        pilot["to_s"] = unloader["from_s"]

    found = unclean(tampered(plain, tmp_path / "copy", table="occupancy", change=leave))
    assert found[BOOKINGS].startswith("drone 0 used the pilot at network")


def test_tracks_tell_of_lanes_what_legs_can_not(tracked: Path, tmp_path: Path) -> None:
    """Leg 8 loiters for 30 s within the terminal area of A2 before it leaves; its lane is booked as if it did not."""

    def loiter(rows: list[Row]) -> None:
        cruise = cruise_of(rows, 8)
        first = next(row for row in cruise if 1200.0 - row["y1_m"] > 20.0)
        for row in of_leg(rows, 8):
            if row["t0_s"] >= first["t1_s"]:
                row["t0_s"] += 30.0
                row["t1_s"] += 30.0
        first["t1_s"] += 30.0

    def later(rows: list[Row]) -> None:
        rows[8].update(arrived_s=rows[8]["arrived_s"] + 30.0, landed_s=rows[8]["landed_s"] + 30.0)

    def settled(rows: list[Row]) -> None:
        rows.clear()

    def calm(rows: list[Row]) -> None:
        later(rows)
        del rows[6:8]
        rows[6].update(sortie=2)

    copy = tampered(tracked, tmp_path / "one", table="flown", change=loiter)
    copy = tampered(copy, tmp_path / "two", table="legs", change=calm)
    copy = tampered(copy, tmp_path / "three", table="incidents", change=settled)
    found = checks(copy)[LANES].violations
    assert any("leg 8 of drone 1: departure_lane at A2 is used by its tracks from" in text for text in found)
    assert not any("leg 8 of drone 1: departure_lane at A2 is used by its legs" in text for text in found)


@pytest.mark.parametrize("after_s", [5.0, ACROSS_S + APPROACH_S - 0.1])
def test_an_arrival_before_the_one_ahead_has_sunk_is_caught(after_s: float, plain: Path, tmp_path: Path) -> None:
    def follow_closely(rows: list[Row]) -> None:
        late_s = rows[2]["arrived_s"] + after_s - rows[4]["arrived_s"]
        rows[4].update(
            {name: rows[4][name] + late_s for name in ("requested_s", "departed_s", "arrived_s", "landed_s")}
        )

    found = unclean(tampered(plain, tmp_path / "copy", table="legs", change=follow_closely))
    assert "before leg 2 sinks out of it" in found[LANES]


def test_mode_none_has_no_lanes(plain: Path, tmp_path: Path) -> None:
    change = lambda facts: facts["airspace"].update(mode="none")  # noqa: E731
    found = checks(retold(plain, tmp_path / "copy", file="facts.json", change=change))
    assert found[LANES].verdict == "skipped"
    assert "departure_lane at T1: 4 holdings in occupancy, orders and legs tell of 0" in "\n".join(
        found["flow in is flow out"].violations
    )


# kernels


def test_least_times_are_those_of_the_trapezoid() -> None:
    assert least_time_s((100.0,), (10.0,), 2.0) == pytest.approx(15.0)
    assert least_time_s((10.0,), (10.0,), 2.0) == pytest.approx(4.472, abs=1e-3)
    assert least_time_s((3000.0,), (12.0,), 2.0) == pytest.approx(256.0)
    assert least_time_s((0.0,), (12.0,), 2.0) == 0.0


def test_climb_and_sink_take_as_long_as_phases_put_together_by_hand() -> None:
    facts = read_facts(Path("facts.json"), FACTS)
    levels_m = np.array([30.0, LEVEL_M, 75.0, 120.0])
    assert climb_s(facts, levels_m).tolist() == pytest.approx([lasts_s(upward(z)) for z in levels_m], abs=1.1e-3)
    assert sink_s(facts, levels_m).tolist() == pytest.approx([lasts_s(downward(z)) for z in levels_m], abs=1.1e-3)


def test_least_times_agree_with_small_steps() -> None:
    rng = np.random.default_rng(11)
    for _ in range(30):
        lengths_m, caps_mps = rng.uniform(0.5, 40.0, 3), rng.uniform(0.5, 8.0, 3)
        a = float(rng.uniform(0.5, 4.0))
        fast = least_time_s(lengths_m.tolist(), caps_mps.tolist(), a)
        assert fast == pytest.approx(_slow_least_time_s(lengths_m, caps_mps, a), rel=2e-3)


def _slow_least_time_s(lengths_m: Any, caps_mps: Any, a: float) -> float:
    """Cut the way into small steps, limit the speed on each, forwards and backwards."""
    step_m = 1e-3
    ends_m = np.cumsum(lengths_m)
    at = np.arange(0.0, ends_m[-1], step_m)
    square = caps_mps[np.minimum(np.searchsorted(ends_m, at, side="right"), 2)] ** 2
    square[0] = square[-1] = 0.0
    for order in (range(1, len(at)), range(len(at) - 2, -1, -1)):
        for i in order:
            before = i - 1 if order.step > 0 else i + 1
            square[i] = min(square[i], square[before] + 2 * a * step_m)
    speed = np.sqrt(square)
    return float((2 * step_m / np.maximum(speed[1:] + speed[:-1], 1e-9)).sum())


def test_the_way_from_rest_is_a_ramp_and_then_a_cruise() -> None:
    top_mps = np.array([15.0, 100.0])
    ramp_s = 15.0 / 2.6
    expected = [ramp_s + (60.0 - 15.0 * ramp_s / 2) / 15.0, math.sqrt(2 * 60.0 / 2.6)]
    assert from_rest_s(60.0, top_mps, AIRCRAFT["acceleration_mps2"]).tolist() == pytest.approx(expected)


def random_paths(rng: np.random.Generator, n: int) -> Paths:
    counts = rng.integers(2, 9, n)
    ends = np.cumsum(counts)
    path = np.repeat(np.arange(n), counts)
    time_s = np.concatenate([rng.uniform(0, 50) + np.cumsum(rng.uniform(0.2, 5.0, k)) for k in counts])
    values = rng.uniform(0, 40, len(path))
    return Paths(
        row=np.arange(n),
        first=ends - counts,
        last=ends - 1,
        path=path,
        time_s=time_s,
        along_m=values,
        height_m=values,
        xy_m=np.column_stack([values, values]),
        rests_first=rng.random(n) < 0.5,
        rests_last=rng.random(n) < 0.5,
    )


def test_second_differences_find_what_a_fine_grid_of_instants_finds() -> None:
    paths = random_paths(np.random.default_rng(3), 40)
    fast = second_differences(paths, paths.along_m)
    for number in range(40):
        knots = slice(paths.first[number], paths.last[number] + 1)
        t, f = paths.time_s[knots], paths.along_m[knots]
        for w, found in fast.items():
            instants = np.arange(t[0] - 9.0, t[-1] + 9.0, 0.01)
            inside = np.ones(len(instants), np.bool_)
            inside &= paths.rests_first[number] | (instants - w >= t[0])
            inside &= paths.rests_last[number] | (instants + w <= t[-1])
            at = instants[inside]
            grid = np.abs(np.interp(at + w, t, f) - 2 * np.interp(at, t, f) + np.interp(at - w, t, f))
            assert grid.max(initial=0.0) <= found[knots].max(initial=0.0) + 1e-6
            # a knot of the grid lies within 0.005 s, where the value changes by at most 4 times the steepest slope
            slope = np.abs(np.diff(f) / np.diff(t)).max()
            assert grid.max(initial=0.0) >= found[knots].max(initial=0.0) - 0.04 * slope


def test_values_of_many_paths_are_those_of_each() -> None:
    paths = random_paths(np.random.default_rng(4), 20)
    asked = np.random.default_rng(5).integers(0, 20, 200)
    times_s = np.random.default_rng(6).uniform(-5.0, 100.0, 200)
    found = value_at(paths, paths.along_m, asked, times_s)
    for path, time_s, value in zip(asked, times_s, found, strict=True):
        knots = slice(paths.first[path], paths.last[path] + 1)
        assert value == pytest.approx(np.interp(time_s, paths.time_s[knots], paths.along_m[knots]))
