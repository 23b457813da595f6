"""What people and their keyboards write otherwise is told with its line, a caret, and how it is meant."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dronesim
from command import TINY, call
from dronesim.errors import MOST_ALIKE, InputError, Problem
from dronesim.experiment import runner
from dronesim.experiment.factors import parse_factor
from dronesim.experiment.points import make_point, tasks_of
from dronesim.record.saved import check_whole
from dronesim.scenario import load_scenario
from dronesim.scenario.features import check_feature
from dronesim.scenario.map_text import read_map_text
from dronesim.scenario.tree import read_single
from dronesim.slips import plain_number


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
        ("[weather]\nstorm = true", "is not a known key of weather, which has "),
        ("[faults]\ncharger_fails = 3", "must be a table with some of every_h, "),
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
    assert answer.err.splitlines()[-1] == "25 problems; 5 are not shown"


@pytest.mark.parametrize("text", ['a = """\nb\n', "a = [1,\n2\n"])
def test_what_is_not_closed_is_told_with_the_last_line(tmp_path: Path, text: str) -> None:
    assert problem_of(tmp_path, text).startswith(":2: end: is not valid TOML: un")


@pytest.mark.parametrize(("name", "form"), [("orders.csv", "a table"), ("map.geojson", "a map"), ("m.shp", "a Shape")])
def test_another_file_in_the_place_of_a_scenario_is_told_by_its_form(tmp_path: Path, name: str, form: str) -> None:
    (tmp_path / name).write_text("x")
    with pytest.raises(InputError, match=f"is {form}.*and a scenario is TOML: `dronesim new scenario`"):
        read_single(tmp_path / name)


def test_of_a_folder_the_scenario_in_it_is_meant(tmp_path: Path) -> None:
    (tmp_path / "scenario.toml").write_text("x = 1")
    with pytest.raises(InputError, match=r"is a folder, not a file; did you mean .*scenario\.toml\?"):
        read_single(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "gbk"])
def test_text_in_another_encoding_is_told_with_the_way_out(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "s.toml").write_bytes('name = "中文"\n'.encode(encoding))
    with pytest.raises(InputError, match=r"must be UTF-8 text.*: save it again with the encoding UTF-8"):
        read_single(tmp_path / "s.toml")


@pytest.mark.parametrize(
    ("position", "hint"),
    [([800_000.0, 2_500_000.0], "these look like metres"), ([22.7, 114.2], "longitude comes first")],
)
def test_coordinates_that_are_no_degrees_are_told_as_what_they_look_like(position: list[float], hint: str) -> None:
    geometry = {"type": "Point", "coordinates": position}
    raw = {"type": "Feature", "properties": {"kind": "airport", "id": "A"}, "geometry": geometry}
    assert hint in check_feature(0, raw)[1][0].rule


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda place: (place / "results.parquet").touch(), "holds the results of many days, and no run of one day"),
        (lambda place: _run_below(place), "is not a run folder, and holds some: mine; name one of them"),
        (lambda place: (place.rmdir(), place.touch()), "is a file, not the folder of a run"),
        (lambda place: place.rmdir(), "does not exist; name the folder that `dronesim run` wrote"),
    ],
)
def test_what_lies_in_the_place_of_a_run_is_told(make: Callable[[Path], object], said: str, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    make(place)
    with pytest.raises(InputError, match=said):
        check_whole(place)


def _run_below(place: Path) -> None:
    (place / "mine").mkdir()
    (place / "mine" / "manifest.json").touch()


@pytest.mark.parametrize("text", ["fleet.drones=nan:3", "demand.orders=1:inf:1", "demand.orders=1:2:nan"])
def test_a_range_without_end_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="all of them finite"):
        parse_factor(text)


def test_more_days_than_anybody_can_run_are_refused() -> None:
    point = make_point(load_scenario(TINY))
    with pytest.raises(InputError, match="makes 2,000,000,000 days to run of 2 points, at most 1,000,000 can be"):
        tasks_of([point, point], replications=1_000_000_000)


LONG = "x" * 200_000


@pytest.mark.parametrize(
    "words",
    [
        ("validate", TINY, "--set", f"dispatch.policy={LONG}"),
        ("validate", TINY, "--set", f"dispatch.policy={LONG}:f"),
        ("validate", TINY, "--set", f"fleet.{LONG}=3"),
        ("validate", TINY, "--set", f'fleet.drones={{"{LONG}"=3}}'),
        ("validate", TINY, "--set", f'map="{LONG}"'),
        ("validate", LONG),
        ("report", LONG),
        ("run", TINY, "--replications", LONG),
        ("run", TINY, f"--{LONG}"),
        (LONG,),
    ],
    ids=range(10),
)
def test_no_message_is_as_long_as_its_input(words: tuple[object, ...]) -> None:
    answer = call(*words)
    assert answer.code in (1, 2)
    assert 0 < len(answer.err) < 5000
    assert "defect" not in answer.err


