"""The independent checker reads flown paths: separation, conformance and obstacles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dronesim.geometry.projection import LocalFrame
from dronesim.verify import Check, verify_run
from dronesim.verify.conformance import Deviations, excursions
from dronesim.verify.maps import fit_origin, to_local
from dronesim.verify.tracks import Pieces, chord, closest, mark_between, neighbours
from oracles.handmade_run import LEVEL_M, ORIGIN, block, retold, tampered, write_handmade_run

Row = dict[str, Any]


Pick = Callable[[list[Row], int], Row]


def first_of(rows: list[Row], leg: int) -> Row:
    return next(row for row in rows if row["leg"] == leg)


def last_of(rows: list[Row], leg: int) -> Row:
    return [row for row in rows if row["leg"] == leg][-1]


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_handmade_run(tmp_path_factory.mktemp("run") / "tracked", has_tracks=True)


def found(folder: Path, name: str) -> Check:
    return next(check for check in verify_run(folder).checks if check.name == name)


def straight(rows: list[tuple[float, ...]]) -> Pieces:
    """Give pieces from rows of drone, t0, t1, x0, y0, z0, x1, y1, z1."""
    table = np.array(rows, np.float64).reshape(-1, 9)
    return Pieces(
        drone=table[:, 0].astype(np.int64),
        leg=np.arange(len(table)),
        area=np.full(len(table), -1),
        t0_s=table[:, 1],
        t1_s=table[:, 2],
        start_m=table[:, 3:6],
        end_m=table[:, 6:9],
    )


def random_pieces(rng: np.random.Generator, n: int) -> Pieces:
    t0 = rng.uniform(0, 300, n)
    start = np.column_stack([rng.uniform(0, 2000, (n, 2)), rng.choice([60.0, 66.0, 75.0], n)])
    end = start + np.column_stack([rng.uniform(-900, 900, (n, 2)), rng.uniform(-20, 20, n)])
    rows = np.column_stack([np.arange(n) // 2, t0, t0 + rng.uniform(5, 120, n), start, end])
    return straight([tuple(row) for row in rows])


def at_instants(pieces: Pieces, i: int, times: NDArray[np.float64]) -> NDArray[np.float64]:
    share = (times - pieces.t0_s[i]) / (pieces.t1_s[i] - pieces.t0_s[i])
    return np.asarray(pieces.start_m[i] + share[:, None] * (pieces.end_m[i] - pieces.start_m[i]))


def test_a_tracked_day_is_clean_and_says_how_close_drones_came(tracked: Path) -> None:
    report = verify_run(tracked)
    assert report.is_clean, "\n".join(report.lines())
    notes = {check.name: check.note for check in report.checks}
    assert "0 losses of separation" in notes["separation"]
    assert "largest lateral deviation 0.00 m" in notes["conformance of flown to cleared"]


def test_a_run_without_tracks_says_that_separation_was_not_checked(tmp_path: Path) -> None:
    check = found(write_handmade_run(tmp_path / "plain"), "separation")
    assert check.examined == 0
    assert (check.verdict, check.note) == ("skipped", "the run has no tracks; dronesim run --tracks writes them")


def test_two_crossing_drones_meet_where_the_formula_says() -> None:
    pieces = straight([(0, 0, 100, 0, 0, 60, 1000, 0, 60), (1, 0, 100, 500, -520, 60, 500, 480, 60)])
    near = closest(pieces, np.array([0]), np.array([1]), vertical_m=9.0)
    # relative position (-500, 520), relative velocity (10, -10): t* = 51 s, 20/sqrt(2) m apart
    assert near.time_s[0] == pytest.approx(51.0)
    assert near.distance_m[0] == pytest.approx(20 / np.sqrt(2))


def test_one_that_takes_off_as_the_other_one_lands_does_not_meet_it() -> None:
    lands_s = 37864.804
    lands = (0, 37800.0, np.nextafter(lands_s, np.inf), 0, 0, 76, 0, 0, 0)
    for takes_off_s, meets in ((lands_s, 0), (lands_s - 1e-3, 1)):
        pieces = straight([lands, (1, takes_off_s, 37900.0, 0, 0, 0, 0, 0, 76)])
        assert len(closest(pieces, np.array([0]), np.array([1]), vertical_m=9.0).time_s) == meets


def test_height_keeps_drones_apart_and_only_its_window_counts() -> None:
    level = (0, 0, 100, 0, 0, 60, 1000, 0, 60)
    above = straight([level, (1, 0, 100, 0, 0, 70, 1000, 0, 70)])
    assert len(closest(above, np.array([0]), np.array([1]), vertical_m=9.0).time_s) == 0
    climbing = straight([level, (1, 0, 100, 1000, 0, 20, 0, 0, 70)])
    near = closest(climbing, np.array([0]), np.array([1]), vertical_m=9.0)
    # they pass each other at 50 s with 15 m of height between; within 9 m from 62 s on, 240 m apart by then
    assert near.time_s[0] == pytest.approx(62.0)
    assert near.distance_m[0] == pytest.approx(240.0)


def test_neighbours_and_closed_form_agree_with_a_fine_time_grid_over_all_pairs() -> None:
    pieces = random_pieces(np.random.default_rng(7), 120)
    reach_m = 60.0
    fast: dict[tuple[int, int], float] = {}
    for parts, one, other in neighbours(pieces, reach_m):
        near = closest(parts, one, other, vertical_m=9.0)
        for a, b, distance in zip(parts.leg[near.first], parts.leg[near.second], near.distance_m, strict=True):
            key = (int(min(a, b)), int(max(a, b)))
            fast[key] = min(fast.get(key, np.inf), float(distance))
    slow: dict[tuple[int, int], float] = {}
    for i in range(120):
        for j in range(i + 1, 120):
            begin, end = max(pieces.t0_s[[i, j]]), min(pieces.t1_s[[i, j]])
            if end <= begin or pieces.drone[i] == pieces.drone[j]:
                continue
            times = np.linspace(begin, end, 4001)
            gap = at_instants(pieces, i, times) - at_instants(pieces, j, times)
            apart = np.hypot(gap[:, 0], gap[:, 1])[np.abs(gap[:, 2]) < 9.0]
            if len(apart) and apart.min() < reach_m:
                slow[i, j] = float(apart.min())
    close = {key: value for key, value in fast.items() if value < reach_m - 0.5}
    assert len(close) > 10
    assert {key for key, value in slow.items() if value < reach_m - 0.5} <= set(fast)
    assert all(slow[key] == pytest.approx(value, abs=0.5) for key, value in close.items())


def test_pieces_are_cut_and_marked_between_two_times_exactly() -> None:
    through = straight([(0, 0, 100, -500, 0, 60, 500, 0, 60), (1, 0, 100, -500, 0, 90, 500, 0, 90)])
    area, always_s = np.array([3, -1]), np.full(2, np.inf)
    parts = mark_between(through, area, from_s=np.array([44.0, 0.0]), until_s=np.array([56.0, 100.0]))
    mine = parts.leg == 0
    assert sorted(parts.start_m[mine, 0].tolist()) == pytest.approx([-500.0, -60.0, 60.0])
    assert sorted(parts.end_m[mine, 0].tolist()) == pytest.approx([-60.0, 60.0, 500.0])
    assert parts.area[mine][np.argsort(parts.start_m[mine, 0])].tolist() == [-1, 3, -1]
    assert (parts.area[~mine].tolist(), parts.start_m[~mine, 0].tolist()) == ([-1], [-500.0])
    never = mark_between(through, np.array([3, 3]), from_s=always_s, until_s=always_s)
    assert never.area.tolist() == [-1, -1]
    again = mark_between(parts, np.full(len(parts.leg), 4), from_s=-always_s.repeat(2), until_s=always_s.repeat(2))
    assert sorted(again.area.tolist()) == [3, 4, 4, 4]


def test_only_pairs_that_share_a_terminal_area_are_left_out() -> None:
    pieces = straight([(drone, 0, 100, 0, 0, 60, 50, 0, 60) for drone in range(3)])
    pieces.area[:] = [4, 4, -1]
    pairs = [
        {int(parts.drone[a]), int(parts.drone[b])}
        for parts, one, other in neighbours(pieces, 60.0)
        for a, b in zip(one, other, strict=True)
    ]
    assert {0, 2} in pairs
    assert {1, 2} in pairs
    assert {0, 1} not in pairs


def test_pairs_within_one_terminal_area_are_those_that_share_it() -> None:
    pieces = straight([(drone, 0, 100, 0, 0, 60, 50, 0, 60) for drone in range(4)])
    pieces.area[:] = [4, 4, -1, 5]
    pairs = {
        (int(parts.drone[a]), int(parts.drone[b]))
        for parts, one, other in neighbours(pieces, 60.0, is_within=True)
        for a, b in zip(one, other, strict=True)
    }
    assert pairs == {(0, 1)}


def meet(rows: list[Row]) -> None:
    """Let drone 1 fly leg 6 beside drone 0's leg 4, 20 m to the side."""
    beside = max((row for row in rows if row["leg"] == 4), key=lambda row: row["y1_m"] - row["y0_m"])
    rows.append({**beside, "drone": 1, "leg": 2, "x0_m": 20.0, "x1_m": 20.0})


