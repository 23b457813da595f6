"""The shape of the code: short bodies, few collaborators, one sentence a module, no circle of imports."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import networkx
import pytest

import dronesim

if TYPE_CHECKING:
    from grimp import ImportGraph

PACKAGE: Final = Path(dronesim.__file__).parent
FILES: Final = sorted(PACKAGE.rglob("*.py"))
LONGEST: Final = 40
"""Lines of a body, its docstring not counted."""
MOST_COLLABORATORS: Final = 5
GROUND_OF_VERIFY: Final = (
    *("errors", "record.arrow", "record.folder", "record.incidents", "record.saved", "record.tables"),
    *("record.plain", "record.targets", "record.what_is_there", "telling", "units"),
)
"""What the checker may know: how files are read, the words that they are told in, and units."""
GROUND_OF_METRICS: Final = (
    *(
        "record.columns",
        "record.exposure",
        "record.incidents",
        "record.kpis",
        "record.resources",
        "record.tables",
        "record.waits",
    ),
    *("units", "wear"),
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def found_in(paths: Iterable[Path], find: Callable[[ast.Module], list[str]]) -> dict[str, list[str]]:
    """List what is found by file, files without anything left out."""
    found = {str(path.relative_to(PACKAGE)): find(parsed(path)) for path in paths}
    return {name: what for name, what in found.items() if what}


def lines_of(function: Function) -> int:
    """Count the lines of a body from its first statement on."""
    has_docstring = ast.get_docstring(function) is not None
    body = function.body[1:] if has_docstring else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def long_bodies(tree: ast.Module) -> list[str]:
    functions = (node for node in ast.walk(tree) if isinstance(node, Function))
    return [f"{function.name}: {lines_of(function)} lines" for function in functions if lines_of(function) > LONGEST]


def test_no_body_is_longer_than_a_screen() -> None:
    assert found_in(FILES, long_bodies) == {}


# constructors


def classes_known(tree: ast.Module) -> set[str]:
    """Names of the classes of the program that a module defines or imports."""
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dronesim")
        for alias in node.names
    }
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    return {name for name in imported | own if name[0].isupper() and not name.isupper()}


def crowded_constructors(tree: ast.Module) -> list[str]:
    known = classes_known(tree)
    return [
        f"{kind.name}: {', '.join(found)}"
        for kind in ast.walk(tree)
        if isinstance(kind, ast.ClassDef)
        for function in kind.body
        if isinstance(function, ast.FunctionDef) and function.name == "__init__"
        if len(found := list(_collaborators(function, known))) > MOST_COLLABORATORS
    ]


def _collaborators(function: ast.FunctionDef, known: set[str]) -> Iterator[str]:
    """Name the arguments that are objects of the program; numbers, texts and lists of them are none."""
    arguments = function.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        names = {node.id for node in ast.walk(argument.annotation or argument) if isinstance(node, ast.Name)}
        if names & known:
            yield argument.arg


def test_no_constructor_of_the_simulation_takes_more_than_five_collaborators() -> None:
    """The dataclass `Scene` is the one thing that holds more: it is what the others take instead."""
    assert found_in((PACKAGE / "simulation").rglob("*.py"), crowded_constructors) == {}


# docstrings of modules


def vague_heads(tree: ast.Module) -> list[str]:
    """Give the first line of a module's docstring where it is no sentence, or more than one."""
    first = (ast.get_docstring(tree, clean=False) or "").split("\n")[0]
    is_one_sentence = first[-1:] in {".", "?"} and ". " not in first and first[0] != " "
    return [] if is_one_sentence else [first]


def test_the_first_line_of_a_module_says_in_one_sentence_what_it_is_for() -> None:
    assert found_in(FILES, vague_heads) == {}


# who imports whom


@pytest.fixture(scope="module")
def imports() -> ImportGraph:
    """All imports of the program; the tool for it comes with the development tools."""
    graph: ImportGraph = pytest.importorskip("grimp").build_graph("dronesim", cache_dir=None)
    return graph


def circles(graph: ImportGraph) -> list[list[str]]:
    """Find groups of modules that import each other, inside functions and for type checkers too."""
    edges = ((name, used) for name in graph.modules for used in graph.find_modules_directly_imported_by(name))
    groups = networkx.strongly_connected_components(networkx.DiGraph(edges))
    return sorted(sorted(group) for group in groups if len(group) > 1)


def test_no_modules_import_each_other_in_a_circle(imports: ImportGraph) -> None:
    assert circles(imports) == []


@pytest.mark.parametrize(("package", "ground"), [("verify", GROUND_OF_VERIFY), ("metrics", GROUND_OF_METRICS)])
def test_what_judges_a_run_imports_nothing_but_its_ground(
    imports: ImportGraph, package: str, ground: tuple[str, ...]
) -> None:
    own = f"dronesim.{package}"
    used = {
        found.removeprefix("dronesim.")
        for name in (own, *imports.find_descendants(own))
        for found in imports.find_modules_directly_imported_by(name)
        if not found.startswith(own)
    }
    assert sorted(used - set(ground)) == []


# planted


def test_a_long_body_is_found() -> None:
    body = "\n".join(f"    x{number} = {number}" for number in range(LONGEST + 1))
    assert long_bodies(ast.parse(f'def f():\n    """Say."""\n{body}\n')) == ["f: 41 lines"]
    assert long_bodies(ast.parse(f"def f():\n{body.rpartition(chr(10))[0]}\n")) == []


def test_a_crowded_constructor_is_found() -> None:
    names = ("Aa", "Bb", "Cc", "Dd", "Ee", "Ff")
    imported = f"from dronesim.simulation.all import {', '.join(names)}\n"
    arguments = ", ".join(f"{name.lower()}: {name} | None" for name in names)
    source = f"{imported}class G:\n    def __init__(self, {{}}) -> None:\n        pass\n"
    assert crowded_constructors(ast.parse(source.format(arguments))) == ["G: aa, bb, cc, dd, ee, ff"]
    assert crowded_constructors(ast.parse(source.format(arguments.replace("ff: Ff | None", "count: int")))) == []


def test_a_module_that_says_two_things_or_nothing_is_found() -> None:
    assert vague_heads(ast.parse('"""What a day is.\n\nMore of it."""')) == []
    for text in ('"""Does this. Does that."""', '"""Goes on over\ntwo lines."""', "x = 1", '""" ."""'):
        assert len(vague_heads(ast.parse(text))) == 1


def test_a_circle_is_found() -> None:
    graph = pytest.importorskip("grimp").ImportGraph()
    for name, used in (("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")):
        for module in (name, used):
            graph.add_module(module)
        graph.add_import(importer=name, imported=used)
    assert circles(graph) == [["a", "b", "c"]]
