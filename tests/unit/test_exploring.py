"""Property tests try the same examples in the gate, and others and more of them in `make explore`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from command import environment

TESTS = Path(__file__).parents[1]
TRIES = """
from exploring import examples
from hypothesis import given, strategies as st

@examples(8)
@given(st.integers(0, 10**9))
def test_tries(number):
    with open("tried.txt", "a") as tried:
        tried.write(f"{number} ")
    assert number != wrong()

def wrong():
    return -1
"""


@pytest.fixture
def tries(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text("from exploring import register_profiles\nregister_profiles()\n")
    (tmp_path / "test_tries.py").write_text(TRIES)
    return tmp_path


def tried(folder: Path, *options: str) -> list[str]:
    """The examples that a run of the property in a folder tries."""
    (folder / "tried.txt").unlink(missing_ok=True)
    run_tests(folder, *options)
    return (folder / "tried.txt").read_text().split()


def run_tests(folder: Path, *options: str) -> str:
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_tries.py", *options]
    paths = {**environment(), "PYTHONPATH": str(TESTS)}
    return subprocess.run(words, cwd=folder, env=paths, capture_output=True, text=True, check=False).stdout


def test_the_gate_tries_a_share_of_them_and_the_same_every_time(tries: Path) -> None:
    first, second = (tried(tries) for _ in range(2))
    assert first == second
    assert len(first) == 3, "two in five of what it asks for"


def test_exploring_tries_ten_times_as_many_and_others_every_time(tries: Path) -> None:
    first, second = (tried(tries, "--hypothesis-profile=explore") for _ in range(2))
    assert len(first) == len(second) == 80
    assert first != second


def test_what_exploring_finds_comes_with_a_line_that_repeats_it(tries: Path) -> None:
    (tries / "test_tries.py").write_text(TRIES.replace("number != wrong()", "number < 1000"))
    assert "@reproduce_failure(" in run_tests(tries, "--hypothesis-profile=explore")
