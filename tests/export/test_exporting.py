"""Exports appear whole or not at all, say what they lack, and let no name do harm."""

from __future__ import annotations

import csv
import dataclasses
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import openpyxl
import pytest

import dronesim
from command import DATA, TINY, call
from dronesim.errors import InputError
from dronesim.experiment.run import run_day, write_day
from dronesim.export import FORMATS, Wishes, export_run, export_study
from dronesim.export.clock import day_clock, utc_texts
from dronesim.export.day import open_day
from dronesim.export.formats import beside
from dronesim.export.paths import SOURCES, end_times, paths_of
from export_reading import FEW, HOSTILE, frame, shown
from randomworlds.judging import request
from randomworlds.world import read_world

KEPT = DATA / "worlds"
GIVEN = Wishes(date="2026-06-01", zone="Asia/Shanghai", ground_m=0.0)
FORMULA = re.compile(r"[=+\-@\t\r]")
UNLIKELY = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def told(folder: Path, form: str, place: Path, **wishes: object) -> list[str]:
    """What is complained of where an export is refused."""
    with pytest.raises(InputError) as refused:
        dronesim.open_run(folder).export(form, place, **wishes)  # type: ignore[arg-type]
    return [str(problem) for problem in refused.value.problems]


# what is missing


@pytest.mark.parametrize("form", [form.name for form in FORMATS.values() if form.has_instants])
def test_a_format_of_instants_names_the_keys_that_are_missing(plain: Path, tmp_path: Path, form: str) -> None:
    date, zone = told(plain, form, tmp_path / "out", ground_m=0.0)
    assert "horizon.date: is not stated in the scenario of the run" in date
    assert "--date 2026-06-01 --zone Asia/Shanghai" in date
    assert "horizon.zone: " in zone
    (one,) = told(plain, form, tmp_path / "out", date="2026-06-01", ground_m=0.0)
    assert "horizon.zone: " in one
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", [form.name for form in FORMATS.values() if not form.has_instants])
def test_other_formats_have_seconds_since_midnight_and_say_so(plain: Path, tmp_path: Path, form: str) -> None:
    done = export_run(plain, FORMATS[form], tmp_path / "out")
    assert any("no horizon.date and horizon.zone" in note for note in done.notes)
    assert any("paths follow routes and milestones" in note for note in done.notes)
    if form == "csv":
        with (done.place / "flights.csv").open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        assert "departed_s" in header
        assert "departed" not in header


def test_date_and_zone_can_be_given_and_not_contradicted(plain: Path, hostile: Path, tmp_path: Path) -> None:
    place = dronesim.open_run(plain).export("kml", tmp_path / "day.kml", date="2026-06-01", zone="Asia/Shanghai")
    assert "<when>2026-06-01T02:" in place.read_text(encoding="utf-8")
    assert (
        "is 2026-06-01 in the run; leave --date out (found '2026-06-02')"
        in told(hostile, "kml", tmp_path / "no", date="2026-06-02")[0]
    )
    assert "must be a date as YYYY-MM-DD" in told(plain, "kml", tmp_path / "no", date="1st of June", zone="UTC")[0]
    assert "as the IANA names it" in told(plain, "kml", tmp_path / "no", date="2026-06-01", zone="Mars/../Base")[0]


def test_altitudes_of_intents_need_the_height_of_the_ground(hostile: Path, tmp_path: Path) -> None:
    (said,) = told(hostile, "f3548", tmp_path / "out")
    assert "ground_amsl_m, geoid_m: are not stated in the map of the run" in said
    assert "--ground-m 12.5" in said
    done = export_run(hostile, FORMATS["czml"], tmp_path / "day.czml")
    assert any("ground is taken to lie on the ellipsoid" in note for note in done.notes)


def test_the_height_of_the_ground_is_that_of_the_map(hostile: Path, plain: Path) -> None:
    day = open_day(plain, Wishes())
    world = dataclasses.replace(day.world, ground_amsl_m=40.0, geoid_m=-3.5)
    assert day.ground_m is None
    from dronesim.export.day import _ground_m

    assert _ground_m(world, Wishes(), label="day") == 36.5
    with pytest.raises(InputError, match=r"is 36.5 m by ground_amsl_m and geoid_m of the map; leave --ground-m out"):
        _ground_m(world, Wishes(ground_m=10.0), label="day")


