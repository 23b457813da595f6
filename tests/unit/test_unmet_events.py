"""Stated events that met nobody: facts and the summary tell of them, and the checker compares them with incidents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dronesim
from dronesim.report.summary import summary_rows
from dronesim.verify import verify_run
from oracles.handmade_run import retold

TINY = Path(__file__).parents[1] / "data" / "tiny.toml"
EVENTS = """
[[events]]
kind = "divert"
at = "10:00:01"

[[events]]
kind = "airport_closed"
at = "10:30"
airport = "A1"
minutes = 5.0
"""


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> dronesim.Run:
    """Fly a day with a diversion before anybody is in the air, and a closed airport."""
    folder = tmp_path_factory.mktemp("unmet")
    told = TINY.read_text(encoding="utf-8").replace('"tiny.geojson"', f'"{TINY.with_suffix(".geojson")}"')
    (folder / "day.toml").write_text(told + EVENTS, encoding="utf-8")
    return dronesim.run(folder / "day.toml", out=folder / "run")


def test_an_event_before_anybody_flies_met_nobody_and_the_summary_says_so(day: dronesim.Run) -> None:
    assert [(row["kind"], row["at_s"]) for row in day.facts["unmet"]] == [("divert", 36_001.0)]
    rows = summary_rows(day.kpis, day.facts)
    assert rows["Events"] == "1 stated event met nobody: divert at 10:00 (no such drone is outbound)"
    assert "met nobody" in (day.folder / "report.html").read_text(encoding="utf-8")


def another(facts: dict[str, Any]) -> None:
    facts["unmet"].append({"kind": "return", "at_s": 37_000.0, "why": "the day was over"})


@pytest.mark.parametrize(
    ("change", "says"),
    [(lambda facts: facts.pop("unmet"), "met nobody, and facts do not tell"), (another, "and that is not so")],
)
def test_the_checker_misses_and_doubts_what_met_nobody(
    day: dronesim.Run, change: Callable[[dict[str, Any]], object], says: str, tmp_path: Path
) -> None:
    assert verify_run(day.folder).is_clean
    checks = verify_run(retold(day.folder, tmp_path / "copy", file="facts.json", change=change)).checks
    assert says in "\n".join(text for check in checks for text in check.violations)
