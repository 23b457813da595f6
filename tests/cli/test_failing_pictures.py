"""A picture that can't be drawn is told with its error, and costs nothing else."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from matplotlib.figure import Figure

import dronesim
from command import TINY, call, spawn
from dronesim.report import pictures

FEW = ("--set", "demand.orders=5", "--quiet")
TABLES = ("orders", "legs", "occupancy", "waits", "incidents", "scans")


def blank(_run: object) -> Figure:
    return Figure(figsize=(1.0, 1.0))


def broken(*_given: object, **_more: object) -> object:
    raise ZeroDivisionError("no room for it")


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let a picture of a run fail when it is drawn; the others are blank, for they only have to be there."""

    def make_fail(file: str) -> None:
        rows = [
            dataclasses.replace(row, draw=broken if file in (row.file, "all") else blank) for row in pictures.PICTURES
        ]
        monkeypatch.setattr(pictures, "PICTURES", tuple(rows))

    return make_fail


@pytest.mark.parametrize("file", [picture.file for picture in pictures.PICTURES])
def test_a_picture_that_fails_costs_a_run_nothing_else(file: str, fail: Callable[[str], None], tmp_path: Path) -> None:
    fail(file)
    answer = call("run", TINY, "--tracks", "--out", tmp_path / "run", *FEW)
    assert (answer.code, answer.out) == (0, "")
    place = f"test_failing_pictures.py:{broken.__code__.co_firstlineno + 1}"
    said = f"warning: {file} could not be drawn: ZeroDivisionError: no room for it ({place}); all else is kept"
    assert answer.err.splitlines() == [said]
    others = {picture.file for picture in pictures.PICTURES} - {file}
    assert others <= {path.name for path in (tmp_path / "run").glob("*.png")}
    page = (tmp_path / "run" / "report.html").read_text()
    assert f"{file} could not be drawn: ZeroDivisionError: no room for it" in page
    assert call("verify", tmp_path / "run").code == 0


