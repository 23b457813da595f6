"""Each experiment writes one page, whose numbers are those of the JSON beside it."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dronesim
from command import TINY
from dronesim.defaults import CONFIDENCE
from dronesim.report import experiment_answers
from experiments import EXPERIMENTS, FEW, experiment
from export_reading import write_hostile
from reading_pages import STEERS, differing, harms, read, seen, with_another_number, without_source

pytestmark = pytest.mark.usefixtures("days_once")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Any, Path]]:
    """Gives the answer and the folder of an experiment, made once, on a map and a day whose names are out for harm."""
    root = tmp_path_factory.mktemp("experiments")
    scenario = write_hostile(root)
    return functools.cache(lambda name: (experiment(name, scenario, root / name), root / name))


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_has_a_page_whose_numbers_are_those_beside_it(
    name: str, made: Callable[[str], tuple[Any, Path]]
) -> None:
    _, folder = made(name)
    page = folder / f"{name}.html"
    reader = read(page)
    assert {keyed.file for keyed in reader.found} == {f"{name}.json"}
    assert list(differing(page)) == []
    assert list(without_source(page, 100 * CONFIDENCE)) == []
    assert reader.bare == []
    assert len(reader.found) >= 6
    text = page.read_text(encoding="utf-8")
    assert text.count("<figure>") == len(list(folder.glob("*.png")))
    assert "could not be drawn" not in text
    assert "None" not in seen(page)
    assert len(text) < 1_000_000


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_names_are_text_on_its_page_in_notebooks_and_as_files(
    name: str, made: Callable[[str], tuple[Any, Path]]
) -> None:
    answer, folder = made(name)
    page = (folder / f"{name}.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;" in page
    assert harms(page) == harms(answer._repr_html_()) == []
    assert not STEERS.search(page)
    assert all(re.fullmatch(r"[\w.-]+", path.name) for path in folder.rglob("*"))


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_any_number_that_is_changed_on_a_page_is_found(name: str, made: Callable[[str], tuple[Any, Path]]) -> None:
    _, folder = made(name)
    kept = [keyed for keyed in read(folder / f"{name}.html").found if not with_another_number(keyed).differs(folder)]
    assert kept == []


def test_two_scenarios_have_a_page_with_every_key_figure(tmp_path: Path) -> None:
    one, two = (dronesim.load_scenario(TINY, ["demand.orders=40", f"fleet.drones={drones}"]) for drones in (2, 4))
    found = dronesim.compare(one, two, replications=2, out=tmp_path / "out")
    page = tmp_path / "out" / "compare.html"
    assert list(differing(page)) == []
    assert all(name in seen(page) for name in found.figures)
    assert "fleet.drones 2 4" in seen(page)


def test_a_page_that_fails_costs_an_experiment_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_found: object) -> object:
        raise ZeroDivisionError("no room for it")

    monkeypatch.setattr(experiment_answers, "repeated_answer", broken)
    dronesim.repeat(TINY, replications=2, set=FEW, out=tmp_path / "out")
    assert "warning: intervals.html could not be drawn: ZeroDivisionError: no room for it" in capsys.readouterr().err
    assert not (tmp_path / "out" / "intervals.html").exists()
    assert (tmp_path / "out" / "intervals.json").is_file()
