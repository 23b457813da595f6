"""A default stands once: a key, an option, a parameter and a rule with one name and one value read it from one place.

Looked at are the fields of classes, keys of a scenario among them, the parameters of functions, the options of the
command line, and public constants. `verify` is left out: it writes its own, so that it can find the others wrong.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

import dronesim
from dronesim.aircraft import Handling
from dronesim.aircraft.model import CORNER_CUT_M, PATH_ERROR_M
from dronesim.aircraft.power import AIR_DENSITY
from dronesim.defaults import DRONE_TYPE, STRUCTURE
from dronesim.scenario import ground
from dronesim.scenario.air import AirspaceTable, FleetTable, WeatherTable
from dronesim.scenario.features import Airway
from dronesim.world import AirwayRules

PACKAGE: Final = Path(dronesim.__file__).parent
TRIVIAL: Final = (None, True, False, 0, 1, -1, "", (), [], {})
"""Values that say no more than nothing, none or one."""


class Stated(NamedTuple):
    """A default as code states it."""

    name: str
    value: Any
    place: str
    is_constant: bool


def stated_in(source: str, place: str) -> Iterator[Stated]:
    """List the defaults that are written out, not read from somewhere else."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for item in node.body:
                if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and not _is_tag(item):
                    yield from _stated(item.target.id, _declared(item.value), f"{place}: {node.name}")
        elif isinstance(node, ast.FunctionDef | ast.Lambda):
            known = node.args
            pairs = [*zip(reversed([*known.posonlyargs, *known.args]), reversed(known.defaults), strict=False)]
            pairs += [(name, value) for name, value in zip(known.kwonlyargs, known.kw_defaults, strict=True) if value]
            for parameter, value in pairs:
                yield from _stated(parameter.arg, value, f"{place}: {getattr(node, 'name', 'lambda')}")
    for node in tree.body:
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0] if _is_assignment(node) else None
        if isinstance(target, ast.Name) and not target.id.startswith("_"):
            yield from _stated(target.id, node.value, place, is_constant=True)


def _is_tag(field: ast.AnnAssign) -> bool:
    """Tell whether a field can have one value only, by which kinds of a table are told apart."""
    kind = field.annotation
    is_literal = isinstance(kind, ast.Subscript) and getattr(kind.value, "id", "") == "Literal"
    return is_literal and isinstance(kind.slice, ast.Constant)


def _is_assignment(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign)


def _declared(value: ast.expr | None) -> ast.expr | None:
    """Give the default of a field, also where it is declared by ``about``."""
    is_about = isinstance(value, ast.Call) and getattr(value.func, "id", "") in ("about", "field", "Field")
    return (value.args or [None])[0] if is_about else value


def _stated(name: str, value: ast.expr | None, place: str, *, is_constant: bool = False) -> Iterator[Stated]:
    try:
        found = ast.literal_eval(value) if value is not None else None
    except ValueError:
        return
    if not any(found == trivial for trivial in TRIVIAL):
        yield Stated(name.lower(), found, place, is_constant)


def twice(sources: Mapping[str, str]) -> list[str]:
    """List the pairs of defaults with one name, or one that ends with the other, and one value."""
    found = [stated for place, source in sources.items() for stated in stated_in(source, place)]
    return [
        f"{one.name} = {one.value!r} in {one.place} and {other.place}"
        for one, other in combinations(found, 2)
        if one.value == other.value and _same_name(one.name, other.name) and not (one.is_constant and other.is_constant)
    ]


def _same_name(one: str, other: str) -> bool:
    return one == other or one.endswith(f"_{other}") or other.endswith(f"_{one}")


def test_no_default_stands_twice() -> None:
    paths = [path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] != "verify"]
    assert twice({str(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8") for path in paths}) == []


@pytest.mark.parametrize(
    ("key", "default"),
    [
        (AirspaceTable().corner_cut_m, CORNER_CUT_M),
        (AirspaceTable().path_error_m, PATH_ERROR_M),
        (Handling().path_error_m, PATH_ERROR_M),
        (AirspaceTable().structure, STRUCTURE),
        (WeatherTable().air_density_kgm3, AIR_DENSITY),
        (FleetTable().drone_type, DRONE_TYPE),
        (Airway(id="W", kind="airway").level_rule, AirwayRules().level_rule),
        (ground.LognormalMinutes().mean_min, ground.PREPARATION_MIN),
    ],
)
def test_keys_read_the_defaults_of_the_model(key: object, default: object) -> None:
    assert key is default


PLANTED: Final = {
    "PATH_ERROR_M = 0.4": "class T:\n    path_error_m: float = about(0.4, 'metres')",
    "class Handling:\n    path_error_m: float = 0.4": "class T:\n    path_error_m: float = about(0.4, 'metres')",
    "def f(*, days=20): ...": "def g(days: Annotated[int, option('--days')] = 20): ...",
    "MOST_ORDERS = 5000": "class T:\n    orders: int = 5000",
    "def f(kind='hexa'): ...": "KIND: Final = 'hexa'",
}


@pytest.mark.parametrize("one", PLANTED)
def test_a_planted_second_is_found(one: str) -> None:
    assert len(twice({"one.py": one, "other.py": PLANTED[one]})) == 1
    assert twice({"one.py": one, "other.py": "class T:\n    path_error_m: float = about(PATH_ERROR_M)"}) == []
