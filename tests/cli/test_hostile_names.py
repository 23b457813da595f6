"""Names that are out for harm do none: not on any page, in a notebook, on a terminal, in a picture or as a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dronesim
from command import call
from dronesim.experiment.notebook import answer_html
from dronesim.export.texts import FORMULA_BEGINS, in_a_cell, in_xml
from dronesim.letters import printable
from dronesim.report.drawing import house_style, new_figure
from dronesim.report.experiment_page import Answer, Table, experiment_html
from dronesim.report.inline import inline_svg
from dronesim.report.svg import text
from experiments import FEW
from export_reading import write_hostile
from reading_pages import STEERS, differing, harms, read

PIECES = (
    "<script>alert(1)</script>",
    "</svg></td></table>",
    "<img src=x onerror=alert(1)>",
    "\" onload='alert(2)' x=\"",
    "javascript:alert(3)",
    "{{ 7 * 7 }}{% raw %}",
    "]]></name>-->",
    "&lt;b&gt;",
    "=1+1",
    "@SUM(A1)",
    "\n",
    "\t",
    "\x1b[31mred\x07",
    "\N{RIGHT-TO-LEFT OVERRIDE}txt",
    "\N{GRINNING FACE}",
    "\u0645\u0631\u062d",
    "$x_1^$ \\frac{",
    "../../etc",
    "long" * 75,
)
NAMES = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), min_size=1, max_size=4).map("".join)


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_hostile(tmp_path_factory.mktemp("hostile"))


def test_pages_of_one_run_and_of_two_keep_names_as_text(scenario: Path, tmp_path: Path) -> None:
    out = tmp_path / "<b>run"
    day = dronesim.run(scenario, set=FEW, tracks=True, out=out)
    for page in (out / "report.html", day.report(tmp_path / "two.html", beside=day)):
        content = page.read_text(encoding="utf-8")
        assert harms(content) == []
        assert not STEERS.search(content)
        assert "could not be drawn" not in content
        assert list(differing(page)) == []
        read(page)
    assert harms(day._repr_html_()) == []


@pytest.mark.parametrize("words", [("run",), ("sweep", "--vary", "fleet.drones=3,4"), ("bound",), ("compare",)])
def test_a_terminal_is_steered_by_none(words: tuple[str, ...], scenario: Path, tmp_path: Path) -> None:
    verb, *more = words
    days = [] if verb == "run" else ["--days", 2] if verb == "bound" else ["--replications", 2]
    settings = [word for key, value in FEW.items() for word in ("--set", f"{key}={value}")]
    answer = call(verb, scenario, *more, *days, *settings, "--out", tmp_path / "out")
    assert answer.code == 0
    assert not STEERS.search(answer.out + answer.err)


@given(name=NAMES)
def test_whatever_the_names_are_pages_and_notebooks_are_text(name: str) -> None:
    table = Table(caption=name, heads=[name, name], rows=[(name, name)] * 2, texts=1)
    page = experiment_html(Answer(name=name, kind=name, answer=name, notes=[name], tables=[table], lines=[name]))
    shown = answer_html({"name": name, name: name, "rows": [{name: name}]}, title=name)
    assert harms(page) == harms(shown) == []
    assert not STEERS.search(page + shown)


@given(name=NAMES)
def test_whatever_the_names_are_pictures_files_and_terminals_hold_them(name: str) -> None:
    assert not STEERS.search(printable(name))
    assert not in_a_cell(name).startswith(FORMULA_BEGINS)
    assert "<" not in in_xml(name)
    assert not STEERS.search(in_xml(name))
    assert harms(text(0.0, 0.0, name)) == []


def test_a_title_of_a_picture_is_text() -> None:
    for name in PIECES:
        with house_style():
            figure = new_figure(3.0, 2.0)
            figure.subplots().set_title(name[:60])
        assert harms(inline_svg(figure, name="a.png", title=name)) == []
