"""Each experiment writes one page, whose numbers are those of the JSON beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dronesim
from command import TINY
from dronesim.report import experiment_answers
from reading_pages import differing, read, seen, with_another_number, without_source

FEW: dict[str, Any] = {"demand.orders": 40, "fleet.drones": 3}
EXPERIMENTS: dict[str, Callable[[Path], Any]] = {
    "size": lambda out: dronesim.size(
        TINY, target=0.5, between=(3, 4), indifference=0.2, most_replications=10, set=FEW, out=out
    ),
    "sweep": lambda out: dronesim.sweep(TINY, vary={"fleet.drones": [2, 4]}, replications=2, set=FEW, out=out),
    "compare": lambda out: dronesim.compare(TINY, policies=["nearest", "greedy"], replications=3, set=FEW, out=out),
    "bottlenecks": lambda out: dronesim.bottlenecks(TINY, replications=2, set=FEW, out=out),
    "drill": lambda out: dronesim.drill("courier-shortage", on=TINY, replications=2, verify=False, set=FEW, out=out),
    "year": lambda out: dronesim.year(TINY, days=2, set=FEW, out=out),
    "bound": lambda out: dronesim.bound(TINY, days=2, set=FEW, out=out),
    "intervals": lambda out: dronesim.repeat(TINY, replications=2, set=FEW, out=out),
}


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Gives the folder of an experiment, which is made once."""
    root = tmp_path_factory.mktemp("experiments")

    def place(name: str) -> Path:
        if not (root / name).is_dir():
            EXPERIMENTS[name](root / name)
        return root / name

    return place


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_has_a_page_whose_numbers_are_those_beside_it(name: str, places: Callable[[str], Path]) -> None:
    folder = places(name)
    page = folder / f"{name}.html"
    reader = read(page)
    assert {keyed.file for keyed in reader.found} == {f"{name}.json"}
    assert list(differing(page)) == []
    assert list(without_source(page)) == []
    assert reader.bare == []
    assert len(reader.found) >= 6
    text = page.read_text(encoding="utf-8")
    assert text.count("<figure>") == len(list(folder.glob("*.png")))
    assert "could not be drawn" not in text
    assert "://" not in text
    assert len(text) < 1_000_000


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_any_number_that_is_changed_on_a_page_is_found(name: str, places: Callable[[str], Path]) -> None:
    folder = places(name)
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
