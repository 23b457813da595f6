"""What people and their keyboards write otherwise is told with its line, a caret, and how it is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from command import TINY, call
from dronesim.errors import InputError
from dronesim.scenario import load_scenario
from dronesim.scenario.map_text import read_map_text
from dronesim.scenario.slips import plain_number
from dronesim.scenario.tree import read_single


def problem_of(folder: Path, text: str) -> str:
    path = folder / "s.toml"
    path.write_bytes(text.encode())
    with pytest.raises(InputError) as caught:
        read_single(path)
    return str(caught.value).removeprefix(f"{path}")


@pytest.mark.parametrize(
    ("line", "way_out", "caret"),
    [
        ("map = “t”", '“ is a full-width or typographic sign: write "', 6),
        ("a = １２", "１ is a full-width or typographic sign: write 1", 4),
        ("a = [1，2]", "， is a full-width or typographic sign: write ,", 6),
        ("a = 3,5  # m/s", "a number has a point for its decimals, and no other sign in it: write 3.5", 5),
        ("a = 2,500", "write 2500, or 2.500 where decimals are meant", 5),
        ("a = 1,234,567", "write 1234567", 5),
        ("a = 95%", "write 0.95", 6),
        ("a = 8:00", 'a time of day stands in quotes: "8:00"', 5),
        ("a = nearest", 'text stands in quotes: "nearest"', 4),
        ("a = True", "write true", 4),
        ("a = C:\\maps\\x", "text stands in quotes: 'C:\\maps\\x'", 4),
        ('a = "C:\\users\\x"', "a backslash begins an escape in \"...\": write / instead, or '...'", 9),
        ('a = "水水" x', None, 11),
        ("a = 010", None, 5),
    ],
)
def test_a_line_that_is_no_toml_is_shown_with_a_caret_and_a_way_out(
    tmp_path: Path, line: str, way_out: str | None, caret: int
) -> None:
    said, shown, mark = problem_of(tmp_path, f"ok = 1\n{line}\n").split("\n")
    assert said.startswith(":2: column ")
    assert (shown, mark) == (f"    {line}", f"    {' ' * caret}^")
    assert way_out is None or said.endswith(way_out)


def test_of_a_long_line_what_is_around_the_caret_is_shown(tmp_path: Path) -> None:
    said, shown, mark = problem_of(tmp_path, f'a = "{"x" * 5000}" 3{"y" * 5000}').split("\n")
    assert len(said) < 120
    assert len(shown) < 120
    assert shown[mark.index("^")] == "3"


@pytest.mark.parametrize("text", ["a = 1\x1b[31m", "a = 'x"])
def test_no_control_character_is_printed(tmp_path: Path, text: str) -> None:
    assert all(sign.isprintable() or sign == "\n" for sign in problem_of(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "number"),
    [("３，５", "3.5"), ("2 500", "2500"), ("12,5 %", "0.125"), ("1'000.5", "1000.5"), ("1.2.3", None), ("a", None)],
)
def test_numbers_as_people_write_them(text: str, number: str | None) -> None:
    assert plain_number(text) == number


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[horizon]\nstart = "10：00"', 'did you mean "10:00"?'),
        ('[weather]\nwind_mps = "3,5"', "must be a number (found '3,5'); did you mean 3.5?"),
        ('[fleet]\ndrones = "40"', "must be a whole number (found '40'); did you mean 40?"),
        ('[fleet]\ndrones = "4.5"', "must be a whole number (found '4.5')"),
        ("[service]\ntarget = 95", "must be at most 1 (found 95); did you mean 0.95?"),
        ("[service]\ntarget = 1.2", "must be at most 1 (found 1.2)"),
        (
            '[[events]]\nkind = "storm"\nat = "10:30"',
            "dispatcher_outage; weather is stated in the table weather, for the whole day or from a file (found",
        ),
        ("[rain]\nmm = 3", "is not a known key; weather is stated in the table weather"),
        ('[events]\nkind = "divert"', "must be a list: begin each event with [[events]]"),
        (
            '[[events]]\nkind = "airport_closed"\nat = "10:30"\nairport = 2\nminutes = 3',
            'must be text in quotes (found 2); did you mean "2"?',
        ),
    ],
)
def test_a_value_of_another_form_is_told_with_what_was_meant(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "s.toml"
    path.write_text(f'extends = "{TINY}"\n{text}\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    (problem,) = caught.value.problems
    assert said in str(problem)
    assert ("did you mean" in said) == ("did you mean" in str(problem))


@pytest.mark.parametrize(
    ("name", "form"), [("a.SHP", "a Shapefile"), ("a.csv", "a table"), ("a.osm.pbf", "an extract")]
)
def test_a_map_of_another_form_names_the_command_that_reads_it(tmp_path: Path, name: str, form: str) -> None:
    (tmp_path / name).write_text("x")
    with pytest.raises(InputError, match=f"is {form}.*`dronesim import map`"):
        read_map_text(tmp_path / name)


def test_of_many_problems_twenty_are_told_and_the_rest_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(f'extends = "{TINY}"\n' + "".join(f"key{number} = 1\n" for number in range(25)))
    answer = call("validate", path)
    assert len(answer.complaints) == 20
    assert answer.err.splitlines()[-1] == "25 problems; 5 more are not shown"
