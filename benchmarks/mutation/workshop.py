"""A copy of the project in which one change at a time is planted and tested."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from mutation import clock
from mutation.changes import Change, changed

PACKAGE: Final = Path("src") / "dronesim"
LEFT_BEHIND: Final = shutil.ignore_patterns(
    ".git", ".venv*", "__pycache__", ".*_cache", ".hypothesis", "runs", "*.egg-info", "build", "dist"
)
_PYTEST: Final = ("-m", "pytest", "-x", "-q", "-m", "not slow", "-p", "no:cacheprovider", "-p", "mutation.clock")
_ALL_PASSED, _NOTHING_RAN = 0, 5


class Outcome(StrEnum):
    """What the tests said to a change."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a change, by which test, after how long."""

    change: Change
    outcome: Outcome
    by: str
    wall_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRun:
    """How a process ended, the seconds of each test file, the test that failed, and what was printed."""

    status: int
    file_s: dict[str, float]
    slowest_s: float
    failed: str
    output: str


class Workshop:
    """One copy, its compiled kernels, and the means to run tests in it.

    Kernels are kept in a folder of their own. A changed module is tested with a copy of that folder: numba looks at
    the time and size of the file, so the kernels of the changed module are compiled anew, and what is kept for the
    true one is not touched.
    """

    def __init__(self, project: Path, place: Path) -> None:
        self.tree, self._kernels = place / "tree", place / "kernels"
        shutil.copytree(project, self.tree, ignore=LEFT_BEHIND, symlinks=True)
        self._kernels.mkdir()
        self._place, self._plantings = place, 0

    def test_unchanged(self, files: Sequence[str], *, limit_s: float) -> TestRun:
        """Run tests on the true source, which also compiles the kernels."""
        return self._run(files, kernels=self._kernels, limit_s=limit_s)

    def test(self, change: Change, groups: Sequence[Sequence[str]], *, limit_s: float) -> Verdict:
        """Plant a change and run group after group of test files until one test fails."""
        began, ran = time.monotonic(), None
        with self._planted(change) as kernels:
            for files in filter(None, groups):
                ran = self._run(files, kernels=kernels, limit_s=limit_s)
                if ran.status not in (_ALL_PASSED, _NOTHING_RAN):
                    break
        wall_s = time.monotonic() - began
        if ran is None or ran.status in (_ALL_PASSED, _NOTHING_RAN):
            return Verdict(change=change, outcome=Outcome.SURVIVED, by="", wall_s=wall_s)
        outcome = Outcome.TIMED_OUT if ran.status == clock.TIMED_OUT else Outcome.KILLED
        return Verdict(
            change=change, outcome=outcome, by=ran.failed or f"pytest ended with status {ran.status}", wall_s=wall_s
        )

    @contextmanager
    def _planted(self, change: Change) -> Iterator[Path]:
        """Change a module for a while, at a time of its own; gives a copy of the folder of kernels."""
        path, kernels = self.tree / PACKAGE / change.module, self._place / "kernels-changed"
        source, was = path.read_text(encoding="utf-8"), path.stat()
        shutil.copytree(self._kernels, kernels, copy_function=os.link)
        self._plantings += 1
        try:
            path.write_text(changed(source, change), encoding="utf-8")
            os.utime(path, (was.st_atime, was.st_mtime + self._plantings))
            yield kernels
        finally:
            path.write_text(source, encoding="utf-8")
            os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
            shutil.rmtree(kernels)

    def _run(self, files: Sequence[str], *, kernels: Path, limit_s: float) -> TestRun:
        with tempfile.TemporaryDirectory(dir=self._place) as folder:
            log = Path(folder) / "log.tsv"
            status, output = self._process([*_PYTEST, *files], self._environment(log, folder, kernels, limit_s))
            lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        return _test_run(status, output, [line.split("\t", 2) for line in lines])

    def _environment(self, log: Path, folder: str, kernels: Path, limit_s: float) -> dict[str, str]:
        return os.environ | {
            "PYTHONPATH": os.pathsep.join(str(self.tree / name) for name in ("src", "benchmarks")),
            "PYTHONDONTWRITEBYTECODE": "1",
            "NUMBA_CACHE_DIR": str(kernels),
            "TMPDIR": folder,
            clock.LOG: str(log),
            clock.LIMIT: str(limit_s),
        }

    def _process(self, arguments: Sequence[str], environment: dict[str, str]) -> tuple[int, str]:
        """Run Python in the copy; what it has started and left running ends with it."""
        with tempfile.TemporaryFile(mode="w+", errors="replace", dir=self._place) as output:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=self.tree,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                process.wait()
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            output.seek(0)
            return process.returncode, output.read()


def _test_run(status: int, output: str, lines: list[list[str]]) -> TestRun:
    file_s, test_s = Counter[str](), Counter[str]()
    for _, seconds, test in lines:
        file_s[test.partition("::")[0]] += float(seconds)  # type: ignore[assignment]
        test_s[test] += float(seconds)  # type: ignore[assignment]
    failed = next((test for outcome, _, test in lines if outcome in ("failed", "timeout")), "")
    return TestRun(
        status=status, file_s=dict(file_s), slowest_s=max(test_s.values(), default=0.0), failed=failed, output=output
    )