@pytest.mark.parametrize("mode", ["headway", "strategic"])
def test_a_loss_of_separation_is_a_violation_only_where_it_was_promised(
    mode: str, tracked: Path, tmp_path: Path
) -> None:
    close = tampered(tracked, tmp_path / "close", table="flown", change=meet)
    copy = retold(close, tmp_path / "copy", file="facts.json", change=lambda facts: facts["airspace"].update(mode=mode))
    check = found(copy, "separation")
    assert "1 losses of separation, smallest separation 20.000 m" in check.note
    assert check.is_clean == (mode == "headway")
    if mode == "strategic":
        assert "drones 1 and 0 (legs 2 and 4) came within 20.000 m" in check.violations[0]


def climb_beside(rows: list[Row]) -> None:
    """Let drone 1, which has come to T1 by leg 3, be 5 m beside drone 0's leg 4 for a moment of its climb there."""
    climb = [row for row in rows if row["leg"] == 4][1]
    rows.append({**climb, "drone": 1, "leg": 3, "x0_m": climb["x0_m"] + 5.0, "x1_m": climb["x1_m"] + 5.0})


AT_T1 = {"T1": {"meetings": 1, "least_m": 5.0}}


@pytest.mark.parametrize(
    ("count", "least_m", "by_site", "said"),
    [
        (1, 5.0, AT_T1, ()),
        (None, None, {}, ()),
        (0, None, AT_T1, ("airspace",)),
        (1, None, AT_T1, ("airspace",)),
        (1, 5.1, AT_T1, ("airspace",)),
        (1, 5.0, {}, ("T1",)),
        (1, 5.0, {"A1": AT_T1["T1"]}, ("T1", "A1")),
        (1, 5.0, {"T1": {"meetings": 2, "least_m": 5.0}}, ("T1",)),
    ],
)
def test_meetings_in_terminal_areas_are_those_of_the_tracks_in_all_and_by_site(
    count: int | None, least_m: float | None, by_site: Row, said: tuple[str, ...], tracked: Path, tmp_path: Path
) -> None:
    close = tampered(tracked, tmp_path / "close", table="flown", change=climb_beside)
    figures = {"terminal_meetings": count, "least_terminal_m": least_m}
    told = retold(close, tmp_path / "k", file="kpis.json", change=lambda kpis: kpis["airspace"].update(figures))
    told = retold(told, tmp_path / "f", file="facts.json", change=lambda facts: facts.update(terminal_meetings=by_site))
    check = found(told, "separation")
    assert "0 losses of separation" in check.note
    assert "1 meetings below them in terminal areas, down to 5.0 m" in check.note
    assert tuple(text.partition(":")[0] for text in check.violations) == said


