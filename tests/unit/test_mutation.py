"""Changes are drawn fairly, planted in a copy, and judged by what the tests say."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mutants import EQUIVALENTS, ROOT, sources_of
from mutation.changes import Change, changed, changes_of, does_something, draw_changes
from mutation.equivalents import edit_of, read_equivalents
from mutation.related import WORDS, in_groups, related_files
from mutation.workshop import PACKAGE, Outcome, Workshop

TOY = """
def clipped(value: int, limit: int) -> int:
    while value > limit:
        value -= 1
    return min(value, limit) + 0 * limit
"""
TOY_TEST = """
from dronesim.toy.clip import clipped
def test_it_clips(): assert [clipped(value, 3) for value in (2, 3, 5)] == [2, 3, 3]
"""


def change_to(after: str, source: str = TOY) -> Change:
    """Find the change that makes a line of the toy."""
    everything = [change for changes in changes_of("toy/clip.py", source).values() for change in changes]
    found = [change for change in everything if after in " ".join(changed(source, change).split())]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = a + b", "x = a - b"),
        ("if a < b: c()", "if a <= b: c()"),
        ("if a < b: c()", "if a >= b: c()"),
        ("if a < b: c()", "if not a < b: c()"),
        ("x = 2 * bound", "x = 1 * bound"),
        ("for a in b: x += a", "for a in []: x += a"),
        ("x = max(a, b)", "x = min(a, b)"),
        ("a(1)\nforget()", "a(1)\npass"),
        ("def f():\n    yield from wait()", "def f():\n    pass"),
    ],
)
def test_the_mistakes_that_people_make_are_among_the_changes(before: str, after: str) -> None:
    source = f"{before}\n"
    everything = [change for changes in changes_of("m.py", source).values() for change in changes]
    made = {" ".join(changed(source, change).split()) for change in everything}
    assert " ".join(after.split()) in made


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(a: int | None) -> int: return a", "def f(a: int & None) -> str: return a"),
        ("x: int | None = 1", "x: int & None = 1"),
        ("def f(a, b=1, *, c, d=2): return a", "def f(a, b=1, /, c, d=2): return a"),
        ("y = zip(a, b, strict=True)", "y = zip(a, b, strict=False)"),
        ("x = 1  # one", "x = 1"),
        ("x = 1", "x = = 1"),
    ],
)
def test_what_no_run_can_notice_is_not_drawn(before: str, after: str) -> None:
    assert not does_something(before, after)


def test_a_default_of_a_parameter_is_more_than_a_mark() -> None:
    assert does_something("def f(a, *, b=1): return b", "def f(a, *, b=2): return b")
    assert does_something("def f(a, b=1): return b", "def f(a, b=2): return b")


def test_a_seed_fixes_the_draw_and_more_of_it_begins_alike() -> None:
    sources = sources_of(["metrics"])
    few, many, others = (draw_changes(sources, size=size, seed=seed) for size, seed in ((5, 1), (9, 1), (5, 2)))
    assert (len(few), len(many)) == (5, 9)
    assert many[:5] == few != others


def test_every_place_is_as_likely_as_any_other() -> None:
    sources = {"a.py": "x = 1\ny = f(x)\n" + "z = x + 1\n" * 3, "b.py": "x = 2\n"}
    places = {(name, *place) for name, source in sources.items() for place in changes_of(name, source)}
    drawn = [draw_changes(sources, size=1, seed=seed)[0] for seed in range(400)]
    counts = [sum((d.module, d.line, d.column) == place for d in drawn) for place in places]
    expected = len(drawn) / len(places)
    assert sum((count - expected) ** 2 / expected for count in counts) < 3 * len(places), "chi square, error < 1e-3"


@pytest.mark.parametrize("package", WORDS)
def test_every_package_has_related_tests_none_of_which_reads_sources(package: str) -> None:
    files = related_files(ROOT / "tests", package)
    assert len(files) > 4
    assert not {"tests/unit/test_literals.py", "tests/docs/test_readme.py"} & set(files)


def test_the_tests_of_a_module_come_first_and_fast_ones_before_slow_ones() -> None:
    files = ["tests/unit/test_metrics.py", "tests/unit/test_timetable.py", "tests/unit/test_airspace_paths.py"]
    seconds = {files[0]: 2.0, files[2]: 1.0}
    groups = in_groups("airspace/timetable.py", files, tests=ROOT / "tests", file_s=seconds)
    assert groups == [[files[1]], [files[2], files[0]]]


def test_every_known_equivalent_still_stands_in_its_module() -> None:
    for edit in read_equivalents(EQUIVALENTS):
        source = (ROOT / PACKAGE / edit.module).read_text(encoding="utf-8")
        assert edit.before in " ".join(source.split()), edit


def test_a_line_without_a_reason_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("# for people\n\na.py || x = 1 || x = 2 || nobody reads x\n", encoding="utf-8")
    assert [(str(edit), why) for edit, why in read_equivalents(path).items()] == [
        ("a.py || x = 1 || x = 2", "nobody reads x")
    ]
    path.write_text("a.py || x = 1 || x = 2\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"list.txt:1: module \|\| before \|\| after \|\| why"):
        read_equivalents(path)


def test_an_edit_names_the_lines_that_differ() -> None:
    assert str(edit_of("a.py", "x = 1\ny = (\n  2)\n", "x = 1\npass\n")) == "a.py || y = ( 2) || pass"


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    project = tmp_path / "project"
    for name, text in {
        "src/dronesim/__init__.py": "",
        "src/dronesim/toy/clip.py": TOY,
        "tests/test_clip.py": TOY_TEST,
        "pytest.ini": "[pytest]",
    }.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "benchmarks" / "mutation", project / "benchmarks" / "mutation")
    (tmp_path / "place").mkdir()
    return Workshop(project, tmp_path / "place")


@pytest.mark.parametrize(
    ("after", "limit_s", "outcome"),
    [
        ("return max(value, limit)", 60.0, Outcome.KILLED),
        ("return min(value, limit) - 0", 60.0, Outcome.SURVIVED),
        ("value -= 0", 2.0, Outcome.TIMED_OUT),
    ],
)
def test_a_change_is_killed_survives_or_times_out_and_leaves_no_trace(
    workshop: Workshop, after: str, limit_s: float, outcome: Outcome
) -> None:
    files = ["tests/test_clip.py"]
    verdict = workshop.test(change_to(after), [[], files], limit_s=limit_s)
    assert verdict.outcome == outcome
    assert verdict.by == ("" if outcome == Outcome.SURVIVED else "tests/test_clip.py::test_it_clips")
    assert (workshop.tree / PACKAGE / "toy" / "clip.py").read_text(encoding="utf-8") == TOY
    assert workshop.test_unchanged(files, limit_s=60.0).status == 0
