"""``dronesim sweep`` and ``dronesim run --replications``: the same days everywhere, one tidy table."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from command import TINY, call, command, environment

FEW = ("--set", "demand.orders=20", "--quiet")


def test_a_sweep_leaves_a_tidy_table_a_picture_a_factor_and_an_answer(tmp_path: Path) -> None:
    vary = ("--vary", "fleet.drones=2:4:2", "--vary", "dispatch.policy=nearest,greedy")
    answer = call("sweep", TINY, *vary, "--replications", 3, "--out", tmp_path, "--workers", 1, *FEW, "--json")
    assert (answer.code, answer.err) == (0, "")
    table = pq.read_table(tmp_path / "results.parquet")
    assert table.num_rows == 2 * 2 * 3
    assert table.column_names[:5] == ["fleet_drones", "dispatch_policy", "seed", "replication", "day_factor"]
    assert set(table["day_factor"].to_pylist()) == {1.0}
    assert table["fleet_drones"].to_pylist() == [2] * 6 + [4] * 6
    days = np.array(table["orders_placed"].to_pylist()).reshape(4, 3)
    assert (days == days[0]).all()
    assert len(set(days[0])) > 1
    points = json.loads(answer.out)["points"]
    shares = np.array(table["service_share"].to_pylist()).reshape(4, 3)
    assert [point["service_share"]["mean"] for point in points] == pytest.approx(shares.mean(axis=1))
    assert {path.name for path in tmp_path.glob("*.png")} == {"fleet.drones.png", "dispatch.policy.png"}


def test_the_picture_of_a_swept_map_is_no_picture_of_the_map(tmp_path: Path) -> None:
    for name in ("one", "two"):
        shutil.copy(TINY.with_name("tiny.geojson"), tmp_path / f"{name}.geojson")
    vary = ("--vary", f"map={tmp_path / 'one.geojson'},{tmp_path / 'two.geojson'}")
    answer = call("sweep", TINY, *vary, "--replications", 2, "--out", tmp_path / "out", "--workers", 1, *FEW)
    assert (answer.code, answer.err) == (0, "")
    assert [path.name for path in (tmp_path / "out").glob("*.png")] == ["by-map.png"]


def test_tables_are_the_same_bytes_for_any_number_of_workers(tmp_path: Path) -> None:
    for workers in (1, 2):
        out = ("--out", tmp_path / str(workers), "--workers", workers)
        assert call("sweep", TINY, "--vary", "fleet.drones=2,3", "--replications", 3, *out, *FEW).code == 0
    first, second = (tmp_path / name / "results.parquet" for name in ("1", "2"))
    assert first.read_bytes() == second.read_bytes()


def test_two_sweeps_share_what_is_done(tmp_path: Path) -> None:
    out = ("--out", tmp_path, "--workers", 1, *FEW)
    assert call("sweep", TINY, "--vary", "fleet.drones=2,3", "--replications", 2, *out).code == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "replications").iterdir()}
    assert call("sweep", TINY, "--vary", "fleet.drones=3,4", "--replications", 2, *out).code == 0
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "replications").iterdir()}
    assert (len(before), len(after)) == (4, 6)
    assert before.items() <= after.items()


def test_two_sweeps_at_the_same_time_share_a_folder(tmp_path: Path) -> None:
    """Each has all of its days, whoever ran them; what the last one writes is whole."""
    words = command(
        "sweep",
        TINY,
        "--vary",
        "fleet.drones=2:5",
        "--replications",
        3,
        "--out",
        tmp_path,
        "--workers",
        1,
        "--json",
        *FEW,
    )
    both = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment()) for _ in range(2)]
    answers = [running.communicate(timeout=60)[0] for running in both]
    assert [running.returncode for running in both] == [0, 0]
    assert json.loads(answers[0]) == json.loads(answers[1])
    assert len(list((tmp_path / "replications").iterdir())) == 12
    assert pq.read_table(tmp_path / "results.parquet").num_rows == 12
    assert not list(tmp_path.rglob(".*"))


def test_a_latin_hypercube_runs_its_points(tmp_path: Path) -> None:
    vary = ("--vary", "fleet.drones=2:6", "--vary", "airspace.separation_m=20.0:40.0", "--sample", "lhs:4")
    answer = call("sweep", TINY, *vary, "--replications", 2, "--out", tmp_path, "--workers", 1, *FEW)
    assert answer.code == 0
    assert pq.read_table(tmp_path / "results.parquet").num_rows == 8


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--vary", "fleet.dornes=1,2"), "did you mean"),
        (("--vary", "fleet.drones=0,2"), "fleet.drones"),
        (("--vary", "fleet.drones=1", "--vary", "fleet.drones=2"), "more than once"),
        (("--vary", "fleet.drones"), "must look like"),
        (("--vary", "fleet.drones=1,2", "--sample", "grid"), "lhs:100"),
    ],
)
def test_a_planners_mistake_is_named_before_anything_is_run(
    options: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    answer = call("sweep", TINY, *options, "--out", tmp_path, "--workers", 1)
    assert answer.code == 2
    assert told in answer.err
    assert "Traceback" not in answer.err


def test_replications_give_every_key_figure_an_interval(tmp_path: Path) -> None:
    answer = call("run", TINY, "--replications", 4, "--out", tmp_path, "--workers", 1, *FEW, "--json")
    assert (answer.code, answer.err) == (0, "")
    share = json.loads(answer.out)["figures"]["service.share"]
    days = pq.read_table(tmp_path / "results.parquet")["service_share"].to_pylist()
    assert share["count"] == len(days) == 4
    assert share["mean"] == pytest.approx(np.mean(days))
    assert share["low"] < share["mean"] < share["high"]
    told = call("run", TINY, "--replications", 4, "--out", tmp_path, "--workers", 1, "--set", "demand.orders=20")
    assert "mean of 4 days (95 % interval)" in told.out


def test_a_mean_below_the_target_exits_with_3_where_that_is_asked_for(tmp_path: Path) -> None:
    days = ("--replications", 2, "--out", tmp_path, "--workers", 1, *FEW, "--quiet", "--check")
    answer = call("run", TINY, *days, "--set", "service.limit_min=1")
    assert (answer.code, answer.out) == (3, "")
    assert answer.err == "target missed: 0.0 % on time in the mean of 2 days, target 95 %\n"
    assert call("run", TINY, *days, "--set", "service.limit_min=60", "--set", "service.target=0.1").code == 0


def test_days_without_a_level_miss_every_target_where_that_is_asked_for(tmp_path: Path) -> None:
    nobody = ("--set", "service.radius_m=1", "--set", "service.target=0.01")
    answer = call("run", TINY, "--replications", 2, "--out", tmp_path, "--workers", 1, "--quiet", "--check", *nobody)
    assert (answer.code, answer.out) == (3, "")
    assert answer.err.startswith("target missed: ")


def test_days_without_orders_have_no_level_and_do_no_harm(tmp_path: Path) -> None:
    out = ("--replications", 2, "--out", tmp_path, "--workers", 1, "--set", "service.radius_m=1")
    assert "no orders" in call("run", TINY, *out).out
    assert call("sweep", TINY, "--vary", "fleet.drones=2,3", *out).code == 0
