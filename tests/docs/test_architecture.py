"""docs/architecture.md shows the rooms as the import contracts have them, and counts events as the engine does."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

from dronesim.simulation.clock import Clock
from dronesim.simulation.engine import Day
from lab import lab_inputs

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "architecture.md"
TEXT: Final = PAGE.read_text(encoding="utf-8")
PACKAGE: Final = ROOT / "src" / "dronesim"
DRAWN: Final = dict(re.findall(r"^```layers (\S+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
"""Layers as the page draws them, by the room they are in."""


def contracts() -> dict[str, list[str]]:
    """The layers that import-linter holds, by room; rooms whose every module must have a place."""
    settings: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rows = settings["tool"]["importlinter"]["contracts"]
    return {row["containers"][0]: row["layers"] for row in rows if row.get("exhaustive")}


@pytest.mark.parametrize("room", ["dronesim", "dronesim.simulation"])
def test_the_layers_drawn_are_those_of_the_contract(room: str) -> None:
    drawn = [re.split(r"  +", line)[0].strip() for line in DRAWN[room].splitlines()]
    assert drawn == contracts()[room]


def test_every_file_of_a_room_is_in_the_picture_of_it() -> None:
    for room, drawn in DRAWN.items():
        folder = PACKAGE.joinpath(*room.split(".")[1:])
        named = {name for line in drawn.splitlines() for name in re.split(r"  +", line)[0].split(" | ")}
        there = {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
        assert named == there - {"__init__"}


def test_links_lead_to_pages() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", TEXT):
        assert (PAGE.parent / target).is_file(), target


def test_files_that_are_named_are_there() -> None:
    named = re.findall(r"`((?:\w+/)+(?:\w+\.py)?)`", TEXT)
    assert len(named) > 15
    places = (PACKAGE, PACKAGE / "simulation")
    assert [name for name in named if not any((place / name).exists() for place in places)] == []


def test_the_clock_is_woken_three_times_an_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a calm day; placing is foreseen a little, so it adds less than one more."""
    woken = 0
    step = Clock.step

    def counted(clock: Clock) -> None:
        nonlocal woken
        woken += 1
        step(clock)

    monkeypatch.setattr(Clock, "step", counted)
    placed_s = tuple(36000.0 + 20.0 * number for number in range(300))
    Day(lab_inputs(placed_s)).run()
    assert 3.0 <= woken / len(placed_s) < 4.0
