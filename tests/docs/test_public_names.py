"""The names of `dronesim` itself: few, explained with an example that works, and free until they are used."""

from __future__ import annotations

import doctest
import inspect
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

import dronesim
from command import environment

ROOT = Path(__file__).parents[2]
HEAVY = (
    "numba",
    "numpy",
    "scipy",
    "networkx",
    "shapely",
    "pyarrow",
    "matplotlib",
    "simpy",
    "jinja2",
    "pydantic",
    "typer",
)
EXAMPLES = (
    "Run",
    "bottlenecks",
    "bound",
    "check_policy",
    "compare",
    "drill",
    "open_run",
    "repeat",
    "run",
    "size",
    "sweep",
    "year",
)
"""What does something, and shows how."""


def test_every_public_name_is_there_and_explained() -> None:
    assert list(dronesim.__all__) == sorted(dronesim.__all__)
    for name in dronesim.__all__:
        found = getattr(dronesim, name)
        assert inspect.getdoc(found) or name == "DispatchPolicy", name
    assert set(dronesim.__all__) <= set(dir(dronesim))
    with pytest.raises(AttributeError, match="module 'dronesim' has no attribute 'simulate'"):
        dronesim.simulate  # noqa: B018


def test_what_type_checkers_see_is_what_is_there() -> None:
    source = (ROOT / "src" / "dronesim" / "__init__.py").read_text(encoding="utf-8")
    block = source.partition("if TYPE_CHECKING:\n")[2].partition("\n\n")[0]
    seen = {
        (place, name.strip())
        for place, names in re.findall(r"from ([\w.]+) import (.+)", block)
        for name in names.split(",")
    }
    assert seen == {(place, name) for name, place in dronesim._HOMES.items()}
    assert {name for _, name in seen} == set(dronesim.__all__)


def test_importing_does_no_work() -> None:
    program = "import json, sys, dronesim; print(json.dumps(sorted(sys.modules)))"
    words = [sys.executable, "-W", "error", "-c", program]
    ended = subprocess.run(words, capture_output=True, text=True, check=True, env=environment())
    modules = set(json.loads(ended.stdout))
    assert {name for name in modules if name.startswith("dronesim")} == {"dronesim"}
    assert modules.isdisjoint(HEAVY)


def test_importing_takes_no_time() -> None:
    """A loose bound for a busy machine: what the interpreter takes by itself, and half a second."""

    def least_s(program: str) -> float:
        took_s = []
        for _ in range(3):
            begun_s = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True, env=environment())
            took_s.append(time.perf_counter() - begun_s)
        return min(took_s)

    assert least_s("import dronesim") < least_s("pass") + 0.5


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.usefixtures("fresh", "quick_prices")
def test_the_example_of_a_public_name_works(name: str) -> None:
    found = doctest.DocTestParser().get_doctest(inspect.getdoc(getattr(dronesim, name)) or "", {}, name, None, 0)
    assert len(found.examples) >= 3
    told: list[str] = []
    results = doctest.DocTestRunner().run(found, out=told.append)
    assert results.failed == 0, "".join(told)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "Run"])
def test_every_argument_of_a_public_function_is_explained(name: str) -> None:
    """By its own docstring, which may name the function that explains it."""
    function = getattr(dronesim, name)
    about = inspect.getdoc(function) or ""
    section = about.partition("Parameters\n----------\n")[2].partition("\n\n")[0]
    explained = {word for line in section.splitlines() if not line.startswith(" ") for word in line.split(", ")}
    assert explained == set(inspect.signature(function).parameters)
    for heading in ("Raises\n------", "Examples\n--------"):
        assert heading in about


def test_every_name_with_an_example_is_tried() -> None:
    shown = {name for name in dronesim.__all__ if ">>> " in (inspect.getdoc(getattr(dronesim, name)) or "")}
    assert shown == set(EXAMPLES)