def test_a_missing_extra_is_named(plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyogrio.raw", None)
    (said,) = told(plain, "gpkg", tmp_path / "day.gpkg")
    assert "pip install 'dronesim[gis]'" in said
    assert list(tmp_path.iterdir()) == []


def test_an_hour_put_forward_moves_no_opening_and_stretches_no_flight() -> None:
    """Berlin, 2026-03-29: at 02:00 it is 03:00."""
    horizon = {"date": "2026-03-29", "zone": "Europe/Berlin"}
    at_night = day_clock(horizon, opens_s=3600.0, date=None, zone=None, label="day")
    by_day = day_clock(horizon, opens_s=36000.0, date=None, zone=None, label="day")
    assert at_night is not None
    assert by_day is not None
    assert utc_texts(by_day.instants(np.array([36000.0]))) == ["2026-03-29T08:00:00.000Z"]
    found = at_night.instants(np.array([3600.0, 9000.0, np.nan]))
    assert at_night.local_texts(found) == ["2026-03-29T01:00:00.000+01:00", "2026-03-29T03:30:00.000+02:00", None]


# paths without tracks


def test_paths_by_routes_have_the_milestones_and_come_near_the_tracks(hostile: Path) -> None:
    """A drone speeds up and brakes, so in between it is up to some lengths of a street off; its times are not."""
    day = open_day(hostile, Wishes())
    legs, flown = day.legs_table, day.paths
    ended_s = end_times(legs, day.saved.columns("incidents"))
    made = paths_of(legs, day.facts, tracks=None, ended_s=ended_s)
    assert {SOURCES[number] for number in made.source.tolist()} == {"route", "straight"}
    np.testing.assert_array_equal(made.time_ms[made.first[:-1]], flown.time_ms[flown.first[:-1]])
    np.testing.assert_array_equal(made.time_ms[made.first[1:] - 1], flown.time_ms[flown.first[1:] - 1])
    whole = legs["outcome"] == "landed"
    landed_ms = np.rint(legs["landed_s"][whole] * 1000).astype(np.int64)
    np.testing.assert_array_equal(made.time_ms[made.first[1:] - 1][whole], landed_ms)
    for flight in range(len(legs["leg"])):
        one, other = (slice(*paths.first[flight : flight + 2].tolist()) for paths in (made, flown))
        times = np.linspace(flown.time_ms[other][0], flown.time_ms[other][-1], 40)
        gaps = [
            np.interp(times, made.time_ms[one], made.place_m[one, axis])
            - np.interp(times, flown.time_ms[other], flown.place_m[other, axis])
            for axis in range(3)
        ]
        assert np.hypot(gaps[0], gaps[1]).max() < 80.0
        assert np.abs(gaps[2]).max() < 2.0


@pytest.mark.parametrize("world", ["barred-way-home-and-one-pad", "caught-in-a-zone-without-grace"])
def test_flights_of_a_day_of_trouble_begin_and_end_when_they_did(tmp_path: Path, world: str) -> None:
    """Turned away, down on their way, taken along another route when a zone closed; maps without zones too."""
    place = write_day(run_day(request(read_world(KEPT / f"{world}.json"), tmp_path, has_tracks=True)), tmp_path / "run")
    for form in FORMATS.values():
        export_run(place, form, tmp_path / form.name, wishes=GIVEN)
    day = open_day(place, Wishes())
    legs, flown = day.legs_table, day.paths
    made = paths_of(legs, day.facts, tracks=None, ended_s=end_times(legs, day.saved.columns("incidents")))
    assert (legs["outcome"] != "landed").any()
    np.testing.assert_array_equal(made.first[1:] > made.first[:-1], flown.first[1:] > flown.first[:-1])
    flies = np.flatnonzero(np.diff(flown.first))
    for ends in (0, 1):
        times = [paths.time_ms[paths.first[flies + ends] - ends] for paths in (made, flown)]
        np.testing.assert_array_equal(*times)
    straight = made.source[flies] == SOURCES.index("straight")
    ends_m = [paths.place_m[paths.first[flies + 1] - 1, :2][~straight] for paths in (made, flown)]
    assert np.hypot(*(ends_m[0] - ends_m[1]).T).max() < 80.0


def test_a_day_without_a_flight_has_empty_layers(tmp_path: Path) -> None:
    day = dronesim.run(TINY, set={**FEW, "demand.orders": 0.01}, out=tmp_path / "run", report=False)
    assert day.tables["legs"].num_rows == 0
    for form in FORMATS.values():
        export_run(tmp_path / "run", form, tmp_path / form.name, wishes=GIVEN)
    assert json.loads((tmp_path / "mf-json").read_text(encoding="utf-8"))["features"] == []
    assert ElementTree.parse(tmp_path / "kml").getroot().tag.endswith("kml")  # noqa: S314


# places


@pytest.mark.parametrize("form", ["geojson", "kml"])
def test_a_failing_export_leaves_nothing(
    plain: Path, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(_day: object, place: Path) -> None:
        if FORMATS[form].is_folder:
            place.mkdir()
            place = place / "flights.geojson"
        place.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(FORMATS, form, dataclasses.replace(FORMATS[form], write=half))
    with pytest.raises(dronesim.OutputError, match="free some space"):
        export_run(plain, FORMATS[form], tmp_path / "out", wishes=GIVEN)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_and_a_folder_that_holds_something_is_refused(plain: Path, tmp_path: Path) -> None:
    (tmp_path / "day.kml").write_text("old")
    export_run(plain, FORMATS["kml"], tmp_path / "day.kml", wishes=GIVEN)
    assert (tmp_path / "day.kml").read_text(encoding="utf-8").startswith("<?xml")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").touch()
    for form in ("csv", "kml"):
        said = told(plain, form, tmp_path / "mine", date="2026-06-01", zone="UTC")
        assert "is there already and is not replaced; name another place with --out" in said[0]
    assert "is there already" in told(plain, "csv", tmp_path / "day.kml")[0]


def test_an_export_lies_beside_its_run_and_the_run_stays_as_it_is(plain: Path, tmp_path: Path) -> None:
    shutil.copytree(plain, tmp_path / "day")
    assert dronesim.open_run(tmp_path / "day").export("csv") == tmp_path / "day-csv"
    assert dronesim.open_run(tmp_path / "day").verify().is_clean
    assert sorted(path.name for path in (tmp_path / "day-csv").iterdir()) == [
        "flights.csv",
        "orders.csv",
        "sites.csv",
        "zones.csv",
    ]


# names


def test_a_place_beside_a_folder_is_never_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "day" / "inputs").mkdir(parents=True)
    for inside, name in (("day", "."), ("day/inputs", ".."), (".", "day"), (".", "day/")):
        monkeypatch.chdir(tmp_path / inside)
        assert beside(Path(name), "-csv").resolve() == tmp_path / "day-csv"


def test_no_field_of_a_sheet_is_a_formula(outputs: dict[str, Path]) -> None:
    texts = [field for row in rows_of(outputs["csv"]) for field in row if not is_number(field)]
    assert any(HOSTILE["T1"] in text for text in texts)
    assert [text for text in texts if FORMULA.match(text)] == []
    assert [text for text in texts if UNLIKELY.search(text)] == []


def rows_of(folder: Path) -> Iterator[list[str]]:
    for path in folder.iterdir():
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.reader(file)


def is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return field not in HOSTILE.values()


def test_markup_in_names_is_text(outputs: dict[str, Path]) -> None:
    text = outputs["kml"].read_text(encoding="utf-8")
    assert "<script" not in text
    known = {"Placemark", "Folder", "Document", "kml", "name", "Track", "when", "coord", "Data", "value", "Polygon"}
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(text).iter()}  # noqa: S314
    assert known <= tags
    packets = json.loads(outputs["czml"].read_text(encoding="utf-8"))
    described = [packet["description"] for packet in packets if "description" in packet]
    assert any("&lt;script&gt;" in about for about in described)
    assert not any("<script" in about for about in described)


