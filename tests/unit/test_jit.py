"""Kernels on disk: one is compiled anew when its own file changes, or one that it takes kernels from."""

from __future__ import annotations

import ast
import os
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
    assert len(added.signatures) == 2, "one for whole numbers, one for truths"  # type: ignore[attr-defined]
