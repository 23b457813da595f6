"""What the package defines is used by the package: nothing is kept alive by tests alone.

A name counts as used where code of the package reads, calls or states it; an import alone and ``__all__`` don't. Names
are told apart by their letters only, so one that a living thing shares is passed over.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import dronesim

PACKAGE: Final = Path(dronesim.__file__).parent

FOR_OTHERS: Final = {
    "DispatchByPoint": "learners ask for it",
    "observe": "PettingZoo calls it",
    "fork": "for searches",
    "ride_by": "policies ask for it",
    "home_by": "policies ask for it",
    "SteadyRoutes": "for days that are built without a map, as benchmarks and tests do",
    "mark_verdicts": "writes the marks of docs/validation.md",
    "policy_free_mean_min": "a check of docs/validation.md holds it against a published figure",
    "detect_conflicts": "a function for studies of avoidance in the air, as the README says",
    "get_code": "Python's import calls it",
    "load_overload": "numba calls it",
    "on_start": "numba calls it",
    "on_end": "numba calls it",
    "define_pipelines": "numba calls it",
}
"""What the package itself does not use, and whom it is for."""


def defined(source: str) -> Iterator[str]:
    """List public functions, classes, methods and constants; commands are called by the command line's own library."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not any(map(_is_command, node.decorator_list)):
            yield node.name
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def _is_command(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and getattr(decorator.func, "attr", "") in ("command", "callback")


def used(source: str) -> Iterator[str]:
    """List the names that code reads, and strings that could be one, such as those of `getattr`."""
    tree = ast.parse(source)
    stated = [node for node in tree.body if not _is_all(node)]
    for node in (found for statement in stated for found in ast.walk(statement)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg is not None:
            yield node.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield node.value


def _is_all(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"


def dead(sources: Mapping[str, str]) -> dict[str, str]:
    """Find public names that nothing uses, each with the place that defines it."""
    living = {name for source in sources.values() for name in used(source)}
    return {
        name: place
        for place, source in sources.items()
        for name in defined(source)
        if not name.startswith("_") and name not in living
    }


def _sources() -> dict[str, str]:
    return {str(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}


def test_nothing_is_kept_alive_by_tests_alone() -> None:
    found = dead(_sources())
    assert {name: place for name, place in found.items() if name not in FOR_OTHERS} == {}, "use it, or let it go"


def test_what_is_for_others_is_there_and_not_used() -> None:
    assert sorted(FOR_OTHERS.keys() - dead(_sources()).keys()) == []


def test_planted_dead_code_is_found() -> None:
    sources = {
        "a.py": "from b import lost\n__all__ = ['lost']\nclass A:\n    def old(self): ...\n    def _own(self): ...\n",
        "b.py": "def lost(): ...\ndef kept(): ...\nA().fresh\nGONE = 1\ntable = {'kept': 3}\n",
    }
    assert dead(sources) == {"lost": "b.py", "old": "a.py", "GONE": "b.py", "table": "b.py"}