def test_a_claim_of_no_losses_is_checked_against_the_tracks(tracked: Path, tmp_path: Path) -> None:
    close = tampered(tracked, tmp_path / "close", table="flown", change=meet)
    copy = retold(
        close,
        tmp_path / "copy",
        file="kpis.json",
        change=lambda kpis: kpis["airspace"].update(losses_of_separation=0),
    )
    assert "the flown tracks show 1" in found(copy, "separation").violations[0]


@pytest.mark.parametrize(
    ("apart_m", "stated_m", "is_clean"),
    [(60.0, None, True), (60.0, 60.0, True), (59.0, None, False), (59.0, 59.0, True), (61.0, 60.5, False)],
)
def test_who_comes_as_near_as_is_looked_for_may_have_come_within_it_or_not(
    apart_m: float, stated_m: float | None, is_clean: bool, tracked: Path, tmp_path: Path
) -> None:
    """The least separation is looked for up to twice the minimum, 60 m; there rounding decides."""

    def beside(rows: list[Row]) -> None:
        meet(rows)
        rows[-1]["x0_m"] = rows[-1]["x1_m"] = apart_m

    def state(kpis: Row) -> None:
        kpis["airspace"].update(losses_of_separation=0, min_separation_m=stated_m)

    close = tampered(tracked, tmp_path / "close", table="flown", change=beside)
    check = found(retold(close, tmp_path / "copy", file="kpis.json", change=state), "separation")
    assert check.is_clean == is_clean, check.violations


