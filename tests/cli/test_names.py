"""Chinese, Arabic, emoji, long and hostile names go through every table, page and picture, and steer no terminal."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from command import DATA, Terminal, call
from dronesim.cli.output import show
from dronesim.cli.progress import DayProgress
from dronesim.letters import cells

NAMES = {
    "T1": "龙岗·起飞点一号",
    "T2": "مطار التوصيل",
    "A1": "🍜 面馆 🚁",
    "A2": "万科第五园社区机场" * 8,
    "A3": '<script>alert("$x^2$")</script> {{1}} \\frac [/bold]',
}


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny district with names as planners have them."""
    folder = tmp_path_factory.mktemp("names")
    collection = json.loads((DATA / "tiny.geojson").read_text())
    for feature in collection["features"]:
        stated = feature["properties"]
        stated.update(
            {key: NAMES[stated[key]] for key in ("id", "takeoff_point", "airport") if stated.get(key) in NAMES}
        )
    (folder / "names.geojson").write_text(json.dumps(collection, ensure_ascii=False))
    text = (DATA / "tiny.toml").read_text().replace("tiny.geojson", "names.geojson")
    (folder / "names.toml").write_text(text.replace('name = "tiny"', 'name = "龙岗 [/bold] مدينة"'))
    return folder / "names.toml"


def test_columns_stand_below_their_heads(scenario: Path) -> None:
    lines = call("validate", scenario).out.splitlines()
    begins = next(number for number, line in enumerate(lines) if line.startswith("take-off point"))
    for table in (lines[begins : begins + 3], lines[begins + 4 : begins + 8]):
        assert len({cells(line) for line in table}) == 1, table


def test_a_run_tells_nothing_but_letters_without_a_font(scenario: Path, tmp_path: Path) -> None:
    answer = call("run", scenario, "--set", "demand.orders=5", "--out", tmp_path / "run")
    left = [line for line in answer.said.splitlines() if not line.startswith("warning: no font on this machine has ")]
    assert (answer.code, left) == (0, [f"report: {tmp_path / 'run' / 'report.html'}"])
    page = (tmp_path / "run" / "report.html").read_text()
    assert "<script>alert" not in page
    assert NAMES["T1"] in page
    assert NAMES["T2"] in page
    assert call("verify", tmp_path / "run").code == 0


def test_joiners_and_wide_blanks_are_letters_of_paths_and_names(tmp_path: Path) -> None:
    folder = tmp_path / "می\u200cخواهم　一号"
    folder.mkdir()
    for name in ("tiny.toml", "tiny.geojson"):
        (folder / name).write_text((DATA / name).read_text())
    run = ("run", folder / "tiny.toml", "--set", "demand.orders=5", "--set", f'name="{folder.name}"', "-q")
    assert call(*run, "--out", tmp_path / "runs" / "one").code == 0
    assert folder.name in call("list", "runs", tmp_path / "runs").out


def test_a_bar_of_progress_takes_a_name_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", Terminal())
    with DayProgress("[/bold] \x1b[31m 龙岗", is_quiet=False) as progress:
        progress.update(0.5)


def test_what_steers_a_terminal_is_told_as_an_escape() -> None:
    answer = call("validate", "no\x1b[31m\u202efile.toml")
    assert answer.complaints == ["no\\x1b[31m\\u202efile.toml: file: there is no such file"]


def test_letters_that_a_terminal_does_not_have_are_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    show("龙岗")
    stream.flush()
    assert stream.buffer.getvalue() == b"\\u9f99\\u5c97\n"