@pytest.mark.parametrize("form", sorted(FORMATS.keys() - {"gpkg", "geoparquet"}))
def test_no_text_file_moves_the_cursor_of_a_terminal(outputs: dict[str, Path], form: str) -> None:
    place = outputs[form]
    for path in place.iterdir() if place.is_dir() else [place]:
        assert UNLIKELY.search(path.read_text(encoding="utf-8")) is None


def test_names_come_through_whole(outputs: dict[str, Path], hostile: Path) -> None:
    content = json.loads((outputs["geojson"] / "sites.geojson").read_text(encoding="utf-8"))
    names = {feature["properties"]["id"] for feature in content["features"]}
    assert names == {shown(HOSTILE[name]) for name in ("T1", "T2", "A1", "A2", "A3")}
    assert HOSTILE["A3"] in frame(hostile, "legs")["to"].tolist()


# studies


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study") / "sweep"
    dronesim.sweep(TINY, vary={"fleet.drones": [3, 5]}, replications=2, set={**FEW, "name": "=1+1<script>"}, out=folder)
    return folder


def test_a_workbook_has_the_answer_the_curve_and_every_day(study: Path, tmp_path: Path) -> None:
    done = export_study(study, tmp_path / "answer.xlsx")
    book = openpyxl.load_workbook(done.place)
    assert book.sheetnames == ["answer", "curve", "cost", "resources"]
    tables = {sheet.title: [list(row) for row in sheet.values] for sheet in book}
    content = json.loads((study / "sweep.json").read_text(encoding="utf-8"))
    curve = [dict(zip(tables["curve"][0], row, strict=True)) for row in tables["curve"][1:]]
    assert [row["fleet.drones"] for row in curve] == [3, 5]
    means = [point["service_share"]["mean"] for point in content["points"]]
    assert [row["service_share.mean"] for row in curve] == pytest.approx(means, rel=1e-14)
    cost = [dict(zip(tables["cost"][0], row, strict=True)) for row in tables["cost"][1:]]
    assert [row["drones_owned"] for row in cost] == [3, 3, 5, 5]
    for drones, point in zip((3, 5), content["points"], strict=True):
        shares = [row["service_share"] for row in cost if row["drones_owned"] == drones]
        assert np.mean(shares) == pytest.approx(point["service_share"]["mean"])
    assert [row["fleet.drones"] for row in cost] == [3, 3, 5, 5]
    assert "pad.T1" in tables["resources"][0]
    assert done.notes == ()