def test_the_same_where_all_fail_from_python_and_when_a_page_is_drawn_again(
    fail: Callable[[str], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fail("all")
    day = dronesim.run(TINY, set={"demand.orders": 5}, out=tmp_path / "run")
    assert len(capsys.readouterr().err.splitlines()) == len(pictures.PICTURES)
    assert day.verify().is_clean
    answer = call("report", tmp_path / "run")
    assert (answer.code, answer.err.count("could not be drawn")) == (0, len(pictures.PICTURES))
    assert "could not be drawn" in day.report(tmp_path / "page.html").read_text()


def test_a_page_that_fails_costs_a_run_nothing_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("dronesim.report.page.page_html", broken)
    answer = call("run", TINY, "--out", tmp_path / "run", "--set", "demand.orders=5")
    assert answer.code == 0
    assert answer.out.startswith("Service ")
    assert answer.said.splitlines()[0].startswith("warning: report.html could not be drawn: ZeroDivisionError: no room")
    assert "report: " not in answer.said
    assert call("verify", tmp_path / "run").code == 0


EXPERIMENTS = {
    "sweep": (
        ("sweep", TINY, "--vary", "fleet.drones=3,4", "--vary", "airspace.mode=none,headway", "--replications", "2"),
        "sweep_picture.draw_factor",
        {"fleet.drones.png", "airspace.mode.png"},
    ),
    "compare": (
        ("compare", TINY, "--policy", "nearest,greedy", "--replications", "2"),
        "difference_picture.draw_differences",
        {"policy-differences.png"},
    ),
    "bottlenecks": (("bottlenecks", TINY, "--replications", "2"), "gains_picture.draw_gains", {"bottlenecks.png"}),
    "size": (
        ("size", TINY, "--target", "0.5", "--indifference", "20", "--max-replications", "10"),
        "fleet_curve.draw_fleet_curve",
        {"fleet-curve.png"},
    ),
}


@pytest.mark.parametrize("verb", EXPERIMENTS)
def test_a_picture_that_fails_costs_an_experiment_nothing_else(
    verb: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words, function, files = EXPERIMENTS[verb]
    words = (*words, "--out", tmp_path / "out", "--workers", "1", "--set", "demand.orders=20", "--json")
    whole = call(*words)
    assert {path.name for path in (tmp_path / "out").glob("*.png")} == files
    monkeypatch.setattr(f"dronesim.report.{function}", broken)
    answer = call(*words)
    assert (answer.code, answer.out) == (whole.code, whole.out)
    for file in files:
        assert f"warning: {file} could not be drawn: ZeroDivisionError: no room for it" in answer.said
    assert not list((tmp_path / "out").glob("*.png")), "those of the answer before are not left there"
    assert json.loads((tmp_path / "out" / f"{verb}.json").read_text()) == json.loads(answer.out)
    assert verb == "size" or pq.read_table(tmp_path / "out" / "results.parquet").num_rows


# what the environment or the current folder would draw with


def test_a_screen_that_is_not_installed_is_not_used(tmp_path: Path) -> None:
    backend = {"MPLBACKEND": "module://nowhere_at_all.backend"}
    answer = spawn("run", TINY, "--out", tmp_path / "run", *FEW, **backend)
    assert (answer.code, answer.said) == (0, "")
    assert (tmp_path / "run" / "map.png").is_file()
    words = ("--vary", "fleet.drones=3,4", "--replications", 2, "--workers", 1, "--out", tmp_path / "sweep")
    answer = spawn("sweep", TINY, *words, *FEW, **backend)
    assert (answer.code, answer.said) == (0, "")
    assert (tmp_path / "sweep" / "fleet.drones.png").is_file()


def test_settings_of_the_current_folder_change_no_picture(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\nlines.linewidth: 20\nfigure.facecolor: red\n")
    (tmp_path / "elsewhere").mkdir()
    for folder in (tmp_path, tmp_path / "elsewhere"):
        assert spawn("run", TINY, "--out", "run", *FEW, cwd=folder).code == 0
    names = [path.name for path in (tmp_path / "run").glob("*.png")]
    assert len(names) == len(pictures.PICTURES) - 2
    for name in names:
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "elsewhere" / "run" / name).read_bytes()


def test_where_nothing_can_be_drawn_at_all_the_day_is_kept(tmp_path: Path) -> None:
    """As where a package to draw with is broken."""
    (tmp_path / "matplotlib").mkdir()
    (tmp_path / "matplotlib" / "__init__.py").write_text("raise RuntimeError('broken')\n")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    answer = spawn("run", TINY, "--out", tmp_path / "run", *FEW, PYTHONPATH=path)
    assert answer.code == 0
    assert answer.said.startswith("warning: ")
    assert "RuntimeError: broken" in answer.said
    assert {path.stem for path in (tmp_path / "run").glob("*.parquet")} == set(TABLES)
    assert (tmp_path / "run" / "kpis.json").is_file()
    words = ("--vary", "fleet.drones=3,4", "--replications", 2, "--workers", 1, "--out", tmp_path / "sweep")
    answer = spawn("sweep", TINY, *words, *FEW, PYTHONPATH=path)
    assert answer.code == 0
    assert "fleet.drones.png could not be drawn: RuntimeError: broken" in answer.said
    assert (tmp_path / "sweep" / "results.parquet").is_file()


@pytest.mark.parametrize("mode", ["headway", "strategic"])
def test_a_day_without_a_flight_is_kept_with_its_tracks_and_pictures(mode: str, tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_text("order_id,placed,merchant,community\na,08:00,M1,C1\n")
    trace = ("--set", "demand.model=trace", "--set", f"demand.file={tmp_path / 'day.csv'}")
    words = ("--tracks", "--out", tmp_path / "run", "--set", f"airspace.mode={mode}", *trace)
    answer = call("run", TINY, *words)
    assert answer.code == 0
    assert "could not be drawn" not in answer.err
    assert pq.read_table(tmp_path / "run" / "flown.parquet").num_rows == 0
    assert call("verify", tmp_path / "run").code == 0
