"""README's table of trouble has a row for each kind of event and each fault, and names no key that there is not."""

from __future__ import annotations

import re
from pathlib import Path

from dronesim.scenario.air import FaultsTable
from dronesim.simulation.trouble import TROUBLES

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
MODEL = (Path(__file__).parents[2] / "docs" / "model.md").read_text(encoding="utf-8")
HOW_IT_ENDS = {"loss_share", "recovery_min"}
"""Keys of `[faults]` that tell what comes of a failure, not how often there is one."""


def first_cells() -> str:
    table = README.split("### What can go wrong")[1].split("\n###")[0]
    return "\n".join(line.split("|")[1] for line in table.splitlines() if line.startswith("|"))


def test_each_event_and_each_fault_has_a_row() -> None:
    named = set(re.findall(r"`([^`]+)`", first_cells()))
    assert set(TROUBLES) - named == set()
    assert FaultsTable.model_fields.keys() - HOW_IT_ENDS - named == set()


def test_each_key_that_is_named_is_one_of_the_model_page() -> None:
    keys = re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)`", first_cells())
    assert len(keys) > 5
    assert [key for key in keys if f"`{key}" not in MODEL] == []