@pytest.mark.parametrize(("key", "values"), [("dispatch.policy", ["nearest", "greedy"]), ("demand.orders", [20, 500])])
def test_days_of_a_workbook_name_what_was_varied_defaults_too(
    key: str, values: list[str | int], tmp_path: Path
) -> None:
    dronesim.sweep(TINY, vary={key: values}, replications=1, set={"horizon.end": "10:40"}, out=tmp_path / "study")
    book = openpyxl.load_workbook(export_study(tmp_path / "study").place)
    for sheet in ("cost", "resources"):
        head, *rows = (list(row) for row in book[sheet].values)
        assert {row[head.index(key)] for row in rows} == set(values)
        assert [name for name in head if name.startswith(("dispatch.", "demand.", "fleet."))] == [key]


def test_a_text_in_a_workbook_is_no_formula(study: Path, tmp_path: Path) -> None:
    place = export_study(study, tmp_path / "answer.xlsx").place
    cells = [cell for sheet in openpyxl.load_workbook(place) for row in sheet for cell in row if cell.value is not None]
    names = [cell for cell in cells if str(cell.value).startswith("=1+1")]
    assert [(cell.value, cell.data_type) for cell in names] == [("=1+1<script>", "s")]
    assert {cell.data_type for cell in cells} <= {"s", "n", "b"}


def test_a_damaged_day_is_left_out_and_told_and_the_folder_stays_as_it_is(study: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(study, tmp_path / "study")
    first = min((copy / "replications").iterdir())
    first.write_bytes(first.read_bytes()[:-5] + b"\x00")
    before = sorted(copy.rglob("*"))
    done = export_study(copy)
    assert done.place == tmp_path / "study.xlsx"
    assert done.notes == (f"a finished day is damaged and left out: {first.name}",)
    assert sorted(copy.rglob("*")) == before
    assert openpyxl.load_workbook(done.place)["cost"].max_row == 4


# the verb


def test_the_verb_says_where_it_wrote_and_what_to_know(plain: Path, tmp_path: Path) -> None:
    answer = call("export", plain, "--format", "geojson", "--out", tmp_path / "day")
    assert (answer.code, answer.out) == (0, "")
    assert f"export: {tmp_path / 'day'}" in answer.err
    assert "note: times are seconds since local midnight alone" in answer.err
    refused = call("export", plain, "--format", "kml")
    assert refused.code == 2
    assert "horizon.date" in refused.err


def test_the_verb_tells_runs_from_studies(plain: Path, study: Path, tmp_path: Path) -> None:
    assert "this is the folder of a run; choose csv" in call("export", plain, "--format", "xlsx").err
    assert "this is the folder of a study; choose xlsx" in call("export", study, "--format", "kml").err
    assert "is not a run folder" in call("export", tmp_path, "--format", "csv").err
    assert "holds no answer of a study" in call("export", tmp_path, "--format", "xlsx").err
    said = call("export", study, "--format", "xlsx", "--date", "2026-06-01", "--out", tmp_path / "a.xlsx")
    assert "--date: is for runs, and xlsx is for studies" in said.err
    done = call("export", study, "--format", "xlsx", "--out", tmp_path / "a.xlsx")
    assert (done.code, (tmp_path / "a.xlsx").is_file()) == (0, True)


def test_the_verb_knows_every_format() -> None:
    from dronesim.cli.exporting import ExportFormat

    assert {str(form) for form in ExportFormat} == FORMATS.keys() | {"xlsx"}


def test_python_names_the_formats_and_needs_a_place(plain: Path, tmp_path: Path) -> None:
    day = dronesim.run(TINY, set=FEW)
    with pytest.raises(InputError, match="name a place for the export, or save the run first"):
        day.export("csv")
    assert (day.export("csv", tmp_path / "csv") / "flights.csv").is_file()
    assert "is not known; choose from geojson, geoparquet" in told(plain, "shp", tmp_path / "out")[0]
