"""Lines of TOML keys and of GeoJSON features, which planners are sent to."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from dronesim.scenario.json_lines import feature_lines
from dronesim.scenario.toml_lines import key_lines

TEXT = '''# a comment with [a.table] and key = 1
name = "x"  # "quoted" # twice
many = """
[not.a.table]
fake = 1 \\
"""
literal = \'\'\'
also = "fake"
\'\'\'
[fleet]
drones = {T1 = 3, "T 2" = 4}
'odd key' = "a # b"
[demand.mass]
kind = "constant"
mass_kg = 1.0
[demand]
profile = [
  1, 2,  # two
  "]",
  [3,
   4],
]
model.inner = 1979-05-27T07:32:00Z
[[events]]
at = "10:00"
[[events]]
kind = 'divert'
[events.more]
deep = [{a = 1}, {b = [
  2]}]
'''


def paths_of(value: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {path} - {()} | {found for key, inner in items for found in paths_of(inner, (*path, key))}


def test_every_key_that_the_parser_sees_has_a_line() -> None:
    assert set(key_lines(TEXT)) == paths_of(tomllib.loads(TEXT))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("name",), 2),
        (("many",), 3),
        (("literal",), 7),
        (("fleet",), 10),
        (("fleet", "drones"), 11),
        (("fleet", "drones", "T 2"), 11),
        (("fleet", "odd key"), 12),
        (("demand", "mass"), 13),
        (("demand", "mass", "mass_kg"), 15),
        (("demand", "profile", 1), 18),
        (("demand", "profile", 2), 19),
        (("demand", "profile", 3, 1), 21),
        (("demand", "model", "inner"), 23),
        (("events", 0), 24),
        (("events", 1), 26),
        (("events", 1, "kind"), 27),
        (("events", 1, "more", "deep", 1, "b", 0), 30),
    ],
)
def test_a_key_has_the_line_it_stands_on(path: tuple[str | int, ...], line: int) -> None:
    assert key_lines(TEXT)[path] == line


def test_lines_are_the_same_with_windows_line_ends() -> None:
    assert key_lines(TEXT.replace("\n", "\r\n")) == key_lines(TEXT)


def test_a_feature_has_the_line_on_which_it_begins() -> None:
    text = """{"type": "FeatureCollection",
 "note": {"features": [{"not": "one"}], "text": "\\"features\\": [{"},
 "features": [
  {"type": "Feature", "properties": {"a": [{}]}}, {"type": "Feature"},
  {"type":
    "Feature"}
 ],
 "after": [{"no": 1}]}"""
    assert feature_lines(text) == [4, 4, 5]
