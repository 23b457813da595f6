"""Faults planted in the tables of a clean run, of which one rule alone tells what is wrong.

Other checks may stumble over the same row; asked for are the words of the rule whose matter it is.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dronesim.verify import verify_run
from oracles.handmade_run import tampered, write_handmade_run

Row = dict[str, Any]
Change = Callable[[list[Row]], object]

OUTBOUND, RANGES = "outbound legs of orders", "distances and range"


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_handmade_run(tmp_path_factory.mktemp("run") / "tracked", has_tracks=True)


def put(row: int, **values: Any) -> Change:
    """Change cells of one row."""
    return lambda rows: rows[row].update(values)


FAULTS: dict[str, tuple[str, Change, str, str]] = {
    "delivered by a leg that never landed": (
        "legs",
        put(0, outcome="lost"),
        OUTBOUND,
        "order 0 and leg 0: the leg is outbound and its outcome lost",
    ),
    "brought by an empty leg": (
        "legs",
        put(2, kind="deadhead"),
        OUTBOUND,
        "order 1 and leg 2: the leg is deadhead and its outcome landed",
    ),
    "no word on the range": ("orders", put(0, in_range=None), RANGES, "order 0: in_range is False"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_told_in_the_words_of_its_rule(name: str, tracked: Path, tmp_path: Path) -> None:
    table, change, check, says = FAULTS[name]
    report = verify_run(tampered(tracked, tmp_path / "copy", table=table, change=change))
    assert says in "\n".join(text for found in report.checks if found.name == check for text in found.violations)