@pytest.mark.parametrize(
    "words",
    [
        ("validate", "a\x1b[31mb.toml"),
        ("validate", TINY, "--set", "a\x1b]0;title\x07=3"),
        ("validate", TINY, "--set", 'name="\\u001b[31m\\u202e"'),
        ("validate", TINY, "--set", 'costs.currency="\\u0007"'),
        ("report", "a\x1b[31mb"),
        ("run", TINY, "--replications", "\x1b[31m"),
        ("\x1b[31m",),
    ],
    ids=range(7),
)
def test_no_message_steers_the_terminal(words: tuple[object, ...]) -> None:
    answer = call(*words, is_terminal=True)
    assert answer.code == 2
    assert all(sign.isprintable() or sign == "\n" for sign in answer.err)


def test_an_id_of_a_map_holds_no_control_characters() -> None:
    geometry = {"type": "Point", "coordinates": [1.0, 2.0]}
    for name in ("A\x1b[31m", "A\u202e1", "A" * 300):
        raw = {"type": "Feature", "properties": {"kind": "airport", "id": name}, "geometry": geometry}
        (flaw,) = check_feature(0, raw)[1]
        assert flaw.rule.startswith("id must")
        assert len(str(Problem(file="m", key=flaw.id, rule=flaw.rule, value=flaw.value))) < 600


@pytest.mark.parametrize(
    ("begun_as", "said"),
    [("<stdin>", "A script on standard input"), ("/my/work.py", "work belongs below"), ("/env/bin/dronesim", None)],
)
def test_a_lost_worker_is_told_by_how_the_program_was_begun(
    begun_as: str, said: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["__main__"], "__file__", begun_as, raising=False)
    text = runner._lost()
    assert ("script" in text.lower()) == (said is not None)
    assert said is None or said in text


def test_one_of_a_thing_is_no_plural(tmp_path: Path) -> None:
    one = ("--set", "demand.orders=1", "--set", "fleet.drones={T1=1,T2=0}", "--set", "fleet.is_shared=true")
    dronesim.run(TINY, set={"demand.orders": 1, "fleet.drones": 2}, out=tmp_path / "run", report=False)
    said = [call("validate", TINY, *one).out, call("report", tmp_path / "run", "--stress").out]
    wrong = [found for text in said for found in re.findall(r"(?<![\d.,:/-])1 [a-z]+(?:[ -][a-z]+){0,2}s\b", text)]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[horizon]\nstart = 8\n", 'did you mean "08:00"?'),
        ('[horizon]\nstart = "8 am"\n', 'did you mean "08:00"?'),
        ('[horizon]\nstart = "12:30 pm"\n', 'did you mean "12:30"?'),
        ('[horizon]\nstart = "0830"\n', 'did you mean "08:30"?'),
        ('[horizon]\nstart = "下午8点"\n', 'did you mean "20:00"?'),
        ('[horizon]\ndate = "01.06.2026"\n', 'did you mean "2026-06-01"?'),
        ('[horizon]\ndate = "03/04/2026"\n', 'did you mean "2026-04-03" or "2026-03-04"?'),
        ('[horizon]\ndate = "2026年6月1日"\n', 'did you mean "2026-06-01"?'),
        ("[fleet]\nrain = 5\n", "weather is stated in the table weather"),
        ("charger_fails = true\n", '[[events]] with kind = "charger_fails" (found true)'),
        ("[fleet]\n[fleet]\n", "cannot declare [fleet] twice"),
        ("[fleet]\ndrones = " + "9" * 5000, "more than 4,300 figures"),
        ("map = 'maps\\mine.geojson'\n", "did you mean maps/mine.geojson?"),
        ("name: x\n", "stand on either side of =, not of :"),
    ],
)
def test_times_dates_and_trouble_are_told_as_they_were_meant(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "s.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(said)):
        load_scenario(path)


def test_a_file_in_the_place_of_a_folder_of_orders_is_told(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("a,b\n")
    answer = call("import", "rappi", tmp_path / "o.csv", "--out", tmp_path / "out")
    assert "o.csv: file: is a file, and a folder with orders.csv is wanted; `dronesim import orders`" in answer.err


def test_odd_values_of_a_sweep_are_told(tmp_path: Path) -> None:
    told: list[str] = []
    vary = {"service.limit_min": [1e-300, 15.0], "fleet.drones": [2]}
    settings = {"demand.orders": 3}
    dronesim.sweep(TINY, vary=vary, replications=2, set=settings, warn=told.append)
    assert [text.partition(" = ")[0] for text in told] == ["service.limit_min"]


@given(
    st.lists(
        st.tuples(st.sampled_from(["placed", "row 7, placed", "B1"]), st.integers(0, 3), st.booleans()), max_size=60
    )
)
def test_of_problems_that_are_alike_three_are_told_and_all_are_counted(rows: list[tuple[str, int, bool]]) -> None:
    found = [
        Problem(file="f", key=key, rule=f"rule {'abcd'[rule]}, {rule}", is_place=is_id) for key, rule, is_id in rows
    ]
    told = InputError(found).problems
    assert sum(1 + problem.alike for problem in told) == len(found)
    assert {problem.kind() for problem in told} == {problem.kind() for problem in found}
    assert max(Counter(problem.kind() for problem in told).values(), default=0) <= MOST_ALIKE
    assert InputError(told).problems == told
