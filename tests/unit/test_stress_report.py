"""The STRESS-DES report of real small runs: twenty items, none empty, every key with what belongs to it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from command import TINY, call
from dronesim.evidence import CAPABILITIES
from dronesim.report.stress import ITEMS, MISSING, stress_report
from dronesim.report.stress_inputs import algorithms, laws
from dronesim.scenario import load_scenario
from dronesim.scenario.keys import scenario_keys, stated_keys

EVENTS = Path(__file__).parents[1] / "golden" / "events.toml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with faults, closed airports and customers who cancel."""
    place = tmp_path_factory.mktemp("runs") / "events"
    assert call("run", EVENTS, "--out", place, "--quiet").code == 0
    return place


@pytest.fixture(scope="module")
def report(folder: Path) -> str:
    return stress_report(folder)


def sections(text: str) -> dict[str, str]:
    """Text of each item by its number and title."""
    parts = re.split(r"^### (\d\.\d .*)$", re.sub(r"^## .*$", "", text, flags=re.MULTILINE), flags=re.MULTILINE)
    return {title: body.strip() for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def rows(text: str) -> list[list[str]]:
    """Cells of the lines of Markdown tables."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_there_are_the_twenty_items_in_order_and_none_is_empty(report: str) -> None:
    found = sections(report)
    assert list(found) == [f"{number} {title}" for number, title in ITEMS.items()]
    assert len(found) == 20
    assert all(len(body) > 80 for body in found.values())


def test_every_key_stands_in_the_inputs_with_value_unit_letter_and_source(report: str, folder: Path) -> None:
    table = {row[0].strip("`"): row[1:] for row in rows(sections(report)["3.3 Input parameters"])}
    for stated in stated_keys(load_scenario(folder / "scenario.toml")):
        value, unit, letter, source, text = table[stated.path]
        assert value
        assert unit == stated.unit
        assert letter == (stated.key.letter or "-")
        assert stated.key.source in source or "planner" in source
        assert text


def test_numbers_with_a_unit_in_their_description_have_one_in_the_table() -> None:
    spoken = {"metres", "seconds", "minutes", "kilograms", "watts", "watt-hours"}
    for key in scenario_keys():
        words = set(re.findall(r"[a-z-]+", key.text))
        if spoken & words and "GeoJSON" not in key.text and not key.text.startswith("winds"):
            assert key.unit(1.0) not in {"number", "-"}, key


def test_values_of_the_planner_are_told_from_defaults(report: str) -> None:
    found = sections(report)
    differs = {row[0] for row in rows(found["2.3 Scenario logic"])}
    assert {"`batteries.packs`", "`dispatch.policy`", "`events[0].airport`"} <= differs
    assert "`batteries.swap_s`" not in differs
    assert "`batteries.swap_s`" in found["3.4 Assumptions"]
    assert "`batteries.packs`" not in found["3.4 Assumptions"]


def test_the_items_hold_the_runs_own_numbers(report: str, folder: Path) -> None:
    kpis = json.loads((folder / "kpis.json").read_text(encoding="utf-8"))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    found = sections(report)
    assert f"placed {kpis['orders']['placed']}" in found["2.1 Overview diagram"]
    assert f"{kpis['orders']['ground']} brought by road" in found["2.5 Components"]
    assert manifest["policy"]["source_sha256"] in found["2.4 Algorithms"]
    assert manifest["inputs"]["inputs/map.geojson"] in found["3.1 Data sources"]
    assert manifest["platform"]["system"] in found["5.4 System specification"]
    assert all(version in found["5.1 Software and language"] for version in manifest["packages"].values())
    assert any(each.title in found["3.4 Assumptions"] for each in CAPABILITIES)


def test_no_place_of_this_machine_is_in_the_inputs(report: str, folder: Path) -> None:
    assert str(folder.parent) not in sections(report)["3.3 Input parameters"]


def test_what_a_manifest_can_not_tell_is_called_missing(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "run")
    whole = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    bare = {name: whole[name] if name == "files" else "" for name in ("dronesim", "files")}
    (tmp_path / "run" / "manifest.json").write_text(json.dumps(bare), encoding="utf-8")
    found = sections(stress_report(tmp_path / "run"))
    for number in ("1.3", "3.1", "5.1", "5.4", "6.1"):
        assert MISSING in found[f"{number} {ITEMS[number]}"], number


@pytest.mark.parametrize(
    "setting",
    ["airspace.structure=free", "airspace.mode=none", "airspace.mode=strategic", "dispatch.policy=matching"],
)
def test_every_choice_of_algorithm_has_its_words(setting: str) -> None:
    told = dict(algorithms(load_scenario(TINY, [setting]), {}))
    assert len(told) == 5
    assert all(len(text) > 40 for text in told.values())


def test_laws_name_what_is_drawn_and_what_is_read() -> None:
    told = dict(laws(load_scenario(TINY, ["demand.mass={kind='constant', mass_kg=1.5}", "customers.patience_min=30"])))
    assert told["mass of a parcel"] == "constant, mass_kg 1.5"
    assert told["patience"] == "exponential, mean 30 min"


# the command


def test_the_items_go_to_standard_output_or_to_a_file(folder: Path, report: str, tmp_path: Path) -> None:
    assert call("report", folder, "--stress").out == report
    answer = call("report", folder, "--stress", "--out", tmp_path / "stress.md")
    assert (answer.code, answer.out) == (0, "")
    assert (tmp_path / "stress.md").read_text(encoding="utf-8") == report


@pytest.mark.parametrize(("words", "key"), [(["--out", "page.md"], "--out"), (["--stress", "--json"], "--json")])
def test_options_that_do_not_fit_are_refused_by_name(folder: Path, words: list[str], key: str) -> None:
    answer = call("report", folder, *words)
    assert answer.code == 2
    assert answer.complaints[0].startswith(f"command line: {key}: is ")


def test_a_folder_that_is_no_run_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    answer = call("report", tmp_path, "--stress", "--out", tmp_path / "stress.md")
    assert answer.code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_can_not_be_written_is_refused_first(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    answer = call("report", folder, "--stress", "--out", tmp_path / "file" / "stress.md")
    assert answer.code == 2
    assert "--out" in answer.complaints[0]
