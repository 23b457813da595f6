"""Paths of a replay are near to those of the run, flown or estimated, with far fewer corners."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dronesim
from dronesim.record.saved import Saved, open_saved
from dronesim.replay.paths import TOLERANCE_M, Paths, estimated_paths, flown_paths, simplified
from dronesim.report.saved_run import routes_in
from replaying import troubled_day


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    run = troubled_day(tmp_path_factory.mktemp("paths") / "day")
    assert isinstance(run, dronesim.Run)
    assert run.folder is not None
    return open_saved(run.folder)


corners = st.tuples(st.floats(0.1, 30.0), *[st.floats(-300.0, 300.0)] * 3)


@given(legs=st.lists(st.lists(corners, max_size=12), max_size=5))
def test_what_is_left_out_is_near_to_the_straight_way_between_what_is_kept(legs: list[list[tuple[float, ...]]]) -> None:
    paths = [np.reshape(np.array(leg, np.float64), (-1, 4)) for leg in legs]
    for path in paths:
        path[:, 0] = np.cumsum(path[:, 0])
    whole = Paths(
        count=np.array([len(path) for path in paths], np.int64),
        corners=np.concatenate([np.empty((0, 4)), *paths]),
        are_flown=True,
    )
    found = simplified(whole)
    for leg, path in enumerate(paths):
        kept = found.corners[found.begins[leg] : found.begins[leg + 1]]
        assert found.count[leg] == len(kept) <= len(path)
        if len(path):
            there = np.column_stack([np.interp(path[:, 0], kept[:, 0], kept[:, axis]) for axis in (1, 2, 3)])
            assert np.linalg.norm(there - path[:, 1:], axis=1).max() <= TOLERANCE_M + 1e-6


def test_flown_paths_are_those_of_the_tracks(saved: Saved) -> None:
    legs, flown = saved.columns("legs"), saved.columns("flown")
    paths = flown_paths(flown, legs)
    middle_s = (flown["t0_s"] + flown["t1_s"]) / 2
    assert len(paths.corners) < 0.8 * len(middle_s)
    for row, leg in enumerate(legs["leg"].tolist()):
        own = flown["leg"] == leg
        path = paths.corners[paths.begins[row] : paths.begins[row + 1]]
        for axis, name in ((1, "x"), (2, "y"), (3, "z")):
            flown_m = (flown[f"{name}0_m"][own] + flown[f"{name}1_m"][own]) / 2
            there_m = np.interp(middle_s[own], path[:, 0], path[:, axis])
            assert np.abs(there_m - flown_m).max(initial=0.0) <= TOLERANCE_M + 1e-6


def test_estimates_begin_and_end_where_and_when_the_legs_do_and_are_near_between(saved: Saved) -> None:
    tables = {name: saved.columns(name) for name in ("legs", "incidents")}
    legs = tables["legs"]
    guessed = estimated_paths(tables, saved.facts, routes_in(saved.facts))
    flown = flown_paths(saved.columns("flown"), legs)
    sites = {site["id"]: (site["x_m"], site["y_m"]) for group in saved.facts["sites"].values() for site in group}
    assert not guessed.are_flown
    apart_m = []
    for row in np.flatnonzero(legs["outcome"] == "landed").tolist():
        path = guessed.corners[guessed.begins[row] : guessed.begins[row + 1]]
        assert (path[0, 0], path[-1, 0]) == (legs["departed_s"][row], legs["landed_s"][row])
        assert (np.diff(path[:, 0]) >= 0).all()
        assert path[-1, 3] == 0.0
        assert tuple(path[-1, 1:3]) == pytest.approx(sites[legs["to"][row]], abs=0.01)
        if legs["from"][row] in sites:
            assert tuple(path[0, 1:3]) == pytest.approx(sites[legs["from"][row]], abs=0.01)
            true = flown.corners[flown.begins[row] : flown.begins[row + 1]]
            at_s = np.linspace(path[0, 0], path[-1, 0], 20)
            here, there = (
                np.column_stack([np.interp(at_s, each[:, 0], each[:, axis]) for axis in (1, 2)])
                for each in (path, true)
            )
            apart_m.append(np.linalg.norm(here - there, axis=1).max())
    assert len(apart_m) > 30
    assert np.median(apart_m) < 60.0
