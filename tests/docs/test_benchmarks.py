"""Every benchmark runs as its own head says: by path, from a clean environment, here at a small size."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from command import TINY

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
DOCS = BENCHMARKS.parent / "docs"
SMALL = {
    "bound_table.py": ["--scenario", str(TINY), "--days", "1"],
    "city.py": ["--orders", "300", "--takeoff-points", "2", "--airports", "8", "--levels", "3"],
    "lifecycle.py": ["--orders", "300", "500", "--repeat", "1", "--beside", "matching"],
    "mutants.py": ["--list", "--size", "3", "--packages", "metrics"],
    "planner.py": ["check"],
    "start.py": ["--rows", "import", "help", "--repeat", "1", "--against", "HEAD"],
    "routing.py": ["--buildings", "100", "--grown", "60", "--repeat", "1"],
}
SMALL_BUT_SLOW = {
    "cluster.py": ["--days", "10", "--simulated", "0", "--repeat", "1", "--workers", "1"],
    "against.py": ["--scenario", str(TINY), "--days", "1", "--warm-up", "0"],
    "long_day.py": ["--orders", "500", "--against", "HEAD"],
    "clearance.py": [
        *("--airborne", "30", "--plans", "5", "--twin-airborne", "30", "--twin-plans", "1", "--repeat", "1"),
        *("--ways", "4", "--aircraft", "100"),
    ],
    "experiments.py": ["--scenario", str(TINY), "--days", "2", "--workers", "1", "--without-size"],
    "size.py": ["--scenario", str(TINY), "--cases", "own target", "--set", "demand.orders=20"],
    "promise.py": ["--scenario", str(TINY), "--days", "2", "--set", "fleet.drone_type=hexa-2.5kg"],
    "replay.py": ["--flights", "200", "--seconds", "0.5"],
    "real_days.py": ["--scenario", str(TINY), "--days", "1", "--warm-up", "0"],
    "view.py": [],
}
COMPILE_ANEW = {"against.py", "clearance.py", "long_day.py"}
"""They time kernels of another tree, or an empty cache: here they run without the compiler, which takes most of it."""
TESTED_ELSEWHERE = {"kernels.py", "validation.py", "model_page.py", "meal_delivery.py", "pictures.py"}


def run(name: str, arguments: list[str]) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"NUMBA_DISABLE_JIT": "1"} if name in COMPILE_ANEW else {}
    command = [sys.executable, str(BENCHMARKS / name), *arguments]
    finished = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, cwd=BENCHMARKS.parent
    )
    assert finished.returncode == 0, finished.stderr
    assert "nan" not in finished.stdout.split(), finished.stdout
    return finished.stdout


@pytest.mark.parametrize("name", SMALL)
def test_a_benchmark_prints_its_figures(name: str) -> None:
    assert any(character.isdigit() for character in run(name, SMALL[name]))


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL_BUT_SLOW)
def test_a_slow_benchmark_prints_its_figures(name: str) -> None:
    assert any(character.isdigit() for character in run(name, SMALL_BUT_SLOW[name]))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="pictures of pages need Chromium")
def test_pictures_of_the_readme_are_made_by_a_program(tmp_path: Path) -> None:
    pytest.importorskip("playwright", reason="pictures of pages need playwright")
    assert "kB" in run("pictures.py", ["report", "replay", "--out", str(tmp_path)])
    for name in ("report", "replay"):
        with Image.open(tmp_path / f"{name}.png") as made, Image.open(DOCS / f"{name}.png") as shown:
            assert made.size == shown.size


def test_no_program_among_the_benchmarks_is_left_out() -> None:
    programs = {path.name for path in BENCHMARKS.glob("*.py") if '__name__ == "__main__"' in path.read_text()}
    assert programs == SMALL.keys() | SMALL_BUT_SLOW.keys() | TESTED_ELSEWHERE
