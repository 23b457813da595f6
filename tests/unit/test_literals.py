"""No number in the code of the model or of the importers shapes a result unless it is listed with a meaning."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

import dronesim
from dronesim.scenario.keys import scenario_keys
from literals import numbers_below, numbers_of

PACKAGE: Final = Path(dronesim.__file__).parent
LIST: Final = Path(__file__).parents[1] / "data" / "literals.txt"
MODEL: Final = (
    *("aircraft", "airspace", "demand", "dispatch", "routing", "simulation", "geometry", "metrics", "exchange"),
    *(
        "scenario",
        "weather",
        "faults.py",
        "wall.py",
        "wear.py",
        "comms.py",
        "world.py",
        "units.py",
        "record",
        "streams.py",
        "codes",
        "defaults.py",
    ),
)
LETTERS: Final = frozenset("ABCDEM-")
OPTIONS: Final = frozenset(
    {"--size-m", "--takeoff-points", "--airports", "--buildings", "--zones", "--seed", "--ride-mps"}
)
"""Options of the commands that make maps and import days."""


def listed() -> dict[str, list[str]]:
    """Read the list: place, then values, letter and meaning."""
    lines = [line for line in LIST.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {place: rest for place, *rest in (line.split(" | ") for line in lines)}


def in_the_code() -> dict[str, str]:
    found = {}
    for name in MODEL:
        found |= numbers_below(PACKAGE / name, package=PACKAGE)
    return {place: " ".join(map(repr, numbers)) for place, numbers in found.items()}


def test_every_number_in_the_code_stands_on_the_list_with_its_value() -> None:
    said = {place: row[0] for place, row in listed().items()}
    found = in_the_code()
    assert {place: found[place] for place in found if said.get(place) != found[place]} == {}, "a key, or a line?"
    assert sorted(said.keys() - found.keys()) == [], "no longer in the code"


def test_every_line_has_a_letter_and_a_meaning() -> None:
    for place, (_, letter, meaning) in listed().items():
        assert letter in LETTERS, place
        assert len(meaning) > 8, place


def test_a_default_on_the_list_is_that_of_a_key_or_an_option_that_exists() -> None:
    keys = {key.path for key in scenario_keys()}
    for place, (_, _, meaning) in listed().items():
        for named in re.findall(r"default of `(.*?)`", meaning):
            assert named in keys | OPTIONS, place


PLANTED: Final = {
    "ORDER_DECAY_M = 1000.0": {"m.ORDER_DECAY_M": [1000.0]},
    "ROAD_DETOUR: Final = 1.4": {"m.ROAD_DETOUR": [1.4]},
    "GRACE_S: Final = 60.0": {"m.GRACE_S": [60.0]},
    "TRACKING_BOUND = 3.0": {"m.TRACKING_BOUND": [3.0]},
    "CV_CHARGE = 0.8": {"m.CV_CHARGE": [0.8]},
    "TURN: Final = 0.75": {"m.TURN": [0.75]},
    "SIGMA_M = 1.0": {"m.SIGMA_M": [1.0]},
    "LOADERS: Final = 2": {"m.LOADERS": [2]},
    "GRACE_S, TURN = 60.0, 0.75": {"m": [60.0, 0.75]},
    "SHARES = {'rim': 0.3}": {"m.SHARES": [0.3]},
    "SORTIE_S = 10 * MINUTE": {"m.SORTIE_S": [10]},
    "def f(x):\n    return 0.25 * x": {"m.f": [0.25]},
    "def f(x):\n    return x if x < 5 else x + 7": {"m.f": [5, 7]},
    "def f(x):\n    detour = 2.0\n    return detour * x": {"m.f": [2.0]},
    "def f(x):\n    for y in x:\n        if y:\n            detour = 1.0\n    return detour": {"m.f": [1.0]},
    "def f(x):\n    def g(y):\n        return 1.4 * y\n    return g(x)": {"m.f.g": [1.4]},
    "def f(x, y=1.0):\n    return x * y": {"m.f(y)": [1.0]},
    "def f(x, *, speed_mps=5):\n    return x / speed_mps": {"m.f(speed_mps)": [5]},
    "def f(x, y=-1.5):\n    return x * y": {"m.f(y)": [-1.5]},
    "def f(x):\n    return g(x, after_s=900)": {"m.f": [900]},
    "f = lambda x, y=1.4: x * y": {"m.f": [1.4]},
    "class A:\n    up_s: float = 300.0": {"m.A.up_s": [300.0]},
    "class A:\n    def f(self, x):\n        return x**1.5 + self.y[3] * 0.1": {"m.A.f": [1.5, 0.1]},
    "def f(x):\n    return x[g(0.3)]": {"m.f": [0.3]},
    "def f(n):\n    return np.full(n, 0.8)": {"m.f": [0.8]},
    "def f(n):\n    return [g(i) for i in range(8)]": {"m.f": [8]},
    "EPS = 1e-3": {"m.EPS": [1e-3]},
}


@pytest.mark.parametrize("source", PLANTED)
def test_a_planted_number_is_found(source: str) -> None:
    assert numbers_of(source, "m") == PLANTED[source]


@pytest.mark.parametrize(
    "source",
    [
        "_STILL_M = 1e-9",
        "NONE: Final = -1",
        "START_S: Final = 0.0",
        "IS_ON = True",
        "def f(x, count=0, is_new=True):\n    return x[3:7, 5] ** 2 / 2 + x[-4]",
        "def f(n):\n    return np.zeros((n, 8)).reshape(-1, 5), [i for i in range(3)]",
        "def f(x):\n    return 1 - x + 2 * x, 1 << 20, x >> 31",
        "@lru_cache(maxsize=256)\ndef f(x):\n    return x.sum(axis=3)",
        '"""Text that names 1.4 and 60 s."""',
    ],
)
def test_what_can_hide_no_law_is_passed_over(source: str) -> None:
    assert numbers_of(source, "m") == {}


def test_a_number_in_the_models_of_a_scenario_is_passed_over_in_declarations_only() -> None:
    source = 'class T(Table):\n    x: Annotated[float, Field(le=9.0)] = about(1.4, "way", ge=3)\n    y: float = 1.4\n'
    assert numbers_of(source, "scenario.t") == {"scenario.t.T.y": [1.4]}


def test_a_number_in_the_key_of_a_trouble_is_passed_over_beside_those_of_what_it_does() -> None:
    source = "SIZE = Key(default=4.0, at_most=9.0)\nLAW = 3.0\ndef strike(x):\n    return x * 1.4\n"
    assert numbers_of(source, "simulation.trouble.hail") == {
        "simulation.trouble.hail.LAW": [3.0],
        "simulation.trouble.hail.strike": [1.4],
    }
