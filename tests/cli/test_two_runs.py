"""Two runs on one page: every key figure with its difference, and the orders that they share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import dronesim
from command import TINY, call
from dronesim.experiment.repeating import numbers
from reading_pages import differing, read, seen, with_another_number, without_source


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with runs of the same orders under few drones and more, and one of another seed."""
    root = tmp_path_factory.mktemp("runs")
    for name, drones, seed in (("few", 3, 1), ("more", 5, 1), ("other", 5, 2)):
        dronesim.run(TINY, set={"fleet.drones": drones}, seed=seed, out=root / name, report=False)
    return root


def test_both_stand_on_one_page_with_every_key_figure(runs: Path) -> None:
    answer = call("report", runs / "few", runs / "more")
    page = runs / "few-and-more.html"
    assert (answer.code, answer.err) == (0, f"report: {page}\n")
    found = json.loads(page.with_suffix(".json").read_text())
    one, two = (json.loads((runs / name / "kpis.json").read_text()) for name in ("few", "more"))
    a, b = dict(numbers(one)), dict(numbers(two))
    del a["schema_version"], b["schema_version"]
    assert found["figures"].keys() == {*a, *b}
    for name, figure in found["figures"].items():
        assert (figure["a"], figure["b"]) == (a.get(name), b.get(name))
        if figure["a"] is not None and figure["b"] is not None:
            assert figure["difference"] == figure["b"] - figure["a"]
    assert found["differing"].keys() >= {"fleet.drones"}
    reader = read(page)
    assert list(differing(page)) == []
    assert list(without_source(page)) == []
    assert reader.bare == []
    assert [keyed for keyed in reader.found if not with_another_number(keyed).differs(page.parent)] == []
    assert len(reader.found) > 300
    text = page.read_text(encoding="utf-8")
    assert text.count('aria-label="Map of') == 2
    assert "://" not in text
    shares = [one["service"]["share"], two["service"]["share"]]
    assert f"{100 * shares[0]:.1f} % on time in A, {100 * shares[1]:.1f} % in B" in answer.out
    assert f"{100 * shares[0]:.1f} % on time in A, {100 * shares[1]:.1f} % in B" in seen(page)


def test_the_same_orders_are_paired_and_others_are_not(runs: Path) -> None:
    same = json.loads(call("report", runs / "few", runs / "more", "--out", runs / "page.html", "--json").out)
    one = json.loads((runs / "few" / "kpis.json").read_text())["service"]
    assert sum(same["orders"].values()) == one["orders"]
    assert same["orders"]["both"] + same["orders"]["a_alone"] == one["on_time"]
    assert (runs / "page.html").is_file()
    other = call("report", runs / "few", runs / "other", "--out", runs / "page.html", "--json")
    assert json.loads(other.out)["orders"] is None


def test_from_python_it_is_the_same_page(runs: Path) -> None:
    a, b = (dronesim.open_run(runs / name) for name in ("few", "more"))
    assert a.report(runs / "python.html", beside=b) == runs / "python.html"
    call("report", runs / "few", runs / "more", "--out", runs / "python2.html")
    written = [(runs / f"{name}.html").read_text() for name in ("python", "python2")]
    assert written[0] == written[1].replace("python2.json", "python.json")


def test_what_is_for_one_run_is_refused_for_two(runs: Path) -> None:
    refused = call("report", runs / "few", runs / "more", "--stress")
    assert (refused.code, "--stress: is for one run" in refused.err) == (2, True)
    wrong = call("report", runs / "few", runs / "more", "--out", runs / "page.json")
    assert wrong.code == 2
    assert "must end in .html" in wrong.err
    assert call("report", runs / "few", runs / "nowhere").code == 2
