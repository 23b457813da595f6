"""Which test files are asked about a change, and in which order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "airspace": r"dronesim\.airspace|strategic|golden",
    "simulation": r"dronesim\.simulation|from lab import|from worlds import|golden",
    "verify": r"dronesim\.verify|import gates",
    "metrics": r"dronesim\.metrics|kpis",
}
"""What a test file of a package says somewhere."""

LEFT_OUT: Final = ("docs/*", "unit/test_literals.py", "unit/test_packaging.py", "unit/test_mutation.py")
"""Tests of texts and of sources as texts: they would kill a change without having run it."""


def related_files(tests: Path, package: str) -> list[str]:
    """List the test files that are related to a package, from the project's root."""
    return [
        (PurePosixPath("tests") / name).as_posix()
        for path in sorted(tests.rglob("test_*.py"))
        if not any((name := path.relative_to(tests)).match(pattern) for pattern in LEFT_OUT)
        and re.search(WORDS[package], path.read_text(encoding="utf-8"))
    ]


def in_groups(module: str, files: Sequence[str], *, tests: Path, file_s: Mapping[str, float]) -> list[list[str]]:
    """Put the files that speak of a module first, in a group of their own; in each group the fast ones lead."""
    package, stem = module.split("/")[0], Path(module).stem
    near = re.compile(rf"dronesim\.{package}\.{stem}\b|dronesim\.{package} import .*\b{stem}\b")

    def is_near(file: str) -> bool:
        return stem in file or bool(near.search((tests.parent / file).read_text(encoding="utf-8")))

    ordered = sorted(files, key=lambda file: (file_s.get(file, 0.0), file))
    return [[file for file in ordered if is_near(file)], [file for file in ordered if not is_near(file)]]