def test_excursions_are_joined_over_intervals_and_measured() -> None:
    far, near = np.array([[20.0, 0.0]]), np.array([[0.0, 0.0]])
    offsets = np.concatenate([near, far, far, near, near])
    deviations = Deviations(
        leg=np.array([7, 7, 7, 7]),
        from_s=np.array([0.0, 10.0, 14.0, 18.0]),
        span_s=np.array([10.0, 4.0, 4.0, 30.0]),
        start_m=offsets[:-1],
        end_m=offsets[1:],
    )
    low, high = chord(deviations.start_m, deviations.end_m, 15.0)
    legs, begin_s, length_s = excursions(deviations, low, high)
    # outside from 15/20 of the first interval, all of the second, to 5/20 of the third
    assert (legs.tolist(), begin_s.tolist(), length_s.tolist()) == ([7], [7.5], [pytest.approx(7.5)])


def test_a_drone_off_its_clearance_is_measured_and_caught(tracked: Path, tmp_path: Path) -> None:
    def drift(rows: list[Row]) -> None:
        for row in rows[1::3]:
            row["y0_m"] += 16.0
            row["y1_m"] += 16.0

    check = found(tampered(tracked, tmp_path / "copy", table="flown", change=drift), "conformance of flown to cleared")
    assert any("of the flown time is within 15 m" in words for words in check.violations)
    assert any("outside its clearance for" in words for words in check.violations)
    assert any("of its time, asked is 0.95" in words for words in check.violations)
    assert "largest lateral deviation 16.00 m" in check.note


def test_a_flight_without_clearance_is_caught(tracked: Path, tmp_path: Path) -> None:
    def forget(rows: list[Row]) -> None:
        rows[:] = [row for row in rows if row["leg"] != 3]

    check = found(
        tampered(tracked, tmp_path / "copy", table="cleared", change=forget), "conformance of flown to cleared"
    )
    assert "leg 3 flew without a clearance" in check.violations


def test_a_gap_in_a_track_is_caught(tracked: Path, tmp_path: Path) -> None:
    check = found(
        tampered(tracked, tmp_path / "copy", table="flown", change=lambda rows: rows.pop(1)), "tracks are whole"
    )
    assert "flown: leg 0 has no position between" in check.violations[0]


