"""The page about policies: its table has every member of a view and every decision, and its example is sound."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, get_type_hints

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

import dronesim
from dronesim.dispatch import POLICIES, Decisions, DispatchView
from dronesim.dispatch.view import DispatchView as View
from dronesim.simulation import simulate
from lab import lab_inputs

TEXT: Final = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")


def named(heading: str) -> set[str]:
    """The names in the first column of the table under a heading."""
    rows = TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0].splitlines()
    cells = [row.split("|")[1] for row in rows if row.startswith("| `")]
    return {name for cell in cells for name in re.findall(r"`(\w+)", cell)}


def public(kind: type) -> set[str]:
    return {name for each in kind.__mro__ for name in vars(each) if not name.startswith("_")}


def test_the_table_has_every_member_of_a_view() -> None:
    plain = {"now_ms", "ready", "free_drones", "recallable", "refusable", "due_drones"}
    assert named("What a view tells") == public(DispatchView) | plain


def test_the_table_has_every_decision() -> None:
    assert named("What it may decide") == public(Decisions)


def test_columns_are_named() -> None:
    """Those with a prefix are told by it, as `_in_use`."""
    for name in ("orders", "drones", "takeoff_points", "airports", "weather", "outcomes", "demand", "positions"):
        (row,) = [line for line in TEXT.splitlines() if line.startswith(f"| `{name}` ")]
        kind = get_type_hints(vars(View).get(name, getattr(View, name)).func)["return"]
        told = re.findall(r"`(\w+)`", row)
        for each in fields(kind):
            is_load = each.name.endswith(("_in_use", "_booked_s")) or each.name in ("pads", "loaders", "unloaders")
            assert each.name in told or is_load, (name, each.name)


EXAMPLES: Final = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)


@pytest.mark.parametrize(("example", "name"), list(zip(EXAMPLES, ("unhurried", "choosy", "permitted"), strict=True)))
def test_the_examples_are_sound(example: str, name: str) -> None:
    names: dict[str, object] = {"__name__": "example"}
    exec(compile(example, "docs/policies.md", "exec"), names)  # noqa: S102
    found = dronesim.check_policy(names[name])  # type: ignore[arg-type]
    assert found.is_sound, found.lines()


def test_the_policy_of_the_readme_decides_as_index_does() -> None:
    """At every view of a busy day of a shared fleet: what is shown is what ships."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"def most_worth\(.*?\n    return decisions\n", readme, flags=re.DOTALL)
    names: dict[str, Any] = {
        "np": np,
        "linear_sum_assignment": linear_sum_assignment,
        "Decisions": Decisions,
        "DispatchView": DispatchView,
    }
    exec(text, names)  # noqa: S102
    views = 0

    def both(view: DispatchView) -> Decisions:
        nonlocal views
        decided = POLICIES["index"](view)
        assert list(names["most_worth"](view)) == list(decided)
        views += bool(len(decided))
        return decided

    rng = np.random.default_rng(8)
    simulate(
        lab_inputs(
            np.sort(rng.uniform(36_000.0, 38_000.0, 50)),
            homes_xy=((0.0, 0.0), (600.0, 0.0)),
            policy=both,
            rules={"fleet": {"drones": (4, 0), "is_shared": True}, "horizon": {"drain_s": 100_000.0}},
            orders={"takeoff_point": (rng.random(50) < 0.7).astype(int), "airport": rng.integers(0, 2, 50)},
        )
    )
    assert views > 20
