"""Kernels on disk: one is compiled anew when its own file changes, one that it takes kernels from, or the door."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import dronesim
from dronesim.routing.jit import kernel

PACKAGE = Path(dronesim.__file__).parent
LOWER = "from dronesim.routing.jit import kernel\n\n\n@kernel\ndef height() -> float:\n    return {height}\n"
UPPER = """from lower import height

from dronesim.routing.jit import kernel


@kernel
def twice() -> float:
    return 2.0 * height()
"""

ORDERED = """import numpy as np

from dronesim.routing.jit import kernel


@kernel
def ordered(size: int) -> np.ndarray:
    if size > 3:
        raise ValueError(f"{size} numbers")
    numbers = np.empty(size)
    for place in range(size):
        numbers[place] = -place
    return np.sort(numbers)
"""
LOADED = """import sys

from ordered import ordered

print(ordered(3).tolist(), sum(ordered.stats.cache_hits.values()))
print(*(name for name in ("numba.np.arraymath", "numba.np.linalg", "scipy.linalg") if name in sys.modules))
try:
    ordered(4)
except ValueError as error:
    print(error)
"""


def asked(folder: Path, module: str, kernel: str) -> tuple[float, int]:
    """Call a kernel in a process of its own; gives its answer, and how often it was found on disk."""
    code = f"import {module} as m; print(m.{kernel}(), sum(m.{kernel}.stats.cache_hits.values()))"
    environment = os.environ | {"PYTHONPATH": str(folder), "NUMBA_CACHE_DIR": str(folder / "kept")}
    run = [sys.executable, "-c", code]
    answer, hits = subprocess.run(run, env=environment, check=True, capture_output=True, text=True).stdout.split()
    return float(answer), int(hits)


def test_a_kernel_is_compiled_anew_when_a_file_that_it_takes_kernels_from_has_changed(tmp_path: Path) -> None:
    (tmp_path / "lower.py").write_text(LOWER.format(height=3.0))
    (tmp_path / "upper.py").write_text(UPPER)
    assert asked(tmp_path, "upper", "twice") == (6.0, 0)
    assert asked(tmp_path, "upper", "twice") == (6.0, 1)
    (tmp_path / "lower.py").write_text(LOWER.format(height=4.5))
    assert asked(tmp_path, "upper", "twice") == (9.0, 0)
    assert asked(tmp_path, "upper", "twice") == (9.0, 1)


def test_a_kernel_that_is_unreadable_or_kept_by_another_version_of_the_door_is_compiled_anew(
    tmp_path: Path,
) -> None:
    """Else what one version wrote, another would read in its own way."""
    door = tmp_path / "door.py"
    shutil.copy(PACKAGE / "routing" / "jit.py", door)
    (tmp_path / "lower.py").write_text(LOWER.replace("dronesim.routing.jit", "door").format(height=3.0))
    assert [asked(tmp_path, "lower", "height") for _ in range(2)] == [(3.0, 0), (3.0, 1)]
    for kept in tmp_path.glob("kept/**/*.nbc"):
        kept.write_bytes(kept.read_bytes()[:-40])
    assert [asked(tmp_path, "lower", "height") for _ in range(2)] == [(3.0, 0), (3.0, 1)], "half a file is written anew"
    door.write_text(door.read_text(encoding="utf-8") + "\n# another version\n", encoding="utf-8")
    assert asked(tmp_path, "lower", "height") == (3.0, 0)


def test_a_kernel_from_disk_does_its_work_without_what_compiles(tmp_path: Path) -> None:
    """Loading what numba needs to compile takes longer than loading all kernels of a day."""
    (tmp_path / "ordered.py").write_text(ORDERED)
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "NUMBA_CACHE_DIR": str(tmp_path / "kept")}
    told = []
    for _ in range(2):
        run = [sys.executable, "-c", LOADED]
        told.append(subprocess.run(run, env=environment, check=True, capture_output=True, text=True).stdout)
    compiled, loaded = (text.splitlines() for text in told)
    assert compiled == ["[-2.0, -1.0, 0.0] 0", "numba.np.arraymath numba.np.linalg scipy.linalg", "4 numbers"]
    assert loaded == ["[-2.0, -1.0, 0.0] 1", "", "4 numbers"]


def test_files_of_kernels_take_no_numbers_from_a_file_whose_kernels_they_do_not_call() -> None:
    """Its change would not be noticed."""
    for path in PACKAGE.rglob("*kernels.py"):
        taken = dict[str, list[str]]()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("dronesim"):
                taken.setdefault(str(node.module), []).extend(name.name for name in node.names)
        for module, names in taken.items():
            assert module == "dronesim.routing.jit" or any(name.islower() for name in names), (path, module)


def test_a_kernel_is_compiled_once_for_all_numbers_of_a_kind() -> None:
    """One that is called with a number that stands in the code would be compiled for that number alone."""

    @kernel
    def added(number: int, other: int) -> int:
        return number + other

    @kernel
    def sums() -> int:
        total = added(1, 0)
        for number in range(3):
            total = added(total, number)
        return added(total, True)

    assert sums() == 5
    assert len(added.twin.overloads) == 2, "one for whole numbers, one for truths"  # type: ignore[attr-defined]
    assert not added.signatures, "nothing is made for Python that Python does not call"  # type: ignore[attr-defined]
    assert added(2, 3) == 5
