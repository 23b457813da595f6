"""The notebooks of examples/ run from top to bottom, and show what they end in."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted(path.name for path in (ROOT / "examples").glob("*_notebook.py"))


def run_cells(path: Path) -> list[Any]:
    """Run a notebook as one does: cell by cell, and look at what each ends in."""
    names: dict[str, Any] = {"__name__": "__main__"}
    shown = []
    for cell in path.read_text(encoding="utf-8").split("# %%")[1:]:
        tree = ast.parse(f"#{cell}")
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, str(path), "exec"), names)  # noqa: S102
        if isinstance(last, ast.Expr):
            shown.append(eval(compile(ast.Expression(last.value), str(path), "eval"), names))  # noqa: S307
    return [value for value in shown if value is not None]


def as_shown(value: Any) -> str:
    """What a notebook takes first of what a value offers."""
    return value._repr_html_() if hasattr(value, "_repr_html_") else value._repr_png_()[:4].decode("latin-1")


def test_both_notebooks_are_tried() -> None:
    assert NOTEBOOKS == ["planner_notebook.py", "researcher_notebook.py"]


@pytest.mark.slow
def test_a_planner_sees_the_day_its_map_and_the_curve(fresh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = [as_shown(value) for value in run_cells(ROOT / "examples" / "planner_notebook.py")]
    assert [text[:21] for text in shown] == ['<div class="dronesim">'[:21], "\x89PNG", '<div class="dronesim">'[:21]]
    assert "on time: " in capsys.readouterr().out
    assert {"day", "day.gpkg", "day.kml", "map.png"} <= {path.name for path in (fresh / "runs" / "planner").iterdir()}


@pytest.mark.slow
def test_a_researcher_compares_checks_and_exports(fresh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shown,) = [as_shown(value) for value in run_cells(ROOT / "examples" / "researcher_notebook.py")]
    assert "soonest" in shown
    said = capsys.readouterr().out
    assert "checks, no violation" in said
    assert (fresh / "runs" / "researcher-flights" / "flights.parquet").is_file()