def test_a_track_that_ends_in_the_air_is_caught(tracked: Path, tmp_path: Path) -> None:
    def stay_up(rows: list[Row]) -> None:
        for _ in range(3):
            rows.remove(last_of(rows, 0))

    check = found(tampered(tracked, tmp_path / "copy", table="flown", change=stay_up), "tracks are whole")
    assert "flown: leg 0 is tracked from" in check.violations[0]


@pytest.mark.parametrize("table", ["flown", "cleared"])
def test_a_jump_in_a_track_is_caught(table: str, tracked: Path, tmp_path: Path) -> None:
    def jump(rows: list[Row]) -> None:
        rows[1]["x1_m"] += 300.0

    check = found(tampered(tracked, tmp_path / "copy", table=table, change=jump), "tracks are whole")
    assert f"{table}: leg 0 jumps 300.0 m " in check.violations[0]


@pytest.mark.parametrize(
    ("row", "key", "says"), [(first_of, "y0_m", "begins 40.0 m from T1"), (last_of, "z1_m", "ends 40.0 m from A1")]
)
def test_a_track_that_misses_its_site_is_caught(row: Pick, key: str, says: str, tracked: Path, tmp_path: Path) -> None:
    def miss(rows: list[Row]) -> None:
        row(rows, 0)[key] += 40.0

    check = found(tampered(tracked, tmp_path / "copy", table="flown", change=miss), "tracks are whole")
    assert f"flown: leg 0 {says}" in check.violations[0]


ACROSS = [(600, -20), (640, -20), (640, 20), (600, 20)]


@pytest.mark.parametrize(
    ("feature", "is_hit"),
    [
        (block("building", ACROSS, id="X", height_m=LEVEL_M + 1), True),
        (block("building", ACROSS, id="X", height_m=LEVEL_M - 1), False),
        (block("no_fly", ACROSS, id="X"), True),
        (block("no_fly", ACROSS, id="X", floor_m=80.0, ceiling_m=120.0), False),
        (block("no_fly", ACROSS, id="X", **{"from": "10:00", "to": "10:30"}), True),
        (block("no_fly", ACROSS, id="X", **{"from": "19:00", "to": "20:00"}), False),
        (block("building", [(600, 1), (640, 1), (640, 20), (600, 20)], id="X", height_m=100.0), False),
    ],
)
def test_paths_through_obstacles_are_caught_at_their_height_and_hour(
    feature: Row, is_hit: bool, tracked: Path, tmp_path: Path
) -> None:
    copy = retold(
        tracked,
        tmp_path / "copy",
        file="inputs/map.geojson",
        change=lambda content: content["features"].append(feature),
    )
    check = found(copy, "clear of obstacles")
    assert check.is_clean != is_hit
    assert (
        any(f"cleared: leg 0 of drone 0 passes {feature['properties']['kind']} X" in text for text in check.violations)
        == is_hit
    )


def test_a_site_moved_in_the_map_is_caught(tracked: Path, tmp_path: Path) -> None:
    def move(content: Row) -> None:
        content["features"][1]["geometry"]["coordinates"][0] += 1e-4

    check = found(retold(tracked, tmp_path / "copy", file="inputs/map.geojson", change=move), "clear of obstacles")
    assert "from its place in the map" in check.violations[0]


def test_own_projection_stretches_chords_to_arcs_a_hundred_kilometres_out() -> None:
    xy_m = np.array([[100_000.0, 0.0], [0.0, -100_000.0], [-70_000.0, 70_000.0]])
    lonlat = LocalFrame(*ORIGIN).to_lonlat(xy_m)
    assert np.abs(to_local(lonlat, np.array(ORIGIN)) - xy_m).max() < 0.1


def test_own_projection_agrees_with_the_map_loaders_and_finds_the_origin() -> None:
    xy_m = np.random.default_rng(3).uniform(-8000, 8000, (40, 2))
    lonlat = LocalFrame(*ORIGIN).to_lonlat(xy_m)
    assert np.abs(to_local(lonlat, np.array(ORIGIN)) - xy_m).max() < 0.005
    assert np.abs(fit_origin(lonlat, xy_m) - ORIGIN).max() < 1e-7
